"""Recompute what is kept twice and compare: subtotals, ranks and digests of editions, and scores with their audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

import models as m
from rules.message import M, Message
from rules.standings import Contender, published_index, standings
from rules.totals import Caps, Subtotal, totals
from rules.vocabulary import CriterionKind
from services import subtotal
from services.edition import FrozenRow, Settings, digest, facts_of, stored_rows, value_of
from services.trail import chain
from services.trail.chain import Chain, Noted

ZERO = Decimal(0)
#: Sheets are recomputed some at a time, so that memory does not grow with the province.
BATCH = 500
#: Audited columns that replaying the trail must give again.
REPLAYED: dict[type[Any], tuple[str, ...]] = {
    m.Score: ("computed_points", "stated_points", "points", "not_applicable"),
    m.FieldSheet: ("state",),
    m.Edition: ("digest", "in_force"),
}


@dataclass(slots=True)
class Report:
    """How much was looked at, and every difference as a sentence; those of the audit trail's chain apart."""

    subtotals: int = 0
    editions: int = 0
    audited: int = 0
    chain: Chain = field(default_factory=Chain)
    faults: list[Message] = field(default_factory=list)


def verify(session: Session, noted: Noted | None = None) -> Report:
    """Recompute everything; call inside a system scope. ``noted`` is a head of the audit trail written down earlier."""
    report = Report(chain=chain.verify(session, noted))
    for count, fault in _subtotals(session):
        report.subtotals += count
        report.faults.extend(fault)
    for edition in session.scalars(select(m.Edition).order_by(m.Edition.id)):
        report.editions += 1
        report.faults.extend(edition_faults(session, edition))
    for model, columns in REPLAYED.items():
        try:
            count, found = _audit(session, model, columns)
        except (ValueError, TypeError, LookupError):  # what somebody wrote there from outside is named by the chain
            count, found = 0, [M("The audit trail of {table} cannot be read.", table=model.__name__)]
        report.audited += count
        report.faults.extend(found)
    return report


# Subtotals


def _subtotals(session: Session) -> Iterator[tuple[int, list[Message]]]:
    codes: dict[int, str] = dict(
        session.execute(select(m.Criterion.id, m.Criterion.code).where(m.Criterion.parent_id.is_(None))).all()
    )
    last = 0
    while sheets := session.scalars(
        select(m.FieldSheet).where(m.FieldSheet.id > last).order_by(m.FieldSheet.id).limit(BATCH)
    ).all():
        last = sheets[-1].id
        kept = {
            (row.sheet_id, row.basis): row
            for row in session.scalars(select(m.Subtotal).where(m.Subtotal.sheet_id.in_([s.id for s in sheets])))
        }
        count, faults = len(kept), []
        for sheet, basis, figures in subtotal.compute(session, sheets, codes):
            row = kept.pop((sheet.id, basis), None)
            found = None if row is None else {name: getattr(row, name) for name in figures}
            if found != figures:
                faults.append(
                    M("Subtotal of sheet {sheet} ({basis}) differs from its scores.", sheet=sheet.id, basis=basis.title)
                )
        faults += [
            M("Subtotal of sheet {sheet} ({basis}) should not exist.", sheet=id_, basis=basis.title)
            for id_, basis in kept
        ]
        yield count, faults
        session.expunge_all()


# Editions


def edition_faults(session: Session, edition: m.Edition) -> list[Message]:
    """Recompute the index, rank, class, sums and digest of an edition from its own frozen rows."""
    rows = stored_rows(session, edition.id)
    settings = Settings.from_json(edition.settings)
    facts = facts_of(
        edition.group_id,
        edition.number,
        edition.decision_number,
        edition.decision_on,
        edition.settings,
        imported=edition.imported,
    )
    faults = [] if digest(facts, rows) == edition.digest else [M("Edition {id}: the digest differs.", id=edition.id)]
    lines = sorted(rows, key=lambda row: row.unit_code)
    ranked = standings(
        [Contender(row.unit_id, value_of(row, settings), row.parent_id, not row.ranked) for row in lines],
        settings.tie_rule,
        settings.classes,
    )
    for row, standing in zip(rows, ranked, strict=True):
        kept = (row.unit_id, row.rank, row.rank_in_parent, row.class_name)
        if kept != (standing.key, standing.rank, standing.rank_in_parent, standing.class_name):
            faults.append(M("Edition {id}: rank or class of {unit} differs.", id=edition.id, unit=row.unit_name))
    if not edition.imported:
        faults += [fault for row in rows for fault in _sums(edition.id, row, settings)]
    return faults


