"""From the points of leaves to subtotals of fields, and from these to the index of a unit (all exact)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from rules.vocabulary import CriterionKind

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """The points of one leaf criterion on one basis.

    ``field`` is the code of its field (for bonus and penalty, of their group); ``points`` is ``None`` while nobody has
    scored it; a penalty holds the size of what is taken off. Points below 0 raise ``ValueError``, and so do points
    above the maximum, except for bonus and penalty, which the subtotal cuts there.
    """

    code: str
    field: str
    kind: CriterionKind
    maximum: Decimal
    points: Decimal | None
    not_applicable: bool = False

    def __post_init__(self) -> None:
        if self.points is None:
            return
        if self.points < 0 or (self.points > self.maximum and not self.outside):
            raise ValueError(f"{self.code}: {self.points} points are not within 0 and {self.maximum}")

    @property
    def outside(self) -> bool:
        """Tell whether the leaf stands outside the 100 points."""
        return self.kind in (CriterionKind.BONUS, CriterionKind.PENALTY)


@dataclass(frozen=True, slots=True)
class Subtotal:
    """One field of one unit on one basis, in points.

    ``leaves`` counts the leaves inside the 100 that apply to the unit, ``scored`` those of them that have points. Bonus
    and penalty stand apart, each leaf cut at its own maximum, the group not yet capped; nobody has to claim one, so
    they are not counted.
    """

    achieved: Decimal = ZERO
    maximum: Decimal = ZERO
    leaves: int = 0
    scored: int = 0
    bonus: Decimal = ZERO
    penalty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Caps:
    """The most that bonus and penalty may move the index, in points; ``None`` is no limit."""

    bonus: Decimal | None = None
    penalty: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """The result of one unit: points inside the 100, capped bonus and penalty, and the exact index in percent.

    ``index`` is ``None`` where nothing applies (or, provisionally, nothing is scored yet).
    """

    achieved: Decimal
    maximum: Decimal
    bonus: Decimal
    penalty: Decimal
    index: Fraction | None
    leaves: int
    scored: int


def subtotals(leaves: Iterable[Leaf], *, provisional: bool = False) -> dict[str, Subtotal]:
    """Add up the leaves of each field.

    A leaf that is not applicable leaves points and maximum alike. A leaf without points counts 0 with its maximum; with
    ``provisional`` it counts in neither, only in ``leaves``.
    """
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        found.setdefault(leaf.field, []).append(leaf)
    return {field: _subtotal(members, provisional=provisional) for field, members in found.items()}


def _subtotal(members: Iterable[Leaf], *, provisional: bool) -> Subtotal:
    applicable = [leaf for leaf in members if not leaf.not_applicable]
    inside = [leaf for leaf in applicable if not leaf.outside]
    return Subtotal(
        achieved=sum((leaf.points or ZERO for leaf in inside), ZERO),
        maximum=sum((leaf.maximum for leaf in inside if leaf.points is not None or not provisional), ZERO),
        leaves=len(inside),
        scored=sum(leaf.points is not None for leaf in inside),
        bonus=_outside(applicable, CriterionKind.BONUS),
        penalty=_outside(applicable, CriterionKind.PENALTY),
    )


def _outside(leaves: Iterable[Leaf], kind: CriterionKind) -> Decimal:
    return sum((min(leaf.points or ZERO, leaf.maximum) for leaf in leaves if leaf.kind is kind), ZERO)


def totals(
    subtotals: Mapping[str, Subtotal],
    bonus: Decimal | None = None,
    penalty: Decimal | None = None,
    caps: Caps = Caps(),  # noqa: B008 - frozen
) -> Totals:
    """Make the result of a unit from the subtotals of its fields.

    Index = 100 × achieved ÷ applicable maximum + capped bonus - capped penalty, kept within 0 and 100. ``bonus`` and
    ``penalty`` are those of the subtotals unless given.
    """
    parts = subtotals.values()
    achieved = sum((part.achieved for part in parts), ZERO)
    maximum = sum((part.maximum for part in parts), ZERO)
    added = sum((part.bonus for part in parts), ZERO) if bonus is None else bonus
    taken = sum((part.penalty for part in parts), ZERO) if penalty is None else penalty
    added = added if caps.bonus is None else min(added, caps.bonus)
    taken = taken if caps.penalty is None else min(taken, caps.penalty)
    index: Fraction | None = None
    if maximum:
        exact = 100 * Fraction(achieved) / Fraction(maximum) + Fraction(added) - Fraction(taken)
        index = min(Fraction(100), max(Fraction(0), exact))
    return Totals(
        achieved,
        maximum,
        added,
        taken,
        index,
        leaves=sum(part.leaves for part in parts),
        scored=sum(part.scored for part in parts),
    )
