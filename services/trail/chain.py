"""Recompute the chain of the audit trail: every entry as it was sealed, in its order, from the oldest kept to the newest (LO-04).

What it finds: an altered, re-dated, exchanged, removed or added entry, an entry sealed with a key that is not or no longer used,
a head that was written from outside, a tail that was cut off. Whoever sets the whole database back to an earlier state, head
included, makes a chain that is whole: that is found against a head noted elsewhere (``--audit-head``, or the log of a collector).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, String, Text, cast, func, select, type_coerce
from sqlalchemy.orm import Session

from models import AuditEntry, AuditHead
from permissions import seals
from rules.message import M, Message

#: Entries are read so many at a time: memory does not grow with the trail.
BATCH = 2000
#: So many faults are told one by one; the others are counted.
MOST_TOLD = 40
#: Read as they lie in the database, so that a value nobody could have written is named and stops nothing.
_RAW: dict[str, ColumnElement[Any]] = {
    "at": type_coerce(AuditEntry.at, String),
    "layer": type_coerce(AuditEntry.layer, Integer),
    "changes": cast(AuditEntry.changes, Text),
}
COLUMNS = tuple(_RAW.get(name, getattr(AuditEntry, name)).label(name) for name in (*seals.SEALED, "seal"))


@dataclass(frozen=True, slots=True)
class Noted:
    """A head of the chain that somebody wrote down earlier: number and seal of what was then the last entry."""

    number: int
    seal: str

    @classmethod
    def read(cls, text: str) -> Noted | None:
        """Read ``NUMBER:SEAL``; None for anything else."""
        found = re.fullmatch(r"\s*([0-9]{1,18}):([0-9a-f]{64})\s*", text)
        return None if found is None else cls(int(found[1]), found[2])


@dataclass(slots=True)
class Chain:
    """What was found: how many entries are sealed, and how many are older than the chain; the last number and its seal."""

    sealed: int = 0
    unsealed: int = 0
    last_id: int = 0
    seal: str = ""
    faulty: int = 0
    faults: list[Message] = field(default_factory=list)

    @property
    def head(self) -> str:
        """The head to note: ``NUMBER:SEAL``; empty while nothing is sealed."""
        return f"{self.last_id}:{self.seal}" if self.seal else ""

    def fault(self, told: Message) -> None:
        self.faulty += 1
        if self.faulty <= MOST_TOLD:
            self.faults.append(told)

    def all_faults(self) -> list[Message]:
        """Return the faults told, and how many more there are."""
        more = self.faulty - len(self.faults)
        return [*self.faults, M("And {more} more faults of the audit trail.", more=more)] if more else self.faults


def verify(session: Session, noted: Noted | None = None) -> Chain:
    """Recompute the chain, call inside a system scope; begin anew where the oldest entries were taken away meanwhile."""
    while True:
        head = _head(session)
        chain = _recomputed(session, head, noted)
        now = _head(session)
        if head is None or now is None or now["first_id"] == head["first_id"]:
            return chain


def _head(session: Session) -> Mapping[str, Any] | None:
    columns = (getattr(AuditHead, name) for name in ("first_id", "last_id", "start_seal", "seal", "mac"))
    found = session.execute(select(*columns)).mappings().one_or_none()
    return None if found is None else dict(found)


def _recomputed(session: Session, head: Mapping[str, Any] | None, noted: Noted | None) -> Chain:
    chain = Chain()
    if head is None:
        chain.fault(M("The end of the audit trail's chain is missing."))
        return chain
    chain.last_id, chain.seal = head["last_id"], head["seal"]
    if not seals.sound(head):
        chain.fault(M("The end of the audit trail's chain was changed from outside."))
    chain.unsealed = session.scalar(select(func.count()).where(AuditEntry.id < head["first_id"])) or 0
    walk = _Walk(chain, head, noted)
    for entry in _entries(session, head):
        walk.on(entry)
    walk.end()
    late = select(func.count()).where(AuditEntry.id > select(func.max(AuditHead.last_id)).scalar_subquery())
    if after := session.scalar(late):
        chain.fault(M("{count} audit entries stand after the end of the chain.", count=after))
    return chain


def _entries(session: Session, head: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    last = head["first_id"] - 1
    while True:
        query = select(*COLUMNS).where(AuditEntry.id > last, AuditEntry.id <= head["last_id"])
        rows = session.execute(query.order_by(AuditEntry.id).limit(BATCH)).mappings().all()
        yield from map(dict, rows)
        if len(rows) < BATCH:
            return
        last = rows[-1]["id"]


def fits(key: bytes, before: str, raw: Mapping[str, Any]) -> bool:
    """Tell whether an entry, as it lies in the database, is what was sealed with this key after ``before``."""
    try:
        entry = dict(raw) | {"at": _moment(raw["at"]), "changes": json.loads(raw["changes"])}
    except (ValueError, TypeError):
        return False  # no moment, or no JSON
    return seals.same(seals.seal(key, before, entry), raw["seal"])


def _moment(raw: Any) -> datetime:
    """Read what SQLite keeps as text in UTC, and PostgreSQL as a moment."""
    found = raw if isinstance(raw, datetime) else datetime.fromisoformat(raw)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


class _Walk:
    """One way through the chain, entry by entry."""

    def __init__(self, chain: Chain, head: Mapping[str, Any], noted: Noted | None) -> None:
        self.chain = chain
        self.head = head
        self.noted = noted
        self.keys = seals.keys()
        #: Of each key its place, the newest first: once a key has sealed, no older one does.
        self.place = {seals.name_of(key): place for place, key in enumerate(self.keys)}
        self.newest = len(self.keys)
        self.last = head["first_id"] - 1
        #: The seal that the next entry is bound to; unknown after a gap.
        self.before: str | None = head["start_seal"]
        if noted is not None and noted.number < self.last:
            chain.fault(M("The head noted as number {id} is older than the oldest entry kept.", id=noted.number))
        self._held(self.last, head["start_seal"])

    def on(self, entry: Mapping[str, Any]) -> None:
        id_, found = entry["id"], entry["seal"]
        if id_ != self.last + 1:
            self._gap(self.last + 1, id_ - 1)
        self.chain.sealed += 1
        place = self.place.get(seals.named(found)) if found else None
        if not found:
            self.chain.fault(M("Audit entry {id} has no seal.", id=id_))
        elif place is None:
            self.chain.fault(M("Audit entry {id} is sealed with an unknown key.", id=id_))
        elif self.before is None:
            self.chain.fault(M("Audit entry {id} cannot be checked: the one before it is missing.", id=id_))
        elif not fits(self.keys[place], self.before, entry):
            self.chain.fault(M("Audit entry {id} does not match its seal: it, or its place, was changed.", id=id_))
        elif place > self.newest:
            self.chain.fault(M("Audit entry {id} is sealed with a key that had been replaced before.", id=id_))
        elif entry["operation"] == "broken":
            self.chain.fault(M("Before audit entry {id} the end of the chain had been changed from outside.", id=id_))
        if place is not None:
            self.newest = min(self.newest, place)
        self.last, self.before = id_, found
        self._held(id_, found)

    def end(self) -> None:
        """Hold what was walked against the head, and against the head noted earlier."""
        if self.last < self.head["last_id"]:
            self._gap(self.last + 1, self.head["last_id"])
        elif self.before != self.head["seal"]:
            self.chain.fault(M("The last audit entry is not the one at which the chain ends."))
        if self.noted is not None and self.noted.number > self.head["last_id"]:
            self.chain.fault(
                M(
                    "The chain ends at {last}, before the head noted as number {id}: its tail was cut off.",
                    last=self.head["last_id"],
                    id=self.noted.number,
                )
            )

    def _held(self, id_: int, found: str) -> None:
        if self.noted is not None and self.noted.number == id_ and not seals.same(self.noted.seal, found):
            self.chain.fault(M("Audit entry {id} has another seal than the head noted earlier.", id=id_))

    def _gap(self, first: int, last: int) -> None:
        self.before = None
        if first == last:
            self.chain.fault(M("Audit entry {id} is missing.", id=first))
        else:
            self.chain.fault(M("Audit entries {first} to {last} are missing.", first=first, last=last))
