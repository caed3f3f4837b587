"""How a leaf is scored, in sentences beside its inputs; options, parts and conditions stand in the inputs themselves."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache

from rules.bands import Bands
from rules.criteria import Rule, ZeroDenominator
from rules.message import M, Message
from rules.rates import Proportional, RateRule
from rules.rounding import plain
from rules.steps import Accumulate, DeductStep, PenaltyStep


@lru_cache(maxsize=4096)
def sentences(rule: Rule) -> tuple[Message, ...]:
    """Tell how inputs become points."""
    found: list[Message] = []
    match rule:
        case Bands():
            found += [
                M("{band} %: {points} points", band=band.words, points=_short(band.points)) for band in rule.bands
            ]
        case Proportional():
            found += _share(rule)
        case DeductStep():
            found.append(M("Each case takes off {points} points", points=_short(rule.per)))
        case Accumulate():
            found.append(M("Each case gives {points} points", points=_short(rule.per)))
        case PenaltyStep():
            found.append(M("Each case is a penalty of {points} points", points=_short(rule.per)))
        case _:
            pass
    if isinstance(rule, RateRule) and not rule.rate_only:
        found.append(_ZERO[rule.when_denominator_zero or ZeroDenominator.NOT_APPLICABLE])
    return tuple(found)


_ZERO = {
    ZeroDenominator.FULL: M("Denominator 0: the maximum"),
    ZeroDenominator.ZERO: M("Denominator 0: no points"),
    ZeroDenominator.NOT_APPLICABLE: M("Denominator 0: not applicable"),
}


def _share(rule: Proportional) -> Iterator[Message]:
    yield M("Rate × {maximum} points", maximum=_short(rule.maximum))
    if rule.zero_below_percent is not None:
        yield M("Below {bound} %: no points", bound=_short(rule.zero_below_percent))
    if rule.full_from_percent is not None:
        yield M("From {bound} % on: the maximum", bound=_short(rule.full_from_percent))


def _short(value: Decimal) -> Decimal:
    """Leave out needless zeros: 0.50 becomes 0.5."""
    return Decimal(plain(value))
