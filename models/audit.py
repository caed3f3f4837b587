"""The audit trail, written by the write gate in the transaction of the change (Điều 5.2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Identified, Model, Rank, UtcDateTime
from rules.vocabulary import Layer


class AuditEntry(Identified, Model):
    """Who did what to which row, in which authority, from which values to which, and why.

    ``changes`` maps a column to ``[before, after]``. It is loaded only when asked for, because an auditor sees that a
    score changed, without its values. ``unit_id`` is the unit whose data changed; it scopes who may read the entry.
    ``assessment_id``, ``criterion_id`` and ``layer`` are those of a row about one leaf: they make the leaf's history. They
    are numbers without a foreign key: the trail outlives what it tells of.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_unit_id", "unit_id", "id"),
        Index("ix_audit_entry_object", "object_type", "object_id"),
        Index("ix_audit_entry_leaf", "assessment_id", "criterion_id"),
    )
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    actor_name: Mapped[str] = mapped_column(String(200))
    authority: Mapped[str] = mapped_column(String(300), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    assessment_id: Mapped[int | None] = mapped_column(BigInteger)
    criterion_id: Mapped[int | None] = mapped_column(BigInteger)
    layer: Mapped[Layer | None] = mapped_column(Rank(Layer))
    verb: Mapped[str] = mapped_column(String(40))
    operation: Mapped[str] = mapped_column(String(8))
    object_type: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(40))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True, deferred_raiseload=True)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
