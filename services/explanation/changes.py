"""What changed since the first appraisal: how many items were explained, with what, and how their points moved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.explanation.thread import Threads
from services.sheet import ZERO, Leaf


@dataclass(frozen=True, slots=True)
class Move:
    """A leaf whose second appraisal gives other points than the first, by how much in points of the index."""

    leaf: Leaf
    by: Decimal


@dataclass(frozen=True, slots=True)
class Changes:
    """Of the items asked about: those answered, those with further documents, those decided again, those moved."""

    asked: int = 0
    answered: int = 0
    with_papers: int = 0
    decided: int = 0
    moves: tuple[Move, ...] = field(default=())

    @property
    def up(self) -> int:
        return sum(move.by > 0 for move in self.moves)

    @property
    def down(self) -> int:
        return sum(move.by < 0 for move in self.moves)

    @property
    def sum(self) -> Decimal:
        return sum((move.by for move in self.moves), ZERO)

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.asked + other.asked,
            self.answered + other.answered,
            self.with_papers + other.with_papers,
            self.decided + other.decided,
            (*self.moves, *other.moves),
        )


def move(leaf: Leaf) -> Decimal:
    """Return by how much the second appraisal of a leaf moved against the first; 0 where there is only one."""
    if leaf.second is None or (leaf.first is None and not leaf.penalty):
        return ZERO  # without first points there was nothing to move from, but a penalty that nobody had entered
    return leaf.change(leaf.second) - leaf.change(leaf.first)


def changes(form_id: int, leaves: Sequence[Leaf], threads: Threads) -> Changes:
    """Count what changed on these leaves of a form."""
    asked = [(leaf, found) for leaf in leaves if (found := threads.of(form_id, leaf.criterion.id)).last is not None]
    moved = [Move(leaf, by) for leaf, _ in asked if (by := move(leaf))]
    return Changes(
        len(asked),
        sum(found.answered for _, found in asked),
        sum(bool(found.papers) for _, found in asked),
        sum(leaf.second is not None and not leaf.undecided for leaf, _ in asked),
        tuple(moved),
    )
