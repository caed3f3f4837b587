"""Logins as Sở Nội vụ issues them (Điều 6.2, 9.1): a one-time password shown once, reissued, or taken away."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable

from sqlalchemy import select, update

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import Act, act, hidden
from rules.message import M
from rules.verbs import Verb
from services.account import hash_password
from services.faults import Fault

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,79}")
#: No letters or digits that are read for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


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
    return _one_time(account)


def reissue(account: m.Account) -> str:
    """Replace a password by a one-time one, end all sessions of the account; return it to be shown once."""
    with act(Verb.MANAGE_ACCOUNTS) as doing:
        account = _again(account)
        secret = _one_time(account)
        _end_sessions(doing, account)
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
                _end_sessions(doing, account)
                done += 1
    return done


def refuse_own(account: m.Account, doing: Act) -> None:
    """Nobody locks the own account: so somebody who may keep accounts is always left."""
    if doing.actor is not None and account.id == doing.actor.account_id:
        raise Fault({"active": M("You cannot disable your own account.")})


def _one_time(account: m.Account) -> str:
    secret = "-".join("".join(secrets.choice(_LETTERS) for _letter in range(4)) for _group in range(4))
    account.password_hash = hash_password(secret)
    account.must_change_password = True
    return secret


def _again(account: m.Account) -> m.Account:
    query = select(m.Account).where(m.Account.id == account.id).with_for_update(of=m.Account)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise hidden()
    return found


def _end_sessions(doing: Act, account: m.Account) -> None:
    with system_scope("sessions of an account whose access changed"):
        db.session.execute(
            update(m.LoginSession)
            .where(m.LoginSession.account_id == account.id, m.LoginSession.ended_at.is_(None))
            .values(ended_at=doing.now)
            .execution_options(synchronize_session=False)
        )
