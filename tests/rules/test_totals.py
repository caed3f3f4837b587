"""From leaves to the index, with every case the regulation names."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from rules.rounding import half_up
from rules.totals import Caps, Leaf, Subtotal, subtotals, totals
from rules.vocabulary import CriterionKind

CAPS = Caps(bonus=Decimal(2), penalty=Decimal(3))


def leaf(code, maximum, points, *, not_applicable=False, kind="criterion"):
    given = None if points is None else Decimal(points)
    return Leaf(code, code.partition(".")[0], CriterionKind(kind), Decimal(maximum), given, not_applicable)


def bonus(code, maximum, points):
    return leaf(code, maximum, points, kind="bonus")


def penalty(code, maximum, points):
    return leaf(code, maximum, points, kind="penalty")


@pytest.fixture
def unit():
    """One unit: 10 points in two fields, of which 2 do not apply and 1 is unscored, with bonus and penalty."""
    return [
        leaf("1.1", "4", "3.3333"),
        leaf("1.2", "1", None),
        leaf("2.1", "3", "3"),
        leaf("2.2", "2", None, not_applicable=True),
        bonus("9.1", "1", "0.5"),
        bonus("9.2", "1", None),
        penalty("9.3", "1", "0.25"),
    ]


def test_fields_add_up_what_applies(unit):
    parts = subtotals(unit)
    assert parts["1"] == Subtotal(Decimal("3.3333"), Decimal(5), leaves=2, scored=1)
    assert parts["2"] == Subtotal(Decimal(3), Decimal(3), leaves=1, scored=1)
    assert parts["9"] == Subtotal(bonus=Decimal("0.5"), penalty=Decimal("0.25"))


def test_an_unscored_leaf_counts_0_with_its_maximum_in_the_result(unit):
    result = totals(subtotals(unit), caps=CAPS)
    assert (result.achieved, result.maximum) == (Decimal("6.3333"), Decimal(8))
    assert (result.bonus, result.penalty) == (Decimal("0.5"), Decimal("0.25"))
    assert result.index == Fraction(63333, 800) + Fraction(1, 4)
    assert result.index is not None
    assert half_up(result.index, 2) == Decimal("79.42")  # 79.16625 + 0.25
    assert (result.scored, result.leaves) == (2, 3)


def test_provisional_figures_cover_only_scored_leaves(unit):
    result = totals(subtotals(unit, provisional=True), caps=CAPS)
    assert (result.achieved, result.maximum) == (Decimal("6.3333"), Decimal(7))
    assert result.index is not None
    assert half_up(result.index, 2) == Decimal("90.73")  # 90.47571… + 0.25
    assert (result.scored, result.leaves) == (2, 3)


def test_a_leaf_that_is_not_applicable_counts_nowhere_even_with_points():
    parts = subtotals([leaf("1.1", "4", "4"), leaf("1.2", "6", "1", not_applicable=True)])
    assert parts["1"] == Subtotal(Decimal(4), Decimal(4), leaves=1, scored=1)
    assert totals(parts).index == 100


def test_a_whole_block_that_does_not_apply_leaves_the_index_to_the_rest():
    block = [leaf(f"3.{place}", "7", None, not_applicable=True) for place in range(1, 4)]
    rest = [leaf("1.1", "79", "39.5")]
    result = totals(subtotals(rest + block))
    assert [result.maximum, result.index] == [79, 50]
    assert subtotals(block)["3"] == Subtotal()


def test_0_is_a_score_and_nothing_is_none():
    nothing = subtotals([leaf("1.1", "4", None)], provisional=True)
    zero = subtotals([leaf("1.1", "4", "0")], provisional=True)
    assert totals(nothing).index is None
    assert totals(zero).index == 0
    assert (nothing["1"].scored, zero["1"].scored) == (0, 1)


def test_without_any_maximum_there_is_no_index():
    assert totals({}).index is None
    assert totals(subtotals([bonus("9.1", "1", "1")])).index is None


@pytest.mark.parametrize(
    ("bonuses", "penalties", "index"),
    [
        ([], [], "50"),
        (["1"], [], "51"),
        (["1", "1", "1"], [], "52"),  # the group's cap of 2
        ([], ["1", "1"], "48"),
        ([], ["1", "1", "1", "1"], "47"),  # the group's cap of 3
        (["1", "1", "1"], ["1", "1", "1", "1"], "49"),
        (["1.5"], ["2"], "50"),  # a leaf is cut at its own maximum of 1 first
    ],
)
def test_bonus_and_penalty_stand_outside_and_are_capped(bonuses, penalties, index):
    leaves = [leaf("1.1", "100", "50")]
    leaves += [bonus(f"9.{place}", "1", points) for place, points in enumerate(bonuses, 1)]
    leaves += [penalty(f"9.{place}", "1", points) for place, points in enumerate(penalties, 50)]
    result = totals(subtotals(leaves), caps=CAPS)
    assert result.index == Fraction(index)
    assert [result.achieved, result.maximum] == [50, 100]


def test_the_index_stays_within_0_and_100():
    assert totals(subtotals([leaf("1.1", "10", "10"), bonus("9.1", "2", "2")])).index == 100
    assert totals(subtotals([leaf("1.1", "100", "1"), penalty("9.1", "3", "3")])).index == 0


def test_bonus_and_penalty_may_be_given_from_outside(unit):
    result = totals(subtotals(unit), Decimal(5), Decimal(1), CAPS)
    assert [result.bonus, result.penalty] == [2, 1]
    assert totals(subtotals(unit), Decimal(5), Decimal(0)).bonus == 5


def test_bounds_of_a_leaf_are_held():
    for points in ("-0.0001", "4.0001"):
        with pytest.raises(ValueError, match=r"1\.1"):
            leaf("1.1", "4", points)
    with pytest.raises(ValueError, match=r"9\.1"):
        penalty("9.1", "4", "-1")


def test_figures_stay_exact():
    thirds = [leaf(f"1.{place}", "1", "0.3333") for place in range(1, 31)]
    result = totals(subtotals(thirds))
    assert result.achieved == Decimal("9.9990")
    assert result.index == Fraction(9999, 300)
