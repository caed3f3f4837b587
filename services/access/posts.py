"""Posts as Sở Nội vụ gives and ends them (Điều 8, 9.1): access is extended by a further post, the past stays."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date

from sqlalchemy import or_, select

import models as m
from extensions import db
from permissions.gate import Act, act
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Function
from services.access.administrators import somebody_stays
from services.access.guard import refuse_governing, refuse_own
from services.access.life import again, with_reason
from services.account.sessions import local_day
from services.faults import Fault, in_order


def add_post(
    account: m.Account, unit: m.Unit, function: Function, first: date | None, last: date | None, reason: str
) -> m.Post:
    """Give a person a further post, from today where no day is given. Raises ``Fault``."""
    reason = with_reason(reason)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        account = again(account)
        refuse_own(account, doing)
        refuse_governing(unit, function, doing)
        post = m.Post(
            account_id=account.id,
            unit_id=unit.id,
            function=function,
            valid_from=first or local_day(doing.now),
            valid_to=last,
        )
        check_post(post, unit)
        db.session.add(post)
    return post


def check_post(post: m.Post, unit: m.Unit, account_id: int | None = None) -> None:
    """Refuse a post that ends before it begins, in a unit that is gone by then, or that the person holds already. Raises ``Fault``."""
    in_order(post.valid_from, post.valid_to)
    if unit.valid_to is not None and unit.valid_to < post.valid_from:
        raise Fault({"unit": M("{unit} ended on {day}.", unit=unit.name, day=unit.valid_to)})
    same = select(m.Post.id).where(
        m.Post.account_id == (account_id or post.account_id),
        m.Post.unit_id == unit.id,
        m.Post.function == post.function,
        or_(m.Post.valid_to.is_(None), m.Post.valid_to >= post.valid_from),
    )
    if post.valid_to is not None:
        same = same.where(m.Post.valid_from <= post.valid_to)
    if post.id is not None:
        same = same.where(m.Post.id != post.id)
    if db.session.scalar(same.limit(1)) is not None:
        raise Fault({"function": M("The person holds this post in these days already.")})


def keep_begun(began: date, changed: Iterable[str], doing: Act) -> None:
    """Refuse to make something else of a post that has begun: who held it is at home in its unit (Điều 13). Raises ``Fault``."""
    changed = list(changed)
    if changed and began <= local_day(doing.now):
        words = M("This post has begun: give it a last day, and the person another post.")
        raise Fault(dict.fromkeys(changed, words))


def keep_held(post: m.Post, doing: Act) -> None:
    """Refuse to delete a post that was held before today; a slip of the same day goes. Raises ``Fault``."""
    if post.valid_from < local_day(doing.now):
        raise Fault(M("This post was held already: give it a last day instead."))


def stays(doing: Act) -> AbstractContextManager[None]:
    """Leave somebody who keeps accounts, today and later."""
    return somebody_stays(local_day(doing.now))
