"""Who keeps accounts: somebody is always left, whatever is taken from whom."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select

import models as m
from extensions import db
from permissions.actor import system_scope
from rules.message import M
from rules.vocabulary import Function
from services.faults import Fault


def administrators(day: date) -> frozenset[int]:
    """Return the accounts that keep accounts on a day: usable, a manager at the root, not restricted, nothing borrowed."""
    account, post, cut = m.Account, m.Post, m.Restriction
    session = db.session()
    session.flush()  # what the act going on has changed counts
    restricted = select(cut.account_id).where(_holds(cut, day), cut.lifted_at.is_(None))
    with system_scope("who keeps accounts"):
        found = session.scalars(
            select(post.account_id)
            .join(m.Unit, m.Unit.id == post.unit_id)
            .join(account, account.id == post.account_id)
            .where(
                post.function == Function.MANAGER,
                m.Unit.parent_id.is_(None),
                account.active,
                _holds(account, day),
                _holds(post, day),
                account.id.not_in(restricted),
            )
        )
        return frozenset(found)


@contextmanager
def somebody_stays(days: Iterable[date]) -> Iterator[None]:
    """Refuse a change after which nobody keeps accounts on one of the days on which it bites. Raises ``Fault``; call inside an act."""
    with system_scope(
        "who keeps accounts"
    ):  # of two who take each other's access away the second sees what the first did
        db.session.execute(select(m.Unit.id).where(m.Unit.parent_id.is_(None)).with_for_update())
    before = {day: administrators(day) for day in days}
    yield
    if any(held and not administrators(day) for day, held in before.items()):
        raise Fault(M("Nobody would be left who keeps accounts: let somebody else administer first."))


def _holds(model: Any, day: date) -> ColumnElement[bool]:
    condition: ColumnElement[bool] = or_(model.valid_from.is_(None), model.valid_from <= day) & or_(
        model.valid_to.is_(None), model.valid_to >= day
    )
    return condition
