"""The conversation on an item: questions with their answers by turn, further documents, remarks for their two audiences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from models.situation import situation
from permissions.gate import act
from rules.message import M
from rules.verbs import Role, Verb
from rules.vocabulary import Audience, Layer, Stage, State
from services.explanation.texts import QUESTION_LENGTH, TextFault, sound
from services.sheet import authors, leaf_of, leaves_of

#: States in which the helpers are at work: what is remarked there belongs to their layer.
_HELPERS = (State.APPRAISAL, State.EXPLANATION, State.REAPPRAISAL)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question and what the unit answered, as far as the reader may see it."""

    question: m.Question
    answer: m.Explanation | None


@dataclass(slots=True)
class Thread:
    """All that was said about one leaf, the oldest first."""

    turns: list[Turn] = field(default_factory=list)
    papers: list[m.EvidenceLink] = field(default_factory=list)
    remarks: list[m.Remark] = field(default_factory=list)

    @property
    def sent(self) -> list[Turn]:
        return [turn for turn in self.turns if turn.question.sent_at is not None]

    @property
    def last(self) -> Turn | None:
        """The newest question that the unit was sent."""
        return self.sent[-1] if self.sent else None

    @property
    def answered(self) -> bool:
        return self.last is not None and self.last.answer is not None

    @property
    def papers_now(self) -> list[m.EvidenceLink]:
        """The further documents of the newest question; those of earlier answers are no part of this one."""
        return [] if self.last is None else [one for one in self.papers if one.turn == self.last.question.turn]

    @property
    def empty(self) -> bool:
        return not (self.turns or self.papers or self.remarks)


@dataclass(frozen=True, slots=True)
class Threads:
    """The conversations of some forms by form and leaf, and the names of those who spoke."""

    by_leaf: Mapping[tuple[int, int], Thread]
    names: Mapping[int, str]

    def of(self, form_id: int, criterion_id: int) -> Thread:
        return self.by_leaf.get((form_id, criterion_id)) or Thread()


def threads(form_ids: Iterable[int], *, named: bool = True) -> Threads:
    """Read the conversations on the leaves of some forms, cut to what the reader may see; four statements at most."""
    ids = set(form_ids)
    found: dict[tuple[int, int], Thread] = {}
    for question, answer in db.session.execute(
        select(m.Question, m.Explanation)
        .outerjoin(m.Explanation, m.Explanation.question_id == m.Question.id)
        .where(m.Question.assessment_id.in_(ids))
        .order_by(m.Question.turn)
    ):
        found.setdefault((question.assessment_id, question.criterion_id), Thread()).turns.append(Turn(question, answer))
    link = m.EvidenceLink
    for paper in db.session.scalars(
        select(link)
        .where(link.assessment_id.in_(ids), link.stage == Stage.EXPLANATION)
        .options(joinedload(link.evidence))
        .order_by(link.id)
    ):
        found.setdefault((paper.assessment_id, paper.criterion_id), Thread()).papers.append(paper)
    for remark in db.session.scalars(select(m.Remark).where(m.Remark.assessment_id.in_(ids)).order_by(m.Remark.id)):
        found.setdefault((remark.assessment_id, remark.criterion_id), Thread()).remarks.append(remark)
    return Threads(found, _names(found.values()) if named else {})


def _names(found: Iterable[Thread]) -> dict[int, str]:
    written: list[m.Question | m.Explanation | m.Remark] = []
    for thread in found:
        written += [turn.question for turn in thread.turns]
        written += [turn.answer for turn in thread.turns if turn.answer is not None]
        written += thread.remarks
    return authors(written)


def remark(sheet: m.FieldSheet, criterion: m.Criterion, audience: Audience, text: str) -> m.Remark:
    """Leave a remark on a leaf; it is never changed. One for the unit reaches it when its layer is released.

    Raises ``TextFault`` and ``Refused``.
    """
    with act(Verb.REMARK, sheet, criteria=[criterion]) as given:
        leaf_of(sheet, criterion.id)
        text = sound(text, QUESTION_LENGTH)
        if not text:
            raise TextFault(M("Write the remark."))
        assert given.actor is not None  # noqa: S101 - only people remark
        state = situation(db.session(), sheet.assessment, given.now).of_sheet(sheet)
        authority = given.actor.authority
        layer = Layer.COUNCIL
        if authority is not None and authority.role is Role.HELPER and state in _HELPERS:
            leaf = next(one for one in leaves_of([sheet])[sheet.id] if one.criterion.id == criterion.id)
            layer = leaf.layer
        made = m.Remark(
            assessment_id=sheet.assessment_id,
            unit_id=sheet.unit_id,
            criteria_set_id=sheet.criteria_set_id,
            criterion_id=criterion.id,
            audience=audience,
            layer=layer,
            text=text,
            author_id=given.actor.account_id,
            created_at=given.now,
        )
        db.session.add(made)
        return made
