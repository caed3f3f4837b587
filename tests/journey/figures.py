"""The published figures once more, from exported leaves alone, in fractions: nothing of ``rules`` is used here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor

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
    whole = half_up(value, places) * 10**places
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


def table(text: str) -> list[dict[str, str]]:
    """Read an exported CSV file by its headings."""
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
