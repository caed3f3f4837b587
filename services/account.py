"""Signing in and out: one row per device, failures counted per account and source, one answer for every failure."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app
from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from extensions import db
from models import Account, LoginSession, LoginThrottle, Round, clock
from permissions.actor import system_scope
from permissions.gate import hidden, system_act
from rules.message import M, Message
from rules.verbs import Verb

#: 19 MiB, two passes: the smallest parameters OWASP names, so that a commune's server bears the last evening.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Checked when the account does not exist, so that both answers take the same time.
_nobody = _hasher.hash(secrets.token_hex(16))
FREE_FAILURES = 5
LONGEST_DELAY = timedelta(minutes=15)
#: How often a session notes that it is in use.
SEEN_EVERY = timedelta(minutes=1)
MIN_PASSWORD = 14
MAX_PASSWORD = 256


class SignInRefused(Exception):
    """The one answer for an unknown name, a wrong password, a disabled or a delayed account."""


def normalise(password: str) -> str:
    """Return the password in NFC: typed on another keyboard it may arrive decomposed."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(normalise(password))


def matches(account: Account | None, password: str) -> bool:
    """Tell whether the password is the account's; takes as long without an account."""
    stored = account.password_hash if account is not None and account.password_hash else _nobody
    try:
        _hasher.verify(stored, normalise(password)[:MAX_PASSWORD])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return account is not None and account.active


def sign_in(username: str, password: str, address: str) -> str:
    """Check the password and open a session; return its secret for the cookie. Raises ``SignInRefused``.

    Failures are counted per account and source together, so that nobody locks a colleague out from elsewhere.
    """
    name = username.strip().lower()[:80]
    key = hashlib.sha256(f"{name}|{address}".encode()).hexdigest()
    secret = None
    with system_scope("sign-in"):
        account = db.session.scalar(select(Account).where(Account.username == name))
        ok = matches(account, password)  # slow on purpose: not while the transaction keeps others from writing
        with system_act(Verb.SIGN_IN, "sign-in") as sign_in_act:
            throttle = _throttle(db.session(), key)
            blocked = (
                throttle is not None and throttle.blocked_until is not None and throttle.blocked_until > sign_in_act.now
            )
            if ok and not blocked and account is not None and _unchanged(db.session(), account):
                secret = _open(db.session(), account, address, sign_in_act.now)
                if throttle is not None:
                    db.session.delete(throttle)
            else:
                _count(throttle or _new_throttle(db.session(), key, sign_in_act.now), sign_in_act.now)
    if secret is None:
        raise SignInRefused
    return secret


def _unchanged(session: Session, account: Account) -> bool:
    """Tell whether the account still has the password that was compared, and may sign in."""
    found = session.execute(select(Account.password_hash, Account.active).where(Account.id == account.id)).one()
    return bool(found.active) and found.password_hash == account.password_hash


