"""From an account to its actor: posts, seats, delegations and restrictions valid today, on every request.

One statement for all, more for the few to whom something is lent or whose access is restricted: most of its time would go into
planning.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Date,
    FromClause,
    Row,
    Select,
    String,
    and_,
    bindparam,
    cast,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

import models as m
from permissions import restrictions
from permissions.actor import Actor, Authority, Viewer, system_scope
from rules.message import Message
from rules.verbs import Role
from rules.vocabulary import Function

#: Dates of posts, seats and delegations are days of the province's own calendar.
LOCAL_TIME = ZoneInfo("Asia/Ho_Chi_Minh")

_ACCOUNT, _TODAY = bindparam("account_id", type_=BigInteger), bindparam("today", type_=Date)
_NO_ID, _NO_TEXT, _NO_VERBS, _NO_DAY = (cast(null(), type_) for type_ in (BigInteger, String(200), JSON, Date))


def load_actor(
    session: Session,
    account_id: int,
    name: str,
    now: datetime,
    chosen: str | None,
    address: str = "",
    viewer: Viewer | None = None,
    area_closed: Message | None = None,
) -> Actor:
    """Build the actor of an account; the first authority is chosen where none or an ended one was asked for.

    ``viewer`` is somebody who looks at the system as this person: it opens the pages this person has, and every act is refused
    (the verdicts of ``policies``, the guard of the routes, the write gate).
    ``area_closed`` tells why the administrator's area is closed here: an administrator's authority, own or lent, is then not
    chosen, nor may an administrator look as anybody. Nobody is moved from a chosen role that is closed into another unasked.
    """
    today = now.astimezone(LOCAL_TIME).date()
    with system_scope("identity"):
        rows = session.execute(_own(), {"account_id": account_id, "today": today}).all()
        borrows = any(row.delegation_id is not None for row in rows)
        lent = session.execute(_lent(), {"account_id": account_id, "today": today}).all() if borrows else []
        restricted = borrows or any(row.restriction_id is not None for row in rows)
        persons = {account_id, *(row.giver_id for row in lent)}
        limits = restrictions.load(session, persons, today) if restricted else {}
        by_unit = restrictions.paths(session, (row for each in limits.values() for row in each))
    posts = sorted((row for row in rows if row.post_id is not None), key=lambda row: (row.path, row.post_id))
    seats = sorted((row for row in rows if row.seat_id is not None), key=lambda row: (-row.round_id, row.seat_id))
    lent = sorted(lent, key=lambda row: row.delegation_id)
    authorities = tuple(
        # What is lent is never wider than what the giver has.
        restrictions.cut(_authority(row), [*limits.get(account_id, ()), *limits.get(row.giver_id, ())], by_unit)
        for row in (*posts, *seats, *lent)
    )
    if area_closed is not None:
        authorities = tuple(
            replace(one, closed=area_closed) if one.role is Role.ADMINISTRATOR or viewer is not None else one
            for one in authorities
        )
    authority = _chosen(authorities, chosen)
    return Actor(account_id, name, now, authorities, authority, frozenset(persons), address, viewer, area_closed)


def _chosen(authorities: tuple[Authority, ...], key: str | None) -> Authority | None:
    """Return what is worked with: the one asked for unless it is closed, else the first that is open."""
    asked = next((one for one in authorities if one.key == key), None)
    if asked is not None:
        return asked if asked.closed is None else None
    return next((one for one in authorities if one.closed is None), None)


def _authority(row: Row[Any]) -> Authority:
    lent = row.delegation_id is not None
    own = f"post:{row.post_id}" if row.seat_id is None else f"seat:{row.seat_id}"
    return Authority(
        f"delegation:{row.delegation_id}" if lent else own,
        _role(row.function, row.path),
        row.unit_id,
        row.path,
        row.unit_name,
        row.council_id,
        row.council_name or "",
        row.round_id,
        row.seat_id,
        frozenset(row.verbs) if lent else None,
        row.giver_name if lent else "",
        lent_from=row.lent_from,
        lent_to=row.lent_to,
        giver_id=row.giver_id,
    )


def _role(function: Function, path: str) -> Role:
    return Role.ADMINISTRATOR if function is Function.MANAGER and path.count(".") == 1 else Role(function.value)


@cache
def _own() -> CompoundSelect[Any]:
    """Own posts and seats, and whether something is lent. Built once; it reads columns of the reader's own rows."""
    post, seat, delegation = m.Post.__table__, m.Seat.__table__, m.Delegation.__table__
    restriction = m.Restriction.__table__
    nothing = (
        _NO_ID.label("delegation_id"),
        _NO_VERBS.label("verbs"),
        _NO_TEXT.label("giver_name"),
        _NO_ID.label("giver_id"),
        _NO_DAY.label("lent_from"),
        _NO_DAY.label("lent_to"),
        _NO_ID.label("restriction_id"),
    )
    no_unit = (_NO_ID, _NO_ID, _NO_TEXT, _NO_ID, _NO_TEXT, _NO_TEXT, _NO_ID, _NO_TEXT, _NO_ID)
    return union_all(
        _posts(*nothing).where(post.c.account_id == _ACCOUNT),
        _seats(*nothing).where(seat.c.account_id == _ACCOUNT),
        select(*no_unit, delegation.c.id, delegation.c.verbs, _NO_TEXT, _NO_ID, _NO_DAY, _NO_DAY, _NO_ID).where(
            _in_force()
        ),
        select(*no_unit, _NO_ID, _NO_VERBS, _NO_TEXT, _NO_ID, _NO_DAY, _NO_DAY, restriction.c.id).where(
            restriction.c.account_id == _ACCOUNT, restrictions.in_force(restriction, _TODAY)
        ),
    )


