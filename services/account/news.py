"""What others did to an account since its person was last here: told at the next sign-in (AU-16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, String, cast, false, or_, select

from extensions import db
from models import AuditEntry, LoginSession, Post, Restriction
from permissions.actor import system_scope
from rules.message import M, Message
from services.account import lent_news, looking


def of(account_id: int) -> list[Message]:
    """Return a sentence for each act of somebody else on the account, its restrictions, posts and delegations since the sign-in before."""
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
                or_(
                    entry.object_type.in_(("Account", "SecondFactor")) & (entry.object_id == str(account_id)),
                    *(_rows_of(model, account_id) for model in (Restriction, Post)),
                ),
                entry.at > before[1],
                or_(entry.actor_id.is_(None), entry.actor_id != account_id),
                entry.reason.not_in(("sign-in", "sign-in with code")),
            )
            .order_by(entry.id)
        ).all()
    told = (message for row in found if _concerns(row, account_id) for message in _sentences(row))
    return [*told, *lent_news.since(account_id, before[1]), *looks]


def _rows_of(model: Any, account_id: int) -> ColumnElement[bool]:
    """SQL: what was done to the rows of the account, those that are gone among them: their entries say whose they were."""
    entry = AuditEntry
    own = select(cast(model.id, String)).where(model.account_id == account_id)
    gone = (entry.operation == "delete") | entry.object_id.in_(own)
    found: ColumnElement[bool] = (entry.object_type == model.__name__) & gone
    return found


def _concerns(row: Row[Any], account_id: int) -> bool:
    return row.operation != "delete" or "account_id" not in row.changes or row.changes["account_id"][0] == account_id


def _sentences(row: Row[Any]) -> Iterator[Message]:
    at, changes = row.at, row.changes
    # Without an account it was a command on the server.
    name = row.actor_name if row.actor_id is not None else M("The operator of the server")
    match row.object_type, row.operation:
        case "SecondFactor", "delete":
            yield M("{name} took the second factor of your account away at {time}.", name=name, time=at)
        case "Account", "update":
            yield from _of_account(changes, name=name, time=at)
        case "Restriction", "create":
            yield M("{name} restricted your access at {time}.", name=name, time=at)
        case "Restriction", "update" if "lifted_at" in changes:
            yield M("{name} lifted a restriction of your access at {time}.", name=name, time=at)
        case "Post", "create":
            yield M("{name} gave you a further post at {time}.", name=name, time=at)
        case "Post", "update" | "delete":
            yield M("{name} changed or ended one of your posts at {time}.", name=name, time=at)


def _of_account(changes: dict[str, Any], **told: Any) -> Iterator[Message]:
    if "password_hash" in changes:
        yield M("{name} issued a new password for your account at {time}.", **told)
    if "username" in changes:
        yield M("{name} renamed your login at {time}.", **told)
    if "active" in changes and changes["active"][1]:
        yield M("{name} let your account sign in again at {time}.", **told)
    elif "active" in changes:
        yield M("{name} suspended your account at {time}.", **told)
    if {"valid_from", "valid_to"} & changes.keys():
        yield M("{name} changed the days of your account at {time}.", **told)
