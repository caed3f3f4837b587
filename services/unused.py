"""Accounts nobody used for long (AU-15): listed; disabled by a daily command only where the setting says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, or_, select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from services.access.administrators import needed
from services.account.sessions import end_all, local_day, settings


@dataclass(frozen=True, slots=True)
class Unused:
    """One account, when it was used last (or made), and why it is not disabled; empty where it may be."""

    account_id: int
    username: str
    full_name: str
    since: datetime
    kept: str = ""


def last_used() -> ScalarSelect[datetime]:
    """SQL over ``Account``: when its person did something last; nothing where nobody ever signed in."""
    seen = m.LoginSession.seen_at
    return select(func.max(seen, type_=seen.type)).where(m.LoginSession.account_id == m.Account.id).scalar_subquery()


def unused_since(moment: datetime) -> ColumnElement[bool]:
    """SQL over ``Account``: not disabled, made before a moment and not used since."""
    used = last_used()
    return m.Account.active & (m.Account.created_at < moment) & or_(used.is_(None), used < moment)


def unused(now: datetime) -> list[Unused]:
    """Return the accounts unused for as many days as the setting says; call inside a system scope."""
    before = now - timedelta(days=settings().unused_days)
    rows = db.session.execute(
        select(m.Account.id, m.Account.username, m.Account.full_name, m.Account.created_at, last_used())
        .where(unused_since(before))
        .order_by(m.Account.username)
    ).all()
    busy = _busy(now)
    spared = needed({row[0] for row in rows}, local_day(now))  # somebody who keeps accounts is always left
    return [
        Unused(id_, login, name, used or created, "window" if id_ in busy else "administrator" if id_ in spared else "")
        for id_, login, name, created, used in rows
    ]


def disable_unused() -> tuple[list[Unused], int]:
    """List the unused accounts; where the setting is on disable those without an open window. Return how many were."""
    with system_scope("unused accounts"), system_act(Verb.MANAGE_ACCOUNTS, "unused for long") as doing:
        found = unused(doing.now)
        if not settings().disable_unused:
            return found, 0
        going = [one.account_id for one in found if not one.kept]
        query = select(m.Account).where(m.Account.id.in_(going)).order_by(m.Account.id).with_for_update(of=m.Account)
        for account in db.session.scalars(query.execution_options(populate_existing=True)):
            account.active = False
            end_all(account.id, doing.now)
        return found, len(going)


def _busy(now: datetime) -> set[int]:
    """Return the accounts that belong to a unit with an open window: their own, those of their posts and of their councils."""
    units = _units_with_open_window(now)
    today = local_day(now)
    homes = select(m.Account.id).where(m.Account.unit_id.in_(units))
    posts = select(m.Post.account_id).where(m.Post.unit_id.in_(units), _in_force(m.Post, today))
    seats = (
        select(m.Seat.account_id)
        .join(m.CouncilUnit, m.CouncilUnit.council_id == m.Seat.council_id)
        .where(m.CouncilUnit.unit_id.in_(units), _in_force(m.Seat, today))
    )
    return {id_ for query in (homes, posts, seats) for id_ in db.session.scalars(query)}


def _units_with_open_window(now: datetime) -> Any:
    """SQL of the units that take part in a round with a window, or an extension of theirs, open at a moment."""
    group, window, extension = m.RankingGroup, m.Window, m.Extension
    open_window = (
        select(window.id)
        .where(
            window.round_id == group.round_id,
            window.level_id == group.level_id,
            window.opens_at <= now,
            window.closes_at > now,
        )
        .exists()
    )
    extended = select(extension.id).where(extension.assessment_id == m.Assessment.id, extension.ends_at > now).exists()
    return select(m.Assessment.unit_id).join(group, group.id == m.Assessment.group_id).where(open_window | extended)


def _in_force(model: Any, today: Any) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = (model.valid_from <= today) & or_(
        model.valid_to.is_(None), model.valid_to >= today
    )
    return condition
