"""The parts of an edition as data: lines, frozen rows, settings, and the digest over them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

import models as m
from rules.rounding import plain
from rules.standings import published_points
from rules.vocabulary import RankBy, TieRule

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FieldLine:
    """Exact points of one field of one unit; ``maximum`` is None where a past year's file does not tell it."""

    code: str
    name: str
    achieved: Decimal
    maximum: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LeafLine:
    """One leaf as it counted: ``points`` None where it does not apply; not ``scored`` counts 0."""

    code: str
    field_code: str
    kind: str
    name: str
    maximum: Decimal
    self_points: Decimal | None
    points: Decimal | None
    not_applicable: bool
    scored: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Line:
    """The result of one unit before ranking, in exact points; ``index`` is the published one, already rounded.

    ``bonus`` and ``penalty`` are capped and not negative. ``apart``: listed apart, without rank. The printed rank and
    class are those of a past year's decision.
    """

    unit_id: int
    achieved: Decimal
    maximum: Decimal
    index: Decimal | None
    bonus: Decimal = ZERO
    penalty: Decimal = ZERO
    apart: bool = False
    printed_rank: int | None = None
    printed_class: str = ""
    fields: tuple[FieldLine, ...] = ()
    leaves: tuple[LeafLine, ...] = ()


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """A line of an edition as it is stored, with the unit's name, kind, level and parent of that day."""

    unit_id: int
    position: int
    unit_code: str
    unit_name: str
    kind_name: str
    level_name: str
    parent_id: int | None
    parent_name: str
    achieved: Decimal
    maximum: Decimal
    bonus: Decimal
    penalty: Decimal
    index: Decimal | None
    ranked: bool
    rank: int | None
    rank_in_parent: int | None
    class_name: str
    printed_rank: int | None
    printed_class: str
    fields: tuple[FieldLine, ...] = ()
    leaves: tuple[LeafLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """What the figures of an edition are made with: decimals shown, tie rule, ranking figure, classes with bounds."""

    places: int
    tie_rule: TieRule
    rank_by: RankBy
    rank_unentered: bool
    classes: tuple[tuple[str, Decimal], ...]

    @classmethod
    def of(cls, group: m.RankingGroup) -> Settings:
        """Take the settings of a group's round as they are now."""
        round_ = group.round
        classes = tuple((band.name, band.lower_bound) for band in group.classes)
        return cls(round_.shown_places, round_.tie_rule, round_.rank_by, round_.rank_unentered, classes)

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Settings:
        """Read the settings kept with an edition."""
        return cls(
            kept["places"],
            TieRule(kept["tie_rule"]),
            RankBy(kept["rank_by"]),
            kept["rank_unentered"],
            tuple((name, Decimal(bound)) for name, bound in kept["classes"]),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the settings as an edition keeps them."""
        return {
            "places": self.places,
            "tie_rule": self.tie_rule.value,
            "rank_by": self.rank_by.value,
            "rank_unentered": self.rank_unentered,
            "classes": [[name, plain(bound)] for name, bound in self.classes],
        }


def value_of(line: Line | FrozenRow, settings: Settings) -> Decimal | None:
    """Return the published figure that ranks a line: its index, or its points rounded once."""
    if settings.rank_by is RankBy.INDEX or line.index is None:
        return line.index
    return published_points(line.achieved, line.maximum, line.bonus, line.penalty, settings.places)


def digest(facts: Mapping[str, object], rows: Sequence[FrozenRow]) -> str:
    """Return the SHA-256 of the canonical JSON of an edition: its facts and its frozen rows, four decimals throughout."""
    text = json.dumps(
        {"edition": dict(facts), "rows": rows},
        default=_canonical,
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.4f}"  # never more than four decimals, so nothing is rounded
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, FrozenRow | FieldLine | LeafLine):
        return {f.name: getattr(value, f.name) for f in fields(value)}
    raise TypeError(type(value).__name__)


def facts_of(
    group_id: int, number: int, decision_number: str, decision_on: date, settings: Mapping[str, Any], *, imported: bool
) -> dict[str, object]:
    """Return what the digest covers besides the rows."""
    return {
        "group": group_id,
        "number": number,
        "decision_number": decision_number,
        "decision_on": decision_on,
        "settings": settings,
        "imported": imported,
    }
