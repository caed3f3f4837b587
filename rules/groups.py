"""Methods of rows that have no inputs of their own: they add up what stands under them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from rules.message import M
from rules.points import InputSpec, Outcome, Rule
from rules.reader import RuleReader
from rules.rounding import plain
from rules.totals import Caps
from rules.vocabulary import Method


@dataclass(frozen=True, kw_only=True)
class _Group(Rule):
    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        return ()

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        words = M("The points of this row are the sum of the criteria under it.")
        return Outcome(None, not_applicable=False, arithmetic=words)


@dataclass(frozen=True, kw_only=True)
class Sum(_Group):
    """The plain sum of the criteria under the row."""

    method: ClassVar[Method] = Method.SUM

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:  # noqa: ARG003 - no key of its own
        return cls(**common)

    def settings(self) -> dict[str, object]:
        return {}


@dataclass(frozen=True, kw_only=True)
class SumCapped(_Group):
    """Bonus and penalty outside the 100 points, each with its cap in points."""

    method: ClassVar[Method] = Method.SUM_CAPPED

    bonus_cap: Decimal
    penalty_cap: Decimal

    @property
    def caps(self) -> Caps:
        """The caps as the totals take them."""
        return Caps(self.bonus_cap, self.penalty_cap)

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        limit = Decimal(100)
        return cls(
            bonus_cap=reader.number("bonus_cap", at_most=limit),
            penalty_cap=reader.number("penalty_cap", at_most=limit),
            **common,
        )

    def settings(self) -> dict[str, object]:
        return {"bonus_cap": plain(self.bonus_cap), "penalty_cap": plain(self.penalty_cap)}
