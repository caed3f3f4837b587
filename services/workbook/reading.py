"""Reading a filled workbook: whose it is, and for each row the content of its cells, every fault with its cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import BinaryIO

from rules.message import M, Message
from rules.points import InputKind, Rule
from rules.rounding import plain
from rules.text import nfc
from services.tabular import limits, sources
from services.tabular.cells import NO, YES
from services.tabular.reading import contents, is_workbook
from services.tabular.sources import Book, CellValue, Unreadable, letters
from services.workbook.layout import COLUMNS_MARK, LAYOUT, LISTS_SHEET, MARKS_SHEET, Filled, Kind, Marks, Slot, Value

#: The hidden names of the columns stand within these rows; a person may have put lines above.
_TOP = 20
_NUMBER = re.compile(r"[0-9]{1,20}(?:[.,][0-9]{1,20})?")
_UNCLEAR = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_KEY = re.compile(r"(?:s[0-9]{1,18})?i[0-9]{1,18}")
#: Hidden names of what a person enters besides the inputs of the rule.
_ENTERED = ("na", "stated", "reason", "note")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")

_NO_FORM = M(
    "This is not a form downloaded here: download the form, fill in that file and upload it. The hidden sheet must stay in it."
)
_NO_WORKBOOK = M("This is not an Excel workbook (.xlsx): upload the file that was downloaded here, saved as .xlsx.")
_OLD_LAYOUT = M(
    "This file was downloaded from another version of the system: download the form anew and fill in that one."
)
_DATE = M("This cell holds a date: set its format to a number and type the number again.")
_NOT_A_NUMBER = M("Enter a number.")
_YES_OR_NO = M("Choose Yes or No.")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What is wrong and where: the cell as the spreadsheet names it (B12), the item, the remedy."""

    cell: str
    code: str
    message: Message

    @property
    def sentence(self) -> Message:
        if self.cell and self.code:
            return M("Cell {cell} (item {code}): {fault}", cell=self.cell, code=self.code, fault=self.message)
        if self.cell or self.code:
            return M("Cell {cell}: {fault}", cell=self.cell or self.code, fault=self.message)
        return self.message


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of a file: its hidden numbers and its cells by the hidden names of the columns."""

    number: int
    key: str
    version: int
    was: str
    code: str
    unit: str
    claim: str
    cells: Mapping[str, CellValue]
    places: Mapping[str, str]

    def place(self, name: str) -> str:
        """Name the cell of a column, or the row's first."""
        return self.places.get(name) or self.places.get("code") or f"A{self.number}"


@dataclass(frozen=True, slots=True)
class FileContent:
    """A file as read: its marks, its rows, the cells with formulas, and what was passed over."""

    marks: Marks
    rows: list[FileRow]
    formulas: frozenset[str] = frozenset()
    broken: Mapping[str, Message] = field(default_factory=dict)
    ignored: list[Message] = field(default_factory=list)


def read(file: BinaryIO, kind: Kind) -> FileContent:
    """Read a workbook of one kind, or raise Unreadable with one sentence that says why not."""
    content = contents(file)
    if not is_workbook(content):
        raise Unreadable(_NO_WORKBOOK)
    book = sources.open_book(content)
    marks = marks_of(book)
    if marks is None:
        raise Unreadable(_NO_FORM)
    if marks.layout != LAYOUT:
        raise Unreadable(_OLD_LAYOUT)
    if marks.kind != kind:
        known = Kind(marks.kind).words if marks.kind in set(Kind) else M("something else")
        raise Unreadable(M("This file is for {what}, here belongs {wanted}.", what=known, wanted=kind.words))
    found = None
    for name in book.names:
        if name in (MARKS_SHEET, LISTS_SHEET):
            continue
        rows = book.rows(name)
        if found is None and (head := _head(rows)) is not None:
            found = name, rows, head
    if found is None:
        raise Unreadable(_NO_FORM)
    name, rows, head = found
    formulas = frozenset(_named(*cell) for cell in book.formulas.get(name, []))
    broken = {_named(*cell): sources.BROKEN[mark] for cell, mark in book.broken(name, rows).items()}
    return FileContent(marks, _rows(rows, head), formulas, broken, _passed_over(rows, head))


