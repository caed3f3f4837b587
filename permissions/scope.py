"""The read floor: which rows of each table an authority reads (Điều 4). One line per table and kind of authority.

``permissions.floor`` asks it for every ORM statement, so lists, counts, joins, look-ups, exports and drop-downs are cut alike.
A table that is not listed here cannot be read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import Session

import models as m
from models.base import UtcDateTime
from models.situation import locked_sql, stage_begun_sql, stage_over_sql
from permissions.actor import Actor, Authority, current_actor
from permissions.among import Among
from rules.process import PROCESS
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import Audience, Basis, Layer, Stage

#: A row filter; ``True`` for every row, ``False`` for none.
Rows = ColumnElement[bool] | Literal[True]
Filter = Rows | Literal[False]
#: Subtotals that a unit reads of itself only after a layer was released to it.
RELEASED_BASES = {Basis.APPRAISED: Layer.SURVEY, Basis.COUNCIL: Layer.COUNCIL}
#: What councils and the survey do with a form; the unit learns of it by a release, not by its audit trail.
JUDGING_VERBS = sorted(
    {step.verb.value for step in PROCESS if step.relation is Relation.COUNCIL and step.verb is not Verb.READ}
    | {Verb.REOPEN_FIELD.value, Verb.IMPORT_SURVEY.value}
)
#: The moment of the reader's request, read when a statement runs: a filter that is kept does not grow old.
_NOW: BindParameter[datetime] = bindparam(
    "reader_now", callable_=lambda: _reader_now(), type_=UtcDateTime(), unique=True
)


class ReadRefused(RuntimeError):
    """A statement that the read floor cannot judge: an undeclared table, or SQL below the ORM."""


def _reader_now() -> datetime:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - only a reader's own filters hold the moment
    return actor.now


def _units(authority: Authority) -> Select[tuple[int]]:
    """Ids of the units of a subtree, as a range over the path."""
    unit = m.Unit.__table__
    return select(unit.c.id).where(unit.c.path >= authority.unit_path, unit.c.path < authority.path_end)


def _subtree(column: Any, authority: Authority) -> Rows:
    if authority.at_root:
        return True  # who may see everything gets no predicate at all
    return Among(column, _units(authority))


def _council_units(authority: Authority) -> Select[tuple[int]]:
    council_unit = m.CouncilUnit.__table__
    return select(council_unit.c.unit_id).where(council_unit.c.council_id == authority.council_id)


def _council_assessments(actor: Actor, authority: Authority) -> Select[tuple[int]]:
    """Assessments of the council's units in its round, once their form is locked, nothing before."""
    assessment = m.Assessment.__table__.alias()
    return select(assessment.c.id).where(
        assessment.c.round_id == authority.council_round_id,
        assessment.c.unit_id.in_(_council_units(authority)),
        locked_sql(assessment, actor.now),
    )


def _unit_rows(
    model: Any, *, assessment: str | None = "assessment_id", released: Callable[[Authority], Any] | None = None
) -> Any:
    """Rows that belong to a unit: own, below, or of the council's locked forms.

    ``released`` adds, for rows about the reader's own unit, that their layer was released to it.
    """

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.OFFICER, Role.LEADER):
            own: ColumnElement[bool] = model.unit_id == authority.unit_id
            return and_(own, released(authority)) if released else own
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            below = _subtree(model.unit_id, authority)
            if released is None or below is True:
                return below
            return and_(below, or_(model.unit_id != authority.unit_id, released(authority)))
        if authority.role.seated and assessment is not None:
            return Among(getattr(model, assessment), _council_assessments(actor, authority))
        return False

    return rows


def _released_to(authority: Authority, layer: Layer) -> Select[tuple[int]]:
    """Assessments of the reader's own unit that were released up to a layer."""
    assessment = m.Assessment.__table__
    return select(assessment.c.id).where(assessment.c.unit_id == authority.unit_id, assessment.c.released >= layer)


def _released_score(authority: Authority) -> ColumnElement[bool]:
    return _score_released()


@cache
def _score_released() -> ColumnElement[bool]:
    """The layer was released to the unit of the form, whoever asks; made once."""
    assessment = m.Assessment.__table__.alias()
    released = select(assessment.c.id).where(
        assessment.c.id == m.Score.assessment_id, assessment.c.released >= m.Score.layer
    )
    return or_(m.Score.layer <= Layer.SUPERIOR, released.exists())


