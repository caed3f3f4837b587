"""Each fault of a filled-in form is named with its cell; with one fault nothing can be written."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from services.score import NOTE_LENGTH
from tests.assessment.support import FULL, person, scores
from tests.support.world import Province
from tests.workbook.support import Desk, can_apply, counts, text


@pytest.fixture
def desk(province: Province) -> Desk:
    """An officer whose form holds every item."""
    officer = person(province, "officer.x11")
    officer.send(FULL)
    return Desk(officer.client, f"{officer.url}/workbook")


def other(province: Province) -> Any:
    """The unit's leader, who works on the same form."""
    return person(province, "leader.x11", "X11")


# Faults


def _long(length: int) -> str:
    return "x" * length


FAULTS: list[tuple[dict[tuple[str, ...], Any], tuple[str, str], str]] = [
    ({("1.1", "in:1"): "Trong tháng 03"}, ("1.1", "in:1"), "không có trong các mức"),
    ({("1.2.1", "in:1"): "nhiều"}, ("1.2.1", "in:1"), "Chỉ dùng chữ số 0-9"),
    ({("1.2.1", "in:1"): 49}, ("1.2.1", "in:1"), "49"),
    ({("1.2.1", "in:2"): None}, ("1.2.1", "in:2"), "Hãy nhập"),
    ({("1.2.1", "in:1"): -1}, ("1.2.1", "in:1"), "số âm"),
    ({("1.2.1", "in:1"): 1.23456}, ("1.2.1", "in:1"), "4"),
    ({("1.2.1", "in:1"): "1.234"}, ("1.2.1", "in:1"), "1234"),
    ({("1.2.1", "in:1"): True}, ("1.2.1", "in:1"), "số"),
    ({("1.3", "in:1"): "có thể"}, ("1.3", "in:1"), "Chọn Có hoặc Không"),
    ({("1.4", "in:1"): 1.5}, ("1.4", "in:1"), "số nguyên"),
    ({("1.4", "na"): "Có", ("1.4", "in:1"): None}, ("1.4", "note"), "vì sao"),
    ({("1.5", "na"): "Có"}, ("1.5", "na"), "mọi đơn vị"),
    ({("1.5", "stated"): 7}, ("1.5", "reason"), "lý do"),
    ({("1.5", "stated"): 11, ("1.5", "reason"): "vì"}, ("1.5", "stated"), "10"),
    ({("1.5", "in:2"): "thừa"}, ("1.5", "in:2"), "xóa trống"),
    ({("1.5", "in:1"): None, ("1.5", "note"): "còn lại"}, ("1.5", "note"), "chấm tiêu chí này trước"),
    ({("1.5", "note"): _long(NOTE_LENGTH + 1)}, ("1.5", "note"), "4000"),
    ({("1.5", "note"): "a_x0000_b"}, ("1.5", "note"), "ký tự"),
    ({("8.1", "in:1"): 90}, ("8.1", "code"), "điều tra"),
    ({("9.2", "in:1"): 1}, ("9.2", "code"), "Tổ giúp việc"),
    ({("1.1", "key"): "i999999999"}, ("1.1", "code"), "không thuộc mục nào"),
]


@pytest.mark.parametrize(("cells", "place", "word"), FAULTS)
def test_each_fault_is_named_with_its_cell_and_nothing_is_written(
    province: Province, desk: Desk, cells: dict[tuple[str, ...], Any], place: tuple[str, str], word: str
) -> None:
    book = desk.download()
    cell = book.place(*place)
    before = {code: row.version for code, row in scores(province, "X11").items()}
    book.put({("2.2", "in:1"): 10, **cells})
    page = desk.upload(book)
    assert page.status_code == 422
    assert counts(page)[:3] == (1, 0, 1)
    fault = text(page).split(f"Ô {cell}", 1)
    assert len(fault) == 2, text(page)
    assert word.casefold() in fault[1].split("Ghi chú:")[0][:300].casefold()
    assert not can_apply(page), "with any fault nothing can be applied"
    assert {code: row.version for code, row in scores(province, "X11").items()} == before


def test_all_faults_come_at_once(desk: Desk) -> None:
    book = desk.download().put(
        {("1.1", "in:1"): "?", ("1.2.1", "in:1"): "?", ("1.2.1", "in:2"): "?", ("1.4", "in:1"): "?"}
    )
    page = desk.upload(book)
    assert counts(page) == (4, 0, 0, 8)
    for place in (("1.1", "in:1"), ("1.2.1", "in:1"), ("1.2.1", "in:2"), ("1.4", "in:1")):
        assert f"Ô {book.place(*place)} " in text(page)


def test_a_date_is_a_fault_in_a_number_and_reads_as_shown_in_a_note(desk: Desk) -> None:
    book = desk.download().put({("1.4", "in:1"): dt.date(2024, 5, 1)})
    assert "đang là ngày tháng" in text(desk.upload(book))
    book = desk.download().put({("1.4", "note"): dt.date(2024, 5, 1)})
    page = desk.upload(book)
    assert counts(page) == (0, 0, 1, 10)
    assert "01/05/2024" in text(page)


def test_a_copied_row_and_a_row_torn_from_its_number_are_faults(desk: Desk) -> None:
    book = desk.download()
    row = book.row("1.5")
    for cell in book.sheet[book.row("2.2")]:
        if cell.column <= 4:
            cell.value = book.sheet.cell(row, cell.column).value
    page = desk.upload(book)
    assert f"Mục này đã có ở dòng {row}" in text(page)
    book = desk.download()
    book.sheet.cell(book.row("1.5"), book.columns["code"]).value = "1.4"
    assert "tách khỏi số hiệu ẩn" in text(desk.upload(book))


@pytest.mark.parametrize("key", [None, "1.5", "i", "s1"])
def test_a_row_that_lost_its_hidden_number_is_named(desk: Desk, key: str | None) -> None:
    book = desk.download().put({("2.2", "in:1"): 10, ("1.5", "in:1"): 2})
    number = book.row("1.5")
    book.sheet.cell(number, book.columns["key"]).value = key
    page = desk.upload(book)
    assert counts(page) == (0, 0, 1, 9)
    assert f"mất số hiệu ẩn nên đã bỏ qua: {number}." in text(page)
    assert "mất số hiệu ẩn" not in text(desk.upload(desk.download()))


def test_hidden_numbers_of_another_form_reach_nothing(province: Province, desk: Desk) -> None:
    """A row of another set's item, and a version that is no number: neither gets through."""
    book = desk.download()
    with province.system():
        set_ = db.session.scalars(select(m.CriteriaSet).where(m.CriteriaSet.code == "department_2024")).one()
        foreign = db.session.scalars(
            select(m.Criterion.id).where(m.Criterion.set_id == set_.id, m.Criterion.code == "1.1")
        ).one()
    book.put({("1.1", "in:1"): "Trong tháng 02", ("1.1", "key"): f"i{foreign}"})
    assert "không thuộc mục nào" in text(desk.upload(book))
    book = desk.download().put({("1.1", "in:1"): "Trong tháng 02", ("1.1", "version"): "1' OR 1=1"})
    assert counts(desk.upload(book))[1] == 1, "a version that fits no row is a conflict, never a write"