def marks_of(book: Book) -> Marks | None:
    """Return the hidden marks of a workbook; None where it has none."""
    if MARKS_SHEET not in book.names:
        return None
    found = {sources.cell_text(row[0]): sources.cell_text(row[1]) for row in book.rows(MARKS_SHEET) if len(row) > 1}
    fields = {name: found.get(name, "")[:500] for name in ("kind", "subject", "set_id", "unit", "round", "layout")}
    return Marks(**fields)


@dataclass(frozen=True, slots=True)
class _Head:
    """Where the columns stand: row (from 0) of their hidden names, position by name."""

    row: int
    columns: Mapping[str, int]


def _head(rows: Sequence[Sequence[CellValue]]) -> _Head | None:
    for number, cells in enumerate(rows[:_TOP]):
        names = [cell if isinstance(cell, str) else "" for cell in cells]
        if COLUMNS_MARK in names:
            columns = {name: at for at, name in enumerate(names) if name}
            columns["key"] = names.index(COLUMNS_MARK)
            return _Head(number, columns)
    return None


def _rows(rows: Sequence[Sequence[CellValue]], head: _Head) -> list[FileRow]:
    if len(rows) > limits.MAX_ROWS:
        raise Unreadable(sources.TOO_MANY_ROWS)
    found: list[FileRow] = []
    for number, cells in enumerate(rows[head.row + 1 :], start=head.row + 2):
        named = {name: cells[at] for name, at in head.columns.items() if at < len(cells)}
        key = sources.cell_text(named.get("key", ""))
        if not _KEY.fullmatch(key):
            continue
        version = sources.cell_text(named.get("version", ""))
        places = {name: f"{letters(at + 1)}{number}" for name, at in head.columns.items()}
        found.append(
            FileRow(
                number,
                key,
                int(version) if version.isascii() and version.isdigit() and len(version) <= 18 else -1,
                sources.cell_text(named.get("was", "")),
                sources.cell_text(named.get("code", "")),
                sources.cell_text(named.get("unit", "")),
                sources.cell_text(named.get("claim", "")),
                named,
                places,
            )
        )
    return found


def _passed_over(rows: Sequence[Sequence[CellValue]], head: _Head) -> list[Message]:
    """Say what of a file is not read, though somebody typed it."""
    found = []
    if extra := _extra(rows, head):
        found.append(M("These columns were passed over: {columns}.", columns=", ".join(extra)))
    if lost := _lost(rows, head):
        numbers = ", ".join(map(str, lost[:20]))
        found.append(M("These rows lost their hidden number and were passed over: {rows}.", rows=numbers))
    return found


def _lost(rows: Sequence[Sequence[CellValue]], head: _Head) -> list[int]:
    """Name the rows in whose input cells something stands, though nothing says which item they are about."""
    inputs = [at for name, at in head.columns.items() if name.startswith("in:") or name in _ENTERED]
    key = head.columns["key"]
    return [
        number
        for number, cells in enumerate(rows[head.row + 1 :], start=head.row + 2)
        if not (key < len(cells) and _KEY.fullmatch(sources.cell_text(cells[key])))
        and number > head.row + 2  # the headings
        and any(at < len(cells) and cells[at] != "" for at in inputs)
    ]


def _extra(rows: Sequence[Sequence[CellValue]], head: _Head) -> list[str]:
    """Name the columns without a hidden name beyond the last known one that hold something: somebody's own notes."""
    last = max(head.columns.values())
    labels = rows[head.row + 1] if head.row + 1 < len(rows) else []
    found = []
    for at in range(last + 1, max((len(cells) for cells in rows), default=0)):
        ours = at < len(labels) and labels[at] != "" and at == last + 1
        if not ours and any(at < len(cells) and cells[at] != "" for cells in rows[head.row + 1 :]):
            found.append(letters(at + 1))
    return found


def _named(row: int, column: int) -> str:
    return f"{letters(column)}{row}"


