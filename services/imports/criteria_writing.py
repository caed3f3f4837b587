"""Writing a checked criteria set: rows by depth, then to which groups of units they do not apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select

import models as m
from extensions import db
from models.criteria import criterion_path
from rules.message import M
from rules.vocabulary import CriterionKind
from services.imports.core import Report, assign, listed
from services.tabular import Fault, FileFault

if TYPE_CHECKING:
    from services.imports.criteria import SetRow

NOT_FOR = "not_applicable_for"


def write(set_: m.CriteriaSet, rows: Sequence[SetRow], groups: Mapping[str, m.UnitGroup]) -> Report:
    """Bring the set to what the file says; rows that the file no longer has are removed."""
    known = {c.code: c for c in db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == set_.id))}
    _remove([criterion for code, criterion in known.items() if code not in {row.row.code for row in rows}])
    parents = {row.row.parent_code for row in rows}
    made: dict[str, m.Criterion] = {}
    report = Report(notes=[M("Criteria set: {code} – {name}", code=set_.code, name=set_.name)])
    changed: dict[str, bool] = {}
    for depth in sorted({row.row.code.count(".") for row in rows}):
        for row in (row for row in rows if row.row.code.count(".") == depth):
            code = row.row.code
            criterion = known.get(code)
            if criterion is None:
                criterion = m.Criterion(set_id=set_.id, code=code, path=criterion_path(code))
                db.session.add(criterion)
            made[code] = criterion
            parent = made[row.row.parent_code] if row.row.parent_code else None
            changed[code] = assign(criterion, _values(row, parent, groups, is_leaf=code not in parents))
        db.session.flush()
    for row in rows:
        code = row.row.code
        report.note_row(row.number, f"{code} {row.row.name}", new=code not in known, changed=changed[code])
    _exclude(rows, made, groups)
    return report


def _values(
    row: SetRow, parent: m.Criterion | None, groups: Mapping[str, m.UnitGroup], *, is_leaf: bool
) -> dict[str, object]:
    rule = dict(row.row.rule)
    if rule.get(NOT_FOR):
        rule[NOT_FOR] = groups[str(rule[NOT_FOR])].name  # people read the rule
    return {
        "parent_id": parent.id if parent else None,
        "field_code": row.row.code.split(".")[0],
        "kind": row.row.kind,
        "name": row.row.name,
        "max_points": row.row.max_points,
        "method": row.row.method,
        "rule_json": rule,
        "evidence_required": row.evidence_required,
        "is_leaf": is_leaf and row.row.kind is not CriterionKind.ADJUSTMENT,
    }


def _remove(gone: list[m.Criterion]) -> None:
    """Remove rows of the set, unless a council's assignment names one of them."""
    if not gone:
        return
    assigned = set(
        db.session.scalars(select(m.Assignment.criterion_id).where(m.Assignment.criterion_id.in_([c.id for c in gone])))
    )
    named = [criterion.code for criterion in gone if criterion.id in assigned]
    if named:
        words = M(
            "The file no longer has {codes}, which a council's assignments name; remove those assignments first",
            codes=listed(named),
        )
        raise FileFault([Fault(None, None, words)])
    for criterion in gone:
        db.session.delete(criterion)
    db.session.flush()


def _exclude(rows: Sequence[SetRow], made: Mapping[str, m.Criterion], groups: Mapping[str, m.UnitGroup]) -> None:
    """Keep one exclusion at the highest row of each block: what stands below is excluded with it."""
    words = {row.row.code: str(row.row.rule.get(NOT_FOR) or "") for row in rows}
    wanted = {
        (made[row.row.code].id, groups[words[row.row.code]].id)
        for row in rows
        if words[row.row.code] and words.get(row.row.parent_code or "") != words[row.row.code]
    }
    exclusion = m.CriterionExclusion
    ids = [criterion.id for criterion in made.values()]
    for row in db.session.scalars(select(exclusion).where(exclusion.criterion_id.in_(ids))):
        if (row.criterion_id, row.group_id) in wanted:
            wanted.discard((row.criterion_id, row.group_id))
        else:
            db.session.delete(row)
    db.session.add_all(exclusion(criterion_id=c, group_id=g) for c, g in sorted(wanted))
    db.session.flush()
