"""Notices to a unit: reminders (đôn đốc), a superior's change, a reopening. The log of nudges at the same time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Identified, Model, UtcDateTime


class Notice(Identified, Model):
    """One sentence for the people of a unit: an English message id with its parts."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_unit_id", "unit_id", "id"),)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    assessment_id: Mapped[int | None] = mapped_column(ForeignKey("assessment.id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(String(500))
    params: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    text: Mapped[str] = mapped_column(String(1000), default="")
    author_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
