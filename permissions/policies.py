"""May this actor do this to that? Gathers the facts of an attempt and lets the process table decide.

``WRITES`` says which tables each verb may write, ``LAYERS`` which layer of the scores: the write gate refuses the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import models as m
from models.situation import Situation, situation
from permissions import conflicts
from permissions.actor import Actor, Authority
from permissions.restrictions import LEAF_BY_LEAF, why_not
from rules.message import M, Message
from rules.process import READING, steps
from rules.verbs import Relation, Verb
from rules.verdict import Facts, Refusal, Verdict, decide
from rules.vocabulary import Layer, Stage, State

#: What an act is about: a unit's form, one field of it, a council, a unit, or nothing in particular.
Subject = m.Assessment | m.FieldSheet | m.Council | m.Unit | None

WRITES: dict[Verb, frozenset[type[Any]]] = {
    Verb.SCORE: frozenset({m.Score, m.Subtotal}),
    Verb.ATTACH: frozenset({m.Evidence, m.EvidenceFile, m.EvidenceLink}),
    Verb.SIGN: frozenset({m.Assessment, m.Notice, m.Snapshot}),
    Verb.TAKE_BACK: frozenset({m.Assessment, m.Notice}),
    Verb.SCORE_SUPERIOR: frozenset({m.Score, m.Subtotal, m.Notice}),
    Verb.EXTEND: frozenset({m.Extension, m.Notice}),
    Verb.REOPEN: frozenset({m.Extension, m.Assessment, m.Notice, m.Snapshot}),
    Verb.CLOSE_EARLY: frozenset({m.Assessment, m.Notice}),
    Verb.REMIND: frozenset({m.Notice}),
    Verb.RELEASE: frozenset({m.Assessment, m.Notice}),
    Verb.EXEMPT: frozenset({m.Exemption, m.Subtotal, m.Notice}),
    Verb.APPRAISE: frozenset({m.Score, m.Subtotal}),
    Verb.HAND_IN: frozenset({m.FieldSheet, m.Question, m.Snapshot}),
    Verb.REMARK: frozenset({m.Remark}),
    Verb.ASK: frozenset({m.Question}),
    Verb.SEND_QUESTIONS: frozenset({m.FieldSheet, m.Question, m.Notice, m.Snapshot}),
    Verb.EXPLAIN: frozenset({m.Question, m.Explanation, m.Evidence, m.EvidenceFile, m.EvidenceLink}),
    Verb.SIGN_EXPLANATION: frozenset({m.FieldSheet, m.Explanation, m.Notice, m.Snapshot}),
    Verb.EXTEND_EXPLANATION: frozenset({m.Extension, m.FieldSheet, m.Explanation, m.Notice}),
    Verb.REAPPRAISE: frozenset({m.Score, m.Subtotal}),
    Verb.CHANGE: frozenset({m.Score, m.Subtotal}),
    Verb.SEND_BACK: frozenset({m.FieldSheet, m.Assessment, m.Score, m.Subtotal, m.Question, m.Snapshot}),
    Verb.APPROVE: frozenset({m.FieldSheet, m.Subtotal, m.Snapshot}),
    Verb.CLOSE_FIELD: frozenset({m.FieldSheet, m.Snapshot}),
    Verb.REOPEN_FIELD: frozenset({m.FieldSheet, m.Assessment, m.Score, m.Subtotal, m.Notice, m.Question, m.Snapshot}),
    Verb.IMPORT_SURVEY: frozenset({m.Score, m.Subtotal}),
    Verb.IMPORT_REFERENCE: frozenset({m.ReferenceFigure}),
    Verb.PUBLISH: frozenset({m.Edition, m.EditionRow, m.EditionField, m.EditionLeaf, m.Assessment, m.Notice}),
    Verb.WITHDRAW: frozenset({m.Edition, m.Notice}),
    Verb.MANAGE_CATALOGUE: frozenset(
        {
            m.Level,
            m.UnitKind,
            m.Unit,
            m.UnitChange,
            m.UnitGroup,
            m.UnitGroupMember,
            m.CriteriaSet,
            m.Criterion,
            m.CriterionExclusion,
        }
    ),
    Verb.MANAGE_ROUND: frozenset(
        {
            m.Round,
            m.RankingGroup,
            m.RankingGroupKind,
            m.ClassBand,
            m.Window,
            m.CriteriaSet,
            m.Assessment,
            m.FieldSheet,
            m.Exemption,
            m.Subtotal,
        }
    ),
    Verb.MANAGE_ACCOUNTS: frozenset(
        {
            m.Account,
            m.Post,
            m.Seat,
            m.Delegation,
            m.Restriction,
            m.LoginSession,
            m.SecondFactor,
            m.StaffRequest,
            m.StaffChange,
            m.Notice,
        }
    ),
    Verb.REPORT_STAFF: frozenset({m.StaffRequest, m.StaffChange}),
    Verb.LEND: frozenset({m.Delegation}),
    Verb.LOOK_AS: frozenset({m.Viewing}),
    Verb.MANAGE_COUNCIL: frozenset({m.Council, m.CouncilUnit, m.Seat, m.Assignment}),
    Verb.SIGN_IN: frozenset(
        {m.LoginSession, m.LoginThrottle, m.Account, m.SecondFactor, m.RecoveryCode, m.PreviousPassword}
    ),
}

LAYERS: dict[Verb, frozenset[Layer]] = {
    Verb.SCORE: frozenset({Layer.SELF}),
    Verb.SCORE_SUPERIOR: frozenset({Layer.SUPERIOR}),
    # On what came back after a second appraisal the helper goes on where it stopped: a lower layer would not count.
    Verb.APPRAISE: frozenset({Layer.APPRAISAL, Layer.REAPPRAISAL}),
    Verb.REAPPRAISE: frozenset({Layer.REAPPRAISAL}),
    Verb.CHANGE: frozenset({Layer.COUNCIL}),
    # What goes back to the helper loses the council's own points: the council decides anew on what comes.
    Verb.SEND_BACK: frozenset({Layer.COUNCIL}),
    Verb.REOPEN_FIELD: frozenset({Layer.COUNCIL}),
    Verb.IMPORT_SURVEY: frozenset({Layer.SURVEY}),
}


def subject_unit_id(subject: Subject) -> int | None:
    """Return the unit whose data an act changes."""
    if subject is None:
        return None
    return subject.id if isinstance(subject, m.Unit) else subject.unit_id


def judge(
    session: Session,
    actor: Actor,
    verb: Verb,
    subject: Subject = None,
    *,
    criteria: Sequence[m.Criterion] = (),
    reason: str | None = None,
    seen: Situation | None = None,
) -> Verdict:
    """Answer "may I?" for one subject.

    ``criteria`` are the leaves an assignment must cover; without them an assignment anywhere in the sheet's field counts.
    ``seen`` spares the dates' statements where the caller has just read them.
    """
    return judge_all(session, actor, (verb,), subject, criteria=criteria, reason=reason, seen=seen)[verb]


def judge_all(
    session: Session,
    actor: Actor,
    verbs: Iterable[Verb],
    subject: Subject = None,
    *,
    criteria: Sequence[m.Criterion] = (),
    reason: str | None = None,
    seen: Situation | None = None,
) -> dict[Verb, Verdict]:
    """Answer "may I?" for several verbs on one subject; its facts are gathered once."""
    verbs = tuple(verbs)
    authority = actor.authority
    if authority is None:
        return {verb: decide(verb, Facts(role=None)) for verb in verbs}
    assessment = _assessment(session, subject)
    state = None
    if assessment is not None:
        seen = seen or situation(session, assessment, actor.now)
        state = (
            seen.of_sheet(subject)
            if isinstance(subject, m.FieldSheet)
            else seen.of_assessment(_sheets(session, assessment) if seen.phase.locked else ())
        )
    facts = Facts(
        role=authority.role,
        relation=relation(session, authority, subject),
        state=state,
        assigned=isinstance(subject, m.FieldSheet) and assigned(session, authority, subject, criteria),
        # Asked only where a verb asks for it: it costs statements.
        conflict=not any(map(impartial, verbs)) or assessment is None or conflict(session, actor, assessment),
        reason=reason,
        lent=authority.lent,
    )
    fields = _fields(session, authority, subject, criteria)
    verdicts = {
        verb: decide(
            verb,
            replace(
                facts,
                stage_open=seen is not None and stage_open(verb, subject, seen, state),
                restricted=why_not(actor, verb, () if fields is None and verb in LEAF_BY_LEAF else fields),
            ),
        )
        for verb in verbs
    }
    # Support reads why the user may not; only what the user may do is refused because somebody looks.
    return verdicts if actor.seen_by is None else {verb: _seen(actor, verb, one) for verb, one in verdicts.items()}


def only_looks(actor: Actor) -> Message:
    """Return why somebody who looks at the system as this person does nothing."""
    return M("You only look at the system as {name}: nothing can be changed.", name=actor.name)


def _seen(actor: Actor, verb: Verb, verdict: Verdict) -> Verdict:
    return Verdict(False, Refusal.RIGHT, only_looks(actor)) if verdict and verb not in READING else verdict


def _fields(
    session: Session, authority: Authority, subject: Subject, criteria: Sequence[m.Criterion]
) -> frozenset[str] | None:
    """Return the codes of the fields an attempt writes in, where a restriction asks for them; None for the whole."""
    if authority.limits is None or authority.limits.fields is None:
        return frozenset()
    if criteria:
        return frozenset(criterion.field_code for criterion in criteria)
    if isinstance(subject, m.FieldSheet):
        return frozenset({session.get_one(m.Criterion, subject.field_id).field_code})
    return None


def relation(session: Session, authority: Authority, subject: Subject) -> Relation:
    """Tell how the authority stands to the subject's unit (Điều 4)."""
    unit_id = subject_unit_id(subject)
    if unit_id is None:
        return Relation.NONE
    if authority.role.seated:
        council_unit = m.CouncilUnit
        found = session.scalar(
            select(council_unit.id).where(
                council_unit.council_id == authority.council_id, council_unit.unit_id == unit_id
            )
        )
        return Relation.NONE if found is None else Relation.COUNCIL
    if unit_id == authority.unit_id:
        return Relation.OWN if authority.reaches(authority.unit_path) else Relation.NONE
    # The read floor answers: a unit outside the subtree is not found.
    path = session.scalar(select(m.Unit.path).where(m.Unit.id == unit_id))
    return Relation.BELOW if path is not None and authority.reaches(path) else Relation.NONE


