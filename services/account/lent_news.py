"""What became of delegations since a person was last here: told to its receiver, and to its giver where Sở Nội vụ acted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from i18n import render
from permissions.actor import system_scope
from rules.message import M, Message
from rules.verbs import Verb

_Giver, _Receiver = aliased(m.Account), aliased(m.Account)


def since(account_id: int, before: datetime) -> list[Message]:
    """Return a sentence for each delegation of this person that somebody else made, changed or revoked since a moment."""
    with system_scope("news of what is lent"):
        lent = {
            str(row.id): row
            for row in db.session.execute(
                select(
                    m.Delegation.id,
                    m.Delegation.verbs,
                    m.Delegation.valid_from,
                    m.Delegation.valid_to,
                    m.Delegation.receiver_id,
                    _Giver.full_name.label("giver"),
                    _Receiver.full_name.label("receiver"),
                )
                .outerjoin(m.Post, m.Post.id == m.Delegation.post_id)
                .outerjoin(m.Seat, m.Seat.id == m.Delegation.seat_id)
                .join(_Giver, _Giver.id == func.coalesce(m.Post.account_id, m.Seat.account_id))
                .join(_Receiver, _Receiver.id == m.Delegation.receiver_id)
                .where(or_(_Giver.id == account_id, m.Delegation.receiver_id == account_id))
            )
        }
        if not lent:
            return []
        entry = m.AuditEntry
        found = db.session.execute(
            select(entry.at, entry.actor_name, entry.object_id, entry.operation, entry.changes, entry.reason)
            .where(
                entry.object_type == "Delegation",
                entry.object_id.in_(lent),
                entry.at > before,
                entry.actor_id != account_id,
            )
            .order_by(entry.id)
        ).all()
    return [message for row in found for message in _told(row, lent[row.object_id], account_id)]


def _told(row: Any, lent: Any, account_id: int) -> Iterator[Message]:
    mine = lent.receiver_id == account_id
    parts: dict[str, object] = {
        "name": row.actor_name,
        "giver": lent.giver,
        "receiver": lent.receiver,
        "first": lent.valid_from,
        "last": lent.valid_to,
        "rights": "; ".join(render(verb.title) for verb in Verb if verb.value in lent.verbs),
        "time": row.at,
        "reason": row.reason,
    }
    if "revoked_at" in row.changes and row.operation == "update":
        if mine:
            yield M("{name} revoked what {giver} lent you, at {time}. Reason: {reason}", **parts)
        else:
            yield M("{name} revoked what you lent to {receiver}, at {time}. Reason: {reason}", **parts)
    elif row.operation == "update":
        if mine:
            yield M("{name} changed what {giver} lends you: now from {first} to {last}: {rights}.", **parts)
        else:
            yield M("{name} changed what you lend to {receiver}: now from {first} to {last}: {rights}.", **parts)
    elif mine:
        yield M("{giver} lends you rights from {first} to {last}: {rights}. Choose the role to use them.", **parts)
    else:
        yield M("{name} lent rights of yours to {receiver} from {first} to {last}: {rights}.", **parts)
