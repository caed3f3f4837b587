"""A unit fills in its form without a network: download, upload, preview, all or nothing (issue: Excel both ways)."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from services.score import NOTE_LENGTH
from tests.assessment.support import FULL, move_to_deadline, person, scores, statements
from tests.support.world import Province
from tests.workbook.support import Book, Desk, can_apply, counts, keys, text


@pytest.fixture
def desk(province: Province) -> Desk:
    """An officer whose form holds every item."""
    officer = person(province, "officer.x11")
    officer.send(FULL)
    return Desk(officer.client, f"{officer.url}/workbook")


def other(province: Province) -> Any:
    """The unit's leader, who works on the same form."""
    return person(province, "leader.x11", "X11")


# There and back


def test_what_was_downloaded_changes_nothing(desk: Desk) -> None:
    raw = desk.raw()
    assert counts(desk.upload(raw)) == (0, 0, 0, 11)
    page = desk.upload(Book.of(raw))
    assert counts(page) == (0, 0, 0, 11)
    assert not can_apply(page)


def test_filled_in_cells_are_previewed_with_arithmetic_then_written(province: Province, desk: Desk) -> None:
    before = scores(province, "X11")
    book = desk.download().put(
        {
            ("1.1", "in:1"): "Trong tháng 02",
            ("1.2.1", "in:1"): 48,
            ("1.3", "in:1"): "Không",
            ("1.4", "in:1"): None,
            ("2.1", "in:2"): "Có",
            ("2.2", "in:1"): 8.5,
            ("2.2", "note"): "Theo báo cáo số 12",
        }
    )
    page = desk.upload(book)
    assert page.status_code == 200
    assert counts(page) == (0, 0, 6, 5)
    assert "48/48 = 100,00 % → từ 100 % đạt điểm tối đa → 10,00 điểm" in text(page)
    assert "8,54 10,00 +1,46 (tăng)" in text(page)
    assert "chưa chấm" in text(page)
    assert {code: row.version for code, row in scores(province, "X11").items()} == {
        code: row.version for code, row in before.items()
    }
    assert desk.apply(page).status_code == 302
    after = scores(province, "X11")
    assert {code: row.inputs for code, row in after.items()} == {
        "1.1": {"option": "1"},
        "1.2.1": {"numerator": "48", "denominator": "48"},
        "1.2.2": {"numerator": "3", "denominator": "10"},
        "1.3": {"met": "0"},
        "1.5": {"count": "1"},
        "2.1": {"parts": ["0", "1"]},
        "2.2": {"numerator": "8.5", "denominator": "10"},
    }
    assert after["2.2"].points == Decimal("8.5")
    assert after["2.2"].note == "Theo báo cáo số 12"
    assert after["1.5"].version == before["1.5"].version


def test_every_kind_of_cell_comes_back_as_it_was_written(province: Province) -> None:
    officer = person(province, "officer.x11")
    long = "Ghi chú dài. " * 300
    officer.send(
        {
            **FULL,
            "1.1:note": "=cmd|' /C calc'!A0",
            "1.2.1:note": "+84 270 123\nxuống dòng _x0041_",
            "1.2.2:numerator": "1234,5678",
            "1.2.2:denominator": "99999999999,25",
            "1.3:stated": "7,25",
            "1.3:reason": "@lý do",
            "1.4:na": "1",
            "1.4:count": "",
            "1.4:note": long[:NOTE_LENGTH].strip(),
            "2.1:parts": [""],
        }
    )
    desk = Desk(officer.client, f"{officer.url}/workbook")
    assert len(scores(province, "X11")["1.4"].note) > 3800
    assert counts(desk.upload(desk.raw())) == (0, 0, 0, 11)
    book = desk.download()
    assert book.cell("1.1", "note").value == "=cmd|' /C calc'!A0"
    assert book.cell("1.1", "note").data_type == "s"
    assert book.cell("1.1", "note").quotePrefix
    assert book.cell("1.2.2", "in:2").value == 99999999999.25
    assert book.cell("1.4", "na").value == "Có"


@pytest.mark.parametrize(("typed", "kept"), [("\ufeffđầu", "đầu"), ("cuối\u200b", "cuối")])
def test_marks_that_nobody_sees_and_no_file_keeps_are_no_change(province: Province, typed: str, kept: str) -> None:
    officer = person(province, "officer.x11")
    officer.send({**FULL, "1.5:note": typed})
    assert scores(province, "X11")["1.5"].note == kept
    desk = Desk(officer.client, f"{officer.url}/workbook")
    assert counts(desk.upload(desk.raw())) == (0, 0, 0, 11)


