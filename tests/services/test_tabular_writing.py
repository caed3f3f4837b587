"""Exports: what was written is what other programs read, and nothing in it runs."""

from __future__ import annotations

import csv
import datetime as dt
import io
import string
from collections.abc import Iterator, Sequence
from decimal import Decimal
from email.message import Message as Headers
from urllib.parse import unquote

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.tabular import (
    CSV_TYPE,
    LAYOUTS,
    Column,
    Faults,
    Kind,
    RowCells,
    download_headers,
    read_table,
    write_csv,
    write_xlsx,
)
from services.tabular.sources import clean
from services.tabular.writing import sheet_name

COLUMNS = [
    Column("name", "Tên đơn vị"),
    Column("count", "Số trường hợp", Kind.INTEGER),
    Column("points", "Điểm", Kind.DECIMAL, places=2),
    Column("day", "Ngày", Kind.DATE),
    Column("moment", "Lúc", Kind.DATETIME),
]
SAIGON_EVENING = dt.datetime(2024, 10, 31, 16, 30, tzinfo=dt.UTC)
ROW = ("Phường 9", 3, Decimal("7.5"), dt.date(2024, 10, 31), SAIGON_EVENING)
DANGEROUS = ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "'=1+1", "＝1+1", "=cmd|' /C calc'!A0"]

printable = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"), exclude_characters="\u202a\u202b\u202c\u202d\u202e")
    .filter(lambda char: not "\u2066" <= char <= "\u2069"),
    max_size=40,
)  # fmt: skip
texts = st.one_of(printable, st.builds(str.__add__, st.sampled_from(["'", "=", "'=", "-", "@", "+1", "＝"]), printable))
decimals = st.decimals(min_value=0, max_value=10**6, places=4)


def csv_text(rows: Sequence[Sequence[object]], columns: list[Column] = COLUMNS) -> str:
    return b"".join(write_csv(columns, rows)).decode()


def xlsx_bytes(rows: Sequence[Sequence[object]], columns: list[Column] = COLUMNS, as_of: str | None = None) -> bytes:
    with write_xlsx("Kết quả", columns, rows, as_of=as_of) as file:
        return file.read()


# CSV


def test_csv_opens_right_in_a_spreadsheet() -> None:
    assert csv_text([ROW, (None,) * 5]) == (
        "\ufeffTên đơn vị,Số trường hợp,Điểm,Ngày,Lúc\r\n"
        "Phường 9,3,7.50,2024-10-31,2024-10-31 23:30:00\r\n"
        ",,,,\r\n"
    )  # fmt: skip


@pytest.mark.parametrize("text", DANGEROUS)
def test_text_never_runs_as_a_formula_in_csv(text: str) -> None:
    (cell,) = list(csv.reader(io.StringIO(csv_text([(text,)], COLUMNS[:1]), newline="")))[1]
    assert cell == "'" + text.replace("\r", "\n")


def test_a_heading_is_protected_too() -> None:
    assert csv_text([], [Column("x", "=A1")]) == "\ufeff'=A1\r\n"


def test_negative_numbers_stay_numbers() -> None:
    assert csv_text([(-3, Decimal("-0.5"))], COLUMNS[1:3]).endswith("\r\n-3,-0.50\r\n")


def test_an_export_never_rounds() -> None:
    assert csv_text([(Decimal("1.23456"),)], COLUMNS[2:3]).endswith("\r\n1.23456\r\n")


def test_csv_is_given_while_the_rows_come() -> None:
    drawn = 0

    def rows() -> Iterator[tuple[str]]:
        nonlocal drawn
        for _ in range(10_000):
            drawn += 1
            yield ("Phường 9 " * 5,)

    pieces = write_csv(COLUMNS[:1], rows())
    first = next(pieces)
    assert 0 < drawn < 5_000
    assert (first + b"".join(pieces)).count(b"\r\n") == 10_001


def test_a_row_of_another_length_is_a_defect_of_the_caller() -> None:
    with pytest.raises(ValueError, match="shorter"):
        csv_text([("x",)])


# XLSX


def test_cells_keep_their_kind() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([ROW]))).active
    cells = sheet[2]
    assert [cell.value for cell in cells] == [
        "Phường 9", 3, 7.5, dt.datetime.fromisoformat("2024-10-31"), dt.datetime.fromisoformat("2024-10-31T23:30"),
    ]  # fmt: skip
    assert [cell.number_format for cell in cells[1:]] == ["0", "0.00", "dd/mm/yyyy", "dd/mm/yyyy hh:mm"]
    assert [cell.data_type for cell in cells] == ["s", "n", "n", "d", "d"]
    assert (sheet.title, sheet.freeze_panes, sheet.auto_filter.ref) == ("Kết quả", "A2", "A1:E2")


