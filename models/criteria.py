"""Criteria sets: versioned, one per level, frozen once a round that uses them opens (Điều 7.1)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, Points, Versioned, Word, binary_text
from models.unit import Level, UnitGroup
from rules import text
from rules.criteria import Rule, stored_rule
from rules.vocabulary import CriterionKind, Method


class CriteriaSet(Versioned, Model):
    """One version of the index of one level."""

    __tablename__ = "criteria_set"
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    level_id: Mapped[int] = mapped_column(ForeignKey("level.id"))
    frozen: Mapped[bool] = mapped_column(default=False)
    level: Mapped[Level] = relationship()

    def __str__(self) -> str:
        return self.name


class Criterion(Versioned, Model):
    """A row of a set: field, criterion, sub-criterion, or the bonus and penalty group outside the 100 points.

    ``path`` orders the set and makes a subtree a range: each number of the code, padded ("0001.0002.0010.").
    ``field_code`` is the code of the top row it stands under. Only leaves are scored.
    """

    __tablename__ = "criterion"
    __table_args__ = (
        UniqueConstraint("set_id", "code"),
        UniqueConstraint("set_id", "id"),
        Index("ix_criterion_set_id_path", "set_id", "path"),
        CheckConstraint("max_points IS NULL OR max_points >= 0", name="max_points"),
        CheckConstraint("NOT is_leaf OR max_points IS NOT NULL", name="leaf_maximum"),
    )
    set_id: Mapped[int] = mapped_column(ForeignKey("criteria_set.id", ondelete="CASCADE"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("criterion.id"), index=True)
    code: Mapped[str] = mapped_column(String(32))
    path: Mapped[str] = mapped_column(binary_text(64))
    field_code: Mapped[str] = mapped_column(String(32))
    kind: Mapped[CriterionKind] = mapped_column(Word(CriterionKind))
    name: Mapped[str] = mapped_column(String(500))
    name_search: Mapped[str] = mapped_column(String(1000), default="")
    max_points: Mapped[Decimal | None] = mapped_column(Points)
    method: Mapped[Method] = mapped_column(Word(Method))
    rule_json: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    evidence_required: Mapped[bool] = mapped_column(default=False)
    is_leaf: Mapped[bool] = mapped_column(default=True)
    criteria_set: Mapped[CriteriaSet] = relationship()
    parent: Mapped[Criterion | None] = relationship(remote_side="Criterion.id")

    @property
    def rule(self) -> Rule:
        """The rule that turns inputs into points."""
        return stored_rule(self.method, json.dumps(self.rule_json), self.max_points)

    @property
    def path_end(self) -> str:
        return self.path[:-1] + "/"

    @property
    def self_scored(self) -> bool:
        """Units score it themselves: not the survey, and not penalties, which only helpers enter."""
        return self.is_leaf and self.method is not Method.SURVEY and self.kind is not CriterionKind.PENALTY

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


def criterion_path(code: str) -> str:
    """Return the ordering path of a code: "3.10" gives "0003.0010."."""
    return "".join(f"{int(part):04d}." for part in code.split("."))


class CriterionExclusion(Identified, Model):
    """A criterion with everything below it does not apply to a group of units."""

    __tablename__ = "criterion_exclusion"
    __table_args__ = (UniqueConstraint("criterion_id", "group_id"),)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(ForeignKey("unit_group.id"))
    criterion: Mapped[Criterion] = relationship()
    group: Mapped[UnitGroup] = relationship()


@event.listens_for(Criterion.name, "set", propagate=True)
def _fill_search_column(criterion: Criterion, name: str, *_: object) -> None:
    criterion.name_search = text.fold(name)[:1000]
