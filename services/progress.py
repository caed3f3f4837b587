"""Where the forms below a superior stand: state, deadline, how far, by unit. Reads subtotals and sheet states only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from models.situation import situations
from permissions.actor import Actor
from rules.text import fold
from rules.vocabulary import Basis, Layer, State
from services.evidence.lacking import lacking


@dataclass(frozen=True, slots=True)
class Done:
    """Leaves with points, of the leaves that apply, on one basis."""

    scored: int = 0
    leaves: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """One unit's form on the board. ``signed`` tells a locked form that was never signed: "not submitted"."""

    form: m.Assessment
    unit_code: str
    unit_name: str
    parent_name: str
    group_name: str
    state: State
    closes_at: datetime | None
    extended: bool
    self_scored: Done
    appraised: Done
    sheets: int
    approved: int
    #: Leaves with points and no evidence.
    unproved: int = 0

    @property
    def not_submitted(self) -> bool:
        return self.state.locked and self.form.signed_at is None

    @property
    def late(self) -> bool:
        """Neither signed nor, where locked, submitted."""
        return self.state is State.DRAFT or self.not_submitted


@dataclass(frozen=True, slots=True)
class Board:
    """The forms in the reader's scope, in catalogue order, and how many stand in each state."""

    rows: list[Row]
    counts: dict[State, int] = field(default_factory=dict)
    not_submitted: int = 0


def board(
    actor: Actor, round_: m.Round, *, group_id: int | None = None, state: State | None = None, search: str = ""
) -> Board:
    """Read the board of a round, cut to the reader's scope by the read floor; ``search`` without diacritics."""
    unit, parent = m.Unit, aliased(m.Unit)
    query = (
        select(m.Assessment, unit.code, unit.name, parent.name, m.RankingGroup.name)
        .join(unit, unit.id == m.Assessment.unit_id)
        .join(parent, parent.id == unit.parent_id, isouter=True)
        .join(m.RankingGroup, m.RankingGroup.id == m.Assessment.group_id)
        .where(m.Assessment.round_id == round_.id)
        .order_by(m.RankingGroup.id, unit.code)
    )
    if group_id is not None:
        query = query.where(m.Assessment.group_id == group_id)
    if search.strip():
        query = query.where(unit.name_search.contains(fold(search), autoescape=True))
    found = db.session.execute(query).all()
    forms = [form for form, *_ in found]
    seen = situations(db.session(), forms, actor.now)
    done = _done(round_)
    states = _sheet_states(round_)
    unproved = lacking(round_)
    rows = []
    for form, code, name, parent_name, group_name in found:
        own = states.get(form.id, [])
        span = seen[form.id]
        state_ = span.of_states(own)
        rows.append(
            Row(
                form,
                code,
                name,
                parent_name or "",
                group_name,
                state_,
                span.ends_of(state_),
                any(part.extended for part in span.spans.values()),
                done.get((form.id, Basis.SELF), Done()),
                done.get((form.id, Basis.APPRAISED), Done()),
                len(own),
                sum(one in (State.APPROVED, State.CLOSED) for one in own),
                unproved.get(form.id, 0),
            )
        )
    counts = {one: sum(row.state is one for row in rows) for one in State}
    missing = sum(row.not_submitted for row in rows)
    shown = rows if state is None else [row for row in rows if row.state is state]
    return Board(shown, {one: n for one, n in counts.items() if n}, missing)


def _done(round_: m.Round) -> dict[tuple[int, Basis], Done]:
    subtotal = m.Subtotal
    rows = db.session.execute(
        select(subtotal.assessment_id, subtotal.basis, func.sum(subtotal.scored), func.sum(subtotal.leaves))
        .join(m.Assessment, m.Assessment.id == subtotal.assessment_id)
        .where(m.Assessment.round_id == round_.id)
        .group_by(subtotal.assessment_id, subtotal.basis)
    )
    return {(form_id, basis): Done(int(scored), int(leaves)) for form_id, basis, scored, leaves in rows}


def _sheet_states(round_: m.Round) -> dict[int, list[State]]:
    sheet = m.FieldSheet
    states: dict[int, list[State]] = {}
    rows = db.session.execute(
        select(sheet.assessment_id, sheet.state)
        .join(m.Assessment, m.Assessment.id == sheet.assessment_id)
        .where(m.Assessment.round_id == round_.id)
    )
    for form_id, state in rows:
        states.setdefault(form_id, []).append(state)
    return states


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of a form, with its sheet, state and progress."""

    sheet: m.FieldSheet
    code: str
    name: str
    state: State
    self_scored: Done
    appraised: Done
    #: Why the council sent the field back to its helper; of the reader's own unit that is not told (Điều 4.3).
    returned: str = ""


def fields(form: m.Assessment, actor: Actor) -> list[FieldRow]:
    """Return the fields of one form in their order."""
    seen = situations(db.session(), [form], actor.now)[form.id]
    subtotal = m.Subtotal
    done = {
        (sheet_id, basis): Done(scored, leaves)
        for sheet_id, basis, scored, leaves in db.session.execute(
            select(subtotal.sheet_id, subtotal.basis, subtotal.scored, subtotal.leaves).where(
                subtotal.assessment_id == form.id
            )
        )
    }
    rows = db.session.execute(
        select(m.FieldSheet, m.Criterion.code, m.Criterion.name)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.FieldSheet.assessment_id == form.id)
        .order_by(m.Criterion.path)
    )
    own = actor.authority is not None and actor.authority.unit_id == form.unit_id
    return [
        FieldRow(
            sheet,
            code,
            name,
            seen.of_sheet(sheet),
            done.get((sheet.id, Basis.SELF), Done()),
            done.get((sheet.id, Basis.APPRAISED), Done()),
            "" if own else sheet.returned_reason or "",
        )
        for sheet, code, name in rows
    ]


@dataclass(frozen=True, slots=True)
class LeafRow:
    """One leaf of a form for its superior: the unit's points, the superior's, and whether it applies."""

    criterion: m.Criterion
    own: m.Score | None
    superior: m.Score | None
    exemption: str | None


def leaves(form: m.Assessment) -> list[LeafRow]:
    """Return the leaves that the unit scores itself, with both layers."""
    given: dict[int, dict[Layer, m.Score]] = {}
    for score in db.session.scalars(
        select(m.Score).where(m.Score.assessment_id == form.id, m.Score.layer.in_([Layer.SELF, Layer.SUPERIOR]))
    ):
        given.setdefault(score.criterion_id, {})[score.layer] = score
    exempt: dict[int, str] = dict(
        db.session.execute(
            select(m.Exemption.criterion_id, m.Exemption.reason).where(m.Exemption.assessment_id == form.id)
        ).all()
    )
    criteria: Sequence[m.Criterion] = db.session.scalars(
        select(m.Criterion)
        .where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.is_leaf)
        .order_by(m.Criterion.path)
    ).all()
    return [
        LeafRow(
            one,
            given.get(one.id, {}).get(Layer.SELF),
            given.get(one.id, {}).get(Layer.SUPERIOR),
            exempt.get(one.id),
        )
        for one in criteria
    ]
