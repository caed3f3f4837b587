"""The two kinds of file, CSV and XLSX, brought to one form: numbered rows of clean text."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal

import python_calamine

from rules.message import M, Message
from rules.text import CONTROLS, TURNING, WIDTHLESS, nfc
from services.tabular import limits
from services.tabular.faults import Faults
from services.tabular.writing import NEUTRALISED
from services.tabular.xlsx_guard import UnsafeWorkbook, check_workbook

CellValue = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta
NumberedRow = tuple[int, list[str]]

NO_ROWS = M("The file holds no data; fill in at least one row below the headings")
TOO_MANY_ROWS = M("The file holds more than {rows} rows; split it", rows=limits.MAX_ROWS)
_TOO_MANY_COLUMNS = M("The file holds more than {columns} columns; delete the surplus ones", columns=limits.MAX_COLUMNS)
_NOT_UTF8 = M("The text is not in UTF-8; in Excel choose “Save as”, type “CSV UTF-8”, or send the .xlsx file")
_BAD_QUOTES = M("The quotation marks do not match from this row on; close every opened one, or send the .xlsx file")
_NO_SHEET = M("The workbook has no visible sheet; put the table on the first sheet")
_UNREADABLE = M("The workbook cannot be read; open it in Excel, save it as .xlsx and send that file")
_BAD_CHARACTER = M("Holds an invisible character that is not allowed; type the content anew")

_FAILING, _UNSAVED = "\x00failing", "\x00unsaved"
#: What stands for a cell that the reader shows as empty and that is not, with what is wrong there.
BROKEN = {
    _FAILING: M("The formula of this cell fails; correct it or type the value"),
    _UNSAVED: M("This formula has no saved value: type the value itself."),
}
_EDGES = " \t\r\n\u00a0"


class NumberCell(str):
    """The text of a workbook cell that was a number: its point is the decimal point, whatever was typed."""

    __slots__ = ()


def clean(text: str) -> str:
    """Return text in NFC, with plain line ends, without marks of no width, and nothing blank at its edges."""
    return nfc(WIDTHLESS.sub("", text)).replace("\r\n", "\n").replace("\r", "\n").strip(_EDGES)


def check_characters(number: int, cells: list[str], heading: Callable[[int], str], faults: Faults) -> None:
    """Note every cell of a row that holds a formula without a value or an unwanted character."""
    for position, cell in enumerate(cells):
        if cell in BROKEN:
            faults.add(number, heading(position), BROKEN[cell])
        elif CONTROLS.search(cell) or TURNING.search(cell):
            faults.add(number, heading(position), _BAD_CHARACTER)


class Unreadable(Exception):
    """The file as a whole cannot be read; ``row`` where that is known."""

    def __init__(self, message: Message, row: int | None = None) -> None:
        self.message = message
        self.row = row
        super().__init__(str(message))


def decode_csv(content: bytes) -> str:
    """Return the text of a CSV file, or raise Unreadable."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(_NOT_UTF8) from error


