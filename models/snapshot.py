"""Snapshots: what a form, or a field of it, held at the moment it was handed over."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, Rank, UtcDateTime, words
from models.criteria import Criterion
from rules.vocabulary import Layer


class Snapshot(Identified, Model):
    """A form at one hand-over (signature, hand-in, approval, closing …), written once in the transaction of that act.

    ``field_id`` is empty where the whole form was handed over. ``layer`` is the highest layer that ``content`` tells of:
    the unit reads the snapshot once that layer is released to it. ``content`` is documented in ``docs/formats.md``.
    """

    __tablename__ = "snapshot"
    __table_args__ = (
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "field_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint(words("layer", Layer), name="layer"),
        Index("ix_snapshot_unit_id", "unit_id"),
        Index("ix_snapshot_assessment_id", "assessment_id", "id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    field_id: Mapped[int | None]
    verb: Mapped[str] = mapped_column(String(40))
    layer: Mapped[Layer] = mapped_column(Rank(Layer))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    #: Who handed over and in which authority, as the audit trail words it: readers may not read the account.
    author_name: Mapped[str] = mapped_column(String(200), default="")
    authority: Mapped[str] = mapped_column(String(300), default="")
    on_behalf_of: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(2000), default="")
    content: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    field: Mapped[Criterion | None] = relationship(
        foreign_keys="Snapshot.field_id", primaryjoin="Criterion.id == Snapshot.field_id"
    )
