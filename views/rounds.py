"""Choosing the round that a page shows: the one asked for in the address, else the newest that is open."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import hidden
from views.ids import small_int


def opened_rounds() -> Sequence[m.Round]:
    """Return the rounds that have been opened, the newest first."""
    return db.session.scalars(
        select(m.Round).where(m.Round.opened_at.is_not(None)).order_by(m.Round.year.desc(), m.Round.id.desc())
    ).all()


def chosen_round(rounds: Sequence[m.Round]) -> m.Round | None:
    """Return the round of ``?round=``, or the newest; an unknown one is hidden (404)."""
    wanted = request.args.get("round")
    if wanted is None:
        return rounds[0] if rounds else None
    found = next((round_ for round_ in rounds if round_.id == small_int(wanted)), None)
    if found is None:
        raise hidden()
    return found