class CellReader:
    """Turns the cells of one row into the content of its leaf; collects faults, notes formulas that are taken by value."""

    def __init__(self, content: FileContent, row: FileRow, slots: Sequence[Slot]) -> None:
        self.content = content
        self.row = row
        self.slots = slots
        self.faults: list[CellFault] = []
        self.formulas: list[str] = []

    def filled(self) -> Filled:
        """Read every input cell of the row."""
        inputs: dict[str, Value] = {}
        for number, slot in enumerate(self.slots, start=1):
            self._slot(f"in:{number}", slot, inputs)
        for name, cell in self.row.cells.items():
            if name.startswith("in:") and name[3:].isdigit() and int(name[3:]) > len(self.slots) and cell != "":
                self._fault(name, M("This item has no such input: empty this cell."))
        return Filled(
            inputs,
            self._number("stated"),
            self._yes("na") or False,
            self._text("reason"),
            self._text("note"),
        )

    def _slot(self, name: str, slot: Slot, inputs: dict[str, Value]) -> None:
        if slot.kind is InputKind.PARTS:
            met = self._yes(name)
            if met is not None:
                known = inputs.setdefault(slot.name, [""])
                if met and isinstance(known, list):
                    inputs[slot.name] = sorted({slot.part, *known} - {""})
        elif slot.kind is InputKind.FLAG:
            met = self._yes(name)
            if met is not None:
                inputs[slot.name] = "1" if met else "0"
        elif slot.kind is InputKind.OPTION:
            if value := self._option(name, slot):
                inputs[slot.name] = value
        elif number := self._number(name):
            inputs[slot.name] = number

    def _cell(self, name: str) -> CellValue:
        place = self.row.places.get(name, "")
        value = self.row.cells.get(name, "")
        if place in self.content.broken:
            self._fault(name, self.content.broken[place])
            return ""
        if place in self.content.formulas and value != "":
            self.formulas.append(place)
        return value

    def _text(self, name: str) -> str:
        value = self._cell(name)
        if isinstance(value, dt.datetime | dt.date):
            # What was typed as 31/12/2024 and became a date reads as it was shown.
            whole = isinstance(value, dt.datetime) and (value.hour or value.minute or value.second)
            return value.strftime("%d/%m/%Y %H:%M" if whole else "%d/%m/%Y")
        if isinstance(value, float):
            return sources.cell_text(value).replace(".", ",")
        return sources.cell_text(value)

    def _number(self, name: str) -> str:
        value = self._cell(name)
        if isinstance(value, dt.datetime | dt.date | dt.time | dt.timedelta):
            self._fault(name, _DATE)
            return ""
        if isinstance(value, bool):
            self._fault(name, _NOT_A_NUMBER)
            return ""
        text = sources.cell_text(value)
        typed = isinstance(value, str)
        # In a cell that holds text nobody can tell whether 1.234 means one thousand: the rule refuses it as it stands.
        if not _NUMBER.fullmatch(text) or (typed and _UNCLEAR.fullmatch(text)):
            return text
        return plain(Decimal(text.replace(",", "."))).replace(".", ",")

    def _yes(self, name: str) -> bool | None:
        text = sources.cell_text(self._cell(name)).casefold()
        if text in YES or text in NO:
            return text in YES
        if text:
            self._fault(name, _YES_OR_NO)
        return None

    def _option(self, name: str, slot: Slot) -> str:
        text = sources.cell_text(self._cell(name))
        if not text:
            return ""
        wanted = _folded(text)
        for choice in slot.choices:
            if _folded(choice.label) == wanted:
                return choice.value
        shown = _CONTROLS.sub("", text)[:80]
        self._fault(
            name, M("“{value}” is not among the options of this item: choose from the list of the cell.", value=shown)
        )
        return ""

    def _fault(self, name: str, message: Message) -> None:
        self.faults.append(CellFault(self.row.place(name), self.row.code[:40], message))


def _folded(text: str) -> str:
    return " ".join(nfc(text).casefold().split())


def place_of(row: FileRow, rule: Rule, slots: Sequence[Slot], name: str) -> str:
    """Name the cell that a fault of a leaf's field means: an input of its rule, or one of our own."""
    for number, slot in enumerate(slots, start=1):
        if slot.name == name:
            return row.place(f"in:{number}")
    return row.place({"not_applicable": "na"}.get(name, name))
