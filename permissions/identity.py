"""From an account to its actor: posts, seats and delegations valid today, on every request, in four statements."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

import models as m
from permissions.actor import Actor, Authority, system_scope
from rules.process import Role
from rules.vocabulary import Function

#: Dates of posts, seats and delegations are days of the province's own calendar.
LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")


def load_actor(
    session: Session, account_id: int, name: str, now: datetime, chosen: str | None, address: str = ""
) -> Actor:
    """Build the actor of an account; the first authority is chosen where none or an ended one was asked for."""
    with system_scope("identity"):
        posts = list(_posts(session, account_id, now))
        seats = list(_seats(session, account_id, now))
        lent = list(_delegations(session, account_id, now))
    authorities = (*posts, *seats, *lent)
    authority = next((a for a in authorities if a.key == chosen), authorities[0] if authorities else None)
    held = frozenset(post.unit_id for post in posts)
    return Actor(account_id, name, now, authorities, authority, held, address)


def _role(function: Function, path: str) -> Role:
    return Role.ADMINISTRATOR if function is Function.MANAGER and path.count(".") == 1 else Role(function.value)


def _posts(session: Session, account_id: int, now: datetime) -> Iterator[Authority]:
    today = now.astimezone(LOCAL_TIME).date()
    post, unit = m.Post, m.Unit
    rows = session.execute(
        select(post.id, post.function, unit.id, unit.path, unit.name)
        .join(unit, unit.id == post.unit_id)
        .where(
            post.account_id == account_id,
            post.valid_from <= today,
            or_(post.valid_to.is_(None), post.valid_to >= today),
            or_(unit.valid_to.is_(None), unit.valid_to >= today),
        )
        .order_by(unit.path, post.id)
    )
    for id_, function, unit_id, path, name in rows:
        yield Authority(f"post:{id_}", _role(function, path), unit_id, path, name)


def _seats(session: Session, account_id: int, now: datetime) -> Iterator[Authority]:
    today = now.astimezone(LOCAL_TIME).date()
    seat, council, unit = m.Seat, m.Council, m.Unit
    rows = session.execute(
        select(seat.id, seat.function, council.id, council.name, council.round_id, unit.id, unit.path, unit.name)
        .join(council, council.id == seat.council_id)
        .join(unit, unit.id == council.unit_id)
        .where(
            seat.account_id == account_id,
            seat.valid_from <= today,
            or_(seat.valid_to.is_(None), seat.valid_to >= today),
        )
        .order_by(council.round_id.desc(), seat.id)
    )
    for id_, function, council_id, council_name, round_id, unit_id, path, name in rows:
        yield Authority(
            f"seat:{id_}",
            Role(function.value),
            unit_id,
            path,
            name,
            council_id=council_id,
            council_name=council_name,
            council_round_id=round_id,
            seat_id=id_,
        )


def _delegations(session: Session, account_id: int, now: datetime) -> Iterator[Authority]:
    """Authorities lent to the account: never more than the giver holds today."""
    today = now.astimezone(LOCAL_TIME).date()
    delegation, post, seat, giver = m.Delegation, aliased(m.Post), aliased(m.Seat), aliased(m.Account)
    rows = session.execute(
        select(delegation.id, delegation.verbs, delegation.post_id, delegation.seat_id, giver.id, giver.full_name)
        .join(post, post.id == delegation.post_id, isouter=True)
        .join(seat, seat.id == delegation.seat_id, isouter=True)
        .join(giver, or_(giver.id == post.account_id, giver.id == seat.account_id))
        .where(
            delegation.receiver_id == account_id,
            delegation.valid_from <= today,
            delegation.valid_to >= today,
            delegation.revoked_at.is_(None),
            giver.active,
        )
        .order_by(delegation.id)
    ).all()
    for id_, verbs, post_id, seat_id, giver_id, giver_name in rows:
        key = f"post:{post_id}" if post_id is not None else f"seat:{seat_id}"
        source = _posts(session, giver_id, now) if post_id is not None else _seats(session, giver_id, now)
        for own in source:
            if own.key == key:
                yield Authority(
                    f"delegation:{id_}",
                    own.role,
                    own.unit_id,
                    own.unit_path,
                    own.unit_name,
                    own.council_id,
                    own.council_name,
                    own.council_round_id,
                    own.seat_id,
                    frozenset(verbs),
                    giver_name,
                )
