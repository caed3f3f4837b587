"""Where a unit stands in the tree: path and parent change together, with everything below, in one transaction."""

from __future__ import annotations

from sqlalchemy import select

import models as m
from extensions import db
from rules.message import M
from services.faults import Fault, in_order

TOP_STAYS = M("The unit at the top has no last day: everybody who administers the system holds a post there.")
TOP_IS_TOP = M("The unit at the top stays there: everybody who administers the system holds a post there.")


def place(unit: m.Unit, parent: m.Unit | None) -> int:
    """Put a new or present unit under ``parent``, inside an act; return how many units moved with it.

    Raises ``Fault`` at ``parent`` for a second top or a circle, at ``valid_to`` for dates out of order or a last day of the top.
    """
    in_order(unit.valid_from, unit.valid_to)
    if parent is None:
        top = select(m.Unit.id).where(m.Unit.parent_id.is_(None))
        if db.session.scalar(top.where(m.Unit.id != unit.id) if unit.id is not None else top) is not None:
            raise Fault({"parent": M("Only the province stands at the top: enter the superior unit.")})
        if unit.valid_to is not None:
            raise Fault({"valid_to": TOP_STAYS})
    elif unit.path and parent.path.startswith(unit.path):
        raise Fault({"parent": M("A unit cannot stand under itself or under a unit below it.")})
    elif (unit.path or "").count(".") == 1:
        raise Fault({"parent": TOP_IS_TOP})
    unit.parent_id = None if parent is None else parent.id
    db.session.add(unit)
    db.session.flush()
    before, after = unit.path, f"{parent.path if parent is not None else ''}{unit.id}."
    if before == after:
        return 0
    unit.path = after
    if not before:
        return 0
    below = db.session.scalars(
        select(m.Unit).where(m.Unit.path >= before, m.Unit.path < before[:-1] + "/", m.Unit.id != unit.id)
    ).all()
    for other in below:
        other.path = after + other.path.removeprefix(before)
    db.session.flush()
    return len(below)
