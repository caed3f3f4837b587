"""Checks a workbook before its reader sees it, and hands on only the parts that were checked.

The reader (calamine) holds a sheet as one block from the first to the last filled cell: two cells in far corners ask
for 512 GiB and end the whole process. A shared string of a megabyte shown by every cell does the same. So sizes come
from the zip directory first, then every part is parsed once as a stream that stops at the first thing out of bounds,
and what was parsed is packed anew: the reader cannot see another file than the guard did.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from rules.message import M, Message
from services.archive import Flaw, Limits, UnsafeArchive, directory
from services.tabular import limits

_BROKEN = M("The file is damaged or is not an Excel workbook; open it in Excel, save it as .xlsx and send that file")
_TOO_BIG_INSIDE = M("The workbook holds too much data; leave only the sheet to be imported and save it anew")
_PROTECTED = M("The workbook is protected by a password; remove the password, save it and send that file")
_TOO_WIDE = M(
    "The sheet goes beyond {rows} rows or {columns} columns; delete what stands outside the table, or split the file",
    rows=limits.MAX_ROWS,
    columns=limits.MAX_COLUMNS,
)
_FLAWS = {Flaw.BROKEN: _BROKEN, Flaw.PROTECTED: _PROTECTED, Flaw.TOO_BIG: _TOO_BIG_INSIDE}
_LIMITS = Limits(limits.MAX_ENTRIES, limits.MAX_UNPACKED_BYTES, limits.MAX_RATIO, limits.RATIO_FREE_BYTES)
_REFERENCE = re.compile(r"\$?([A-Za-z]{1,4})\$?([0-9]{1,8})")
#: What a damaged archive or part raises: directory, packed data, text, numbers of rows and strings.
_BREAKAGES = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError, expat.ExpatError,
)  # fmt: skip
_WORKBOOK = "xl/workbook.xml"
_WORKBOOK_LINKS = "xl/_rels/workbook.xml.rels"


class UnsafeWorkbook(Exception):
    """The workbook is not read; ``message`` says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass
class SafeWorkbook:
    """A checked workbook: its bytes, and per sheet name the cells (row, column; from 1) with an Excel error or a formula.

    Of the formulas those in ``spelled`` have a saved text, which may be empty.
    """

    file: io.BytesIO
    errors: dict[str, list[tuple[int, int]]]
    formulas: dict[str, list[tuple[int, int]]]
    spelled: dict[str, list[tuple[int, int]]]


def check_workbook(content: bytes) -> SafeWorkbook:
    """Return the workbook made safe to read, or raise UnsafeWorkbook."""
    scan = _Scan()
    safe = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(safe, "w") as checked:
            for entry in _parts(archive):
                part = archive.read(entry)
                scan.part(entry.filename, part)
                checked.writestr(entry.filename, part)
    except _BREAKAGES as error:
        raise UnsafeWorkbook(_BROKEN) from error
    scan.check_text()
    safe.seek(0)
    return SafeWorkbook(safe, *map(scan.by_sheet, (scan.errors, scan.formulas, scan.spelled)))


