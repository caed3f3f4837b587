"""What a person proves itself with besides the password: a second factor, its recovery codes; and passwords of before."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import BigId, Identified, Model, UtcDateTime


class SecondFactor(Model):
    """The seed an authenticator shares with the server, in force once a first code confirmed it (RFC 6238).

    ``last_step`` is the half minute whose code was used last: neither it nor an earlier one is taken again.
    """

    __tablename__ = "second_factor"
    __table_args__ = (CheckConstraint("secret <> ''", name="secret"),)
    account_id: Mapped[int] = mapped_column(BigId, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)


class RecoveryCode(Identified, Model):
    """One code on paper for the day the authenticator is lost; it opens once."""

    __tablename__ = "recovery_code"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PreviousPassword(Identified, Model):
    """A password an account had; kept only while the setting forbids to take it again."""

    __tablename__ = "previous_password"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
