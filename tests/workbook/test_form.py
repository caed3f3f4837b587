"""A unit fills in its form without a network: download, upload, preview, all or nothing (issue: Excel both ways)."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
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
from tests.workbook.support import Book, Desk, can_apply, counts, keys, signed, text


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


# Whose file, whose page


def test_another_units_file_is_refused_with_both_names(province: Province, desk: Desk) -> None:
    there = person(province, "officer.x12")
    foreign = Desk(there.client, f"{there.url}/workbook").raw()
    page = desk.upload(foreign)
    assert page.status_code == 422
    assert "phiếu của Xã Đức Hòa, Năm 2024; trang này là phiếu của Xã Ấp Bắc, Năm 2024" in text(page)


def _marks(book: Book, **marks: str) -> Book:
    sheet = book.book["_parindex"]
    for row in sheet.iter_rows():
        if row[0].value in marks:
            row[1].value = marks[row[0].value]
    return book


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda book: _marks(book, layout="0"), "phiên bản khác"),
        (lambda book: _marks(book, kind="appraisal"), "thẩm định một lĩnh vực"),
        (lambda book: _marks(book, kind="<b>"), "nội dung khác"),
        (lambda book: _marks(book, set_id="999"), "trang này là phiếu của"),
        (lambda book: book.book.remove(book.book["_parindex"]), "không phải phiếu tải xuống"),
        (lambda book: book.sheet.delete_rows(3), "không phải phiếu tải xuống"),
    ],
)
def test_a_file_that_is_not_this_form_gets_one_clear_sentence(
    desk: Desk, change: Callable[[Book], Any], word: str
) -> None:
    book = desk.download()
    change(book)
    page = desk.upload(book)
    assert page.status_code == 422
    assert word in text(page)
    assert "<b>" not in page.get_data(as_text=True).split("file-error", 1)[1].split("</div>", 1)[0].replace(
        '<span class="hidden-words">', ""
    )


def test_nothing_chosen_or_no_workbook_is_told_at_the_field(desk: Desk) -> None:
    for content, name, word in (
        (b"", "", "Chọn tệp đã nhập"),
        (b"", "a.xlsx", "Tệp rỗng"),
        (b"code,value\n1.1,5\n", "a.csv", "không phải tệp Excel"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "a.xls", ".xls"),
        (b"PK\x03\x04" + bytes(60), "a.xlsx", "hỏng"),
    ):
        page = desk.upload(content, name)
        assert page.status_code == 422
        assert word in text(page)


def test_only_who_scores_the_form_uploads_and_nobody_sees_anothers(province: Province, desk: Desk) -> None:
    page = desk.upload(desk.download().put({("1.5", "in:1"): 2}))
    parcel = signed(page)
    officer = Desk(province.client("officer.x12"), desk.url)
    for answer in (
        officer.client.get(desk.url),
        officer.client.get(f"{desk.url}.xlsx"),
        officer.upload(b"PK"),
        officer.apply_signed(parcel),
    ):
        assert answer.status_code == 404
    manager = Desk(province.client("manager.h1"), desk.url)
    assert manager.client.get(desk.url).status_code == 403
    assert manager.upload(b"PK").status_code == 403
    assert manager.apply_signed(parcel).status_code == 403
    book = Book.of(manager.raw())
    assert book.cell("1.5", "in:1").protection.locked, "a superior reads the workbook, its cells are locked"
    leader = Desk(province.client("leader.x11"), desk.url)
    stolen = leader.apply_signed(parcel)
    assert stolen.status_code == 302, "a preview belongs to the person who saw it"
    assert scores(province, "X11")["1.5"].inputs == {"count": "1"}


def test_an_altered_preview_is_worth_nothing(province: Province, desk: Desk) -> None:
    parcel = signed(desk.upload(desk.download().put({("1.5", "in:1"): 2})))
    for altered in ("", "x", parcel[:-1], "A" + parcel[1:]):
        answer = desk.apply_signed(altered)
        assert answer.status_code == 302
        assert answer.headers["Location"].endswith("/workbook")
    assert scores(province, "X11")["1.5"].inputs == {"count": "1"}


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
        "Phiếu tự chấm điểm": "visible",
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
