"""What an account's access is cut to, who looked at the system as it, and how much it read (Điều 6, 9.1)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import Identified, Model, UtcDateTime, Versioned
from models.unit import Unit


class Restriction(Versioned, Model):
    """Less than the posts and seats of a person give, between two dates (last day included; none: until it is lifted).

    ``read_only`` leaves reading alone; ``unit_ids`` leaves these units with all below them; ``field_codes`` leaves writing in
    these fields alone. An empty list cuts nothing. Several restrictions cut one after another.
    """

    __tablename__ = "restriction"
    __table_args__ = (CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="valid_dates"),)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    #: The unit that kept the account when it was restricted; scopes who may see it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    read_only: Mapped[bool] = mapped_column(default=False)
    unit_ids: Mapped[list[int]] = mapped_column(JSON, default=list)
    field_codes: Mapped[list[str]] = mapped_column(JSON, default=list)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(500))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    account: Mapped[Account] = relationship()
    unit: Mapped[Unit] = relationship()


class Viewing(Identified, Model):
    """Somebody of Sở Nội vụ looks at the system as a user sees it: within one session, until a moment, changing nothing."""

    __tablename__ = "viewing"
    __table_args__ = (CheckConstraint("viewer_id <> account_id", name="somebody_else"),)
    session_id: Mapped[int] = mapped_column(ForeignKey("login_session.id", ondelete="CASCADE"), index=True)
    viewer_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    reason: Mapped[str] = mapped_column(String(500))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    viewer: Mapped[Account] = relationship(foreign_keys=viewer_id)
    account: Mapped[Account] = relationship(foreign_keys=account_id)


class ReadCount(Identified, Model):
    """How many pages an account asked for in one stretch of time, counted over all processes (security LO-09)."""

    __tablename__ = "read_count"
    __table_args__ = (UniqueConstraint("account_id", "since"),)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    count: Mapped[int] = mapped_column(default=0)
