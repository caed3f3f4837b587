"""Lending authority (Điều 9.1): chosen verbs of one post or seat, between two dates, revocable, never lent on.

One set of rules for both ways: a person lends what its own post gives, Sở Nội vụ lends for anybody, seats too.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import inspect, select

import models as m
from extensions import db
from permissions.actor import Actor, current_actor, system_scope
from permissions.conflicts import at_home
from permissions.gate import Act, act, hidden, system_act
from rules.message import M, Message
from rules.process import IMPARTIAL, NEVER_LENT, may_ever
from rules.text import CONTROLS
from rules.verbs import Role, Verb
from services.account.sessions import local_day, usable
from services.faults import Fault, in_order

#: How long authority is lent at most, and how far ahead.
LONGEST = timedelta(days=366)
LENT_ON = M("You act by delegation: what was lent to you is not lent on.")
NOT_BY_ONESELF = M("This role is lent by Sở Nội vụ: ask there.")
NO_POST = M("You hold no post today, so there is nothing to lend.")
NO_RIGHT = M("Tick at least one right, and only rights that the giver has.")
CUT_OFF = M("Your access is restricted to other units than your own: nothing of your post can be lent now.")
NO_REASON = M("Give the reason.")


def lendable(source: m.Post | m.Seat) -> list[Verb]:
    """Return the verbs that the post or seat has and may lend, reading first."""
    role = Role(source.function.value)
    if isinstance(source, m.Post) and role is Role.MANAGER and source.unit.parent_id is None:
        role = Role.ADMINISTRATOR
    return [verb for verb in Verb if verb not in NEVER_LENT and may_ever(role, verb)]


def why_nothing(actor: Actor) -> Message | None:
    """Return why the chosen authority lends nothing; None where it is a post of one's own."""
    authority = actor.authority
    if authority is None:
        return NO_POST
    if authority.lent is not None:
        return LENT_ON
    if not authority.reaches(authority.unit_path):
        return CUT_OFF
    return None if may_ever(authority.role, Verb.LEND) else NOT_BY_ONESELF


def own_source(actor: Actor) -> m.Post:
    """Return the post that the person works in. Raises ``Fault`` where that is none of its own."""
    why = why_nothing(actor)
    if why is not None or actor.authority is None:
        raise Fault(why or NO_POST)
    number = int(actor.authority.key.partition(":")[2])
    return db.session.scalars(select(m.Post).where(m.Post.id == number, m.Post.account_id == actor.account_id)).one()


def lend(receiver: m.Account, verbs: Iterable[str], first: date, last: date, reason: str) -> m.Delegation:
    """Lend verbs of the post that the person works in. Raises ``Fault`` and ``Refused``."""
    actor = current_actor()
    if actor is None:
        raise hidden()
    source = own_source(actor)
    with act(Verb.LEND, source.unit, reason=reason) as doing:
        made = m.Delegation(receiver=receiver, valid_from=first, valid_to=last, reason=reason)
        with db.session.no_autoflush:
            fill(made, source, verbs, doing)
        db.session.add(made)
    return made


def fill(delegation: m.Delegation, source: m.Post | m.Seat, verbs: Iterable[str], doing: Act) -> None:
    """Complete a delegation inside its act. Raises ``Fault`` with a sentence at each field where it cannot stand."""
    if doing.actor is not None and doing.actor.authority is not None and doing.actor.authority.lent is not None:
        raise Fault(LENT_ON)
    if delegation.revoked_at is not None:
        raise Fault(M("This delegation was revoked: lend anew."))
    held = type(source)
    db.session.scalars(select(held.id).where(held.id == source.id).with_for_update()).one()  # one after another
    allowed = {verb.value for verb in lendable(source)}
    wanted = set(verbs)
    if wanted and Verb.READ.value in allowed:
        wanted.add(Verb.READ.value)  # nothing can be done with what may not be read
    today = local_day(doing.now)
    faults: dict[str, Message] = {}
    if not wanted or not wanted <= allowed:
        faults["verbs"] = NO_RIGHT
    if not delegation.reason.strip():
        faults["reason"] = NO_REASON
    faults |= _dates(delegation, source, today)
    if not faults:
        faults |= _receiver(delegation.receiver, source, wanted, doing)
    if faults:
        raise Fault(faults)
    delegation.post_id = source.id if isinstance(source, m.Post) else None
    delegation.seat_id = source.id if isinstance(source, m.Seat) else None
    delegation.unit_id = source.unit_id
    delegation.verbs = sorted(wanted)
    _overlap(delegation)


def keep_begun(began: date, changed: Iterable[str], doing: Act) -> None:
    """Refuse another receiver or first day of what has begun: who was lent a post is at home in its unit (Điều 13)."""
    changed = list(changed)
    if changed and began <= local_day(doing.now):
        words = M("This delegation has begun: revoke it and make another one.")
        raise Fault(dict.fromkeys(changed, words))


def _dates(delegation: m.Delegation, source: m.Post | m.Seat, today: date) -> dict[str, Message]:
    """Tell what is wrong with the days; a first day that stands already may lie in the past."""
    first, last = delegation.valid_from, delegation.valid_to
    try:
        in_order(first, last)
    except Fault as fault:
        return fault.faults
    if first < today and inspect(delegation).attrs.valid_from.history.has_changes():
        return {"valid_from": M("The first day lies in the past.")}
    if last < today:
        return {"valid_to": M("The last day lies in the past.")}
    if first > today + LONGEST:
        return {"valid_from": M("Lend authority at most twelve months ahead.")}
    if last > first + LONGEST:
        return {"valid_to": M("Authority is lent for twelve months at most.")}
    ends = [day for day in (source.valid_to, source.account.valid_to) if day is not None]
    if ends and last > min(ends):
        return {"valid_to": M("The giver's own authority ends on {day}: nothing is lent beyond it.", day=min(ends))}
    return {}


