"""The read floor: which rows of each table an authority reads (Điều 4). One line per table and kind of authority.

The session asks it for every ORM statement, so lists, counts, joins, look-ups, exports and drop-downs are cut alike.
A table that is not listed here cannot be read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, Literal, cast

from sqlalchemy import Boolean, ColumnElement, Select, and_, event, false, or_, select, true
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import FromStatement, Mapper, ORMExecuteState, RelationshipProperty, Session
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql import visitors
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

import models as m
from extensions import db
from models.situation import locked_sql
from permissions.actor import Actor, Authority, current_actor, system_reason
from rules.process import PROCESS
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import Basis, Layer

if TYPE_CHECKING:
    from sqlalchemy.sql.visitors import ExternallyTraversible

#: A row filter; ``True`` for every row, ``False`` for none.
Rows = ColumnElement[bool] | Literal[True]
Filter = Rows | Literal[False]
#: Subtotals that a unit reads of itself only after a layer was released to it.
RELEASED_BASES = {Basis.APPRAISED: Layer.SURVEY, Basis.COUNCIL: Layer.COUNCIL}
#: What councils and the survey do with a form; the unit learns of it by a release, not by its audit trail.
JUDGING_VERBS = sorted(
    {step.verb.value for step in PROCESS if step.relation is Relation.COUNCIL and step.verb is not Verb.READ}
    | {Verb.REOPEN_FIELD.value, Verb.IMPORT_SURVEY.value}
)


class ReadRefused(RuntimeError):
    """A statement that the read floor cannot judge: an undeclared table, or SQL below the ORM."""


class Among(FunctionElement[bool]):
    """A column is among the values of a select that depends on no row of the statement.

    PostgreSQL reads the values once, before anything else. As ``IN`` each filter would be one more table for its planner,
    which then needs longer than the statement itself and believes in far fewer rows than there are.
    """

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, values: Select[tuple[int]]) -> None:
        super().__init__(column, values.scalar_subquery())


@compiles(Among)
def _among(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN {compiler.process(values, **kw)}"


@compiles(Among, "postgresql")
def _among_array(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY (ARRAY{compiler.process(values, **kw)})"


def _units(authority: Authority) -> Select[tuple[int]]:
    """Ids of the units of a subtree, as a range over the path."""
    unit = m.Unit.__table__
    return select(unit.c.id).where(unit.c.path >= authority.unit_path, unit.c.path < authority.path_end)


def _subtree(column: Any, authority: Authority) -> Rows:
    if authority.at_root:
        return True  # who may see everything gets no predicate at all
    return Among(column, _units(authority))


def _council_units(authority: Authority) -> Select[tuple[int]]:
    council_unit = m.CouncilUnit.__table__
    return select(council_unit.c.unit_id).where(council_unit.c.council_id == authority.council_id)


def _council_assessments(actor: Actor, authority: Authority) -> Select[tuple[int]]:
    """Assessments of the council's units in its round, once their form is locked, nothing before."""
    assessment = m.Assessment.__table__.alias()
    return select(assessment.c.id).where(
        assessment.c.round_id == authority.council_round_id,
        assessment.c.unit_id.in_(_council_units(authority)),
        locked_sql(assessment, actor.now),
    )


def _unit_rows(
    model: Any, *, assessment: str | None = "assessment_id", released: Callable[[Authority], Any] | None = None
) -> Any:
    """Rows that belong to a unit: own, below, or of the council's locked forms.

    ``released`` adds, for rows about the reader's own unit, that their layer was released to it.
    """

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.OFFICER, Role.LEADER):
            own: ColumnElement[bool] = model.unit_id == authority.unit_id
            return and_(own, released(authority)) if released else own
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            below = _subtree(model.unit_id, authority)
            if released is None or below is True:
                return below
            return and_(below, or_(model.unit_id != authority.unit_id, released(authority)))
        if authority.role.seated and assessment is not None:
            return Among(getattr(model, assessment), _council_assessments(actor, authority))
        return False

    return rows


