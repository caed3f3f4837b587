"""How the read floor cuts: every ORM statement of the session is given the row filters of the tables it reads.

Which rows these are stands in ``permissions.scope``; here is how they get into lists, counts, aliases, joins and sub-selects.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ColumnElement, event, false
from sqlalchemy.orm import FromStatement, Mapper, ORMExecuteState, RelationshipProperty
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import visitors

from extensions import db
from permissions.actor import Actor, Authority, current_actor, system_reason
from permissions.scope import ROWS, ReadRefused, rows_of

if TYPE_CHECKING:
    from sqlalchemy.sql.visitors import ExternallyTraversible


@cache
def _related(mapper: Mapper[Any]) -> frozenset[type[Any]]:
    """The mapper's class and all that its relations can load from it, however far."""
    return _reached(mapper, lambda _relation: True)


@cache
def _joined(mapper: Mapper[Any]) -> frozenset[type[Any]]:
    """The mapper's class and all that every statement on it loads along, by the settings of its relations."""
    return _reached(mapper, lambda relation: relation.lazy in ("joined", False))


def _reached(mapper: Mapper[Any], follow: Callable[[RelationshipProperty[Any]], bool]) -> frozenset[type[Any]]:
    seen: set[Mapper[Any]] = set()
    queue = [mapper]
    while queue:
        current = queue.pop()
        if current not in seen:
            seen.add(current)
            queue.extend(relation.mapper for relation in current.relationships if follow(relation))
    return frozenset(found.class_ for found in seen)


def _touched(state: ORMExecuteState) -> set[type[Any]]:
    """Every mapped class a statement can read: named anywhere in it, or reached by a relation it may load.

    Only a loader option, or a relation set to it, can make a statement load more than it names; what is loaded later
    comes by a statement of its own, which passes here too.
    """
    # SQLAlchemy marks each part of a statement with the mapped class it comes from; it has no public name for the mark.
    marks = (
        getattr(part, "_annotations", {}) for part in visitors.iterate(cast("ExternallyTraversible", state.statement))
    )
    entities = {mark["parententity"].mapper for mark in marks if "parententity" in mark}
    entities.update(state.all_mappers)
    reached = _related if getattr(state.statement, "_with_options", ()) else _joined
    return {model for mapper in entities for model in reached(mapper)}


class _Cut(LoaderCriteriaOption):
    """A row filter that follows its table wherever a statement reads it.

    SQLAlchemy's own option leaves out two places: an alias joined by a written condition, whose rows would pass uncut, and
    what a joined loader brings, unless the option goes on to lazy loads too; these come here by themselves.
    """

    __slots__ = ("_along",)
    _traverse_internals = LoaderCriteriaOption._traverse_internals  # noqa: SLF001 - what the statement cache tells it by

    def __init__(self, model: type[Any], rows: ColumnElement[bool], *, along: bool = False) -> None:
        super().__init__(model, rows, include_aliases=True, propagate_to_loaders=along)
        self._along = self if along else _Cut(model, rows, along=True)

    def get_global_criteria(self, attributes: dict[Any, Any]) -> None:
        if self._along is self:
            super().get_global_criteria(attributes)
        else:
            self._along.get_global_criteria(attributes)

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criterion = super()._resolve_where_criteria(ext_info)
        if ext_info.is_aliased_class:
            criterion = ext_info._adapter.traverse(criterion)  # noqa: SLF001 - the alias's columns for the table's
        return criterion


def _options(actor: Actor | None, models: set[type[Any]]) -> list[LoaderCriteriaOption]:
    """Return what cuts these tables to the actor's rows."""
    made = _kept(None, None, None)
    if actor is not None and actor.authority is not None:
        # All that a filter may depend on; only what a seat reads hangs on the moment (locked forms).
        moment = actor.now if actor.authority.role.seated else None
        made = _kept(actor.account_id, actor.authority, moment)
    for model in models - (made.keys() & ROWS.keys()):
        rows = rows_of(model, actor)
        made[model] = None if rows is True else _Cut(model, false() if rows is False else rows)
    return [option for model in models if (option := made[model]) is not None]


@lru_cache(maxsize=64)
def _kept(
    account_id: int | None, authority: Authority | None, moment: datetime | None
) -> dict[type[Any], LoaderCriteriaOption | None]:
    """Keep what was made for a reader over its requests; who may see everything gets no predicate at all (None)."""
    return {}


@event.listens_for(db.session, "do_orm_execute")
def _floor(state: ORMExecuteState) -> None:
    if system_reason() is not None or state.is_column_load:
        return
    if not state.is_orm_statement or isinstance(state.statement, FromStatement):
        raise ReadRefused("SQL below the ORM needs a system scope")
    if state.is_update or state.is_delete or state.is_insert:
        raise ReadRefused("bulk writes pass by the write gate and need a system scope")
    state.statement = state.statement.options(*_options(current_actor(), _touched(state)))
