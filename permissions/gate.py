"""The write gate: every write happens inside an act that the process table allowed, and leaves its audit row with it.

``act()`` opens a transaction, locks the subject's row, asks the database clock and judges. While it lasts, ``before_flush``
refuses any object that the act's verb does not cover and notes in whose place somebody acted, and ``after_flush`` appends the audit rows in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import g, has_request_context
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlalchemy.orm.util import identity_key

import models as m
from extensions import db
from models import clock
from permissions import behalf, trail
from permissions.actor import Actor, current_actor, system_reason
from permissions.policies import LAYERS, WRITES, Subject, judge, subject_unit_id
from permissions.policies import only_looks as why_only_looks
from permissions.restrictions import why_not
from permissions.scope import visible
from rules.message import M
from rules.text import CONTROLS
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict

_ACTS = "parindex_acts"
_TOGETHER = "parindex_together"


class Refused(Exception):
    """An act the table does not allow; carries the verdict for the page, and what was tried where that is known."""

    def __init__(self, verdict: Verdict, verb: Verb | None = None) -> None:
        super().__init__(str(verdict.why))
        self.verdict = verdict
        self.verb = verb


class WriteRefused(RuntimeError):
    """A write outside any act, or beyond what its act covers: a fault of the program, never of the user."""


@dataclass(frozen=True, slots=True)
class Act:
    """One allowed attempt: who, what, on which unit's data, why, and at which moment of the database clock."""

    verb: Verb
    actor: Actor | None
    unit_ids: frozenset[int] | None
    reason: str
    now: datetime
    to: Any = None


def hidden() -> Refused:
    """Return the refusal for something that is absent or outside the reader's scope: both look alike (Điều 4.2)."""
    return Refused(Verdict(False, Refusal.HIDDEN, M("This does not exist, or is not open to you.")))


def only_looks(actor: Actor) -> Refused:
    """Return the refusal of whatever somebody would do who only looks at the system as this person."""
    return Refused(
        Verdict(
            False,
            Refusal.RIGHT,
            why_only_looks(actor),
            M("What was sent is not applied. To work as yourself again, end the looking."),
        )
    )


@contextmanager
def together() -> Iterator[None]:
    """Join several acts one after another into one transaction: all of them or none. It allows nothing by itself."""
    session = db.session()
    if session.info.get(_TOGETHER) or session.info.get(_ACTS):
        yield  # the one around it commits
        return
    _begin(session)
    session.info[_TOGETHER] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info[_TOGETHER]


@contextmanager
def act(
    verb: Verb,
    subject: Subject = None,
    *,
    criteria: Sequence[m.Criterion] = (),
    reason: str | None = None,
) -> Iterator[Act]:
    """Do something in one transaction; commit at the end of the outermost act (or of ``together``), roll back on any error.

    Raises ``Refused`` with the verdict. The subject is read again under its row lock, so of two people who act at once
    the second is judged by what the first left.
    """
    session = db.session()
    acts: list[Act] = session.info.setdefault(_ACTS, [])
    outermost = not acts and not session.info.get(_TOGETHER)
    if outermost:
        _begin(session)
    try:
        allowed = _allow(session, verb, subject, criteria, reason)
        acts.append(allowed)
        try:
            yield allowed
            session.flush()
        finally:
            acts.pop()
        if outermost:
            session.commit()
    except BaseException as error:
        if outermost:
            session.rollback()
        if isinstance(error, Refused):
            remember(error)
        raise


def remember(refused: Refused) -> None:
    """Keep a refusal until the answer leaves, whoever catches it: it leaves its trace then (``views/traces.py``)."""
    if has_request_context():
        kept: list[Refused] = g.setdefault("refusals", [])
        if not any(one is refused for one in kept):
            kept.append(refused)


