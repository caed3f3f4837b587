"""Which rows that hang on a form an authority reads: scores in layers, evidence, explanations, remarks and their history.

What is about the reader's own unit is told to it by a release; what a unit still writes is told to its council once the unit
cannot change it: signed, past the end of the stage, or decided upon.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, or_, select

import models as m
from models.situation import stage_begun_sql, stage_over_sql
from permissions.actor import Actor, Authority
from permissions.among import Among
from permissions.ranges import NOW, Filter, Rows, council_assessments, layer_released, subtree, unit_rows
from rules.process import PROCESS
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import Audience, Basis, Layer, Stage

#: Subtotals that a unit reads of itself only after a layer was released to it.
RELEASED_BASES = {Basis.APPRAISED: Layer.SURVEY, Basis.COUNCIL: Layer.COUNCIL}
#: What councils and the survey do with a form; the unit learns of it by a release, not by its audit trail.
JUDGING_VERBS = sorted(
    {step.verb.value for step in PROCESS if step.relation is Relation.COUNCIL and step.verb is not Verb.READ}
    | {Verb.REOPEN_FIELD.value, Verb.IMPORT_SURVEY.value}
)


def _released_to(authority: Authority, layer: Layer) -> Select[tuple[int]]:
    """Assessments of the reader's own unit that were released up to a layer."""
    assessment = m.Assessment.__table__
    return select(assessment.c.id).where(assessment.c.unit_id == authority.unit_id, assessment.c.released >= layer)


def released_score(authority: Authority) -> ColumnElement[bool]:
    return _score_released()


@cache
def _score_released() -> ColumnElement[bool]:
    """The layer was released to the unit of the form, whoever asks; made once."""
    assessment = m.Assessment.__table__.alias()
    released = select(assessment.c.id).where(
        assessment.c.id == m.Score.assessment_id, assessment.c.released >= m.Score.layer
    )
    return or_(m.Score.layer <= Layer.SUPERIOR, released.exists())


def released_subtotal(authority: Authority) -> ColumnElement[bool]:
    return or_(
        m.Subtotal.basis == Basis.SELF,
        *(
            and_(m.Subtotal.basis == basis, m.Subtotal.assessment_id.in_(_released_to(authority, layer)))
            for basis, layer in RELEASED_BASES.items()
        ),
    )


def released_snapshot(authority: Authority) -> ColumnElement[bool]:
    return or_(m.Snapshot.layer <= Layer.SUPERIOR, layer_released(m.Snapshot))


def released_remark(authority: Authority) -> ColumnElement[bool]:
    return and_(m.Remark.audience == Audience.UNIT, layer_released(m.Remark))


def released_question(authority: Authority) -> ColumnElement[bool]:
    """Questions are told to the unit once they are sent and their stage has begun."""
    assessment = m.Assessment.__table__.alias()
    begun = select(assessment.c.id).where(
        assessment.c.id == m.Question.assessment_id, stage_begun_sql(assessment, Stage.EXPLANATION, NOW)
    )
    return and_(m.Question.sent_at.is_not(None), begun.exists())


def _answered(row: Any, which: Callable[[FromClause], ColumnElement[bool]]) -> ColumnElement[bool]:
    """What a row of a leaf answers is no draft of the unit any more; ``which`` tells the leaf's question.

    It is signed, the field was handed in since, or the stage is over for the form. More time given to a form opens only what is
    not settled: of its other fields nothing that was read is hidden again.
    """
    assessment, question, answer = (one.__table__.alias() for one in (m.Assessment, m.Question, m.Explanation))
    over = or_(question.c.settled_at.is_not(None), stage_over_sql(assessment, Stage.EXPLANATION, NOW))
    return (
        select(question.c.id)
        .select_from(question.join(assessment, assessment.c.id == question.c.assessment_id))
        .outerjoin(answer, answer.c.question_id == question.c.id)
        .where(
            question.c.assessment_id == row.assessment_id,
            question.c.criterion_id == row.criterion_id,
            which(question),
            or_(answer.c.signed_at.is_not(None), and_(~question.c.withdrawn, over)),
        )
        .exists()
    )


def explanation(actor: Actor, authority: Authority) -> Filter:
    rows: Filter = unit_rows(m.Explanation)(actor, authority)
    if not authority.role.seated or rows is False:
        return rows
    return and_(rows, _answered(m.Explanation, lambda question: question.c.id == m.Explanation.question_id))


def _link_shown(link: Any) -> ColumnElement[bool]:
    """A seat reads further evidence of an answer together with the answer."""
    return or_(link.stage == Stage.SELF_SCORING, _answered(link, lambda question: question.c.turn == link.turn))


def evidence_link(actor: Actor, authority: Authority) -> Filter:
    rows: Filter = unit_rows(m.EvidenceLink)(actor, authority)
    if not authority.role.seated or rows is False:
        return rows
    return and_(rows, _link_shown(m.EvidenceLink))


def evidence_file(actor: Actor, authority: Authority) -> Filter:
    """A seat reads the version that a form of its council relies on, and those before it."""
    if not authority.role.seated:
        rows: Filter = unit_rows(m.EvidenceFile, assessment=None)(actor, authority)
        return rows
    link, used = m.EvidenceLink.__table__.alias(), m.EvidenceFile.__table__.alias()
    shown = (
        select(link.c.id)
        .join(used, used.c.id == link.c.file_id)
        .where(
            link.c.evidence_id == m.EvidenceFile.evidence_id,
            used.c.number >= m.EvidenceFile.number,
            link.c.assessment_id.in_(council_assessments(actor, authority)),
            _link_shown(link.c),
        )
    )
    return shown.exists()


def evidence(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        link = m.EvidenceLink.__table__
        return m.Evidence.id.in_(
            select(link.c.evidence_id).where(
                link.c.assessment_id.in_(council_assessments(actor, authority)), _link_shown(link.c)
            )
        )
    rows: Filter = unit_rows(m.Evidence, assessment=None)(actor, authority)
    return rows


def _leaf_history(actor: Actor, authority: Authority) -> Filter:
    """The trail of single leaves, for those who read the leaves: the unit itself, its council, observers above it."""
    entry = m.AuditEntry
    of_leaf = and_(entry.assessment_id.is_not(None), entry.criterion_id.is_not(None))
    if authority.role.seated:
        # Drafts of an explanation are no one's but the unit's; what came of them is read where they stand.
        return and_(
            of_leaf,
            entry.verb != Verb.EXPLAIN.value,
            Among(entry.assessment_id, council_assessments(actor, authority)),
        )
    if authority.role in (Role.OFFICER, Role.LEADER) and authority.reaches(authority.unit_path):
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
        and_(entry.object_type == m.Score.__name__, layer_released(entry)),
    )


def _audited_below(authority: Authority) -> Rows:
    """The trail of the units below, of the reader's own unit what that unit knows."""
    below = subtree(m.AuditEntry.unit_id, authority)
    return below if below is True else and_(below, or_(m.AuditEntry.unit_id != authority.unit_id, _told()))


def audit(actor: Actor, authority: Authority) -> Filter:
    if authority.role not in (Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR):
        return _leaf_history(actor, authority)
    if authority.role is Role.AUDITOR:
        return subtree(m.AuditEntry.unit_id, authority)
    return _audited_below(authority)  # a manager reads the values too
