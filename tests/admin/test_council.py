"""Councils kept by province and district: units, seats, the assignment matrix with its gaps and conflicts."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.admin.desk import Desk, problems, statements
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "manager.h1")


@pytest.fixture
def council(province: Province) -> int:
    return province.id_of(m.Council, name="Hội đồng huyện 1")


def _seat(province: Province, login: str) -> int:
    return province.id_of(m.Seat, account_id=province.id_of(m.Account, username=login))


def _field(province: Province, code: str) -> int:
    set_id = province.id_of(m.CriteriaSet, code="commune_2024")
    return province.id_of(m.Criterion, set_id=set_id, code=code)


def _parts(province: Province, seat: int) -> set[tuple[int, int | None]]:
    with province.system():
        rows = db.session.execute(
            select(m.Assignment.criterion_id, m.Assignment.unit_id).where(m.Assignment.seat_id == seat)
        )
        return {(c, u) for c, u in rows}


def _words(page: str) -> str:
    return " ".join(re.sub(r"<.*?>", " ", page[page.index("<main") :]).split())


def test_the_matrix_is_complete_and_shows_who(province: Province, desk: Desk, council: int) -> None:
    page = desk.get(f"council/assignments/?id={council}")
    assert 'class="notice notice-good"' in page
    assert "Tổ viên Huyện" in _words(page)


def test_a_gap_is_named(province: Province, desk: Desk, council: int) -> None:
    seat = _seat(province, "helper.h1")
    fields = [f"{_field(province, code)}:" for code in ("1", "2", "8")]
    desk.saved(f"council/seat/?id={council}&seat={seat}", part=fields)
    page = desk.get(f"council/assignments/?id={council}")
    assert 'class="notice notice-warn"' in page
    assert re.search(r"\b2\b.{1,5}\b8\b", _words(page)[:600])  # field 9 of two units, of four fields each


def test_fields_for_single_units_and_parts_of_fields(province: Province, desk: Desk, council: int) -> None:
    seat, unit = _seat(province, "helper.h1"), province.id_of(m.Unit, code="X12")
    path = f"council/seat/?id={council}&seat={seat}"
    ticked = [f"{_field(province, '1')}:", f"{_field(province, '2')}:{unit}"]
    parts = {"parts-0-criterion": "8.1", "parts-0-unit": "x12", "parts-1-criterion": "9.2", "parts-1-unit": ""}
    desk.saved(path, part=ticked, **parts)
    assert _parts(province, seat) == {
        (_field(province, "1"), None),
        (_field(province, "2"), unit),
        (_field(province, "8.1"), unit),
        (_field(province, "9.2"), None),
    }
    page = desk.get(path)
    assert 'value="8.1"' in page
    assert 'value="X12"' in page
    assert "Tổ viên Huyện (9.2)" in _words(desk.get(f"council/assignments/?id={council}"))


@pytest.mark.parametrize("wrong", [{"parts-0-criterion": "77"}, {"parts-0-criterion": "8.1", "parts-0-unit": "X21"}])
def test_unknown_codes_are_refused(province: Province, desk: Desk, council: int, wrong: dict[str, str]) -> None:
    seat = _seat(province, "helper.h1")
    before = _parts(province, seat)
    assert desk.refused(f"council/seat/?id={council}&seat={seat}", **wrong)
    assert _parts(province, seat) == before


def test_nobody_is_assigned_to_the_own_unit(province: Province, desk: Desk, council: int) -> None:
    desk.saved("seat/new/", council=council, account="officer.x11", function="helper", valid_from="2024-01-01")
    seat, unit = _seat(province, "officer.x11"), province.id_of(m.Unit, code="X11")
    path = f"council/seat/?id={council}&seat={seat}"
    said = desk.refused(path, part=[f"{_field(province, '1')}:{unit}"])
    assert "Xã Ấp Bắc" in said
    assert _parts(province, seat) == set()
    desk.saved(path, part=[f"{_field(province, '1')}:"])
    old = _seat(province, "helper.h1")
    desk.saved(f"council/seat/?id={council}&seat={old}")  # the other helper gives everything back
    page = _words(desk.get(f"council/assignments/?id={council}"))
    own, other = page.split("Xã Đức Hòa (X12)")
    assert "Cán bộ Xã Ấp Bắc" not in own.split("(X11)")[1]  # "all units" leaves the own one out
    assert "Cán bộ Xã Ấp Bắc" in other


def test_a_seat_belongs_to_its_council(province: Province, desk: Desk, council: int) -> None:
    foreign, own = _seat(province, "helper.h2"), _seat(province, "helper.h1")
    other = province.id_of(m.Council, name="Hội đồng huyện 2")
    before = _parts(province, foreign)
    for path in (f"council/seat/?id={council}&seat={foreign}", f"council/seat/?id={other}&seat={foreign}"):
        assert desk.post(path, part=[]).status_code == 404
    unit = province.id_of(m.Unit, code="X21")
    path = f"council/seat/?id={council}&seat={own}"
    for part in (f"{_field(province, '1')}:{unit}", "999999:", "abc:", f"{_field(province, '1.1')}:"):
        assert desk.post(path, part=[part]).status_code == 404
    assert _parts(province, foreign) == before


def test_a_council_takes_units_below_its_own_and_each_unit_once(province: Province, desk: Desk) -> None:
    round_id = province.id_of(m.Round, code="2024")
    desk.saved("council/new/", round=round_id, unit="H1", name="Hội đồng thứ hai")
    second = province.id_of(m.Council, name="Hội đồng thứ hai")
    taken, foreign = province.id_of(m.Unit, code="X11"), province.id_of(m.Unit, code="X21")
    page = desk.get(f"council/units/?id={second}")
    assert "Hội đồng huyện 1" in page  # says who has it
    assert "Hội đồng huyện 1" in desk.refused(f"council/units/?id={second}", unit=[taken])
    assert desk.post(f"council/units/?id={second}", unit=[foreign]).status_code == 404
    first = province.id_of(m.Council, name="Hội đồng huyện 1")
    desk.saved(f"council/units/?id={first}", unit=[province.id_of(m.Unit, code="X12")])
    desk.saved(f"council/units/?id={second}", unit=[taken])
    with province.system():
        assert dict(db.session.execute(select(m.CouncilUnit.unit_id, m.CouncilUnit.council_id)).all())[taken] == second


def test_the_province_sees_both_sets_in_its_matrix(province: Province, database: Database) -> None:
    desk = Desk.of(province, "admin")
    council = province.id_of(m.Council, name="Hội đồng tỉnh")
    with statements(database.engine) as seen:
        page = desk.get(f"council/assignments/?id={council}")
    assert len(seen) < 20
    for name in ("Sở Tư pháp", "Huyện Đông Thành", "Tổ viên Một", "Tổ viên Hai"):
        assert name in page
    assert problems(page) == ""


def test_overload_is_marked(province: Province, desk: Desk, council: int) -> None:
    for login in ("officer.h1", "leader.h1"):
        desk.saved("seat/new/", council=council, account=login, function="helper", valid_from="2024-01-01")
    page = _words(desk.get(f"council/assignments/?id={council}"))
    assert page.count("tag") == 0
    assert "nhiều hơn" in page or "much more" in page
