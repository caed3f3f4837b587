"""What the imports share: options, the report of what changed, and small readers of the database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M, Message
from services.tabular import Faults, RowCells, Table

R = TypeVar("R")

#: Login and full name to the stored hash and whether it must be changed at the first sign-in.
Issue = Callable[[str, str], tuple[str, bool]]

UNKNOWN_UNIT = M("No unit has this code; correct it, or import the units first")


@dataclass(frozen=True, slots=True)
class Options:
    """What a file does not say itself. ``set_*`` and ``year`` belong to criteria and results, ``decision_*`` to results.

    ``issue`` gives a new account its password; ``before_commit`` is called inside the transaction when all rows stand,
    so that what must not be lost (passwords) is safe before the accounts exist.
    """

    set_code: str = ""
    set_name: str = ""
    year: int | None = None
    decision_number: str = ""
    decision_on: date | None = None
    issue: Issue | None = None
    before_commit: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the file that changes something: its number, whether it is new, and what it is about."""

    row: int
    new: bool
    label: str


@dataclass(slots=True)
class Report:
    """What a file does: its rows, what they add and change, and sentences worth knowing."""

    rows: int = 0
    changes: list[Change] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)

    def note_row(self, number: int, label: str, *, new: bool, changed: bool = True) -> None:
        """Count one row; keep it where it adds or changes something."""
        self.rows += 1
        if new or changed:
            self.changes.append(Change(number, new, label))

    @property
    def added(self) -> int:
        return sum(change.new for change in self.changes)

    @property
    def updated(self) -> int:
        return len(self.changes) - self.added

    @property
    def unchanged(self) -> int:
        return self.rows - len(self.changes)


#: Loads a table of its layout inside an act; notes faults of its own and raises FileFault before anything is written.
Loader = Callable[[Act, Table, Options, Faults], Report]


def read_rows(table: Table, faults: Faults, read: Callable[[RowCells], R | None]) -> list[R]:
    """Read every row; those with a fault are left out, so that later checks speak only about sound rows."""
    found = []
    for row in table.rows:
        cells = RowCells(table, row, faults)
        value = read(cells)
        if value is not None and cells.ok:
            found.append(value)
    return found


class Places:
    """Notes faults by row number and column once the cells were read."""

    def __init__(self, table: Table, faults: Faults) -> None:
        self._spelled = table.spelled
        self._faults = faults

    def __call__(self, row: int, column: str | None, message: Message) -> None:
        self._faults.add(row, self._spelled.get(column, column) if column else None, message)


def doubled(rows: Iterable[tuple[int, Any]], column: str, fault: Places) -> None:
    """Note every row whose key stood in an earlier row."""
    first: dict[Any, int] = {}
    for number, key in rows:
        if key in first:
            fault(number, column, M("Stands already in row {row}; delete one of the two", row=first[key]))
        else:
            first[key] = number


def raw_keys(table: Table, *columns: str) -> Iterable[tuple[int, tuple[str, ...]]]:
    """Give number and key of every row whose key cells are filled, also of rows with other faults."""
    for row in table.rows:
        key = tuple(row.cells.get(column, "").casefold() for column in columns)
        if all(key):
            yield row.number, key


def units_by_code(codes: Iterable[str] | None = None) -> dict[str, m.Unit]:
    """Return units by their code; all of them where no codes are given."""
    query = select(m.Unit)
    if codes is not None:
        query = query.where(m.Unit.code.in_(set(codes)))
    return {unit.code: unit for unit in db.session.scalars(query)}


def assign(row: Any, values: Mapping[str, Any]) -> bool:
    """Set what differs; tell whether anything did."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return bool(changed)


def listed(names: Sequence[str], most: int = 12) -> str:
    """Name some of many."""
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")
