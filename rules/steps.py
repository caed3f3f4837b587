"""Methods that count cases: deduction per fault, points per case, penalty per case."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar, Self

from rules.message import M
from rules.points import InputKind, InputSpec, Outcome, Rule
from rules.reader import OWN_MAXIMUM, RuleReader
from rules.rounding import POINT_PLACES, half_up, plain, shown_points
from rules.vocabulary import Method


def _or_maximum(points: Decimal | None) -> str:
    return OWN_MAXIMUM if points is None else plain(points)


@dataclass(frozen=True, kw_only=True)
class _Steps(Rule):
    """So many points (``per``) for each case; ``unit`` names what is counted."""

    maximum: Decimal
    per: Decimal
    unit: str

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        return (InputSpec("count", InputKind.COUNT, self.unit),)

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        count = int(str(inputs["count"]))
        return self._counted(count, half_up(count * Fraction(self.per), POINT_PLACES))

    @abstractmethod
    def _counted(self, count: int, product: Decimal) -> Outcome:
        """Make the outcome of ``count`` cases, whose points come to ``product``."""


@dataclass(frozen=True, kw_only=True)
class DeductStep(_Steps):
    """``start`` (``None``: the maximum) less a step per fault, never below ``floor``."""

    method: ClassVar[Method] = Method.DEDUCT_STEP

    start: Decimal | None = None
    floor: Decimal = Decimal(0)

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        maximum = reader.maximum()
        start = reader.points_or_maximum("start", maximum)
        return cls(
            maximum=maximum,
            start=start,
            per=reader.number("per", above_zero=True),
            unit=reader.text("unit"),
            floor=reader.optional_number("floor", at_most=maximum if start is None else start) or Decimal(0),
            **common,
        )

    def settings(self) -> dict[str, object]:
        return {
            "start": _or_maximum(self.start),
            "per": plain(self.per),
            "unit": self.unit,
            "floor": plain(self.floor),
        }

    def _counted(self, count: int, product: Decimal) -> Outcome:
        start = self.maximum if self.start is None else self.start
        result = start - product
        points = max(result, self.floor)
        shown = {
            "start": shown_points(start),
            "count": count,
            "per": shown_points(self.per),
            "result": shown_points(result),
            "points": shown_points(points),
        }
        if result >= self.floor:
            return Outcome.counted(points, M("{start} - {count} × {per} = {result} → {points} points", **shown))
        words = M(
            "{start} - {count} × {per} = {result} → not below {floor} → {points} points",
            floor=shown_points(self.floor),
            **shown,
        )
        return Outcome.counted(points, words)


@dataclass(frozen=True, kw_only=True)
class _Capped(_Steps):
    """A step per case, up to ``cap`` (``None``: the maximum)."""

    cap: Decimal | None = None

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        maximum = reader.maximum()
        return cls(
            maximum=maximum,
            per=reader.number("per", above_zero=True),
            unit=reader.text("unit"),
            cap=reader.points_or_maximum("cap", maximum),
            **common,
        )

    def settings(self) -> dict[str, object]:
        return {"per": plain(self.per), "unit": self.unit, "cap": _or_maximum(self.cap)}

    def _limited(self, count: int, product: Decimal) -> tuple[Decimal, bool, dict[str, object]]:
        """Give the points, whether the cap held them, and the parts of the sentence."""
        cap = self.maximum if self.cap is None else self.cap
        points = min(product, cap)
        shown: dict[str, object] = {
            "count": count,
            "per": shown_points(self.per),
            "result": shown_points(product),
            "points": shown_points(points),
        }
        if product > cap:
            shown["cap"] = shown_points(cap)
        return points, product > cap, shown


@dataclass(frozen=True, kw_only=True)
class Accumulate(_Capped):
    """Points for each case, up to the cap."""

    method: ClassVar[Method] = Method.ACCUMULATE

    def _counted(self, count: int, product: Decimal) -> Outcome:
        points, held, shown = self._limited(count, product)
        if held:
            return Outcome.counted(points, M("{count} × {per} = {result} → at most {cap} → {points} points", **shown))
        return Outcome.counted(points, M("{count} × {per} = {result} → {points} points", **shown))


@dataclass(frozen=True, kw_only=True)
class PenaltyStep(_Capped):
    """Points taken off for each case, up to the cap; the outcome is their size, 0 or more."""

    method: ClassVar[Method] = Method.PENALTY_STEP
    self_scored: ClassVar[bool] = False

    def _counted(self, count: int, product: Decimal) -> Outcome:
        points, held, shown = self._limited(count, product)
        if held:
            words = M("{count} × {per} = {result} → at most {cap} → {points} points taken off", **shown)
            return Outcome.counted(points, words)
        return Outcome.counted(points, M("{count} × {per} = {result} → {points} points taken off", **shown))