def test_rows_may_be_sorted_deleted_and_given_company(province: Province, desk: Desk) -> None:
    book = desk.download()
    book.put({("1.5", "in:1"): 2})
    sheet = book.sheet
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    rows = [row for row in reversed(rows) if row[3] != "1.1"]  # the deleted row changes nothing
    for number in range(5, sheet.max_row + 1):
        for cell in sheet[number]:
            cell.value = None
    for number, row in enumerate(rows, start=5):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column).value = value
    sheet.cell(7, sheet.max_column + 2).value = "ghi chú riêng"
    book.book.create_sheet("Nháp", 0)["A1"] = "=1+1"
    page = desk.upload(book)
    assert counts(page) == (0, 0, 1, 9)
    assert "Đã bỏ qua các cột" in text(page)
    desk.apply(page)
    assert scores(province, "X11")["1.5"].inputs == {"count": "2"}
    assert "1.1" in scores(province, "X11")


def test_an_inserted_column_does_not_move_the_answers(province: Province, desk: Desk) -> None:
    book = desk.download().put({("1.5", "in:1"): 2})
    book.sheet.insert_cols(book.columns["in:1"])
    desk.fill(book)
    assert scores(province, "X11")["1.5"].inputs == {"count": "2"}


# Conflicts


def test_what_somebody_changed_meanwhile_is_shown_with_both_values_and_decided(province: Province, desk: Desk) -> None:
    book = desk.download()
    other(province).send({"1.2.1:numerator": "44", "1.4:count": "3", "1.5:count": "2", "2.2:numerator": "1"})
    book.put({("1.2.1", "in:1"): 46, ("1.5", "in:1"): 0, ("1.1", "in:1"): "Trong tháng 02", ("2.2", "in:1"): 1})
    page = desk.upload(book)
    # 1.4 was not touched in the file, 2.2 says the same in both: no conflicts.
    assert counts(page) == (0, 2, 1, 8)
    words = text(page)
    assert "Lãnh đạo Xã Ấp Bắc" in words
    assert "44 → 46" in words
    assert "46/48" in words
    first, second = keys(page)
    # A conflict that is not decided is asked for, the other choice is kept.
    answer = desk.apply(page, **{first: "take"})
    assert answer.status_code == 422
    assert "Hãy chọn cách xử lý từng xung đột" in text(answer)
    assert scores(province, "X11")["1.1"].inputs == {"option": "0"}
    assert desk.apply(answer, **{first: "take", second: "keep"}).status_code == 302
    after = scores(province, "X11")
    assert after["1.2.1"].inputs["numerator"] == "46"
    assert after["1.5"].inputs == {"count": "2"}
    assert after["1.4"].inputs == {"count": "3"}
    assert after["1.1"].inputs == {"option": "1"}


def test_a_change_between_preview_and_confirmation_brings_a_new_preview(province: Province, desk: Desk) -> None:
    page = desk.upload(desk.download().put({("1.5", "in:1"): 2, ("1.1", "in:1"): "Trong tháng 02"}))
    assert counts(page) == (0, 0, 2, 9)
    other(province).send({"1.5:count": "0"})
    answer = desk.apply(page)
    assert answer.status_code == 409
    assert counts(answer) == (0, 1, 1, 0)
    assert "chưa ghi gì" in text(answer)
    assert scores(province, "X11")["1.1"].inputs == {"option": "0"}, "all or nothing"
    assert desk.apply(answer, **{keys(answer)[0]: "take"}).status_code == 302
    assert scores(province, "X11")["1.5"].inputs == {"count": "2"}
    assert scores(province, "X11")["1.1"].inputs == {"option": "1"}


def test_a_conflict_that_changed_again_is_asked_again(province: Province, desk: Desk) -> None:
    book = desk.download().put({("1.5", "in:1"): 2})
    other(province).send({"1.5:count": "0"})
    page = desk.upload(book)
    other(province).send({"1.5:count": "1", "1.5:note": "mới"})
    answer = desk.apply(page, **{keys(page)[0]: "take"})
    assert answer.status_code == 409
    assert scores(province, "X11")["1.5"].inputs == {"count": "1"}


def test_a_second_confirmation_writes_nothing_more(province: Province, desk: Desk) -> None:
    page = desk.upload(desk.download().put({("1.5", "in:1"): 2}))
    assert desk.apply(page).status_code == 302
    row = scores(province, "X11")["1.5"]
    again = desk.apply(page)
    assert again.status_code == 409
    assert "không thay đổi gì" in text(again)
    assert scores(province, "X11")["1.5"].version == row.version


# The deadline


def test_the_deadline_is_judged_when_the_preview_is_confirmed(province: Province, desk: Desk) -> None:
    move_to_deadline(province, "X11", -5)
    desk = Desk(province.client("officer.x11"), desk.url)
    page = desk.upload(desk.download().put({("1.5", "in:1"): 2}))
    assert counts(page) == (0, 0, 1, 10)
    move_to_deadline(province, "X11", 1)
    answer = desk.apply(page)
    assert answer.status_code == 409
    assert scores(province, "X11")["1.5"].inputs == {"count": "1"}


