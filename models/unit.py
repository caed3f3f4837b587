"""Units in a tree of any depth, with validity dates; levels and kinds are data, never code."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, Versioned, binary_text
from rules import text


class Level(Versioned, Model):
    """A level of administration that criteria sets, windows and rankings refer to (department, district, commune …)."""

    __tablename__ = "level"
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    position: Mapped[int] = mapped_column(default=0)

    def __str__(self) -> str:
        return self.name


class UnitKind(Versioned, Model):
    """A kind of unit (sở, huyện, xã, phường …) and the level it belongs to."""

    __tablename__ = "unit_kind"
    name: Mapped[str] = mapped_column(String(120), unique=True)
    level_id: Mapped[int] = mapped_column(ForeignKey("level.id"))
    level: Mapped[Level] = relationship()

    def __str__(self) -> str:
        return self.name


class Unit(Versioned, Model):
    """A unit of administration.

    ``path`` is the chain of ids from the root with a dot after each ("1.10.101."), so that a subtree is a range.
    ``valid_to`` is the last day of validity; a unit that ended is closed, never deleted.
    """

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_from <= valid_to", name="valid_dates"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_own_parent"),
        Index("ix_unit_path", "path"),
        Index("ix_unit_name_sort", "name_sort"),
    )
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_sort: Mapped[str] = mapped_column(binary_text(600), default="")
    name_search: Mapped[str] = mapped_column(String(400), default="")
    kind_id: Mapped[int] = mapped_column(ForeignKey("unit_kind.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(binary_text(255), default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    kind: Mapped[UnitKind] = relationship()
    parent: Mapped[Unit | None] = relationship(remote_side="Unit.id")

    @property
    def path_end(self) -> str:
        """First path after the subtree: "." is followed by "/" in byte order."""
        return self.path[:-1] + "/"

    def valid_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def __str__(self) -> str:
        return self.name


class UnitChange(Identified, Model):
    """One unit went over into another, whole or in part, on a day (merger, split, rename)."""

    __tablename__ = "unit_change"
    __table_args__ = (
        UniqueConstraint("from_unit_id", "to_unit_id", "effective_on"),
        CheckConstraint("how IN ('whole', 'part')", name="how"),
        CheckConstraint("from_unit_id <> to_unit_id", name="two_units"),
    )
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    effective_on: Mapped[date]
    how: Mapped[str] = mapped_column(String(8))
    from_unit: Mapped[Unit] = relationship(foreign_keys=from_unit_id)
    to_unit: Mapped[Unit] = relationship(foreign_keys=to_unit_id)


class UnitGroup(Versioned, Model):
    """A group of units kept by Sở Nội vụ, for example those without administrative procedures."""

    __tablename__ = "unit_group"
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))

    def __str__(self) -> str:
        return self.name


class UnitGroupMember(Identified, Model):
    __tablename__ = "unit_group_member"
    __table_args__ = (UniqueConstraint("group_id", "unit_id"),)
    group_id: Mapped[int] = mapped_column(ForeignKey("unit_group.id", ondelete="CASCADE"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    group: Mapped[UnitGroup] = relationship()
    unit: Mapped[Unit] = relationship()


@event.listens_for(Unit.name, "set", propagate=True)
def _fill_search_columns(unit: Unit, name: str, *_: object) -> None:
    unit.name_sort = text.sort_key(name)[:600]
    unit.name_search = text.fold(name)[:400]