def _released_to(authority: Authority, layer: Layer) -> Select[tuple[int]]:
    """Assessments of the reader's own unit that were released up to a layer."""
    assessment = m.Assessment.__table__
    return select(assessment.c.id).where(assessment.c.unit_id == authority.unit_id, assessment.c.released >= layer)


def _released_score(authority: Authority) -> ColumnElement[bool]:
    return _score_released()


@cache
def _score_released() -> ColumnElement[bool]:
    """The layer was released to the unit of the form, whoever asks; made once."""
    assessment = m.Assessment.__table__.alias()
    released = select(assessment.c.id).where(
        assessment.c.id == m.Score.assessment_id, assessment.c.released >= m.Score.layer
    )
    return or_(m.Score.layer <= Layer.SUPERIOR, released.exists())


def _released_subtotal(authority: Authority) -> ColumnElement[bool]:
    return or_(
        m.Subtotal.basis == Basis.SELF,
        *(
            and_(m.Subtotal.basis == basis, m.Subtotal.assessment_id.in_(_released_to(authority, layer)))
            for basis, layer in RELEASED_BASES.items()
        ),
    )


def _everyone(actor: Actor, authority: Authority) -> Filter:
    return True


def _unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.OFFICER, Role.LEADER):
        return m.Unit.id == authority.unit_id
    if authority.role.seated:
        return Among(m.Unit.id, _council_units(authority))
    if authority.at_root:
        return True
    return and_(m.Unit.path >= authority.unit_path, m.Unit.path < authority.path_end)


