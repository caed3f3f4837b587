"""Logins as Sở Nội vụ issues them (Điều 6.2, 9.1): a one-time password shown once, reissued, or taken away."""

from __future__ import annotations

from datetime import datetime, timedelta

import models as m
from extensions import db
from permissions.gate import Act, act, hidden, record
from rules.message import M
from rules.verbs import Verb
from services.access.guard import refuse_lent
from services.access.life import again, login, with_reason
from services.account import second_factor, throttle
from services.account.secrets import hash_password, one_time
from services.account.sessions import end_all, settings
from services.faults import Fault


def named(account: m.Account) -> None:
    """An account belongs to one named person (Điều 8): no name, no account. Raises ``Fault``."""
    account.full_name = " ".join(account.full_name.split())
    if not account.full_name:
        raise Fault({"full_name": M("Name the person: an account belongs to one named person.")})


def issue(account: m.Account, doing: Act) -> str:
    """Fill a new account inside its act and return its one-time password, which nobody can read again.

    Raises ``Fault`` for a login that cannot be typed everywhere.
    """
    account.username = login(account.username)
    account.created_at = doing.now
    return give_one_time(account, doing.now)


def reissue(account: m.Account, reason: str) -> str:
    """Replace a password by a one-time one, end all sessions of the account; return it to be shown once. Raises ``Fault``."""
    with act(Verb.MANAGE_ACCOUNTS, reason=with_reason(reason)) as doing:
        account = again(account)
        refuse_lent(account, doing)
        secret = give_one_time(account, doing.now)
        end_all(account.id, doing.now)
        throttle.unlock(account.id)
    return secret


def unlock(account: m.Account, reason: str) -> None:
    """Forget the failed tries at an account: its person may try again at once. Raises ``Fault``."""
    with act(Verb.MANAGE_ACCOUNTS, reason=with_reason(reason)):
        throttle.unlock(account.id)
        record("unlocked", account, address="")


def end_sessions(account: m.Account, session_id: int | None, reason: str) -> int:
    """End one session of an account, or all of them; return how many. Raises ``Fault``, and the refusal of one that is not there."""
    with act(Verb.MANAGE_ACCOUNTS, reason=with_reason(reason)) as doing:
        done = end_all(account.id, doing.now, only=session_id)
        if session_id is not None and not done:
            raise hidden()
        record("ended", account, address="")
    return done


def reset_factor(account: m.Account, reason: str) -> None:
    """Take the second factor of a person away who lost it, with the reason; all sessions end. Raises ``Fault``."""
    if not reason.strip():
        raise Fault({"reason": M("Say how the person proved who it is: the reason stands in the audit trail.")})
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        refuse_lent(account, doing)
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
