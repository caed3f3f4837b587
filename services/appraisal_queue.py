"""The queue of a helper: its fields of each unit of the council, how far, until when; what came back stands first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, or_, select

import models as m
from extensions import db
from models.situation import Situation, situations
from permissions.actor import Actor
from permissions.standing import Standing, standing
from rules.message import M, Message
from rules.verdict import Verdict
from rules.vocabulary import CriterionKind, Layer, Method, Stage, State
from services.appraisal import verb_of


class Status(StrEnum):
    """Where a helper's work on one field of one unit stands."""

    RETURNED = "returned"
    AGAIN = "again"
    NEW = "new"
    WORKING = "working"
    EXPLAINING = "explaining"
    HANDED_IN = "handed_in"

    @property
    def label(self) -> Message:
        return _LABELS[self]


_LABELS = {
    Status.RETURNED: M("Sent back by the council"),
    Status.AGAIN: M("Waits for the second appraisal"),
    Status.NEW: M("Not begun"),
    Status.WORKING: M("In work"),
    Status.EXPLAINING: M("Being explained by the unit"),
    Status.HANDED_IN: M("Handed in"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One field of one unit. ``done`` of ``total`` counts the leaves in the helper's charge.

    Of a field that the unit explains or has explained, these are the leaves asked about.
    """

    sheet: m.FieldSheet
    unit_name: str
    field_code: str
    field_name: str
    set_name: str
    state: State
    status: Status
    done: int
    total: int
    closes_at: datetime | None
    submitted: bool
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Queue:
    """The rows that pass the filter, returned ones first, with the choices of the filter over all of them."""

    rows: list[Row]
    counts: dict[Status, int] = field(default_factory=dict)
    fields: dict[int, str] = field(default_factory=dict)
    units: dict[int, str] = field(default_factory=dict)


def queue(
    actor: Actor, *, field_id: int | None = None, unit_id: int | None = None, status: Status | None = None
) -> Queue:
    """Read the queue in a constant number of statements; forms that are not locked yet do not appear (the read floor)."""
    found = db.session.execute(
        select(m.FieldSheet, m.Assessment, m.Unit.name, m.Criterion.code, m.Criterion.name, m.CriteriaSet.name)
        .join(m.Assessment, m.Assessment.id == m.FieldSheet.assessment_id)
        .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .join(m.CriteriaSet, m.CriteriaSet.id == m.FieldSheet.criteria_set_id)
        .order_by(m.FieldSheet.criteria_set_id, m.Criterion.path, m.Unit.code)
    ).all()
    stand = standing(db.session(), actor, [row[0] for row in found])
    mine = [row for row in found if stand.touches(row[0])]
    seen = situations(db.session(), list({form.id: form for _, form, *_ in mine}.values()), actor.now)
    progress = _progress(stand, [sheet for sheet, *_ in mine])
    rows = []
    for sheet, form, unit_name, code, name, set_name in mine:
        situation = seen[form.id]
        done, total = progress[sheet.id]
        state = situation.of_sheet(sheet)
        rows.append(
            Row(
                sheet,
                unit_name,
                code,
                name,
                set_name,
                state,
                _status(sheet, state, done),
                done,
                total,
                _closes_at(sheet, state, situation),
                form.signed_at is not None,
                stand.judge(verb_of(sheet), sheet, situation),
            )
        )
    shown = [
        row
        for row in rows
        if field_id in (None, row.sheet.field_id)
        and unit_id in (None, row.sheet.unit_id)
        and status in (None, row.status)
    ]
    first = (Status.RETURNED, Status.AGAIN)
    shown.sort(key=lambda row: row.status not in first)  # stable: the order of fields and units stays
    several = len({row.set_name for row in rows}) > 1
    fields = {
        row.sheet.field_id: f"{row.field_code}. {row.field_name}" + (f" – {row.set_name}" if several else "")
        for row in rows
    }
    counts = {one: sum(row.status is one for row in rows) for one in Status}
    return Queue(shown, counts, fields, {row.sheet.unit_id: row.unit_name for row in rows})


def _status(sheet: m.FieldSheet, state: State, done: int) -> Status:
    if state is State.EXPLANATION:
        return Status.EXPLAINING
    if state is State.REAPPRAISAL:
        return Status.AGAIN
    if sheet.state is not State.APPRAISAL:
        return Status.HANDED_IN
    if sheet.returned_reason is not None:
        return Status.RETURNED
    return Status.WORKING if done else Status.NEW


def _closes_at(sheet: m.FieldSheet, state: State, situation: Situation) -> datetime | None:
    """End of the stage that the field stands in; what the council sent back may be worked on as long as approval lasts."""
    own = {State.EXPLANATION: Stage.EXPLANATION, State.REAPPRAISAL: Stage.REAPPRAISAL}.get(state)
    if own is not None:
        return situation.spans[own].closes_at if own in situation.spans else None
    stages = (Stage.APPRAISAL, Stage.APPROVAL) if sheet.returned_reason is not None else (Stage.APPRAISAL,)
    return max((situation.spans[stage].closes_at for stage in stages if stage in situation.spans), default=None)


def _progress(stand: Standing, sheets: Sequence[m.FieldSheet]) -> dict[int, tuple[int, int]]:
    """Count leaves done and required in the helper's charge, by sheet (the rule of ``services.sheet.Leaf.required``)."""
    criterion, score, exemption = m.Criterion, m.Score, m.Exemption
    forms = {sheet.assessment_id for sheet in sheets}
    leaves: dict[tuple[int, str], list[m.Criterion]] = {}
    fields: dict[int, str] = {}
    for one in db.session.scalars(
        select(criterion)
        .where(
            criterion.set_id.in_({sheet.criteria_set_id for sheet in sheets}),
            or_(criterion.is_leaf, criterion.parent_id.is_(None)),
        )
        .order_by(criterion.path)
    ):
        if one.parent_id is None:
            fields[one.id] = one.code
        if one.is_leaf:
            leaves.setdefault((one.set_id, one.field_code), []).append(one)
    given = db.session.execute(
        select(score.assessment_id, score.criterion_id, score.layer, score.updated_at)
        .join(criterion, criterion.id == score.criterion_id)
        .where(
            score.assessment_id.in_(forms),
            or_(
                score.layer.in_([Layer.APPRAISAL, Layer.REAPPRAISAL]),
                and_(score.layer == Layer.SURVEY, criterion.method == Method.SURVEY),
                and_(criterion.kind == CriterionKind.BONUS, score.layer.in_([Layer.SELF, Layer.SUPERIOR])),
            ),
        )
    ).all()
    done = {(form_id, leaf_id) for form_id, leaf_id, layer, _ in given if layer > Layer.SUPERIOR}
    claimed = {(form_id, leaf_id) for form_id, leaf_id, layer, _ in given if layer <= Layer.SUPERIOR}
    again = {(form_id, leaf_id): at for form_id, leaf_id, layer, at in given if layer is Layer.REAPPRAISAL}
    asked, marked = _questions(forms)
    exempt = set(
        db.session.execute(
            select(exemption.assessment_id, exemption.criterion_id).where(exemption.assessment_id.in_(forms))
        ).all()
    )
    counts = {}
    for sheet in sheets:
        form_id = sheet.assessment_id
        second = sheet.state in (State.EXPLANATION, State.REAPPRAISAL)
        own = [
            (form_id, leaf.id)
            for leaf in leaves.get((sheet.criteria_set_id, fields[sheet.field_id]), ())
            if stand.covers(sheet, leaf)
            and (form_id, leaf.id) not in exempt
            and ((form_id, leaf.id) in asked if second else _required(leaf, form_id, claimed))
        ]
        if second:
            counts[sheet.id] = (sum(key in again and again[key] >= asked[key] for key in own), len(own))
        else:
            counts[sheet.id] = (sum(key in done or key in marked for key in own), len(own))
    return counts


def _required(leaf: m.Criterion, form_id: int, claimed: set[tuple[int, int]]) -> bool:
    """Penalties wait for nobody, a bonus only once it is claimed."""
    if leaf.kind is CriterionKind.PENALTY:
        return False
    return leaf.kind is not CriterionKind.BONUS or (form_id, leaf.id) in claimed


def _questions(forms: set[int]) -> tuple[dict[tuple[int, int], datetime], set[tuple[int, int]]]:
    """Return the leaves asked about, with the moment after which they are decided anew, and those only marked.

    The rule of ``services.sheet.Leaf.undecided``.
    """
    question = m.Question
    asked: dict[tuple[int, int], datetime] = {}
    marked: set[tuple[int, int]] = set()
    for form_id, leaf_id, sent_at, changed_at in db.session.execute(
        select(question.assessment_id, question.criterion_id, question.sent_at, question.changed_at).where(
            question.assessment_id.in_(forms), question.settled_at.is_(None)
        )
    ):
        if sent_at is None:
            marked.add((form_id, leaf_id))
        else:
            asked[form_id, leaf_id] = max(sent_at, changed_at or sent_at)
    return asked, marked
