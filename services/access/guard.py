"""Whose access a person does not change: the own, the giver's, and by a lent authority that of whoever administers."""

from __future__ import annotations

from datetime import date

import models as m
from permissions.actor import Actor
from permissions.gate import Act
from rules.message import M, Message
from rules.vocabulary import Function
from services.access.administrators import administers
from services.account.sessions import local_day
from services.faults import Fault


def why_not(account_id: int, actor: Actor | None, day: date) -> Message | None:
    """Return why the person does not change this access; None where nothing stands against it.

    Who acts by delegation counts as its giver too: it neither frees the giver from what another took, nor judges it.
    """
    if actor is None:
        return None
    if account_id == actor.account_id:
        return M("Nobody changes the access of the own account: ask another administrator.")
    if actor.authority is not None and account_id == actor.authority.giver_id:
        return M("You act in this person's place: another administrator changes the access of this account.")
    return why_not_lent(account_id, actor, day)


def why_not_lent(account_id: int, actor: Actor | None, day: date) -> Message | None:
    """Return why a lent authority does not reach this account: what is lent for some days takes over no administrator."""
    if actor is None or actor.authority is None or actor.authority.lent is None or not administers(account_id, day):
        return None
    return M("This person administers the system: by delegation this account is not changed.")


def refuse_own(account: m.Account, doing: Act) -> None:
    """Nobody takes from the own account, adds to it, nor frees it from what another took. Raises ``Fault``."""
    _raise(why_not(account.id, doing.actor, local_day(doing.now)))


def refuse_lent(account: m.Account, doing: Act) -> None:
    """By a lent authority nobody gets into an administrator's account. Raises ``Fault``."""
    _raise(why_not_lent(account.id, doing.actor, local_day(doing.now)))


def refuse_governing(unit: m.Unit, function: Function, doing: Act) -> None:
    """By a lent authority nobody is made an administrator: that would outlast the loan. Raises ``Fault``."""
    authority = None if doing.actor is None else doing.actor.authority
    if authority is None or authority.lent is None:
        return
    if function is Function.MANAGER and unit.parent_id is None:
        raise Fault({"function": M("By delegation nobody is made an administrator of the system.")})


def _raise(why: Message | None) -> None:
    if why is not None:
        raise Fault(why)
