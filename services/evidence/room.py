"""What a unit may still send, said before it chooses: kinds, sizes, number, and what is left of its quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import func, select

import models as m
from config import EvidenceSettings
from extensions import db
from rules.files import endings, size_text
from rules.message import Message


@dataclass(frozen=True, slots=True)
class Room:
    """The limits of uploads (docs/operations.md) and how much of a unit's quota is used, in bytes."""

    settings: EvidenceSettings
    used_bytes: int

    @property
    def endings(self) -> list[str]:
        return endings(self.settings.kinds)

    @property
    def file_bytes(self) -> int:
        return self.settings.file_bytes

    @property
    def file_size(self) -> Message:
        return size_text(self.settings.file_bytes)

    @property
    def files_per_item(self) -> int:
        return self.settings.files_per_item

    @property
    def left_bytes(self) -> int:
        return max(0, self.settings.unit_bytes - self.used_bytes)

    @property
    def left_size(self) -> Message:
        return size_text(self.left_bytes)

    @property
    def unit_size(self) -> Message:
        return size_text(self.settings.unit_bytes)


def room(form: m.Assessment) -> Room:
    """Return what is left to a form's unit; a file that it keeps twice counts once, as it is stored once."""
    file = m.EvidenceFile
    kept = select(file.sha256, file.size).where(file.unit_id == form.unit_id).distinct().subquery()
    used = db.session.scalar(select(func.coalesce(func.sum(kept.c.size), 0)))
    return Room(current_app.config["PARINDEX"].evidence, int(used or 0))


def counts(form: m.Assessment) -> dict[str, int]:
    """Return how many documents each leaf of a form names, by its code."""
    link, criterion = m.EvidenceLink, m.Criterion
    query = (
        select(criterion.code, func.count(link.id))
        .join(criterion, criterion.id == link.criterion_id)
        .where(link.assessment_id == form.id)
        .group_by(criterion.code)
    )
    return dict(db.session.execute(query).all())


def asked(sheet: m.FieldSheet) -> Sequence[str]:
    """Return the codes of the leaves of a form whose questions wait for an answer."""
    question, criterion = m.Question, m.Criterion
    query = (
        select(criterion.code)
        .join(question, question.criterion_id == criterion.id)
        .where(
            question.assessment_id == sheet.assessment_id,
            question.sent_at.is_not(None),
            question.settled_at.is_(None),
        )
    )
    return db.session.scalars(query).all()
