"""The side of Sở Nội vụ: which requests wait, and of each person what the decision would touch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import case as sql_case
from sqlalchemy import func, or_, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from permissions.gate import hidden
from rules.vocabulary import Function, StaffDecision, StaffMove
from services.staff.logins import proposals
from services.staff.requests import PAGE, Listed, with_rows

_PENDING = m.StaffChange.decision == StaffDecision.PENDING


@dataclass(frozen=True, slots=True)
class Waiting:
    """One line of the list: a request, how many rows it has and how many of them wait."""

    request: m.StaffRequest
    rows: int
    waiting: int


@dataclass(slots=True)
class Person:
    """What somebody holds on a day: posts with their unit, seats with their council, whether access is restricted."""

    posts: list[tuple[Function, str, date, date | None]] = field(default_factory=list)
    seats: list[tuple[Function, str, date | None]] = field(default_factory=list)
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """One request to decide: its rows, what its people hold, a login for each newcomer, the units to move to."""

    listed: Listed
    people: dict[int, Person]
    proposals: dict[int, str]
    units: list[tuple[str, str]]
    #: Of who moves, decided or not: what other units lent to the person, as giver, unit and last day.
    lent: dict[int, list[tuple[str, str, date]]]


def waiting_rows() -> int:
    """Count the rows that wait for a decision."""
    return (
        db.session.scalar(
            select(func.count(m.StaffChange.id))
            .join(m.StaffRequest, m.StaffRequest.id == m.StaffChange.request_id)
            .where(_PENDING, m.StaffRequest.sent_at.is_not(None))
        )
        or 0
    )


def listed(page: int = 1) -> tuple[list[Waiting], int]:
    """Return a page of the requests sent, those that wait first (the oldest of them first); and how many pages there are."""
    request = m.StaffRequest
    counts = (
        select(
            m.StaffChange.request_id,
            func.count().label("rows"),
            func.sum(sql_case((_PENDING, 1), else_=0)).label("waiting"),
        )
        .group_by(m.StaffChange.request_id)
        .subquery()
    )
    total = db.session.scalar(select(func.count()).select_from(request).where(request.sent_at.is_not(None))) or 0
    settled = counts.c.waiting == 0
    found: Iterable[Any] = db.session.execute(
        select(request, counts.c.rows, counts.c.waiting)
        .join(counts, counts.c.request_id == request.id)
        .where(request.sent_at.is_not(None))
        .options(joinedload(request.unit), joinedload(request.author))
        .order_by(settled, sql_case((settled, None), else_=request.id), request.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    )
    return [Waiting(row[0], row[1], int(row[2])) for row in found], max(1, -(-total // PAGE))


def case(request_id: int, today: date) -> Case:
    """Return one request with all its page shows, in a constant number of statements. A draft is not there yet."""
    request = db.session.scalar(
        select(m.StaffRequest)
        .where(m.StaffRequest.id == request_id, m.StaffRequest.sent_at.is_not(None))
        .options(joinedload(m.StaffRequest.unit), joinedload(m.StaffRequest.author))
    )
    if request is None:
        raise hidden()
    found = with_rows([request])[0]
    pending = [row for row in found.rows if row.decision is StaffDecision.PENDING]
    newcomers = {row.id: row.full_name for row in pending if row.move is StaffMove.RECRUITED}
    return Case(
        found,
        _people({row.account_id for row in pending if row.account_id is not None}, today),
        proposals(newcomers, request.unit.code),
        _units(today),
        _lent_elsewhere(found.rows, request.unit_id, today),
    )


def _people(account_ids: Iterable[int], today: date) -> dict[int, Person]:
    people = {id_: Person() for id_ in account_ids}
    post, seat, restriction = m.Post, m.Seat, m.Restriction
    for account_id, function, unit, first, last in db.session.execute(
        select(post.account_id, post.function, m.Unit.name, post.valid_from, post.valid_to)
        .join(m.Unit, m.Unit.id == post.unit_id)
        .where(post.account_id.in_(people), or_(post.valid_to.is_(None), post.valid_to >= today))
        .order_by(post.id)
    ):
        people[account_id].posts.append((function, unit, first, last))
    for account_id, function, council, last in db.session.execute(
        select(seat.account_id, seat.function, m.Council.name, seat.valid_to)
        .join(m.Council, m.Council.id == seat.council_id)
        .where(seat.account_id.in_(people), or_(seat.valid_to.is_(None), seat.valid_to >= today))
        .order_by(seat.id)
    ):
        people[account_id].seats.append((function, council, last))
    for account_id in db.session.scalars(
        select(restriction.account_id).where(
            restriction.account_id.in_(people),
            restriction.lifted_at.is_(None),
            or_(restriction.valid_to.is_(None), restriction.valid_to >= today),
        )
    ):
        people[account_id].restricted = True
    return people


def _lent_elsewhere(rows: Iterable[m.StaffChange], unit_id: int, today: date) -> dict[int, list[tuple[str, str, date]]]:
    moved = {row.account_id for row in rows if row.move is StaffMove.MOVED and row.account_id is not None}
    lent, post, seat = m.Delegation, m.Post, m.Seat
    found: dict[int, list[tuple[str, str, date]]] = {}
    for account_id, giver, unit, last in db.session.execute(
        select(lent.receiver_id, m.Account.full_name, m.Unit.name, lent.valid_to)
        .outerjoin(post, post.id == lent.post_id)
        .outerjoin(seat, seat.id == lent.seat_id)
        .join(m.Account, m.Account.id == func.coalesce(post.account_id, seat.account_id))
        .join(m.Unit, m.Unit.id == lent.unit_id)
        .where(
            lent.receiver_id.in_(moved),
            lent.unit_id != unit_id,
            lent.revoked_at.is_(None),
            lent.valid_to >= today,
        )
        .order_by(lent.valid_to, lent.id)
    ):
        found.setdefault(account_id, []).append((giver, unit, last))
    return found


def _units(today: date) -> list[tuple[str, str]]:
    """Return code and name of the units that somebody may move to."""
    unit = m.Unit
    found = db.session.execute(
        select(unit.code, unit.name)
        .where(or_(unit.valid_to.is_(None), unit.valid_to >= today))
        .order_by(unit.name_sort, unit.code)
    )
    return [(code, name) for code, name in found]
