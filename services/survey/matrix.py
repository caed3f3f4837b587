"""Survey values as a table of units and items: a row for each unit, a column for each item, rates in percent in the cells.

Each filled cell becomes a row of the long layout, with its own place for faults; an empty cell says nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from rules.message import M
from services.tabular import Fault, Faults, FileFault, Row, RowCells, Table
from services.tabular.layouts import Heading, Layout
from services.tabular.limits import MAX_ROWS_ABOVE_HEADER
from services.tabular.reading import is_workbook, rows_of
from services.tabular.sources import BROKEN, NumberedRow, check_characters, letters, open_book
from services.workbook.layout import Kind
from services.workbook.reading import marks_of

LAYOUT = Layout("survey_matrix", (Heading("unit_code", "Mã đơn vị"), Heading("unit_name", "Tên đơn vị", needed=False)))
_NO_ITEM = M("No survey item of this round has this code; correct the heading or delete the column")
_NO_UNIT = M("No unit of this round has this code; correct it or delete the row")
_DOUBLED = M("This column stands twice; delete one of them")
_WRONG_FILE = M(
    "The hidden sheet of this file names another kind of form or another round: download the table of this round"
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """A file of this layout: its heading row, the rows below."""

    header: NumberedRow
    rows: list[NumberedRow]


def find(content: bytes, codes: Collection[str], round_code: str) -> Matrix | None:
    """Return a file of this layout; None where it has another. Raises ``Unreadable`` and ``FileFault``."""
    if is_workbook(content):
        marks = marks_of(open_book(content))
        if marks is not None and (marks.kind, marks.subject) != (Kind.SURVEY, round_code):
            raise FileFault([Fault(None, None, _WRONG_FILE)])
    rows = [row for row in rows_of(content, LAYOUT) if row[1]]
    for place, (number, cells) in enumerate(rows):
        if number > MAX_ROWS_ABOVE_HEADER + 1:
            break
        keys = {LAYOUT.key(cell) for cell in cells}
        if "unit_code" in keys and any(_code(cell) in codes for cell in cells):
            return Matrix((number, cells), rows[place + 1 :])
    return None


def cells_of(
    matrix: Matrix, codes: Collection[str], units: Collection[str], round_code: str, faults: Faults
) -> Iterator[RowCells]:
    """Give each filled cell as a row of the long layout; headings and units that are unknown become faults."""
    header = matrix.header[1]
    items = dict(_items(matrix.header, codes, faults))
    unit_at = next(at for at, cell in enumerate(header) if LAYOUT.key(cell) == "unit_code")

    def heading(at: int) -> str:
        return f"{letters(at + 1)} – {header[at]}" if at < len(header) and header[at] else letters(at + 1)

    for number, cells in matrix.rows:
        check_characters(number, cells, heading, faults)
        unit = cells[unit_at] if unit_at < len(cells) else ""
        if unit not in units:
            faults.add(number, heading(unit_at), _NO_UNIT)
            continue
        for at, code in items.items():
            if at < len(cells) and cells[at] and cells[at] not in BROKEN:
                spelled = dict.fromkeys(("rate", "criterion_code"), heading(at)) | {"unit_code": heading(unit_at)}
                row = {
                    "round_code": round_code,
                    "unit_code": unit,
                    "criterion_code": code,
                    "layer": "survey",
                    "rate": cells[at],
                }
                yield RowCells(Table((), spelled, []), Row(number, row), faults)


def _items(header: NumberedRow, codes: Collection[str], faults: Faults) -> Iterator[tuple[int, str]]:
    """Give position and code of each item's column."""
    number, cells = header
    seen: set[str] = set()
    for at, cell in enumerate(cells):
        code = _code(cell)
        if not cell or LAYOUT.key(cell) is not None:
            continue
        if code not in codes:
            faults.add(number, f"{letters(at + 1)} – {cell}", _NO_ITEM)
        elif code in seen:
            faults.add(number, f"{letters(at + 1)} – {cell}", _DOUBLED)
        else:
            seen.add(code)
            yield at, code


def _code(heading: str) -> str:
    """Return the code at the start of a heading: "8.1 Mức độ hài lòng" is 8.1."""
    words = heading.split(maxsplit=1)
    return words[0].rstrip(".:") if words else ""


def headings(items: Sequence[tuple[str, str]]) -> list[str]:
    """Return the headings of items by code and name."""
    return [f"{code} {name}" for code, name in items]