def _sums(edition_id: int, row: FrozenRow, settings: Settings) -> Iterator[Message]:
    """The leaves give the fields, the fields the achieved points and maximum, these the index."""
    by_field: dict[str, tuple[Decimal, Decimal]] = {}
    for leaf in row.leaves:
        if leaf.kind in (CriterionKind.BONUS, CriterionKind.PENALTY) or leaf.not_applicable:
            continue
        achieved, maximum = by_field.get(leaf.field_code, (ZERO, ZERO))
        by_field[leaf.field_code] = (achieved + (leaf.points or ZERO), maximum + leaf.maximum)
    for line in row.fields:
        if by_field.get(line.code, (ZERO, ZERO)) != (line.achieved, line.maximum):
            yield M(
                "Edition {id}: field {code} of {unit} differs from its leaves.",
                id=edition_id,
                code=line.code,
                unit=row.unit_name,
            )
    whole = totals(
        {line.code: Subtotal(line.achieved, line.maximum or ZERO) for line in row.fields},
        bonus=row.bonus,
        penalty=row.penalty,
        caps=Caps(),
    )
    index = published_index(whole, settings.places)
    if (whole.achieved, whole.maximum, index) != (row.achieved, row.maximum, row.index):
        yield M("Edition {id}: the total of {unit} differs from its fields.", id=edition_id, unit=row.unit_name)


# Audit


def _audit(session: Session, model: type[Any], columns: tuple[str, ...]) -> tuple[int, list[Message]]:
    """Replay the audit trail of a table: it must give the values the rows hold, and the rows that exist.

    Of a trail whose oldest entries were taken away after their time, rows made before are held against what is still told.
    """
    entry = m.AuditEntry
    trail: dict[str, dict[str, Any]] = {}
    cut = (session.scalar(select(func.min(entry.id))) or 1) > 1
    made: set[str] = set()
    query = (
        select(entry).where(entry.object_type == model.__name__).order_by(entry.id).options(undefer(entry.changes))
    ).execution_options(yield_per=1000)
    for found in session.scalars(query):
        if found.operation == "delete":
            trail.pop(found.object_id, None)
            continue
        if found.operation == "create":
            trail[found.object_id] = {}
            made.add(found.object_id)
        values = trail.setdefault(found.object_id, {})
        values.update({name: found.changes[name][1] for name in columns if name in found.changes})
    faults, count = [], 0
    oldest = min(map(int, made), default=None)
    for row in session.execute(select(model.id, *(getattr(model, name) for name in columns))):
        count += 1
        id_, kept = row[0], row[1:]
        told = trail.pop(str(id_), None)
        before = cut and str(id_) not in made and (oldest is None or id_ < oldest)
        if told is None and before:
            continue
        if told is None:
            faults.append(M("{table} {id} has no audit entry.", table=model.__name__, id=id_))
        elif any(
            not _same(told.get(name), value)
            for name, value in zip(columns, kept, strict=True)
            if name in told or not before
        ):
            faults.append(M("{table} {id} differs from its audit trail.", table=model.__name__, id=id_))
    faults += [M("{table} {id} is gone without an audit entry.", table=model.__name__, id=id_) for id_ in trail]
    return count, faults


def _same(told: Any, value: Any) -> bool:
    """Compare an audited value, kept as JSON, with a row's."""
    if isinstance(value, Decimal):
        return told is not None and Decimal(told) == value
    return bool(told == getattr(value, "value", value))
