"""Councils of a round (Điều 7.3-7.5): the units they assess, and who covers which field of which unit."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select

import models as m
from extensions import db
from i18n import to_local
from permissions.conflicts import at_home
from permissions.gate import act, hidden
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Function
from services.faults import Fault

#: So much above the mean of the helpers counts as too much for one.
OVERLOAD = 1.5
#: A criterion for one unit, or (without unit) for all units of the council.
Part = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class AssessedUnit:
    """A unit of the council and the criteria set of its ranking group (none: no group takes it)."""

    id: int
    code: str
    name: str
    set_id: int | None


@dataclass(frozen=True, slots=True)
class FieldOf:
    """A field of a criteria set."""

    id: int
    set_id: int
    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class SeatOf:
    """A seat with its person, what it is assigned and the units it may not judge."""

    id: int
    name: str
    function: Function
    parts: frozenset[Part]
    conflicts: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cell:
    """Who covers one field of one unit; a part of the field is named by its criteria."""

    helpers: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return bool(self.helpers and self.members)


@dataclass(frozen=True, slots=True)
class Board:
    """The whole matrix of a council."""

    council: m.Council
    units: tuple[AssessedUnit, ...]
    fields: tuple[FieldOf, ...]
    seats: tuple[SeatOf, ...]
    cells: Mapping[tuple[int, int], Cell]
    load: Mapping[int, int]
    overloaded: frozenset[int]

    def fields_of(self, unit: AssessedUnit) -> list[FieldOf]:
        return [field for field in self.fields if field.set_id == unit.set_id]

    @property
    def gaps(self) -> int:
        return sum(not cell.complete for cell in self.cells.values())


def units_of(council: m.Council) -> tuple[AssessedUnit, ...]:
    """Return the council's units in Vietnamese order, each with its criteria set, in four statements."""
    unit, listed = m.Unit, m.CouncilUnit
    rows = db.session.execute(
        select(unit.id, unit.code, unit.name, unit.kind_id, m.UnitKind.level_id)
        .join(listed, listed.unit_id == unit.id)
        .join(m.UnitKind, m.UnitKind.id == unit.kind_id)
        .where(listed.council_id == council.id)
        .order_by(unit.name_sort)
    ).all()
    groups = db.session.execute(
        select(m.RankingGroup.id, m.RankingGroup.level_id, m.RankingGroup.criteria_set_id)
        .where(m.RankingGroup.round_id == council.round_id)
        .order_by(m.RankingGroup.id)
    ).all()
    kinds: dict[int, set[int]] = defaultdict(set)
    narrowed = m.RankingGroupKind
    for group_id, kind_id in db.session.execute(
        select(narrowed.group_id, narrowed.kind_id).where(narrowed.group_id.in_([group.id for group in groups]))
    ):
        kinds[group_id].add(kind_id)

    def set_of(kind_id: int, level_id: int) -> int | None:
        fitting = (g for g in groups if g.level_id == level_id and (not kinds[g.id] or kind_id in kinds[g.id]))
        found = next(fitting, None)
        return None if found is None else found.criteria_set_id

    return tuple(AssessedUnit(r.id, r.code, r.name, set_of(r.kind_id, r.level_id)) for r in rows)


def board(council: m.Council, now: datetime) -> Board:
    """Read the matrix of a council: the same number of statements however many units, fields and seats it has."""
    units = units_of(council)
    criterion = m.Criterion
    rows = db.session.execute(
        select(criterion.id, criterion.set_id, criterion.code, criterion.name, criterion.path)
        .where(criterion.set_id.in_({unit.set_id for unit in units}), criterion.parent_id.is_(None))
        .order_by(criterion.set_id, criterion.path)
    )
    fields = tuple(FieldOf(*row) for row in rows)
    seats, paths = _seats(council, units, now)
    cells: dict[tuple[int, int], Cell] = {}
    load: Counter[int] = Counter()
    for unit in units:
        for field in fields:
            if field.set_id == unit.set_id:
                cells[unit.id, field.id] = _cell(unit, field, seats, paths, load)
    helpers = [load[seat.id] for seat in seats if seat.function is Function.HELPER]
    most = OVERLOAD * sum(helpers) / len(helpers) if helpers else 0
    overloaded = frozenset(seat.id for seat in seats if seat.function is Function.HELPER and load[seat.id] > most)
    return Board(council, units, fields, seats, cells, load, overloaded)


def _cell(
    unit: AssessedUnit,
    field: FieldOf,
    seats: Sequence[SeatOf],
    paths: Mapping[int, tuple[int, str, str]],
    load: Counter[int],
) -> Cell:
    names: dict[bool, list[str]] = {True: [], False: []}
    for seat in seats:
        if unit.id in seat.conflicts:
            continue
        codes = [
            code
            for set_id, path, code in (paths[c] for c, unit_id in seat.parts if unit_id in (None, unit.id))
            if set_id == field.set_id and path.startswith(field.path)
        ]
        if codes:
            load[seat.id] += 1
            whole = field.code in codes
            named = seat.name if whole else f"{seat.name} ({', '.join(sorted(set(codes)))})"
            names[seat.function is Function.HELPER].append(named)
    return Cell(tuple(names[True]), tuple(names[False]))


