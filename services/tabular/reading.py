"""Reading a table from CSV or XLSX by a layout; every fault of the headings is named at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO

from rules.message import M
from services.tabular import limits, sources
from services.tabular.faults import Fault, Faults, FileFault
from services.tabular.layouts import Layout
from services.tabular.sources import NumberedRow, Unreadable

_EMPTY_FILE = M("The file is empty")
_TOO_BIG = M("The file is larger than {size} MB; split it", size=limits.MAX_FILE_BYTES // (1024 * 1024))
_OLD_EXCEL = M("This is an old Excel file (.xls) or one protected by a password; save it as .xlsx without a password")
_DOUBLED = M("This column stands twice; delete one of them")
_NO_HEADING = M("This cell stands below no heading; delete it or give its column a heading")

_ZIP = b"PK\x03\x04"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data: its number in the spreadsheet (header = 1) and its cells by column, empty ones as ""."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read: its columns in the order of the file, how the file spells them, its rows without empty ones."""

    columns: tuple[str, ...]
    spelled: Mapping[str, str]
    rows: list[Row]


def read_table(file: BinaryIO, layout: Layout) -> Table:
    """Read a CSV or XLSX file (told by its content, never by its name), or raise FileFault with every fault found.

    The cells are text, clean and in NFC; services.tabular.cells turns them into values.
    """
    faults = Faults()
    try:
        content = contents(file)
        rows = list(rows_of(content, layout))
        header, data = _split(rows, layout)
    except Unreadable as error:
        raise FileFault([Fault(error.row, None, error.message)]) from error
    columns = _columns(header, layout, faults)
    if not data:
        faults.add(None, None, sources.NO_ROWS)
    faults.raise_if_any()
    table = Table(
        tuple(key for key in columns if key),
        {key: cell for key, cell in zip(columns, header[1], strict=True) if key},
        list(_data(data, columns, header[1], faults)),
    )
    faults.raise_if_any()
    return table


def contents(file: BinaryIO) -> bytes:
    """Return the bytes of a file that is neither empty, too big nor an old Excel file, or raise Unreadable."""
    content = file.read(limits.MAX_FILE_BYTES + 1)
    if not content:
        raise Unreadable(_EMPTY_FILE)
    if len(content) > limits.MAX_FILE_BYTES:
        raise Unreadable(_TOO_BIG)
    if content.startswith(_OLD_OFFICE):
        raise Unreadable(_OLD_EXCEL)
    return content


def is_workbook(content: bytes) -> bool:
    """Tell by its first bytes whether a file is a workbook (XLSX) rather than text."""
    return content.startswith(_ZIP)


def rows_of(content: bytes, layout: Layout) -> Iterator[NumberedRow]:
    """Give the rows of a file's table as text, or raise Unreadable; the layout only tells the delimiter of a CSV file."""
    if is_workbook(content):
        return sources.xlsx_rows(content)
    text = sources.decode_csv(content)
    return sources.csv_rows(text, _delimiter(text, layout))


def _delimiter(text: str, layout: Layout) -> str:
    """Choose the delimiter under which the top of the file shows more of the columns; a comma when in doubt."""
    return max(",;", key=lambda delimiter: _known_at_the_top(text, delimiter, layout))


def _known_at_the_top(text: str, delimiter: str, layout: Layout) -> int:
    best = 0
    try:
        for number, cells in sources.csv_rows(text, delimiter):
            if number > limits.MAX_ROWS_ABOVE_HEADER + 1:
                break
            best = max(best, _known(cells, layout))
    except Unreadable:
        pass
    return best


def _known(cells: list[str], layout: Layout) -> int:
    return len({layout.key(cell) for cell in cells} - {None})


def _split(rows: list[NumberedRow], layout: Layout) -> tuple[NumberedRow, list[NumberedRow]]:
    """Find the headings: among the first rows the one with most known columns, since a title may stand above."""
    filled = [row for row in rows if row[1]]
    top = [row for row in filled if row[0] <= limits.MAX_ROWS_ABOVE_HEADER + 1]
    if not top:
        raise Unreadable(sources.NO_ROWS)
    header = max(top, key=lambda row: _known(row[1], layout))
    data = [row for row in filled if row[0] > header[0]]
    if len(data) > limits.MAX_ROWS:
        raise Unreadable(sources.TOO_MANY_ROWS)
    return header, data


def _columns(header: NumberedRow, layout: Layout, faults: Faults) -> list[str | None]:
    """Translate the headings into columns; None stands for an empty heading."""
    number, cells = header
    columns: list[str | None] = []
    for cell in cells:
        key = layout.key(cell) if cell else None
        if cell and key is None:
            known = ", ".join(heading.key for heading in layout.headings)
            faults.add(number, cell, M("Unknown column; delete it or correct its heading. Known: {known}", known=known))
        elif key in columns and key is not None:
            faults.add(number, cell, _DOUBLED)
        columns.append(key)
    for heading in layout.headings:
        if heading.needed and heading.key not in columns:
            missing = M("This column is missing; add it, its heading may also read “{title}”", title=heading.title)
            faults.add(number, heading.key, missing)
    return columns


def _data(rows: list[NumberedRow], columns: list[str | None], spelled: list[str], faults: Faults) -> Iterator[Row]:
    def heading(position: int) -> str:
        return spelled[position] if position < len(spelled) and spelled[position] else sources.letters(position + 1)

    for number, cells in rows:
        sources.check_characters(number, cells, heading, faults)
        for position, cell in enumerate(cells):
            if cell and (position >= len(columns) or columns[position] is None):
                faults.add(number, heading(position), _NO_HEADING)
        padded = cells + [""] * (len(columns) - len(cells))
        yield Row(number, {key: cell for key, cell in zip(columns, padded, strict=False) if key})
