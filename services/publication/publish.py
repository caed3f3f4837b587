"""Publishing a ranking group and withdrawing it again: one transaction each, everything in it or nothing (Điều 9.1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act, Refused, act, hidden
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Layer
from services.edition import store_edition
from services.publication.candidate import prepare, with_leaves
from services.publication.checks import Severity, checks

R = TypeVar("R", m.RankingGroup, m.Edition)

RESULT_PUBLISHED = M("The result of {round} is published by decision {number}: you may read your own detail.")
RESULT_WITHDRAWN = M("The published result of {round} is withdrawn: {reason}")


def publish(group_id: int, decision_number: str, decision_on: date, seen: str) -> m.Edition:
    """Freeze the ranking that was looked at (``seen``) as the group's edition in force, and release it to the units.

    Raises ``Refused``: while a check blocks, or when figures or edition changed since the preview, so that of two who
    publish at once the second is told.
    """
    with act(Verb.PUBLISH) as publishing:
        group = _locked(m.RankingGroup, group_id)
        # Whoever writes a score or a sheet holds its form's lock first: until the edition is frozen nobody does.
        forms = select(m.Assessment.id).where(m.Assessment.group_id == group_id).order_by(m.Assessment.id)
        db.session.execute(forms.with_for_update(of=m.Assessment)).all()
        candidate = prepare(db.session(), group, publishing.now)
        blocking = [check for check in checks(db.session(), candidate) if check.severity is Severity.BLOCKS]
        if blocking:
            raise _refused(blocking[0].message, M("Look at the checks before publication."))
        if candidate.seen != seen:
            raise _refused(
                M("The figures, or the edition in force, changed since you looked at this preview."),
                M("Look at the new preview, then publish."),
            )
        lines = with_leaves(db.session(), candidate)
        edition = store_edition(publishing, group, lines, decision_number, decision_on)
        for form in candidate.forms:
            form.assessment.released = Layer.COUNCIL
        told = M(RESULT_PUBLISHED.id, round=group.round.name, number=edition.decision_number)
        _tell(publishing, [(form.unit_id, form.assessment.id) for form in candidate.forms], told)
        return edition


def withdraw(edition_id: int, reason: str) -> m.Edition:
    """Take an edition back, with a reason: units no longer see it. Raises ``Refused``.

    What was released to the units of their own forms stays released.
    """
    with act(Verb.WITHDRAW, reason=reason) as withdrawing:
        edition = _locked(m.Edition, edition_id)
        if edition.withdrawn_at is not None:
            raise _refused(M("This edition is withdrawn already."))
        if not edition.in_force:
            raise _refused(M("Only the edition in force can be withdrawn."))
        edition.in_force = False
        edition.withdrawn_at = withdrawing.now
        edition.withdrawn_reason = withdrawing.reason[:1000]
        units = db.session.execute(
            select(m.Assessment.unit_id, m.Assessment.id).where(m.Assessment.group_id == edition.group_id)
        )
        told = M(RESULT_WITHDRAWN.id, round=edition.group.round.name, reason=edition.withdrawn_reason)
        _tell(withdrawing, [(unit_id, form_id) for unit_id, form_id in units], told)
        return edition


def _locked(model: type[R], id_: int) -> R:
    """Read a row again under its lock, so that of two who act at once the second sees what the first left."""
    row: R | None = db.session.scalar(
        select(model).where(model.id == id_).with_for_update(of=model).execution_options(populate_existing=True)
    )
    if row is None:
        raise hidden()
    return row


def _refused(why: Message, next_step: Message | None = None) -> Refused:
    return Refused(Verdict(False, Refusal.STATE, why, next_step))


def _tell(act_: Act, units: Sequence[tuple[int, int]], message: Message) -> None:
    assert act_.actor is not None  # noqa: S101 - act() lets nobody else in
    db.session.add_all(
        m.Notice(
            unit_id=unit_id,
            assessment_id=assessment_id,
            message_id=message.id,
            params={name: str(value) for name, value in message.params.items()},
            author_id=act_.actor.account_id,
            created_at=act_.now,
        )
        for unit_id, assessment_id in units
    )
