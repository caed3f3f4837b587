"""Years side by side: joined by the unit's own id, predecessors across a merger, printed ranks of imported years."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from services.publication import FieldLine, Line, store_edition
from services.verify import verify
from tests.results.test_results import _column, _screen, _text
from tests.support.results import world
from tests.support.world import Province


@pytest.fixture
def history(done: Province) -> Province:
    """2023 came in from a file. Xã Cũ went over into X12 since; its name is now that of another, new unit."""
    with world(done) as building:
        group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "commune")).one()
        round_ = m.Round(code="2023", name="Năm 2023", year=2023, cut_off_on=date(2023, 12, 31), opened_at=building.now)
        db.session.add(round_)
        db.session.flush()
        past = m.RankingGroup(
            round_id=round_.id,
            code="commune",
            name="Cấp xã",
            level_id=group.level_id,
            criteria_set_id=group.criteria_set_id,
        )
        past.classes = [m.ClassBand(name=band.name, lower_bound=band.lower_bound) for band in group.classes]
        units = {unit.code: unit for unit in db.session.scalars(select(m.Unit))}
        like = units["X12"]
        old, new = (
            m.Unit(code=code, name="Xã Cũ", kind_id=like.kind_id, parent_id=like.parent_id) for code in ("X19", "X30")
        )
        db.session.add_all([past, old, new])
        db.session.flush()
        for unit in (old, new):
            unit.path = f"{units['H1'].path}{unit.id}."
        db.session.add(
            m.UnitChange(from_unit_id=old.id, to_unit_id=like.id, effective_on=date(2024, 11, 1), how="whole")
        )
        values = ((units["X11"], "91.25", 1), (like, "80", 2), (units["X21"], "80", 3), (old, "60.5", 4))
        lines = [
            Line(
                unit.id,
                Decimal(value),
                Decimal(100),
                Decimal(value),
                printed_rank=rank,
                printed_class="Khá",
                fields=(FieldLine("1", "Chỉ đạo", Decimal(40)),),
            )
            for unit, value, rank in values
        ]
        store_edition(building, past, lines, "9/QĐ-UBND", date(2024, 1, 30), imported=True)
    return done


def _past(province: Province) -> int:
    return province.id_of(m.Edition, imported=True)


def test_imported_years_show_printed_beside_computed(history: Province) -> None:
    rows = _screen(_text(history.client("officer.x21"), f"/results/?edition={_past(history)}"))
    assert _column(rows, "Hạng") == {"Xã Ấp Bắc": "1", "Xã Đức Hòa": "2", "Xã Ấp Nam": "2", "Xã Cũ": "3"}
    assert _column(rows, "Hạng theo quyết định") == {
        "Xã Ấp Bắc": "1",
        "Xã Đức Hòa": "2",
        "Xã Ấp Nam": "3",
        "Xã Cũ": "4",
    }
    assert _column(rows, "Xếp loại theo quyết định")["Xã Ấp Bắc"] == "Khá"
    assert _column(rows, "Xếp loại")["Xã Ấp Bắc"] == "Xuất sắc"


def test_years_are_joined_by_the_unit_never_by_its_name(history: Province) -> None:
    rows = _screen(_text(history.client("officer.x21"), "/results/years"))
    names = [row[0] for row in rows[1:]]
    # Each unit of the newest year in its order, and under X12 the one that went over into it.
    assert names == ["Xã Ấp Bắc", "Xã Ấp Nam", "Xã Đức Hòa", "Xã Cũ", "Phường Định Quán"]
    assert _column(rows, "Năm 2023: Chỉ số (%)")["Xã Ấp Bắc"] == "91,25"
    assert _column(rows, "Năm 2024: Chỉ số (%)")["Xã Ấp Bắc"] == "98,00"
    assert _column(rows, "Năm 2024: Chỉ số (%)")["Xã Cũ"] == "–"
    assert _column(rows, "Nhập vào")["Xã Cũ"] == "Xã Đức Hòa, toàn bộ, ngày 01/11/2024"


def test_a_unit_sees_its_predecessors_beside_its_own_years(history: Province) -> None:
    unit = history.id_of(m.Unit, code="X12")
    page = _text(history.client("officer.x12"), f"/results/editions/{_newest(history)}/units/{unit}")
    assert "nhập toàn bộ ngày 01/11/2024" in page
    assert "60,50" in page
    other = history.id_of(m.Unit, code="X30")
    assert history.client("officer.x12").get(f"/results/editions/{_past(history)}/units/{other}").status_code == 404


def test_an_imported_detail_has_fields_but_no_leaves(history: Province) -> None:
    unit = history.id_of(m.Unit, code="X11")
    page = _text(history.client("leader.x11"), f"/results/editions/{_past(history)}/units/{unit}")
    assert "không có điểm từng tiêu chí" in page
    assert "40,00" in page


def test_imported_editions_are_verified_too(history: Province) -> None:
    with history.system():
        assert [str(fault) for fault in verify(db.session()).faults] == []


def _newest(province: Province) -> int:
    return province.id_of(m.Edition, in_force=True, imported=False)


def test_the_newest_edition_opens_first(history: Province) -> None:
    assert "Năm 2024" in _text(history.client("officer.x21"), "/results/").split("<h1>")[1][:80]