def _account(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return _or_own(m.Account.id, actor, _subtree(m.Account.unit_id, authority))
    if authority.role in (Role.OFFICER, Role.LEADER):
        return _or_own(m.Account.id, actor, m.Account.unit_id == authority.unit_id)
    return m.Account.id == actor.account_id


def _or_own(column: Any, actor: Actor, rows: Rows) -> Rows:
    return True if rows is True else or_(column == actor.account_id, rows)


def _managed(column: Any, own: Any = None) -> Any:
    """Rows kept by managers over the unit in ``column``; besides, those of the reader's own account."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
            below = _subtree(column, authority)
            return below if own is None else _or_own(own, actor, below)
        if own is None:
            return False
        mine: Filter = own == actor.account_id
        return mine

    return rows


def _council(column: Any, unit: Any) -> Any:
    """Rows of a council: for those who keep it, for those who observe it, and for its own seats."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role.seated:
            here: Filter = column == authority.council_id
            return here
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            return _subtree(unit, authority)
        return False

    return rows


def _council_unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        return m.CouncilUnit.council_id == authority.council_id
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
        return _subtree(m.CouncilUnit.unit_id, authority)
    return False


def _assignment(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        seat = m.Seat.__table__
        return Among(m.Assignment.seat_id, select(seat.c.id).where(seat.c.council_id == authority.council_id))
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return _subtree(m.Assignment.owner_unit_id, authority)
    return False


def _evidence(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        link = m.EvidenceLink.__table__
        return m.Evidence.id.in_(
            select(link.c.evidence_id).where(link.c.assessment_id.in_(_council_assessments(actor, authority)))
        )
    rows: Filter = _unit_rows(m.Evidence, assessment=None)(actor, authority)
    return rows


def _published() -> Select[tuple[int]]:
    edition = m.Edition.__table__
    return select(edition.c.id).where(edition.c.withdrawn_at.is_(None))


def _public_edition(column: Any) -> Any:
    """Published editions are open to everyone signed in; withdrawn ones to those who publish."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role is Role.ADMINISTRATOR:
            return True
        return Among(column, _published())

    return rows


def _public_row(actor: Actor, authority: Authority) -> Filter:
    if authority.role is Role.ADMINISTRATOR:
        return True
    row = m.EditionRow.__table__
    return m.EditionField.row_id.in_(select(row.c.id).where(row.c.edition_id.in_(_published())))


def _edition_leaf(actor: Actor, authority: Authority) -> Filter:
    """Leaves of published editions for the unit, those above it and its council of that round, never for other units."""
    if authority.role is Role.ADMINISTRATOR:
        return True
    published = Among(m.EditionLeaf.edition_id, _published())
    if authority.role.seated:
        edition, group = m.Edition.__table__, m.RankingGroup.__table__
        of_round = (
            select(edition.c.id)
            .join(group, group.c.id == edition.c.group_id)
            .where(group.c.round_id == authority.council_round_id, edition.c.withdrawn_at.is_(None))
        )
        return and_(Among(m.EditionLeaf.unit_id, _council_units(authority)), Among(m.EditionLeaf.edition_id, of_round))
    rows: Filter = _unit_rows(m.EditionLeaf, assessment=None)(actor, authority)
    return rows if rows is False else published if rows is True else and_(rows, published)


def _audit(actor: Actor, authority: Authority) -> Filter:
    if authority.role not in (Role.MANAGER, Role.ADMINISTRATOR, Role.AUDITOR):
        return False
    below = _subtree(m.AuditEntry.unit_id, authority)
    if below is True or authority.role is Role.AUDITOR:
        return below
    # A manager reads the values too: of its own unit not those that no release has opened to it.
    return and_(below, or_(m.AuditEntry.unit_id != authority.unit_id, m.AuditEntry.verb.not_in(JUDGING_VERBS)))


def _own_sessions(actor: Actor, authority: Authority) -> Filter:
    return m.LoginSession.account_id == actor.account_id


def _nobody(actor: Actor, authority: Authority) -> Filter:
    return False


ROWS: dict[type[Any], Callable[[Actor, Authority], Filter]] = {
    # Catalogues: the shape of the round, no data of any unit.
    m.Level: _everyone,
    m.UnitKind: _everyone,
    m.UnitGroup: _everyone,
    m.Round: _everyone,
    m.RankingGroup: _everyone,
    m.RankingGroupKind: _everyone,
    m.ClassBand: _everyone,
    m.Window: _everyone,
    m.CriteriaSet: _everyone,
    m.Criterion: _everyone,
    m.CriterionExclusion: _everyone,
    # Units and their people.
    m.Unit: _unit,
    m.UnitChange: _managed(m.UnitChange.from_unit_id),
    m.UnitGroupMember: _managed(m.UnitGroupMember.unit_id),
    m.Account: _account,
    m.Post: _managed(m.Post.unit_id, own=m.Post.account_id),
    m.Delegation: _managed(m.Delegation.unit_id, own=m.Delegation.receiver_id),
    m.LoginSession: _own_sessions,
    m.LoginThrottle: _nobody,
    m.Notice: _unit_rows(m.Notice, assessment=None),
    # Councils.
    m.Council: _council(m.Council.id, m.Council.unit_id),
    m.CouncilUnit: _council_unit,
    m.Seat: _council(m.Seat.council_id, m.Seat.unit_id),
    m.Assignment: _assignment,
    # Assessments and what hangs on them.
    m.Assessment: _unit_rows(m.Assessment, assessment="id"),
    m.FieldSheet: _unit_rows(m.FieldSheet),
    m.Score: _unit_rows(m.Score, released=_released_score),
    m.Subtotal: _unit_rows(m.Subtotal, released=_released_subtotal),
    m.Exemption: _unit_rows(m.Exemption),
    m.Extension: _unit_rows(m.Extension),
    m.EvidenceLink: _unit_rows(m.EvidenceLink),
    m.Evidence: _evidence,
    # Publication and audit.
    m.Edition: _public_edition(m.Edition.id),
    m.EditionRow: _public_edition(m.EditionRow.edition_id),
    m.EditionField: _public_row,
    m.EditionLeaf: _edition_leaf,
    m.AuditEntry: _audit,
}


def rows_of(model: type[Any], actor: Actor | None) -> Filter:
    """Return which rows of a table the actor reads; nothing without an authority."""
    if model not in ROWS:
        raise ReadRefused(f"{model.__name__} has no line in permissions/scope.py")
    if actor is None or actor.authority is None:
        return False
    return ROWS[model](actor, actor.authority)


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


def visible(session: Session, model: type[Any], **columns: object) -> bool:
    """Tell whether a row with these column values exists in the reader's scope."""
    conditions = [getattr(model, name) == value for name, value in columns.items()]
    return session.scalar(select(true()).where(select(model.id).where(*conditions).exists())) is not None
