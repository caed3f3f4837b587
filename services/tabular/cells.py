"""Cells of one row turned into values; faults are collected, so that one reading shows all of them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import TypeVar

from rules.message import M, Message
from rules.rounding import NumberFault, parse_decimal, parse_figure
from services.tabular.faults import Faults
from services.tabular.reading import Row, Table
from services.tabular.sources import NumberCell

T = TypeVar("T")

_EMPTY = M("Must not be empty; fill it in")
_BAD_CODE = M("A code has letters, digits, dots, hyphens and underscores only, 40 at most")
#: Other years are slips of the keyboard, as on the screens.
_FIRST_YEAR, _LAST_YEAR = 1900, 2200
_BAD_DATE = M("Not a date; write it as 2024-10-31 or 31/10/2024")
_BAD_BOOLEAN = M("Write 1 for yes or 0 for no")
_BAD_JSON = M("Not valid JSON; check brackets, quotation marks and commas")

_CODE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,38}[A-Za-z0-9])?")
_ISO_DATE = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?: 00:00(?::00)?)?", re.ASCII)
_LOCAL_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", re.ASCII)
#: Words for yes and no, folded.
YES = {"1", "true", "x", "yes", "có", "đúng"}
NO = {"0", "false", "no", "không", "sai"}


class RowCells:
    """The cells of one row. A reader answers None (text and code: "") for an empty cell and for a fault it noted."""

    def __init__(self, table: Table, row: Row, faults: Faults) -> None:
        self.number = row.number
        self._cells = row.cells
        self._spelled = table.spelled
        self._faults = faults
        self._known_before = faults.total

    @property
    def ok(self) -> bool:
        """Tell whether no fault was noted since this row was opened."""
        return self._faults.total == self._known_before

    def fault(self, key: str | None, message: Message) -> None:
        """Note a fault of this row; the import services use it for what only the database knows."""
        self._faults.add(self.number, self._spelled.get(key, key) if key else None, message)

    def text(self, key: str, *, required: bool = False, max_length: int | None = None) -> str:
        """Read text of at most ``max_length`` characters."""
        text = self._cells.get(key, "")
        if required and not text:
            self.fault(key, _EMPTY)
        elif max_length is not None and len(text) > max_length:
            self.fault(
                key,
                M("Has {length} characters; shorten it to {limit} at most", length=len(text), limit=max_length),
            )
            return ""
        return text

    def code(self, key: str, *, required: bool = False) -> str:
        """Read a code, which is never changed: "01" and "1" are two codes."""
        code = self.text(key, required=required)
        if code and not _CODE.fullmatch(code):
            self.fault(key, _BAD_CODE)
            return ""
        return code

    def date(self, key: str, *, required: bool = False) -> dt.date | None:
        """Read a date, 2024-10-31 or 31/10/2024 (day first, as in Vietnam); dates in XLSX cells read alike."""
        text = self.text(key, required=required)
        if not text:
            return None
        if iso := _ISO_DATE.fullmatch(text):
            year, month, day = iso.groups()
        elif local := _LOCAL_DATE.fullmatch(text):
            day, month, year = local.groups()
        else:
            self.fault(key, _BAD_DATE)
            return None
        try:
            found = dt.date(int(year), int(month), int(day))
        except ValueError:
            self.fault(key, _BAD_DATE)
            return None
        if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
            self.fault(
                key,
                M("The year is a slip: write one from {first} to {last}", first=str(_FIRST_YEAR), last=str(_LAST_YEAR)),
            )
            return None
        return found

    def decimal(
        self,
        key: str,
        *,
        places: int,
        minimum: Decimal | None = None,
        maximum: Decimal | None = None,
        required: bool = False,
        figure: bool = False,
    ) -> Decimal | None:
        """Read an exact number of 0 or more with at most ``places`` decimals after a comma or a point; never rounded.

        ``figure`` is for numbers without an upper bound: there a typed "1.234" is refused, since it may mean 1234.
        """
        text = self.text(key, required=required)
        if not text:
            return None
        parse = parse_figure if figure and not isinstance(text, NumberCell) else parse_decimal
        try:
            value = parse(text, places=places)
        except NumberFault as fault:
            self.fault(key, fault.message)
            return None
        if minimum is not None and value < minimum:
            self.fault(key, M("Must be at least {minimum}", minimum=minimum))
        elif maximum is not None and value > maximum:
            self.fault(key, M("Must be at most {maximum}", maximum=maximum))
        else:
            return value
        return None

    def integer(self, key: str, *, minimum: int = 0, maximum: int = 10**9, required: bool = False) -> int | None:
        """Read a whole number."""
        value = self.decimal(
            key, places=0, minimum=Decimal(minimum), maximum=Decimal(maximum), required=required, figure=True
        )
        return None if value is None else int(value)

    def choice(self, key: str, options: Mapping[str, T], *, required: bool = False) -> T | None:
        """Read one of the words of ``options``, in any case, and return what stands for it there."""
        text = self.text(key, required=required)
        if not text:
            return None
        wanted = text.casefold()
        for word, value in options.items():
            if word.casefold() == wanted:
                return value
        self.fault(
            key, M("“{value}” is not known here; write one of: {choices}", value=text, choices=", ".join(options))
        )
        return None

    def boolean(self, key: str, *, required: bool = False) -> bool | None:
        """Read yes or no: 1, TRUE, x, có; 0, FALSE, không."""
        text = self.text(key, required=required).casefold()
        if not text:
            return None
        if text in YES or text in NO:
            return text in YES
        self.fault(key, _BAD_BOOLEAN)
        return None

    def items(self, key: str) -> list[str]:
        """Read a list of words, with spaces, semicolons or commas between them."""
        return re.split(r"[\s;,]+", self.text(key).strip(";, ")) if self.text(key) else []

    def json(self, key: str, *, required: bool = False) -> dict[str, object] | None:
        """Read a JSON object; a number with decimals becomes text and so stays exact; a doubled name is a fault."""
        text = self.text(key, required=required)
        if not text:
            return None
        try:
            value = json.loads(
                text, parse_float=str, parse_constant=_no_constant, object_pairs_hook=_object_of_single_names
            )
        except (ValueError, RecursionError):
            self.fault(key, _BAD_JSON)
            return None
        if not isinstance(value, dict):
            self.fault(key, _BAD_JSON)
            return None
        return value


def _no_constant(name: str) -> object:
    raise ValueError(name)


def _object_of_single_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("doubled name")
    return names
