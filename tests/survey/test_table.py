"""The survey as a table of units and items: downloaded, filled in, read by the same preview as the long layout."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Layer
from tests.assessment.support import vietnamese
from tests.support.world import Province
from tests.workbook.support import Desk, can_apply, signed, text


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk(province.client("admin"), f"/survey/{province.id_of(m.Round, code='2024')}")


def table(desk: Desk) -> openpyxl.Workbook:
    answer = desk.client.get(f"{desk.url}/table.xlsx")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def fill(book: openpyxl.Workbook, values: dict[str, Any]) -> bytes:
    sheet = book.worksheets[0]
    for row in sheet.iter_rows(min_row=5):
        if row[0].value in values:
            row[2].value = values[row[0].value]
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def rates(province: Province) -> dict[str, Any]:
    with province.system():
        return dict(
            db.session.execute(
                select(m.Unit.code, m.Score.inputs)
                .join(m.Unit, m.Unit.id == m.Score.unit_id)
                .where(m.Score.layer == Layer.SURVEY)
            ).all()
        )


def test_the_table_goes_out_and_comes_back(province: Province, desk: Desk) -> None:
    book = table(desk)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[4]] == ["Mã đơn vị", "Tên đơn vị", "8.1 Mức độ hài lòng"]
    assert sheet.protection.sheet
    page = desk.upload(fill(book, {"X11": 85.42, "SA": "70,5"}))
    assert page.status_code == 200, text(page)
    assert "17,08" in text(page)
    assert rates(province) == {}
    assert desk.apply(page).status_code == 302
    assert rates(province) == {"X11": {"rate": "85.42"}, "SA": {"rate": "70.5"}}
    page = desk.upload(fill(table(desk), {"X11": 90}))
    assert text(page).count("Xã Ấp Bắc") == 1
    assert "Sở Tư pháp" not in text(page), "what stands in the table already is no change"
    desk.apply(page)
    assert rates(province)["X11"] == {"rate": "90"}


def test_a_note_that_came_with_the_long_layout_stays(province: Province, desk: Desk) -> None:
    long = "round_code,unit_code,criterion_code,layer,rate,note\n2024,X11,8.1,survey,80,Phiếu số 7\n"
    desk.apply(desk.upload(long.encode(), "a.csv"))
    assert not can_apply(desk.upload(fill(table(desk), {})))
    desk.apply(desk.upload(fill(table(desk), {"X11": 81})))
    with province.system():
        row = db.session.scalars(select(m.Score).where(m.Score.layer == Layer.SURVEY)).one()
        assert (row.note, row.points) == ("Phiếu số 7", Decimal("16.2"))


@pytest.mark.parametrize(
    ("unit", "value", "word"),
    [("X11", 101, "100"), ("X11", "tốt", "chữ số"), ("X11", -1, "số âm"), ("X11", 1.23456, "4")],
)
def test_a_fault_names_row_and_column(province: Province, desk: Desk, unit: str, value: Any, word: str) -> None:
    book = table(desk)
    row = next(cell.row for cell in book.worksheets[0]["A"] if cell.value == unit)
    page = desk.upload(fill(book, {unit: value, "SA": 80}))
    assert page.status_code == 422
    assert f"Dòng {row}, cột “C – 8.1 Mức độ hài lòng”" in text(page)
    assert word in text(page)
    assert rates(province) == {}


def test_a_formula_without_a_saved_value_is_no_empty_cell(province: Province, desk: Desk) -> None:
    book = table(desk)
    row = next(cell.row for cell in book.worksheets[0]["A"] if cell.value == "X11")
    page = desk.upload(fill(book, {"X11": "=70+15", "SA": 80}))
    assert page.status_code == 422
    fault = vietnamese("This formula has no saved value: type the value itself.")
    assert text(page).count(f"Dòng {row}, cột “C – 8.1 Mức độ hài lòng”") == 1
    assert fault in text(page)
    assert rates(province) == {}


def test_a_plain_table_made_by_others_is_read_too(province: Province, desk: Desk) -> None:
    page = desk.upload("Mã đơn vị;8.1\nX11;85,5\nX12;\n".encode(), "a.csv")
    assert page.status_code == 200, text(page)
    desk.apply(page)
    assert rates(province) == {"X11": {"rate": "85.5"}}
    page = desk.upload("Mã đơn vị,8.1,8.7\nX11,85,1\nX99,80,\n".encode(), "a.csv")
    assert page.status_code == 422
    assert "C – 8.7" in text(page)
    assert "Dòng 3, cột “A – Mã đơn vị”" in text(page)


def test_a_unit_that_stands_twice_is_a_fault(desk: Desk) -> None:
    page = desk.upload(b"unit_code,8.1\nX11,85\nX11,86\n", "a.csv")
    assert page.status_code == 422
    assert "Dòng 3" in text(page)


def test_the_form_of_a_unit_is_no_survey(province: Province, desk: Desk) -> None:
    form = Desk(province.client("officer.x11"), f"/assessments/{province.form_id('X11')}/workbook").raw()
    page = desk.upload(form)
    assert page.status_code == 422
    assert "Trang ẩn của tệp" in text(page)


def test_only_the_office_gets_the_table(province: Province, desk: Desk) -> None:
    client: FlaskClient = province.client("manager.h1")
    assert client.get(f"{desk.url}/table.xlsx").status_code == 403
    assert signed(desk.upload(b"unit_code,8.1\nX11,85\n", "a.csv"))
