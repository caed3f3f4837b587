"""Workbooks: read as Excel shows them; a hostile one is answered before the reader sees it."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import zipfile
from collections.abc import Callable

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tabular import LAYOUTS, FileFault
from tests.support.tables import HEADER, faults_of, read, workbook


def test_cells_of_a_workbook_read_as_excel_shows_them() -> None:
    values = [
        0.1,
        0.1 + 0.2,
        12.0,
        3,
        1e15,
        66.675,
        True,
        dt.date(2024, 10, 31),
        dt.datetime.fromisoformat("2024-10-31T07:30"),
        " ê ",
    ]
    heading = [heading.key for heading in LAYOUTS["scores"].headings][: len(values)]
    table = read(workbook([heading, values]), "scores")
    assert list(table.rows[0].cells.values()) == [
        "0.1", "0.3", "12", "3", "1000000000000000", "66.675", "TRUE", "2024-10-31", "2024-10-31 07:30:00", "ê",
    ]  # fmt: skip


def test_rows_of_a_workbook_keep_their_numbers() -> None:
    table = read(workbook([HEADER.split(","), [None], ["A", "Xã A", "xã", "VL"]], skip_rows=2))
    assert [row.number for row in table.rows] == [5]


def test_a_failing_formula_is_named_instead_of_read_as_empty() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    notes = book.add_worksheet("Ẩn")
    notes.hide()
    notes.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    sheet = book.add_worksheet("Đơn vị")
    sheet.activate()
    sheet.set_first_sheet()
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["A", "Xã A", "xã", "VL"])
    sheet.write_row(2, 0, ["B", "Xã B", "xã"])
    sheet.write_formula(2, 3, "=NA()", None, "#N/A")
    book.close()
    assert [(fault.row, fault.column) for fault in faults_of(file.getvalue())] == [(3, "parent_code")]


def test_a_formula_without_a_saved_value_is_named_instead_of_read_as_empty() -> None:
    """Also where it stands beyond all that has a value: a row of its own, a column to the right."""
    rows = [HEADER.split(","), ["A", "Xã A", "xã", "=B9"], ["B", "Xã B", "xã", "VL", None, "=TODAY()"], ["=A2"]]
    assert [(fault.row, fault.column) for fault in faults_of(workbook(rows))] == [
        (2, "parent_code"),
        (3, "valid_to"),
        (4, "code"),
    ]


def test_a_formula_whose_saved_value_is_an_empty_text_reads_as_empty() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet("Đơn vị")
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["A", "Xã A", "xã"])
    sheet.write_formula(1, 3, '=IF(A3="","",A3)', None, "none")
    sheet.write_formula(1, 4, "=DATE(2024,1,1)", None, "2024-01-01")
    for row in range(2, 9):
        sheet.write_formula(row, 0, '=IF(B3="","",B3)', None, "none")
    book.close()
    # As Excel saves it: <c t="str"><f>…</f><v></v></c>
    emptied = repacked(file.getvalue(), lambda _, part: part.replace(b"<v>none</v>", b"<v></v>"))
    (found,) = read(emptied).rows
    assert (found.cells["parent_code"], found.cells["valid_from"]) == ("", "2024-01-01")


# Hostile workbooks: the process must outlive them, so each is answered before the reader sees it


def altered(change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """Take a good workbook, change its parts, add others."""
    return repacked(workbook([HEADER.split(","), ["A", "Xã A", "xã", "VL"]]), change, extra)


def repacked(content: bytes, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """Pack a workbook anew with its parts changed and others added."""
    good = zipfile.ZipFile(io.BytesIO(content))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            archive.writestr(name, change(name, good.read(name)))
        for name, part in (extra or {}).items():
            archive.writestr(name, part)
    return file.getvalue()


GOOD = altered(lambda _name, content: content)


def in_sheet(old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        assert old in content
        return content.replace(old, new)

    return altered(change)


def test_the_workbook_that_is_altered_here_is_good() -> None:
    assert len(read(altered(lambda _name, content: content)).rows) == 1


ENTITIES = b"""<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet"""
EXTERNAL = b"""<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/x.dtd"><worksheet"""


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="3"><c r="ZZ3"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="A1"/><c><v>1</v></c></row></sheetData>'), "damaged"),
        (
            in_sheet(b"</sheetData>", b'<row r="3">' + b'<c r="A3"/>' * 200 + b"<c><v>1</v></c></row></sheetData>"),
            "beyond",
        ),
        (
            in_sheet(b"</sheetData>", b'<row r="3"/>' * 21_000 + b'<row r="4"><c><v>1</v></c></row></sheetData>'),
            "beyond",
        ),
        (in_sheet(b"<worksheet", ENTITIES), "damaged"),
        (in_sheet(b"<worksheet", EXTERNAL), "damaged"),
        (in_sheet(b"</sheetData>", b""), "damaged"),
        (altered(lambda _name, content: content, {f"xl/x{i}.xml": b"<a/>" for i in range(300)}), "too much"),
        (altered(lambda _name, content: content, {"xl/media/a.bin": bytes(30 * 1024 * 1024)}), "too much"),
        (altered(lambda name, content: content if "workbook" in name else b"no xml"), "damaged"),
        (altered(lambda _name, content: content)[:-40], "damaged"),
    ],
    ids=[
        "corner",
        "deep",
        "wide",
        "unnamed",
        "crowd",
        "rows",
        "entities",
        "external",
        "open",
        "entries",
        "bomb",
        "noise",
        "cut",
    ],
)
def test_a_hostile_workbook_is_one_clear_fault(content: bytes, word: str) -> None:
    (fault,) = faults_of(content)
    assert word in str(fault.message)