def _receiver(receiver: m.Account, source: m.Post | m.Seat, wanted: set[str], doing: Act) -> dict[str, Message]:
    """Tell why a person cannot receive this: itself, without a usable account, or a judge of the own unit (Điều 13)."""
    name = receiver.full_name
    if receiver.id == source.account.id:
        return {"receiver": M("Nobody lends authority to themselves.")}
    if not usable(source.account, doing.now):
        return {"": M("The giver's account is not in use: nothing can be lent from it.")}
    if not usable(receiver, doing.now):
        return {
            "receiver": M("The account of {name} cannot be used now: it is disabled, or outside its days.", name=name)
        }
    judging = [verb for verb in Verb if verb in IMPARTIAL and verb.value in wanted]
    if judging and _judges_own(receiver, source, doing.now):
        return {
            "receiver": M(
                "{name} is at home in a unit that these rights judge. Leave “{verb}” out, or choose another person.",
                name=name,
                verb=judging[0].title,
            )
        }
    return {}


def _judges_own(receiver: m.Account, source: m.Post | m.Seat, now: datetime) -> bool:
    """Tell whether the receiver is at home in a unit that the giver judges (Điều 13), posts that are to begin among them."""
    running: int | None
    if isinstance(source, m.Seat):
        running = source.council.round_id
        judged = select(m.CouncilUnit.unit_id).where(m.CouncilUnit.council_id == source.council_id)
    else:
        opened = m.Round.opened_at
        running = db.session.scalar(select(m.Round.id).where(opened.is_not(None)).order_by(opened.desc()).limit(1))
        judged = select(m.Unit.id).where(m.Unit.path.startswith(source.unit.path), m.Unit.id != source.unit_id)
    if running is None:
        return False
    units = db.session.scalars(judged).all()
    both = (receiver.id, source.account.id)
    ties = at_home(db.session(), both, running, now, unit_ids=units, coming=True)
    homes: dict[int, set[int]] = {id_: {unit for person, unit in ties if person == id_} for id_ in both}
    return bool(homes[receiver.id] - homes[source.account.id])


def _overlap(delegation: m.Delegation) -> None:
    """Refuse to lend the same rights of the same post to the same person twice for the same days. Raises ``Fault``."""
    lent = m.Delegation
    rows = db.session.execute(
        select(lent.verbs, lent.valid_from, lent.valid_to).where(
            lent.post_id.is_not_distinct_from(delegation.post_id),
            lent.seat_id.is_not_distinct_from(delegation.seat_id),
            lent.receiver_id == delegation.receiver.id,
            lent.id.is_distinct_from(delegation.id),
            lent.revoked_at.is_(None),
            lent.valid_from <= delegation.valid_to,
            lent.valid_to >= delegation.valid_from,
        )
    ).all()
    reading = {Verb.READ.value}
    wanted = set(delegation.verbs)
    for verbs, first, last in rows:
        both = wanted & set(verbs)
        if both - reading or wanted == reading:
            right = next(verb for verb in Verb if verb.value in (both - reading or reading))
            raise Fault(
                M(
                    "“{verb}” is lent to {name} from {first} to {last} already: revoke that, or choose other days.",
                    verb=right.title,
                    name=delegation.receiver.full_name,
                    first=first,
                    last=last,
                )
            )


def own(delegation_id: int, actor: Actor) -> m.Delegation:
    """Return what the person lent of a post of its own; anything else is as if it did not exist."""
    found = db.session.get(m.Delegation, delegation_id)
    mine = select(m.Post.id).where(m.Post.account_id == actor.account_id)
    if found is None or not takes_back(actor) or found.post_id not in db.session.scalars(mine).all():
        raise hidden()
    return found


def takes_back(actor: Actor) -> bool:
    """Tell whether what one lent can be taken back in the chosen role: in any of one's own, however restricted."""
    return actor.authority is not None and actor.authority.lent is None


def take_back(delegation: m.Delegation, reason: str) -> None:
    """End what ``own`` found, at once. Raises ``Fault`` without a reason, or where it has ended already.

    A restriction of access closes lending, not the way back: so this passes by the rights of the chosen role.
    """
    _because(reason)
    if CONTROLS.search(reason):
        raise Fault({"reason": M("This text holds a character that cannot be kept: type it again.")})
    with system_scope("one's own delegation taken back"), system_act(Verb.LEND, reason.strip()) as doing:
        if not _end(delegation, reason, doing):
            raise Fault(M("This delegation has ended already."))


def revoke(delegations: Iterable[m.Delegation], reason: str) -> int:
    """End delegations at once, by Sở Nội vụ; return how many had not ended. Raises ``Fault`` without a reason."""
    _because(reason)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        return sum(_end(delegation, reason, doing) for delegation in delegations)


def _because(reason: str) -> None:
    if not reason.strip():
        raise Fault({"reason": NO_REASON})


def _end(delegation: m.Delegation, reason: str, doing: Act) -> bool:
    """Revoke one row under its lock; False where it was revoked, or its last day is past."""
    query: Any = select(m.Delegation).where(m.Delegation.id == delegation.id).with_for_update(of=m.Delegation)
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise hidden()
    if row.revoked_at is not None or row.valid_to < local_day(doing.now):
        return False
    row.revoked_at, row.revoke_reason = doing.now, reason.strip()[:500]
    return True
