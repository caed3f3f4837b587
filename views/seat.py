"""Who works in a council's seat, and the round of that council."""

from __future__ import annotations

import models as m
from extensions import db
from permissions.actor import Actor, current_actor
from permissions.gate import hidden


def seated_actor(council_id: int | None = None) -> Actor:
    """Return who acts, in a seat of this council where one is named; to anybody else nothing of a council exists."""
    actor = current_actor()
    if actor is None or actor.authority is None or actor.authority.seat_id is None:
        raise hidden()
    if council_id is not None and actor.authority.council_id != council_id:
        raise hidden()
    return actor


def council_round(actor: Actor) -> m.Round | None:
    """Return the round of the seat's council: pages mark its illustrative data and show its decimals."""
    round_id = actor.authority.council_round_id if actor.authority is not None else None
    return None if round_id is None else db.session.get(m.Round, round_id)
