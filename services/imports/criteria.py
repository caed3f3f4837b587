"""Criteria sets: one file is one set of one level. A set adds up as a whole, or the file is refused with the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.criteria import CriterionRow, check_set
from rules.message import M, Message
from rules.vocabulary import CriterionKind, Method
from services.imports import criteria_writing, unit_groups
from services.imports.core import Options, Places, Report, listed, read_rows
from services.imports.criteria_writing import NOT_FOR
from services.imports.unit_kinds import catalogue, ensure_levels
from services.tabular import Fault, Faults, FileFault, RowCells, Table

_NUMBERED = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,5}")
_SET_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
KINDS = {kind.value: kind for kind in CriterionKind}
METHODS = {method.value: method for method in Method}


@dataclass(frozen=True, slots=True)
class SetRow:
    """One row of a set with what belongs to it besides its place and rule."""

    number: int
    level: str
    row: CriterionRow
    evidence_required: bool


def _row(cells: RowCells) -> SetRow | None:
    level = cells.code("level", required=True)
    code = cells.code("code", required=True)
    if code and not _NUMBERED.fullmatch(code):
        cells.fault("code", M("Write the code with numbers and points between them, such as 1.2.3"))
    parent = cells.code("parent_code")
    kind = cells.choice("kind", KINDS, required=True)
    name = cells.text("name", required=True, max_length=500)
    maximum = cells.decimal("max_points", places=4, maximum=Decimal(1000))
    method = cells.choice("scoring_method", METHODS, required=True)
    rule = cells.json("scoring_rule_json", required=True)
    evidence = cells.boolean("evidence_required", required=True)
    if kind is None or method is None or rule is None:
        return None
    row = CriterionRow(code, parent or None, kind, name, maximum, method, rule)
    return SetRow(cells.number, level, row, evidence is True)


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Make or renew the set ``options.set_code`` (by default level and year); a frozen set is refused."""
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    level = _check_level(rows, fault)
    faults.raise_if_any()  # a row that could not be read would make its parents seem not to add up
    for found in check_set([row.row for row in rows]):
        words = M("In the rule, at “{key}”: {fault}", key=found.key, fault=found.message)
        fault(rows[found.row].number, found.column, words if found.key else found.message)
    faults.raise_if_any()
    notes: list[Message] = []
    groups = _groups(rows, notes, fault)
    faults.raise_if_any()
    set_ = _set(ensure_levels({level})[level], options, act.now.year)
    report = criteria_writing.write(set_, rows, groups)
    report.notes += notes
    return report


def _check_level(rows: list[SetRow], fault: Places) -> str:
    """Return the one level of all rows."""
    if not rows:
        return ""
    first = rows[0].level
    known = {*db.session.scalars(select(m.Level.code)), *(row.level_code for row in catalogue())}
    if first not in known:
        words = M("“{value}” is not known here; write one of: {choices}", value=first, choices=listed(sorted(known)))
        fault(rows[0].number, "level", words)
    for row in rows[1:]:
        if row.level != first:
            fault(
                row.number,
                "level",
                M("One file is one set of one level; write {level} as in the rows before", level=first),
            )
    return first


def _groups(rows: list[SetRow], notes: list[Message], fault: Places) -> dict[str, m.UnitGroup]:
    """Return the groups of units that rules name, by the word that names them: code or, in our own exports, name."""
    groups = list(db.session.scalars(select(m.UnitGroup)))
    known = {**{group.name: group for group in groups}, **{group.code: group for group in groups}}
    named = {str(row.row.rule[NOT_FOR]): row for row in reversed(rows) if row.row.rule.get(NOT_FOR)}
    for word, row in named.items():
        if word in known:
            continue
        made = unit_groups.from_catalogue(word)
        if made is None:
            words = M(
                "In the rule, at “{key}”: no group of units has the code “{code}”; import the groups of units first "
                "(unit_groups), or correct it",
                key=NOT_FOR,
                code=word,
            )
            fault(row.number, "scoring_rule_json", words)
        else:
            known[word], names = made
            notes.append(_group_note(made[0], names))
    return {word: known[word] for word in named if word in known}


def _group_note(group: m.UnitGroup, names: list[str]) -> Message:
    if not names:
        return M(
            "The group “{group}” was made without units: import unit_groups once the units are there", group=group.name
        )
    return M("The group “{group}” was made from the catalogue: {units}", group=group.name, units=listed(names))


def _set(level: m.Level, options: Options, this_year: int) -> m.CriteriaSet:
    """Find or make the set the file is for."""
    year = options.year or this_year
    if (options.set_code and not _SET_CODE.fullmatch(options.set_code)) or len(options.set_name) > 200:
        words = M("Code of the set: letters, digits, dots, hyphens, underscores, 40 at most; its name: 200 characters")
        raise FileFault([Fault(None, None, words)])
    code = options.set_code or f"{level.code}_{year}"
    set_ = db.session.scalar(select(m.CriteriaSet).where(m.CriteriaSet.code == code))
    if set_ is None:
        name = options.set_name or f"Bộ chỉ số cải cách hành chính {level.name} năm {year}"
        set_ = m.CriteriaSet(code=code, name=name, level_id=level.id)
        db.session.add(set_)
    elif set_.frozen:
        words = M(
            "The set “{code}” is frozen, because a round uses it; import under another code: --set CODE", code=code
        )
        raise FileFault([Fault(None, None, words)])
    elif set_.level_id != level.id:
        words = M("The set “{code}” belongs to another level; import under another code: --set CODE", code=code)
        raise FileFault([Fault(None, None, words)])
    elif options.set_name:
        set_.name = options.set_name
    db.session.flush()
    return set_
