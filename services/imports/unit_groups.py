"""Groups of units, for example those without administrative procedures: a group holds the units its file names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from services.imports.core import (
    UNKNOWN_UNIT,
    Options,
    Places,
    Report,
    assign,
    doubled,
    raw_keys,
    read_rows,
    units_by_code,
)
from services.imports.units import MAX_CODE
from services.tabular import LAYOUTS, Faults, RowCells, Table, read_table


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One unit in one group."""

    number: int
    group_code: str
    group_name: str
    unit_code: str


def _row(cells: RowCells) -> MemberRow:
    cells.text("group_code", max_length=MAX_CODE)
    return MemberRow(
        cells.number,
        cells.code("group_code", required=True),
        cells.text("group_name", required=True, max_length=200),
        cells.code("unit_code", required=True),
    )


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Add groups and members; a member that is missing in the file stays."""
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    doubled(raw_keys(table, "group_code", "unit_code"), "unit_code", fault)
    units = units_by_code(row.unit_code for row in rows)
    names: dict[str, str] = {}
    for row in rows:
        if row.unit_code not in units:
            fault(row.number, "unit_code", UNKNOWN_UNIT)
        if names.setdefault(row.group_code, row.group_name) != row.group_name:
            words = M("The group {code} is named differently in an earlier row; use one name", code=row.group_code)
            fault(row.number, "group_name", words)
    faults.raise_if_any()
    groups = {group.code: group for group in db.session.scalars(select(m.UnitGroup))}
    for code, name in names.items():
        if code not in groups:
            groups[code] = m.UnitGroup(code=code)
            db.session.add(groups[code])
        assign(groups[code], {"name": name})
    db.session.flush()
    member = m.UnitGroupMember
    known = set(db.session.execute(select(member.group_id, member.unit_id)))
    report = Report()
    for row in rows:
        key = (groups[row.group_code].id, units[row.unit_code].id)
        new = key not in known
        if new:
            db.session.add(member(group_id=key[0], unit_id=key[1]))
        report.note_row(row.number, f"{row.group_code}: {row.unit_code}", new=new, changed=False)
    db.session.flush()
    return report


def from_catalogue(code: str) -> tuple[m.UnitGroup, list[str]] | None:
    """Make a group of the shipped catalogue with those of its units that are known; return it with their names."""
    path = Path(current_app.config["PARINDEX"].root) / "data" / "unit_groups.csv"
    with path.open("rb") as file:
        table = read_table(file, LAYOUTS["unit_groups"])
    rows = [row for row in read_rows(table, Faults(), _row) if row.group_code == code]
    if not rows:
        return None
    group = m.UnitGroup(code=code, name=rows[0].group_name)
    db.session.add(group)
    db.session.flush()
    units = units_by_code(row.unit_code for row in rows)
    db.session.add_all(m.UnitGroupMember(group_id=group.id, unit_id=unit.id) for unit in units.values())
    db.session.flush()
    return group, [unit.name for unit in units.values()]
