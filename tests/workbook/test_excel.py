"""Files as Excel writes them read like our own. They are made by hand after Excel's OOXML (tests/workbook/excel.py)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import pytest

from tests.assessment.support import FULL, person, scores
from tests.support.world import Province
from tests.workbook import excel
from tests.workbook.excel import Formula
from tests.workbook.support import Book, Desk, can_apply, counts, text


@pytest.fixture
def desk(province: Province) -> Desk:
    officer = person(province, "officer.x11")
    officer.send({**FULL, "1.1:note": "hai dòng\nở đây", "1.2.1:note": "=1+1"})
    return Desk(officer.client, f"{officer.url}/workbook")


class Raw(str):
    """Keeps openpyxl from taking a value for something else."""

    __slots__ = ()


def as_excel(book: Book, cells: Mapping[tuple[str, ...], Any]) -> bytes:
    """Save a filled-in workbook as Excel would; formulas go past openpyxl, which would drop their values."""
    for place, value in cells.items():
        cell = book.cell(*place)
        if isinstance(value, Formula):
            cell._value = value
        else:
            cell.value = value
    return excel.save(book.book)


def test_a_file_saved_without_a_change_changes_nothing(desk: Desk) -> None:
    assert counts(desk.upload(as_excel(desk.download(), {}))) == (0, 0, 0, 11)


def test_what_was_typed_in_excel_is_taken(province: Province, desk: Desk) -> None:
    file = as_excel(
        desk.download(),
        {
            ("1.1", "in:1"): "Trong tháng 02",
            ("1.2.1", "in:1"): 41.5,
            ("1.3", "in:1"): False,
            ("1.5", "in:1"): 2,
            ("2.1", "in:2"): True,
            ("2.2", "note"): "Dòng một\nDòng hai",
        },
    )
    page = desk.upload(file)
    assert counts(page) == (0, 0, 6, 5)
    desk.apply(page)
    after = scores(province, "X11")
    assert after["1.1"].inputs == {"option": "1"}
    assert after["1.2.1"].inputs["numerator"] == "41.5"
    assert after["1.3"].inputs == {"met": "0"}
    assert after["2.1"].inputs == {"parts": ["0", "1"]}
    assert after["2.2"].note == "Dòng một\nDòng hai"


def test_binary_fractions_are_the_decimals_that_excel_shows(province: Province, desk: Desk) -> None:
    desk.fill(as_excel(desk.download(), {("1.2.1", "in:1"): 0.1 + 0.2, ("1.2.1", "in:2"): 47.99999999999999}))
    assert scores(province, "X11")["1.2.1"].inputs == {"numerator": "0.3", "denominator": "48"}


def test_a_formula_counts_by_its_kept_value_and_is_named(province: Province, desk: Desk) -> None:
    book = desk.download()
    places = [book.place("1.2.1", "in:1"), book.place("1.1", "in:1")]
    file = as_excel(
        book,
        {("1.2.1", "in:1"): Formula("20+22", 42), ("1.1", "in:1"): Formula('"Trong "&"tháng 02"', "Trong tháng 02")},
    )
    page = desk.upload(file)
    assert counts(page) == (0, 0, 2, 9)
    assert "Các ô sau là công thức" in text(page)
    assert all(place in text(page) for place in places)
    desk.apply(page)
    assert scores(province, "X11")["1.2.1"].inputs["numerator"] == "42"


def test_a_formula_without_a_kept_value_is_a_fault_at_its_cell(desk: Desk) -> None:
    book = desk.download()
    place = book.place("1.2.1", "in:1")
    page = desk.upload(as_excel(book, {("1.2.1", "in:1"): Formula("[1]Sheet1!A1", None)}))
    assert page.status_code == 422
    assert f"Ô {place} (mục 1.2.1): Công thức này không có giá trị đã lưu" in text(page)
    assert not can_apply(page)


def _altered(content: bytes, change: Any, more: Mapping[str, bytes] = {}) -> bytes:
    """Pack a workbook anew with parts changed or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        for name, part in more.items():
            new.writestr(name, part)
    return file.getvalue()


def test_a_failing_formula_is_a_fault_at_its_cell(desk: Desk) -> None:
    book = desk.download()
    place = book.place("1.2.1", "in:1").encode()
    number = b'<c r="' + place + b'" s="0"><v>41</v></c>'
    failing = b'<c r="' + place + b'" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
    file = _altered(excel.save(book.book), lambda _name, part: part.replace(number, failing))
    page = desk.upload(file)
    assert counts(page)[0] == 1
    assert f"Ô {place.decode()} " in text(page)


def test_macros_are_left_behind(province: Province, desk: Desk) -> None:
    """An .xlsm by another name: the macro is no part of what is read, the values are."""
    file = _altered(
        as_excel(desk.download(), {("1.5", "in:1"): 2}),
        lambda name, part: part.replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml") if name[0] == "[" else part,
        {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0 Sub Auto_Open() Shell calc"},
    )
    desk.fill(file)
    assert scores(province, "X11")["1.5"].inputs == {"count": "2"}


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def _doctype(kind: bytes) -> Any:
    def change(name: str, part: bytes) -> bytes:
        return (
            part.replace(b"<sst ", kind + b"<sst ").replace(b'preserve">Trong', b'preserve">&a;')
            if "shared" in name
            else part
        )

    return change


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (_doctype(BOMB), {}),
        (_doctype(EXTERNAL), {}),
        (lambda _name, part: part, {"xl/media/a.bin": bytes(30 * 1024 * 1024)}),
        (lambda _name, part: part, {f"xl/x{n}.xml": b"<a/>" for n in range(300)}),
        (
            lambda name, part: part.replace(
                b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            ),
            {},
        ),
        (lambda name, part: part[:-30] if "sheet1" in name else part, {}),
    ],
    ids=["entities", "external", "bomb", "entries", "corner", "cut"],
)
def test_what_could_harm_is_one_clear_sentence(desk: Desk, change: Any, more: Mapping[str, bytes]) -> None:
    page = desk.upload(_altered(excel.save(desk.download().book), change, more))
    assert page.status_code == 422
    assert "file-error" in page.get_data(as_text=True)
    assert not can_apply(page)
    assert "root:" not in text(page)
