"""Whole criteria sets: the three sample sets hold together, and every way to break one is named with row and column."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from rules.criteria import CriterionRow, check_set, parse_rule
from rules.vocabulary import CriterionKind, Method

FILES = sorted((Path(__file__).resolve().parents[2] / "data" / "criteria").glob("*.csv"))


def load(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return [
            CriterionRow(
                code=row["code"],
                parent_code=row["parent_code"] or None,
                kind=CriterionKind(row["kind"]),
                name=row["name"],
                max_points=Decimal(row["max_points"]) if row["max_points"] else None,
                method=Method(row["scoring_method"]),
                rule=json.loads(row["scoring_rule_json"]),
            )
            for row in csv.DictReader(file)
        ]


def test_there_are_three_sample_sets():
    assert [path.stem for path in FILES] == ["communes", "departments", "districts"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_sample_set_holds_together(path):
    assert check_set(load(path)) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_sample_rule_comes_back_as_it_was(path):
    for row in load(path):
        rule = parse_rule(row.method, row.rule, row.max_points)
        assert rule.to_json() == row.rule, row.code
        assert bool(rule.inputs) is (row.method not in (Method.SUM, Method.SUM_CAPPED)), row.code


FLAG = {"condition": "Đạt"}


def row(code, kind, maximum, method="all_or_nothing", rule=FLAG):
    parent = code.rpartition(".")[0] or None
    points = None if maximum is None else Decimal(maximum)
    return CriterionRow(code, parent, CriterionKind(kind), f"Tiêu chí {code}", points, Method(method), rule)


@pytest.fixture
def small():
    """Two fields of 10 points in all, one with sub-criteria, and a group of bonus and penalty."""
    return [
        row("1", "field", "6", "sum", {}),
        row("1.1", "criterion", "4", "sum", {}),
        row("1.1.1", "subcriterion", "1.5"),
        row("1.1.2", "subcriterion", "2.5"),
        row("1.2", "criterion", "2"),
        row("2", "field", "4", "sum", {}),
        row("2.1", "criterion", "4", "survey", {}),
        row("9", "adjustment", None, "sum_capped", {"bonus_cap": "2", "penalty_cap": "3", "outside_100": True}),
        row("9.1", "bonus", "1", "accumulate", {"per": "0.5", "unit": "mô hình", "outside_100": True}),
        row("9.2", "penalty", "1", "penalty_step", {"per": "0.5", "unit": "lần", "outside_100": True}),
    ]


def found(rows, target="10"):
    return [(fault.row, fault.column, str(fault.message)) for fault in check_set(rows, Decimal(target))]


def changed(rows, place, **values):
    return [replace(old, **values) if position == place else old for position, old in enumerate(rows)]


def test_the_small_set_is_sound(small):
    assert found(small) == []
    assert found(small[:7]) == []


@pytest.mark.parametrize(
    ("place", "values", "faults"),
    [
        (4, {"name": "  "}, [(4, "name", "Enter a name")]),
        (4, {"code": "1,2"}, [(4, "code", "Write the code with digits"), (4, "code", "that of its parent")]),
        (3, {"code": "1.1.1"}, [(3, "code", "The code 1.1.1 stands there twice")]),
        (4, {"code": "3.2"}, [(4, "code", "that of its parent")]),
        (4, {"code": "1.2.1"}, [(4, "code", "that of its parent")]),
        (4, {"parent_code": None}, [(0, "max_points", "come to 4 points"), (4, "code", "that of its parent")]),
        (
            4,
            {"parent_code": "7"},
            [(0, "max_points", "come to 4 points"), (4, "parent_code", "No row before this one")],
        ),
        (
            4,
            {"kind": CriterionKind.SUBCRITERION},
            [(4, "kind", "kind Sub-criterion stands under a row of the kind Crit")],
        ),
        (
            4,
            {"kind": CriterionKind.BONUS},
            [(4, "kind", "kind Bonus stands under a row of the kind Bonus and penalty")],
        ),
        (4, {"max_points": Decimal(3)}, [(0, "max_points", "come to 7 points: enter that or correct them")]),
        (4, {"max_points": None}, [(0, "max_points", "come to 4 points"), (4, "max_points", "above 0")]),
        (4, {"method": Method.SUM, "rule": {}}, [(4, "scoring_method", "choose a method that gives points")]),
        (
            4,
            {"method": Method.SUM_CAPPED, "rule": {"bonus_cap": "1", "penalty_cap": "1"}},
            [(4, "scoring_method", "choose")],
        ),
        (
            4,
            {"method": Method.PENALTY_STEP, "rule": {"per": "1", "unit": "lần"}},
            [(4, "scoring_method", "is not for")],
        ),
        (4, {"rule": {}}, [(4, "scoring_rule_json", "Enter a text")]),
        (4, {"rule": {**FLAG, "outside_100": True}}, [(4, "scoring_rule_json", "Only bonus and penalty")]),
        (1, {"method": Method.ALL_OR_NOTHING, "rule": FLAG}, [(1, "scoring_method", "must be Sum of its parts: sum")]),
        (1, {"max_points": Decimal("4.5")}, [(0, "max_points", "come to 6.5"), (1, "max_points", "come to 4.0")]),
        (
            5,
            {"max_points": Decimal(5)},
            [(5, "max_points", "come to 4 points"), (5, "max_points", "come to 11 points in all")],
        ),
        (7, {"max_points": Decimal(2)}, [(7, "max_points", "no maximum of their own")]),
        (
            7,
            {"method": Method.SUM, "rule": {}},
            [(7, "scoring_method", "must be Bonus and penalty, capped: sum_capped")],
        ),
        (7, {"rule": {}}, [(7, "scoring_rule_json", "Enter a number"), (7, "scoring_rule_json", "Enter a number")]),
        (8, {"method": Method.SURVEY, "rule": {}}, [(8, "scoring_method", "is not for a row of the kind Bonus")]),
        (9, {"method": Method.ACCUMULATE}, [(9, "scoring_method", "must be Penalty per case: penalty_step")]),
        (9, {"max_points": None}, [(9, "max_points", "above 0")]),
    ],
)
def test_a_broken_row_is_named_with_its_column(small, place, values, faults):
    actual = found(changed(small, place, **values))
    assert [(position, column) for position, column, _ in actual] == [(p, column) for p, column, _ in faults]
    for (_, _, message), (_, _, part) in zip(actual, faults, strict=True):
        assert part in message


def test_a_rule_fault_names_its_key(small):
    broken = changed(small, 8, rule={"per": "0", "unit": "mô hình", "outside_100": True})
    (fault,) = check_set(broken, Decimal(10))
    assert (fault.row, fault.column, fault.key) == (8, "scoring_rule_json", "per")


def test_a_parent_stands_before_its_children(small):
    (fault,) = found([*small[:5], small[6], small[5], *small[7:]])
    assert fault[:2] == (5, "parent_code")


def test_the_fields_come_to_the_target(small):
    assert found(small, target="100") == [
        (5, "max_points", "The fields come to 10 points in all, not to 100: correct them.")
    ]


def test_a_field_and_a_group_need_something_under_them(small):
    lonely = [*small[:5], small[5], small[7]]
    assert [(place, column) for place, column, _ in found(lonely)] == [(5, "scoring_method"), (6, "scoring_method")]


def test_there_is_one_group_of_bonus_and_penalty(small):
    second = [
        row("10", "adjustment", None, "sum_capped", {"bonus_cap": "1", "penalty_cap": "1"}),
        row("10.1", "bonus", "1", "accumulate", {"per": "0.5", "unit": "mô hình"}),
    ]
    (fault,) = found([*small, *second])
    assert fault[:2] == (10, "kind")
    assert "one group" in fault[2]


def test_an_empty_set_is_refused():
    assert found([]) == [(0, "code", "The set has no rows: enter its fields and criteria.")]
