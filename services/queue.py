"""What waits for a person on the first page: own forms, fields to appraise or approve. A fixed number of statements each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from models.situation import form_stage_over, situations
from permissions.actor import Actor, Authority
from rules.message import M, Message
from rules.totals import Subtotal as Figures
from rules.totals import Totals, totals
from rules.verbs import Role
from rules.vocabulary import Basis, Stage, State
from services.explanation import reading as explanations
from services.explanation.reading import Waiting

#: Notices on the first page, the newest first.
NOTICES = 10


@dataclass(frozen=True, slots=True)
class OwnForm:
    """A form of the reader's unit and the next step with it."""

    form: m.Assessment
    round: m.Round
    state: State
    closes_at: datetime | None
    own: Totals
    next_step: Message
    #: Items to explain, or None.
    explaining: Waiting | None = None

    @property
    def not_submitted(self) -> bool:
        """Locked without a signature."""
        return self.state.locked and self.form.signed_at is None


@dataclass(slots=True)
class FieldQueue:
    """One field of one criteria set: how many units stand where in it, of those assigned to the seat."""

    field_id: int
    code: str
    name: str
    set_name: str
    closes_at: datetime | None
    #: With the helper; of these, sent back by the council.
    appraisal: int = 0
    returned: int = 0
    #: With the unit, which explains; of these the explanation is over and the helper decides again.
    explanation: int = 0
    reappraisal: int = 0
    appraised: int = 0
    approved: int = 0

    @property
    def total(self) -> int:
        return self.appraisal + self.explanation + self.reappraisal + self.appraised + self.approved


@dataclass(frozen=True, slots=True)
class CouncilQueue:
    """A seat's fields, and how many of the council's units have no locked form yet."""

    fields: list[FieldQueue]
    units: int
    locked: int


def own_forms(actor: Actor, authority: Authority) -> list[OwnForm]:
    """Return the forms of the reader's own unit, the newest round first."""
    forms = db.session.scalars(
        select(m.Assessment)
        .join(m.Round, m.Round.id == m.Assessment.round_id)
        .where(m.Assessment.unit_id == authority.unit_id)
        .options(joinedload(m.Assessment.round))
        .order_by(m.Round.year.desc(), m.Round.id.desc())
    ).all()
    seen = situations(db.session(), forms, actor.now)
    sheets = _own_sheets(forms)
    asked = explanations.waiting([form.id for form in forms])
    rows = []
    for form in forms:
        states, figures = sheets.get(form.id, ([], {}))
        state, own = seen[form.id].of_states(states), totals(figures)
        explaining = explanations.explaining(seen[form.id], states, asked.get(form.id))
        step = _next_step(authority.role, state, own, signed=form.signed_at is not None)
        if explaining is not None:
            step = _next_explanation(authority.role, explaining)
        rows.append(OwnForm(form, form.round, state, seen[form.id].closes_at, own, step, explaining))
    return rows


def _own_sheets(forms: Sequence[m.Assessment]) -> dict[int, tuple[list[State], dict[str, Figures]]]:
    sheet, subtotal = m.FieldSheet, m.Subtotal
    query = (
        select(
            sheet.assessment_id,
            sheet.id,
            sheet.state,
            subtotal.achieved,
            subtotal.maximum,
            subtotal.leaves,
            subtotal.scored,
            subtotal.bonus,
            subtotal.penalty,
        )
        .join(subtotal, subtotal.sheet_id == sheet.id)
        .where(sheet.assessment_id.in_([form.id for form in forms]), subtotal.basis == Basis.SELF)
    )
    found: dict[int, tuple[list[State], dict[str, Figures]]] = {}
    for row in db.session.execute(query):
        states, figures = found.setdefault(row.assessment_id, ([], {}))
        states.append(row.state)
        figures[str(row.id)] = Figures(*row[3:])
    return found


def _next_step(role: Role, state: State, own: Totals, *, signed: bool) -> Message:
    left = own.leaves - own.scored
    match state:
        case State.NOT_OPEN:
            return M("Self-scoring has not begun.")
        case State.DRAFT if left:
            return M("Go on scoring: {left} items are open.", left=left)
        case State.DRAFT if role is Role.LEADER:
            return M("All items are scored: check the form and sign it off.")
        case State.DRAFT:
            return M("All items are scored: check the form and tell your leader to sign it off.")
        case State.SIGNED:
            return M("Signed off. Your leader may take it back until the deadline.")
        case State.PUBLISHED:
            return M("The result is published.")
        case _:
            return M("Locked: the council is at work.") if signed else M("Locked without signature: not submitted.")