def shared_text(rows: int) -> bytes:
    """Make a workbook whose cells all show one long text that the file holds once."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.split(","))
    for row in range(1, rows + 1):
        sheet.write_row(row, 0, ["A", "x" * 32_000, "xã", "VL"])
    book.close()
    return file.getvalue()


def test_a_shared_text_is_counted_each_time_a_cell_shows_it() -> None:
    assert len(read(shared_text(10)).rows) == 10
    (fault,) = faults_of(shared_text(3_000))
    assert "too much" in str(fault.message)


@pytest.mark.parametrize("form", ["dd/mm/yyyy", "hh:mm", "[h]:mm:ss"])
@pytest.mark.parametrize("number", [1e308, -1e308, 1e15, -1e15, 2_958_466, -1])
def test_a_number_that_is_no_moment_of_any_calendar_ends_nothing(form: str, number: float) -> None:
    """The reader panics at such dates and overflows at such spans of time: one sentence, or a cell that is no date."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["A", "Xã A", "xã"])
    sheet.write_number(1, 3, number, book.add_format({"num_format": form}))
    book.close()
    with contextlib.suppress(FileFault):
        assert len(read(file.getvalue()).rows) == 1


def test_far_cells_that_only_carry_a_style_do_no_harm() -> None:
    styled = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert len(read(in_sheet(b"</sheetData>", styled)).rows) == 1


def test_the_zip_directory_cannot_lie_about_sizes() -> None:
    content = bytearray(altered(lambda _name, part: part))
    directory = content.rindex(b"xl/worksheets/sheet1.xml") - 46  # the fixed part of an entry stands before its name
    assert content[directory : directory + 4] == b"PK\x01\x02"
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    (fault,) = faults_of(bytes(content))
    assert "damaged" in str(fault.message)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10**6), st.binary(min_size=1, max_size=4))
def test_a_damaged_workbook_never_raises_anything_else(place: int, noise: bytes) -> None:
    content = bytearray(GOOD)
    place %= len(content)
    content[place : place + len(noise)] = noise
    with contextlib.suppress(FileFault):
        assert len(read(bytes(content)).rows) <= 1


def test_what_looks_like_another_format_is_not_read_as_one() -> None:
    content = altered(lambda _name, part: part, {"content.xml": b"<x/>", "mimetype": b"application/x"})
    assert len(read(content).rows) == 1
