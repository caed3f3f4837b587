"""Publication: frozen editions with their own rows; nothing published is read from live tables."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, Points, UtcDateTime, Versioned
from models.round import RankingGroup
from models.unit import Unit


class Edition(Versioned, Model):
    """One published result of a ranking group. A correction is a new edition; at most one is in force.

    ``settings`` holds what the figures were made with: decimals shown, tie rule, ranking figure, classes.
    ``digest`` is the SHA-256 of its frozen rows. ``imported`` marks published values of past years brought in from a file.
    """

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("group_id", "number"),
        Index(
            "uq_edition_in_force",
            "group_id",
            unique=True,
            sqlite_where=text("in_force"),
            postgresql_where=text("in_force"),
        ),
        CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawal"),
        CheckConstraint("NOT in_force OR withdrawn_at IS NULL", name="in_force"),
    )
    group_id: Mapped[int] = mapped_column(ForeignKey("ranking_group.id"))
    number: Mapped[int]
    decision_number: Mapped[str] = mapped_column(String(80))
    decision_on: Mapped[date]
    published_at: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    in_force: Mapped[bool] = mapped_column(default=True)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn_reason: Mapped[str | None] = mapped_column(String(1000))
    imported: Mapped[bool] = mapped_column(default=False)
    settings: Mapped[dict[str, Any]] = mapped_column(JSON)
    digest: Mapped[str] = mapped_column(String(64))
    group: Mapped[RankingGroup] = relationship()
    rows: Mapped[list[EditionRow]] = relationship(order_by="EditionRow.position", back_populates="edition")


class EditionRow(Identified, Model):
    """A unit's published line, with name, kind, level and parent of its year.

    ``rank`` is the place in the group, ``rank_in_parent`` the place among the units of the same parent; both are empty
    for a unit listed apart (``ranked`` false). ``printed_rank`` and ``printed_class`` are those of an imported decision.
    """

    __tablename__ = "edition_row"
    __table_args__ = (UniqueConstraint("edition_id", "unit_id"), Index("ix_edition_row_unit_id", "unit_id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]
    unit_code: Mapped[str] = mapped_column(String(32))
    unit_name: Mapped[str] = mapped_column(String(200))
    kind_name: Mapped[str] = mapped_column(String(120))
    level_name: Mapped[str] = mapped_column(String(120))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    parent_name: Mapped[str] = mapped_column(String(200), default="")
    achieved: Mapped[Decimal] = mapped_column(Points)
    maximum: Mapped[Decimal] = mapped_column(Points)
    bonus: Mapped[Decimal] = mapped_column(Points)
    penalty: Mapped[Decimal] = mapped_column(Points)
    index: Mapped[Decimal | None] = mapped_column(Points)
    ranked: Mapped[bool] = mapped_column(default=True)
    rank: Mapped[int | None]
    rank_in_parent: Mapped[int | None]
    class_name: Mapped[str] = mapped_column(String(80), default="")
    printed_rank: Mapped[int | None]
    printed_class: Mapped[str] = mapped_column(String(80), default="")
    edition: Mapped[Edition] = relationship(back_populates="rows")
    fields: Mapped[list[EditionField]] = relationship(order_by="EditionField.position", back_populates="row")
    unit: Mapped[Unit] = relationship(foreign_keys=unit_id)


class EditionField(Identified, Model):
    """Points of one field on a published line."""

    __tablename__ = "edition_field"
    __table_args__ = (UniqueConstraint("row_id", "code"),)
    row_id: Mapped[int] = mapped_column(ForeignKey("edition_row.id", ondelete="CASCADE"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(500))
    achieved: Mapped[Decimal] = mapped_column(Points)
    maximum: Mapped[Decimal | None] = mapped_column(Points)
    row: Mapped[EditionRow] = relationship(back_populates="fields")


class EditionLeaf(Identified, Model):
    """A leaf of a published result with its remark: for the unit itself and those above it, never for other units."""

    __tablename__ = "edition_leaf"
    __table_args__ = (UniqueConstraint("edition_id", "unit_id", "code"), Index("ix_edition_leaf_unit_id", "unit_id"))
    edition_id: Mapped[int] = mapped_column(ForeignKey("edition.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    position: Mapped[int]
    code: Mapped[str] = mapped_column(String(32))
    field_code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(500))
    maximum: Mapped[Decimal] = mapped_column(Points)
    self_points: Mapped[Decimal | None] = mapped_column(Points)
    #: What counts; empty where the leaf does not apply; a leaf nobody scored counts 0 and ``scored`` is false.
    points: Mapped[Decimal | None] = mapped_column(Points)
    not_applicable: Mapped[bool] = mapped_column(default=False)
    scored: Mapped[bool] = mapped_column(default=True)
    remark: Mapped[str] = mapped_column(String(4000), default="")