def _next_explanation(role: Role, waiting: Waiting) -> Message:
    if waiting.opens_at is not None:
        return M("The helper team has questions: you read and answer them once the explanation stage begins.")
    left = waiting.asked - waiting.answered
    if left:
        return M("Explain the items asked about: {left} of {count} are open.", left=left, count=waiting.asked)
    if role is Role.LEADER:
        return M("Every item asked about is explained: check the answers and sign.")
    return M("Every item asked about is explained: tell your leader to sign.")


def notices(authority: Authority) -> Sequence[m.Notice]:
    """Return what the unit was told last."""
    query = select(m.Notice).where(m.Notice.unit_id == authority.unit_id)
    return db.session.scalars(query.order_by(m.Notice.id.desc()).limit(NOTICES)).all()


def newest_round() -> m.Round | None:
    """Return the round that is being worked on: the newest that was opened."""
    query = select(m.Round).where(m.Round.opened_at.is_not(None))
    return db.session.scalars(query.order_by(m.Round.year.desc(), m.Round.id.desc()).limit(1)).first()


def council(actor: Actor, authority: Authority) -> CouncilQueue:
    """Return the fields assigned to a seat, with the units that stand in each state."""
    stage = Stage.APPRAISAL if authority.role is Role.HELPER else Stage.APPROVAL
    fields = _fields(authority, stage)
    ranges = _ranges(authority)
    sheet = m.FieldSheet
    sheets = db.session.execute(
        select(
            sheet.criteria_set_id,
            sheet.field_id,
            sheet.unit_id,
            sheet.state,
            sheet.returned_reason.is_not(None).label("returned"),
            form_stage_over(Stage.EXPLANATION, actor.now).label("explained"),
        )
        .join(m.Assessment, m.Assessment.id == sheet.assessment_id)
        .where(m.Assessment.round_id == authority.council_round_id)
    ).all()
    for row in sheets:
        line = fields[row.field_id]
        assigned = ranges.get((row.criteria_set_id, line.code), ())
        if any(unit_id in (None, row.unit_id) for unit_id in assigned):
            over = row.state is State.EXPLANATION and row.explained
            _count(line, State.REAPPRAISAL if over else row.state, returned=row.returned)
    units = db.session.scalar(
        select(func.count()).select_from(m.CouncilUnit).where(m.CouncilUnit.council_id == authority.council_id)
    )
    lines = [line for line in fields.values() if line.total]
    return CouncilQueue(lines, units or 0, len({row.unit_id for row in sheets}))


def _count(line: FieldQueue, state: State, *, returned: bool) -> None:
    if state is State.APPRAISAL:
        line.appraisal += 1
        line.returned += returned
    elif state is State.EXPLANATION:
        line.explanation += 1
    elif state is State.REAPPRAISAL:
        line.reappraisal += 1
    elif state is State.APPRAISED:
        line.appraised += 1
    else:
        line.approved += 1


def _fields(authority: Authority, stage: Stage) -> dict[int, FieldQueue]:
    """Return the fields of the round's criteria sets with the end of their stage, in catalogue order."""
    c, set_, group, window = m.Criterion, m.CriteriaSet, m.RankingGroup, m.Window
    query = (
        select(c.id, c.code, c.name, set_.name, func.max(window.closes_at, type_=window.closes_at.type))
        .join(set_, set_.id == c.set_id)
        .join(group, group.criteria_set_id == set_.id)
        .outerjoin(
            window,
            (window.round_id == group.round_id) & (window.level_id == group.level_id) & (window.stage == stage),
        )
        .where(group.round_id == authority.council_round_id, c.parent_id.is_(None))
        .group_by(c.id, c.path, c.code, c.name, set_.id, set_.name)
        .order_by(set_.id, c.path)
    )
    return {
        id_: FieldQueue(id_, code, name, set_name, closes_at)
        for id_, code, name, set_name, closes_at in db.session.execute(query)
    }


def _ranges(authority: Authority) -> dict[tuple[int, str], list[int | None]]:
    """Return the seat's assignments by criteria set and field: the unit it is narrowed to, if any."""
    c, assignment = m.Criterion, m.Assignment
    query = (
        select(c.set_id, c.field_code, assignment.unit_id)
        .join(assignment, assignment.criterion_id == c.id)
        .where(assignment.seat_id == authority.seat_id)
    )
    found: dict[tuple[int, str], list[int | None]] = {}
    for set_id, code, unit_id in db.session.execute(query):
        found.setdefault((set_id, code), []).append(unit_id)
    return found
