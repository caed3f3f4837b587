"""What a decision does to a person's authority: posts, seats and what was lent end, the account ends, sessions with it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from sqlalchemy import or_, select

import models as m
from extensions import db
from permissions.gate import Act, record
from rules.message import M
from rules.vocabulary import Function
from services.account import sessions
from services.faults import Fault


def day_before(effective_on: date) -> date:
    return effective_on - timedelta(days=1)


def leave_unit(account: m.Account, unit_id: int, last: date, doing: Act) -> None:
    """End a person's posts in a unit with its last day there, and what was lent to it by posts of the unit."""
    post = m.Post
    _end(_lasting(post, last, post.account_id == account.id, post.unit_id == unit_id), last)
    _take_back(account, last, doing, unit_id=unit_id)


def leave_service(account: m.Account, last: date, doing: Act) -> None:
    """End an account with its last day: all posts, all seats, all that was lent to it; past that day its sessions too."""
    if account.valid_from is not None and account.valid_from > last:
        raise Fault(M("The login begins on {day} only: refuse the row, or correct its days under Accounts.",
                      day=account.valid_from))  # fmt: skip
    _end(_lasting(m.Post, last, m.Post.account_id == account.id), last)
    _end(_lasting(m.Seat, last, m.Seat.account_id == account.id), last)
    _take_back(account, last, doing)
    account.valid_to = last if account.valid_to is None else min(account.valid_to, last)
    db.session.flush()
    if last < sessions.local_day(doing.now) and sessions.end_all(account.id, doing.now):
        record("ended", account, address="")


def take_post(account: m.Account, unit: m.Unit, function: Function, first: date) -> None:
    """Give a person a post from its first day on. Raises ``Fault`` where it is held already, or the unit has ended."""
    if unit.valid_to is not None and unit.valid_to < first:
        raise Fault({"to_unit": M("This unit ended on {day}; choose the one that took its place.", day=unit.valid_to)})
    post = m.Post
    held = _lasting(
        post, day_before(first), post.account_id == account.id, post.unit_id == unit.id, post.function == function
    )
    if held:
        raise Fault({"function": M("This person holds this function in the unit already.")})
    db.session.add(m.Post(account_id=account.id, unit_id=unit.id, function=function, valid_from=first))


def posts_after(account: m.Account, unit_id: int, day: date) -> bool:
    """Tell whether the person still holds a post of a unit on a day or later."""
    post = m.Post
    return bool(_lasting(post, day_before(day), post.account_id == account.id, post.unit_id == unit_id))


def _lasting(model: Any, last: date, *conditions: Any) -> list[Any]:
    """Return rows with dates that go on after a day, under their locks."""
    query = select(model).where(*conditions, or_(model.valid_to.is_(None), model.valid_to > last)).order_by(model.id)
    return list(db.session.scalars(query.with_for_update(of=model).execution_options(populate_existing=True)))


def _end(rows: Iterable[Any], last: date) -> None:
    for row in rows:
        if row.valid_from > last:
            words = M(
                "A function or seat of this person begins on {day} only: refuse the row, or correct that day first.",
                day=row.valid_from,
            )
            raise Fault(words)
        row.valid_to = last


def _take_back(account: m.Account, last: date, doing: Act, *, unit_id: int | None = None) -> None:
    """End what was lent to the person: who moved away acts for nobody of the unit any more."""
    lent = m.Delegation
    conditions = [lent.receiver_id == account.id, lent.revoked_at.is_(None)]
    if unit_id is not None:
        conditions.append(lent.unit_id == unit_id)
    for delegation in _lasting(lent, last, *conditions):
        if delegation.valid_from > last:
            delegation.revoked_at = doing.now
        else:
            delegation.valid_to = last
