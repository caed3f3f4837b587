"""What a superior does with the forms below it: remind, extend, reopen, close early, release, exempt, enter its own layer.

Điều 4.1 (a superior's own layer, with a reason, told to the unit), 9.2 and 12.1 (đôn đốc). Each act tells the unit by a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import select

import models as m
from extensions import db
from models.notice import stored
from permissions.gate import Act, Refused, act, hidden
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Layer, Stage
from services import score as scores
from services import snapshot, subtotal
from services.score import Entry

TEXT_LENGTH = 1000


class DateFault(Exception):
    """An end that lies in the past, or before the present one."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def notify(given: Act, assessment: m.Assessment, message: Message, text: str = "") -> None:
    """Leave a notice for the unit of a form, in the act's transaction."""
    assert given.actor is not None  # noqa: S101 - only people notify
    db.session.add(
        m.Notice(
            unit_id=assessment.unit_id,
            assessment_id=assessment.id,
            message_id=message.id,
            params=stored(message.params),
            text=text[:TEXT_LENGTH],
            author_id=given.actor.account_id,
            created_at=given.now,
        )
    )


def remind(assessment: m.Assessment, text: str) -> None:
    """Urge a unit whose form is not signed yet (đôn đốc, Điều 9.2)."""
    with act(Verb.REMIND, assessment) as given:
        notify(given, assessment, M("Reminder: complete and sign off your self-assessment in time."), text)


def extend(assessment: m.Assessment, stage: Stage, ends_at: datetime, reason: str) -> None:
    """Give a unit more time for a stage, before its form is locked. Raises ``DateFault``."""
    with act(Verb.EXTEND, assessment, reason=reason) as given:
        add_extension(given, assessment, stage, ends_at)
        notify(given, assessment, M("Your deadline was extended. Reason: {reason}", reason=given.reason))


def reopen(assessment: m.Assessment, ends_at: datetime, reason: str) -> None:
    """Reopen a locked form as a draft until a given end; no field may have been handed to the council. Raises ``DateFault``."""
    with act(Verb.REOPEN, assessment, reason=reason) as given:
        snapshot.take(given, assessment, Layer.SUPERIOR)  # what was signed, before it may change
        add_extension(given, assessment, Stage.SELF_SCORING, ends_at)
        assessment.signed_at = None
        assessment.signed_by_id = None
        assessment.receipt = None
        assessment.closed_at = None
        notify(given, assessment, M("Your form was reopened. Reason: {reason}", reason=given.reason))


def add_extension(given: Act, assessment: m.Assessment, stage: Stage, ends_at: datetime) -> None:
    """Give a form more time for a stage, inside the act of a superior. Raises ``DateFault``."""
    if ends_at <= given.now:
        raise DateFault(M("The new end must lie in the future."))
    closes_at = db.session.scalar(
        select(m.Window.closes_at)
        .join(m.RankingGroup, m.RankingGroup.level_id == m.Window.level_id)
        .where(
            m.RankingGroup.id == assessment.group_id, m.Window.round_id == assessment.round_id, m.Window.stage == stage
        )
    )
    if closes_at is not None and ends_at <= closes_at:
        raise DateFault(M("The new end must lie after the common deadline."))
    present = db.session.scalar(
        select(m.Extension.id).where(
            m.Extension.assessment_id == assessment.id, m.Extension.stage == stage, m.Extension.ends_at >= ends_at
        )
    )
    if present is not None:
        raise DateFault(M("The unit already has time until then or longer."))
    assert given.actor is not None  # noqa: S101 - only people extend
    db.session.add(
        m.Extension(
            assessment_id=assessment.id,
            unit_id=assessment.unit_id,
            stage=stage,
            ends_at=ends_at,
            reason=given.reason,
            author_id=given.actor.account_id,
            created_at=given.now,
        )
    )


def close_early(assessment: m.Assessment) -> None:
    """Lock a signed form before its deadline, so that its appraisal may begin."""
    with act(Verb.CLOSE_EARLY, assessment) as given:
        assessment.closed_at = given.now
        notify(given, assessment, M("Your signed form was closed early; its appraisal may begin."))


def release(assessment: m.Assessment, layer: Layer) -> None:
    """Let the unit read the layers and remarks of its own form up to ``layer``."""
    with act(Verb.RELEASE, assessment) as given:
        assessment.released = layer
        notify(given, assessment, M("Results of a stage were released to you: {layer}.", layer=layer.title))


def exempt(sheet: m.FieldSheet, criterion: m.Criterion, reason: str) -> None:
    """Set a leaf not applicable for this form; the leaf leaves points and maximum."""
    with act(Verb.EXEMPT, sheet, reason=reason) as given:
        if criterion.set_id != sheet.criteria_set_id or not criterion.is_leaf:
            raise hidden()
        present = db.session.scalar(
            select(m.Exemption).where(
                m.Exemption.assessment_id == sheet.assessment_id, m.Exemption.criterion_id == criterion.id
            )
        )
        if present is None:
            db.session.add(
                m.Exemption(
                    assessment_id=sheet.assessment_id,
                    unit_id=sheet.unit_id,
                    criteria_set_id=sheet.criteria_set_id,
                    criterion_id=criterion.id,
                    reason=given.reason[:500],
                )
            )
            subtotal.refresh(db.session(), [sheet])
            notify(
                given,
                sheet.assessment,
                M("{code} was set not applicable. Reason: {reason}", code=criterion.code, reason=given.reason),
            )


def include(sheet: m.FieldSheet, criterion: m.Criterion, reason: str) -> None:
    """Take back "not applicable" of a leaf."""
    with act(Verb.EXEMPT, sheet, reason=reason) as given:
        present = db.session.scalar(
            select(m.Exemption).where(
                m.Exemption.assessment_id == sheet.assessment_id, m.Exemption.criterion_id == criterion.id
            )
        )
        if present is not None:
            db.session.delete(present)
            subtotal.refresh(db.session(), [sheet])
            notify(
                given,
                sheet.assessment,
                M("{code} applies again. Reason: {reason}", code=criterion.code, reason=given.reason),
            )


def score(sheet: m.FieldSheet, criterion: m.Criterion, entry: Entry) -> m.Score | None:
    """Enter the superior's own layer of a leaf; the unit's value stays readable and the unit is told (Điều 4.1)."""
    with act(Verb.SCORE_SUPERIOR, sheet, reason=entry.reason) as given:
        assessment = sheet.assessment
        saved = scores.put(given, assessment, Layer.SUPERIOR, [(criterion, entry)], assessment.round)[0]
        told = M(
            "Your superior entered its own value for {code}. Reason: {reason}", code=criterion.code, reason=given.reason
        )
        notify(given, assessment, told)
    return saved


def many(assessments: Sequence[m.Assessment], verb: Verb, **details: object) -> dict[int, Message]:
    """Do one act for several forms, each in its own transaction; return why not, by form, for those refused."""
    acts: dict[Verb, Callable[[m.Assessment], None]] = {
        Verb.REMIND: lambda form: remind(form, str(details.get("text", ""))),
        Verb.CLOSE_EARLY: close_early,
        Verb.RELEASE: lambda form: release(form, Layer(int(str(details["layer"])))),
    }
    refused: dict[int, Message] = {}
    for form in assessments:
        try:
            acts[verb](form)
        except Refused as no:
            refused[form.id] = no.verdict.why or M("This is not possible now")
    return refused