def _released_subtotal(authority: Authority) -> ColumnElement[bool]:
    return or_(
        m.Subtotal.basis == Basis.SELF,
        *(
            and_(m.Subtotal.basis == basis, m.Subtotal.assessment_id.in_(_released_to(authority, layer)))
            for basis, layer in RELEASED_BASES.items()
        ),
    )


def _released_snapshot(authority: Authority) -> ColumnElement[bool]:
    return or_(m.Snapshot.layer <= Layer.SUPERIOR, _layer_released(m.Snapshot))


def _released_remark(authority: Authority) -> ColumnElement[bool]:
    return and_(m.Remark.audience == Audience.UNIT, _layer_released(m.Remark))


def _layer_released(model: Any) -> ColumnElement[bool]:
    """The form of the row was released to its unit up to the row's layer."""
    assessment = m.Assessment.__table__.alias()
    return (
        select(assessment.c.id)
        .where(assessment.c.id == model.assessment_id, assessment.c.released >= model.layer)
        .exists()
    )


def _released_question(authority: Authority) -> ColumnElement[bool]:
    """Questions are told to the unit once they are sent and their stage has begun."""
    assessment = m.Assessment.__table__.alias()
    begun = select(assessment.c.id).where(
        assessment.c.id == m.Question.assessment_id, stage_begun_sql(assessment, Stage.EXPLANATION, _NOW)
    )
    return and_(m.Question.sent_at.is_not(None), begun.exists())


def _explained(assessment_id: Any) -> ColumnElement[bool]:
    """The explanation stage of the form is over: what the unit wrote there is no draft any more."""
    assessment = m.Assessment.__table__.alias()
    return (
        select(assessment.c.id)
        .where(assessment.c.id == assessment_id, stage_over_sql(assessment, Stage.EXPLANATION, _NOW))
        .exists()
    )


def _explanation(actor: Actor, authority: Authority) -> Filter:
    rows: Filter = _unit_rows(m.Explanation)(actor, authority)
    if not authority.role.seated or rows is False:
        return rows
    return and_(rows, or_(m.Explanation.signed_at.is_not(None), _explained(m.Explanation.assessment_id)))


def _link_shown(link: Any) -> ColumnElement[bool]:
    """A seat reads further evidence of an answer once that answer is signed or the stage is over."""
    explanation, question = m.Explanation.__table__.alias(), m.Question.__table__.alias()
    signed = (
        select(explanation.c.id)
        .select_from(explanation.join(question, question.c.id == explanation.c.question_id))
        .where(
            explanation.c.assessment_id == link.assessment_id,
            explanation.c.criterion_id == link.criterion_id,
            question.c.turn == link.turn,
            explanation.c.signed_at.is_not(None),
        )
    )
    return or_(link.stage == Stage.SELF_SCORING, signed.exists(), _explained(link.assessment_id))


def _evidence_link(actor: Actor, authority: Authority) -> Filter:
    rows: Filter = _unit_rows(m.EvidenceLink)(actor, authority)
    if not authority.role.seated or rows is False:
        return rows
    return and_(rows, _link_shown(m.EvidenceLink))


def _evidence_file(actor: Actor, authority: Authority) -> Filter:
    """A seat reads the version that a form of its council relies on, and those before it."""
    if not authority.role.seated:
        rows: Filter = _unit_rows(m.EvidenceFile, assessment=None)(actor, authority)
        return rows
    link, used = m.EvidenceLink.__table__.alias(), m.EvidenceFile.__table__.alias()
    shown = (
        select(link.c.id)
        .join(used, used.c.id == link.c.file_id)
        .where(
            link.c.evidence_id == m.EvidenceFile.evidence_id,
            used.c.number >= m.EvidenceFile.number,
            link.c.assessment_id.in_(_council_assessments(actor, authority)),
            _link_shown(link.c),
        )
    )
    return shown.exists()


def _everyone(actor: Actor, authority: Authority) -> Filter:
    return True


def _unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.OFFICER, Role.LEADER):
        return m.Unit.id == authority.unit_id
    if authority.role.seated:
        return Among(m.Unit.id, _council_units(authority))
    if authority.at_root:
        return True
    return and_(m.Unit.path >= authority.unit_path, m.Unit.path < authority.path_end)


