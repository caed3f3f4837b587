"""The first administrator of a new province, and the ways back in when nobody can sign in: for the server's operator alone."""

from __future__ import annotations

from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import record, system_act
from permissions.identity import LOCAL_TIME
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Function
from services import credentials
from services.account import second_factor, throttle
from services.account.sessions import end_all
from services.faults import Fault


def first_admin(username: str, full_name: str) -> str:
    """Make the one account that makes all others; return its one-time password. Raises ``Fault``.

    Refused as soon as anybody ever was an administrator: after that, accounts come from the screens of Sở Nội vụ alone.
    """
    with system_scope("first administrator"), system_act(Verb.MANAGE_ACCOUNTS, "first administrator") as doing:
        province = db.session.scalar(select(m.Unit).where(m.Unit.parent_id.is_(None)).with_for_update())
        if province is None:
            raise Fault({"": M("Import the units first: the administrator belongs to the province.")})
        held = select(m.Post.id).join(m.Unit, m.Unit.id == m.Post.unit_id)
        if db.session.scalar(held.where(m.Post.function == Function.MANAGER, m.Unit.parent_id.is_(None)).limit(1)):
            raise Fault({"": M("There is an administrator already; use the screens, or reissue that password.")})
        if db.session.scalar(select(m.Account.id).where(m.Account.username == username.lower())):
            raise Fault({"": M("This login exists already.")})
        account = m.Account(username=username, full_name=full_name[:120], unit_id=province.id)
        credentials.named(account)
        secret = credentials.issue(account, doing)
        db.session.add(account)
        db.session.flush()
        today = doing.now.astimezone(LOCAL_TIME).date()
        db.session.add(m.Post(account_id=account.id, unit_id=province.id, function=Function.MANAGER, valid_from=today))
    return secret


def reissue(username: str) -> str:
    """Give an account a new one-time password from the server: all its sessions end. Raises ``Fault``."""
    with system_scope("break-glass"), system_act(Verb.MANAGE_ACCOUNTS, "break-glass: reissue") as doing:
        account = _named(username)
        secret = credentials.give_one_time(account, doing.now)
        end_all(account.id, doing.now)
        throttle.unlock(account.id)
    return secret


def unlock(username: str) -> None:
    """Forget the failed tries at an account. Raises ``Fault``."""
    with system_scope("break-glass"), system_act(Verb.MANAGE_ACCOUNTS, "break-glass: unlock"):
        account = _named(username)
        throttle.unlock(account.id)
        record("unlocked", account, address="")


def reset_factor(username: str) -> bool:
    """Take the second factor of an account away; return whether there was one. Raises ``Fault``."""
    with system_scope("break-glass"), system_act(Verb.MANAGE_ACCOUNTS, "break-glass: second factor") as doing:
        account = _named(username)
        done = second_factor.remove(db.session(), account.id)
        end_all(account.id, doing.now)
    return done


def _named(username: str) -> m.Account:
    account = db.session.scalar(
        select(m.Account).where(m.Account.username == username.lower()).with_for_update(of=m.Account)
    )
    if account is None:
        raise Fault({"": M("There is no such login.")})
    return account
