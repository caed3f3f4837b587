"""Ranges of rows that the filters of ``permissions/scope.py`` are made of: a subtree, the units and locked forms of a council.

A filter is SQL over a table's own columns; what it asks of other tables stands on tables below the ORM, so that no filter
applies inside a filter.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, Select, and_, bindparam, false, or_, select

import models as m
from models.base import UtcDateTime
from models.situation import locked_sql
from permissions.actor import Actor, Authority, current_actor
from permissions.among import Among
from rules.verbs import Role

#: A row filter; ``True`` for every row, ``False`` for none.
Rows = ColumnElement[bool] | Literal[True]
Filter = Rows | Literal[False]
#: The moment of the reader's request, read when a statement runs: a filter that is kept does not grow old.
NOW: BindParameter[datetime] = bindparam(
    "reader_now", callable_=lambda: _reader_now(), type_=UtcDateTime(), unique=True
)


def _reader_now() -> datetime:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - only a reader's own filters hold the moment
    return actor.now


def _units(authority: Authority) -> Select[tuple[int]]:
    """Ids of the units that an authority reaches."""
    unit = m.Unit.__table__
    return select(unit.c.id).where(reached(unit.c.path, authority))


def reached(path: Any, authority: Authority) -> ColumnElement[bool]:
    """The tree path lies in one of the subtrees that an authority reaches, as ranges over the path."""
    return or_(false(), *(and_(path >= start, path < start[:-1] + "/") for start in authority.reach))


def subtree(column: Any, authority: Authority) -> Rows:
    if authority.everywhere:
        return True  # who may see everything gets no predicate at all
    return Among(column, _units(authority))


def council_units(authority: Authority) -> Select[tuple[int]]:
    council_unit = m.CouncilUnit.__table__
    units = select(council_unit.c.unit_id).where(council_unit.c.council_id == authority.council_id)
    return units if uncut(authority) else units.where(council_unit.c.unit_id.in_(_units(authority)))


def uncut(authority: Authority) -> bool:
    """Tell whether no restriction leaves some of the authority's units out."""
    return authority.limits is None or authority.limits.paths is None


def council_assessments(actor: Actor, authority: Authority) -> Select[tuple[int]]:
    """Assessments of the council's units in its round, once their form is locked, nothing before."""
    assessment = m.Assessment.__table__.alias()
    return select(assessment.c.id).where(
        assessment.c.round_id == authority.council_round_id,
        assessment.c.unit_id.in_(council_units(authority)),
        locked_sql(assessment, actor.now),
    )


def unit_rows(
    model: Any, *, assessment: str | None = "assessment_id", released: Callable[[Authority], Any] | None = None
) -> Any:
    """Rows that belong to a unit: own, below, or of the council's locked forms.

    ``released`` adds, for rows about the reader's own unit, that their layer was released to it.
    """

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.OFFICER, Role.LEADER):
            if not authority.reaches(authority.unit_path):
                return False  # a restriction leaves nothing of it
            own: ColumnElement[bool] = model.unit_id == authority.unit_id
            return and_(own, released(authority)) if released else own
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            below = subtree(model.unit_id, authority)
            if released is None or below is True:
                return below
            return and_(below, or_(model.unit_id != authority.unit_id, released(authority)))
        if authority.role.seated and assessment is not None:
            return Among(getattr(model, assessment), council_assessments(actor, authority))
        return False

    return rows


def layer_released(model: Any) -> ColumnElement[bool]:
    """The form of the row was released to its unit up to the row's layer."""
    assessment = m.Assessment.__table__.alias()
    return (
        select(assessment.c.id)
        .where(assessment.c.id == model.assessment_id, assessment.c.released >= model.layer)
        .exists()
    )