def test_the_line_above_says_of_when_the_figures_are() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([ROW], as_of="Số liệu đến 31/10/2024, tự chấm"))).active
    assert sheet["A1"].value == "Số liệu đến 31/10/2024, tự chấm"
    assert (sheet["A2"].value, sheet["A3"].value) == ("Tên đơn vị", "Phường 9")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A3", "A2:E3")


@pytest.mark.parametrize("text", [*DANGEROUS, "{=1+1}", "http://example.com", "12", "internal:A1"])
def test_text_stays_text_in_a_workbook(text: str) -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([(text,)], COLUMNS[:1])))
    cell = book.active["A2"]
    assert cell.data_type in ("s", "inlineStr")
    assert cell.hyperlink is None
    assert cell.value == text.replace("\r", "\n")
    assert cell.quotePrefix == (text in DANGEROUS)


def test_a_text_longer_than_a_cell_is_cut_in_the_open() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([("x" * 40_000,)], COLUMNS[:1]))).active
    text = sheet["A2"].value
    assert (len(text), text[-1]) == (32_767, "…")


def test_what_no_file_can_hold_is_left_out() -> None:
    assert "AB" in csv_text([("A\x00\x0bB",)], COLUMNS[:1])
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_bytes([("A\x00\x0b\ud800B",)], COLUMNS[:1]))).active
    assert sheet["A2"].value == "AB"


@pytest.mark.parametrize("title", ["", "'", "a/b:c?[d]*\\", "x" * 50, "'" * 40, "History", "Kết quả\x00 2024"])
def test_any_title_makes_a_sheet(title: str) -> None:
    with write_xlsx(title, COLUMNS, []) as file:
        assert openpyxl.load_workbook(file).active.title == sheet_name(title)


# Round trips


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, decimals, st.dates(dt.date(1950, 1, 1), dt.date(2100, 1, 1))), min_size=1, max_size=5))
@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_an_export_comes_back_as_it_was(form: str, rows: list[tuple[str, Decimal, dt.date]]) -> None:
    columns = [
        Column("code", "Mã đơn vị"), Column("name", "Tên đơn vị"), Column("kind", "Loại đơn vị", Kind.DECIMAL, places=4),
        Column("valid_from", "Hiệu lực từ ngày", Kind.DATE), Column("parent_code", "Mã đơn vị cấp trên"),
    ]  # fmt: skip
    data = [("X01", text, number, day, "VL") for text, number, day in rows]
    content = csv_text(data, columns).encode() if form == "csv" else xlsx_bytes(data, columns)
    table = read_table(io.BytesIO(content), LAYOUTS["units"])
    faults = Faults()
    read = [RowCells(table, row, faults) for row in table.rows]
    assert [cells.text("name") for cells in read] == [clean(text) for text, _, _ in rows]
    assert [cells.decimal("kind", places=4) for cells in read] == [number for _, number, _ in rows]
    assert [cells.date("valid_from") for cells in read] == [day for _, _, day in rows]
    assert faults.total == 0


# Headers of a download


@given(st.text(max_size=60), st.text(max_size=60))
def test_names_of_downloads_are_safe_whatever_they_are_made_of(name: str, title: str) -> None:
    header = download_headers(name, title)["Content-Disposition"]
    assert set(header) <= set(string.ascii_letters + string.digits + string.punctuation + " ")
    parsed = Headers()
    parsed["Content-Disposition"] = header
    assert parsed.get_content_disposition() == "attachment"
    assert not set(parsed.get_filename() or "/") & set('/\\:"<>|?*\r\n')


def test_a_vietnamese_name_arrives_whole() -> None:
    headers = download_headers("ket-qua-2024", "Kết quả 2024", CSV_TYPE)
    plain, full = headers["Content-Disposition"].split("; ")[1:]
    assert plain == 'filename="ket-qua-2024.csv"'
    assert unquote(full.removeprefix("filename*=UTF-8''")) == "Kết quả 2024.csv"
    assert (headers["Content-Type"], headers["X-Content-Type-Options"]) == ("text/csv; charset=utf-8", "nosniff")
