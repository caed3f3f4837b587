"""The ranking of one group as it is published: one rounding, then rank and class on what is printed (domain: results)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Generic, TypeVar

from rules.ranking import classify, rank
from rules.rounding import half_up
from rules.totals import Totals
from rules.vocabulary import TieRule

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Contender(Generic[K]):
    """A unit before ranking: its published value, the unit it stands under, and whether it takes part at all.

    ``value`` is None where nothing applies to the unit; then it is listed apart, and so is one with ``apart``.
    """

    key: K
    value: Decimal | None
    parent: Hashable = None
    apart: bool = False


@dataclass(frozen=True, slots=True)
class Standing(Generic[K]):
    """A line of the ranking. A unit listed apart has neither rank nor class.

    ``rank_in_parent`` is the place among the units under the same parent (a commune in its district); it is None where
    the whole group stands under one parent, because it would only say the rank again.
    """

    key: K
    value: Decimal | None
    ranked: bool
    rank: int | None = None
    rank_in_parent: int | None = None
    class_name: str = ""


def published_index(totals: Totals, places: int) -> Decimal | None:
    """Round the index, once; None where nothing applies."""
    return None if totals.index is None else half_up(totals.index, places)


def published_points(achieved: Decimal, maximum: Decimal, bonus: Decimal, penalty: Decimal, places: int) -> Decimal:
    """Round the points that rank where a round ranks by points: bonus and penalty in, kept within 0 and the maximum."""
    return half_up(min(maximum, max(Decimal(0), achieved + bonus - penalty)), places)


def standings(
    contenders: Sequence[Contender[K]], tie_rule: TieRule, bands: Sequence[tuple[str, Decimal]]
) -> list[Standing[K]]:
    """Rank the units of one group: the best first, equal ones in the order given, those listed apart at the end.

    ``contenders`` come in catalogue order; ``bands`` are the classes with their lower bounds.
    """
    ranked = [(c, c.value) for c in contenders if c.value is not None and not c.apart]
    place = rank([(c.key, value) for c, value in ranked], tie_rule)
    families: dict[Hashable, list[tuple[K, Decimal]]] = {}
    for contender, value in ranked:
        families.setdefault(contender.parent, []).append((contender.key, value))
    lines = [
        Standing(c.key, value, ranked=True, rank=place[c.key], class_name=classify(value, bands) or "")
        for c, value in sorted(ranked, key=lambda pair: -pair[1])
    ]
    if len({contender.parent for contender in contenders}) > 1:
        inner = {key: at for family in families.values() for key, at in rank(family, tie_rule).items()}
        lines = [replace(line, rank_in_parent=inner[line.key]) for line in lines]
    apart = [Standing(c.key, c.value, ranked=False) for c in contenders if c.value is None or c.apart]
    return lines + apart