def assigned(session: Session, authority: Authority, sheet: m.FieldSheet, criteria: Sequence[m.Criterion]) -> bool:
    """Tell whether the seat's assignments cover these leaves of this unit, or some of the field when none are named."""
    if authority.seat_id is None:
        return False
    paths = [
        (path, end)
        for path, end in _assignment_ranges(session, authority.seat_id, sheet.criteria_set_id, sheet.unit_id)
    ]
    if criteria:
        return all(any(path <= c.path < end for path, end in paths) for c in criteria)
    field = session.get_one(m.Criterion, sheet.field_id)
    return any(path.startswith(field.path) or field.path.startswith(path) for path, _ in paths)


def _assignment_ranges(session: Session, seat_id: int, set_id: int, unit_id: int) -> Iterable[tuple[str, str]]:
    rows = session.scalars(
        select(m.Criterion.path)
        .join(m.Assignment, m.Assignment.criterion_id == m.Criterion.id)
        .where(
            m.Assignment.seat_id == seat_id,
            m.Criterion.set_id == set_id,
            or_(m.Assignment.unit_id.is_(None), m.Assignment.unit_id == unit_id),
        )
    )
    return [(path, path[:-1] + "/") for path in rows]


def impartial(verb: Verb) -> bool:
    """Tell whether the verb is closed to whoever is at home in the assessed unit."""
    return any(step.impartial for step in steps(verb))


