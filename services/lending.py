"""What a person lent, what was lent to it, and to whom it may lend: the page "Delegations" of the own account (Điều 9.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, func, or_, select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from permissions.actor import Actor, system_scope
from rules.message import M, Message
from rules.verbs import Role, Verb
from services import finding
from services.account.sessions import local_day, usable
from services.finding import Finder

#: Delegations shown of one person; the newest.
MOST = 200
Giver, Receiver = aliased(m.Account), aliased(m.Account)


class Standing(StrEnum):
    """Where a delegation stands today."""

    RUNNING = "running"
    COMING = "coming"
    #: Within its days, but the giver has no more what it lent.
    IDLE = "idle"
    OVER = "over"
    REVOKED = "revoked"

    @property
    def words(self) -> Message:
        return _TITLES[self]


_TITLES = {
    Standing.RUNNING: M("in force"),
    Standing.COMING: M("not begun"),
    Standing.IDLE: M("without effect now"),
    Standing.OVER: M("ended"),
    Standing.REVOKED: M("revoked"),
}


@dataclass(frozen=True, slots=True)
class Loan:
    """One delegation as its giver and its receiver read it."""

    id: int
    giver: str
    receiver: str
    role: Message
    place: str
    verbs: tuple[Message, ...]
    first: date
    last: date
    reason: str
    revoked_at: datetime | None
    revoke_reason: str
    standing: Standing
    #: The post it is lent of; None for a seat.
    post_id: int | None

    @property
    def key(self) -> str:
        """The authority of its receiver."""
        return f"delegation:{self.id}"

    @property
    def ended(self) -> bool:
        return self.standing in (Standing.OVER, Standing.REVOKED)


@dataclass(frozen=True, slots=True)
class Loans:
    """What a person lent, and what was lent to it; the latest last day first."""

    given: list[Loan]
    received: list[Loan]


def loans(actor: Actor) -> Loans:
    """Read the delegations of one person, in one statement."""
    post, seat, lent = m.Post, m.Seat, m.Delegation
    query = (
        select(
            lent.id,
            lent.post_id,
            lent.receiver_id,
            lent.verbs,
            lent.valid_from,
            lent.valid_to,
            lent.reason,
            lent.revoked_at,
            lent.revoke_reason,
            Giver.id.label("giver_id"),
            Giver.full_name.label("giver"),
            Giver.active,
            Giver.valid_from.label("since"),
            Giver.valid_to.label("until"),
            Receiver.full_name.label("receiver"),
            func.coalesce(post.function, seat.function).label("function"),
            func.coalesce(post.valid_to, seat.valid_to).label("source_to"),
            m.Unit.path,
            func.coalesce(m.Council.name, m.Unit.name).label("place"),
        )
        .outerjoin(post, post.id == lent.post_id)
        .outerjoin(seat, seat.id == lent.seat_id)
        .outerjoin(m.Council, m.Council.id == seat.council_id)
        .join(m.Unit, m.Unit.id == func.coalesce(post.unit_id, seat.unit_id))
        .join(Giver, Giver.id == func.coalesce(post.account_id, seat.account_id))
        .join(Receiver, Receiver.id == lent.receiver_id)
        .where(or_(Giver.id == actor.account_id, lent.receiver_id == actor.account_id))
        .order_by(lent.valid_to.desc(), lent.id.desc())
        .limit(MOST)
    )
    # The other person, its post and unit may be out of the reader's sight; of both there are the names alone.
    with system_scope("names of who lends to whom, for the two persons"):
        rows = db.session.execute(query).all()
    given = [_loan(row, actor) for row in rows if row.giver_id == actor.account_id]
    return Loans(given, [_loan(row, actor) for row in rows if row.receiver_id == actor.account_id])


def _loan(row: Any, actor: Actor) -> Loan:
    manages_all = row.function == Role.MANAGER.value and row.path.count(".") == 1
    role = Role.ADMINISTRATOR if manages_all else Role(row.function)
    return Loan(
        row.id,
        row.giver,
        row.receiver,
        role.title,
        row.place,
        tuple(verb.title for verb in Verb if verb.value in row.verbs),
        row.valid_from,
        row.valid_to,
        row.reason,
        row.revoked_at,
        row.revoke_reason,
        _standing(row, actor),
        row.post_id,
    )


def _standing(row: Row[Any], actor: Actor) -> Standing:
    today = local_day(actor.now)
    if row.revoked_at is not None:
        return Standing.REVOKED
    if row.valid_to < today:
        return Standing.OVER
    if row.valid_from > today:
        return Standing.COMING
    mine = row.receiver_id == actor.account_id
    if mine:  # the identity has judged it
        held = f"delegation:{row.id}" in {one.key for one in actor.authorities}
    else:
        held = row.active and (row.source_to is None or row.source_to >= today)
    return Standing.RUNNING if held else Standing.IDLE


def finder(actor: Actor) -> Finder | None:
    """Return how a manager finds a person of its subtree; None for whoever chooses among colleagues."""
    authority = actor.authority
    manages = authority is not None and authority.role in (Role.MANAGER, Role.ADMINISTRATOR)
    return finding.accounts() if manages else None


def colleagues(actor: Actor) -> list[m.Account]:
    """Return the usable accounts of the own unit, without one's own."""
    if actor.authority is None:
        return []
    rows = db.session.scalars(
        select(m.Account)
        .where(m.Account.unit_id == actor.authority.unit_id, m.Account.id != actor.account_id, m.Account.active)
        .order_by(m.Account.name_sort, m.Account.id)
    )
    return [account for account in rows if usable(account, actor.now)]
