"""Published results, read from frozen rows only: the same for everyone signed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from i18n import render
from rules.message import M, Message
from services.results.table import Row, Table
from services.tabular import Column, Kind


@dataclass(frozen=True, slots=True)
class Head:
    """What stands above a published table. ``illustrative`` is the round's mark for made-up data."""

    id: int
    number: int
    decision_number: str
    decision_on: date
    published_at: datetime
    in_force: bool
    withdrawn_at: datetime | None
    imported: bool
    settings: Mapping[str, Any]
    digest: str
    group_id: int
    group_code: str
    group_name: str
    level_id: int
    round_code: str
    round_name: str
    year: int
    illustrative: bool

    @property
    def places(self) -> int:
        """Decimals that were published."""
        return int(self.settings["places"])

    @property
    def title(self) -> str:
        return f"{self.group_name} – {self.round_name}"

    @property
    def lines(self) -> tuple[Message, ...]:
        """Say which edition the figures are from, and whether it still holds."""
        said = [
            M(
                "Edition {number} by decision {decision} of {day}.",
                number=self.number,
                decision=self.decision_number,
                day=self.decision_on,
            )
        ]
        if self.imported:
            said.append(M("Published values of a past year, brought in from a file."))
        if self.withdrawn_at is not None:
            said.append(M("Withdrawn at {at}: no longer valid.", at=self.withdrawn_at))
        elif not self.in_force:
            said.append(M("Replaced by a later edition."))
        return tuple(said)


def heads(session: Session) -> list[Head]:
    """Return every edition the reader may see: the newest year first, the edition in force before older ones."""
    edition, group, round_ = m.Edition, m.RankingGroup, m.Round
    found = session.execute(
        select(
            edition.id,
            edition.number,
            edition.decision_number,
            edition.decision_on,
            edition.published_at,
            edition.in_force,
            edition.withdrawn_at,
            edition.imported,
            edition.settings,
            edition.digest,
            group.id,
            group.code,
            group.name,
            group.level_id,
            round_.code,
            round_.name,
            round_.year,
            round_.illustrative,
        )
        .join(group, group.id == edition.group_id)
        .join(round_, round_.id == group.round_id)
        .order_by(round_.year.desc(), group.id, edition.in_force.desc(), edition.number.desc())
    )
    return [Head(*cast("Any", row)) for row in found]


def published(session: Session, head: Head) -> Table:
    """Make the table of an edition in two statements: rank, unit, figures, one column per field."""
    row = m.EditionRow
    found = session.execute(
        select(
            row.unit_id,
            row.rank,
            row.rank_in_parent,
            row.unit_name,
            row.parent_name,
            row.index,
            row.class_name,
            row.achieved,
            row.maximum,
            row.bonus,
            row.penalty,
            row.ranked,
            row.printed_rank,
            row.printed_class,
        )
        .where(row.edition_id == head.id)
        .order_by(row.position)
    ).all()
    names, points = _fields(session, head.id)
    return ranked(f"{head.group_code}-{head.round_code}", head.title, found, names, points, head.places, head.lines)


def ranked(
    name: str,
    title: str,
    found: Sequence[Any],
    fields: Mapping[str, str],
    points: Mapping[int, Mapping[str, Decimal]],
    places: int,
    said: tuple[Message, ...] = (),
) -> Table:
    """Lay out ranked lines, published or as they would be: ``points`` are those of each unit by code of field."""
    several = len({line.parent_name for line in found}) > 1
    inner = any(line.rank_in_parent is not None for line in found)
    printed = any(line.printed_rank is not None or line.printed_class for line in found)
    columns = [
        Column("rank", render(M("Rank")), Kind.INTEGER),
        Column("unit", render(M("Unit"))),
        *([Column("parent", render(M("Superior unit")))] if several else []),
        *([Column("rank_in_parent", render(M("Rank in its superior")), Kind.INTEGER)] if inner else []),
        Column("index", render(M("Index (%)")), Kind.DECIMAL, places),
        Column("class", render(M("Class")), width=16),
        *(
            [
                Column("printed_rank", render(M("Printed rank")), Kind.INTEGER),
                Column("printed_class", render(M("Printed class")), width=16),
            ]
            if printed
            else []
        ),
        Column("achieved", render(M("Achieved")), Kind.DECIMAL, places),
        Column("maximum", render(M("Applicable maximum")), Kind.DECIMAL, places),
        Column("bonus", render(M("Bonus")), Kind.DECIMAL, places),
        Column("penalty", render(M("Penalty")), Kind.DECIMAL, places),
        *(Column(f"field_{code}", f"{code}. {name}", Kind.DECIMAL, places, 14) for code, name in fields.items()),
    ]
    apart = M("listed apart")
    rows = []
    for line in found:
        own = points.get(line.unit_id, {})
        cells = [
            line.rank,
            line.unit_name,
            *([line.parent_name] if several else []),
            *([line.rank_in_parent] if inner else []),
            line.index,
            line.class_name if line.ranked else apart,
            *([line.printed_rank, line.printed_class or None] if printed else []),
            line.achieved,
            line.maximum,
            line.bonus,
            line.penalty,
            *(own.get(code) for code in fields),
        ]
        rows.append(Row(line.unit_id, tuple(cells)))
    return Table(name, title, tuple(columns), rows, said, total=len(rows))


def _fields(session: Session, edition_id: int) -> tuple[dict[str, str], dict[int, dict[str, Decimal]]]:
    """Return the fields of an edition in their order, and the points by unit and field."""
    field, row = m.EditionField, m.EditionRow
    names: dict[str, str] = {}
    points: dict[int, dict[str, Decimal]] = {}
    for unit_id, code, name, achieved in session.execute(
        select(row.unit_id, field.code, field.name, field.achieved)
        .select_from(field)
        .join(row, row.id == field.row_id)
        .where(row.edition_id == edition_id)
        .order_by(field.position, field.row_id)
    ):
        names.setdefault(code, name)
        points.setdefault(unit_id, {})[code] = achieved
    return names, points


def in_force(found: Sequence[Head]) -> list[Head]:
    """Keep the editions that hold."""
    return [head for head in found if head.in_force]
