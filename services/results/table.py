"""One table for screen and file alike: typed cells, one search, one order, so that an export equals what is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import IO, Any, cast

import i18n
from rules.message import M, Message
from rules.text import fold, sort_key
from services.tabular import Column, Kind, write_csv, write_xlsx

#: Nobody gave points on the chosen basis: never shown as 0.
MISSING = M("missing")
NOT_APPLICABLE = M("not applicable")
#: A cell: a value of its column's kind, a sentence in place of one, or nothing.
Cell = str | int | Decimal | Message | None


@dataclass(frozen=True, slots=True)
class Row:
    """One line: the unit it is about, and its cells in the order of the columns."""

    unit_id: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of results. ``lines`` say what the figures are and stand on; they go onto the screen and into files.

    ``search`` names the columns that a search looks into; ``order`` is the column that leads, with ``-`` for falling,
    empty for the order the table came in.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Sequence[Row]
    lines: tuple[Message, ...] = ()
    search: tuple[str, ...] = ("unit", "parent")
    found: str = ""
    order: str = ""
    total: int = field(default=0)

    def place(self, key: str) -> int | None:
        """Return the position of a column, None for an unknown one."""
        return next((place for place, column in enumerate(self.columns) if column.key == key), None)


def arrange(table: Table, search: str, order: str) -> Table:
    """Keep the rows in which a search without marks is found, and put them in order; unknown orders change nothing."""
    rows: Sequence[Row] = table.rows
    wanted = fold(search.strip())
    if wanted:
        places = [place for key in table.search if (place := table.place(key)) is not None]
        rows = [row for row in rows if any(wanted in fold(_text(row.cells[place])) for place in places)]
    place = table.place(order.removeprefix("-"))
    if place is not None:
        rows = _ordered(rows, place, table.columns[place].kind, falling=order.startswith("-"))
    return replace(
        table,
        rows=rows,
        found=search.strip() if wanted else "",
        order=order if place is not None else "",
        total=len(table.rows),
    )


def _ordered(rows: Sequence[Row], place: int, kind: Kind, *, falling: bool) -> list[Row]:
    """Sort by one column; rows without a value stay at the end either way, equal ones in the order they had."""
    given: list[Row] = []
    without: list[Row] = []
    for row in rows:
        cell = row.cells[place]
        (without if cell is None or (isinstance(cell, Message) and kind is not Kind.TEXT) else given).append(row)

    def key(row: Row) -> Any:
        cell = row.cells[place]
        return sort_key(_text(cell)) if kind is Kind.TEXT else cell

    return sorted(given, key=key, reverse=falling) + without


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    return i18n.render(cell) if isinstance(cell, Message) else str(cell)


# On the screen


def writers(table: Table) -> list[Callable[[Cell], str]]:
    """Return for each column what turns its cells into what a person reads."""
    return [_writer(column) for column in table.columns]


def _writer(column: Column) -> Callable[[Cell], str]:
    if column.kind is not Kind.DECIMAL:
        return lambda cell: "–" if cell is None else _text(cell)
    write = i18n.points_writer(column.places)
    return lambda cell: _text(cell) if isinstance(cell, Message) else write(cast("Decimal | None", cell))


# In a file


def xlsx(table: Table, exported: Message) -> IO[bytes]:
    """Write the table as a workbook; exact points are kept, shown with the decimals of the round."""
    return write_xlsx(table.title, table.columns, _plain(table), as_of=about(table, exported))


def csv(table: Table, exported: Message) -> Iterator[bytes]:
    """Write the table as CSV, with the same line above the headings."""
    return write_csv(table.columns, _plain(table), as_of=about(table, exported))


def about(table: Table, exported: Message) -> str:
    """Say in one line what the figures are, of when, and which rows in which order were asked for."""
    said = [table.title, *(i18n.render(line) for line in table.lines)]
    if table.found:
        said.append(
            i18n.render(
                M(
                    "Search: “{text}”, {count} of {total} rows.",
                    text=table.found,
                    count=len(table.rows),
                    total=table.total,
                )
            )
        )
    place = table.place(table.order.removeprefix("-"))
    if place is not None:
        title = table.columns[place].title
        falling = table.order.startswith("-")
        said.append(
            i18n.render(
                M("Order: {column}, falling.", column=title) if falling else M("Order: {column}.", column=title)
            )
        )
    said.append(i18n.render(exported))
    return " ".join(part if part.endswith(".") else f"{part}." for part in said)


def _plain(table: Table) -> Iterator[list[object]]:
    for row in table.rows:
        yield [i18n.render(cell) if isinstance(cell, Message) else cell for cell in row.cells]
