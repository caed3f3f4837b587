"""Signing in: the password, then the code where there is a second factor; one answer for every failure (AU-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import false, select, true
from sqlalchemy.orm import Session

from extensions import db
from models import Account, LoginSession
from permissions.actor import system_scope
from permissions.gate import record, system_act
from rules.verbs import Verb
from services.account import password_rules, second_factor, sessions, throttle
from services.account.secrets import digest, hash_password, normalise, outdated, verify
from services.account.sessions import PENDING, Device
from services.account.throttle import Try

#: An address where the account was signed in within so long is known; wide limits do not keep it out.
KNOWN = timedelta(days=30)


class SignInRefused(Exception):
    """The one answer: unknown, wrong, disabled, not begun, ended, spent, expired, or too many tries."""


class PendingOver(Exception):
    """The time for the code is over, or it was given already: the password is asked for again."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The secret of a session; a pending one opens nothing until its code is given."""

    secret: str
    pending: bool


def sign_in(username: str, password: str, device: Device) -> Opened:
    """Check the password and open a session. Raises ``SignInRefused``.

    Whatever is wrong, exactly one hash is compared and the same counts are written: time tells nothing.
    """
    name = username.strip().lower()[:80]
    opened = None
    with system_scope("sign-in"):
        account = db.session.scalar(select(Account).where(Account.username == name))
        stored = None if account is None else account.password_hash
        fits = verify(stored, password)  # slow on purpose: not while the transaction keeps others from writing
        made = Try("password", name, device.address, None if account is None else account.id)
        with system_act(Verb.SIGN_IN, "sign-in") as doing:
            session = db.session()
            if throttle.blocked(session, made, doing.now, known=lambda: _known(session, made, doing.now)):
                pass
            elif fits and account is not None and _admitted(session, account, stored, doing.now):
                opened = _open(session, account, password, device, doing.now)
                throttle.succeeded(session, made)
            else:
                _failed(session, made, account, doing.now)
    if opened is None:
        raise SignInRefused
    return opened


def give_code(secret: str, code: str, device: Device) -> str:
    """Complete a pending session with a code; return the secret of the session proper.

    Raises ``SignInRefused`` for a code that is not taken, ``PendingOver`` where the password has to be given again.
    """
    opened = None
    with system_scope("sign-in"), system_act(Verb.SIGN_IN, "sign-in with code") as doing:
        session = db.session()
        login = session.scalar(
            select(LoginSession)
            .where(LoginSession.token_hash == digest(secret), LoginSession.pending.is_(true()))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if login is None or login.ended_at is not None or doing.now - login.created_at > PENDING:
            raise PendingOver
        account = session.get_one(Account, login.account_id)
        made = Try("code", account.username, device.address, account.id)
        if throttle.blocked(session, made, doing.now, known=lambda: _known(session, made, doing.now)):
            pass
        elif not _admitted(session, account, account.password_hash, doing.now):
            raise PendingOver
        elif second_factor.accept(session, account.id, code, doing.now):
            login.ended_at = doing.now
            opened = _begin(session, account, device, doing.now, due=login.change_due)
            throttle.succeeded(session, made)
        else:
            _failed(session, made, account, doing.now)
    if opened is None:
        raise SignInRefused
    return opened


def _admitted(session: Session, account: Account, stored: str | None, now: datetime) -> bool:
    """Read the account again under its lock: it may sign in, and still has the password that was compared."""
    query = select(Account).where(Account.id == account.id).with_for_update(of=Account)
    account = session.scalars(query.execution_options(populate_existing=True)).one()
    if account.password_hash != stored or not sessions.usable(account, now):
        return False
    if not account.must_change_password:
        return True
    return account.issued_used_at is None and account.issued_until is not None and account.issued_until > now


def _open(session: Session, account: Account, password: str, device: Device, now: datetime) -> Opened:
    if outdated(account.password_hash):
        account.password_hash = hash_password(password)
    has_factor = second_factor.in_force(session, account.id)
    # Rules that were made stricter since, or a factor that is gone, are met at the next change.
    due = len(normalise(password)) < password_rules.least(has_factor=has_factor)
    if has_factor:
        return Opened(sessions.open_(session, account, device, now, due=due, pending=True), pending=True)
    return Opened(_begin(session, account, device, now, due=due), pending=False)


def _begin(session: Session, account: Account, device: Device, now: datetime, *, due: bool) -> str:
    """Open the session proper; an issued password is spent with it."""
    if account.must_change_password:
        account.issued_used_at = now
    secret = sessions.open_(session, account, device, now, due=due, pending=False)
    session.flush()
    record("login", account, address=device.address)
    return secret


def _failed(session: Session, made: Try, account: Account | None, now: datetime) -> None:
    waits = throttle.failed(session, made, now)
    record("failed", account, address=made.address)
    if waits:
        record("locked", account, address=made.address)


def _known(session: Session, made: Try, now: datetime) -> bool:
    """Tell whether the account was signed in from this address lately."""
    if made.account_id is None:
        return False
    found = select(LoginSession.id).where(
        LoginSession.account_id == made.account_id,
        LoginSession.address == made.address[:64],
        LoginSession.pending.is_(false()),
        LoginSession.created_at > now - KNOWN,
    )
    return session.scalar(found.limit(1)) is not None
