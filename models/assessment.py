"""The assessment of a unit in a round: its field sheets, scores in layers, exemptions and subtotals."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import Identified, Model, Points, Rank, UtcDateTime, Versioned, Word, words
from models.criteria import CriteriaSet, Criterion
from models.round import RankingGroup, Round
from models.unit import Unit
from rules.vocabulary import Basis, Layer, State

#: States kept on a field sheet; the others follow from windows, signatures and editions.
SHEET_STATES = (
    State.APPRAISAL,
    State.EXPLANATION,
    State.REAPPRAISAL,
    State.APPRAISED,
    State.APPROVED,
    State.CLOSED,
)


class Assessment(Versioned, Model):
    """One unit's form in one round (phiếu tự đánh giá, chấm điểm).

    ``signed_at`` is the leader's signature; ``closed_at`` an early closing by Sở Nội vụ. Both are empty again after a
    reopening. ``released`` is the highest layer that the unit may read of its own form.
    """

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("round_id", "unit_id"),
        UniqueConstraint("id", "unit_id", "criteria_set_id"),
        UniqueConstraint("id", "unit_id"),
        ForeignKeyConstraint(
            ["round_id", "group_id", "criteria_set_id"],
            ["ranking_group.round_id", "ranking_group.id", "ranking_group.criteria_set_id"],
        ),
        CheckConstraint("(signed_at IS NULL) = (signed_by_id IS NULL)", name="signature"),
        CheckConstraint("closed_at IS NULL OR signed_at IS NOT NULL", name="closed_after_signed"),
        Index("ix_assessment_unit_id", "unit_id"),
        Index("ix_assessment_group_id", "group_id"),
    )
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    group_id: Mapped[int]
    criteria_set_id: Mapped[int] = mapped_column(ForeignKey("criteria_set.id"))
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    signed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    signed_for: Mapped[str] = mapped_column(String(200), default="")
    #: Printed on the leader's receipt.
    receipt: Mapped[str | None] = mapped_column(String(40), unique=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    released: Mapped[Layer] = mapped_column(Rank(Layer), default=Layer.SUPERIOR)
    round: Mapped[Round] = relationship(foreign_keys=round_id)
    unit: Mapped[Unit] = relationship(foreign_keys=unit_id)
    group: Mapped[RankingGroup] = relationship(
        foreign_keys="Assessment.group_id", primaryjoin="RankingGroup.id == Assessment.group_id"
    )
    criteria_set: Mapped[CriteriaSet] = relationship(foreign_keys=criteria_set_id)
    signed_by: Mapped[Account | None] = relationship()


class FieldSheet(Versioned, Model):
    """One field of an assessment: where its appraisal and approval stand."""

    __tablename__ = "field_sheet"
    __table_args__ = (
        UniqueConstraint("assessment_id", "field_id"),
        UniqueConstraint("id", "assessment_id", "unit_id"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "field_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint(f"state IN ({', '.join(repr(state.value) for state in SHEET_STATES)})", name="state"),
        CheckConstraint("(explained_at IS NULL) = (explained_by_id IS NULL)", name="explained"),
        CheckConstraint(
            "(state IN ('approved', 'closed')) = (minutes_number IS NOT NULL AND minutes_on IS NOT NULL)",
            name="minutes",
        ),
        Index("ix_field_sheet_unit_id", "unit_id"),
        Index("ix_field_sheet_field_id", "field_id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    field_id: Mapped[int]
    state: Mapped[State] = mapped_column(Word(State), default=State.APPRAISAL)
    #: The council sent it back to its helper: why, and that the appraisal may go on while approval lasts.
    returned_reason: Mapped[str | None] = mapped_column(String(1000))
    #: The leader signed the explanation of this field: when and who.
    explained_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    explained_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    explained_for: Mapped[str] = mapped_column(String(200), default="")
    minutes_number: Mapped[str | None] = mapped_column(String(80))
    minutes_on: Mapped[date | None]
    assessment: Mapped[Assessment] = relationship(
        foreign_keys="FieldSheet.assessment_id", primaryjoin="Assessment.id == FieldSheet.assessment_id"
    )
    field: Mapped[Criterion] = relationship(
        foreign_keys="FieldSheet.field_id", primaryjoin="Criterion.id == FieldSheet.field_id"
    )


class Score(Identified, Model):
    """What one layer says of one leaf: inputs, the points computed from them and, with a reason, other points.

    ``version`` is counted by ``services.score`` under the lock of the row: a mapper that counts it would send each row of
    a form by itself.

    ``points`` is what counts in this layer: ``stated_points`` where given, else ``computed_points``; none where the
    leaf does not apply. A leaf without a row is "not scored", which is not 0.
    """

    __tablename__ = "score"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id", "layer"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint(words("layer", Layer), name="layer"),
        CheckConstraint("points IS NULL OR points >= 0", name="points"),
        CheckConstraint("not_applicable = (points IS NULL)", name="points_or_not_applicable"),
        CheckConstraint("stated_points IS NULL OR reason <> ''", name="stated_reason"),
        CheckConstraint("layer NOT IN (20, 50) OR reason <> ''", name="layer_reason"),
        Index("ix_score_unit_id", "unit_id", "id"),
        Index("ix_score_criterion_id", "criterion_id", "layer"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    layer: Mapped[Layer] = mapped_column(Rank(Layer))
    inputs: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    computed_points: Mapped[Decimal | None] = mapped_column(Points)
    stated_points: Mapped[Decimal | None] = mapped_column(Points)
    points: Mapped[Decimal | None] = mapped_column(Points)
    not_applicable: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(String(4000), default="")
    reason: Mapped[str] = mapped_column(String(2000), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    version: Mapped[int] = mapped_column(default=1)
    assessment: Mapped[Assessment] = relationship(
        foreign_keys="Score.assessment_id", primaryjoin="Assessment.id == Score.assessment_id"
    )
    unit: Mapped[Unit] = relationship(foreign_keys=unit_id)
    criterion: Mapped[Criterion] = relationship(
        foreign_keys="Score.criterion_id", primaryjoin="Criterion.id == Score.criterion_id"
    )
    author: Mapped[Account] = relationship()


class Exemption(Identified, Model):
    """A leaf that does not apply to this assessment: from its group of units, or set by Sở Nội vụ with a reason."""

    __tablename__ = "exemption"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint("reason <> ''", name="reason"),
        Index("ix_exemption_unit_id", "unit_id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(500))


class Subtotal(Identified, Model):
    """Exact sums of one field sheet on one basis, renewed in the transaction that changes a score."""

    __tablename__ = "subtotal"
    __table_args__ = (
        UniqueConstraint("sheet_id", "basis"),
        ForeignKeyConstraint(
            ["sheet_id", "assessment_id", "unit_id"],
            ["field_sheet.id", "field_sheet.assessment_id", "field_sheet.unit_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint(words("basis", Basis), name="basis"),
        CheckConstraint("scored <= leaves", name="scored"),
        Index("ix_subtotal_assessment_id", "assessment_id", "basis"),
        Index("ix_subtotal_unit_id", "unit_id"),
    )
    sheet_id: Mapped[int]
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    basis: Mapped[Basis] = mapped_column(Word(Basis))
    achieved: Mapped[Decimal] = mapped_column(Points, default=Decimal(0))
    #: Maximum over the leaves that apply, scored or not.
    maximum: Mapped[Decimal] = mapped_column(Points, default=Decimal(0))
    #: Maximum over the leaves that have points on this basis.
    scored_maximum: Mapped[Decimal] = mapped_column(Points, default=Decimal(0))
    bonus: Mapped[Decimal] = mapped_column(Points, default=Decimal(0))
    penalty: Mapped[Decimal] = mapped_column(Points, default=Decimal(0))
    leaves: Mapped[int] = mapped_column(Integer, default=0)
    scored: Mapped[int] = mapped_column(Integer, default=0)
