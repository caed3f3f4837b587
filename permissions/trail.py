"""The audit trail: what an act wrote becomes entries, appended in the transaction of the change and sealed in a chain (Điều 5.2).

Entries are gathered while acts go on and written just before the commit, under the lock of the chain's head: it is held for two
short statements, after every other lock, so nobody waits for a long act and no two wait for each other. Whoever can write in the
database alone cannot change, remove, add or reorder entries unseen (``permissions/seals.py``); ``services/trail/chain.py``
recomputes the chain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from flask import current_app, g, has_request_context
from sqlalchemy import Connection, String, event, func, insert, inspect, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction
from sqlalchemy.orm.util import identity_key

import models as m
from extensions import db
from permissions import seals, stored
from permissions.actor import Actor, Authority, system_reason
from permissions.behalf import PLACES
from rules.verbs import Verb

if TYPE_CHECKING:
    from permissions.gate import Act

#: Derived or technical rows: their cause is audited, not they.
UNAUDITED = (
    m.AuditEntry,
    m.AuditHead,
    m.ReadCount,
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
#: Columns that tell nothing by themselves, or what the entry tells itself (for whom somebody acted).
SILENT_COLUMNS = {"version", "last_step", "changed_at", *PLACES.values()}
#: The chain has one head; another one is a fault that is named and nothing else.
HEAD_ID = 1
_PENDING = "parindex_trail"
_WRITTEN = "parindex_trail_written"
_SAVEPOINTS = "parindex_trail_savepoints"
_EMPTY: dict[str, Any] = dict.fromkeys(("actor_id", "unit_id", "assessment_id", "criterion_id", "layer")) | {
    **dict.fromkeys(("authority", "on_behalf_of", "looking_as", "object_id", "object_name"), ""),
    **dict.fromkeys(("reason", "request_id", "address"), ""),
    "changes": {},
}
_LENGTHS = {
    column.name: column.type.length
    for column in m.AuditEntry.__table__.c
    if isinstance(column.type, String) and column.type.length
}
#: By which row that is at hand an entry names its object, where the object has no name of its own.
_NAMED_BY: tuple[tuple[str, type[Any], str], ...] = (
    ("criterion_id", m.Criterion, "code"),
    ("field_id", m.Criterion, "code"),
    ("account_id", m.Account, "full_name"),
    ("receiver_id", m.Account, "full_name"),
    ("unit_id", m.Unit, "name"),
)
#: Called with the entries of a transaction once they are committed (the structured log).
committed: list[Callable[[list[dict[str, Any]]], None]] = []


# Entries


def append(session: Session, entry: Mapping[str, Any]) -> None:
    """Add an entry to those the present transaction will leave. Its number and seal come with the commit."""
    kept = {name: _fitting(name, value) for name, value in (_EMPTY | dict(entry)).items()}
    session.info.setdefault(_PENDING, []).append(kept)


def _fitting(name: str, value: Any) -> Any:
    """Return a value as both databases keep it: cut to its column, without signs that PostgreSQL refuses."""
    if not isinstance(value, str):
        return value
    return value.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()[: _LENGTHS.get(name)]


def append_changes(session: Session, act_: Act) -> None:
    """Add an entry for each row that the flush wrote."""
    changed = [
        *(("create", row) for row in session.new),
        *(("update", row) for row in session.dirty),
        *(("delete", row) for row in session.deleted),
    ]
    common = of_act(act_)
    for operation, row in changed:
        if isinstance(row, UNAUDITED):
            continue
        changes = _changes(operation, row)
        if changes or operation != "update":
            append(session, common | _of_row(session, operation, row, changes))


def of_act(act_: Act) -> dict[str, Any]:
    """Return what all traces of an act have in common."""
    return of_actor(act_.actor) | {"at": act_.now, "verb": act_.verb.value, "reason": act_.reason}


def of_actor(actor: Actor | None) -> dict[str, Any]:
    """Return who acts: of somebody who looks as a user both are named, of a delegation its giver too."""
    viewer = None if actor is None else actor.seen_by
    authority = None if actor is None else viewer.authority if viewer else actor.authority
    return {
        "actor_id": None if actor is None else actor.person_id,
        "actor_name": viewer.name if viewer else name_of(actor),
        "authority": authority_words(authority),
        "on_behalf_of": "" if authority is None else authority.on_behalf_of,
        "looking_as": actor.name if actor is not None and viewer else "",
        "request_id": g.get("request_id", "") if has_request_context() else "",
        "address": "" if actor is None else actor.address,
    }


def name_of(actor: Actor | None) -> str:
    """Return the name the trail keeps: of the person, or why system work went on."""
    return (system_reason() or "system") if actor is None else actor.name


def authority_words(authority: Authority | None) -> str:
    """Return role and unit or council, as the trail keeps them."""
    if authority is None:
        return ""
    return f"{authority.role.value} · {authority.council_name or authority.unit_name}"[:300]


def _of_row(session: Session, operation: str, row: Any, changes: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "unit_id": row.id if isinstance(row, m.Unit) else getattr(row, "unit_id", None),
        "assessment_id": row.id if isinstance(row, m.Assessment) else getattr(row, "assessment_id", None),
        "criterion_id": getattr(row, "criterion_id", None),
        "layer": getattr(row, "layer", None),
        "operation": operation,
        "object_type": type(row).__name__,
        "object_id": str(inspect(row).mapper.primary_key_from_instance(row)[0]),
        "object_name": _object_name(session, row),
        "changes": changes,
        # Of who looks as a user both are named from the first entry to the last.
        **({"looking_as": row.account.full_name} if isinstance(row, m.Viewing) and row.account else {}),
    }


def _object_name(session: Session, row: Any) -> str:
    """Return what the row is called, of what is at hand: nothing is read for it. It outlives the row."""
    own = row.__dict__
    if isinstance(row, m.Criterion):
        return f"{own.get('code', '')} {own.get('name', '')}"
    for column in ("full_name", "name", "title"):
        if isinstance(own.get(column), str):
            return str(own[column])
    for column, model, called in _NAMED_BY:
        if own.get(column) is not None:
            other = session.identity_map.get(identity_key(model, own[column]))
            name = None if other is None else other.__dict__.get(called)
            if name:
                return str(name)
    return ""


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
        changes[name] = ["•••", "•••"] if name in SECRET_COLUMNS else [plain(before), plain(after)]
    return changes


def plain(value: Any) -> Any:
    """Return a value as the trail keeps it, in JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has none
    return value


