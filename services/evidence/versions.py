"""The versions of the files of documents: what came when and from whom; none ever replaces another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

import models as m
from extensions import db
from rules.behalf import named
from rules.message import Message
from rules.vocabulary import Scan
from services.evidence.documents import Use, uses


@dataclass(frozen=True, slots=True)
class Version:
    """One version; ``author`` is empty where the reader may not know the person, ``size`` is in bytes."""

    id: int
    number: int
    name: str
    size: int
    kind: str
    scan: Scan
    author: Message | str
    created_at: datetime


def versions(document_ids: Iterable[int]) -> dict[int, list[Version]]:
    """Return the versions of each document that the reader may see, the newest first; one statement."""
    file, account = m.EvidenceFile, m.Account
    query = (
        select(
            file.evidence_id,
            file.id,
            file.number,
            file.name,
            file.size,
            file.kind,
            file.scan,
            func.coalesce(account.full_name, "").label("author"),
            file.author_for,
            file.created_at,
        )
        .outerjoin(account, account.id == file.author_id)
        .where(file.evidence_id.in_(set(document_ids)))
        .order_by(file.evidence_id, file.number.desc())
    )
    found: dict[int, list[Version]] = {}
    for row in db.session.execute(query):
        author = named(row.author, row.author_for)
        version = Version(row.id, row.number, row.name, row.size, row.kind, row.scan, author, row.created_at)
        found.setdefault(row.evidence_id, []).append(version)
    return found


def by_leaf(form: m.Assessment) -> dict[str, list[Use]]:
    """Return the documents named in a form by the code of their leaf; one statement."""
    found: dict[str, list[Use]] = {}
    for use in uses(form):
        found.setdefault(use.code, []).append(use)
    return found
