"""Published values of past years: each round and level of the file becomes an edition marked as imported."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from services.edition import FieldLine, FrozenRow, Line, Settings, freeze, store_edition, stored_rows
from services.imports.core import (
    UNKNOWN_UNIT,
    Options,
    Places,
    Report,
    doubled,
    listed,
    raw_keys,
    read_rows,
    units_by_code,
)
from services.imports.past_round import field_names, past_group, past_round
from services.imports.unit_kinds import catalogue, ensure_levels
from services.tabular import Faults, RowCells, Table

_MOST = Decimal(1000)
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One unit's published line of one year, in points; ``fields`` by the code of the field."""

    number: int
    round_code: str
    round_name: str
    year: int
    level: str
    unit_code: str
    achieved: Decimal
    maximum: Decimal
    bonus: Decimal
    penalty: Decimal
    index: Decimal
    rank: int | None
    class_name: str
    fields: Mapping[str, Decimal]


def _row(cells: RowCells, columns: Sequence[str]) -> ResultRow | None:
    round_code = cells.code("round_code", required=True)
    cells.text("round_code", max_length=32)
    round_name = cells.text("round_name", required=True, max_length=200)
    year = cells.integer("year", minimum=2000, maximum=2100, required=True)
    level = cells.code("level", required=True)
    unit_code = cells.code("unit_code", required=True)
    achieved = cells.decimal("achieved", places=4, maximum=_MOST, required=True)
    maximum = cells.decimal("maximum", places=4, maximum=_MOST, required=True)
    bonus = cells.decimal("bonus", places=4, maximum=_HUNDRED)
    penalty = cells.decimal("penalty", places=4, maximum=_HUNDRED)
    index = cells.decimal("index", places=3, maximum=_HUNDRED, required=True)
    rank = cells.integer("rank", minimum=1)
    class_name = cells.text("class", max_length=80)
    fields = {
        column.removeprefix("field_"): points
        for column in columns
        if column.startswith("field_") and (points := cells.decimal(column, places=4, maximum=_MOST)) is not None
    }
    if year is None or achieved is None or maximum is None or index is None:
        return None
    if achieved > maximum:
        cells.fault("achieved", M("Is more than the maximum of {maximum}; correct one of the two", maximum=maximum))
    zero = Decimal(0)
    return ResultRow(
        cells.number, round_code, round_name, year, level, unit_code, achieved, maximum, bonus or zero, penalty or zero,
        index, rank, class_name, fields,
    )  # fmt: skip


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Keep published results as editions; a file that says what the edition in force says changes nothing."""
    if not 0 < len(options.decision_number.strip()) <= 80:
        faults.add(None, None, M("Name the decision that published these results: --decision, 80 characters at most"))
    rows = read_rows(table, faults, lambda cells: _row(cells, table.columns))
    fault = Places(table, faults)
    doubled(raw_keys(table, "round_code", "unit_code"), "unit_code", fault)
    units = units_by_code(row.unit_code for row in rows)
    _check(rows, units, fault)
    faults.raise_if_any()
    report = Report()
    groups: dict[tuple[str, str], list[ResultRow]] = {}
    for row in rows:
        groups.setdefault((row.round_code, row.level), []).append(row)
    for found in groups.values():
        _publish(act, found, units, options, report, fault)
    faults.raise_if_any()
    return report


def _check(rows: Sequence[ResultRow], units: Mapping[str, m.Unit], fault: Places) -> None:
    levels = {*db.session.scalars(select(m.Level.code)), *(row.level_code for row in catalogue())}
    first: dict[str, ResultRow] = {}
    for row in rows:
        if row.unit_code not in units:
            fault(row.number, "unit_code", UNKNOWN_UNIT)
        if row.level not in levels:
            choices = listed(sorted(levels))
            words = M("“{value}” is not known here; write one of: {choices}", value=row.level, choices=choices)
            fault(row.number, "level", words)
        same = first.setdefault(row.round_code, row)
        if (same.round_name, same.year) != (row.round_name, row.year):
            words = M("Name and year of this round differ from those in row {row}; use the same", row=same.number)
            fault(row.number, "round_name", words)
    known = db.session.scalars(select(m.Round).where(m.Round.code.in_(first)))
    for round_ in known:
        row = first[round_.code]
        if round_.year != row.year:
            fault(
                row.number,
                "year",
                M("The round {code} is that of {year}; correct code or year", code=round_.code, year=round_.year),
            )


def _publish(
    act: Act,
    rows: Sequence[ResultRow],
    units: Mapping[str, m.Unit],
    options: Options,
    report: Report,
    fault: Places,
) -> None:
    """Keep the rows of one round and level as the edition in force of their group."""
    first = rows[0]
    places = max(2, *(-int(row.index.as_tuple().exponent) for row in rows))
    round_ = past_round(first.round_code, first.round_name, first.year, places)
    group = past_group(round_, ensure_levels({first.level})[first.level])
    if db.session.scalar(select(m.Assessment.id).where(m.Assessment.group_id == group.id).limit(1)) is not None:
        words = M("This round has forms of its own here; its results are published from them, not imported")
        fault(first.number, "round_code", words)
        return
    decided_on = options.decision_on or date(first.year, 12, 31)
    names = field_names(group)
    lines = [_line(row, units[row.unit_code].id, names) for row in rows]
    new = not _in_force(group, lines, options.decision_number, decided_on)
    if new:
        edition = store_edition(act, group, lines, options.decision_number, decided_on, imported=True)
        words = M(
            "{round}, {group}: edition {number} is in force", round=round_.name, group=group.name, number=edition.number
        )
        report.notes.append(words)
    for row in rows:
        report.note_row(row.number, f"{row.round_code} {row.unit_code}", new=new, changed=False)


def _line(row: ResultRow, unit_id: int, names: Mapping[str, str]) -> Line:
    return Line(
        unit_id=unit_id,
        achieved=row.achieved,
        maximum=row.maximum,
        index=row.index,
        bonus=row.bonus,
        penalty=row.penalty,
        printed_rank=row.rank,
        printed_class=row.class_name,
        fields=tuple(
            FieldLine(code, names.get(code, f"Lĩnh vực {code}"), points)
            for code, points in sorted(row.fields.items(), key=lambda item: int(item[0]))
        ),
    )


def _in_force(group: m.RankingGroup, lines: Sequence[Line], number: str, decided_on: date) -> bool:
    """Tell whether the edition in force says just this."""
    edition = db.session.scalar(select(m.Edition).where(m.Edition.group_id == group.id, m.Edition.in_force))
    if edition is None or (edition.decision_number, edition.decision_on) != (number.strip(), decided_on):
        return False
    wanted: list[FrozenRow] = freeze(db.session(), lines, Settings.of(group))
    return wanted == stored_rows(db.session(), edition.id)
