"""What lies beside a leaf under appraisal: the evidence named for it, and how it was judged in earlier rounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from rules.text import nfc


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same leaf of the same unit in a published edition."""

    round_name: str
    claimed: Decimal | None
    points: Decimal | None
    not_applicable: bool
    remark: str


def evidence_of(sheet: m.FieldSheet, criterion: m.Criterion) -> Sequence[m.EvidenceLink]:
    """Return the documents that the unit names for a leaf, in the order it named them."""
    return db.session.scalars(
        select(m.EvidenceLink)
        .where(m.EvidenceLink.assessment_id == sheet.assessment_id, m.EvidenceLink.criterion_id == criterion.id)
        .options(joinedload(m.EvidenceLink.evidence), joinedload(m.EvidenceLink.file))
        .order_by(m.EvidenceLink.id)
    ).all()


def earlier_rounds(sheet: m.FieldSheet, criterion: m.Criterion, year: int) -> list[Earlier]:
    """Return the leaf's published past, newest first; it is the same leaf only where code and name agree."""
    leaf, edition, group, round_ = m.EditionLeaf, m.Edition, m.RankingGroup, m.Round
    rows = db.session.execute(
        select(round_.name, leaf.name, leaf.self_points, leaf.points, leaf.not_applicable, leaf.remark)
        .join(edition, edition.id == leaf.edition_id)
        .join(group, group.id == edition.group_id)
        .join(round_, round_.id == group.round_id)
        .where(leaf.unit_id == sheet.unit_id, leaf.code == criterion.code, edition.in_force, round_.year < year)
        .order_by(round_.year.desc())
    )
    same = nfc(criterion.name).strip()
    return [
        Earlier(round_name, claimed, points, not_applicable, remark)
        for round_name, name, claimed, points, not_applicable, remark in rows
        if nfc(name).strip() == same
    ]