def _seats(
    council: m.Council, units: Iterable[AssessedUnit], now: datetime
) -> tuple[tuple[SeatOf, ...], dict[int, tuple[int, str, str]]]:
    today = to_local(now).date()
    seat, account = m.Seat, m.Account
    rows = db.session.execute(
        select(seat.id, seat.account_id, seat.function, account.full_name)
        .join(account, account.id == seat.account_id)
        .where(seat.council_id == council.id, or_(seat.valid_to.is_(None), seat.valid_to >= today))
        .order_by(seat.function, account.name_sort)
    ).all()
    parts: dict[int, set[Part]] = defaultdict(set)
    paths: dict[int, tuple[int, str, str]] = {}
    assignment, criterion = m.Assignment, m.Criterion
    for seat_id, unit_id, id_, set_id, path, code in db.session.execute(
        select(assignment.seat_id, assignment.unit_id, criterion.id, criterion.set_id, criterion.path, criterion.code)
        .join(criterion, criterion.id == assignment.criterion_id)
        .where(assignment.seat_id.in_([row.id for row in rows]))
    ):
        parts[seat_id].add((id_, unit_id))
        paths[id_] = (set_id, path, code)
    conflicts = _conflicts(council, {unit.id for unit in units}, {row.account_id for row in rows}, now)
    found = (
        SeatOf(r.id, r.full_name, r.function, frozenset(parts[r.id]), frozenset(conflicts[r.account_id])) for r in rows
    )
    return tuple(found), paths


def _conflicts(council: m.Council, unit_ids: set[int], account_ids: set[int], now: datetime) -> dict[int, set[int]]:
    """Return the council's units that each person may not judge (Điều 13), posts that are to begin among them."""
    found: dict[int, set[int]] = defaultdict(set)
    for account_id, unit_id in at_home(
        db.session(), account_ids, council.round_id, now, unit_ids=unit_ids, coming=True
    ):
        found[account_id].add(unit_id)
    return found


def assign(council: m.Council, seat: SeatOf, wanted: Iterable[Part], units: Sequence[AssessedUnit]) -> None:
    """Replace what a seat is assigned. Raises ``Fault`` for a unit the person may not judge, or that is not the council's."""
    parts = set(wanted)
    names = {unit.id: unit.name for unit in units}
    for _criterion_id, unit_id in parts:
        if unit_id is not None and unit_id not in names:
            raise hidden()
        if unit_id in seat.conflicts:
            raise Fault(
                M(
                    "{person} holds or held a post in {unit}, or took part in its self-assessment: assign somebody else there.",
                    person=seat.name,
                    unit=names[unit_id] if unit_id is not None else "",
                )
            )
    sets = {unit.set_id for unit in units}
    known = {
        id_
        for id_, set_id in db.session.execute(
            select(m.Criterion.id, m.Criterion.set_id).where(m.Criterion.id.in_({part[0] for part in parts}))
        )
        if set_id in sets
    }
    if known != {part[0] for part in parts}:
        raise hidden()
    with act(Verb.MANAGE_COUNCIL, council):
        present = db.session.scalars(select(m.Assignment).where(m.Assignment.seat_id == seat.id)).all()
        for row in present:
            part = (row.criterion_id, row.unit_id)
            if part in parts:
                parts.discard(part)
            else:
                db.session.delete(row)
        for criterion_id, unit_id in parts:
            db.session.add(
                m.Assignment(seat_id=seat.id, criterion_id=criterion_id, unit_id=unit_id, owner_unit_id=council.unit_id)
            )


def candidates(council: m.Council) -> list[tuple[int, str, str, int | None, str]]:
    """Return the units below the council's own: id, code, name, the council that has each in this round, and its name."""
    unit, listed = m.Unit, m.CouncilUnit
    keeper = db.session.get_one(m.Unit, council.unit_id)
    taken = {
        unit_id: (council_id, name)
        for unit_id, council_id, name in db.session.execute(
            select(listed.unit_id, listed.council_id, m.Council.name)
            .join(m.Council, m.Council.id == listed.council_id)
            .where(listed.round_id == council.round_id)
        )
    }
    rows = db.session.execute(
        select(unit.id, unit.code, unit.name)
        .where(unit.path > keeper.path, unit.path < keeper.path_end)
        .where(or_(unit.valid_from.is_(None), unit.valid_from <= council.round.cut_off_on))
        .where(or_(unit.valid_to.is_(None), unit.valid_to >= council.round.cut_off_on))
        .order_by(unit.name_sort)
    )
    return [(id_, code, name, *taken.get(id_, (None, ""))) for id_, code, name in rows]


def set_units(council: m.Council, unit_ids: Iterable[int]) -> None:
    """Replace the list of units a council assesses. Raises ``Fault`` for a unit that another council has."""
    wanted = set(unit_ids)
    offered = {id_: (name, holder, holder_name) for id_, _code, name, holder, holder_name in candidates(council)}
    if not wanted <= offered.keys():
        raise hidden()
    for id_ in wanted:
        name, holder, holder_name = offered[id_]
        if holder not in (None, council.id):
            raise Fault(M("{unit} is assessed by {council} in this round.", unit=name, council=holder_name))
    with act(Verb.MANAGE_COUNCIL, council):
        for row in db.session.scalars(select(m.CouncilUnit).where(m.CouncilUnit.council_id == council.id)).all():
            if row.unit_id in wanted:
                wanted.discard(row.unit_id)
            else:
                db.session.delete(row)
                _drop_assignments(council, row.unit_id)
        for unit_id in wanted:
            db.session.add(m.CouncilUnit(council_id=council.id, round_id=council.round_id, unit_id=unit_id))


def _drop_assignments(council: m.Council, unit_id: int) -> None:
    """Take back what was assigned for a unit that leaves the council."""
    rows = select(m.Assignment).join(m.Seat, m.Seat.id == m.Assignment.seat_id)
    for row in db.session.scalars(rows.where(m.Seat.council_id == council.id, m.Assignment.unit_id == unit_id)):
        db.session.delete(row)
