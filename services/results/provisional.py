"""Provisional results for those in charge: one chosen basis, read from subtotals, without ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

import models as m
from i18n import render
from models.situation import situations
from rules.message import M
from rules.standings import published_index
from rules.totals import Subtotal, totals
from rules.vocabulary import Basis, CriterionKind, State
from services.publication import caps_of
from services.results.table import MISSING, NOT_APPLICABLE, Cell, Row, Table
from services.tabular import Column, Kind


@dataclass(frozen=True, slots=True)
class Group:
    """A ranking group that has forms in the reader's scope."""

    id: int
    code: str
    name: str
    round_id: int
    round_code: str
    round_name: str
    places: int
    illustrative: bool
    criteria_set_id: int

    @property
    def title(self) -> str:
        return f"{self.name} – {self.round_name}"


def groups(session: Session) -> list[Group]:
    """Return the groups of opened rounds of which the reader sees forms, the newest round first."""
    group, round_ = m.RankingGroup, m.Round
    seen = select(m.Assessment.group_id).distinct()
    found = session.execute(
        select(
            group.id,
            group.code,
            group.name,
            round_.id,
            round_.code,
            round_.name,
            round_.shown_places,
            round_.illustrative,
            group.criteria_set_id,
        )
        .join(round_, round_.id == group.round_id)
        .where(group.id.in_(seen))
        .order_by(round_.year.desc(), group.id)
    )
    return [Group(*row) for row in found]


@dataclass(frozen=True, slots=True)
class _Form:
    """A form as columns: just what ``situations`` asks of it, and the names."""

    id: int
    unit_id: int
    round_id: int
    group_id: int
    signed_at: datetime | None
    closed_at: datetime | None
    unit_name: str
    parent_name: str | None


def provisional(session: Session, group: Group, basis: Basis, now: datetime) -> Table:
    """Make the table of a group on a basis: over the leaves that have it, with n of N, the others as missing."""
    fields = session.scalars(
        select(m.Criterion)
        .where(m.Criterion.set_id == group.criteria_set_id, m.Criterion.parent_id.is_(None))
        .order_by(m.Criterion.path)
    ).all()
    forms = _forms(session, group.id)
    parts, applicable, states = _subtotals(session, group.id, basis)
    where = situations(session, cast("Sequence[m.Assessment]", forms), now)
    inside = [field for field in fields if field.kind is not CriterionKind.ADJUSTMENT]
    several = len({form.parent_name for form in forms}) > 1
    caps = caps_of(fields)
    rows = []
    for form in forms:
        own = parts.get(form.id, {})
        made = totals({field.code: own.get(field.id, Subtotal()) for field in fields}, caps=caps)
        leaves = sum(_leaves(own.get(field.id), applicable.get((form.id, field.id))) for field in inside)
        state = where[form.id].of_states(states.get(form.id, [State.APPRAISAL]))
        given = made.scored > 0
        cells: list[Cell] = [
            form.unit_name,
            *([form.parent_name] if several else []),
            state.title,
            made.scored,
            leaves,
            published_index(made, group.places) if given else MISSING,
            made.achieved if given else MISSING,
            made.maximum if given else MISSING,
            made.bonus,
            made.penalty,
            *(_field(own.get(field.id), applicable.get((form.id, field.id))) for field in inside),
        ]
        rows.append(Row(form.unit_id, tuple(cells)))
    columns = _columns(inside, group.places, several=several)
    lines = (
        M("Provisional, basis: {basis}; over the leaves that have points on it, without ranks.", basis=basis.title),
        M("As of {at}.", at=now),
    )
    title = f"{render(M('Provisional'))}: {group.title}"
    return Table(f"provisional-{group.code}-{group.round_code}", title, columns, rows, lines, total=len(rows))


def _columns(fields: Sequence[m.Criterion], places: int, *, several: bool) -> tuple[Column, ...]:
    return (
        Column("unit", render(M("Unit"))),
        *([Column("parent", render(M("Superior unit")))] if several else []),
        Column("state", render(M("State of the form")), width=20),
        Column("scored", render(M("Leaves with points")), Kind.INTEGER),
        Column("leaves", render(M("Leaves in all")), Kind.INTEGER),
        Column("index", render(M("Provisional index (%)")), Kind.DECIMAL, places),
        Column("achieved", render(M("Achieved")), Kind.DECIMAL, places),
        Column("maximum", render(M("Maximum of these leaves")), Kind.DECIMAL, places),
        Column("bonus", render(M("Bonus")), Kind.DECIMAL, places),
        Column("penalty", render(M("Penalty")), Kind.DECIMAL, places),
        *(Column(f"field_{f.code}", f"{f.code}. {f.name}", Kind.DECIMAL, places, 14) for f in fields),
    )


def _forms(session: Session, group_id: int) -> list[_Form]:
    form, unit, parent = m.Assessment, m.Unit, aliased(m.Unit)
    found = session.execute(
        select(
            form.id,
            form.unit_id,
            form.round_id,
            form.group_id,
            form.signed_at,
            form.closed_at,
            unit.name,
            parent.name,
        )
        .join(unit, unit.id == form.unit_id)
        .join(parent, parent.id == unit.parent_id, isouter=True)
        .where(form.group_id == group_id)
        .order_by(unit.code)
    )
    return [_Form(*row) for row in found]


def _subtotals(
    session: Session, group_id: int, basis: Basis
) -> tuple[dict[int, dict[int, Subtotal]], dict[tuple[int, int], int], dict[int, list[State]]]:
    """Read subtotals of a group: by form and field on the basis, the leaves that apply at all, the states of the fields.

    A field that the council has not approved has no subtotal on its basis; the appraised one tells its leaves.
    """
    sheet, kept = m.FieldSheet, m.Subtotal
    parts: dict[int, dict[int, Subtotal]] = {}
    applicable: dict[tuple[int, int], int] = {}
    states: dict[int, list[State]] = {}
    for row in session.execute(
        select(
            sheet.assessment_id,
            sheet.field_id,
            sheet.state,
            kept.basis,
            kept.achieved,
            kept.scored_maximum,
            kept.leaves,
            kept.scored,
            kept.bonus,
            kept.penalty,
        )
        .join(m.Assessment, m.Assessment.id == sheet.assessment_id)
        .join(kept, kept.sheet_id == sheet.id)
        .where(m.Assessment.group_id == group_id, kept.basis.in_((basis, Basis.APPRAISED)))
    ):
        form_id, field_id, state, on, *figures = row
        if on is basis:
            parts.setdefault(form_id, {})[field_id] = Subtotal(*figures)
        if on is Basis.APPRAISED:
            applicable[form_id, field_id] = row.leaves
            states.setdefault(form_id, []).append(state)
    return parts, applicable, states


def _leaves(part: Subtotal | None, applicable: int | None) -> int:
    return part.leaves if part is not None else applicable or 0


def _field(part: Subtotal | None, applicable: int | None) -> Cell:
    if part is not None and part.scored:
        return part.achieved
    return NOT_APPLICABLE if applicable == 0 else MISSING
