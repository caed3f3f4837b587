"""What documents were called when entries of a history named them, also those that are no longer there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from permissions.actor import system_scope


@dataclass(slots=True)
class Titles:
    """Number and title of documents over time. A number that SQLite gave anew names another document from then on."""

    past: dict[int, list[tuple[datetime, str]]] = field(default_factory=dict)
    present: dict[int, str] = field(default_factory=dict)

    def at(self, id_: int, moment: datetime) -> str:
        """Return what the document was called at a moment; empty where nothing tells of it."""
        known = [name for since, name in self.past.get(id_, ()) if since <= moment]
        return known[-1] if known else self.present.get(id_, "")


def titles(session: Session, ids: Iterable[int]) -> Titles:
    """Read what documents were and are called, by their trail; of older ones without a trail, by their row."""
    wanted = set(ids)
    if not wanted:
        return Titles()
    document, entry = m.Evidence, m.AuditEntry
    with system_scope("number and title of documents that entries in the reader's sight name"):
        rows = session.execute(select(document.id, document.number, document.title).where(document.id.in_(wanted)))
        present = {row.id: called(row.number, row.title) for row in rows}
        trail: Iterable[Any] = session.execute(
            select(entry.object_id, entry.at, entry.operation, entry.changes)
            .where(
                entry.object_type == document.__name__,
                entry.object_id.in_([str(id_) for id_ in wanted]),
                entry.operation != "delete",
            )
            .order_by(entry.id)
        )
        past: dict[int, list[tuple[datetime, str]]] = {}
        words: dict[str, dict[str, str]] = {}
        for object_id, at, operation, changes in trail:
            if operation == "create":
                words[object_id] = {}
            said = words.setdefault(object_id, {})
            said.update({name: changes[name][1] or "" for name in ("number", "title") if name in changes})
            past.setdefault(int(object_id), []).append((at, called(said.get("number", ""), said.get("title", ""))))
    return Titles(past, present)


def called(number: str, title: str) -> str:
    """Return what a document is called in a list."""
    return " ".join(part for part in (number, title) if part)