# Chain


def begin(connection: Connection) -> None:
    """Make the head of a new chain and seal it, over the number and the digest of the entries there were before.

    The migration that makes the table does it, and nobody else: a head that is lost is never begun anew in silence.
    """
    last = connection.execute(select(func.max(m.AuditEntry.id))).scalar() or 0
    count, digest = stored.older(connection, last + 1)
    head = {"first_id": last + 1, "last_id": last, "start_seal": "", "seal": "", "older": count, "older_digest": digest}
    mac = seals.head_mac(seals.keys()[0], head)
    connection.execute(insert(m.AuditHead).values(id=HEAD_ID, mac=mac, **head))


def locked_head(session: Session) -> dict[str, Any]:
    """Lock the head of the chain for the rest of the transaction and return it; ``top`` is the highest number there is.

    One that is missing is made, without a seal: ``seals.sound`` tells it from ours.
    """
    connection = session.connection()
    top = select(func.max(m.AuditEntry.id)).scalar_subquery().label("top")
    chosen = stored.columns(m.AuditHead, stored.HEAD, connection.dialect.name)
    query = select(*chosen, top).where(m.AuditHead.id == HEAD_ID).with_for_update(of=m.AuditHead)
    row = connection.execute(query).mappings().one_or_none()
    if row is None:
        kind: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
        blank = {"first_id": 1, "last_id": 0, "start_seal": "", "seal": "", "older": 0, "older_digest": "", "mac": ""}
        # Somebody else may make it at the same time.
        connection.execute(kind.insert(m.AuditHead).values(id=HEAD_ID, **blank).on_conflict_do_nothing())
        row = connection.execute(query).mappings().one()
    return stored.read(row)


