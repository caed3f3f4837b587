"""Support looks at the system as a user sees it: begun with a reason, within one session, until a moment; the user is told.

While it lasts ``sessions.resume`` loads the person looked as; the routes, the verdicts and the write gate let nothing be changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased, joinedload

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, system_scope
from permissions.gate import act, hidden, system_act
from permissions.identity import load_actor
from permissions.looking import why_not_as
from rules.message import M, Message
from rules.text import fold
from rules.verbs import Verb
from services.account.sessions import settings, usable
from services.faults import Fault

#: Lengths to choose from, in minutes, as far as the setting lets them.
LENGTHS = (15, 30, 60)
#: How many accounts a search names, and looks a list.
MOST_FOUND, MOST_LISTED = 20, 100
#: How long the first page of a user tells who looked.
TOLD_FOR = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Look:
    """One time that somebody looked at the system as a user; ``ended_at`` is the latest moment where it ended by itself."""

    viewer: str
    seen: str
    started_at: datetime
    ended_at: datetime
    reason: str
    running: bool


def lengths() -> list[int]:
    """Return the lengths to choose from, in minutes."""
    most = settings().look_minutes
    return [length for length in LENGTHS if length < most] + [most]


def found(words: str) -> Sequence[Any]:
    """Return accounts by parts of name or login, as far as the reader sees them: id, login, name, unit."""
    account = m.Account
    query = select(account.id, account.username, account.full_name, m.Unit.name).join(
        m.Unit, m.Unit.id == account.unit_id
    )
    for part in fold(words).split()[:5]:
        query = query.where(
            or_(account.name_search.contains(part, autoescape=True), account.username.contains(part, autoescape=True))
        )
    return db.session.execute(query.order_by(account.name_sort, account.id).limit(MOST_FOUND)).all()


def one(account_id: int | None) -> m.Account:
    """Return an account that the reader sees. Raises the refusal of one that is not there."""
    account = (
        None
        if account_id is None
        else db.session.scalar(select(m.Account).where(m.Account.id == account_id).options(joinedload(m.Account.unit)))
    )
    if account is None:
        raise hidden()
    return account


def why_not(viewer: Actor, account: m.Account) -> Message | None:
    """Return why this person may not look as the account; None where nothing stands against it."""
    if not usable(account, viewer.now):
        return M("The account of {name} cannot be used now, so there is nothing to look at.", name=account.full_name)
    return why_not_as(viewer, load_actor(db.session(), account.id, account.full_name, viewer.now, None))


def begin(account_id: int, session_id: int, reason: str, minutes: int) -> None:
    """Look as an account from now on, in this session of one's own. Raises ``Fault`` where that may not be."""
    account = one(account_id)
    with act(Verb.LOOK_AS, reason=reason) as doing:
        viewer = doing.actor
        assert viewer is not None  # noqa: S101 - an act has its actor
        own = select(m.LoginSession.id).where(
            m.LoginSession.id == session_id, m.LoginSession.account_id == viewer.account_id
        )
        if db.session.scalar(own.with_for_update(of=m.LoginSession)) is None:
            raise hidden()
        if db.session.scalar(_going_on(session_id, doing.now)) is not None:
            raise Fault(M("You look as somebody else already: end that first."))
        if minutes not in lengths():
            raise Fault({"minutes": M("Choose one of the lengths.")})
        fault = why_not(viewer, account)
        if fault is not None:
            raise Fault(fault)
        db.session.add(
            m.Viewing(
                session_id=session_id,
                viewer_id=viewer.account_id,
                account=account,
                unit_id=account.unit_id,
                reason=doing.reason,
                started_at=doing.now,
                until=doing.now + timedelta(minutes=minutes),
            )
        )


def end(session_id: int) -> None:
    """End what goes on in a session of one's own; nothing happens where nothing does."""
    with system_scope("the end of looking as a user"):
        reason = db.session.scalar(
            select(m.Viewing.reason)
            .where(m.Viewing.session_id == session_id, m.Viewing.ended_at.is_(None))
            .order_by(m.Viewing.id.desc())
            .limit(1)
        )
        if reason is None:
            return
        with system_act(Verb.LOOK_AS, reason, while_looking=True) as ending:
            going_on = _going_on(session_id, ending.now).options(joinedload(m.Viewing.account))
            for viewing in db.session.scalars(going_on.with_for_update(of=m.Viewing)):
                viewing.ended_at = ending.now


def of(account_id: int, since: datetime | None = None) -> list[Look]:
    """Return who looked as the person of an account, the latest first: its own page, and what it is told at signing in."""
    with system_scope("who looked as the person of the own account"):
        return _listed(m.Viewing.account_id == account_id, *([] if since is None else [m.Viewing.started_at > since]))


def told(actor: Actor) -> list[Look]:
    """Return what the first page tells its person of the last days."""
    return of(actor.account_id, actor.now - TOLD_FOR)


def latest() -> list[Look]:
    """Return the latest looks that the reader sees, for those who may look."""
    return _listed()


def _going_on(session_id: int, now: datetime) -> Any:
    viewing = m.Viewing
    return select(viewing).where(viewing.session_id == session_id, viewing.ended_at.is_(None), viewing.until > now)


def _listed(*conditions: Any) -> list[Look]:
    viewing, viewer, seen = m.Viewing, aliased(m.Account), aliased(m.Account)
    rows = db.session.execute(
        select(
            viewer.full_name.label("viewer"),
            seen.full_name.label("seen"),
            viewing.started_at,
            viewing.until,
            viewing.ended_at,
            m.LoginSession.ended_at.label("session_ended_at"),
            viewing.reason,
            clock.Moment().label("moment"),
        )
        .join(viewer, viewer.id == viewing.viewer_id)
        .join(seen, seen.id == viewing.account_id)
        .outerjoin(m.LoginSession, m.LoginSession.id == viewing.session_id)
        .where(*conditions)
        .order_by(viewing.id.desc())
        .limit(MOST_LISTED)
    ).all()
    looks = []
    for row in rows:
        ended = min(end for end in (row.until, row.ended_at, row.session_ended_at) if end is not None)
        running = ended > clock.read(row.moment)
        looks.append(Look(row.viewer, row.seen, row.started_at, ended, row.reason, running))
    return looks
