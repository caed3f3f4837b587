"""The helper's questions: marked on single items while appraising, sent to the unit together (Điều 7.3)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from models.situation import Situation, situation
from permissions.gate import Refused, act
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Layer, Stage, State
from services import snapshot
from services.appraisal import Incomplete
from services.explanation.texts import QUESTION_LENGTH, StaleText, TextFault, mark, sound
from services.sheet import Leaf, leaf_of, leaves_of
from services.supervision import notify


class NothingAsked(Exception):
    """There is no question to send."""


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending the questions of a sheet would do: which leaves, what is missing, or why it is not possible."""

    marked: list[Leaf]
    missing: list[Leaf]
    closed: Message | None


def closed(seen: Situation) -> Message | None:
    """Return why this form takes no questions, or None: they need both stages, and time left to answer."""
    if Stage.EXPLANATION not in seen.spans:
        return M("This round has no explanation stage for the unit: decide with what the form holds.")
    if Stage.REAPPRAISAL not in seen.spans:
        return M("This round has no second appraisal for the unit: decide with what the form holds.")
    if seen.stage_over(Stage.EXPLANATION):
        return M("The explanation stage is over for this unit: decide with what the form holds.")
    if seen.stage_over(Stage.REAPPRAISAL):
        return M("The second appraisal is over for this unit: decide with what the form holds.")
    return None


def _must_be_open(sheet: m.FieldSheet, seen: Situation) -> None:
    why = closed(seen)
    if why is not None:
        next_step = M("Its superior may extend or reopen the stage; Sở Nội vụ keeps the windows of the round.")
        raise Refused(Verdict(False, Refusal.STATE, why, next_step))


def ask(sheet: m.FieldSheet, criterion: m.Criterion, text: str, seen_mark: str) -> m.Question:
    """Mark a leaf with a question, or write the marked one anew; it is sent later, with all others of the field.

    Raises ``TextFault``, ``StaleText`` and ``Refused``.
    """
    with act(Verb.ASK, sheet, criteria=[criterion]) as given:
        _must_be_open(sheet, situation(db.session(), sheet.assessment, given.now))
        leaf = _leaf(sheet, criterion)
        if mark(leaf.question) != seen_mark:
            raise StaleText(leaf.question)
        text = sound(text, QUESTION_LENGTH)
        if not text:
            raise TextFault(M("Write what the unit is to explain."))
        if leaf.survey:
            raise TextFault(M("Survey points come from the survey: the unit cannot explain them."))
        if leaf.exemption is not None:
            raise TextFault(M("This criterion does not apply to the unit."))
        assert given.actor is not None  # noqa: S101 - only people ask
        question = leaf.question
        if question is None:
            question = m.Question(
                assessment_id=sheet.assessment_id,
                unit_id=sheet.unit_id,
                criteria_set_id=sheet.criteria_set_id,
                criterion_id=criterion.id,
                turn=_turns(sheet, criterion) + 1,
            )
            db.session.add(question)
        question.text = text
        question.author_id = given.actor.account_id
        question.asked_at = given.now
        return question


def withdraw(sheet: m.FieldSheet, criterion: m.Criterion, seen_mark: str) -> None:
    """Take a question back that was not sent yet. Raises ``StaleText`` and ``Refused``."""
    with act(Verb.ASK, sheet, criteria=[criterion]):
        leaf = _leaf(sheet, criterion)
        if leaf.question is None or mark(leaf.question) != seen_mark:
            raise StaleText(leaf.question)
        db.session.delete(leaf.question)


def _leaf(sheet: m.FieldSheet, criterion: m.Criterion) -> Leaf:
    leaf_of(sheet, criterion.id)
    return next(one for one in leaves_of([sheet])[sheet.id] if one.criterion.id == criterion.id)


def _turns(sheet: m.FieldSheet, criterion: m.Criterion) -> int:
    query = select(func.max(m.Question.turn)).where(
        m.Question.assessment_id == sheet.assessment_id, m.Question.criterion_id == criterion.id
    )
    return db.session.scalar(query) or 0


def sending(leaves: list[Leaf], seen: Situation) -> Sending:
    """Say what sending would do. Survey values are imported in parallel: nobody waits for them here."""
    return Sending(
        [leaf for leaf in leaves if leaf.marked and leaf.exemption is None],
        [leaf for leaf in leaves if leaf.waiting and not leaf.survey],
        closed(seen),
    )


def send(sheet: m.FieldSheet) -> int:
    """Send the marked questions of a field to the unit and return their number; from then on the unit explains.

    The points appraised so far are kept with each question: the unit reads these. Raises ``NothingAsked``, ``Incomplete``
    and ``Refused``.
    """
    with act(Verb.SEND_QUESTIONS, sheet) as given:
        seen = situation(db.session(), sheet.assessment, given.now)
        _must_be_open(sheet, seen)
        leaves = leaves_of([sheet])[sheet.id]
        found = sending(leaves, seen)
        if not found.marked:
            raise NothingAsked
        if found.missing:
            raise Incomplete(found.missing)
        for leaf in leaves:
            if leaf.question is None:
                continue
            if leaf.exemption is not None:  # set not applicable meanwhile: there is nothing to explain
                db.session.delete(leaf.question)
                continue
            leaf.question.sent_at = given.now
            leaf.question.points = None if leaf.appraised is None else leaf.appraised.points
        sheet.state = given.to or State.EXPLANATION
        sheet.explained_at = None
        sheet.explained_by_id = None
        span = seen.spans[Stage.EXPLANATION]
        message = M(
            "The helper team asks for an explanation of {count} items of field {field}. Answer and sign between {opens} and {closes}.",
            count=len(found.marked),
            field=f"{sheet.field.code}. {sheet.field.name}",
            opens=f"{span.opens_at.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}",
            closes=f"{span.closes_at.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}",
        )
        notify(given, sheet.assessment, message)
        db.session.flush()
        snapshot.take(given, sheet.assessment, Layer.APPRAISAL, sheet)
        return len(found.marked)