def put_head(session: Session, head: Mapping[str, Any]) -> None:
    """Write the locked head back, sealed."""
    values = {name: head[name] for name in ("first_id", "last_id", "start_seal", "seal", "older", "older_digest")}
    mine = update(m.AuditHead).where(m.AuditHead.id == HEAD_ID)
    session.connection().execute(mine.values(**values, mac=seals.head_mac(seals.keys()[0], head)))


@event.listens_for(db.session, "before_commit")
def _write(session: Session) -> None:
    """Number, seal and write the entries of the transaction that is about to be committed."""
    if session.in_nested_transaction() or not session.info.get(_PENDING):
        return  # a savepoint that is released is no commit yet
    session.flush()  # what it still writes is told too
    entries: list[dict[str, Any]] = session.info.pop(_PENDING)
    key, head = seals.keys()[0], locked_head(session)
    if not seals.sound(head):
        told = {name: [None, head[name]] for name in ("first_id", "last_id", "seal", "older")}
        entries.insert(0, _broken(told, entries[0]["at"]))
        head |= stored.ends(session.connection()) | {"older": 0, "older_digest": ""}
    numbers = list(range(head["last_id"] + 1, head["last_id"] + 1 + len(entries)))
    if head["top"] is not None and head["top"] > head["last_id"]:
        free = _free(session, head["last_id"], len(entries) + 1)
        if free[: len(entries)] != numbers:
            if entries[0]["operation"] != "broken":
                entries.insert(0, _broken({"last_id": [None, head["last_id"]]}, entries[0]["at"]))
            numbers = free
    for number, entry in zip(numbers, entries, strict=False):
        head["last_id"] = entry["id"] = number
        head["seal"] = entry["seal"] = seals.seal(key, head["seal"], entry)
        if entry["operation"] == "broken":
            current_app.logger.error("the end of the audit trail was changed from outside; entry %s tells it", number)
    session.connection().execute(insert(m.AuditEntry), entries)
    put_head(session, head)
    session.info[_WRITTEN] = entries


def _broken(told: dict[str, list[Any]], at: datetime) -> dict[str, Any]:
    """Return the entry that tells for good of a head, or of entries after it, that somebody else wrote; the chain goes on.

    Without it the next write would put a true seal under a head that was set back, and hide what was cut off.
    """
    return _EMPTY | {
        "at": at,
        "actor_name": "audit trail",
        "verb": Verb.READ_AUDIT.value,
        "operation": "broken",
        "object_type": m.AuditHead.__name__,
        "changes": told,
    }


def _free(session: Session, last: int, count: int) -> list[int]:
    """Return the next numbers that nobody took: what was written after the end from outside stays, and stops no save."""
    free: list[int] = []
    entry, next_ = m.AuditEntry, last + 1
    while len(free) < count:
        query = select(entry.id).where(entry.id >= next_).order_by(entry.id).limit(stored.BATCH)
        taken = session.connection().execute(query).scalars().all()
        for number in taken:
            free += range(next_, min(number, next_ + count - len(free)))
            next_ = number + 1
        if len(taken) < stored.BATCH:
            free += range(next_, next_ + count - len(free))
    return free


@event.listens_for(db.session, "after_commit")
def _hand_on(session: Session) -> None:
    if session.in_nested_transaction():
        return
    entries = session.info.pop(_WRITTEN, None)
    session.info.pop(_SAVEPOINTS, None)
    for listener in committed if entries else ():
        try:
            listener(entries)
        except Exception:  # what is committed stays done, whatever a listener meets
            current_app.logger.exception("a listener of the audit trail failed")


@event.listens_for(db.session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    """Remember where the entries stood when a savepoint began."""
    if transaction.nested:
        session.info.setdefault(_SAVEPOINTS, {})[transaction] = len(session.info.get(_PENDING, ()))


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    """Forget the entries of what was undone: of all, or of what followed a savepoint."""
    undone: SessionTransaction | None = previous
    while undone is not None and not undone.nested:
        undone = undone.parent
    if undone is not None:
        marks = session.info.get(_SAVEPOINTS, {})
        del session.info.get(_PENDING, [])[marks.get(undone, 0) :]
        return
    for name in (_PENDING, _WRITTEN, _SAVEPOINTS):
        session.info.pop(name, None)
