"""Kinds of units and their levels; those of the shipped catalogue are there as soon as a file names them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from flask import current_app
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from services.imports.core import Options, Places, Report, assign, doubled, raw_keys, read_rows
from services.tabular import LAYOUTS, Faults, RowCells, Table, read_table


@dataclass(frozen=True, slots=True)
class KindRow:
    """A kind of units with its level, as a file names them."""

    number: int
    name: str
    level_code: str
    level_name: str


def _row(cells: RowCells) -> KindRow:
    cells.text("level_code", max_length=32)
    return KindRow(
        cells.number,
        cells.text("name", required=True, max_length=120),
        cells.code("level_code", required=True),
        cells.text("level_name", required=True, max_length=120),
    )


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Add and update kinds and levels; the order of the rows is that of the levels."""
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    doubled(raw_keys(table, "name"), "name", fault)
    names: dict[str, str] = {}
    for row in rows:
        if names.setdefault(row.level_code, row.level_name) != row.level_name:
            words = M("The level {code} is named differently in an earlier row; use one name", code=row.level_code)
            fault(row.number, "level_name", words)
    faults.raise_if_any()
    return _write(rows)


def _write(rows: list[KindRow]) -> Report:
    report = Report()
    levels = {level.code: level for level in db.session.scalars(select(m.Level))}
    kinds = {kind.name.casefold(): kind for kind in db.session.scalars(select(m.UnitKind))}
    for position, row in enumerate({row.level_code: row for row in rows}.values()):
        level = levels.get(row.level_code)
        if level is None:
            level = levels[row.level_code] = m.Level(code=row.level_code)
            db.session.add(level)
        assign(level, {"name": row.level_name, "position": position})
    db.session.flush()
    for row in rows:
        kind = kinds.get(row.name.casefold())
        new = kind is None
        if kind is None:
            kind = m.UnitKind()
            db.session.add(kind)
        changed = assign(kind, {"name": row.name, "level_id": levels[row.level_code].id})
        report.note_row(row.number, row.name, new=new, changed=changed)
    db.session.flush()
    return report


def catalogue() -> list[KindRow]:
    """Return the kinds of the shipped catalogue, in its order."""
    path = Path(current_app.config["PARINDEX"].root) / "data" / "unit_kinds.csv"
    with path.open("rb") as file:
        table = read_table(file, LAYOUTS["unit_kinds"])
    faults = Faults()
    rows = read_rows(table, faults, _row)
    faults.raise_if_any()
    return rows


class Kinds:
    """The kinds a file may name: those of the database and, unless one of that name is there, of the catalogue."""

    def __init__(self) -> None:
        self._kinds = {kind.name.casefold(): kind for kind in db.session.scalars(select(m.UnitKind))}
        self._catalogue = {row.name.casefold(): row for row in catalogue()}

    @property
    def names(self) -> list[str]:
        known = [kind.name for kind in self._kinds.values()]
        return known + [row.name for key, row in self._catalogue.items() if key not in self._kinds]

    def __contains__(self, name: str) -> bool:
        return name.casefold() in self._kinds or name.casefold() in self._catalogue

    def get(self, name: str) -> m.UnitKind:
        """Return a known kind."""
        return self._kinds[name.casefold()]

    def add(self, names: set[str]) -> None:
        """Put the kinds that only the catalogue knows into the database, in the order of the catalogue."""
        wanted = {name.casefold() for name in names} - set(self._kinds)
        rows = [row for key, row in self._catalogue.items() if key in wanted]
        levels = ensure_levels({row.level_code for row in rows})
        for row in rows:
            kind = m.UnitKind(name=row.name, level_id=levels[row.level_code].id)
            self._kinds[row.name.casefold()] = kind
            db.session.add(kind)
        db.session.flush()


def ensure_levels(codes: set[str]) -> dict[str, m.Level]:
    """Return these levels by code; those that only the catalogue knows are added, unknown ones are missing."""
    levels = {level.code: level for level in db.session.scalars(select(m.Level).where(m.Level.code.in_(codes)))}
    if codes <= set(levels):
        return levels
    for position, row in enumerate({row.level_code: row for row in catalogue()}.values()):
        if row.level_code in codes and row.level_code not in levels:
            levels[row.level_code] = m.Level(code=row.level_code, name=row.level_name, position=position)
            db.session.add(levels[row.level_code])
    db.session.flush()
    return levels
