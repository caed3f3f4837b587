"""A unit's own published detail: leaves, own points and remarks, for the unit and those above it only (Điều 4.2, 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import models as m
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.policies import judge
from rules.verbs import Verb
from services.results.published import Head, heads
from services.results.years import Change, changes


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf as it was published."""

    code: str
    field_code: str
    kind: str
    name: str
    maximum: Decimal
    self_points: Decimal | None
    points: Decimal | None
    not_applicable: bool
    scored: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field with its leaves; the group of bonus and penalty has no points of its own."""

    code: str
    name: str
    achieved: Decimal | None
    maximum: Decimal | None
    leaves: Sequence[Leaf]


@dataclass(frozen=True, slots=True)
class Year:
    """The unit's figures in one year, and those of the units that later went over into it."""

    head: Head
    row: m.EditionRow
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Detail:
    """All of a unit's published result."""

    head: Head
    row: m.EditionRow
    fields: Sequence[Field]
    years: Sequence[Year]
    ranked: int

    @property
    def has_leaves(self) -> bool:
        return any(field.leaves for field in self.fields)


def detail(session: Session, actor: Actor, edition_id: int, unit_id: int) -> Detail:
    """Return the detail of a unit in an edition; hidden to all but the unit, those above it and its council."""
    found = heads(session)
    head = next((head for head in found if head.id == edition_id), None)
    unit = session.get(m.Unit, unit_id)
    if head is None or unit is None or not judge(session, actor, Verb.READ, unit):
        raise hidden()
    row = session.scalar(
        select(m.EditionRow).where(m.EditionRow.edition_id == edition_id, m.EditionRow.unit_id == unit_id)
    )
    if row is None:
        raise hidden()
    ranked = session.scalar(select(func.count()).where(m.EditionRow.edition_id == edition_id, m.EditionRow.ranked))
    return Detail(head, row, _fields(session, row), _years(session, found, unit_id), ranked or 0)


def _fields(session: Session, row: m.EditionRow) -> list[Field]:
    leaf = m.EditionLeaf
    by_field: dict[str, list[Leaf]] = {}
    for values in session.execute(
        select(
            leaf.code,
            leaf.field_code,
            leaf.kind,
            leaf.name,
            leaf.maximum,
            leaf.self_points,
            leaf.points,
            leaf.not_applicable,
            leaf.scored,
            leaf.remark,
        )
        .where(leaf.edition_id == row.edition_id, leaf.unit_id == row.unit_id)
        .order_by(leaf.position)
    ):
        by_field.setdefault(values[1], []).append(Leaf(*cast("Any", values)))
    fields = [
        Field(code, name, achieved, maximum, by_field.pop(code, []))
        for code, name, achieved, maximum in session.execute(
            select(m.EditionField.code, m.EditionField.name, m.EditionField.achieved, m.EditionField.maximum)
            .where(m.EditionField.row_id == row.id)
            .order_by(m.EditionField.position)
        )
    ]
    return fields + [Field(code, "", None, None, leaves) for code, leaves in by_field.items()]


def _years(session: Session, found: Sequence[Head], unit_id: int) -> list[Year]:
    """Return the unit's published years, the newest first, then those of the units that went over into it."""
    into = {change.from_id: change for change in changes(session) if change.to_id == unit_id}
    by_id = {head.id: head for head in found if head.in_force}
    rows = session.scalars(
        select(m.EditionRow).where(m.EditionRow.unit_id.in_([unit_id, *into]), m.EditionRow.edition_id.in_(by_id))
    ).all()
    years = [Year(by_id[row.edition_id], row, into.get(row.unit_id)) for row in rows]
    return sorted(years, key=lambda year: (year.change is not None, -year.head.year, year.row.unit_id))
