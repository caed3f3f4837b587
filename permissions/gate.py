"""The write gate: every write happens inside an act that the process table allowed, and leaves its audit row with it.

``act()`` opens a transaction, locks the subject's row, asks the database clock and judges. While it lasts, ``before_flush``
refuses any object that the act's verb does not cover, and ``after_flush`` appends the audit rows in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from flask import g, has_request_context
from sqlalchemy import event, insert, inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.unitofwork import UOWTransaction
from sqlalchemy.orm.util import identity_key

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, current_actor, system_reason
from permissions.policies import LAYERS, WRITES, Subject, judge, subject_unit_id
from permissions.scope import visible
from rules.message import M
from rules.process import Refusal, Verdict
from rules.verbs import Verb

#: Derived or technical rows: their cause is audited, not they.
UNAUDITED = (
    m.AuditEntry,
    m.Snapshot,
    m.Subtotal,
    m.LoginThrottle,
    m.LoginSession,
    m.RecoveryCode,
    m.PreviousPassword,
    m.EditionField,
    m.EditionLeaf,
)
SECRET_COLUMNS = {"password_hash", "token_hash", "secret", "code_hash"}
#: Columns that tell nothing by themselves.
SILENT_COLUMNS = {"version", "last_step"}
_ACTS = "parindex_acts"
_TOGETHER = "parindex_together"


class Refused(Exception):
    """An act the table does not allow; carries the verdict for the page."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict.why))
        self.verdict = verdict


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
    except BaseException:
        if outermost:
            session.rollback()
        raise


@contextmanager
def system_act(verb: Verb, reason: str) -> Iterator[Act]:
    """Do system work (commands, sign-in) in one transaction; needs an open ``system_scope``. Audited under its reason."""
    if system_reason() is None:
        raise WriteRefused("system work needs a system scope")
    session = db.session()
    acts: list[Act] = session.info.setdefault(_ACTS, [])
    outermost = not acts
    if outermost:
        _begin(session)
    try:
        acts.append(Act(verb, current_actor(), None, reason, clock.now(session)))
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
    if subject is not None:
        _lock(session, subject)
    actor = replace(actor, now=clock.now(session))
    verdict = judge(session, actor, verb, subject, criteria=criteria, reason=reason)
    if not verdict:
        raise Refused(verdict)
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
        if system_reason() is None:
            _cover(act_, row)


def _cover(act_: Act, row: Any) -> None:
    """Refuse a row that the act's verb does not write, or that belongs to another unit than its subject."""
    if type(row) not in WRITES.get(act_.verb, frozenset()):
        raise WriteRefused(f"{act_.verb} does not write {type(row).__name__}")
    if act_.unit_ids is not None and not _within(act_.unit_ids, row):
        raise WriteRefused(f"{act_.verb} reaches beyond its unit: {type(row).__name__}")
    layers = LAYERS.get(act_.verb)
    if isinstance(row, m.Score) and layers is not None and row.layer not in layers:
        raise WriteRefused(f"{act_.verb} does not write the layer {row.layer!r}")


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
    if not acts:
        return
    act_ = acts[-1]
    changed = [
        *(("create", row) for row in session.new),
        *(("update", row) for row in session.dirty),
        *(("delete", row) for row in session.deleted),
    ]
    act_entry = _act_entry(act_)
    rows = [
        act_entry | _row_entry(operation, row, changes)
        for operation, row in changed
        if not isinstance(row, UNAUDITED) and ((changes := _changes(operation, row)) or operation != "update")
    ]
    if rows:
        session.connection().execute(insert(m.AuditEntry), rows)


def record(operation: str, account: m.Account | None, *, address: str) -> None:
    """Leave the trace of something that changes no audited row (signed in, refused, a session ended), in the act going on."""
    session = db.session()
    act_: Act = session.info[_ACTS][-1]
    entry = _act_entry(act_) | {
        "unit_id": None if account is None else account.unit_id,
        "operation": operation,
        "object_type": "Account",
        "object_id": "" if account is None else str(account.id),
        "changes": {},
        "address": address,
    }
    if act_.actor is None and account is not None and operation != "failed":
        entry |= {"actor_id": account.id, "actor_name": account.full_name}
    session.connection().execute(insert(m.AuditEntry), [entry])


def _act_entry(act_: Act) -> dict[str, Any]:
    """Return what all traces of an act have in common."""
    actor = act_.actor
    return {
        "at": act_.now,
        "actor_id": None if actor is None else actor.account_id,
        "actor_name": name_of(actor),
        "authority": "" if actor is None else authority_words(actor),
        "verb": act_.verb.value,
        "reason": act_.reason,
        "request_id": g.get("request_id", "") if has_request_context() else "",
        "address": "" if actor is None else actor.address,
    }


def name_of(actor: Actor | None) -> str:
    """Return the name the trail keeps: of the person, or why system work went on."""
    return (system_reason() or "system") if actor is None else actor.name


def _row_entry(operation: str, row: Any, changes: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "unit_id": row.id if isinstance(row, m.Unit) else getattr(row, "unit_id", None),
        "assessment_id": row.id if isinstance(row, m.Assessment) else getattr(row, "assessment_id", None),
        "criterion_id": getattr(row, "criterion_id", None),
        "layer": getattr(row, "layer", None),
        "operation": operation,
        "object_type": type(row).__name__,
        "object_id": str(inspect(row).mapper.primary_key_from_instance(row)[0]),
        "changes": changes,
    }


def authority_words(actor: Actor) -> str:
    """Return role, unit or council, and the giver of a delegation, as the trail keeps them."""
    authority = actor.authority
    if authority is None:
        return ""
    parts = [authority.role.value, authority.council_name or authority.unit_name]
    if authority.on_behalf_of:
        parts.append(f"thay mặt {authority.on_behalf_of}")
    return " · ".join(parts)[:300]


def _changes(operation: str, row: Any) -> dict[str, list[Any]]:
    """Return column -> [before, after] of what changed; secrets are named, never shown."""
    changes: dict[str, list[Any]] = {}
    state = inspect(row)
    for attribute in state.mapper.column_attrs:
        name = attribute.key
        # Only what was set since it was read has a history.
        if name in SILENT_COLUMNS or (operation != "delete" and name not in state.committed_state):
            continue
        history = state.attrs[name].history
        after = history.added[0] if history.added else None
        before = history.deleted[0] if history.deleted else None
        if operation == "delete":
            before, after = getattr(row, name), None
        elif not history.has_changes() or before == after:
            continue
        changes[name] = ["•••", "•••"] if name in SECRET_COLUMNS else [_plain(before), _plain(after)]
    return changes


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value