@cache
def _lent() -> CompoundSelect[Any]:
    """Posts and seats lent by delegation: never more than the giver holds today."""
    post, seat = m.Post.__table__, m.Seat.__table__
    delegation, giver = m.Delegation.__table__, m.Account.__table__
    lent = (
        delegation.c.id.label("delegation_id"),
        delegation.c.verbs,
        giver.c.full_name.label("giver_name"),
        giver.c.id.label("giver_id"),
        delegation.c.valid_from.label("lent_from"),
        delegation.c.valid_to.label("lent_to"),
        _NO_ID.label("restriction_id"),
    )
    return union_all(
        *(
            held(*lent)
            .join(delegation, link == table.c.id)
            .join(giver, giver.c.id == table.c.account_id)
            .where(
                _in_force(),
                giver.c.active,
                or_(giver.c.valid_from.is_(None), giver.c.valid_from <= _TODAY),
                or_(giver.c.valid_to.is_(None), giver.c.valid_to >= _TODAY),
            )
            for held, table, link in (
                (_posts, post, delegation.c.post_id),
                (_seats, seat, delegation.c.seat_id),
            )
        )
    )


def _in_force() -> ColumnElement[bool]:
    delegation = m.Delegation.__table__
    return and_(
        delegation.c.receiver_id == _ACCOUNT,
        delegation.c.valid_from <= _TODAY,
        delegation.c.valid_to >= _TODAY,
        delegation.c.revoked_at.is_(None),
    )


def _posts(*lent: ColumnElement[Any]) -> Select[Any]:
    """Posts valid today in units that still exist."""
    post, unit = m.Post.__table__, m.Unit.__table__
    return (
        select(
            post.c.id.label("post_id"),
            _NO_ID.label("seat_id"),
            post.c.function,
            unit.c.id.label("unit_id"),
            unit.c.path,
            unit.c.name.label("unit_name"),
            _NO_ID.label("council_id"),
            _NO_TEXT.label("council_name"),
            _NO_ID.label("round_id"),
            *lent,
        )
        .join_from(post, unit, unit.c.id == post.c.unit_id)
        .where(_valid(post), or_(unit.c.valid_to.is_(None), unit.c.valid_to >= _TODAY))
    )


def _seats(*lent: ColumnElement[Any]) -> Select[Any]:
    """Seats valid today, with their council and its unit."""
    seat, council, unit = m.Seat.__table__, m.Council.__table__, m.Unit.__table__
    return (
        select(
            _NO_ID.label("post_id"),
            seat.c.id.label("seat_id"),
            seat.c.function,
            unit.c.id.label("unit_id"),
            unit.c.path,
            unit.c.name.label("unit_name"),
            council.c.id.label("council_id"),
            council.c.name.label("council_name"),
            council.c.round_id,
            *lent,
        )
        .join_from(seat, council, council.c.id == seat.c.council_id)
        .join(unit, unit.c.id == council.c.unit_id)
        .where(_valid(seat))
    )


def _valid(table: FromClause) -> ColumnElement[bool]:
    return (table.c.valid_from <= _TODAY) & or_(table.c.valid_to.is_(None), table.c.valid_to >= _TODAY)
