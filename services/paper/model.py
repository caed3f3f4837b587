"""A paper as plain data: head, titles, blocks, signatures. Every text stands here as it is printed, numbers included."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, is_dataclass, replace
from enum import StrEnum
from typing import Any, TypeVar

#: Fixed by Nghị định 30/2020, annex I; a paper is written in Vietnamese whatever language its reader's screens speak.
STATE_NAME = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
MOTTO = "Độc lập - Tự do - Hạnh phúc"
#: A gap to be filled by hand.
GAP = "……"
#: Rows with fewer characters in each cell stay on one page.
WHOLE_ROW = 500
#: Tables with more columns are set in smaller letters.
WIDE = 12
#: What no XML file may hold, and the byte order mark, which no archive takes; they have no shape on paper either.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufeff\ufffe\uffff]")
_T = TypeVar("_T")


class Align(StrEnum):
    """Where the texts of a column stand."""

    LEFT = "left"
    CENTRE = "center"
    RIGHT = "right"


class Look(StrEnum):
    """What a row of a table is: a leaf of it, or a heading that never stands last on a page."""

    PLAIN = "plain"
    FIELD = "field"
    GROUP = "group"
    TOTAL = "total"


class Kind(StrEnum):
    """How a text stands on the page."""

    BODY = "body"
    HEADING = "heading"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; line ends in it are kept."""

    text: str
    kind: Kind = Kind.BODY


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; ``share`` is its part of the width."""

    title: str
    share: int
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Row:
    """A row; its first cell spans ``span`` columns, so it has that many cells fewer, less one."""

    cells: tuple[str, ...]
    look: Look = Look.PLAIN
    span: int = 1

    @property
    def whole(self) -> bool:
        """Short enough never to be cut by the end of a page."""
        return all(len(cell) < WHOLE_ROW for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A table whose headings are repeated on each page."""

    columns: tuple[Column, ...]
    rows: Sequence[Row]

    @property
    def size(self) -> float:
        """Size of its letters in points."""
        return 10 if len(self.columns) > WIDE else 11.5


Block = Text | Table


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a document: issuing agency below its superior, number, place and date."""

    superior: str
    agency: str
    number: str = ""
    place_date: str = ""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signs: title in capitals, what is asked for, the name, and what the system knows of a signature."""

    title: str
    hint: str = ""
    name: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Paper:
    """One document. ``name`` is its plain file name, ``title`` what readers and file lists call it.

    ``titles`` stand bold in the middle, ``under`` in italics below them, ``mark`` says that the paper does not hold
    (draft, withdrawn). ``closing`` is kept on one page with the signatures. ``recipients`` are those of "Nơi nhận".
    ``foot`` stands small on every page: what was printed, in which state, when.
    """

    name: str
    title: str
    titles: tuple[str, ...]
    head: Head | None = None
    under: str = ""
    mark: str = ""
    blocks: tuple[Block, ...] = ()
    closing: tuple[Block, ...] = ()
    recipients: tuple[str, ...] = ()
    signatures: tuple[Signature, ...] = ()
    foot: str = ""
    landscape: bool = False

    def clean(self) -> Paper:
        """Return the paper without the few characters that no file can hold."""
        return _clean(self)

    def data(self) -> dict[str, Any]:
        """Return the paper for the template: plain lists and texts."""
        found = asdict(self)
        for name in ("blocks", "closing"):
            found[name] = [_data(block) for block in getattr(self, name)]
        return found


def _data(block: Block) -> dict[str, Any]:
    if isinstance(block, Text):
        return {"type": "text", **asdict(block)}
    rows = [{"cells": row.cells, "look": row.look, "span": row.span, "whole": row.whole} for row in block.rows]
    columns = [asdict(column) for column in block.columns]
    return {"type": "table", "columns": columns, "rows": rows, "size": block.size}


def _clean(value: _T) -> _T:
    cleaned: Any = value
    if isinstance(value, StrEnum):
        return value
    if isinstance(value, str):
        cleaned = _UNPRINTABLE.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))
    elif isinstance(value, tuple | list):
        cleaned = type(value)(_clean(one) for one in value)
    elif is_dataclass(value) and not isinstance(value, type):
        changed: Mapping[str, Any] = {one.name: _clean(getattr(value, one.name)) for one in fields(value)}
        cleaned = replace(value, **changed)
    return cleaned  # type: ignore[no-any-return]
