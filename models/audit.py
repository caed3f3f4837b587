"""The audit trail, written by the write gate in the transaction of the change (Điều 5.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BigId, Identified, Model, Rank, UtcDateTime
from rules.vocabulary import Layer

_ALARM = text("operation = 'alarm'")


class AuditEntry(Identified, Model):
    """Who did what to which row, in which authority, from which values to which, and why.

    ``changes`` maps a column to ``[before, after]``. It is loaded only when asked for, because an auditor sees that a
    score changed, without its values. ``unit_id`` is the unit whose data changed; it scopes who may read the entry.
    ``assessment_id``, ``criterion_id`` and ``layer`` are those of a row about one leaf: they make the leaf's history.
    ``on_behalf_of`` is the giver of a delegation, ``looking_as`` the user as whom support looked at the system. All ids are
    numbers without a foreign key: the trail outlives what it tells of; ``object_name`` is what the object was called then.

    Entries are numbered without a gap in the order of their commits; ``seal`` binds each to the one before it
    (``permissions/trail.py``).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_unit_id", "unit_id", "id"),
        Index("ix_audit_entry_object", "object_type", "object_id"),
        Index("ix_audit_entry_actor_id", "actor_id", "id"),
        Index("ix_audit_entry_leaf", "assessment_id", "criterion_id"),
        Index("ix_audit_entry_alarm", "id", sqlite_where=_ALARM, postgresql_where=_ALARM),
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(BigId)
    actor_name: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(300), default="")
    on_behalf_of: Mapped[str] = mapped_column(String(200), default="")
    looking_as: Mapped[str] = mapped_column(String(200), default="")
    unit_id: Mapped[int | None] = mapped_column(BigId)
    assessment_id: Mapped[int | None] = mapped_column(BigInteger)
    criterion_id: Mapped[int | None] = mapped_column(BigInteger)
    layer: Mapped[Layer | None] = mapped_column(Rank(Layer))
    verb: Mapped[str] = mapped_column(String(40))
    operation: Mapped[str] = mapped_column(String(8))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    object_name: Mapped[str] = mapped_column(String(200), default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    seal: Mapped[str] = mapped_column(String(64), default="")


class AuditHead(Model):
    """The end of the chain, one row: who appends locks it. ``first_id`` is the oldest entry that is sealed and still kept.

    ``start_seal`` is what the oldest kept entry was bound to, ``seal`` that of the last one; ``mac`` seals the row itself, so
    that cutting off the newest entries is found too. ``older`` entries stand below ``first_id``, made before there was a chain,
    with the digest of them all; no others may.
    """

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    first_id: Mapped[int] = mapped_column(BigInteger)
    last_id: Mapped[int] = mapped_column(BigInteger)
    start_seal: Mapped[str] = mapped_column(String(64), default="")
    seal: Mapped[str] = mapped_column(String(64), default="")
    older: Mapped[int] = mapped_column(BigInteger, default=0)
    older_digest: Mapped[str] = mapped_column(String(64), default="")
    mac: Mapped[str] = mapped_column(String(64), default="")
