"""Rounds with their ranking groups, classes, windows and extensions. Open or locked is computed, never stored."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, Points, UtcDateTime, Versioned, Word, words
from models.criteria import CriteriaSet
from models.unit import Level, UnitKind
from rules.vocabulary import RankBy, Stage, TieRule


class Round(Versioned, Model):
    """One yearly evaluation. Units taking part are those valid at the cut-off date."""

    __tablename__ = "round"
    __table_args__ = (
        CheckConstraint("shown_places BETWEEN 0 AND 3", name="shown_places"),
        CheckConstraint("typed_places BETWEEN 0 AND 4", name="typed_places"),
        CheckConstraint(words("tie_rule", TieRule), name="tie_rule"),
        CheckConstraint(words("rank_by", RankBy), name="rank_by"),
    )
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    year: Mapped[int] = mapped_column(index=True)
    cut_off_on: Mapped[date]
    #: Set when the round opens: criteria sets freeze and assessments are made.
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    illustrative: Mapped[bool] = mapped_column(default=False)
    shown_places: Mapped[int] = mapped_column(default=2)
    typed_places: Mapped[int] = mapped_column(default=2)
    tie_rule: Mapped[TieRule] = mapped_column(Word(TieRule), default=TieRule.DENSE)
    rank_by: Mapped[RankBy] = mapped_column(Word(RankBy), default=RankBy.INDEX)
    #: Units may claim other points than their figures show, with a reason.
    stated_points_allowed: Mapped[bool] = mapped_column(default=True)
    #: Rank a unit that entered nothing with what the council gave.
    rank_unentered: Mapped[bool] = mapped_column(default=False)

    def __str__(self) -> str:
        return self.name


class RankingGroup(Versioned, Model):
    """Units of one level ranked together in a round, by one criteria set."""

    __tablename__ = "ranking_group"
    __table_args__ = (
        UniqueConstraint("round_id", "code"),
        UniqueConstraint("round_id", "id", "criteria_set_id"),
    )
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(32))
    name: Mapped[str] = mapped_column(String(200))
    level_id: Mapped[int] = mapped_column(ForeignKey("level.id"))
    criteria_set_id: Mapped[int] = mapped_column(ForeignKey("criteria_set.id"))
    round: Mapped[Round] = relationship()
    level: Mapped[Level] = relationship()
    criteria_set: Mapped[CriteriaSet] = relationship()
    classes: Mapped[list[ClassBand]] = relationship(
        order_by="ClassBand.lower_bound.desc()", cascade="all, delete-orphan", back_populates="group"
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.round})"


class RankingGroupKind(Identified, Model):
    """Narrows a group to some kinds of its level (wards apart from communes); a group without rows takes the whole level."""

    __tablename__ = "ranking_group_kind"
    __table_args__ = (UniqueConstraint("group_id", "kind_id"),)
    group_id: Mapped[int] = mapped_column(ForeignKey("ranking_group.id", ondelete="CASCADE"))
    kind_id: Mapped[int] = mapped_column(ForeignKey("unit_kind.id"))
    group: Mapped[RankingGroup] = relationship()
    kind: Mapped[UnitKind] = relationship()


class ClassBand(Identified, Model):
    """A class and its lower bound, bound included (for example Tốt from 80)."""

    __tablename__ = "class_band"
    __table_args__ = (UniqueConstraint("group_id", "name"), UniqueConstraint("group_id", "lower_bound"))
    group_id: Mapped[int] = mapped_column(ForeignKey("ranking_group.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    lower_bound: Mapped[Decimal] = mapped_column(Points)
    group: Mapped[RankingGroup] = relationship(back_populates="classes")


class Window(Versioned, Model):
    """When a stage is open for a level: from ``opens_at`` up to, not including, ``closes_at``."""

    __tablename__ = "stage_window"
    __table_args__ = (
        UniqueConstraint("round_id", "level_id", "stage"),
        CheckConstraint(words("stage", Stage), name="stage"),
        CheckConstraint("opens_at < closes_at", name="order"),
    )
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    level_id: Mapped[int] = mapped_column(ForeignKey("level.id"))
    stage: Mapped[Stage] = mapped_column(Word(Stage))
    opens_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime] = mapped_column(UtcDateTime)
    round: Mapped[Round] = relationship()
    level: Mapped[Level] = relationship()


class Extension(Identified, Model):
    """More time for one unit's stage: who gave it, why, until when. Also how a locked form is reopened."""

    __tablename__ = "extension"
    __table_args__ = (
        CheckConstraint(words("stage", Stage), name="stage"),
        ForeignKeyConstraint(["assessment_id", "unit_id"], ["assessment.id", "assessment.unit_id"]),
        Index("ix_extension_assessment_id", "assessment_id", "stage"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    stage: Mapped[Stage] = mapped_column(Word(Stage))
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(500))
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
