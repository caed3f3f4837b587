"""Import of criteria: a set adds up or is refused with the place; a frozen set is never touched."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from tests.support.imports import as_csv, as_xlsx, places, refused, take

DATA = Path(__file__).parents[2] / "data"
HEADER = "level,code,parent_code,kind,name,max_points,scoring_method,scoring_rule_json,evidence_required"
MET = json.dumps({"type": "all_or_nothing", "condition": "Đạt"})
SUM = json.dumps({"type": "sum"})
FIELD = ("commune", "1", "", "field", "Lĩnh vực", "100", "sum", SUM, "0")
LEAF = ("commune", "1.1", "1", "criterion", "Tiêu chí", "100", "all_or_nothing", MET, "1")


def changed(row: tuple[str, ...], **cells: str) -> tuple[str, ...]:
    names = HEADER.split(",")
    return tuple(cells.get(name, cell) for name, cell in zip(names, row, strict=True))


def codes(set_code: str) -> dict[str, tuple[str, Decimal | None, bool]]:
    with system_scope("test"):
        query = select(m.Criterion).join(m.CriteriaSet, m.CriteriaSet.id == m.Criterion.set_id)
        rows = db.session.scalars(query.where(m.CriteriaSet.code == set_code).order_by(m.Criterion.path))
        return {row.code: (row.name, row.max_points, row.is_leaf) for row in rows}


@pytest.fixture
def context(app: Flask):
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("rows", "expected", "word"),
    [
        ([FIELD, changed(LEAF, max_points="99")], [(2, "max_points")], "come to"),
        ([changed(FIELD, max_points="90"), changed(LEAF, max_points="90")], [(2, "max_points")], "not to"),
        ([FIELD, changed(LEAF, code="1.a")], [(3, "code")], "numbers and points"),
        ([FIELD, changed(LEAF, code="2.1")], [(3, "code")], "code"),
        ([FIELD, LEAF, changed(LEAF, name="Khác")], [(2, "max_points"), (4, "code")], ""),
        ([FIELD, LEAF, changed(LEAF, code="3.1", parent_code="3")], [(4, "parent_code")], "No row before"),
        ([FIELD, changed(LEAF, kind="leaf")], [(3, "kind")], "not known"),
        ([FIELD, changed(LEAF, name="")], [(3, "name")], "empty"),
        ([FIELD, changed(LEAF, max_points="1e2")], [(3, "max_points")], "digits"),
        ([FIELD, changed(LEAF, scoring_method="guess")], [(3, "scoring_method")], "not known"),
        ([FIELD, changed(LEAF, scoring_rule_json="{")], [(3, "scoring_rule_json")], "JSON"),
        ([FIELD, changed(LEAF, scoring_rule_json='{"type": "all_or_nothing"}')], [(3, "scoring_rule_json")], "condition"),
        ([FIELD, changed(LEAF, evidence_required="maybe")], [(3, "evidence_required")], "1 for yes"),
        ([FIELD, changed(LEAF, level="district")], [(3, "level")], "One file is one set"),
        ([changed(FIELD, level="hamlet"), changed(LEAF, level="hamlet")], [(2, "level")], "not known"),
        (
            [FIELD, changed(LEAF, scoring_rule_json=json.dumps({**json.loads(MET), "not_applicable_for": "nobody"}))],
            [(3, "scoring_rule_json")],
            "no group of units",
        ),
    ],
)  # fmt: skip
def test_a_fault_has_its_row_and_column_and_nothing_is_taken(context, rows, expected, word) -> None:
    faults = refused("criteria", as_csv(HEADER, *rows))
    assert places(faults) == expected
    assert all(word in str(fault.message) for fault in faults)
    with system_scope("test"):
        assert db.session.scalars(select(m.CriteriaSet)).all() == []
    assert refused("criteria", as_xlsx(HEADER, *rows)) == faults


@pytest.mark.parametrize("name", ["departments", "districts", "communes"])
def test_each_set_of_the_catalogue_imports_on_an_empty_database_and_again_changes_nothing(
    app: Flask, name: str
) -> None:
    path = DATA / "criteria" / f"{name}.csv"
    result = app.test_cli_runner().invoke(args=["import", "criteria", "--year", "2024", str(path)])
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    with app.app_context():
        found = codes(f"{rows[0]['level']}_2024")
        assert list(found) == [row["code"] for row in rows]
        fields = [maximum for code, (_, maximum, _) in found.items() if "." not in code]
        assert sum(filter(None, fields)) == 100
        parents = {row["parent_code"] for row in rows}
        assert {code for code, (*_, leaf) in found.items() if leaf} == {r["code"] for r in rows} - parents
        report = take("criteria", path.read_bytes(), year=2024)
        assert (report.added, report.updated) == (0, 0)


def test_blocks_that_groups_of_units_are_spared_become_one_exclusion_each(app: Flask) -> None:
    runner = app.test_cli_runner()
    for kind, name in (("units", "units"), ("unit-groups", "unit_groups")):
        runner.invoke(args=["import", kind, str(DATA / f"{name}.csv")])
    runner.invoke(args=["import", "criteria", str(DATA / "criteria" / "departments.csv"), "--set", "d"])
    rows = list(csv.DictReader(io.StringIO((DATA / "criteria" / "departments.csv").read_text(encoding="utf-8"))))
    named = {row["code"] for row in rows if "no_procedures" in row["scoring_rule_json"]}
    with app.app_context(), system_scope("test"):
        exclusions = db.session.scalars(select(m.CriterionExclusion)).all()
        assert {e.criterion.code for e in exclusions} == {c for c in named if c.rpartition(".")[0] not in named}
        group = db.session.scalars(select(m.UnitGroup)).one()
        spared = db.session.scalars(select(m.Criterion).where(m.Criterion.code.in_(named))).all()
        assert {criterion.rule.not_applicable_for for criterion in spared} == {group.name}


def test_the_file_is_the_set_rows_it_no_longer_has_go(context) -> None:
    half = changed(LEAF, max_points="50")
    take("criteria", as_csv(HEADER, FIELD, half, changed(half, code="1.2")), set_code="s", set_name="Bộ thử")
    assert list(codes("s")) == ["1", "1.1", "1.2"]
    report = take("criteria", as_csv(HEADER, FIELD, changed(LEAF, name="Tên mới")), set_code="s")
    assert (report.added, report.updated) == (0, 1)
    assert codes("s")["1.1"] == ("Tên mới", Decimal(100), True)
    assert list(codes("s")) == ["1", "1.1"]
    with system_scope("test"):
        assert db.session.scalars(select(m.CriteriaSet.name)).one() == "Bộ thử"


def test_a_frozen_set_and_one_of_another_level_are_refused(context) -> None:
    content = as_csv(HEADER, FIELD, LEAF)
    take("criteria", content, set_code="s")
    other = as_csv(HEADER, changed(FIELD, level="district"), changed(LEAF, level="district"))
    assert places(refused("criteria", other, set_code="s")) == [(None, None)]
    with system_scope("test"), system_act(Verb.IMPORT, "test"):
        db.session.scalars(select(m.CriteriaSet)).one().frozen = True
    assert places(refused("criteria", content, set_code="s")) == [(None, None)]
    assert list(codes("s")) == ["1", "1.1"]
    assert take("criteria", content, set_code="s2").added == 2


@pytest.mark.parametrize("options", [{"set_code": "hai chữ"}, {"set_code": "x" * 41}, {"set_name": "x" * 201}])
def test_codes_and_names_of_sets_that_no_column_holds_are_refused(context, options) -> None:
    assert places(refused("criteria", as_csv(HEADER, FIELD, LEAF), **options)) == [(None, None)]
