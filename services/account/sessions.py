"""Sessions: one row for each sign-in on one device, asked on every request, ended here for every copy of its cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cache
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Row, Select, bindparam, false, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from config import SignIn
from extensions import db
from models import Account, LoginSession, Round, SecondFactor, Viewing, clock
from permissions import area
from permissions.actor import Actor, Viewer, set_actor, system_scope
from permissions.gate import hidden, record, system_act
from permissions.identity import LOCAL_TIME, load_actor
from permissions.looking import why_not_as
from rules.message import Message
from rules.verbs import Role, Verb
from services.account.secrets import digest, token
from services.trail import watch

#: How often a session notes that it is in use.
SEEN_EVERY = timedelta(minutes=1)
#: How long the code may be given after the password.
PENDING = timedelta(minutes=10)


class Waiting(StrEnum):
    """What a session has to do before anything else opens."""

    PASSWORD = "password"  # noqa: S105 - what is waited for
    FACTOR = "factor"


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from: address and what the browser calls itself."""

    address: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """A session that goes on, and what each of its pages needs of the account.

    ``issued`` tells that the password was given by Sở Nội vụ, until when it was good. ``illustrative`` tells that the database
    holds a round of made-up data, which every page then says.
    """

    session_id: int
    actor: Actor
    locale: str
    waiting: Waiting | None
    issued: bool
    illustrative: bool
    has_factor: bool


def settings() -> SignIn:
    """Return the rules of this installation."""
    found: SignIn = current_app.config["PARINDEX"].signin
    return found


def local_day(moment: datetime) -> date:
    """Return the day a moment has in the province."""
    return moment.astimezone(LOCAL_TIME).date()


def usable(account: Account | Row[Any], now: datetime) -> bool:
    """Tell whether an account may sign in, or go on, at a moment: not disabled, and within its days."""
    return _usable(account.valid_from, account.valid_to, now, active=account.active)


def _usable(first: date | None, last: date | None, now: datetime, *, active: bool) -> bool:
    today = local_day(now)
    return bool(active and (first is None or first <= today) and (last is None or last >= today))


def administers(actor: Actor) -> bool:
    """Tell whether a person holds, or was lent, the keeping of the whole system: shorter sessions, stricter rules."""
    return any(authority.role is Role.ADMINISTRATOR for authority in actor.authorities)


def open_(session: Session, account: Account, device: Device, now: datetime, *, due: bool, pending: bool) -> str:
    """Begin a session inside the act of signing in; return its secret. Of too many the oldest end."""
    rules = settings()
    if not pending:
        running = session.scalars(
            select(LoginSession)
            .where(LoginSession.account_id == account.id, *_running(now, rules))
            .order_by(LoginSession.created_at.desc(), LoginSession.id.desc())
        ).all()
        for oldest in running[rules.sessions - 1 :]:
            oldest.ended_at = now
            record("ended", account, address=oldest.address)
    secret = token()
    session.add(
        LoginSession(
            token_hash=digest(secret),
            account_id=account.id,
            created_at=now,
            seen_at=now,
            address=device.address[:64],
            device=device.name[:200],
            pending=pending,
            change_due=due,
        )
    )
    return secret


def _running(now: datetime, rules: SignIn) -> tuple[ColumnElement[bool], ...]:
    """Conditions of sessions that go on, as far as columns tell: the shorter limit of administrators is asked on use."""
    return (
        LoginSession.ended_at.is_(None),
        LoginSession.pending.is_(false()),
        LoginSession.created_at > now - timedelta(hours=rules.hours),
        LoginSession.seen_at > now - timedelta(minutes=max(rules.idle_minutes, rules.admin_idle_minutes)),
    )


