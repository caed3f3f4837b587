"""Ranks and classes of published values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ranking import check_bands, classify, rank
from rules.rounding import half_up
from rules.vocabulary import TieRule

CLASSES = [
    ("Xuất sắc", Decimal(90)),
    ("Tốt", Decimal(80)),
    ("Khá", Decimal(70)),
    ("Trung bình", Decimal(60)),
    ("Yếu", Decimal(0)),
]
VALUES = st.dictionaries(st.integers(), st.decimals(0, 100, places=2), max_size=40)


@pytest.mark.parametrize(
    ("tie_rule", "ranks"),
    [
        (TieRule.DENSE, {"a": 1, "b": 2, "c": 2, "d": 3, "e": 3, "f": 3, "g": 4}),
        (TieRule.COMPETITION, {"a": 1, "b": 2, "c": 2, "d": 4, "e": 4, "f": 4, "g": 7}),
    ],
)
def test_equal_values_share_a_rank(tie_rule, ranks):
    values = {"a": "92.10", "b": "88.5", "c": "88.50", "d": "70", "e": "70.0", "f": "70.00", "g": "0"}
    assert rank([(unit, Decimal(value)) for unit, value in values.items()], tie_rule) == ranks


def test_what_is_printed_alike_is_ranked_alike():
    exact = {"a": Decimal("85.4249"), "b": Decimal("85.4151"), "c": Decimal("85.4149")}
    published = [(unit, half_up(value, 2)) for unit, value in exact.items()]
    assert rank(published, TieRule.DENSE) == {"a": 1, "b": 1, "c": 2}


def test_a_unit_twice_in_a_group_is_refused():
    with pytest.raises(ValueError, match="twice"):
        rank([("a", Decimal(1)), ("a", Decimal(2))], TieRule.DENSE)


def test_an_empty_group_has_no_ranks():
    assert rank([], TieRule.COMPETITION) == {}


@given(VALUES, st.sampled_from(TieRule), st.randoms(use_true_random=False))
def test_the_order_of_input_has_no_say(values, tie_rule, chance):
    entries = list(values.items())
    before = rank(entries, tie_rule)
    chance.shuffle(entries)
    assert rank(entries, tie_rule) == before


@given(VALUES)
def test_ranks_follow_the_definition_of_both_tie_rules(values):
    entries = list(values.items())
    dense, competition = rank(entries, TieRule.DENSE), rank(entries, TieRule.COMPETITION)
    for unit, value in entries:
        better = [other for other in values.values() if other > value]
        assert dense[unit] == 1 + len(set(better))
        assert competition[unit] == 1 + len(better)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("100", "Xuất sắc"),
        ("90", "Xuất sắc"),
        ("90.00", "Xuất sắc"),
        ("89.99", "Tốt"),
        ("80", "Tốt"),
        ("79.99", "Khá"),
        ("60", "Trung bình"),
        ("59.99", "Yếu"),
        ("0", "Yếu"),
    ],
)
def test_a_class_includes_its_lower_bound(value, name):
    assert classify(Decimal(value), CLASSES) == name
    assert classify(Decimal(value), CLASSES[::-1]) == name


def test_below_all_classes_is_no_class():
    assert classify(Decimal("59.99"), CLASSES[:-1]) is None
    assert classify(Decimal(50), []) is None


def test_the_class_follows_the_rounded_value():
    assert classify(half_up(Decimal("89.995"), 2), CLASSES) == "Xuất sắc"
    assert classify(half_up(Decimal("89.9949"), 2), CLASSES) == "Tốt"


def test_sound_classes_have_no_fault():
    assert check_bands(CLASSES) == []


@pytest.mark.parametrize(
    ("bands", "place", "why"),
    [
        ([], 0, "There is no class"),
        ([("Tốt", Decimal(80)), ("Khá", Decimal(70))], 1, "Units below 70 have no class"),
        ([("Tốt", Decimal(80)), ("tốt ", Decimal(0))], 1, "twice"),
        ([("Tốt", Decimal(0)), ("Khá", Decimal("0.0"))], 1, "begin at 0"),
        ([("Tốt", Decimal(101)), ("Khá", Decimal(0))], 0, "between 0 and 100"),
        ([("Tốt", Decimal(50)), ("Yếu", Decimal(-1))], 1, "between 0 and 100"),
        ([("Tốt", Decimal(50)), (" ", Decimal(0))], 1, "no name"),
    ],
)
def test_names_the_fault_of_classes_and_its_row(bands, place, why):
    (fault,) = check_bands(bands)
    assert fault[0] == place
    assert why in str(fault[1])
