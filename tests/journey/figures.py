"""The published figures once more, from exported leaves alone, in fractions: nothing of ``rules`` is used here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

from tests.support.criteria import CRITERIA

#: Caps of the small province's group 9.
BONUS_CAP, PENALTY_CAP = Fraction(2), Fraction(1)
CLASSES = ((90, "Xuất sắc"), (80, "Tốt"), (70, "Khá"), (60, "Trung bình"), (0, "Yếu"))


@dataclass(frozen=True)
class Leaf:
    """One exported leaf; ``points`` None where it does not apply to the unit."""

    unit: str
    code: str
    kind: str
    maximum: Fraction
    points: Fraction | None


@dataclass(frozen=True)
class Keys:
    """The headings of the exported scores, and what their cells say; ``layers`` from the one that counts first."""

    unit: str
    code: str
    layer: str
    points: str
    not_applicable: str
    yes: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """Exact points inside the 100 over the applicable maximum, and the index rounded half up to two places."""

    achieved: Fraction
    maximum: Fraction
    index: Fraction

    @property
    def grade(self) -> str:
        return next(name for bound, name in CLASSES if self.index >= bound)


def half_up(value: Fraction, places: int = 2) -> Fraction:
    return Fraction(floor(value * 10**places + Fraction(1, 2)), 10**places)


def shown(value: Fraction, places: int = 2) -> str:
    """Write a figure as a Vietnamese page does: 85,30."""
    whole = int(half_up(value, places) * 10**places)
    return f"{whole // 10**places},{whole % 10**places:0{places}d}"


def number(text: str) -> Fraction:
    return Fraction(text.strip().replace(",", "."))


def result(leaves: Iterable[Leaf]) -> Result:
    """Add the leaves of one unit up."""
    applying = [leaf for leaf in leaves if leaf.points is not None]

    def summed(*kinds: str) -> Fraction:
        return sum((leaf.points or Fraction(0) for leaf in applying if leaf.kind in kinds), Fraction(0))

    inside = [leaf for leaf in applying if leaf.kind not in ("bonus", "penalty")]
    achieved, maximum = summed("criterion", "subcriterion"), sum((leaf.maximum for leaf in inside), Fraction(0))
    index = 100 * achieved / maximum + min(summed("bonus"), BONUS_CAP) - min(summed("penalty"), PENALTY_CAP)
    return Result(achieved, maximum, half_up(max(Fraction(0), min(Fraction(100), index))))


def ranks(results: Mapping[str, Result]) -> dict[str, int]:
    """Rank densely by the rounded index: 1, 2, 2, 3."""
    order = sorted({one.index for one in results.values()}, reverse=True)
    return {unit: order.index(one.index) + 1 for unit, one in results.items()}


def table(text: str, heading: str) -> list[dict[str, str]]:
    """Read an exported CSV file by its headings; a line about the file may stand above them."""
    rows = list(csv.reader(io.StringIO(text)))
    head = next(place for place, row in enumerate(rows) if heading in row)
    return [dict(zip(rows[head], row, strict=True)) for row in rows[head + 1 :]]


def leaves(scores: Iterable[Mapping[str, str]], unit: str, keys: Keys, skipped: str = "") -> Iterator[Leaf]:
    """Make the leaves of one unit from exported score rows: the highest layer counts, nothing scored counts 0.

    Every leaf of the set the units were given is there, whether a row speaks of it or not; ``skipped`` is the code of a
    field that does not apply to the unit.
    """
    said: dict[str, dict[str, Mapping[str, str]]] = {}
    for row in scores:
        if row[keys.unit] == unit:
            said.setdefault(row[keys.code], {})[row[keys.layer]] = row
    for code, kind, _, maximum, method, *_rest in CRITERIA:
        if method in ("sum", "sum_capped") or code.split(".")[0] == skipped:
            continue
        rows = said.get(code, {})
        counting = next((rows[layer] for layer in keys.layers if layer in rows), None)
        points: Fraction | None = Fraction(0)
        if counting is not None:
            points = None if counting[keys.not_applicable] == keys.yes else number(counting[keys.points])
        yield Leaf(unit, code, kind, Fraction(maximum or 0), points)