@contextmanager
def system_act(verb: Verb, reason: str, *, while_looking: bool = False) -> Iterator[Act]:
    """Do system work (commands, sign-in) in one transaction; needs an open ``system_scope``. Audited under its reason.

    ``while_looking``: it ends a looking or a session, or raises an alarm, so it is open to somebody who only looks as another person too.
    """
    if system_reason() is None:
        raise WriteRefused("system work needs a system scope")
    actor = current_actor()
    if actor is not None and actor.seen_by is not None and not while_looking:
        raise only_looks(actor)
    session = db.session()
    acts: list[Act] = session.info.setdefault(_ACTS, [])
    outermost = not acts
    if outermost:
        _begin(session)
    try:
        acts.append(Act(verb, actor, None, reason, clock.now(session)))
        try:
            yield acts[-1]
            session.flush()
        finally:
            acts.pop()
        if outermost:
            session.commit()
    except BaseException:
        if outermost:
            session.rollback()
        raise


def _begin(session: Session) -> None:
    """Start a writing transaction: on SQLite with its write lock at once, so that it never fails half way."""
    if session.new or session.dirty or session.deleted:
        raise WriteRefused("objects were changed before the act began")
    if session.get_bind().dialect.name == "sqlite":
        session.commit()  # ends the reading transaction; nothing is pending
        session.connection(execution_options={"parindex_write": True})
    # Elsewhere the transaction that has only read goes on: each of its statements sees what is committed by then.


def _allow(session: Session, verb: Verb, subject: Subject, criteria: Sequence[m.Criterion], reason: str | None) -> Act:
    actor = current_actor()
    if actor is None:
        raise hidden()
    if actor.seen_by is not None:
        raise only_looks(actor)
    if subject is not None:
        _lock(session, subject)
    actor = replace(actor, now=clock.now(session))
    verdict = judge(session, actor, verb, subject, criteria=criteria, reason=reason)
    if not verdict:
        raise Refused(verdict, verb)
    if CONTROLS.search(reason or ""):
        why = M("This text holds a character that cannot be kept: type it again.")
        raise Refused(Verdict(False, Refusal.REASON, why), verb)
    unit_id = subject_unit_id(subject)
    return Act(
        verb, actor, None if unit_id is None else frozenset({unit_id}), (reason or "").strip(), actor.now, verdict.to
    )


def _lock(session: Session, subject: Any) -> None:
    """Take the row lock of the subject, and of its assessment first, always in this order."""
    if isinstance(subject, m.FieldSheet):
        _refresh(session, m.Assessment, subject.assessment_id)
    _refresh(session, type(subject), subject.id)


def _refresh(session: Session, model: Any, id_: int) -> None:
    """Read a row again under its lock; the rows it refers to stay at hand where it still refers to them."""
    known = session.identity_map.get(identity_key(model, id_))
    at_hand = {} if known is None else dict(known.__dict__)
    locked = select(model).where(model.id == id_).with_for_update(of=model).execution_options(populate_existing=True)
    row = session.scalar(locked)
    if row is None:
        raise hidden()
    for relation in inspect(model).relationships:
        other = at_hand.get(relation.key)
        if isinstance(other, db.Model) and all(
            getattr(row, own.key) == getattr(other, theirs.key) for own, theirs in relation.local_remote_pairs
        ):
            set_committed_value(row, relation.key, other)


@event.listens_for(db.session, "before_flush")
def _gate(session: Session, context: UOWTransaction, instances: object) -> None:
    changed = [*session.new, *(o for o in session.dirty if session.is_modified(o)), *session.deleted]
    if not changed:
        return
    acts: list[Act] = session.info.get(_ACTS, [])
    if not acts:
        raise WriteRefused(f"a write outside any act: {changed[0]!r}")
    act_ = acts[-1]
    for row in changed:
        behalf.keep(act_.actor, row)
    if system_reason() is None:
        for row in changed:
            _cover(act_, row)
        _within_fields(session, act_, changed)


def _cover(act_: Act, row: Any) -> None:
    """Refuse a row that the act's verb does not write, or that belongs to another unit than its subject."""
    if type(row) not in WRITES.get(act_.verb, frozenset()):
        raise WriteRefused(f"{act_.verb} does not write {type(row).__name__}")
    if act_.unit_ids is not None and not _within(act_.unit_ids, row):
        raise WriteRefused(f"{act_.verb} reaches beyond its unit: {type(row).__name__}")
    layers = LAYERS.get(act_.verb)
    if isinstance(row, m.Score) and layers is not None and row.layer not in layers:
        raise WriteRefused(f"{act_.verb} does not write the layer {row.layer!r}")


