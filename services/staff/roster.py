"""The present staff of a unit, as its leader sees it: accounts that go on, with their functions in this unit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select

import models as m
from extensions import db
from rules.vocabulary import Function


@dataclass(frozen=True, slots=True)
class Member:
    """One person of the unit: it keeps the account, or gave a post; ``functions`` are the posts held in the unit today."""

    account_id: int
    username: str
    full_name: str
    email: str
    functions: tuple[Function, ...]


def present(unit_id: int, today: date) -> list[Member]:
    """Return who belongs to the unit, in the order of names; two statements."""
    account, post = m.Account, m.Post
    functions: dict[int, list[Function]] = {}
    for account_id, function in db.session.execute(
        select(post.account_id, post.function)
        .where(post.unit_id == unit_id, post.valid_from <= today, or_(post.valid_to.is_(None), post.valid_to >= today))
        .order_by(post.id)
    ):
        functions.setdefault(account_id, []).append(function)
    found = db.session.execute(
        select(account.id, account.username, account.full_name, account.email)
        .where(
            or_(account.unit_id == unit_id, account.id.in_(functions)),
            account.active,
            or_(account.valid_to.is_(None), account.valid_to >= today),
        )
        .order_by(account.name_sort, account.id)
    )
    return [Member(*row, tuple(functions.get(row.id, ()))) for row in found]