def test_after_the_deadline_the_workbook_is_to_read(province: Province, desk: Desk) -> None:
    book = desk.download()
    assert "đóng lúc" in book.sheet.cell(1, 4).value
    move_to_deadline(province, "X11", 1)
    desk = Desk(province.client("officer.x11"), desk.url)
    assert desk.upload(book).status_code == 409
    book = desk.download()
    assert "chỉ để đọc" in book.sheet.cell(1, 4).value
    assert all(cell.protection.locked for row in book.sheet.iter_rows() for cell in row)


# The sheet itself


def test_only_input_cells_are_open_and_lists_offer_the_options(desk: Desk) -> None:
    book = desk.download()
    sheet = book.sheet
    assert sheet.protection.sheet
    assert not sheet.protection.password
    open_ = {
        (sheet.cell(cell.row, book.columns["code"]).value, name)
        for row in sheet.iter_rows()
        for cell in row
        for name, column in book.columns.items()
        if column == cell.column and not cell.protection.locked
    }
    assert {name for code, name in open_ if code == "1.2.1"} == {"in:1", "in:2", "stated", "reason", "note"}
    assert {name for code, name in open_ if code == "1.4"} == {"in:1", "na", "stated", "reason", "note"}
    assert not {code for code, _ in open_} & {"8.1", "9.2", None}
    lists = {
        place: check
        for check in sheet.data_validations.dataValidation
        for place in str(check.sqref).split()
        if check.type == "list"
    }
    options = lists[book.place("1.1", "in:1")].formula1
    first, last = options.partition("!")[2].split(":")
    offered = [cell.value for cell in book.book["_lists"][first.replace("$", "") : last.replace("$", "")][0]]
    assert offered == ["Trong tháng 01", "Trong tháng 02", "Không ban hành"]
    assert lists[book.place("1.3", "in:1")].formula1 == '"Có,Không"'
    numbers = {
        place: check
        for check in sheet.data_validations.dataValidation
        for place in str(check.sqref).split()
        if check.type in ("decimal", "whole")
    }
    assert numbers[book.place("1.4", "in:1")].type == "whole"
    assert float(numbers[book.place("1.5", "stated")].formula2) == 10


def test_the_sheet_is_ready_for_paper_and_hides_what_leads_back(desk: Desk) -> None:
    book = desk.download()
    sheet = book.sheet
    assert sheet.page_setup.orientation == "landscape"
    assert str(sheet.page_setup.paperSize) == "9"
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.freeze_panes == "F5"
    hidden = [one for one in sheet.column_dimensions.values() if one.hidden]
    assert [(one.min, one.max) for one in hidden] == [(1, 3)]
    assert sheet.row_dimensions[3].hidden
    assert {one.title: one.sheet_state for one in book.book} == {
        "Phiếu tự đánh giá": "visible",
        "Hướng dẫn": "visible",
        "_parindex": "hidden",
        "_lists": "hidden",
    }
    guidance = " ".join(str(cell.value) for row in book.book["Hướng dẫn"].iter_rows() for cell in row)
    assert "Trong tháng 01 → 10 điểm" in guidance
    formulas = [cell for one in book.book for row in one.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []


def test_last_years_value_stands_beside(province: Province, desk: Desk) -> None:
    heads = [cell.value for cell in desk.download().sheet[4]]
    assert "Năm trước" in heads


# Cost


def test_a_whole_form_costs_as_many_statements_as_one_item(province: Province, desk: Desk) -> None:
    one = {("1.5", "in:1"): 2}
    many = {**one, ("1.1", "in:1"): "Trong tháng 02", ("1.2.1", "in:1"): 40, ("1.2.2", "in:1"): 4, ("1.4", "in:1"): 0}

    def cost(cells: dict[tuple[str, ...], Any]) -> tuple[int, int, int]:
        with statements(province) as read:
            book = desk.download().put(cells)
        with statements(province) as looked:
            page = desk.upload(book)
        with statements(province) as wrote:
            assert desk.apply(page).status_code == 302
        # Rows are written in a batch; drivers may send one statement for each.
        return len(read), len(looked), sum(not sent.startswith("UPDATE score") for sent in wrote)

    assert cost(one) == cost({**many, ("1.5", "in:1"): 1})


def test_names_of_units_that_are_hostile_stay_text(province: Province, desk: Desk) -> None:
    with province.system(), system_act(Verb.IMPORT, "test"):
        db.session.scalars(select(m.Unit).where(m.Unit.code == "X11")).one().name = '=HYPERLINK("http://x")'
    book = openpyxl.load_workbook(io.BytesIO(desk.raw()))
    assert not [cell for one in book for row in one.iter_rows() for cell in row if cell.data_type == "f"]
