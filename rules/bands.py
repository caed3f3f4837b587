"""Bands: the points of the one band a rate falls into. The bands cover every possible rate once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any, ClassVar, Self

from rules.message import M, Message
from rules.points import HUNDRED, Outcome
from rules.rates import RateRule
from rules.reader import RuleReader
from rules.rounding import plain, shown_points
from rules.vocabulary import Method

_KEYS = frozenset({"from", "above", "to_below", "to", "points"})


@dataclass(frozen=True, slots=True)
class Band:
    """Rates between two bounds in percent; a missing bound is open.

    ``from`` includes its bound ("từ 80 %"), ``above`` does not ("trên 90 %"); ``to`` includes it, ``to_below`` not.
    """

    low: Decimal | None
    low_included: bool
    high: Decimal | None
    high_included: bool
    points: Decimal

    def holds(self, rate: Fraction) -> bool:
        """Tell whether the rate lies in the band."""
        over = self.low is None or rate > self.low or (self.low_included and rate == self.low)
        under = self.high is None or rate < self.high or (self.high_included and rate == self.high)
        return over and under

    @property
    def empty(self) -> bool:
        """Tell whether no rate can lie in the band."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and not (self.low_included and self.high_included))

    @property
    def words(self) -> Message:
        """The band as it is written in an arithmetic: ``80-<100``, ``from 100``."""
        if self.low is not None and self.high is not None:
            return self._closed(self.low, self.high)
        if self.low is not None:
            return M("from {low}", low=self.low) if self.low_included else M("above {low}", low=self.low)
        if self.high is not None:
            return M("up to {high}", high=self.high) if self.high_included else M("below {high}", high=self.high)
        return M("any rate")

    def _closed(self, low: Decimal, high: Decimal) -> Message:
        if self.low_included:
            return (
                M("{low}-{high}", low=low, high=high) if self.high_included else M("{low}-<{high}", low=low, high=high)
            )
        return M(">{low}-{high}", low=low, high=high) if self.high_included else M(">{low}-<{high}", low=low, high=high)

    def to_json(self) -> dict[str, object]:
        """Give the band as it stands in a criteria file."""
        low = None if self.low is None else plain(self.low)
        high = None if self.high is None else plain(self.high)
        return {
            "from" if self.low is None or self.low_included else "above": low,
            "to" if self.high is not None and self.high_included else "to_below": high,
            "points": plain(self.points),
        }


@dataclass(frozen=True, kw_only=True)
class Bands(RateRule):
    """A rate falls into one of several bands, each with its points; ``label`` names the rate."""

    method: ClassVar[Method] = Method.BANDS

    label: str = ""
    bands: tuple[Band, ...]

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        maximum = reader.maximum()
        may_exceed = reader.flag("may_exceed")
        rate_only = reader.flag("rate_only")
        bands = _parse_bands(reader, maximum)
        if reader.clean("bands"):
            if max(band.points for band in bands) != maximum:
                reader.fault("bands", M("One band must give the maximum of {maximum} points.", maximum=maximum))
            for message in uncovered(bands, may_exceed=may_exceed):
                reader.fault("bands", message)
        return cls(
            maximum=maximum,
            label=reader.text("input", required=False),
            bands=bands,
            numerator=reader.text("numerator", required=False),
            denominator=reader.text("denominator", required=False),
            may_exceed=may_exceed,
            rate_only=rate_only,
            when_denominator_zero=cls.parse_zero(reader, required=not rate_only),
            **common,
        )

    def settings(self) -> dict[str, object]:
        settings = {**self.rate_settings(), "bands": [band.to_json() for band in self.bands]}
        if self.label:
            settings["input"] = self.label
        if self.rate_only:
            settings["rate_only"] = True
        return settings

    @property
    def rate_label(self) -> str | Message:
        return self.label or super().rate_label

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        return tuple(bound for band in self.bands for bound in (band.low, band.high) if bound is not None)

    def outcome(self, rate: Fraction, figures: Message) -> Outcome:
        band = next(band for band in self.bands if band.holds(rate))
        words = M(
            "{figures} → in the band {band} → {points} points",
            figures=figures,
            band=band.words,
            points=shown_points(band.points),
        )
        return Outcome.counted(band.points, words)


def _parse_bands(reader: RuleReader, maximum: Decimal) -> tuple[Band, ...]:
    bands: list[Band] = []
    for line, row in reader.rows("bands", _KEYS):
        for one, other in (("from", "above"), ("to_below", "to")):
            if row.get(one) is not None and row.get(other) is not None:
                reader.fault("bands", M("Line {line}: {one} or {other}, not both.", line=line, one=one, other=other))
        bounds = {key: reader.line_number("bands", row.get(key), line) for key in _KEYS - {"points"}}
        bands.append(
            Band(
                low=bounds["above"] if bounds["from"] is None else bounds["from"],
                low_included=bounds["from"] is not None,
                high=bounds["to_below"] if bounds["to"] is None else bounds["to"],
                high_included=bounds["to"] is not None,
                points=reader.line_points("bands", row.get("points"), maximum, line),
            )
        )
    return tuple(bands)


def uncovered(bands: Sequence[Band], *, may_exceed: bool) -> list[Message]:
    """Find empty bands, gaps and overlaps; rates run from 0 to 100 %, or on without end where they may exceed it."""
    faults = [
        M("The band {band} holds no rate: its lower bound must lie below its upper bound.", band=band.words)
        for band in bands
        if band.empty
    ]
    if faults:
        return faults
    # An open lower bound stands before 0, and an included bound before the same bound left out.
    ordered = sorted(bands, key=lambda band: (band.low is not None, band.low or Decimal(0), not band.low_included))
    first, last = ordered[0], ordered[-1]
    if not (first.low is None or (first.low == 0 and first.low_included)):
        faults.append(M("Low rates have no band: let the lowest band begin without a lower bound."))
    for below, above in pairwise(ordered):
        faults.extend(_seam(below, above))
    if not faults and not _reaches_top(last, may_exceed=may_exceed):
        faults.append(M("High rates have no band: let the highest band end without an upper bound."))
    return faults


def _seam(below: Band, above: Band) -> list[Message]:
    """Check that ``above`` begins exactly where ``below`` ends."""
    if below.high is None or above.low is None or below.high > above.low:
        return [M("The bands {below} and {above} overlap: change a bound.", below=below.words, above=above.words)]
    if below.high == above.low and below.high_included and above.low_included:
        words = M("The rate {rate} % lies in two bands: let one of them leave it out.", rate=above.low)
        return [words]
    if below.high < above.low or not (below.high_included or above.low_included):
        words = M("Between the bands {below} and {above} is a gap: close it.", below=below.words, above=above.words)
        return [words]
    return []


def _reaches_top(band: Band, *, may_exceed: bool) -> bool:
    if band.high is None:
        return True
    return not may_exceed and (band.high > HUNDRED or (band.high == HUNDRED and band.high_included))
