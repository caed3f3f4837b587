"""What a unit claims: the sums that one save moved, and those that its leader signed for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Text, cast, select

import models as m
from extensions import db
from rules.behalf import named
from rules.criteria import stored_rule
from rules.groups import SumCapped
from rules.message import Message
from rules.totals import Caps, Totals, subtotals, totals
from rules.totals import Leaf as Counted
from rules.totals import Subtotal as Figures
from rules.vocabulary import Basis, CriterionKind
from services.form import Reading

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class After:
    """What changed on the page besides the leaf itself once it was saved."""

    field_code: str
    bonus: bool
    figures: Figures
    own: Totals
    unproved: bool


def after_save(form: m.Assessment, criterion: m.Criterion, row: m.Score | None) -> After:
    """Read the subtotals that a saved leaf moved, and whether its points still lack evidence."""
    c, sheet, subtotal = m.Criterion, m.FieldSheet, m.Subtotal
    query = (
        select(
            c.code,
            c.kind,
            c.method,
            c.max_points,
            cast(c.rule_json, Text).label("rule"),
            subtotal.achieved,
            subtotal.maximum,
            subtotal.leaves,
            subtotal.scored,
            subtotal.bonus,
            subtotal.penalty,
        )
        .join(sheet, sheet.field_id == c.id)
        .join(subtotal, subtotal.sheet_id == sheet.id)
        .where(sheet.assessment_id == form.id, subtotal.basis == Basis.SELF)
    )
    figures: dict[str, Figures] = {}
    caps = Caps()
    for found in db.session.execute(query):
        figures[found.code] = Figures(*found[5:])
        if found.kind is CriterionKind.ADJUSTMENT:
            rule = stored_rule(found.method, found.rule, found.max_points)
            caps = rule.caps if isinstance(rule, SumCapped) else caps
    unproved = False
    if row is not None and row.points and criterion.evidence_required:
        link = m.EvidenceLink
        named = select(link.id).where(link.assessment_id == form.id, link.criterion_id == criterion.id).limit(1)
        unproved = db.session.scalar(named) is None
    return After(
        criterion.field_code,
        criterion.kind is CriterionKind.BONUS,
        figures.get(criterion.field_code, Figures()),
        totals(figures, caps=caps),
        unproved,
    )


def stamp(reading: Reading) -> str:
    """Return what a page remembers of all that a leader would sign: each leaf as it is claimed and proved."""
    held = [
        (line.leaf.code, [(layer, line.said[layer].version) for layer in sorted(line.said)], line.evidence, line.exempt)
        for line in reading.lines
    ]
    return hashlib.sha256(repr(held).encode()).hexdigest()[:32]


def name_of(account_id: int | None, giver: str = "") -> Message | str:
    """Return a person's name, and in whose place it acted; empty where the reader may not know the person."""
    return named(db.session.scalar(select(m.Account.full_name).where(m.Account.id == account_id)) or "", giver)


def claimed(reading: Reading) -> dict[str, Figures]:
    """Return what the unit itself signed for, by field: its own layer alone, whatever a superior entered since."""
    leaves = (
        Counted(
            line.leaf.code,
            line.leaf.field_code,
            line.leaf.kind,
            line.leaf.maximum,
            None if line.own is None else ZERO if line.own.not_applicable else line.own.points,
            not_applicable=bool(line.exempt),
        )
        for line in reading.lines
        if line.leaf.self_scored
    )
    return subtotals(leaves)
