"""The audit trail: what an act wrote becomes entries, appended in the transaction of the change and sealed in a chain (Điều 5.2).

Entries are gathered while acts go on and written just before the commit, under the lock of the chain's head: it is held for two
short statements, after every other lock, so nobody waits for a long act and no two wait for each other. Each seal is an HMAC
(RFC 2104, SHA-256) over the seal before it and the entry; its key stands outside the database, so whoever can write there alone
cannot change, remove, add or reorder entries unseen. ``services/verify.py`` recomputes the chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from flask import current_app, g, has_request_context
from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.orm import Session

import models as m
from extensions import db
from permissions.actor import Actor, system_reason
from permissions.behalf import PLACES

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
#: What a seal covers, in this order. A column added later stands at the end, and is left out of the seal while it is empty.
SEALED = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "authority",
    "on_behalf_of",
    "looking_as",
    "unit_id",
    "assessment_id",
    "criterion_id",
    "layer",
    "verb",
    "operation",
    "object_type",
    "object_id",
    "changes",
    "reason",
    "request_id",
    "address",
)
_PENDING = "parindex_trail"
_WRITTEN = "parindex_trail_written"
_EMPTY: dict[str, Any] = dict.fromkeys(("actor_id", "unit_id", "assessment_id", "criterion_id", "layer")) | {
    **dict.fromkeys(("authority", "on_behalf_of", "looking_as", "object_id", "reason", "request_id", "address"), ""),
    "changes": {},
}
#: Called with the entries of a transaction once they are committed (the structured log).
committed: list[Callable[[list[dict[str, Any]]], None]] = []


# Entries


def append(session: Session, entry: Mapping[str, Any]) -> None:
    """Add an entry to those the present transaction will leave. Its number and seal come with the commit."""
    session.info.setdefault(_PENDING, []).append(_EMPTY | dict(entry))


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
            append(session, common | _of_row(operation, row, changes))


def of_act(act_: Act) -> dict[str, Any]:
    """Return what all traces of an act have in common."""
    return of_actor(act_.actor) | {"at": act_.now, "verb": act_.verb.value, "reason": act_.reason}


def of_actor(actor: Actor | None) -> dict[str, Any]:
    """Return who acts: of somebody who looks as a user both are named, of a delegation its giver too."""
    viewer = None if actor is None else actor.seen_by
    authority = None if actor is None else actor.authority
    return {
        "actor_id": viewer.account_id if viewer else None if actor is None else actor.account_id,
        "actor_name": viewer.name if viewer else name_of(actor),
        "authority": "" if actor is None else authority_words(actor),
        "on_behalf_of": "" if authority is None else authority.on_behalf_of,
        "looking_as": actor.name if actor is not None and viewer else "",
        "request_id": g.get("request_id", "") if has_request_context() else "",
        "address": "" if actor is None else actor.address,
    }


def name_of(actor: Actor | None) -> str:
    """Return the name the trail keeps: of the person, or why system work went on."""
    return (system_reason() or "system") if actor is None else actor.name


def authority_words(actor: Actor) -> str:
    """Return role and unit or council, as the trail keeps them."""
    authority = actor.authority
    if authority is None:
        return ""
    return f"{authority.role.value} · {authority.council_name or authority.unit_name}"[:300]


def _of_row(operation: str, row: Any, changes: dict[str, list[Any]]) -> dict[str, Any]:
    return {
        "unit_id": row.id if isinstance(row, m.Unit) else getattr(row, "unit_id", None),
        "assessment_id": row.id if isinstance(row, m.Assessment) else getattr(row, "assessment_id", None),
        "criterion_id": getattr(row, "criterion_id", None),
        "layer": getattr(row, "layer", None),
        "operation": operation,
        "object_type": type(row).__name__,
        "object_id": str(inspect(row).mapper.primary_key_from_instance(row)[0]),
        "changes": changes,
        # Of who looks as a user both are named from the first entry to the last.
        **({"looking_as": row.account.full_name} if isinstance(row, m.Viewing) and row.account else {}),
    }


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


# Chain


def keys() -> list[bytes]:
    """Return the keys that seals are believed by, the one that seals now first (``PARINDEX_AUDIT_KEY``)."""
    given: list[str] = current_app.config["PARINDEX"].audit_keys
    return [hashlib.sha256(b"parindex audit trail\0" + key.encode()).digest() for key in given]


def seal(key: bytes, before: str, entry: Mapping[str, Any]) -> str:
    """Return the seal of an entry that follows the one sealed ``before``."""
    values = [_canonical(entry[name]) for name in SEALED]
    # Twice through JSON: what it makes of keys and sequences is what is read back.
    text = json.dumps(json.loads(json.dumps(values)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, f"{before}\n{text}".encode(), hashlib.sha256).hexdigest()


def head_mac(key: bytes, head: Mapping[str, Any]) -> str:
    """Return the seal of the chain's head itself."""
    text = f"head\n{head['first_id']}\n{head['last_id']}\n{head['start_seal']}\n{head['seal']}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value.timestamp():.6f}"
    if isinstance(value, Enum):
        return value.value
    return value


def locked_head(session: Session) -> dict[str, Any]:
    """Lock the head of the chain for the rest of the transaction and return it."""
    return dict(session.connection().execute(select(m.AuditHead.__table__).with_for_update()).mappings().one())


def put_head(session: Session, head: Mapping[str, Any]) -> None:
    """Write the locked head back, sealed."""
    values = {name: head[name] for name in ("first_id", "last_id", "start_seal", "seal")}
    session.connection().execute(update(m.AuditHead).values(**values, mac=head_mac(keys()[0], head)))


@event.listens_for(db.session, "before_commit")
def _write(session: Session) -> None:
    """Number, seal and write the entries of the transaction that is about to be committed."""
    if not session.info.get(_PENDING):
        return
    session.flush()  # what it still writes is told too
    entries: list[dict[str, Any]] = session.info.pop(_PENDING)
    key, head = keys()[0], locked_head(session)
    for entry in entries:
        head["last_id"] += 1
        entry["id"] = head["last_id"]
        head["seal"] = entry["seal"] = seal(key, head["seal"], entry)
    session.connection().execute(insert(m.AuditEntry), entries)
    put_head(session, head)
    session.info[_WRITTEN] = entries


@event.listens_for(db.session, "after_commit")
def _hand_on(session: Session) -> None:
    entries = session.info.pop(_WRITTEN, None)
    for listener in committed if entries else ():
        listener(entries)


@event.listens_for(db.session, "after_soft_rollback")
def _forget(session: Session, previous: Any) -> None:
    session.info.pop(_PENDING, None)
    session.info.pop(_WRITTEN, None)
