"""Evidence: references to documents that prove a score, and where each is used."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, UtcDateTime, Versioned
from models.criteria import Criterion
from models.unit import Unit
from rules import text


class Evidence(Versioned, Model):
    """A document of a unit: number, date, issuer, title, link."""

    __tablename__ = "evidence"
    __table_args__ = (
        UniqueConstraint("id", "unit_id"),
        CheckConstraint("title <> ''", name="title"),
    )
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    number: Mapped[str] = mapped_column(String(80), default="")
    issued_on: Mapped[date | None]
    issuer: Mapped[str] = mapped_column(String(200), default="")
    title: Mapped[str] = mapped_column(String(500))
    title_search: Mapped[str] = mapped_column(String(1000), default="")
    link: Mapped[str] = mapped_column(String(1000), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    unit: Mapped[Unit] = relationship()

    def __str__(self) -> str:
        return " ".join(part for part in (self.number, self.title) if part)


class EvidenceLink(Identified, Model):
    """A document used for a leaf of an assessment, with the page that proves it."""

    __tablename__ = "evidence_link"
    __table_args__ = (
        UniqueConstraint("assessment_id", "criterion_id", "evidence_id"),
        ForeignKeyConstraint(
            ["assessment_id", "unit_id", "criteria_set_id"],
            ["assessment.id", "assessment.unit_id", "assessment.criteria_set_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["criteria_set_id", "criterion_id"], ["criterion.set_id", "criterion.id"]),
        ForeignKeyConstraint(["evidence_id", "unit_id"], ["evidence.id", "evidence.unit_id"], ondelete="CASCADE"),
        Index("ix_evidence_link_unit_id", "unit_id"),
    )
    assessment_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    criteria_set_id: Mapped[int]
    criterion_id: Mapped[int]
    evidence_id: Mapped[int]
    page: Mapped[str] = mapped_column(String(120), default="")
    evidence: Mapped[Evidence] = relationship(
        foreign_keys="EvidenceLink.evidence_id", primaryjoin="Evidence.id == EvidenceLink.evidence_id"
    )
    criterion: Mapped[Criterion] = relationship(
        foreign_keys="EvidenceLink.criterion_id", primaryjoin="Criterion.id == EvidenceLink.criterion_id"
    )


@event.listens_for(Evidence.title, "set", propagate=True)
def _fill_search_column(evidence: Evidence, title: str, *_: object) -> None:
    evidence.title_search = text.fold(title)[:1000]