def csv_rows(text: str, delimiter: str) -> Iterator[NumberedRow]:
    """Give the rows of a CSV text with their numbers; empty rows count and are given as they are."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Unreadable(_BAD_QUOTES, number) from error
        yield number, [_plain(clean(cell)) for cell in _bounded(number, cells)]


def _plain(cell: str) -> str:
    """Take away the apostrophe that our own exports put before what a spreadsheet could run."""
    return clean(cell[1:]) if NEUTRALISED.match(cell) else cell


@dataclass(frozen=True, slots=True)
class Book:
    """A workbook that passed the guard: its sheets by name, the cells (row, column; from 1) with errors and formulas.

    Of the formulas those in ``spelled`` have a saved text, which may be empty.
    """

    reader: python_calamine.CalamineWorkbook
    #: The first sheet that a person sees.
    first: str | None
    errors: dict[str, list[tuple[int, int]]]
    formulas: dict[str, list[tuple[int, int]]]
    spelled: dict[str, list[tuple[int, int]]]

    @property
    def names(self) -> list[str]:
        return [sheet.name for sheet in self.reader.sheets_metadata if sheet.typ == _SHEET]

    def rows(self, name: str) -> list[list[CellValue]]:
        """Return the cells of a sheet from A1 on, or raise Unreadable."""
        with _one_sentence():
            rows: list[list[CellValue]] = self.reader.get_sheet_by_name(name).to_python(skip_empty_area=False)
        return rows

    def broken(self, name: str, rows: Sequence[Sequence[CellValue]]) -> dict[tuple[int, int], str]:
        """Return the cells of a sheet that the reader shows as empty and that are not, each with its mark (``BROKEN``)."""
        spelled = set(self.spelled.get(name, []))
        lost = (
            (row, column)
            for row, column in self.formulas.get(name, [])
            if (row, column) not in spelled
            and (row > len(rows) or column > len(rows[row - 1]) or rows[row - 1][column - 1] == "")
        )
        return dict.fromkeys(lost, _UNSAVED) | dict.fromkeys(self.errors.get(name, []), _FAILING)


_SHEET = python_calamine.SheetTypeEnum.WorkSheet
#: A number formatted as a span of time that is longer than any is an overflow.
_UNREADABLES = (python_calamine.CalamineError, ValueError, OSError, OverflowError)


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn what the reader raises into Unreadable; at a date before all time it panics, which no Exception is."""
    try:
        yield
    except _UNREADABLES as error:
        raise Unreadable(_UNREADABLE) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # pyo3 gives it no name that could be imported
            raise
        raise Unreadable(_UNREADABLE) from error


def open_book(content: bytes) -> Book:
    """Open a workbook behind the guard, or raise Unreadable."""
    try:
        safe = check_workbook(content)
    except UnsafeWorkbook as error:
        raise Unreadable(error.message) from error
    with _one_sentence():
        reader = python_calamine.load_workbook(safe.file)
    visible = python_calamine.SheetVisibleEnum.Visible
    seen = (sheet.name for sheet in reader.sheets_metadata if sheet.typ == _SHEET and sheet.visible == visible)
    return Book(reader, next(seen, None), safe.errors, safe.formulas, safe.spelled)


def xlsx_rows(content: bytes) -> Iterator[NumberedRow]:
    """Give the rows of the first visible sheet, or raise Unreadable.

    The reader shows a formula without a value as an empty cell; it is marked here, so that check_characters names it.
    """
    book = open_book(content)
    if book.first is None:
        raise Unreadable(_NO_SHEET)
    name = book.first
    rows = book.rows(name)
    broken: dict[int, dict[int, str]] = {}
    for (row, column), mark in book.broken(name, rows).items():
        broken.setdefault(row, {})[column] = mark
    for number in range(1, max(len(rows), *broken, 0) + 1):
        texts = [cell_text(cell) for cell in rows[number - 1]] if number <= len(rows) else []
        for column, mark in broken.get(number, {}).items():
            texts += [""] * (column - len(texts))
            texts[column - 1] = mark
        yield number, _bounded(number, texts)


def cell_text(value: CellValue) -> str:
    """Write a cell of a workbook as text.

    Numbers carry 15 digits, which is what Excel keeps and shows: 0.1 + 0.2 reads "0.3", and 12.0 reads "12".
    Dates read YYYY-MM-DD.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        number = Decimal(f"{value:.15g}")
        return NumberCell("0" if number == 0 else f"{number:f}")
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value)


def _bounded(number: int, cells: list[str]) -> list[str]:
    """Return the cells of a row without its empty tail, or raise Unreadable beyond the limits."""
    while cells and not cells[-1]:
        cells.pop()
    if len(cells) > limits.MAX_COLUMNS:
        raise Unreadable(_TOO_MANY_COLUMNS, number)
    if cells and number > limits.MAX_ROWS + limits.MAX_ROWS_ABOVE_HEADER:
        raise Unreadable(TOO_MANY_ROWS)
    return cells


def letters(column: int) -> str:
    """Name a column (from 1) as the spreadsheet does: A … Z, AA …."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name
