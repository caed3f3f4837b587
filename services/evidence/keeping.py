"""Keeps the store and the rows together: checks what is stored, and sweeps what no row names. Call inside a system scope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from flask import current_app
from sqlalchemy import select

import models as m
from config import Config
from extensions import db
from rules.message import M, Message
from services.evidence.download import digest_of
from services.evidence.receiving import SUFFIX
from services.storage import Missing, Stored, incoming, storage

#: What is younger may belong to an upload under way.
AGE = timedelta(days=1)
BATCH = 500


@dataclass(slots=True)
class Checked:
    """How many files were read, and what is wrong; ``orphans`` are stored and named by no row, which a sweep mends."""

    files: int = 0
    orphans: int = 0
    faults: list[Message] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Swept:
    """How much was taken away: unfinished uploads, and stored bytes that no row names."""

    unfinished: int
    orphans: int


def check() -> Checked:
    """Read every stored file once and compare it with the SHA-256 in the rows (nightly; FI-11)."""
    found = Checked()
    store = storage()
    for digest in db.session.scalars(select(m.EvidenceFile.sha256).distinct().order_by(m.EvidenceFile.sha256)).all():
        found.files += 1
        try:
            with store.open(digest) as stream:
                same = digest_of(stream) == digest
        except Missing:
            found.faults.append(M("Evidence {digest} is missing: {files}.", digest=digest, files=_named(digest)))
            continue
        if not same:
            found.faults.append(M("Evidence {digest} was changed: {files}.", digest=digest, files=_named(digest)))
    found.orphans = sum(1 for _ in _orphans())
    return found


def _named(digest: str) -> str:
    """Return the numbers of the rows that rely on these bytes, to find whom to ask."""
    ids = db.session.scalars(
        select(m.EvidenceFile.id).where(m.EvidenceFile.sha256 == digest).order_by(m.EvidenceFile.id)
    )
    return ", ".join(map(str, ids))


def sweep(age: timedelta = AGE) -> Swept:
    """Take away unfinished uploads and stored bytes without a row that are older than ``age``."""
    before = datetime.now(UTC) - age
    store, taken = storage(), 0
    for stored in _orphans():
        # Asked again: an upload puts its bytes before its row, which may have come since the list was made.
        if stored.modified < before and (now := store.find(stored.key)) is not None and now.modified < before:
            store.delete(stored.key)
            taken += 1
    return Swept(sweep_unfinished(current_app.config["PARINDEX"], age), taken)


def sweep_unfinished(config: Config, age: timedelta = AGE) -> int:
    """Take away what uploads left that ended before they were stored; needs no database, so the start does it too."""
    before = (datetime.now(UTC) - age).timestamp()
    return sum(_taken(path, before) for path in incoming(config).glob(f"*{SUFFIX}"))


def _taken(path: Path, before: float) -> bool:
    with suppress(FileNotFoundError):  # another process was faster
        if path.stat().st_mtime < before:
            path.unlink()
            return True
    return False


def _orphans() -> Iterator[Stored]:
    """Yield what is stored and named by no row of any unit."""
    every = storage().list()
    while batch := list(islice(every, BATCH)):
        query = select(m.EvidenceFile.sha256).where(m.EvidenceFile.sha256.in_([stored.key for stored in batch]))
        named = set(db.session.scalars(query))
        yield from (stored for stored in batch if stored.key not in named)
