"""What others did to an account since its person was last here: told at the next sign-in (AU-16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Row, false, or_, select

from extensions import db
from models import AuditEntry, LoginSession
from permissions.actor import system_scope
from rules.message import M, Message
from services.account import lent_news, looking


def of(account_id: int) -> list[Message]:
    """Return a sentence for each password, login or second factor that somebody else changed since the sign-in before, and for each delegation."""
    with system_scope("news of the own account"):
        before = db.session.scalars(
            select(LoginSession.created_at)
            .where(LoginSession.account_id == account_id, LoginSession.pending.is_(false()))
            .order_by(LoginSession.id.desc())
            .limit(2)
        ).all()
        looks = [
            M(
                "{name} looked at the system as you at {time}: why and how long stands in “My account”.",
                name=one.viewer,
                time=one.started_at,
            )
            for one in looking.of(account_id, before[1] if len(before) > 1 else None)
        ]
        if len(before) < 2:
            return looks  # the first sign-in: all else that was done made the account
        entry = AuditEntry
        found = db.session.execute(
            select(entry.at, entry.actor_id, entry.actor_name, entry.object_type, entry.operation, entry.changes)
            .where(
                entry.object_type.in_(("Account", "SecondFactor")),
                entry.object_id == str(account_id),
                entry.at > before[1],
                or_(entry.actor_id.is_(None), entry.actor_id != account_id),
                entry.operation.in_(("update", "delete")),
                entry.reason.not_in(("sign-in", "sign-in with code")),
            )
            .order_by(entry.id)
        ).all()
    told = (message for row in found for message in _sentences(row))
    return [*told, *lent_news.since(account_id, before[1]), *looks]


def _sentences(row: Row[Any]) -> Iterator[Message]:
    at, changes = row.at, row.changes
    # Without an account it was a command on the server.
    name = row.actor_name if row.actor_id is not None else M("The operator of the server")
    if row.object_type == "SecondFactor" and row.operation == "delete":
        yield M("{name} took the second factor of your account away at {time}.", name=name, time=at)
    elif row.object_type == "Account":
        if "password_hash" in changes:
            yield M("{name} issued a new password for your account at {time}.", name=name, time=at)
        if "username" in changes:
            yield M("{name} renamed your login at {time}.", name=name, time=at)
