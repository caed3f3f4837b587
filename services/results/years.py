"""Years side by side: the published figures of a level, joined by the unit's own id, never by its name.

Across a merger the units that went over stand under the one they went into, with their own figures and no computed
change (domain: units in time). Names come from the editions' rows, which are public.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from i18n import render
from permissions.actor import system_scope
from rules.message import M, Message
from services.results.published import Head
from services.results.table import Cell, Row, Table
from services.tabular import Column, Kind


@dataclass(frozen=True, slots=True)
class Change:
    """One unit went over into another, whole or in part."""

    from_id: int
    to_id: int
    on: date
    whole: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """What was published of a unit in one year, with the name it had then."""

    unit_name: str
    parent_name: str
    index: Decimal | None
    rank: int | None
    class_name: str


#: Unit to year (round code) to figures.
Figures = Mapping[int, Mapping[str, Figure]]


def years(session: Session, heads: Sequence[Head], level_id: int) -> Table:
    """Make the table of a level over all years in force: the units of the newest year first, each with those before it."""
    shown = sorted(
        (head for head in heads if head.in_force and head.level_id == level_id),
        key=lambda head: (-head.year, head.round_code, head.group_id),
    )
    rounds = {head.round_code: head for head in reversed(shown)}
    rounds = dict(sorted(rounds.items(), key=lambda item: (-item[1].year, item[0])))
    figures = _figures(session, shown)
    before = _before(changes(session))
    columns = [
        Column("unit", render(M("Unit"))),
        Column("parent", render(M("Superior unit"))),
        Column("before", render(M("Went over into")), width=40),
    ]
    for code, head in rounds.items():
        year = head.round_name
        columns += [
            Column(f"index_{code}", f"{year}: {render(M('Index (%)'))}", Kind.DECIMAL, head.places),
            Column(f"rank_{code}", f"{year}: {render(M('Rank'))}", Kind.INTEGER),
            Column(f"class_{code}", f"{year}: {render(M('Class'))}", width=16),
        ]
    rows = [Row(unit_id, _cells(figures[unit_id], rounds, went)) for unit_id, went in _order(figures, rounds, before)]
    name = shown[0].group_name if shown else ""
    return Table(
        "years",
        f"{name}: {render(M('Years side by side'))}",
        tuple(columns),
        rows,
        (M("Published figures; units are the same by their own number, never by name."),),
        total=len(rows),
    )


def _figures(session: Session, heads: Iterable[Head]) -> dict[int, dict[str, Figure]]:
    codes = {head.id: head.round_code for head in heads}
    row = m.EditionRow
    figures: dict[int, dict[str, Figure]] = {}
    for found in session.execute(
        select(
            row.edition_id,
            row.unit_id,
            row.unit_name,
            row.parent_name,
            row.index,
            row.rank,
            row.class_name,
        )
        .where(row.edition_id.in_(codes))
        .order_by(row.edition_id, row.position)
    ):
        figures.setdefault(found[1], {})[codes[found[0]]] = Figure(*found[2:])
    return figures


def changes(session: Session) -> list[Change]:
    """Return all changes of units, as numbers: which unit became which is public, its data are not read here."""
    change = m.UnitChange
    with system_scope("which published unit went over into which"):
        found = session.execute(
            select(change.from_unit_id, change.to_unit_id, change.effective_on, change.how).order_by(
                change.effective_on, change.from_unit_id, change.to_unit_id
            )
        ).all()
    return [Change(row[0], row[1], row[2], row[3] == "whole") for row in found]


def _before(found: Iterable[Change]) -> dict[int, list[Change]]:
    before: dict[int, list[Change]] = {}
    for change in found:
        before.setdefault(change.to_id, []).append(change)
    return before


def _order(
    figures: Figures, rounds: Mapping[str, Head], before: Mapping[int, Sequence[Change]]
) -> Iterator[tuple[int, Message | None]]:
    """Yield the units of the newest year, under each those that went over into it, and at the end the others."""
    newest = next(iter(rounds), "")
    told: set[int] = set()
    for unit_id, by_year in figures.items():
        if newest not in by_year:
            continue
        told.add(unit_id)
        yield unit_id, None
        for change in before.get(unit_id, ()):
            old = figures.get(change.from_id)
            if old is not None and newest not in old:
                told.add(change.from_id)
                yield change.from_id, _went(change, by_year[newest].unit_name)
    yield from ((unit_id, None) for unit_id in figures if unit_id not in told)


def _went(change: Change, into: str) -> Message:
    if change.whole:
        return M("{unit}, as a whole, on {day}", unit=into, day=change.on)
    return M("{unit}, in part, on {day}", unit=into, day=change.on)


def _cells(by_year: Mapping[str, Figure], rounds: Mapping[str, Head], went: Message | None) -> tuple[Cell, ...]:
    last = next(by_year[code] for code in rounds if code in by_year)
    cells: list[Cell] = [last.unit_name, last.parent_name, went or ""]
    for code in rounds:
        figure = by_year.get(code)
        cells += [None, None, None] if figure is None else [figure.index, figure.rank, figure.class_name or None]
    return tuple(cells)
