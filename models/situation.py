"""Where assessments stand, as the database clock sees them: computed from windows, extensions, signatures and editions.

No job has to run for a deadline to hold: open or locked is worked out anew each time it is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, and_, func, or_, select
from sqlalchemy.orm import Session

from models.assessment import SHEET_STATES, Assessment, FieldSheet
from models.publication import Edition
from models.round import Extension, RankingGroup, Window
from rules.vocabulary import Stage, State


@dataclass(frozen=True, slots=True)
class Span:
    """When a stage is open for one assessment: from ``opens_at`` up to, not including, ``closes_at``."""

    opens_at: datetime
    closes_at: datetime
    extended: bool = False

    def open_at(self, moment: datetime) -> bool:
        return self.opens_at <= moment < self.closes_at


@dataclass(frozen=True, slots=True)
class Situation:
    """The dates of one assessment and its state before any sheet is looked at."""

    now: datetime
    phase: State
    spans: Mapping[Stage, Span] = field(default_factory=dict)
    published: bool = False

    def stage_open(self, stage: Stage) -> bool:
        span = self.spans.get(stage)
        return span is not None and span.open_at(self.now)

    def stage_over(self, stage: Stage) -> bool:
        """Tell whether the stage has ended for this form; one that was never laid is over."""
        span = self.spans.get(stage)
        return span is None or self.now >= span.closes_at

    def of_sheet(self, sheet: FieldSheet) -> State:
        """State of one field's sheet."""
        return self.of_stored(sheet.state)

    def of_stored(self, stored: State) -> State:
        """State of a sheet from what is stored on it; the clock alone ends an explanation."""
        if not self.phase.locked:
            return self.phase
        if stored is State.EXPLANATION and self.stage_over(Stage.EXPLANATION):
            return State.REAPPRAISAL
        return State.PUBLISHED if stored is State.CLOSED and self.published else stored

    def of_assessment(self, sheets: Iterable[FieldSheet]) -> State:
        """State of the whole form: that of its most advanced sheet, because one handed-in field already binds it."""
        return self.of_states(sheet.state for sheet in sheets)

    def of_states(self, states: Iterable[State]) -> State:
        """State of the whole form from the stored states of its sheets."""
        return self.of_stored(max(states, key=SHEET_STATES.index, default=State.APPRAISAL))

    @property
    def closes_at(self) -> datetime | None:
        """End of self-scoring for this unit, extensions included."""
        return self._end(Stage.SELF_SCORING)

    def ends_of(self, state: State) -> datetime | None:
        """End of the stage that a form in this state stands in, extensions included; of a locked one, when it locked."""
        return self._end(_STAGE_OF.get(state, Stage.SELF_SCORING))

    def _end(self, stage: Stage) -> datetime | None:
        span = self.spans.get(stage)
        return None if span is None else span.closes_at


#: The stage whose end matters to a form in this state; in the others that of self-scoring.
_STAGE_OF = {State.EXPLANATION: Stage.EXPLANATION, State.REAPPRAISAL: Stage.REAPPRAISAL}


def situations(session: Session, assessments: Sequence[Assessment], now: datetime) -> dict[int, Situation]:
    """Return the situation of each assessment by id, in two statements however many there are."""
    if not assessments:
        return {}
    windows: dict[int, dict[Stage, Span]] = {}
    published: set[int] = set()
    in_force = select(Edition.id).where(Edition.group_id == RankingGroup.id, Edition.in_force).exists()
    same_level = and_(Window.round_id == RankingGroup.round_id, Window.level_id == RankingGroup.level_id)
    spans = (
        select(RankingGroup.id, Window.stage, Window.opens_at, Window.closes_at, in_force)
        .join(Window, same_level, isouter=True)
        .where(RankingGroup.id.in_({a.group_id for a in assessments}))
    )
    for group_id, stage, opens_at, closes_at, has_edition in session.execute(spans):
        if stage is not None:
            windows.setdefault(group_id, {})[stage] = Span(opens_at, closes_at)
        if has_edition:
            published.add(group_id)
    ends: dict[int, dict[Stage, datetime]] = {}
    extensions = select(
        Extension.assessment_id, Extension.stage, func.max(Extension.ends_at, type_=Extension.ends_at.type)
    )
    for assessment_id, stage, ends_at in session.execute(
        extensions.where(Extension.assessment_id.in_([a.id for a in assessments])).group_by(
            Extension.assessment_id, Extension.stage
        )
    ):
        ends.setdefault(assessment_id, {})[stage] = ends_at
    return {
        a.id: _situation(a, windows.get(a.group_id, {}), ends.get(a.id, {}), now, published=a.group_id in published)
        for a in assessments
    }


def situation(session: Session, assessment: Assessment, now: datetime) -> Situation:
    """Return the situation of one assessment."""
    return situations(session, [assessment], now)[assessment.id]


def _situation(
    assessment: Assessment,
    windows: Mapping[Stage, Span],
    ends: Mapping[Stage, datetime],
    now: datetime,
    *,
    published: bool,
) -> Situation:
    spans = {
        stage: Span(span.opens_at, ends[stage], extended=True)
        if ends.get(stage, span.closes_at) > span.closes_at
        else span
        for stage, span in windows.items()
    }
    span = spans.get(Stage.SELF_SCORING)
    if span is None or now < span.opens_at:
        phase = State.NOT_OPEN
    elif assessment.closed_at is not None or now >= span.closes_at:
        phase = State.APPRAISAL
    else:
        phase = State.SIGNED if assessment.signed_at is not None else State.DRAFT
    return Situation(now, phase, spans, published)


#: A moment in SQL: a value, or a parameter that is read when the statement runs.
SqlMoment = datetime | ColumnElement[datetime]


def locked_sql(assessment: FromClause, now: SqlMoment) -> ColumnElement[bool]:
    """SQL over an alias of the assessment table: the form is locked at that moment.

    The same rule as ``_situation``, for row filters; on tables below the ORM, so that no row filter applies inside it.
    """
    return or_(assessment.c.closed_at.is_not(None), stage_over_sql(assessment, Stage.SELF_SCORING, now))


def stage_over_sql(assessment: FromClause, stage: Stage, now: SqlMoment) -> ColumnElement[bool]:
    """SQL over an alias of the assessment table: the stage has ended for this form, extensions included."""
    extension = Extension.__table__
    extended = (
        select(extension.c.id)
        .where(extension.c.assessment_id == assessment.c.id, extension.c.stage == stage, extension.c.ends_at > now)
        .exists()
    )
    return and_(_window(assessment, stage, Window.__table__.c.closes_at) <= now, ~extended)


def form_stage_over(stage: Stage, now: datetime) -> ColumnElement[bool]:
    """SQL beside the assessment table of a statement: the stage has ended for the form of each row."""
    return stage_over_sql(Assessment.__table__, stage, now)


def stage_begun_sql(assessment: FromClause, stage: Stage, now: SqlMoment) -> ColumnElement[bool]:
    """SQL over an alias of the assessment table: the stage has begun for this form."""
    return _window(assessment, stage, Window.__table__.c.opens_at) <= now


def _window(assessment: FromClause, stage: Stage, column: ColumnElement[datetime]) -> ScalarSelect[datetime]:
    group, window = RankingGroup.__table__, Window.__table__
    return (
        select(column)
        .select_from(window)
        .join(group, and_(group.c.round_id == window.c.round_id, group.c.level_id == window.c.level_id))
        .where(group.c.id == assessment.c.group_id, window.c.stage == stage)
        .scalar_subquery()
    )