def resume(
    secret: str, chosen: str | None, address: str, chosen_looking: str | None = None, *, port: int | None = None
) -> Live | None:
    """Return a live session with the person in the chosen authority, or with the one as whom its person looks at the system.

    None when it ended, ran out, or the account was disabled, has ended or has not begun. Limits and compulsory steps are those of
    the session's own person; ``chosen_looking`` is the authority chosen among those of the person looked as.
    """
    rules = settings()
    with system_scope("resume a session"):
        found = db.session.execute(_resume_statement(), {"token": digest(secret)}).one_or_none()
        if found is None:
            return None
        now = clock.read(found.moment)
        if now - found.created_at > timedelta(hours=rules.hours) or not usable(found, now):
            return None
        closed = area.why_closed(current_app.config["PARINDEX"].admin_area, address, port, now.astimezone(LOCAL_TIME))
        actor = load_actor(db.session(), found.account_id, found.full_name, now, chosen, address, area_closed=closed)
        idle = rules.admin_idle_minutes if administers(actor) else rules.idle_minutes
        if now - found.seen_at > timedelta(minutes=idle):
            return None
        due = now - found.seen_at > SEEN_EVERY
        pages, skew = watch.page(found.account_id, now, due=due), watch.skewed(now)
        if due or pages or skew:
            _note_use(found.login_id, actor, now, pages, skew)
        has_factor = found.confirmed_at is not None
        waiting = _waiting(found, actor, now, rules, has_factor=has_factor)
        if found.viewing_id is not None and waiting is None:
            actor = _looked_as(found, actor, now, chosen_looking, address, closed)
    return Live(
        found.login_id,
        actor,
        found.locale,
        waiting,
        found.must_change_password,
        found.illustrative,
        has_factor,
    )


def _note_use(login_id: int, actor: Actor, now: datetime, pages: int, skew: timedelta | None) -> None:
    """Note that a session is in use, and what was counted meanwhile. Where the database takes no writes, reading goes on."""
    try:
        with system_act(Verb.SIGN_IN, "session seen"):
            db.session.get_one(LoginSession, login_id).seen_at = now
            if pages:
                watch.pages(db.session(), actor, pages, now)
            if skew:
                watch.clock_alarm(db.session(), skew, now)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        watch.keep(actor.account_id, pages, now)
        current_app.logger.warning("a session's use could not be noted: %s", type(error.orig).__name__)


def _looked_as(
    found: Row[Any], own: Actor, now: datetime, chosen: str | None, address: str, closed: Message | None
) -> Actor:
    """Return the person as whom the session's own one looks; the own one where that is over.

    By its time it is over without a trace of its own: the entry of its start says until when. What else ends it is written down, so
    that a right that comes back does not begin it again.
    """
    if now >= found.viewing_until:
        return own
    viewer = Viewer(own.account_id, own.name, found.viewing_until, found.viewing_id, own.authority)
    seen = load_actor(db.session(), found.seen_id, found.seen_name, now, chosen, address, viewer, closed)
    if _usable(found.seen_from, found.seen_to, now, active=found.seen_active) and why_not_as(own, seen) is None:
        return seen
    set_actor(own)  # whose trace it is
    with system_act(Verb.LOOK_AS, "the right to look, or the account looked at, has ended"):
        db.session.get_one(Viewing, found.viewing_id).ended_at = now
    return own


def _waiting(found: Row[Any], actor: Actor, now: datetime, rules: SignIn, *, has_factor: bool) -> Waiting | None:
    aged = rules.password_max_days > 0 and (
        found.password_set_at is None or now - found.password_set_at > timedelta(days=rules.password_max_days)
    )
    if found.must_change_password or found.change_due or aged:
        return Waiting.PASSWORD
    return Waiting.FACTOR if not has_factor and factor_compulsory(actor, rules) else None


def factor_compulsory(actor: Actor, rules: SignIn) -> bool:
    """Tell whether a person must have a second factor, there where the request comes from."""
    if rules.totp in ("off", "all"):
        return rules.totp == "all"
    outside = rules.totp == "internet" and not area.within(rules.internal_networks, actor.address)
    return outside or administers(actor)


