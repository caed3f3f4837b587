"""Failed tries, counted in the database over all processes and machines (security AU-09).

Three counts. Of one account from one source: few tries are free, then each failure doubles the wait. Of one account from
everywhere, and of one source at every account: wide limits against guessing that is spread out. The wide ones never keep out a
person from an address where that account was signed in lately, so nobody locks a colleague out, from elsewhere or from behind
the same address.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from extensions import db
from models import LoginThrottle
from permissions.actor import system_scope

FREE_FAILURES = 5
LONGEST_DELAY = timedelta(minutes=15)
#: Rows that counted nothing for so long are removed.
KEPT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; after so long without one the count begins anew."""

    free: int
    forgotten: timedelta


PAIR = Limit(FREE_FAILURES, timedelta(hours=24))
ACCOUNT = Limit(50, timedelta(hours=1))
SOURCE = Limit(100, timedelta(hours=1))


@dataclass(frozen=True, slots=True)
class Try:
    """A try at the password or the code of a login, from an address."""

    what: str
    login: str
    address: str
    account_id: int | None

    @property
    def keys(self) -> dict[Limit, str]:
        """The keys of its counts, in the order in which they are locked."""
        source = _source(self.address)
        parts = {PAIR: (self.login, source), ACCOUNT: (self.login, "*"), SOURCE: ("*", source)}
        return {
            limit: hashlib.sha256("|".join((self.what, *part)).encode()).hexdigest() for limit, part in parts.items()
        }


def _source(address: str) -> str:
    """Return what counts as one source: of IPv6 the network of 64 bits, whose addresses one machine takes at will."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return address if found.version == 4 else str(ipaddress.ip_network((found, 64), strict=False))


def blocked(session: Session, made: Try, now: datetime, *, known: Callable[[], bool]) -> bool:
    """Tell whether a try must wait, whatever was typed. Holds the lock on the count of account and source.

    ``known`` tells whether the account was signed in from this address lately; it is asked only where a wide limit is reached.
    """
    keys = made.keys
    pair = _locked(session, keys.pop(PAIR))
    if pair is not None and _waits(pair, now):
        _count(pair, PAIR, now)
        return True
    wide = session.scalars(select(LoginThrottle).where(LoginThrottle.key.in_(keys.values())))
    return any(_waits(row, now) for row in wide) and not known()


def failed(session: Session, made: Try, now: datetime) -> bool:
    """Count a try that was wrong; return whether the next one from there has to wait."""
    for limit, key in made.keys.items():
        # One address says nothing about an account, and one account nothing about an address.
        account_id = None if limit is SOURCE else made.account_id
        row = _locked(session, key) or _new(session, key, account_id, now)
        _count(row, limit, now)
    _sweep(session, made, now)
    pair = _locked(session, made.keys[PAIR])
    return pair is not None and _waits(pair, now)


def _sweep(session: Session, made: Try, now: datetime) -> None:
    """Remove counts nobody needs any more, but none that somebody is counting in at this moment."""
    old = select(LoginThrottle.key).where(
        LoginThrottle.updated_at < now - KEPT, LoginThrottle.key.not_in(made.keys.values())
    )
    session.execute(
        delete(LoginThrottle)
        .where(LoginThrottle.key.in_(old.with_for_update(skip_locked=True)))
        .execution_options(synchronize_session=False)
    )


def succeeded(session: Session, made: Try) -> None:
    """Forget the failures of this account from this source; the wide counts go on."""
    pair = _locked(session, made.keys[PAIR])
    if pair is not None:
        session.delete(pair)


def locked_until(account_id: int) -> datetime | None:
    """Return until when tries at an account wait, of the longest wait; None where none does."""
    with system_scope("throttle of an account"):
        until = LoginThrottle.blocked_until
        return db.session.scalar(
            select(func.max(until, type_=until.type)).where(LoginThrottle.account_id == account_id)
        )


def unlock(account_id: int) -> None:
    """Forget every failure at an account; call inside an act."""
    with system_scope("throttle of an account"):
        db.session.execute(
            delete(LoginThrottle)
            .where(LoginThrottle.account_id == account_id)
            .execution_options(synchronize_session=False)
        )


def _waits(row: LoginThrottle, now: datetime) -> bool:
    return row.blocked_until is not None and row.blocked_until > now


def _count(row: LoginThrottle, limit: Limit, now: datetime) -> None:
    if now - row.updated_at > limit.forgotten:
        row.failures = 0
    row.failures += 1
    row.updated_at = now
    if row.failures >= limit.free:
        delay = timedelta(seconds=2 ** min(row.failures - limit.free + 3, 12))
        row.blocked_until = now + min(delay, LONGEST_DELAY)


def _locked(session: Session, key: str) -> LoginThrottle | None:
    """Read a count under its lock: of many tries at once each is counted."""
    return session.scalar(
        select(LoginThrottle)
        .where(LoginThrottle.key == key)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _new(session: Session, key: str, account_id: int | None, now: datetime) -> LoginThrottle:
    """Begin a count; where another try began it at the same moment, wait for that and go on from there."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = insert(LoginThrottle).values(key=key, account_id=account_id, failures=0, updated_at=now)
    session.connection().execute(row.on_conflict_do_nothing())
    throttle = _locked(session, key)
    assert throttle is not None  # noqa: S101 - it was made just now, here or there
    return throttle
