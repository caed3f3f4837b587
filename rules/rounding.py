"""Exact numbers: one rounding, one way to read what a person typed, one way to write it down again."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction

from rules.message import M, Message

#: Places of the points of a leaf: from there on they are exact and are summed without loss.
POINT_PLACES = 4
#: More digits than this no figure of a province needs; it keeps sums inside 64-bit columns.
MAX_DIGITS = 15

_NUMBER = re.compile(r"([0-9]+)(?:[.,]([0-9]+))?")
_NEGATIVE = re.compile(r"[-−][0-9]+(?:[.,][0-9]+)?")  # documents hold the typographic minus
_GROUPED = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")


class NumberFault(ValueError):
    """A text is not the number that is wanted; ``message`` says how to write it."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def half_up(value: Decimal | Fraction, places: int) -> Decimal:
    """Round half away from zero to exactly ``places`` decimals, without any loss before.

    A value that is not finite raises ``ValueError`` or ``OverflowError``.
    """
    numerator, denominator = value.as_integer_ratio()  # whole numbers: a page rounds a thousand times
    units = (2 * abs(numerator) * 10**places + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and units else ""
    return Decimal(f"{sign}{units}e-{places}")


def parse_decimal(text: str, *, places: int) -> Decimal:
    """Read a number of 0 or more with at most ``places`` decimals after a comma or a point.

    Only the digits 0-9 count; signs, exponents, thousands separators, ``NaN`` and the like raise ``NumberFault``.
    """
    text = text.strip()
    if not text:
        raise NumberFault(M("Enter a number."))
    if _NEGATIVE.fullmatch(text):
        raise NumberFault(M("A negative number is not possible here: enter 0 or more."))
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise NumberFault(
            M("Write the digits 0-9 only, with a comma before the decimals and no thousands separator: 1234,5.")
        )
    whole, decimals = match[1], match[2] or ""
    if len(whole) + len(decimals) > MAX_DIGITS:
        raise NumberFault(M("The number is too long: at most {digits} digits.", digits=MAX_DIGITS))
    if len(decimals) > places:
        if places == 0:
            raise NumberFault(M("Enter a whole number, without decimals or thousands separator."))
        raise NumberFault(M("Too many decimals: at most {places} after the comma.", places=places))
    return Decimal(f"{whole}.{decimals}" if decimals else whole)


def parse_figure(text: str, *, places: int) -> Decimal:
    """Read a figure without an upper bound: like ``parse_decimal``, but ``1.234`` is refused.

    With a point before exactly three digits nobody can tell one thousand and more from one and some thousandths.
    """
    if _GROUPED.fullmatch(text.strip()):
        raise NumberFault(M("Unclear: is the point a thousands separator? Write 1234, or 1,234 for decimals."))
    return parse_decimal(text, places=places)


def plain(value: Decimal) -> str:
    """Write a decimal with a point and no needless zeros, as it is stored in JSON: ``0.5``, ``100``."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_points(points: Decimal) -> Decimal:
    """Give points the places they are shown with: two, or more where the value needs them."""
    return half_up(points, max(2, len(plain(points).partition(".")[2])))


def shown_rate(rate: Fraction, *bounds: Decimal) -> Decimal:
    """Give a rate in percent the places it is shown with: two, or more where two would move it onto or over a bound.

    So 79,996 % is never shown as 80,00 % beside "below 80".
    """
    places = 2
    while any(_side(half_up(rate, places), bound) != _side(rate, bound) for bound in bounds):
        places += 1
    return half_up(rate, places)


def _side(value: Decimal | Fraction, bound: Decimal) -> int:
    exact, limit = Fraction(value), Fraction(bound)
    return (exact > limit) - (exact < limit)
