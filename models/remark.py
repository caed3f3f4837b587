"""Remarks on single items: within the helper team and the council, or to the unit once their layer is released."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Identified, Model, Rank, UtcDateTime, Word, words
from rules.vocabulary import Audience, Layer


class Remark(Identified, Model):
    """What somebody wrote on a leaf of a form; written once, never changed.

    ``layer`` is the layer that was being worked on: a remark to the unit is released together with it.
    """

    __tablename__ = "remark"
    __table_args__ = (
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint(words("audience", Audience), name="audience"),
        CheckConstraint(words("layer", Layer), name="layer"),
        Index("ix_remark_unit_id", "unit_id"),
        Index("ix_remark_assessment_id", "assessment_id", "criterion_id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    audience: Mapped[Audience] = mapped_column(Word(Audience))
    layer: Mapped[Layer] = mapped_column(Rank(Layer))
    text: Mapped[str] = mapped_column(String(2000))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
