"""Before publication: what blocks it, what one should know, each with the units by name and the place to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import models as m
from rules.message import M, Message
from rules.ranking import check_bands
from rules.verbs import Role, Verb
from rules.verdict import Facts, decide
from rules.vocabulary import Layer, Method, RankBy, State
from services.publication.candidate import Candidate, Form
from services.round import units_of


class Severity(StrEnum):
    """How much a finding weighs."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"

    @property
    def label(self) -> Message:
        return _SEVERITY_TITLES[self]


_SEVERITY_TITLES = {
    Severity.BLOCKS: M("Blocks publication"),
    Severity.WARNS: M("Look at this"),
    Severity.INFORMS: M("For information"),
}


class Place(StrEnum):
    """Where a finding is mended; the view turns it into a link."""

    ROUND = "round"
    SURVEY = "survey"
    PROGRESS = "progress"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding: a sentence, the units it is about, and where to mend it."""

    severity: Severity
    message: Message
    place: Place | None = None
    units: tuple[str, ...] = ()


def checks(session: Session, candidate: Candidate) -> list[Check]:
    """Return all findings of a group, the blocking ones first."""
    found = [
        *_round(candidate),
        *_open_fields(candidate),
        *_questions(session, candidate),
        *_survey(session, candidate),
        *_maxima(candidate),
        *_units(session, candidate),
        *_before(session, candidate),
    ]
    order = list(Severity)
    return sorted(found, key=lambda check: order.index(check.severity))


def _round(candidate: Candidate) -> Iterator[Check]:
    group = candidate.group
    if group.round.opened_at is None:
        yield Check(Severity.BLOCKS, M("The round is not open yet."), Place.ROUND)
    elif not candidate.forms:
        yield Check(Severity.BLOCKS, M("No unit takes part in this group."), Place.ROUND)
    for _, fault in check_bands(candidate.settings.classes):
        yield Check(Severity.BLOCKS, fault, Place.ROUND)


def _open_fields(candidate: Candidate) -> Iterator[Check]:
    """Fields that the process table does not let be published, by field and state."""
    for field in candidate.fields:
        waiting: dict[State, list[str]] = {}
        for form in candidate.forms:
            state = form.state(field.id)
            if not decide(Verb.PUBLISH, Facts(Role.ADMINISTRATOR, state=state)):
                waiting.setdefault(state, []).append(form.unit_name)
        for state, names in waiting.items():
            yield Check(
                Severity.BLOCKS,
                M(
                    "Field {code} is not closed: {state} ({count} units).",
                    code=field.code,
                    state=state.title,
                    count=len(names),
                ),
                Place.PROGRESS,
                tuple(names),
            )


def _questions(session: Session, candidate: Candidate) -> Iterator[Check]:
    """Explanations that are not decided on yet, with their number: their fields are not closed either."""
    names = {form.assessment.id: form.unit_name for form in candidate.forms}
    question = m.Question
    asked = session.execute(
        select(question.assessment_id, func.count(question.id))
        .where(question.assessment_id.in_(names), question.sent_at.is_not(None), question.settled_at.is_(None))
        .group_by(question.assessment_id)
        .order_by(question.assessment_id)
    ).all()
    if asked:
        yield Check(
            Severity.BLOCKS,
            M(
                "An explanation is open: {count} items of {units} units were asked about and not decided again.",
                count=sum(number for _, number in asked),
                units=len(asked),
            ),
            Place.PROGRESS,
            tuple(names[form_id] for form_id, _ in asked),
        )


def _survey(session: Session, candidate: Candidate) -> Iterator[Check]:
    """Survey items without a value, where neither the council gave one nor the item is set not applicable."""
    ids = [form.assessment.id for form in candidate.forms]
    given = {
        (form_id, item_id)
        for form_id, item_id in session.execute(
            select(m.Score.assessment_id, m.Score.criterion_id).where(
                m.Score.assessment_id.in_(ids), m.Score.layer.in_((Layer.SURVEY, Layer.COUNCIL))
            )
        )
    }
    given |= {
        (form_id, item_id)
        for form_id, item_id in session.execute(
            select(m.Exemption.assessment_id, m.Exemption.criterion_id).where(m.Exemption.assessment_id.in_(ids))
        )
    }
    items = session.execute(
        select(m.Criterion.id, m.Criterion.code)
        .where(
            m.Criterion.set_id == candidate.group.criteria_set_id,
            m.Criterion.is_leaf,
            m.Criterion.method == Method.SURVEY,
        )
        .order_by(m.Criterion.path)
    )
    for item_id, code in items:
        names = tuple(form.unit_name for form in candidate.forms if (form.assessment.id, item_id) not in given)
        if names:
            yield Check(
                Severity.BLOCKS,
                M("The survey value of {code} is missing for {count} units.", code=code, count=len(names)),
                Place.SURVEY,
                names,
            )


def _maxima(candidate: Candidate) -> Iterator[Check]:
    """Points compare only over one maximum (domain: ranking by points)."""
    maxima = {row.maximum for row in candidate.rows if row.ranked}
    if candidate.settings.rank_by is RankBy.POINTS and len(maxima) > 1:
        yield Check(
            Severity.BLOCKS,
            M("The round ranks by points, but the applicable maximum differs between units: rank by the index."),
            Place.ROUND,
        )


def _units(session: Session, candidate: Candidate) -> Iterator[Check]:
    unsigned = [form for form in candidate.forms if form.situation.phase.locked and form.assessment.signed_at is None]
    silent = [form for form in candidate.forms if not form.entered]
    if unsigned:
        yield Check(
            Severity.WARNS,
            M("{count} units did not sign off in time: locked with what they hold.", count=len(unsigned)),
            Place.PROGRESS,
            _names(unsigned),
        )
    if silent and candidate.settings.rank_unentered:
        yield Check(
            Severity.WARNS,
            M("{count} units entered nothing: ranked with what the council gave.", count=len(silent)),
            Place.PROGRESS,
            _names(silent),
        )
    elif silent:
        yield Check(
            Severity.WARNS,
            M("{count} units entered nothing: listed apart, without rank.", count=len(silent)),
            Place.PROGRESS,
            _names(silent),
        )
    empty = {row.unit_id for row in candidate.rows if row.index is None}
    if empty:
        yield Check(
            Severity.WARNS,
            M("Nothing applies to {count} units: listed apart, without rank.", count=len(empty)),
            None,
            _names([form for form in candidate.forms if form.unit_id in empty]),
        )
    here = {form.unit_id for form in candidate.forms}
    missing = [id_ for id_ in units_of(candidate.group.round, candidate.group) if id_ not in here]
    if missing and candidate.forms:
        names = session.scalars(select(m.Unit.name).where(m.Unit.id.in_(missing)).order_by(m.Unit.code)).all()
        yield Check(
            Severity.WARNS,
            M("{count} units of this level take no part in the round.", count=len(names)),
            Place.ROUND,
            tuple(names),
        )


def _before(session: Session, candidate: Candidate) -> Iterator[Check]:
    number = session.scalar(
        select(m.Edition.number).where(m.Edition.group_id == candidate.group.id, m.Edition.in_force)
    )
    if number is not None:
        yield Check(
            Severity.INFORMS,
            M("Edition {old} is in force; edition {new} will replace it.", old=number, new=candidate.number),
        )


def _names(forms: Sequence[Form]) -> tuple[str, ...]:
    return tuple(form.unit_name for form in forms)
