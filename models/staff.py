"""Staff changes that a unit's leader reports, decided row by row by Sở Nội vụ (Điều 8)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import BigId, Model, UtcDateTime, Versioned, Word, words
from models.unit import Unit
from rules.vocabulary import Function, StaffDecision, StaffMove


class StaffRequest(Versioned, Model):
    """One list of a unit: a draft of its leader until it is sent; after that its rows change by decisions only."""

    __tablename__ = "staff_request"
    __table_args__ = (UniqueConstraint("id", "unit_id"), Index("ix_staff_request_unit_id", "unit_id", "id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    #: Who began the list; once it is sent, who sent it.
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    note: Mapped[str] = mapped_column(String(1000), default="")
    unit: Mapped[Unit] = relationship()
    author: Mapped[Account] = relationship()


class StaffChange(Versioned, Model):
    """One person of the list, and what became of the row.

    ``account_id`` is the person's login where there is one: empty for somebody recruited until the row is decided.
    ``effective_on`` is the first day in the unit for somebody recruited, else the first day away from it. ``destination``
    is where the person goes, in the leader's words: a unit knows no other unit (Điều 4.2).
    """

    __tablename__ = "staff_change"
    __table_args__ = (
        ForeignKeyConstraint(
            ["request_id", "unit_id"], ["staff_request.id", "staff_request.unit_id"], ondelete="CASCADE"
        ),
        CheckConstraint(words("move", StaffMove), name="move"),
        CheckConstraint(words("decision", StaffDecision), name="decision"),
        CheckConstraint("move = 'recruited' OR account_id IS NOT NULL", name="known_person"),
        CheckConstraint("(decision = 'pending') = (decided_at IS NULL)", name="decided"),
        Index("ix_staff_change_request_id", "request_id", "number"),
        Index("ix_staff_change_account_id", "account_id"),
    )
    request_id: Mapped[int] = mapped_column(BigId)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    number: Mapped[int]
    move: Mapped[StaffMove] = mapped_column(Word(StaffMove))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    full_name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(200), default="")
    function: Mapped[Function | None] = mapped_column(Word(Function))
    effective_on: Mapped[date]
    destination: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(500), default="")
    decision: Mapped[StaffDecision] = mapped_column(Word(StaffDecision), default=StaffDecision.PENDING)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[str] = mapped_column(String(500), default="")
    request: Mapped[StaffRequest] = relationship(
        foreign_keys="StaffChange.request_id", primaryjoin="StaffRequest.id == StaffChange.request_id"
    )
    account: Mapped[Account | None] = relationship(foreign_keys=account_id)
