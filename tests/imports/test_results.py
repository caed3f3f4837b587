"""Import of published results of past years: editions with computed ranks beside the printed ones."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from services.verify import verify
from tests.support.imports import as_csv, places, refused, take
from tests.support.world import Province

HEADER = "round_code,round_name,year,level,unit_code,achieved,maximum,bonus,penalty,index,rank,class,field_1,field_2"
BEST = ("2021", "Năm 2021", "2021", "commune", "X11", "90,5", "100", "1", "", "91,5", "2", "Rất tốt", "60,5", "30")
OTHER = ("2021", "Năm 2021", "2021", "commune", "X21", "78", "100", "", "0.5", "77.5", "1", "", "50", "28")
DECISION: dict[str, Any] = {"decision_number": "12/QĐ-UBND"}


@pytest.fixture
def context(province: Province):
    with province.app.app_context():
        yield


def test_past_values_become_an_edition_that_verifies(context) -> None:
    report = take("results", as_csv(HEADER, OTHER, BEST), **DECISION)
    assert report.added == 2
    with system_scope("test"):
        edition = db.session.scalars(select(m.Edition)).one()
        assert (edition.imported, edition.in_force, edition.decision_number) == (True, True, "12/QĐ-UBND")
        first, second = edition.rows
        assert (first.unit_code, first.rank, first.printed_rank, first.class_name, first.printed_class) == (
            "X11", 1, 2, "Xuất sắc", "Rất tốt",
        )  # fmt: skip
        assert (second.index, second.penalty, second.rank) == (Decimal("77.5"), Decimal("0.5"), 2)
        assert [(field.code, field.achieved) for field in first.fields] == [("1", Decimal("60.5")), ("2", Decimal(30))]
        assert edition.group.round.opened_at is not None
        assert verify(db.session()).faults == []


def test_the_same_file_again_changes_nothing_a_correction_is_a_new_edition(context) -> None:
    take("results", as_csv(HEADER, BEST, OTHER), **DECISION)
    assert take("results", as_csv(HEADER, OTHER, BEST), **DECISION).added == 0
    corrected = (*OTHER[:5], "79", *OTHER[6:])
    take("results", as_csv(HEADER, BEST, corrected), **DECISION)
    with system_scope("test"):
        editions = db.session.scalars(select(m.Edition).order_by(m.Edition.number)).all()
        assert [(edition.number, edition.in_force) for edition in editions] == [(1, False), (2, True)]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"unit_code": "ZZ"}, "unit_code"),
        ({"level": "hamlet"}, "level"),
        ({"year": "1999"}, "year"),
        ({"round_name": "Năm khác"}, "round_name"),
        ({"achieved": "100.5"}, "achieved"),
        ({"index": "101"}, "index"),
        ({"index": ""}, "index"),
        ({"rank": "0"}, "rank"),
        ({"field_2": "-1"}, "field_2"),
        ({"unit_code": "X11"}, "unit_code"),
        ({"round_code": "2024"}, "year"),
    ],
)
def test_a_fault_has_its_row_and_column_and_nothing_is_taken(context, changes, column) -> None:
    names = HEADER.split(",")
    row = [changes.get(name, cell) for name, cell in zip(names, OTHER, strict=True)]
    assert places(refused("results", as_csv(HEADER, BEST, row), **DECISION)) == [(3, column)]
    with system_scope("test"):
        assert db.session.scalars(select(m.Edition)).all() == []


def test_a_round_with_forms_is_published_from_them(context) -> None:
    live = ("2024", "Năm 2024", "2024", *BEST[3:])
    assert places(refused("results", as_csv(HEADER, live), **DECISION)) == [(2, "round_code")]


@pytest.mark.parametrize("number", ["", "  ", "x" * 81])
def test_results_need_their_decision(context, number: str) -> None:
    assert places(refused("results", as_csv(HEADER, BEST), decision_number=number)) == [(None, None)]
