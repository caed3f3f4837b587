"""The unit's page: only what it was asked about, field by field, with what it may do there now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import aliased, joinedload

import models as m
from extensions import db
from models.situation import Situation, Span, situation
from permissions.actor import Actor
from permissions.policies import judge_all
from rules.verbs import Verb
from rules.verdict import Verdict
from rules.vocabulary import Audience, Layer, Stage, State
from services.explanation.changes import Changes, changes
from services.explanation.texts import NOTHING, mark
from services.explanation.thread import Thread, Threads, Turn, threads
from services.sheet import Leaf, leaves_of

VERBS = (Verb.READ, Verb.EXPLAIN, Verb.SIGN_EXPLANATION, Verb.EXTEND_EXPLANATION)


@dataclass(frozen=True, slots=True)
class Item:
    """A leaf that was asked about; ``turn`` is the question that stands open, or the last one."""

    leaf: Leaf
    thread: Thread
    turn: Turn
    open: bool

    @property
    def earlier(self) -> list[Turn]:
        return self.thread.sent[:-1]

    @property
    def answer(self) -> m.Explanation | None:
        return self.turn.answer

    @property
    def mark(self) -> str:
        return mark(self.turn.answer) if self.turn.answer is not None else NOTHING

    @property
    def remarks(self) -> list[m.Remark]:
        return [one for one in self.thread.remarks if one.audience is Audience.UNIT]


@dataclass(frozen=True, slots=True)
class Part:
    """One field with the items asked about."""

    sheet: m.FieldSheet
    state: State
    items: list[Item]


@dataclass(frozen=True, slots=True)
class Reading:
    """The explanation of a form as one person may read it."""

    form: m.Assessment
    seen: Situation
    parts: list[Part]
    may: dict[Verb, Verdict]
    #: Fields with questions that the unit will read once the stage begins.
    coming: int
    #: What the second appraisal changed, where the reader may know it.
    changes: Changes | None
    #: Codes of the fields that a restriction leaves the reader to write in; None for all.
    fields: frozenset[str] | None = None

    def writes(self, part: Part) -> bool:
        """Tell whether no restriction keeps the reader from answering in this field."""
        return self.fields is None or part.items[0].leaf.criterion.field_code in self.fields

    @property
    def span(self) -> Span | None:
        return self.seen.spans.get(Stage.EXPLANATION)

    @property
    def open(self) -> list[Item]:
        """The items that the unit is explaining."""
        return [item for part in self.parts for item in part.items if item.open and part.state is State.EXPLANATION]

    @property
    def answered(self) -> int:
        return sum(item.answer is not None for item in self.open)

    @property
    def items(self) -> Iterator[Item]:
        return (item for part in self.parts for item in part.items)

    def item(self, criterion_id: int) -> Item | None:
        return next((item for item in self.items if item.leaf.criterion.id == criterion_id), None)


def read(form: m.Assessment, actor: Actor) -> Reading:
    """Read the explanation of a form, in a fixed number of statements."""
    sheets = list(
        db.session.scalars(
            select(m.FieldSheet)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .where(m.FieldSheet.assessment_id == form.id)
            .options(joinedload(m.FieldSheet.field))
            .order_by(m.Criterion.path)
        )
    )
    seen = situation(db.session(), form, actor.now)
    said = threads([form.id], named=False)
    leaves = leaves_of(sheets)
    parts: list[Part] = []
    for sheet in sheets:
        items = [
            Item(leaf, found, found.last, found.last.question.settled_at is None)
            for leaf in leaves[sheet.id]
            if (found := said.of(form.id, leaf.criterion.id)).last is not None
        ]
        if items:
            parts.append(Part(sheet, seen.of_sheet(sheet), items))
    shown = {part.sheet.id for part in parts if any(item.open for item in part.items)}
    coming = sum(sheet.id not in shown and seen.of_sheet(sheet) is State.EXPLANATION for sheet in sheets)
    limits = None if actor.authority is None else actor.authority.limits
    fields = None if limits is None else limits.fields
    own = {part.sheet.id for part in parts if fields is None or part.items[0].leaf.criterion.field_code in fields}
    may = _may(form, actor, sorted(sheets, key=lambda sheet: sheet.id not in own), seen)
    return Reading(form, seen, parts, may, coming, _changes(form, actor, leaves, said), fields)


def _may(form: m.Assessment, actor: Actor, sheets: Sequence[m.FieldSheet], seen: Situation) -> dict[Verb, Verdict]:
    """Judge over one sheet: for a unit and its superiors those in one state are alike."""
    order = (State.EXPLANATION, State.REAPPRAISAL)
    ranked = sorted(
        sheets, key=lambda one: order.index(state) if (state := seen.of_sheet(one)) in order else len(order)
    )
    return judge_all(db.session(), actor, VERBS, ranked[0] if ranked else form, reason="-", seen=seen)


def _changes(form: m.Assessment, actor: Actor, leaves: dict[int, list[Leaf]], said: Threads) -> Changes | None:
    """Return what changed; to the unit itself only once the second appraisal was released to it."""
    own = actor.authority is not None and not actor.authority.role.seated and actor.authority.unit_id == form.unit_id
    if own and form.released < Layer.REAPPRAISAL:
        return None
    found = changes(form.id, [leaf for group in leaves.values() for leaf in group], said)
    return found if found.asked else None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How far a unit is with the questions that stand open now."""

    asked: int = 0
    answered: int = 0
    closes_at: datetime | None = None
    #: The helpers have asked, but the stage is yet to begin.
    opens_at: datetime | None = field(default=None)


def waiting(form_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return how many questions a form is to explain now, and how many are answered, as far as the reader may see them."""
    question, answer, leaf, top, sheet = m.Question, m.Explanation, m.Criterion, aliased(m.Criterion), m.FieldSheet
    rows = db.session.execute(
        select(question.assessment_id, func.count(question.id), func.count(answer.id))
        .join(leaf, leaf.id == question.criterion_id)
        .join(top, and_(top.set_id == leaf.set_id, top.code == leaf.field_code))
        .join(sheet, and_(sheet.assessment_id == question.assessment_id, sheet.field_id == top.id))
        .outerjoin(answer, answer.question_id == question.id)
        .where(
            question.assessment_id.in_(form_ids),
            question.sent_at.is_not(None),
            question.settled_at.is_(None),
            sheet.state == State.EXPLANATION,
        )
        .group_by(question.assessment_id)
    )
    return {form_id: (asked, answered) for form_id, asked, answered in rows}


def asked(form_id: int) -> int:
    """Return how many questions were ever sent on a form, as far as the reader may see them."""
    question = m.Question
    query = select(func.count(question.id)).where(question.assessment_id == form_id, question.sent_at.is_not(None))
    return db.session.scalar(query) or 0


def explaining(seen: Situation, states: Sequence[State], counts: tuple[int, int] | None) -> Waiting | None:
    """Say what waits for a unit on one form: fields being explained now, or questions whose stage is yet to begin."""
    span = seen.spans.get(Stage.EXPLANATION)
    if span is None or State.EXPLANATION not in {seen.of_stored(state) for state in states}:
        return None
    if seen.now < span.opens_at:
        return Waiting(opens_at=span.opens_at, closes_at=span.closes_at)
    asked, answered = counts or (0, 0)
    return Waiting(asked, answered, span.closes_at)
