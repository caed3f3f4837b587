"""Import of scores: the layouts' inputs by method, refusals with their place, points by the rule alone."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Basis, Layer, State
from tests.support.imports import as_csv, as_xlsx, places, refused, take
from tests.support.world import Province

HEADER = (
    "round_code,unit_code,criterion_code,layer,numerator,denominator,rate,option,met,count,parts,stated_points,"
    "not_applicable,note,reason"
)


def row(code: str, layer: str = "self", unit: str = "X11", round_code: str = "2024", **cells: object) -> list[object]:
    given = {"round_code": round_code, "unit_code": unit, "criterion_code": code, "layer": layer, **cells}
    return [given.get(name, "") for name in HEADER.split(",")]


@pytest.fixture
def context(province: Province):
    with province.app.app_context():
        yield


def scores(unit: str = "X11") -> dict[tuple[str, str], tuple[Any, Any]]:
    with system_scope("test"):
        found: Any = db.session.execute(
            select(m.Criterion.code, m.Score.layer, m.Score.inputs, m.Score.points)
            .join(m.Criterion, m.Criterion.id == m.Score.criterion_id)
            .join(m.Unit, m.Unit.id == m.Score.unit_id)
            .where(m.Unit.code == unit)
        )
        return {(code, layer.name.lower()): (inputs, points) for code, layer, inputs, points in found}


@pytest.mark.parametrize("make", [as_csv, as_xlsx])
def test_every_method_is_read_in_the_numbers_a_person_counts_with(context, make) -> None:
    rows = [
        row("1.1", option=2),
        row("1.2.1", numerator="9", denominator="10"),
        row("1.2.2", numerator=25, denominator=100),
        row("1.3", met=1),
        row("1.4", count=2),
        row("1.5", count=1),
        row("2.1", parts="2"),
        row("9.1", count=1),
        row("8.1", layer="survey", rate="85,5"),
        row("2.2", layer="appraisal", numerator="1", denominator="4"),
        row("1.3", layer="superior", met=0, reason="Chưa áp dụng"),
    ]
    report = take("scores", make(HEADER, *rows))
    assert report.added == len(rows)
    found = scores()
    # Options, bands, maxima and steps as the small province defines them.
    expected = {
        ("1.1", "self"): 5,
        ("1.2.1", "self"): Decimal(9),
        ("1.2.2", "self"): 5,
        ("1.3", "self"): 10,
        ("1.4", "self"): 10 - 2 * Decimal("2.5"),
        ("1.5", "self"): 5,
        ("2.1", "self"): 4,
        ("9.1", "self"): 1,
        ("8.1", "survey"): Decimal("85.5") / 100 * 20,
        ("2.2", "appraisal"): Decimal(10) / 4,
        ("1.3", "superior"): 0,
    }
    assert {key: points for key, (_, points) in found.items()} == expected
    assert found["1.1", "self"][0] == {"option": "1"}
    assert found["2.1", "self"][0] == {"parts": ["1"]}
    with system_scope("test"):
        administrator = db.session.scalar(select(m.Account.id).where(m.Account.username == "admin"))
        assert set(db.session.scalars(select(m.Score.author_id))) == {administrator}
        kept = db.session.scalars(
            select(m.Subtotal.achieved)
            .join(m.FieldSheet, m.FieldSheet.id == m.Subtotal.sheet_id)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .join(m.Unit, m.Unit.id == m.Subtotal.unit_id)
            .where(m.Unit.code == "X11", m.Criterion.code == "1", m.Subtotal.basis == Basis.SELF)
        ).one()
        assert kept == 5 + 9 + 5 + 0 + 5 + 5  # the superior's 0 goes before the unit's own 10
    again = take("scores", make(HEADER, *rows))
    assert (again.added, again.updated, again.unchanged) == (0, 0, len(rows))


def test_a_changed_row_is_updated_and_others_stay(context) -> None:
    take("scores", as_csv(HEADER, row("1.3", met=1), row("1.5", count=1)))
    report = take("scores", as_csv(HEADER, row("1.3", met=0, note="Chưa áp dụng")))
    assert (report.added, report.updated) == (0, 1)
    assert {key: points for key, (_, points) in scores().items()} == {("1.3", "self"): 0, ("1.5", "self"): 5}


def test_none_of_the_parts_is_a_score_of_0_not_unscored(context) -> None:
    take("scores", as_csv(HEADER, row("2.1", parts="0")))
    assert scores()["2.1", "self"] == ({"parts": []}, 0)


def test_a_number_cell_with_thousandths_is_no_thousand(context) -> None:
    take("scores", as_xlsx(HEADER, row("2.2", numerator=1.234, denominator=2.468)))
    assert scores()["2.2", "self"][1] == 5
    assert places(refused("scores", as_csv(HEADER, row("2.2", numerator="1.234", denominator="2")))) == [
        (2, "numerator")
    ]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (row("1.3", met=1, round_code="2020"), "round_code"),
        (row("1.3", met=1, unit="ZZ"), "unit_code"),
        (row("1.3", met=1, unit="P"), "unit_code"),
        (row("7.7", met=1), "criterion_code"),
        (row("1.2", met=1), "criterion_code"),
        (row("2.1", unit="VP", parts="1"), "criterion_code"),
        (row("1.3", layer="council", met=1), "layer"),
        (row("8.1", rate="80"), "criterion_code"),
        (row("9.2", count="1"), "criterion_code"),
        (row("1.3", layer="survey", met="1"), "criterion_code"),
        (row("1.3", count=1), "count"),
        (row("1.3"), None),
        (row("1.3", note="chỉ có ghi chú"), None),
        (row("1.1", option=0), "option"),
        (row("1.1", option=4), "option"),
        (row("2.1", parts="1 3"), "parts"),
        (row("1.2.1", numerator="11", denominator="10"), "numerator"),
        (row("1.2.1", numerator="9"), "denominator"),
        (row("1.2.1", numerator="-1", denominator="9"), "numerator"),
        (row("8.1", layer="survey", rate="100,01"), "rate"),
        (row("1.3", met="NaN"), "met"),
        (row("1.4", count="1,5"), "count"),
        (row("1.3", stated_points="11", reason="vì"), "stated_points"),
        (row("1.3", stated_points="3"), "reason"),
        (row("1.3", stated_points="3,001", reason="vì"), "stated_points"),
        (row("1.3", layer="superior", met=1), "reason"),
        (row("1.3", not_applicable=1, note="không có"), "not_applicable"),
        (row("1.4", not_applicable=1), "note"),
        (row("1.4", not_applicable=1, count=1, note="không có"), "not_applicable"),
    ],
)
def test_a_fault_has_its_row_and_column_and_nothing_is_taken(context, cells, column) -> None:
    sound = row("1.5", unit="X12", count=1)
    assert places(refused("scores", as_csv(HEADER, sound, cells))) == [(3, column)]
    assert scores() == {}
    assert scores("X12") == {}


def test_faults_of_many_forms_come_at_once(context) -> None:
    rows = [
        row("1.1", option=9),
        row("1.3", met=1),
        row("1.3", met=1),
        row("1.2.1", unit="X12", numerator="2", denominator="1"),
    ]
    assert places(refused("scores", as_csv(HEADER, *rows))) == [(2, "option"), (4, "criterion_code"), (5, "numerator")]


def test_what_is_signed_or_approved_is_not_written_over(province: Province) -> None:
    with province.app.app_context():
        with system_scope("test"), system_act(Verb.IMPORT, "test") as act:
            leader = db.session.scalars(select(m.Account).where(m.Account.username == "leader.x11")).one()
            form = db.session.get(m.Assessment, province.form_id("X11"))
            assert form is not None
            form.signed_at, form.signed_by_id = act.now, leader.id
            sheet = db.session.scalars(
                select(m.FieldSheet)
                .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
                .where(m.FieldSheet.assessment_id == form.id, m.Criterion.code == "1")
            ).one()
            sheet.state, sheet.minutes_number, sheet.minutes_on = State.APPROVED, "1/BB", act.now.date()
        assert places(refused("scores", as_csv(HEADER, row("2.1", parts="1")))) == [(2, "criterion_code")]
        assert places(refused("scores", as_csv(HEADER, row("1.3", layer="appraisal", met=1)))) == [
            (2, "criterion_code")
        ]
        take("scores", as_csv(HEADER, row("2.1", layer="appraisal", parts="1")))
        assert set(scores()) == {("2.1", Layer.APPRAISAL.name.lower())}


def test_a_round_that_is_not_open_takes_no_scores(province: Province) -> None:
    with province.app.app_context():
        with system_scope("test"), system_act(Verb.IMPORT, "test"):
            db.session.scalars(select(m.Round)).one().opened_at = None
        assert places(refused("scores", as_csv(HEADER, row("1.3", met=1)))) == [(2, "round_code")]


@pytest.mark.parametrize("login", ["officer.x11", "manager.h1", "nobody"])
def test_only_an_administrator_stands_behind_scores(context, login: str) -> None:
    assert places(refused("scores", as_csv(HEADER, row("1.3", met=1)), author=login)) == [(None, None)]
    assert scores() == {}
