"""Lending authority (Điều 9.1): chosen verbs of one post or seat, between two dates, revocable, never lent on."""

from __future__ import annotations

from collections.abc import Iterable

import models as m
from extensions import db
from permissions.gate import Act, act
from rules.message import M
from rules.process import NEVER_LENT, may_ever
from rules.verbs import Role, Verb
from services.faults import Fault, in_order


def giver_of(source: m.Post | m.Seat) -> m.Account:
    """Return whose authority a post or seat is."""
    return source.account


def lendable(source: m.Post | m.Seat) -> list[Verb]:
    """Return the verbs that the post or seat has and may lend, reading first."""
    role = Role(source.function.value)
    if isinstance(source, m.Post) and role is Role.MANAGER and source.unit.parent_id is None:
        role = Role.ADMINISTRATOR
    return [verb for verb in Verb if verb not in NEVER_LENT and may_ever(role, verb)]


def fill(delegation: m.Delegation, source: m.Post | m.Seat, verbs: Iterable[str], doing: Act) -> None:
    """Complete a delegation inside its act. Raises ``Fault`` where it lends more than there is, or on."""
    actor = doing.actor
    if actor is not None and actor.authority is not None and actor.authority.lent is not None:
        raise Fault(M("You act by delegation: what was lent to you is not lent on."))
    allowed = {verb.value for verb in lendable(source)}
    wanted = set(verbs)
    if not wanted or not wanted <= allowed:
        raise Fault({"verbs": M("Tick at least one right, and only rights that the giver has.")})
    if Verb.READ.value in allowed:
        wanted.add(Verb.READ.value)  # nothing can be done with what may not be read
    if delegation.receiver.id == giver_of(source).id:
        raise Fault({"receiver": M("Nobody lends authority to themselves.")})
    in_order(delegation.valid_from, delegation.valid_to)
    delegation.post_id = source.id if isinstance(source, m.Post) else None
    delegation.seat_id = source.id if isinstance(source, m.Seat) else None
    delegation.unit_id = source.unit_id
    delegation.verbs = sorted(wanted)


def revoke(delegations: Iterable[m.Delegation]) -> int:
    """End delegations at once; return how many were still running."""
    done = 0
    with act(Verb.MANAGE_ACCOUNTS) as doing:
        for delegation in delegations:
            db.session.refresh(delegation)
            if delegation.revoked_at is None:
                delegation.revoked_at = doing.now
                done += 1
    return done
