"""Numbers: read as typed, rounded once, written back without loss."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.rounding import NumberFault, half_up, parse_decimal, parse_figure, plain, shown_points, shown_rate


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        (Decimal("2.665"), 2, "2.67"),  # binary floats and half-even rounding both give 2.66
        (Decimal("2.675"), 2, "2.68"),
        (Decimal("0.00005"), 4, "0.0001"),
        (Decimal("0.000049999"), 4, "0.0000"),
        (Decimal("-0.005"), 2, "-0.01"),
        (Decimal("-0.004"), 2, "0.00"),
        (Decimal(7), 2, "7.00"),
        (Fraction(1, 3), 4, "0.3333"),
        (Fraction(2, 3), 4, "0.6667"),
        (Fraction(1, 8), 2, "0.13"),
        (Decimal("99.995"), 2, "100.00"),
        (Decimal("12345678901234567890123456789012.5"), 0, "12345678901234567890123456789013"),
    ],
)
def test_rounds_half_up_to_exactly_the_places(value, places, rounded):
    assert str(half_up(value, places)) == rounded


@given(st.fractions(min_value=0, max_value=10**9), st.integers(0, 6))
def test_rounding_moves_a_value_by_at_most_half_a_unit(value, places):
    moved = Fraction(half_up(value, places)) - value
    half = Fraction(1, 2 * 10**places)
    assert -half < moved <= half


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_number_is_not_rounded(value):
    with pytest.raises((ValueError, OverflowError)):
        half_up(value, 2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7,25", "7.25"),
        ("7.25", "7.25"),
        ("  7,2 ", "7.2"),
        ("\u00a07\u202f", "7"),
        ("0", "0"),
        ("007", "7"),
        ("0,00", "0"),
        ("123456789012345", "123456789012345"),
        ("1234567890123,45", "1234567890123.45"),
    ],
)
def test_reads_comma_and_point_alike(text, number):
    assert parse_decimal(text, places=2) == Decimal(number)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Enter a number"),
        ("   ", "Enter a number"),
        ("-1", "negative"),
        ("−1,5", "negative"),
        ("+1", "digits 0-9 only"),
        ("NaN", "digits 0-9 only"),
        ("Infinity", "digits 0-9 only"),
        ("1e3", "digits 0-9 only"),
        ("１２", "digits 0-9 only"),
        ("٣", "digits 0-9 only"),
        ("²", "digits 0-9 only"),
        ("1 234", "digits 0-9 only"),
        ("1.234,5", "digits 0-9 only"),
        ("1,234,567", "digits 0-9 only"),
        ("1_000", "digits 0-9 only"),
        (",5", "digits 0-9 only"),
        ("5,", "digits 0-9 only"),
        ("0x10", "digits 0-9 only"),
        ("7\n8", "digits 0-9 only"),
        ("7\x00", "digits 0-9 only"),
        ("7,255", "Too many decimals: at most 2"),
        ("1234567890123456", "at most 15 digits"),
        ("12345678901234,56", "at most 15 digits"),
    ],
)
def test_refuses_other_texts_with_a_reason(text, why):
    with pytest.raises(NumberFault) as refused:
        parse_decimal(text, places=2)
    assert why in str(refused.value.message)


def test_a_count_takes_no_decimals():
    with pytest.raises(NumberFault, match="whole number"):
        parse_decimal("3,0", places=0)


@pytest.mark.parametrize("text", ["1.234", "12.000", "999.999"])
def test_a_point_before_three_digits_is_not_guessed_in_a_figure(text):
    with pytest.raises(NumberFault, match="thousands separator"):
        parse_figure(text, places=4)


@pytest.mark.parametrize(
    ("text", "number"), [("1,234", "1.234"), ("0.125", "0.125"), ("1234.567", "1234.567"), ("1.23", "1.23")]
)
def test_other_figures_are_clear(text, number):
    assert parse_figure(text, places=4) == Decimal(number)


@given(st.decimals(min_value=0, max_value=10**9, places=4))
def test_a_written_number_is_read_back_as_the_same(value):
    text = plain(value)
    assert parse_decimal(text, places=4) == value
    assert parse_decimal(text.replace(".", ","), places=4) == value
    assert text == text.lstrip("0").rjust(1, "0") or text.startswith("0.")
    assert not ("." in text and text.endswith(("0", ".")))


@pytest.mark.parametrize(
    ("points", "shown"),
    [("0.5", "0.50"), ("1", "1.00"), ("0.125", "0.125"), ("0.3333", "0.3333"), ("10.0000", "10.00")],
)
def test_points_are_shown_with_two_places_or_as_many_as_they_need(points, shown):
    assert str(shown_points(Decimal(points))) == shown


@pytest.mark.parametrize(
    ("rate", "bound", "shown"),
    [
        (Fraction(4100, 48), 80, "85.42"),
        (Fraction(79996, 1000), 80, "79.996"),
        (Fraction(80004, 1000), 80, "80.004"),
        (Fraction(80), 80, "80.00"),
        (Fraction(799999999, 10000000), 80, "79.9999999"),
    ],
)
def test_a_shown_rate_stays_on_its_side_of_the_bound(rate, bound, shown):
    assert str(shown_rate(rate, Decimal(bound))) == shown


@given(st.fractions(min_value=0, max_value=200), st.lists(st.decimals(0, 100, places=2), max_size=4))
def test_a_shown_rate_compares_with_the_bounds_as_the_exact_one(rate, bounds):
    shown = shown_rate(rate, *bounds)
    for bound in bounds:
        limit = Fraction(bound)
        assert (Fraction(shown) < limit, Fraction(shown) == limit) == (rate < limit, rate == limit)
    assert math.isclose(float(shown), float(rate), abs_tol=0.005)
