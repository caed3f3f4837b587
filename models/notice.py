"""Notices to a unit: reminders (đôn đốc), a superior's change, a reopening. The log of nudges at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Identified, Model, UtcDateTime
from rules.message import Message


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

    @property
    def message(self) -> Message:
        """The sentence, ready to be rendered in the reader's language."""
        return _read(self.message_id, self.params)


def stored(params: Mapping[str, object]) -> dict[str, Any]:
    """Return the parts of a message as JSON; a message inside keeps its own id and parts."""
    return {
        name: {"id": part.id, "params": stored(part.params)} if isinstance(part, Message) else str(part)
        for name, part in params.items()
    }


def _read(id_: str, params: Mapping[str, Any]) -> Message:
    parts = {
        name: _read(part["id"], part["params"]) if isinstance(part, dict) else part for name, part in params.items()
    }
    return Message(id_, parts)
