"""Evidence: documents that prove a score, the versions of their files, and where each is used."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Identified, Model, UtcDateTime, Versioned, Word, words
from models.criteria import Criterion
from models.unit import Unit
from rules import text
from rules.vocabulary import Scan, Stage


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


class EvidenceFile(Identified, Model):
    """One version of a document's file, counted from 1; a later version never replaces an earlier one.

    The bytes are stored once under their SHA-256, whoever brought them; ``name`` is what the user called the file, kept as
    data and never a path. ``size`` is in bytes, ``kind`` a word of ``rules/files.py``.
    """

    __tablename__ = "evidence_file"
    __table_args__ = (
        UniqueConstraint("evidence_id", "number"),
        UniqueConstraint("id", "evidence_id"),
        ForeignKeyConstraint(["evidence_id", "unit_id"], ["evidence.id", "evidence.unit_id"], ondelete="CASCADE"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("name <> ''", name="name"),
        CheckConstraint(words("scan", Scan), name="scan"),
        Index("ix_evidence_file_unit_id", "unit_id"),
        Index("ix_evidence_file_sha256", "sha256"),
    )
    evidence_id: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    number: Mapped[int] = mapped_column(default=1)
    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    kind: Mapped[str] = mapped_column(String(8))
    scan: Mapped[Scan] = mapped_column(Word(Scan), default=Scan.HELD)
    #: What the scanner found, or why the file is held.
    scan_note: Mapped[str] = mapped_column(String(200), default="")
    #: The photo tells where it was taken: its owner is warned, its readers are told.
    has_location: Mapped[bool] = mapped_column(default=False)
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    author_for: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence: Mapped[Evidence] = relationship(
        foreign_keys="EvidenceFile.evidence_id", primaryjoin="Evidence.id == EvidenceFile.evidence_id"
    )


class EvidenceLink(Identified, Model):
    """A document used for a leaf of an assessment, with the page that proves it.

    ``file_id`` is the version of the file that this form relies on: later versions leave it as it is. ``stage`` tells
    whether it came with the self-assessment or as further evidence with the explanation; then ``turn`` is that of the
    question it answers, so that what an earlier answer relied on stays as it was signed.
    """

    __tablename__ = "evidence_link"
    __table_args__ = (
        UniqueConstraint(
            "assessment_id",
            "criterion_id",
            "evidence_id",
            "stage",
            "turn",
            name="uq_evidence_link_assessment_id_criterion_id_evidence_id_stage",
        ),
        CheckConstraint("stage IN ('self_scoring', 'explanation')", name="stage"),
        CheckConstraint("turn >= 1 AND (turn = 1 OR stage = 'explanation')", name="turn"),
        ForeignKeyConstraint(["file_id", "evidence_id"], ["evidence_file.id", "evidence_file.evidence_id"]),
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
    file_id: Mapped[int | None]
    stage: Mapped[Stage] = mapped_column(Word(Stage), default=Stage.SELF_SCORING)
    turn: Mapped[int] = mapped_column(default=1)
    page: Mapped[str] = mapped_column(String(120), default="")
    file: Mapped[EvidenceFile | None] = relationship(
        foreign_keys="EvidenceLink.file_id", primaryjoin="EvidenceFile.id == EvidenceLink.file_id"
    )
    evidence: Mapped[Evidence] = relationship(
        foreign_keys="EvidenceLink.evidence_id", primaryjoin="Evidence.id == EvidenceLink.evidence_id"
    )
    criterion: Mapped[Criterion] = relationship(
        foreign_keys="EvidenceLink.criterion_id", primaryjoin="Criterion.id == EvidenceLink.criterion_id"
    )


@event.listens_for(Evidence.title, "set", propagate=True)
def _fill_search_column(evidence: Evidence, title: str, *_: object) -> None:
    evidence.title_search = text.fold(title)[:1000]
