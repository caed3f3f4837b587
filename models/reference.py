"""Reference figures: what a lead department holds centrally about single items of units, with source and date."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Model, UtcDateTime, Versioned
from models.criteria import Criterion


class ReferenceFigure(Versioned, Model):
    """The figures of one leaf of one form from a central source, in the shape of the leaf's own inputs.

    They stand beside the claim and count nothing by themselves; a later import of the same leaf replaces them.
    """

    __tablename__ = "reference_figure"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint("source <> ''", name="source"),
        Index("ix_reference_figure_unit_id", "unit_id"),
        Index("ix_reference_figure_criterion_id", "criterion_id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON)
    source: Mapped[str] = mapped_column(String(300))
    as_of: Mapped[date]
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    criterion: Mapped[Criterion] = relationship(
        foreign_keys="ReferenceFigure.criterion_id", primaryjoin="Criterion.id == ReferenceFigure.criterion_id"
    )
