"""The list as a file (docs/formats.md): the unit's present staff to mark in Excel, read back with every fault in its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import BinaryIO

from i18n import render, translations_of
from rules.message import M, Message
from rules.vocabulary import Function, StaffMove
from services.staff.changes import FUNCTIONS, Desk, Entry
from services.staff.roster import Member
from services.tabular import LAYOUTS, Column, Fault, Faults, FileFault, RowCells, read_table, write_xlsx
from services.tabular import Kind as Holds
from services.tabular.layouts import fold

LAYOUT = LAYOUTS["staff"]
_COLUMNS = {"account_id": "username"}
_OF_THE_PERSON = ("full_name", "email", "function")
_NO_CHANGE = M("No row of this file says what happens: fill in the first column of those who come or go.")
_HINT = M(
    "In the first column write what happens: {moves}. Leave it empty for who stays. Add rows below, without a login, for "
    "who is recruited."
)


def _titles(words: Iterable[StaffMove | Function]) -> list[str]:
    """Return the words as files hold them: in Vietnamese, whatever the reader's language is."""
    return [translations_of("vi").gettext(word.title.id) for word in words]


def _words(words: Sequence[StaffMove | Function]) -> dict[str, StaffMove | Function]:
    titles = dict(zip(map(fold, _titles(words)), words, strict=True))
    return {**{word.value: word for word in words}, **titles}


def read(file: BinaryIO, desk: Desk) -> list[Entry]:
    """Read a file against the unit's staff; rows without a change are passed over. Raises ``FileFault`` with every fault."""
    faults = Faults()
    table = read_table(file, LAYOUT)
    found = []
    for row in table.rows:
        cells = RowCells(table, row, faults)
        filled = [key for key in ("move", "effective_on", "destination", "note") if cells.text(key)]
        if not filled and (cells.text("username") or not any(cells.text(key) for key in _OF_THE_PERSON)):
            continue  # who stays; somebody without a login was typed in by hand
        entry = _entry(cells, desk)
        if entry is None:
            continue
        entry, wrong = desk.check(entry)
        for name, message in wrong.items():
            cells.fault(_COLUMNS.get(name, name) or None, message)
        if not wrong:
            desk.take(entry)
            found.append(entry)
    faults.raise_if_any()
    if not found:
        raise FileFault([Fault(None, None, _NO_CHANGE)])
    return found


def _entry(cells: RowCells, desk: Desk) -> Entry | None:
    """Read one row; None where a cell could not be read."""
    move = _word(cells, "move", tuple(StaffMove), M("Write one of: {choices}.", choices="; ".join(_titles(StaffMove))))
    login = cells.text("username").lower()
    recruited = move is StaffMove.RECRUITED
    if recruited and login:
        cells.fault("username", M("Somebody recruited has no login in your unit yet; empty this cell."))
    choices = M("Write one of: {choices}.", choices="; ".join(_titles(FUNCTIONS)))
    # Of somebody of the unit the function is known; what stands there is not asked.
    function = _word(cells, "function", FUNCTIONS, choices) if recruited and cells.text("function") else None
    day = cells.date("effective_on", required=True)
    if not cells.ok:
        return None
    member = None if recruited else desk.member(login)
    return Entry(
        StaffMove(str(move)),
        None if member is None else member.account_id,
        cells.text("full_name") if recruited else "",
        cells.text("email") if recruited else "",
        None if function is None else Function(str(function)),
        day,
        cells.text("destination"),
        cells.text("note"),
    )


def _word(
    cells: RowCells, key: str, words: Sequence[StaffMove | Function], otherwise: Message
) -> StaffMove | Function | None:
    typed = cells.text(key, required=True)
    found = _words(words).get(fold(typed))
    if typed and found is None:
        cells.fault(key, otherwise)
    return found


def write_template(members: Iterable[Member]) -> bytes:
    """Write the present staff as a table to be marked."""
    widths = {"move": 24, "effective_on": 16}
    columns = [
        Column(
            heading.key,
            heading.title,
            Holds.DATE if heading.key == "effective_on" else Holds.TEXT,
            width=widths.get(heading.key),
        )
        for heading in LAYOUT.headings
    ]
    rows = []
    for one in members:
        cells = dict.fromkeys((heading.key for heading in LAYOUT.headings), None) | {
            "username": one.username,
            "full_name": one.full_name,
            "email": one.email or None,
            "function": "; ".join(_titles(one.functions)) or None,
        }
        rows.append(tuple(cells.values()))
    hint = render(M(_HINT.id, moves="; ".join(_titles(StaffMove))))
    with write_xlsx(render(M("Staff changes")), columns, rows, as_of=hint) as file:
        return file.read()