def _throttle(session: Session, key: str) -> LoginThrottle | None:
    """Read the count under its lock: of many tries at once each is counted."""
    return session.scalar(
        select(LoginThrottle)
        .where(LoginThrottle.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _new_throttle(session: Session, key: str, now: datetime) -> LoginThrottle:
    """Begin a count; where another try began it at the same moment, wait for that and go on from there."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(LoginThrottle).values(key=key, failures=0, updated_at=now)
    session.connection().execute(row.on_conflict_do_nothing())
    throttle = _throttle(session, key)
    assert throttle is not None  # noqa: S101 - it was made just now, here or there
    return throttle


def _open(session: Session, account: Account, address: str, now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    session.add(
        LoginSession(token_hash=_digest(secret), account_id=account.id, created_at=now, seen_at=now, address=address)
    )
    return secret


def _count(throttle: LoginThrottle, now: datetime) -> None:
    throttle.failures += 1
    throttle.updated_at = now
    if throttle.failures >= FREE_FAILURES:
        delay = timedelta(seconds=2 ** min(throttle.failures - FREE_FAILURES + 3, 12))
        throttle.blocked_until = now + min(delay, LONGEST_DELAY)


@dataclass(frozen=True, slots=True)
class Live:
    """A session that goes on, and what each of its pages needs of the account.

    ``now`` is the database clock. ``illustrative`` tells that the database holds a round of made-up data, which every page
    then says.
    """

    now: datetime
    account_id: int
    name: str
    locale: str
    must_change_password: bool
    illustrative: bool


def resume(secret: str) -> Live | None:
    """Return a live session; None when it ended, ran out, or the account was disabled."""
    settings = current_app.config["PARINDEX"]
    with system_scope("resume a session"):
        found = db.session.execute(_resume_statement(), {"token": _digest(secret)}).one_or_none()
        if found is None:
            return None
        now = clock.read(found.moment)
        if now - found.created_at > timedelta(hours=settings.session_hours):
            return None
        if now - found.seen_at > timedelta(minutes=settings.session_idle_minutes):
            return None
        if now - found.seen_at > SEEN_EVERY:
            with system_act(Verb.SIGN_IN, "session seen"):
                db.session.get_one(LoginSession, found.login_id).seen_at = now
        return Live(
            now, found.account_id, found.full_name, found.locale, found.must_change_password, found.illustrative
        )


@cache
def _resume_statement() -> Select[Any]:
    """Read a session, its account and the clock; built once, because every request asks it."""
    login, account, round_ = (model.__table__ for model in (LoginSession, Account, Round))
    return (
        select(
            clock.Moment().label("moment"),
            login.c.id.label("login_id"),
            login.c.created_at,
            login.c.seen_at,
            login.c.account_id,
            account.c.full_name,
            account.c.locale,
            account.c.must_change_password,
            select(round_.c.id).where(round_.c.illustrative).exists().label("illustrative"),
        )
        .join_from(login, account, account.c.id == login.c.account_id)
        .where(login.c.token_hash == bindparam("token"), login.c.ended_at.is_(None), account.c.active)
    )


def sign_out(secret: str) -> None:
    """End a session for every copy of its cookie."""
    with system_scope("sign-out"), system_act(Verb.SIGN_IN, "sign-out") as out:
        login = db.session.scalar(select(LoginSession).where(LoginSession.token_hash == _digest(secret)))
        if login is not None and login.ended_at is None:
            login.ended_at = out.now


def change_password(account_id: int, old: str, new: str, keep: str) -> dict[str, Message]:
    """Set an own password and end the other sessions; return the faults by field, empty when done."""
    with system_scope("own password"):
        account = db.session.get(Account, account_id)
        if account is None:
            raise hidden()
        if not matches(account, old):
            return {"old": M("The present password is not right.")}
        faults = password_faults(new, account)
        if faults is not None:
            return {"new": faults}
        stored = hash_password(new)
        # No authority is asked for: who has none yet, or acts for somebody, keeps the own password too.
        with system_act(Verb.SIGN_IN, "own password") as changed:
            account.password_hash = stored
            account.must_change_password = False
            others = select(LoginSession).where(
                LoginSession.account_id == account_id,
                LoginSession.token_hash != _digest(keep),
                LoginSession.ended_at.is_(None),
            )
            for login in db.session.scalars(others):
                login.ended_at = changed.now
    return {}


def password_faults(password: str, account: Account) -> Message | None:
    """Return why a password cannot be taken, or None."""
    password = normalise(password)
    if len(password) < MIN_PASSWORD:
        return M("The password needs at least {least} characters.", least=MIN_PASSWORD)
    if len(password) > MAX_PASSWORD:
        return M("The password may have at most {most} characters.", most=MAX_PASSWORD)
    if account.username in password.lower() or len(set(password)) < 5:
        return M("The password is too easy to guess: do not use your login or one repeated character.")
    return None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
