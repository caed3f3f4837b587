"""Whose file, whose page: another's form, kind, layout or preview reaches nothing (Điều 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.assessment.support import FULL, person, scores
from tests.support.world import Province
from tests.workbook.support import Book, Desk, signed, text


@pytest.fixture
def desk(province: Province) -> Desk:
    """An officer whose form holds every item."""
    officer = person(province, "officer.x11")
    officer.send(FULL)
    return Desk(officer.client, f"{officer.url}/workbook")


def other(province: Province) -> Any:
    """The unit's leader, who works on the same form."""
    return person(province, "leader.x11", "X11")


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
