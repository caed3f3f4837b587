"""Ranks and classes, given on the rounded, published value: what is printed alike is ranked alike."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from typing import TypeVar

from rules.message import M, Message
from rules.vocabulary import TieRule

K = TypeVar("K", bound=Hashable)

#: The index and the points both end here.
TOP = Decimal(100)


def rank(entries: Sequence[tuple[K, Decimal]], tie_rule: TieRule) -> dict[K, int]:
    """Rank the units of one group by their published value, the highest first; equal values share a rank.

    The order of ``entries`` has no say in it. A unit that stands there twice raises ``ValueError``.
    """
    values = dict(entries)
    if len(values) != len(entries):
        raise ValueError("a unit stands twice in one ranking group")
    compared = sorted(set(values.values()) if tie_rule is TieRule.DENSE else values.values(), reverse=True)
    place: dict[Decimal, int] = {}
    for position, value in enumerate(compared, start=1):
        place.setdefault(value, position)
    return {unit: place[value] for unit, value in values.items()}


def classify(value: Decimal, bands: Sequence[tuple[str, Decimal]]) -> str | None:
    """Name the class of a published value: the highest lower bound it reaches, the bound included.

    ``bands`` are names with lower bounds in any order; ``None`` when the value lies below all of them.
    """
    reached = [(bound, name) for name, bound in bands if value >= bound]
    return max(reached)[1] if reached else None


def check_bands(bands: Sequence[tuple[str, Decimal]]) -> list[tuple[int, Message]]:
    """Find what is wrong with the classes of a round: the row's position and a sentence with the remedy."""
    if not bands:
        return [(0, M("There is no class: enter at least one, with the lower bound 0."))]
    faults: list[tuple[int, Message]] = []
    names: set[str] = set()
    bounds: set[Decimal] = set()
    for position, (name, bound) in enumerate(bands):
        folded = name.strip().casefold()
        if not folded:
            faults.append((position, M("The class has no name: enter one.")))
        elif folded in names:
            faults.append((position, M("The class {name} stands there twice: rename or remove one.", name=name)))
        if not 0 <= bound <= TOP:
            faults.append((position, M("The lower bound must lie between 0 and {top}.", top=TOP)))
        elif bound in bounds:
            faults.append((position, M("Two classes begin at {bound}: change one of them.", bound=bound)))
        names.add(folded)
        bounds.add(bound)
    if min(bounds) > 0:
        lowest = min(range(len(bands)), key=lambda position: bands[position][1])
        faults.append((lowest, M("Units below {bound} have no class: let the lowest begin at 0.", bound=min(bounds))))
    return faults
