"""The published ranking: one rounding, ranks on printed values, units listed apart."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.standings import Contender, published_index, published_points, standings
from rules.totals import Subtotal, totals
from rules.vocabulary import TieRule

BANDS = (("Tốt", Decimal(80)), ("Khá", Decimal(65)), ("Yếu", Decimal(0)))
values = st.decimals(0, 100, places=2, allow_nan=False, allow_infinity=False)
groups = st.lists(st.tuples(st.none() | values, st.integers(1, 3), st.booleans()), min_size=1, max_size=30)


def _contenders(drawn: list[tuple[Decimal | None, int, bool]]) -> list[Contender[int]]:
    return [Contender(key, value, parent, apart) for key, (value, parent, apart) in enumerate(drawn)]


def test_equal_units_stand_in_the_order_of_the_catalogue() -> None:
    lines = standings(
        [Contender("b", Decimal(7)), Contender("a", Decimal(7)), Contender("c", Decimal(9))], TieRule.DENSE, BANDS
    )
    assert [(line.key, line.rank) for line in lines] == [("c", 1), ("b", 2), ("a", 2)]


def test_a_unit_listed_apart_takes_no_place_from_others() -> None:
    units = [Contender("a", Decimal(95), apart=True), Contender("b", None), Contender("c", Decimal(10))]
    lines = standings(units, TieRule.COMPETITION, BANDS)
    assert [(line.key, line.ranked, line.rank, line.class_name) for line in lines] == [
        ("c", True, 1, "Yếu"),
        ("a", False, None, ""),
        ("b", False, None, ""),
    ]


def test_ranks_within_the_same_superior() -> None:
    units = [Contender(1, Decimal(9), "x"), Contender(2, Decimal(8), "y"), Contender(3, Decimal(7), "x")]
    assert {line.key: line.rank_in_parent for line in standings(units, TieRule.DENSE, BANDS)} == {1: 1, 2: 1, 3: 2}


@given(groups, st.sampled_from(TieRule))
def test_ranks_count_who_is_better(drawn: list[tuple[Decimal | None, int, bool]], tie_rule: TieRule) -> None:
    """Counted the slow way: 1 + how many values (or units) stand above, in the group and under the same superior."""
    contenders = _contenders(drawn)
    lines = {line.key: line for line in standings(contenders, tie_rule, BANDS)}
    assert len(lines) == len(contenders)
    ranked = [(c.key, c.value, c.parent) for c in contenders if c.value is not None and not c.apart]
    for key, value, parent in ranked:
        above = [other for _, other, _ in ranked if other > value]
        near = [other for _, other, where in ranked if other > value and where == parent]
        count = (lambda found: len(set(found))) if tie_rule is TieRule.DENSE else len
        assert lines[key].rank == 1 + count(above)
        inner = lines[key].rank_in_parent
        assert inner == (1 + count(near) if len({o.parent for o in contenders}) > 1 else None)


@given(groups, st.randoms(use_true_random=False))
def test_the_order_of_input_decides_no_rank(drawn: list[tuple[Decimal | None, int, bool]], chance: object) -> None:
    contenders = _contenders(drawn)
    shuffled = list(contenders)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    found = {line.key: (line.rank, line.class_name) for line in standings(contenders, TieRule.DENSE, BANDS)}
    assert {line.key: (line.rank, line.class_name) for line in standings(shuffled, TieRule.DENSE, BANDS)} == found


@pytest.mark.parametrize(
    ("value", "name"), [("80", "Tốt"), ("79.99", "Khá"), ("65", "Khá"), ("64.99", "Yếu"), ("0", "Yếu")]
)
def test_class_bounds_are_included(value: str, name: str) -> None:
    assert standings([Contender(1, Decimal(value))], TieRule.DENSE, BANDS)[0].class_name == name


def test_the_index_is_rounded_once_half_up() -> None:
    """2/3 of the maximum with a bonus of 0.0083: 66.67, and not 66.68 as rounded parts (66.67 + 0.01) would give."""
    made = totals({"1": Subtotal(Decimal(40), Decimal(60), 1, 1, bonus=Decimal("0.0083"))})
    assert made.index == Fraction(200, 3) + Fraction("0.0083")
    assert published_index(made, 2) == Decimal("66.67")
    assert published_index(totals({}), 2) is None


@pytest.mark.parametrize(
    ("achieved", "bonus", "penalty", "points"),
    [("50.005", "0", "0", "50.01"), ("79", "2", "0", "80"), ("0.1", "0", "1", "0"), ("70", "2", "0.5", "71.5")],
)
def test_points_that_rank_stay_within_the_maximum(achieved: str, bonus: str, penalty: str, points: str) -> None:
    found = published_points(Decimal(achieved), Decimal(80), Decimal(bonus), Decimal(penalty), 2)
    assert found == Decimal(points)