def _account(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return _or_own(m.Account.id, actor, _subtree(m.Account.unit_id, authority))
    if authority.role in (Role.OFFICER, Role.LEADER):
        return _or_own(m.Account.id, actor, m.Account.unit_id == authority.unit_id)
    return m.Account.id == actor.account_id


def _or_own(column: Any, actor: Actor, rows: Rows) -> Rows:
    return True if rows is True else or_(column == actor.account_id, rows)


def _managed(column: Any, own: Any = None) -> Any:
    """Rows kept by managers over the unit in ``column``; besides, those of the reader's own account."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
            below = _subtree(column, authority)
            return below if own is None else _or_own(own, actor, below)
        if own is None:
            return False
        mine: Filter = own == actor.account_id
        return mine

    return rows


def _council(column: Any, unit: Any) -> Any:
    """Rows of a council: for those who keep it, for those who observe it, and for its own seats."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role.seated:
            here: Filter = column == authority.council_id
            return here
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            return _subtree(unit, authority)
        return False

    return rows


def _council_unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        return m.CouncilUnit.council_id == authority.council_id
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
        return _subtree(m.CouncilUnit.unit_id, authority)
    return False


def _assignment(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        seat = m.Seat.__table__
        return Among(m.Assignment.seat_id, select(seat.c.id).where(seat.c.council_id == authority.council_id))
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return _subtree(m.Assignment.owner_unit_id, authority)
    return False


def _evidence(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        link = m.EvidenceLink.__table__
        return m.Evidence.id.in_(
            select(link.c.evidence_id).where(
                link.c.assessment_id.in_(_council_assessments(actor, authority)), _link_shown(link.c)
            )
        )
    rows: Filter = _unit_rows(m.Evidence, assessment=None)(actor, authority)
    return rows


def _published() -> Select[tuple[int]]:
    edition = m.Edition.__table__
    return select(edition.c.id).where(edition.c.withdrawn_at.is_(None))


def _public_edition(column: Any) -> Any:
    """Published editions are open to everyone signed in; withdrawn ones to those who publish."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role is Role.ADMINISTRATOR:
            return True
        return Among(column, _published())

    return rows


def _public_row(actor: Actor, authority: Authority) -> Filter:
    if authority.role is Role.ADMINISTRATOR:
        return True
    row = m.EditionRow.__table__
    return m.EditionField.row_id.in_(select(row.c.id).where(row.c.edition_id.in_(_published())))


def _edition_leaf(actor: Actor, authority: Authority) -> Filter:
    """Leaves of published editions for the unit, those above it and its council of that round, never for other units."""
    if authority.role is Role.ADMINISTRATOR:
        return True
    published = Among(m.EditionLeaf.edition_id, _published())
    if authority.role.seated:
        edition, group = m.Edition.__table__, m.RankingGroup.__table__
        of_round = (
            select(edition.c.id)
            .join(group, group.c.id == edition.c.group_id)
            .where(group.c.round_id == authority.council_round_id, edition.c.withdrawn_at.is_(None))
        )
        return and_(Among(m.EditionLeaf.unit_id, _council_units(authority)), Among(m.EditionLeaf.edition_id, of_round))
    rows: Filter = _unit_rows(m.EditionLeaf, assessment=None)(actor, authority)
    return rows if rows is False else published if rows is True else and_(rows, published)


def _leaf_history(actor: Actor, authority: Authority) -> Filter:
    """The trail of single leaves, for those who read the leaves: the unit itself, its council, observers above it."""
    entry = m.AuditEntry
    of_leaf = and_(entry.assessment_id.is_not(None), entry.criterion_id.is_not(None))
    if authority.role.seated:
        # Drafts of an explanation are no one's but the unit's; what came of them is read where they stand.
        return and_(
            of_leaf,
            entry.verb != Verb.EXPLAIN.value,
            Among(entry.assessment_id, _council_assessments(actor, authority)),
        )
    if authority.role in (Role.OFFICER, Role.LEADER):
        return and_(of_leaf, entry.unit_id == authority.unit_id, _told())
    if authority.role is Role.OBSERVER:
        below = _audited_below(authority)
        return of_leaf if below is True else and_(of_leaf, below)
    return False


def _told() -> ColumnElement[bool]:
    """What a unit knows of the trail of its own data: not what judges did, unless its layer was released."""
    entry = m.AuditEntry
    return or_(
        and_(entry.layer.is_(None), entry.verb.not_in(JUDGING_VERBS)),
        entry.layer <= Layer.SUPERIOR,
        and_(entry.object_type == m.Score.__name__, _layer_released(entry)),
    )


def _audited_below(authority: Authority) -> Rows:
    """The trail of the units below, of the reader's own unit what that unit knows."""
    below = _subtree(m.AuditEntry.unit_id, authority)
    return below if below is True else and_(below, or_(m.AuditEntry.unit_id != authority.unit_id, _told()))


def _audit(actor: Actor, authority: Authority) -> Filter:
    if authority.role not in (Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR):
        return _leaf_history(actor, authority)
    if authority.role is Role.AUDITOR:
        return _subtree(m.AuditEntry.unit_id, authority)
    return _audited_below(authority)  # a manager reads the values too


def _sessions(actor: Actor, authority: Authority) -> Filter:
    """The own ones; who keeps the accounts ends anybody's."""
    return True if authority.role is Role.ADMINISTRATOR else m.LoginSession.account_id == actor.account_id


def _nobody(actor: Actor, authority: Authority) -> Filter:
    return False


ROWS: dict[type[Any], Callable[[Actor, Authority], Filter]] = {
    # Catalogues: the shape of the round, no data of any unit.
    m.Level: _everyone,
    m.UnitKind: _everyone,
    m.UnitGroup: _everyone,
    m.Round: _everyone,
    m.RankingGroup: _everyone,
    m.RankingGroupKind: _everyone,
    m.ClassBand: _everyone,
    m.Window: _everyone,
    m.CriteriaSet: _everyone,
    m.Criterion: _everyone,
    m.CriterionExclusion: _everyone,
    # Units and their people.
    m.Unit: _unit,
    m.UnitChange: _managed(m.UnitChange.from_unit_id),
    m.UnitGroupMember: _managed(m.UnitGroupMember.unit_id),
    m.Account: _account,
    m.Post: _managed(m.Post.unit_id, own=m.Post.account_id),
    m.Delegation: _managed(m.Delegation.unit_id, own=m.Delegation.receiver_id),
    m.LoginSession: _sessions,
    m.LoginThrottle: _nobody,
    m.SecondFactor: _nobody,
    m.RecoveryCode: _nobody,
    m.PreviousPassword: _nobody,
    m.Notice: _unit_rows(m.Notice, assessment=None),
    # Councils.
    m.Council: _council(m.Council.id, m.Council.unit_id),
    m.CouncilUnit: _council_unit,
    m.Seat: _council(m.Seat.council_id, m.Seat.unit_id),
    m.Assignment: _assignment,
    # Assessments and what hangs on them.
    m.Assessment: _unit_rows(m.Assessment, assessment="id"),
    m.FieldSheet: _unit_rows(m.FieldSheet),
    m.Score: _unit_rows(m.Score, released=_released_score),
    m.Subtotal: _unit_rows(m.Subtotal, released=_released_subtotal),
    m.Exemption: _unit_rows(m.Exemption),
    m.Extension: _unit_rows(m.Extension),
    m.EvidenceLink: _evidence_link,
    m.Evidence: _evidence,
    m.EvidenceFile: _evidence_file,
    m.Question: _unit_rows(m.Question, released=_released_question),
    m.Explanation: _explanation,
    m.Remark: _unit_rows(m.Remark, released=_released_remark),
    m.ReferenceFigure: _unit_rows(m.ReferenceFigure),
    m.Snapshot: _unit_rows(m.Snapshot, released=_released_snapshot),
    # Publication and audit.
    m.Edition: _public_edition(m.Edition.id),
    m.EditionRow: _public_edition(m.EditionRow.edition_id),
    m.EditionField: _public_row,
    m.EditionLeaf: _edition_leaf,
    m.AuditEntry: _audit,
}


def rows_of(model: type[Any], actor: Actor | None) -> Filter:
    """Return which rows of a table the actor reads; nothing without an authority."""
    if model not in ROWS:
        raise ReadRefused(f"{model.__name__} has no line in permissions/scope.py")
    if actor is None or actor.authority is None:
        return False
    return ROWS[model](actor, actor.authority)


def visible(session: Session, model: type[Any], **columns: object) -> bool:
    """Tell whether a row with these column values exists in the reader's scope."""
    conditions = [getattr(model, name) == value for name, value in columns.items()]
    return session.scalar(select(true()).where(select(model.id).where(*conditions).exists())) is not None