def _parts(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """Return the XML parts of the workbook, after a look at the zip directory alone."""
    try:
        entries = directory(archive, _LIMITS)
    except UnsafeArchive as unsafe:
        raise UnsafeWorkbook(_FLAWS[unsafe.flaw]) from unsafe
    if all(entry.filename != _WORKBOOK for entry in entries):
        raise UnsafeWorkbook(_BROKEN)
    # Everything else (pictures, macros, what makes the file look like another format) is left behind.
    return [
        entry
        for entry in entries
        if entry.filename.startswith(("xl/", "_rels/", "[Content_Types].xml"))
        and entry.filename.endswith((".xml", ".rels"))
    ]


@dataclass
class _Scan:
    """Walks through the parts of one workbook; each is parsed with no document type, hence without entities."""

    text_lengths: list[int] = field(default_factory=list)
    text_uses: Counter[int] = field(default_factory=Counter)
    sheets: dict[str, str] = field(default_factory=dict)
    targets: dict[str, str] = field(default_factory=dict)
    errors: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    formulas: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    spelled: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def part(self, name: str, content: bytes) -> None:
        """Parse one part and keep what the checks need."""
        # The reader takes every part for UTF-8, so the guard does, whatever the part declares.
        parser = expat.ParserCreate(encoding="UTF-8")
        parser.buffer_text = True
        walk = _Walk(self, name, parser)
        parser.StartDoctypeDeclHandler = walk.doctype
        parser.StartElementHandler = walk.start
        parser.Parse(content, True)

    def check_text(self) -> None:
        """Refuse shared strings that the cells would multiply beyond the limit."""
        if any(length > limits.MAX_CELL_TEXT for length in self.text_lengths):
            raise UnsafeWorkbook(_TOO_BIG_INSIDE)
        shown = sum(
            uses * self.text_lengths[index] for index, uses in self.text_uses.items() if index < len(self.text_lengths)
        )
        if shown > limits.MAX_TEXT:
            raise UnsafeWorkbook(_TOO_BIG_INSIDE)

    def by_sheet(self, cells: dict[str, list[tuple[int, int]]]) -> dict[str, list[tuple[int, int]]]:
        """Give cells noted by part under the names that people see on the tabs."""
        return {name: cells.get(self.targets.get(link, ""), []) for name, link in self.sheets.items()}


class _Walk:
    """One pass through one part, in the order of the file."""

    def __init__(self, scan: _Scan, name: str, parser: expat.XMLParserType) -> None:
        self.scan = scan
        self.name = name
        self.parser = parser
        self.row = 0
        self.column = 0
        self.rows_seen = 0
        self.cells_seen = 0
        self.row_is_named = False
        self.kind = ""
        self.index = ""

    def doctype(self, *_declaration: object) -> None:
        """Refuse a document type: no workbook has one, and entities live there."""
        raise UnsafeWorkbook(_BROKEN)

    def start(self, qualified: str, attributes: dict[str, str]) -> None:
        """Follow rows and cells, and stop at a filled cell outside the limits."""
        element = qualified.rpartition(":")[2]
        if element == "c":
            self._enter_cell(attributes)
        elif element in ("v", "is", "f"):
            self._fill_cell()
            if element == "f":
                self.scan.formulas.setdefault(self.name, []).append((self.row, self.column))
                if self.kind == "str":  # its saved value is a text, which may be empty
                    self.scan.spelled.setdefault(self.name, []).append((self.row, self.column))
            if element == "v" and self.kind == "s":
                self.index = ""
                self._listen(self.index_text, self.index_end)
        elif element == "row":
            self._enter_row(attributes)
        elif element == "si":
            self.scan.text_lengths.append(0)
            self._listen(self.shared_text, self.shared_end)
        elif element == "sheet" and self.name == _WORKBOOK:
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            self.scan.sheets[attributes.get("name", "")] = link
        elif element == "Relationship" and self.name == _WORKBOOK_LINKS:
            target = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
            self.scan.targets[attributes.get("Id", "")] = target

    def index_text(self, characters: str) -> None:
        self.index += characters

    def index_end(self, qualified: str) -> None:
        """Note which shared string the cell shows."""
        if qualified.rpartition(":")[2] == "v":
            self.scan.text_uses[int(self.index)] += 1
            self._listen(None, None)

    def shared_text(self, characters: str) -> None:
        self.scan.text_lengths[-1] += len(characters)

    def shared_end(self, qualified: str) -> None:
        if qualified.rpartition(":")[2] == "si":
            self._listen(None, None)

    def _listen(self, text: Callable[[str], None] | None, end: Callable[[str], None] | None) -> None:
        """Hear text only where it counts: most of a sheet is text that does not."""
        self.parser.CharacterDataHandler = text
        self.parser.EndElementHandler = end

    def _enter_row(self, attributes: dict[str, str]) -> None:
        self.rows_seen += 1
        self.row_is_named = "r" in attributes
        self.row = int(attributes["r"]) if self.row_is_named else self.row + 1
        self.column = self.cells_seen = 0

    def _enter_cell(self, attributes: dict[str, str]) -> None:
        self.cells_seen += 1
        self.column += 1
        self.kind = attributes.get("t", "")
        if "r" in attributes:
            place = _REFERENCE.fullmatch(attributes["r"])
            if place is None or (self.row_is_named and int(place[2]) != self.row):
                raise UnsafeWorkbook(_BROKEN)
            self.row, self.column = int(place[2]), _column_number(place[1])
        if self.kind == "e":
            self.scan.errors.setdefault(self.name, []).append((self.row, self.column))

    def _fill_cell(self) -> None:
        """Judge by place and by count alike: a reader may go by either where a cell does not say its place."""
        row, column = max(self.row, self.rows_seen), max(self.column, self.cells_seen)
        if row > limits.MAX_ROWS + limits.MAX_ROWS_ABOVE_HEADER or column > limits.MAX_COLUMNS:
            raise UnsafeWorkbook(_TOO_WIDE)


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
