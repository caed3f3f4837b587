"""Mergers, splits and renames: which unit went over into which, and when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from services.imports.core import UNKNOWN_UNIT, Options, Places, Report, assign, doubled, read_rows, units_by_code
from services.tabular import Faults, RowCells, Table

HOW = {"whole": "whole", "part": "part", "toàn bộ": "whole", "một phần": "part"}


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One unit going over into another."""

    number: int
    from_code: str
    to_code: str
    effective_on: date | None
    how: str | None


def _row(cells: RowCells) -> ChangeRow:
    row = ChangeRow(
        cells.number,
        cells.code("from_code", required=True),
        cells.code("to_code", required=True),
        cells.date("effective_on", required=True),
        cells.choice("how", HOW, required=True),
    )
    if row.from_code and row.from_code == row.to_code:
        cells.fault("to_code", M("A unit cannot go over into itself; write the code of the other unit"))
    return row


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Add changes of units; both units must be known."""
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    doubled(((row.number, (row.from_code, row.to_code, row.effective_on)) for row in rows), "from_code", fault)
    units = units_by_code(code for row in rows for code in (row.from_code, row.to_code))
    for row in rows:
        for column, code in (("from_code", row.from_code), ("to_code", row.to_code)):
            if code not in units:
                fault(row.number, column, UNKNOWN_UNIT)
    faults.raise_if_any()
    known = {
        (change.from_unit_id, change.to_unit_id, change.effective_on): change
        for change in db.session.scalars(select(m.UnitChange))
    }
    report = Report()
    for row in rows:
        assert row.effective_on is not None  # noqa: S101 - read as required
        key = (units[row.from_code].id, units[row.to_code].id, row.effective_on)
        change = known.get(key)
        new = change is None
        if change is None:
            change = m.UnitChange(from_unit_id=key[0], to_unit_id=key[1], effective_on=row.effective_on)
            db.session.add(change)
        changed = assign(change, {"how": row.how})
        report.note_row(row.number, f"{row.from_code} → {row.to_code}", new=new, changed=changed)
    db.session.flush()
    return report
