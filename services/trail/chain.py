"""Recompute the chain of the audit trail: every entry as it was sealed, in its order, from the oldest kept to the newest (LO-04).

What it finds: an altered, re-dated, exchanged, removed or added entry, an entry sealed with a key that is not or no longer used,
a head that was written from outside, a tail that was cut off. Whoever sets the whole database back to an earlier state, head
included, makes a chain that is whole: that is found against a head noted elsewhere (``--audit-head``, or the log of a collector).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from models import AuditEntry, AuditHead
from permissions import seals, stored, trail
from rules.message import M, Message

#: So many faults are told one by one; the others are counted.
MOST_TOLD = 40


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
        heads = stored.heads(session.connection())
        chain = _recomputed(session, heads, noted)
        now = stored.heads(session.connection())
        if [_beginning(head) for head in now] == [_beginning(head) for head in heads]:
            return chain


def _beginning(head: Mapping[str, Any]) -> tuple[Any, ...]:
    return head["id"], head["first_id"], head["older"]


def _recomputed(session: Session, heads: list[dict[str, Any]], noted: Noted | None) -> Chain:
    chain, connection = Chain(), session.connection()
    head = next((head for head in heads if head["id"] == trail.HEAD_ID), None)
    if others := len(heads) - (head is not None):
        chain.fault(M("{count} more ends of the audit trail's chain were added from outside.", count=others))
    if head is None:
        chain.fault(M("The end of the audit trail's chain is missing."))
        head = stored.ends(connection) | {"older": 0, "older_digest": "", "mac": ""}
    elif not seals.sound(head):
        chain.fault(M("The end of the audit trail's chain was changed from outside."))
        head = head | {
            name: kept for name, kept in stored.ends(connection).items() if type(head[name]) is not type(kept)
        }
    chain.last_id, chain.seal = head["last_id"], head["seal"]
    _older(chain, connection, head)
    walk = _Walk(chain, head, noted)
    for entry in stored.entries(connection, head["first_id"], head["last_id"]):
        walk.on(entry)
    walk.end()
    late = AuditEntry.id > head["last_id"]
    if seals.sound(head):  # a write that goes on meanwhile moves the end
        late &= AuditEntry.id > select(AuditHead.last_id).where(AuditHead.id == trail.HEAD_ID).scalar_subquery()
    if after := session.scalar(select(func.count()).where(late)):
        chain.fault(M("{count} audit entries stand after the end of the chain.", count=after))
    return chain


def _older(chain: Chain, connection: Connection, head: Mapping[str, Any]) -> None:
    """Hold what stands below the chain against what the head counts: after a purge nothing."""
    chain.unsealed, digest = stored.older(connection, head["first_id"])
    if chain.unsealed != head["older"]:
        chain.fault(
            M(
                "{count} audit entries stand before the beginning of the chain, where {older} were left.",
                count=chain.unsealed,
                older=head["older"] if isinstance(head["older"], int) else 0,
            )
        )
    elif digest != head["older_digest"]:
        chain.fault(M("The audit entries before the beginning of the chain were changed."))


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
        #: The seal of the last entry that was whole.
        self.good: str = head["start_seal"]
        if noted is not None and noted.number < self.last:
            chain.fault(M("The head noted as number {id} is older than the oldest entry kept.", id=noted.number))
        self._held(self.last, head["start_seal"])

    def on(self, entry: Mapping[str, Any]) -> None:
        id_, found = entry["id"], entry["seal"]
        if id_ != self.last + 1:
            self._gap(self.last + 1, id_ - 1)
        self.chain.sealed += 1
        place = self.place.get(seals.named(found)) if found else None
        whole = place is not None and self._fits(self.keys[place], entry)
        if not found:
            self.chain.fault(M("Audit entry {id} has no seal.", id=id_))
        elif place is None:
            self.chain.fault(M("Audit entry {id} is sealed with an unknown key.", id=id_))
        elif not whole and self.before is None:
            self.chain.fault(M("Audit entry {id} cannot be checked: the one before it is missing.", id=id_))
        elif not whole:
            self.chain.fault(M("Audit entry {id} does not match its seal: it, or its place, was changed.", id=id_))
        elif place > self.newest:
            self.chain.fault(M("Audit entry {id} is sealed with a key that had been replaced before.", id=id_))
        elif entry["operation"] == "broken":
            self.chain.fault(M("Before audit entry {id} the end of the chain had been changed from outside.", id=id_))
        if place is not None and (whole or self.before is None):
            self.newest = min(self.newest, place)
        self.last, self.before = id_, found or ""
        self.good = self.before if whole else self.good
        self._held(id_, self.before)

    def _fits(self, key: bytes, entry: Mapping[str, Any]) -> bool:
        """Tell whether an entry follows the one before it, or the last that was whole where others were put between."""
        return any(stored.fits(key, one, entry) for one in {self.before, self.good} if one is not None)

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
