"""Points without evidence, counted for all forms of a round at once: for those who urge the units (Điều 9.2, 12.1)."""

from __future__ import annotations

from sqlalchemy import func, select

import models as m
from extensions import db
from rules.vocabulary import Layer


def lacking(round_: m.Round) -> dict[int, int]:
    """Return by form how many leaves claim points that need evidence and name none; forms that lack nothing are left out."""
    score, criterion, link = m.Score, m.Criterion, m.EvidenceLink
    named = (
        select(link.id)
        .where(link.assessment_id == score.assessment_id, link.criterion_id == score.criterion_id)
        .correlate(score)
    )
    query = (
        select(score.assessment_id, func.count(score.id))
        .join(m.Assessment, m.Assessment.id == score.assessment_id)
        .join(criterion, criterion.id == score.criterion_id)
        .where(
            m.Assessment.round_id == round_.id,
            score.layer == Layer.SELF,
            score.points > 0,
            criterion.evidence_required,
            ~named.exists(),
        )
        .group_by(score.assessment_id)
    )
    return dict(db.session.execute(query).all())