def _within_fields(session: Session, act_: Act, rows: Sequence[Any]) -> None:
    """Refuse leaves of other fields than those that a restriction of the person's access leaves.

    A document belongs to no leaf: what is said of it, and its file, is written at every leaf that uses it.
    """
    authority = None if act_.actor is None else act_.actor.authority
    if act_.actor is None or authority is None or authority.limits is None or authority.limits.fields is None:
        return
    ids = {row.criterion_id for row in rows if getattr(row, "criterion_id", None) is not None}
    documents = {row.id for row in rows if isinstance(row, m.Evidence)}
    documents |= {row.evidence_id for row in rows if isinstance(row, m.EvidenceFile)}
    with session.no_autoflush:
        if documents:
            using = select(m.EvidenceLink.criterion_id).where(m.EvidenceLink.evidence_id.in_(documents))
            ids |= set(session.scalars(using))
        if not ids:
            return
        codes = session.scalars(select(m.Criterion.field_code).where(m.Criterion.id.in_(ids))).all()
    why = why_not(act_.actor, act_.verb, set(codes))
    if why is not None:
        raise Refused(Verdict(False, Refusal.RIGHT, why, M("Ask Sở Nội vụ.")), act_.verb)


def _within(unit_ids: frozenset[int], row: Any) -> bool:
    """Tell whether a row belongs to the act's unit, now and before; a council's rows belong to the unit that set it up."""
    if isinstance(row, m.CouncilUnit):
        # The unit assessed is another one, but never one that the actor may not see.
        council = db.session.get(m.Council, row.council_id)
        return council is not None and council.unit_id in unit_ids and visible(db.session(), m.Unit, id=row.unit_id)
    column = "owner_unit_id" if isinstance(row, m.Assignment) else "unit_id"
    owner = getattr(row, column, None)
    if owner is None and isinstance(row, m.Council) and row.unit is not None:
        owner = row.unit.id  # the key follows in the flush
    before = inspect(row).attrs[column].history.deleted if hasattr(row, column) else ()
    return owner in unit_ids and all(old in unit_ids for old in before if old is not None)


@event.listens_for(db.session, "after_flush")
def _audit(session: Session, context: UOWTransaction) -> None:
    acts: list[Act] = session.info.get(_ACTS, [])
    if acts:
        trail.append_changes(session, acts[-1])


def record(operation: str, account: m.Account | None, *, address: str) -> None:
    """Leave the trace of something that changes no audited row (signed in, refused, a session ended), in the act going on."""
    session = db.session()
    act_: Act = session.info[_ACTS][-1]
    entry = trail.of_act(act_) | {
        "unit_id": None if account is None else account.unit_id,
        "operation": operation,
        "object_type": "Account",
        "object_id": "" if account is None else str(account.id),
        "object_name": "" if account is None else account.full_name,
        "address": address,
    }
    if act_.actor is None and account is not None and operation != "failed":
        entry |= {"actor_id": account.id, "actor_name": account.full_name}
    trail.append(session, entry)


def note(
    operation: str,
    verb: Verb,
    object_type: str = "",
    object_id: object = "",
    *,
    unit_id: int | None = None,
    reason: str = "",
    object_name: str = "",
    **told: object,
) -> None:
    """Leave the trace of something a person did that changes no row (downloaded, exported, was refused), in a transaction of its own.

    ``told`` are plain values shown as what the entry tells. Call it outside acts, before the answer leaves.
    """
    session = db.session()
    _begin(session)
    try:
        trail.append(
            session,
            trail.of_actor(current_actor())
            | {
                "at": clock.now(session),
                "verb": verb.value,
                "reason": reason,
                "unit_id": unit_id,
                "operation": operation,
                "object_type": object_type,
                "object_id": str(object_id),
                "object_name": object_name,
                "changes": {name: [None, trail.plain(value)] for name, value in told.items()},
            },
        )
        session.commit()
    except BaseException:
        session.rollback()
        raise
