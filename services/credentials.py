"""Logins as Sở Nội vụ issues them (Điều 6.2, 9.1): a one-time password shown once, reissued, or taken away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act, act, hidden, record
from rules.message import M
from rules.verbs import Verb
from services.account import second_factor, throttle
from services.account.secrets import hash_password, one_time
from services.account.sessions import end_all, settings
from services.faults import Fault

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,79}")


def named(account: m.Account) -> None:
    """An account belongs to one named person (Điều 8): no name, no account. Raises ``Fault``."""
    account.full_name = " ".join(account.full_name.split())
    if not account.full_name:
        raise Fault({"full_name": M("Name the person: an account belongs to one named person.")})


def issue(account: m.Account, doing: Act) -> str:
    """Fill a new account inside its act and return its one-time password, which nobody can read again.

    Raises ``Fault`` for a login that cannot be typed everywhere.
    """
    account.username = account.username.lower()
    if not _USERNAME.fullmatch(account.username):
        raise Fault(
            {"username": M("Use small letters a-z, digits, points, hyphens: at least two, a letter or digit first.")}
        )
    account.created_at = doing.now
    return give_one_time(account, doing.now)


def reissue(account: m.Account) -> str:
    """Replace a password by a one-time one, end all sessions of the account; return it to be shown once."""
    with act(Verb.MANAGE_ACCOUNTS) as doing:
        account = _again(account)
        secret = give_one_time(account, doing.now)
        end_all(account.id, doing.now)
        throttle.unlock(account.id)
    return secret


def disable(accounts: Iterable[m.Account]) -> int:
    """Take the access of accounts away at once; return how many. Raises ``Fault`` for one's own."""
    done = 0
    with act(Verb.MANAGE_ACCOUNTS) as doing:
        for given in accounts:
            account = _again(given)
            refuse_own(account, doing)
            if account.active:
                account.active = False
                end_all(account.id, doing.now)
                done += 1
    return done


def refuse_own(account: m.Account, doing: Act) -> None:
    """Nobody locks the own account: so somebody who may keep accounts is always left."""
    if doing.actor is not None and account.id == doing.actor.account_id:
        raise Fault({"active": M("You cannot disable your own account.")})


def unlock(account: m.Account) -> None:
    """Forget the failed tries at an account: its person may try again at once."""
    with act(Verb.MANAGE_ACCOUNTS):
        throttle.unlock(account.id)
        record("unlocked", account, address="")


def end_sessions(account: m.Account, session_id: int | None) -> int:
    """End one session of an account, or all of them; return how many. Raises the refusal of one that is not there."""
    with act(Verb.MANAGE_ACCOUNTS) as doing:
        done = end_all(account.id, doing.now, only=session_id)
        if session_id is not None and not done:
            raise hidden()
        record("ended", account, address="")
    return done


def reset_factor(account: m.Account, reason: str) -> None:
    """Take the second factor of a person away who lost it, with the reason; all sessions end. Raises ``Fault``."""
    if not reason.strip():
        raise Fault({"": M("Say how the person proved who it is: the reason stands in the audit trail.")})
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        if not second_factor.remove(db.session(), account.id):
            raise Fault({"": M("This account has no second factor.")})
        end_all(account.id, doing.now)


def give_one_time(account: m.Account, now: datetime) -> str:
    """Put a one-time password in place of the present one, inside an act; return it to be shown once."""
    secret = one_time()
    account.password_hash = hash_password(secret)
    dated(account, now)
    return secret


def dated(account: m.Account, now: datetime) -> None:
    """Say of a password just issued that it has to be changed, and until when it opens the page for that."""
    account.must_change_password = True
    account.password_set_at = now
    account.issued_until = now + timedelta(hours=settings().issued_hours)
    account.issued_used_at = None


def _again(account: m.Account) -> m.Account:
    query = select(m.Account).where(m.Account.id == account.id).with_for_update(of=m.Account)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise hidden()
    return found