@cache
def _resume_statement() -> Select[Any]:
    """Read a session, its account and the clock; built once, because every request asks it."""
    login, account, factor, round_ = (model.__table__ for model in (LoginSession, Account, SecondFactor, Round))
    viewing, seen = Viewing.__table__, Account.__table__.alias("seen")
    return (
        select(
            clock.Moment().label("moment"),
            login.c.id.label("login_id"),
            login.c.created_at,
            login.c.seen_at,
            login.c.account_id,
            login.c.change_due,
            account.c.full_name,
            account.c.locale,
            account.c.active,
            account.c.valid_from,
            account.c.valid_to,
            account.c.must_change_password,
            account.c.password_set_at,
            factor.c.confirmed_at,
            select(round_.c.id).where(round_.c.illustrative).exists().label("illustrative"),
            viewing.c.id.label("viewing_id"),
            viewing.c.until.label("viewing_until"),
            seen.c.id.label("seen_id"),
            seen.c.full_name.label("seen_name"),
            seen.c.active.label("seen_active"),
            seen.c.valid_from.label("seen_from"),
            seen.c.valid_to.label("seen_to"),
        )
        .join_from(login, account, account.c.id == login.c.account_id)
        .outerjoin(factor, factor.c.account_id == account.c.id)
        .outerjoin(viewing, (viewing.c.session_id == login.c.id) & viewing.c.ended_at.is_(None))
        .outerjoin(seen, seen.c.id == viewing.c.account_id)
        .where(
            login.c.token_hash == bindparam("token"),
            login.c.ended_at.is_(None),
            login.c.pending.is_(false()),
        )
        # Those before it in this session ran out.
        .order_by(viewing.c.id.desc())
        .limit(1)
    )


def owner(secret: str) -> int | None:
    """Return whose session this is or was: of one that ended, to give back what its person typed."""
    with system_scope("session that ended"):
        return db.session.scalar(select(LoginSession.account_id).where(LoginSession.token_hash == digest(secret)))


def sign_out(secret: str) -> None:
    """End a session for every copy of its cookie."""
    with system_scope("sign-out"), system_act(Verb.SIGN_IN, "sign-out", while_looking=True) as out:
        login = db.session.scalar(select(LoginSession).where(LoginSession.token_hash == digest(secret)))
        if login is not None and login.ended_at is None:
            login.ended_at = out.now
            record("logout", db.session.get_one(Account, login.account_id), address=login.address)


def running(account_id: int, now: datetime) -> Sequence[Any]:
    """Return the sessions of an account that go on, the latest first: id, device, address, since, last use."""
    columns = (
        LoginSession.id,
        LoginSession.device,
        LoginSession.address,
        LoginSession.created_at,
        LoginSession.seen_at,
    )
    return db.session.execute(
        select(*columns)
        .where(LoginSession.account_id == account_id, *_running(now, settings()))
        .order_by(LoginSession.created_at.desc(), LoginSession.id.desc())
    ).all()


def end_own(account_id: int, session_id: int | None, keep: int) -> None:
    """End one of the own sessions, or all but the one in use. Raises the refusal of a session that is not there."""
    with system_scope("own sessions"), system_act(Verb.SIGN_IN, "own sessions") as ending:
        query = select(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
        if session_id is not None:
            query = query.where(LoginSession.id == session_id)
        else:
            query = query.where(LoginSession.id != keep)
        found = db.session.scalars(query).all()
        if session_id is not None and not found:
            raise hidden()
        account = db.session.get_one(Account, account_id)
        for login in found:
            login.ended_at = ending.now
            record("ended", account, address=login.address)


def end_all(account_id: int, now: datetime, *, only: int | None = None, keep: str = "") -> int:
    """End sessions of an account inside an act: all, one, or all but the one with this secret; return how many."""
    with system_scope("sessions of an account whose access changed"):
        ending = update(LoginSession).where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
        if only is not None:
            ending = ending.where(LoginSession.id == only)
        if keep:
            ending = ending.where(LoginSession.token_hash != digest(keep))
        done = db.session.execute(ending.values(ended_at=now).execution_options(synchronize_session=False))
    return int(done.rowcount)  # type: ignore[attr-defined]
