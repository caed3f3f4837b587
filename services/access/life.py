"""An account from one act to the next: renamed, suspended, resumed, given its days. In effect on the next request of any session."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import act, hidden
from rules.message import M
from rules.verbs import Verb
from services.access.administrators import somebody_stays
from services.access.guard import refuse_lent, refuse_own
from services.account.sessions import end_all, local_day
from services.faults import Fault, in_order

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,79}")
LONGEST_REASON = 500


def with_reason(given: str | None) -> str:
    """Return the reason of an act as it goes into the trail. Raises ``Fault`` at its field where there is none."""
    reason = (given or "").strip()
    if not reason:
        raise Fault({"reason": M("Give the reason: it stands in the audit trail.")})
    if len(reason) > LONGEST_REASON:
        raise Fault({"reason": M("At most {most} characters.", most=LONGEST_REASON)})
    return reason


def login(typed: str) -> str:
    """Return a login as it is kept. Raises ``Fault`` for one that cannot be typed everywhere."""
    name = typed.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise Fault(
            {"username": M("Use small letters a-z, digits, points, hyphens: at least two, a letter or digit first.")}
        )
    return name


def again(account: m.Account) -> m.Account:
    """Read an account again under its lock, inside an act."""
    query = select(m.Account).where(m.Account.id == account.id).with_for_update(of=m.Account)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise hidden()
    return found


class Stale(Fault):
    """The account was changed by somebody else since the form was made."""

    def __init__(self) -> None:
        super().__init__(
            M(
                "Somebody else changed this account since you opened the page: look at it above, "
                "and press again to replace it."
            )
        )


def _as_shown(account: m.Account, version: str) -> None:
    """Refuse to overwrite what the person has not seen. Raises ``Stale``."""
    if str(account.version) != version:
        raise Stale


def rename(account: m.Account, username: str, reason: str, version: str) -> None:
    """Give an account, as it stood at ``version``, another login; its sessions go on, its password stays. Raises ``Fault``."""
    reason, name = with_reason(reason), login(username)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        account = again(account)
        refuse_lent(account, doing)
        _as_shown(account, version)
        if account.username == name:
            raise Fault({"username": M("This is the login already.")})
        if db.session.scalar(select(m.Account.id).where(m.Account.username == name)) is not None:
            raise Fault({"username": M("Somebody else has this login.")})
        account.username = name


def suspend(accounts: Iterable[m.Account], reason: str) -> int:
    """Take the access of accounts away at once; return how many had it. All or none. Raises ``Fault``."""
    reason, done = with_reason(reason), 0
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing, somebody_stays(local_day(doing.now)):
        for given in sorted(accounts, key=lambda one: one.id):
            account = again(given)
            refuse_own(account, doing)
            if account.active:
                account.active = False
                end_all(account.id, doing.now)
                done += 1
    return done


def resume(account: m.Account, reason: str) -> None:
    """Let a suspended account sign in again; its days stay as they are. Raises ``Fault``."""
    reason = with_reason(reason)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        account = again(account)
        refuse_own(account, doing)
        if account.active:
            raise Fault(M("This account is not suspended."))
        account.active = True


def set_days(account: m.Account, first: date | None, last: date | None, reason: str, version: str) -> None:
    """Give an account, as it stood at ``version``, its first and last day: a new last day ends it, a later or no last day prolongs it. Raises ``Fault``."""
    reason = with_reason(reason)
    in_order(first, last)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing, somebody_stays(local_day(doing.now)):
        account = again(account)
        refuse_own(account, doing)
        _as_shown(account, version)
        today = local_day(doing.now)
        if (first, last) == (account.valid_from, account.valid_to):
            raise Fault({"valid_to": M("These are the days of the account already.")})
        if last is not None and last != account.valid_to and last < today:
            raise Fault({"valid_to": M("The last day is today or later: who has to stop now is suspended.")})
        account.valid_from, account.valid_to = first, last