def conflict(session: Session, actor: Actor, assessment: m.Assessment) -> bool:
    """Tell whether the person is at home in the assessed unit (Điều 13)."""
    return assessment.unit_id in conflicts.units_of(session, actor, assessment.round_id, (assessment.unit_id,))


def _assessment(session: Session, subject: Subject) -> m.Assessment | None:
    if isinstance(subject, m.FieldSheet):
        return session.get_one(m.Assessment, subject.assessment_id)
    return subject if isinstance(subject, m.Assessment) else None


def _sheets(session: Session, assessment: m.Assessment) -> Sequence[m.FieldSheet]:
    return session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == assessment.id)).all()


_AGAIN = frozenset({Verb.APPRAISE, Verb.HAND_IN, Verb.ASK, Verb.SEND_QUESTIONS})


def stage_open(verb: Verb, subject: Subject, seen: Situation, state: State | None) -> bool:
    """Tell whether the window that the verb needs in this state is open for this form."""
    rows = [step for step in steps(verb) if state is None or state in step.states]
    stage = next((step.stage for step in rows if step.stage is not None), None)
    if stage is None:
        return True
    if seen.stage_open(stage):
        return True
    # What the council sent back may be appraised again as long as approval lasts; a question marked there is sent or withdrawn.
    returned = isinstance(subject, m.FieldSheet) and subject.returned_reason is not None
    return returned and verb in _AGAIN and seen.stage_open(Stage.APPROVAL)
