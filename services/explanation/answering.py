"""The unit's answers: written item by item, signed by its leader for all fields at once; more time by a superior (Điều 7.2, 12.1)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from contextlib import ExitStack
from datetime import datetime

from sqlalchemy import select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from models.situation import situation
from permissions.behalf import acting
from permissions.gate import Refused, act, hidden
from rules.message import M
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Layer, Stage, State
from services import snapshot
from services.explanation.texts import ANSWER_LENGTH, StaleText, mark, sound
from services.sheet import leaf_of
from services.supervision import DateFault, add_extension, notify

#: A question with its answer, if there is one.
Asked = tuple[m.Question, m.Explanation | None]


class Unanswered(Exception):
    """Questions without an answer, by number: they are confirmed as such before the leader signs.

    ``wordless`` are those with further documents but no text: the documents speak only beside words.
    """

    def __init__(self, open_: list[m.Question], wordless: list[m.Question]) -> None:
        super().__init__(f"{len(open_)} without an answer, {len(wordless)} with documents alone")
        self.open = frozenset(question.id for question in open_)
        self.wordless = frozenset(question.id for question in wordless)


def place(form: m.Assessment, code: str) -> tuple[m.FieldSheet, m.Criterion]:
    """Return sheet and leaf of a form by the leaf's code; anything else is hidden."""
    leaf = db.session.scalar(
        select(m.Criterion).where(
            m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == code, m.Criterion.is_leaf
        )
    )
    if leaf is None:
        raise hidden()
    sheet = db.session.scalar(
        select(m.FieldSheet)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.FieldSheet.assessment_id == form.id, m.Criterion.code == leaf.field_code)
    )
    if sheet is None:
        raise hidden()
    return sheet, leaf


def question_of(sheet: m.FieldSheet, criterion: m.Criterion) -> m.Question:
    """Return the question that the unit may answer on this leaf; without one nothing of it is open to the unit."""
    leaf_of(sheet, criterion.id)
    found = db.session.scalar(
        select(m.Question).where(
            m.Question.assessment_id == sheet.assessment_id,
            m.Question.criterion_id == criterion.id,
            m.Question.sent_at.is_not(None),
            m.Question.settled_at.is_(None),
        )
    )
    if found is None:
        raise hidden()
    return found


def explain(sheet: m.FieldSheet, criterion: m.Criterion, text: str, seen_mark: str) -> m.Explanation | None:
    """Save the answer of one leaf; an empty one takes it back. Raises ``TextFault``, ``StaleText`` and ``Refused``."""
    with act(Verb.EXPLAIN, sheet) as given:
        question = question_of(sheet, criterion)
        present = db.session.scalar(select(m.Explanation).where(m.Explanation.question_id == question.id))
        text = sound(text, ANSWER_LENGTH)
        if mark(present) != seen_mark:
            if present is not None and present.text == text:
                return present  # both wrote the same, or one save came twice
            raise StaleText(present)
        if not text:
            if present is not None:
                db.session.delete(present)
                question.changed_at = given.now
            return None
        if present is None:
            present = m.Explanation(
                question_id=question.id,
                assessment_id=sheet.assessment_id,
                unit_id=sheet.unit_id,
                criterion_id=criterion.id,
            )
            db.session.add(present)
        elif present.text == text:
            return present
        assert given.actor is not None  # noqa: S101 - only people explain
        present.text = text
        present.author_id = given.actor.account_id
        present.updated_at = question.changed_at = given.now
        return present


def _sheets(form: m.Assessment, states: Sequence[State]) -> list[m.FieldSheet]:
    query = select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id, m.FieldSheet.state.in_(states))
    return list(db.session.scalars(query.order_by(m.FieldSheet.id)))


def open_questions(sheets: Iterable[m.FieldSheet]) -> list[Asked]:
    """Return the questions that were sent and not settled on these sheets of one form, with their answers, in its order."""
    sheets = list(sheets)
    codes = {sheet.field.code for sheet in sheets}
    query = (
        select(m.Question, m.Explanation, m.Criterion.field_code)
        .join(m.Criterion, m.Criterion.id == m.Question.criterion_id)
        .outerjoin(m.Explanation, m.Explanation.question_id == m.Question.id)
        .where(
            m.Question.assessment_id.in_({sheet.assessment_id for sheet in sheets}),
            m.Question.sent_at.is_not(None),
            m.Question.settled_at.is_(None),
        )
        .order_by(m.Criterion.path)
    )
    return [(question, answer) for question, answer, code in db.session.execute(query) if code in codes]


