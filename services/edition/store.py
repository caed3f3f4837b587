"""Editions in the database: lines are ranked and frozen, stored as the group's edition in force, and read back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import Act
from rules.standings import Contender, Standing, standings
from services.edition.lines import FieldLine, FrozenRow, LeafLine, Line, Settings, digest, facts_of, value_of


def freeze(session: Session, lines: Sequence[Line], settings: Settings) -> list[FrozenRow]:
    """Rank lines and give them the names and parents of their units, best first, those listed apart at the end.

    Equal units stand in the order of the catalogue of units. A line of an unknown unit raises ``KeyError``.
    """
    places = _places(session, [line.unit_id for line in lines])
    lines = sorted(lines, key=lambda line: str(places[line.unit_id]["unit_code"]))
    contenders = [
        Contender(line.unit_id, value_of(line, settings), places[line.unit_id]["parent_id"], line.apart)
        for line in lines
    ]
    by_unit = {line.unit_id: line for line in lines}
    return [
        _frozen(position, standing, by_unit[standing.key], places[standing.key])
        for position, standing in enumerate(standings(contenders, settings.tie_rule, settings.classes), start=1)
    ]


def _places(session: Session, unit_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    unit, kind, level, parent = m.Unit, m.UnitKind, m.Level, aliased(m.Unit)
    found = session.execute(
        select(unit.id, unit.code, unit.name, kind.name, level.name, parent.id, parent.name)
        .join(kind, kind.id == unit.kind_id)
        .join(level, level.id == kind.level_id)
        .join(parent, parent.id == unit.parent_id, isouter=True)
        .where(unit.id.in_(unit_ids))
    )
    return {
        id_: {
            "unit_code": code,
            "unit_name": name,
            "kind_name": kind_name,
            "level_name": level_name,
            "parent_id": parent_id,
            "parent_name": parent_name or "",
        }
        for id_, code, name, kind_name, level_name, parent_id, parent_name in found
    }


def _frozen(position: int, standing: Standing[int], line: Line, place: Mapping[str, Any]) -> FrozenRow:
    return FrozenRow(
        unit_id=line.unit_id,
        position=position,
        **place,
        achieved=line.achieved,
        maximum=line.maximum,
        bonus=line.bonus,
        penalty=line.penalty,
        index=line.index,
        ranked=standing.ranked,
        rank=standing.rank,
        rank_in_parent=standing.rank_in_parent,
        class_name=standing.class_name,
        printed_rank=line.printed_rank,
        printed_class=line.printed_class,
        fields=line.fields,
        leaves=line.leaves,
    )


def store_edition(
    act: Act,
    group: m.RankingGroup,
    lines: Sequence[Line],
    decision_number: str,
    decision_on: date,
    *,
    imported: bool = False,
    published_by_id: int | None = None,
) -> m.Edition:
    """Rank the lines and keep them as the group's edition in force, inside an act; the one before it gives way.

    ``published_by_id`` is the account that answers for it where no person acts (commands). Raises ``ValueError`` without
    lines, decision number or account, ``KeyError`` for an unknown unit.
    """
    author = act.actor.account_id if act.actor is not None else published_by_id
    if not lines or not decision_number.strip() or author is None:
        raise ValueError("an edition needs lines, a decision and somebody who answers for it")
    session = db.session()
    settings = Settings.of(group)
    rows = freeze(session, lines, settings)
    for before in session.scalars(select(m.Edition).where(m.Edition.group_id == group.id, m.Edition.in_force)):
        before.in_force = False
    session.flush()  # one edition is in force at a time: the old one goes first
    number = next_number(session, group.id)
    kept = settings.to_json()
    facts = facts_of(group.id, number, decision_number.strip(), decision_on, kept, imported=imported)
    edition = m.Edition(
        group_id=group.id,
        number=number,
        decision_number=decision_number.strip(),
        decision_on=decision_on,
        published_at=act.now,
        published_by_id=author,
        in_force=True,
        imported=imported,
        settings=kept,
        digest=digest(facts, rows),
    )
    session.add(edition)
    session.flush()
    _store_rows(session, edition, rows)
    return edition


def next_number(session: Session, group_id: int) -> int:
    """Return the number the group's next edition gets, withdrawn ones counted."""
    last = session.scalar(select(func.max(m.Edition.number)).where(m.Edition.group_id == group_id))
    return (last or 0) + 1


def _store_rows(session: Session, edition: m.Edition, rows: Sequence[FrozenRow]) -> None:
    names = _plain_names()
    stored = [m.EditionRow(edition_id=edition.id, **{name: getattr(row, name) for name in names}) for row in rows]
    session.add_all(stored)
    session.flush()
    for row, kept in zip(rows, stored, strict=True):
        session.add_all(
            m.EditionField(row_id=kept.id, position=position, **_values(line))
            for position, line in enumerate(row.fields, start=1)
        )
        session.add_all(
            m.EditionLeaf(edition_id=edition.id, unit_id=row.unit_id, position=position, **_values(leaf))
            for position, leaf in enumerate(row.leaves, start=1)
        )
    session.flush()


def _values(line: FieldLine | LeafLine) -> dict[str, Any]:
    return {f.name: getattr(line, f.name) for f in fields(line)}


def stored_rows(session: Session, edition_id: int) -> list[FrozenRow]:
    """Read back the frozen rows of an edition, for checking its digest; reads leaves of all units, as columns."""
    row, field, leaf = m.EditionRow, m.EditionField, m.EditionLeaf
    names = _plain_names()
    by_row: dict[int, list[FieldLine]] = {}
    by_unit: dict[int, list[LeafLine]] = {}
    with system_scope("read an edition"):
        for found in session.execute(
            select(field.row_id, *_columns(field, FieldLine))
            .join(row, row.id == field.row_id)
            .where(row.edition_id == edition_id)
            .order_by(field.row_id, field.position)
        ):
            by_row.setdefault(found[0], []).append(FieldLine(*found[1:]))
        for found in session.execute(
            select(leaf.unit_id, *_columns(leaf, LeafLine))
            .where(leaf.edition_id == edition_id)
            .order_by(leaf.unit_id, leaf.position)
        ):
            by_unit.setdefault(found[0], []).append(LeafLine(*found[1:]))
        rows = session.execute(
            select(row.id, *(getattr(row, name) for name in names))
            .where(row.edition_id == edition_id)
            .order_by(row.position)
        ).all()
    return [_thawed(found, names, by_row, by_unit) for found in rows]


def _thawed(
    found: Any, names: Sequence[str], by_row: Mapping[int, list[FieldLine]], by_unit: Mapping[int, list[LeafLine]]
) -> FrozenRow:
    values: dict[str, Any] = dict(zip(names, found[1:], strict=True))
    return FrozenRow(
        **values,
        fields=tuple(by_row.get(found[0], ())),
        leaves=tuple(by_unit.get(values["unit_id"], ())),
    )


def _plain_names() -> list[str]:
    """Columns that a frozen row shares with the table, without the lists that hang on it."""
    return [f.name for f in fields(FrozenRow) if f.name not in ("fields", "leaves")]


def _columns(model: Any, line: type[FieldLine | LeafLine]) -> list[Any]:
    return [getattr(model, f.name) for f in fields(line)]
