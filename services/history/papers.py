"""What documents are called that entries of a history name, also those that are no longer there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from permissions.actor import system_scope


def titles(session: Session, ids: Iterable[int]) -> dict[int, str]:
    """Return number and title of documents by id; those that were removed are told by their trail."""
    wanted = set(ids)
    if not wanted:
        return {}
    document, entry = m.Evidence, m.AuditEntry
    with system_scope("number and title of documents that entries in the reader's sight name"):
        found = {
            row.id: called(row.number, row.title)
            for row in session.execute(
                select(document.id, document.number, document.title).where(document.id.in_(wanted))
            )
        }
        gone = wanted - found.keys()
        if gone:
            trail: Iterable[Any] = session.execute(
                select(entry.object_id, entry.changes)
                .where(
                    entry.object_type == document.__name__,
                    entry.object_id.in_([str(id_) for id_ in gone]),
                    entry.operation == "delete",
                )
                .order_by(entry.id)
            )
            found |= {int(id_): called(_last(changes, "number"), _last(changes, "title")) for id_, changes in trail}
    return found


def called(number: str, title: str) -> str:
    """Return what a document is called in a list."""
    return " ".join(part for part in (number, title) if part)


def _last(changes: Mapping[str, Any], name: str) -> str:
    before, _ = changes.get(name, (None, None))
    return str(before or "")