def with_papers(form: m.Assessment) -> set[tuple[int, int]]:
    """Return leaf and turn of the questions of a form that were given further documents."""
    link = m.EvidenceLink
    query = select(link.criterion_id, link.turn).where(link.assessment_id == form.id, link.stage == Stage.EXPLANATION)
    return {(leaf_id, turn) for leaf_id, turn in db.session.execute(query.distinct())}


def stamp(form: m.Assessment) -> str:
    """Return what a page remembers of all that a leader would sign: questions, answers, further documents as they are."""
    asked = open_questions(_sheets(form, (State.EXPLANATION,)))
    turns = {(question.criterion_id, question.turn) for question, _ in asked}
    link = m.EvidenceLink
    papers = db.session.execute(
        select(link.criterion_id, link.turn, link.id, link.file_id)
        .where(link.assessment_id == form.id, link.stage == Stage.EXPLANATION)
        .order_by(link.id)
    )
    held = [
        [(question.id, mark(answer)) for question, answer in asked],
        [tuple(row) for row in papers if (row.criterion_id, row.turn) in turns],
    ]
    return hashlib.sha256(repr(held).encode()).hexdigest()[:32]


def sign(form: m.Assessment, without: Collection[int] = (), seen: str | None = None) -> int:
    """Sign the explanation of every field that is being explained, all or nothing; return the number of items.

    ``without`` names the questions that the leader leaves unanswered knowingly, ``seen`` is the stamp of what the leader read:
    nothing else is signed. Raises ``Unanswered`` and ``Refused``.
    """
    sheets = _sheets(form, (State.EXPLANATION,))
    if not sheets:
        raise Refused(
            Verdict(
                False,
                Refusal.STATE,
                M("Nothing of this form waits for an explanation."),
                M("The explanation may have been signed already."),
            )
        )
    with ExitStack() as stack:
        signing = [stack.enter_context(act(Verb.SIGN_EXPLANATION, sheet)) for sheet in sheets]
        given = signing[-1]
        if seen is not None and seen != stamp(form):
            raise Refused(
                Verdict(
                    False,
                    Refusal.STATE,
                    M("Somebody else changed this in the meantime."),
                    M("Look at the present state and decide again."),
                )
            )
        asked = open_questions(sheets)
        papers = with_papers(form)
        silent = [question for question, answer in asked if answer is None]
        wordless = [question for question in silent if (question.criterion_id, question.turn) in papers]
        left = [question for question in silent if question not in wordless and question.id not in without]
        if wordless or left:
            raise Unanswered(left, wordless)
        assert given.actor is not None  # noqa: S101 - only people sign
        for _, answer in asked:
            if answer is not None:
                answer.signed_at = given.now
        for sheet in sheets:
            sheet.state = given.to or State.REAPPRAISAL
            sheet.explained_at = given.now
            sheet.explained_by_id = given.actor.account_id
        told = M(
            "{name} signed the explanation of {count} items; {without} without an answer.",
            name=acting(given.actor),
            count=len(asked),
            without=len(silent),
        )
        notify(given, form, told)
        db.session.flush()
        for sheet in sheets:
            snapshot.take(given, form, Layer.SUPERIOR, sheet)
    return len(asked)


def extend(form: m.Assessment, ends_at: datetime, reason: str) -> None:
    """Give a unit more time to explain, by a superior; what it has signed already is open to it again (Điều 12.1).

    Raises ``DateFault`` and ``Refused``, also where the reason is missing.
    """
    sheets = _sheets(form, (State.EXPLANATION, State.REAPPRAISAL))
    if not sheets:
        raise Refused(Verdict(False, Refusal.STATE, M("Nothing of this form was asked to be explained.")))
    with ExitStack() as stack:
        extending = [stack.enter_context(act(Verb.EXTEND_EXPLANATION, sheet, reason=reason)) for sheet in sheets]
        given = extending[-1]
        spans = situation(db.session(), form, given.now).spans
        again, now = spans.get(Stage.REAPPRAISAL), spans.get(Stage.EXPLANATION)
        if again is not None and ends_at >= again.closes_at:
            end = f"{again.closes_at.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}"
            raise DateFault(M("The new end must lie before the end of the second appraisal ({end}).", end=end))
        signed = [sheet for sheet in sheets if sheet.explained_at is not None]
        if not (signed and now is not None and given.now < ends_at <= now.closes_at):
            add_extension(given, form, Stage.EXPLANATION, ends_at)
        for _, answer in open_questions(signed):
            if answer is not None:
                answer.signed_at = None
        for sheet in sheets:
            sheet.state = given.to or State.EXPLANATION
            sheet.explained_at = None
            sheet.explained_by_id = None
        notify(given, form, M("You may explain the items asked about once more. Reason: {reason}", reason=given.reason))
