"""Units in their tree. Known codes are updated, new ones added; a unit that is missing in the file stays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from services.imports.core import Options, Places, Report, assign, doubled, listed, raw_keys, read_rows, units_by_code
from services.imports.unit_kinds import Kinds
from services.tabular import Faults, RowCells, Table
from services.unit import TOP_IS_TOP, TOP_STAYS

MAX_CODE = 32
#: The chain of ids above a unit is one text of 255 characters.
MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as the file has it."""

    number: int
    code: str
    name: str
    kind: str
    parent_code: str
    valid_from: date | None
    valid_to: date | None


def _row(cells: RowCells, kinds: Kinds) -> UnitRow:
    cells.text("code", max_length=MAX_CODE)
    row = UnitRow(
        cells.number,
        cells.code("code", required=True),
        cells.text("name", required=True, max_length=200),
        cells.text("kind", required=True),
        cells.code("parent_code"),
        cells.date("valid_from"),
        cells.date("valid_to"),
    )
    if row.kind and row.kind not in kinds:
        words = M("“{value}” is not known here; write one of: {choices}", value=row.kind, choices=listed(kinds.names))
        cells.fault("kind", words)
    if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
        cells.fault("valid_to", M("Lies before the first day, {day}; correct one of the two", day=row.valid_from))
    return row


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Add and update units. The parent may stand anywhere in the file or be known already."""
    kinds = Kinds()
    rows = read_rows(table, faults, lambda cells: _row(cells, kinds))
    fault = Places(table, faults)
    doubled(raw_keys(table, "code"), "code", fault)
    units = units_by_code()
    _check_tree(rows, units, table, fault)
    faults.raise_if_any()
    kinds.add({row.kind for row in rows})
    return _write(rows, units, kinds, frozenset(table.columns))


def _check_tree(rows: list[UnitRow], units: Mapping[str, m.Unit], table: Table, fault: Places) -> None:
    """Check that all units together, those of the file and those known, form one tree of sensible depth."""
    by_id = {unit.id: unit.code for unit in units.values()}
    parents = {unit.code: by_id.get(unit.parent_id or 0, "") for unit in units.values()}
    parents.update({row.code: row.parent_code for row in rows})
    # A row left out for another fault is no reason to say that its children lack their parent.
    spoken_of = {row.cells.get("code", "") for row in table.rows}
    top = next((unit.code for unit in units.values() if unit.parent_id is None), None)
    roots = [code for code, parent in parents.items() if not parent]
    for row in rows:
        above = _above(row.code, parents)
        if not row.parent_code:
            if roots[0] != row.code:
                words = M("Only the province stands without a unit above; write the code of the unit above this one")
                fault(row.number, "parent_code", words)
            elif row.valid_to is not None:
                fault(row.number, "valid_to", TOP_STAYS)
        elif row.code == top:
            fault(row.number, "parent_code", TOP_IS_TOP)
        elif row.parent_code not in parents and row.parent_code not in spoken_of:
            words = M("Neither the file nor the catalogue has a unit {code}; correct it", code=row.parent_code)
            fault(row.number, "parent_code", words)
        elif row.code in above:
            fault(row.number, "parent_code", M("The units above this one lead back to it; correct the unit above"))
        elif len(above) > MAX_DEPTH:
            words = M("More than {most} units stand one above the other; correct the unit above", most=MAX_DEPTH)
            fault(row.number, "parent_code", words)


def _above(code: str, parents: Mapping[str, str]) -> list[str]:
    """Return the codes above a unit, one more than allowed at most; the unit itself where the way leads round."""
    above: list[str] = []
    current = parents.get(code, "")
    while current and len(above) <= MAX_DEPTH and code not in above:
        above.append(current)
        current = parents.get(current, "")
    return above


def _write(rows: list[UnitRow], units: dict[str, m.Unit], kinds: Kinds, columns: frozenset[str]) -> Report:
    report = Report()
    known = set(units)
    touched: set[str] = set()
    for level in _by_depth(rows, units):
        for row in level:
            values = {"name": row.name, "kind_id": kinds.get(row.kind).id}
            values["parent_id"] = units[row.parent_code].id if row.parent_code else None
            values.update({key: getattr(row, key) for key in ("valid_from", "valid_to") if key in columns})
            if row.code not in units:
                units[row.code] = m.Unit(code=row.code)
                db.session.add(units[row.code])
            if assign(units[row.code], values):
                touched.add(row.code)
        db.session.flush()
    _renew_paths(units)
    for row in rows:
        new = row.code not in known
        report.note_row(row.number, f"{row.code} {row.name}", new=new, changed=row.code in touched)
    return report


def _by_depth(rows: list[UnitRow], units: Mapping[str, m.Unit]) -> Iterator[list[UnitRow]]:
    """Yield the rows so that every parent is there before its children."""
    waiting, there = rows, set(units)
    while waiting:
        late = [row for row in waiting if row.parent_code and row.parent_code not in there]
        ready = [row for row in waiting if not row.parent_code or row.parent_code in there]
        yield ready
        there.update(row.code for row in ready)
        waiting = late


def _renew_paths(units: Mapping[str, m.Unit]) -> None:
    """Give every unit its chain of ids, also those below a unit that moved."""
    by_id = {unit.id: unit for unit in units.values()}
    paths: dict[int, str] = {}

    def path(unit: m.Unit) -> str:
        if unit.id not in paths:
            above = by_id[unit.parent_id] if unit.parent_id is not None else None
            paths[unit.id] = f"{path(above) if above else ''}{unit.id}."
        return paths[unit.id]

    for unit in units.values():
        assign(unit, {"path": path(unit)})
    db.session.flush()
