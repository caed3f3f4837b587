"""Accounts and what gives them authority: posts in units, and delegations (Điều 6, 8, 9.1)."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, UtcDateTime, Versioned, Word, binary_text
from models.unit import Unit
from rules import text
from rules.vocabulary import Function

if TYPE_CHECKING:
    from models.council import Seat


class Account(Versioned, Model):
    """One named person's login, issued by Sở Nội vụ, good from its first day to its last.

    A password that was issued (``must_change_password``) opens the page where it is changed, once and until ``issued_until``.
    """

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("valid_from IS NULL OR valid_to IS NULL OR valid_from <= valid_to", name="valid_dates"),
    )
    username: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(120))
    name_sort: Mapped[str] = mapped_column(binary_text(400), default="")
    name_search: Mapped[str] = mapped_column(String(400), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    password_hash: Mapped[str] = mapped_column(String(255), default="")
    must_change_password: Mapped[bool] = mapped_column(default=True)
    password_set_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[str] = mapped_column(String(8), default="vi")
    #: The unit that keeps the account; scopes who may manage it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unit: Mapped[Unit] = relationship()

    def __str__(self) -> str:
        return f"{self.full_name} ({self.username})"


class LoginSession(Identified, Model):
    """One sign-in on one device: ended here, it is ended everywhere.

    While it is ``pending`` the password was right and the code is still asked for: it opens nothing. With ``change_due`` the
    password no longer meets the rules, and the session opens only the page where it is changed.
    """

    __tablename__ = "login_session"
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    address: Mapped[str] = mapped_column(String(64), default="")
    device: Mapped[str] = mapped_column(String(200), default="")
    pending: Mapped[bool] = mapped_column(default=False)
    change_due: Mapped[bool] = mapped_column(default=False)


class LoginThrottle(Model):
    """Failed tries counted across all processes (security AU-09): per account and source, per account, per source.

    The key is a digest: a login that was typed wrong may be somebody's password. ``account_id`` is known where there is one.
    """

    __tablename__ = "login_throttle"
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    failures: Mapped[int] = mapped_column(default=0)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Post(Versioned, Model):
    """A person's function in a unit, with its dates (last day included)."""

    __tablename__ = "post"
    __table_args__ = (
        UniqueConstraint("account_id", "unit_id", "function", "valid_from"),
        CheckConstraint("function IN ('officer', 'leader', 'manager', 'observer', 'auditor')", name="function"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="valid_dates"),
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    function: Mapped[Function] = mapped_column(Word(Function))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    account: Mapped[Account] = relationship()
    unit: Mapped[Unit] = relationship()

    def __str__(self) -> str:
        return f"{self.account} - {self.function} - {self.unit}"


class Delegation(Versioned, Model):
    """Authority lent by one person to another: chosen verbs of one post or seat, between two dates, revocable (Điều 9.1)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("(post_id IS NULL) <> (seat_id IS NULL)", name="post_or_seat"),
        CheckConstraint("valid_from <= valid_to", name="valid_dates"),
        Index("ix_delegation_receiver_id", "receiver_id"),
    )
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id"))
    seat_id: Mapped[int | None] = mapped_column(ForeignKey("seat.id"))
    receiver_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    #: The unit whose manager keeps this row; scopes who may see it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    verbs: Mapped[list[str]] = mapped_column(JSON)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    reason: Mapped[str] = mapped_column(String(500))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoke_reason: Mapped[str] = mapped_column(String(500), default="")
    post: Mapped[Post | None] = relationship()
    seat: Mapped[Seat | None] = relationship()
    receiver: Mapped[Account] = relationship()
    unit: Mapped[Unit] = relationship()


@event.listens_for(Account.full_name, "set", propagate=True)
def _fill_search_columns(account: Account, name: Any, *_: object) -> None:
    account.name_sort = text.sort_key(name)[:400]
    account.name_search = text.fold(name)[:400]
