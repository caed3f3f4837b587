"""Explanation (giải trình): questions of the helper team on single items, and the unit's answers to them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Model, Points, UtcDateTime, Versioned
from models.criteria import Criterion


class Question(Versioned, Model):
    """An item that the unit is asked to explain; ``turn`` counts the questions on one leaf, from 1.

    ``sent_at`` is empty while the helper still appraises; from then on the question stands, and the unit reads it once the
    explanation stage has begun. ``points`` are those appraised when it was sent, which the unit reads with it.
    ``settled_at`` is when the field was handed in after its second appraisal; only one question of a leaf is unsettled.
    ``changed_at`` is when the unit last changed its answer or the documents with it, taking back included.
    ``withdrawn`` is set where a superior took the field back while the unit still wrote: what it wrote stays its draft.
    """

    __tablename__ = "question"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id", "turn"),
        UniqueConstraint("id", "assessment_id", "unit_id", "criterion_id"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        CheckConstraint("text <> ''", name="text"),
        CheckConstraint("turn >= 1", name="turn"),
        CheckConstraint("settled_at IS NULL OR sent_at IS NOT NULL", name="settled"),
        CheckConstraint("settled_at IS NOT NULL OR NOT withdrawn", name="withdrawn"),
        Index("ix_question_unit_id", "unit_id"),
        Index(
            "uq_question_unsettled",
            "assessment_id",
            "criterion_id",
            unique=True,
            sqlite_where=sql("settled_at IS NULL"),
            postgresql_where=sql("settled_at IS NULL"),
        ),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    turn: Mapped[int] = mapped_column(default=1)
    text: Mapped[str] = mapped_column(String(2000))
    points: Mapped[Decimal | None] = mapped_column(Points)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    criterion: Mapped[Criterion] = relationship(
        foreign_keys="Question.criterion_id", primaryjoin="Criterion.id == Question.criterion_id"
    )


class Explanation(Versioned, Model):
    """The unit's answer to one question. The helper team reads it once the unit cannot change it (``permissions/form_rows.py``)."""

    __tablename__ = "explanation"
    __table_args__ = (
        UniqueConstraint("question_id"),
        ForeignKeyConstraint(
            ["question_id", "assessment_id", "unit_id", "criterion_id"],
            ["question.id", "question.assessment_id", "question.unit_id", "question.criterion_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("text <> ''", name="text"),
        Index("ix_explanation_unit_id", "unit_id"),
        Index("ix_explanation_assessment_id", "assessment_id", "criterion_id"),
    )
    question_id: Mapped[int]
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criterion_id: Mapped[int]
    text: Mapped[str] = mapped_column(String(4000))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    signed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    question: Mapped[Question] = relationship(
        foreign_keys="Explanation.question_id", primaryjoin="Question.id == Explanation.question_id"
    )
