"""Keeping criteria sets: rows with their rules, the check of a whole set, a new version as a clone (Điều 7.1).

A set that an open round uses is frozen; every change here asks for that under the set's row lock.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

import models as m
from extensions import db
from models.criteria import criterion_path
from permissions.gate import act, hidden
from rules.criteria import CriterionRow, Rule, RuleFault, check_set, parse_rule
from rules.message import M, Message
from rules.points import GROUP_METHODS
from rules.reader import OWN_MAXIMUM
from rules.verbs import Verb
from rules.vocabulary import CriterionKind, Method
from services.faults import Fault

CODE = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4}){0,3}")
#: Name of the form field of a setting inside the rule.
RULE_FIELD = "rule_{key}"


@dataclass(frozen=True, slots=True)
class CriterionValues:
    """A row of a set as it is to be; ``rule`` as a form or a file gives it, ``excluded`` ids of groups of units."""

    code: str
    name: str
    kind: CriterionKind
    max_points: Decimal | None
    method: Method
    rule: Mapping[str, object]
    evidence_required: bool = False
    excluded: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class PlacedFault:
    """A fault of a set at one of its rows (none: the set as a whole)."""

    criterion: m.Criterion | None
    message: Message


def rows_of(set_: m.CriteriaSet) -> Sequence[m.Criterion]:
    """Return the rows of a set in their order."""
    return db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == set_.id).order_by(m.Criterion.path)).all()


def check(criteria: Sequence[m.Criterion]) -> list[PlacedFault]:
    """Find every fault of a set: sums, places, methods, rules."""
    codes = {criterion.id: criterion.code for criterion in criteria}
    rows = [
        CriterionRow(
            criterion.code,
            codes.get(criterion.parent_id) if criterion.parent_id is not None else None,
            criterion.kind,
            criterion.name,
            criterion.max_points,
            criterion.method,
            criterion.rule_json,
        )
        for criterion in criteria
    ]
    return [PlacedFault(criteria[fault.row] if criteria else None, fault.message) for fault in check_set(rows)]


def save(set_: m.CriteriaSet, criterion: m.Criterion | None, values: CriterionValues, version: int = 0) -> m.Criterion:
    """Add or change one row of a set. Raises ``Fault`` with sentences at the fields, ``StaleDataError`` for an old version."""
    with act(Verb.MANAGE_CATALOGUE):
        _lock(set_)
        if criterion is not None:
            criterion = _again(criterion)
            if criterion.version != version:
                raise StaleDataError
        if not values.name:
            raise Fault({"name": M("Enter a name.")})
        rule = read_rule(values.method, values.rule, values.max_points).to_json()
        parent = _parent(set_, criterion, values)
        if criterion is None:
            criterion = m.Criterion(set_id=set_.id)
        children = criterion.id is not None and _children(criterion)
        if children and criterion.code != values.code:
            raise Fault({"code": M("Criteria stand under this row: its code stays. Remove them first.")})
        criterion.code = values.code
        criterion.path = criterion_path(values.code)
        criterion.field_code = values.code.split(".")[0]
        criterion.parent_id = None if parent is None else parent.id
        criterion.kind = values.kind
        criterion.name = values.name
        criterion.max_points = values.max_points
        criterion.method = values.method
        criterion.rule_json = rule
        criterion.evidence_required = values.evidence_required
        criterion.is_leaf = not children and values.method not in GROUP_METHODS
        if parent is not None:
            parent.is_leaf = False
        db.session.add(criterion)
        db.session.flush()
        _exclude(criterion, values.excluded)
    return criterion


def remove(criterion: m.Criterion) -> None:
    """Take a row out of a set; nothing may stand under it."""
    with act(Verb.MANAGE_CATALOGUE):
        set_ = db.session.get_one(m.CriteriaSet, criterion.set_id)
        _lock(set_)
        criterion = _again(criterion)
        if _children(criterion):
            raise Fault(M("Criteria stand under this row: remove them first."))
        parent = None if criterion.parent_id is None else db.session.get_one(m.Criterion, criterion.parent_id)
        db.session.delete(criterion)
        db.session.flush()
        if parent is not None and not _children(parent):
            parent.is_leaf = parent.method not in GROUP_METHODS and parent.max_points is not None


def clone(set_: m.CriteriaSet, code: str, name: str) -> m.CriteriaSet:
    """Copy a set with its rows and exclusions as a new version that may be changed. Raises ``Fault``."""
    with act(Verb.MANAGE_CATALOGUE):
        if db.session.scalar(select(m.CriteriaSet.id).where(m.CriteriaSet.code == code)) is not None:
            raise Fault({"code": M("This code is taken: choose another.")})
        copy = m.CriteriaSet(code=code, name=name, level_id=set_.level_id)
        db.session.add(copy)
        db.session.flush()
        made: dict[int, m.Criterion] = {}
        for row in rows_of(set_):
            made[row.id] = m.Criterion(
                set_id=copy.id,
                parent_id=made[row.parent_id].id if row.parent_id is not None else None,
                code=row.code,
                path=row.path,
                field_code=row.field_code,
                kind=row.kind,
                name=row.name,
                max_points=row.max_points,
                method=row.method,
                rule_json=dict(row.rule_json),
                evidence_required=row.evidence_required,
                is_leaf=row.is_leaf,
            )
            db.session.add(made[row.id])
            if not row.is_leaf:
                db.session.flush()  # rows below need its id
        db.session.flush()
        exclusion = m.CriterionExclusion
        for criterion_id, group_id in db.session.execute(
            select(exclusion.criterion_id, exclusion.group_id).where(exclusion.criterion_id.in_(made))
        ):
            db.session.add(m.CriterionExclusion(criterion_id=made[criterion_id].id, group_id=group_id))
    return copy


def _lock(set_: m.CriteriaSet) -> None:
    locked = select(m.CriteriaSet).where(m.CriteriaSet.id == set_.id).with_for_update(of=m.CriteriaSet)
    found = db.session.scalar(locked.execution_options(populate_existing=True))
    if found is None:
        raise hidden()
    if found.frozen:
        raise Fault(M("A round uses this set, so it is frozen. Clone it as a new version."))


def _again(criterion: m.Criterion) -> m.Criterion:
    query = select(m.Criterion).where(m.Criterion.id == criterion.id).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise hidden()
    return found


def read_rule(method: Method, raw: Mapping[str, object], max_points: Decimal | None) -> Rule:
    """Read a rule as it was typed. Raises ``Fault`` with a sentence at the field of each setting."""
    try:
        return parse_rule(method, raw, max_points)
    except RuleFault as fault:
        faults: dict[str, Message] = {}
        for key, message in fault.faults:
            field = key if key == OWN_MAXIMUM and key not in raw else RULE_FIELD.format(key=key)
            faults.setdefault(field, message)
        raise Fault(faults) from fault


def _parent(set_: m.CriteriaSet, criterion: m.Criterion | None, values: CriterionValues) -> m.Criterion | None:
    if not CODE.fullmatch(values.code):
        raise Fault({"code": M("Write numbers with points between them, such as 1.2.3.")})
    same = select(m.Criterion.id).where(m.Criterion.set_id == set_.id, m.Criterion.code == values.code)
    other = db.session.scalar(same)
    if other is not None and (criterion is None or other != criterion.id):
        raise Fault({"code": M("This code stands in the set already.")})
    above = values.code.rpartition(".")[0]
    if not above:
        return None
    parent = db.session.scalar(select(m.Criterion).where(m.Criterion.set_id == set_.id, m.Criterion.code == above))
    if parent is None:
        raise Fault({"code": M("No row has the code {code}: add it first.", code=above)})
    return parent


def _children(criterion: m.Criterion) -> bool:
    return db.session.scalar(select(m.Criterion.id).where(m.Criterion.parent_id == criterion.id).limit(1)) is not None


def _exclude(criterion: m.Criterion, group_ids: Iterable[int]) -> None:
    wanted = set(group_ids)
    exclusion = m.CriterionExclusion
    for row in db.session.scalars(select(exclusion).where(exclusion.criterion_id == criterion.id)).all():
        if row.group_id in wanted:
            wanted.discard(row.group_id)
        else:
            db.session.delete(row)
    for group_id in wanted:
        db.session.add(m.CriterionExclusion(criterion_id=criterion.id, group_id=group_id))
