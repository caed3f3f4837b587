"""One row of a staff-change request as it was typed, and what may be wrong with it; the form and the file ask here alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

import models as m
from extensions import db
from rules.message import M, Message
from rules.text import CONTROLS, fold, nfc
from rules.vocabulary import Function, StaffDecision, StaffMove
from services.staff.roster import Member, present

#: What a unit's leader may ask for; other posts are given by Sở Nội vụ of itself.
FUNCTIONS = (Function.OFFICER, Function.LEADER)
#: Moves of somebody who is in the unit.
LEAVING = (StaffMove.MOVED, StaffMove.RETIRED, StaffMove.LEFT)
#: A day further away, before or after, is a slip of the pen.
FURTHEST = timedelta(days=366)
#: Rows of one request.
MOST_ROWS = 200
LENGTHS = {"full_name": 120, "email": 200, "destination": 200, "note": 500}
_TOO_MANY = M("A list holds {count} rows at most: send it and begin another one.", count=MOST_ROWS)
#: A newcomer is known by name, address and first day alone.
Newcomer = tuple[str, str, date | None]


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered of one person; ``account_id`` for somebody of the unit, name and function for somebody recruited."""

    move: StaffMove | None
    account_id: int | None = None
    full_name: str = ""
    email: str = ""
    function: Function | None = None
    effective_on: date | None = None
    destination: str = ""
    note: str = ""

    @property
    def newcomer(self) -> Newcomer:
        return fold(self.full_name), self.email.lower(), self.effective_on

    @property
    def plain(self) -> list[Any]:
        """The entry as values that JSON keeps, in the order of its parts."""
        day = self.effective_on and self.effective_on.isoformat()
        return [self.move, self.account_id, self.full_name, self.email, self.function, day, self.destination, self.note]

    @classmethod
    def of_plain(cls, values: Sequence[Any]) -> Entry:
        move, account_id, full_name, email, function, day, destination, note = values
        known = None if function is None else Function(function)
        return cls(StaffMove(move), account_id, full_name, email, known, date.fromisoformat(day), destination, note)


@dataclass(slots=True)
class Desk:
    """What an entry is compared with: the unit's staff, and who stands in a row that is not decided yet."""

    members: dict[int, Member]
    today: date
    taken: set[int] = field(default_factory=set)
    newcomers: set[Newcomer] = field(default_factory=set)
    #: Rows that the draft holds.
    rows: int = 0

    def member(self, username: str) -> Member | None:
        return next((one for one in self.members.values() if one.username == username.lower()), None)

    def check(self, entry: Entry) -> tuple[Entry, dict[str, Message]]:
        """Return the entry as it would be kept, and a sentence for each field that cannot stand."""
        faults: dict[str, Message] = {}
        entry = self._clean(entry, faults)
        if entry.move is None:
            return entry, {"move": M("Choose what happens.")}
        if self.rows >= MOST_ROWS:
            faults[""] = _TOO_MANY
        entry = self._newcomer(entry, faults) if entry.move is StaffMove.RECRUITED else self._leaver(entry, faults)
        if entry.effective_on is None:
            faults.setdefault("effective_on", M("Enter the day, for example 01/12/2024."))
        elif abs(entry.effective_on - self.today) > FURTHEST:
            faults["effective_on"] = M("The day lies more than a year away; correct it.")
        return entry, faults

    def take(self, entry: Entry) -> None:
        """Count an entry in: the next one for the same person is a fault."""
        self.rows += 1
        if entry.account_id is None:
            self.newcomers.add(entry.newcomer)
        else:
            self.taken.add(entry.account_id)

    @staticmethod
    def _clean(entry: Entry, faults: dict[str, Message]) -> Entry:
        texts: dict[str, Any] = {name: " ".join(nfc(getattr(entry, name)).split()) for name in LENGTHS}
        for name, text in texts.items():
            if CONTROLS.search(text):
                faults[name] = M("This text holds characters that cannot be kept; type it again.")
            elif len(text) > LENGTHS[name]:
                faults[name] = M("At most {limit} characters.", limit=LENGTHS[name])
        return replace(entry, **texts)

    def _newcomer(self, entry: Entry, faults: dict[str, Message]) -> Entry:
        entry = replace(entry, account_id=None)
        if not entry.full_name:
            faults.setdefault("full_name", M("Enter the full name."))
        if entry.email and not _looks_like_email(entry.email):
            faults.setdefault("email", M("Not an e-mail address; write it like ten@tinh.gov.vn, or leave it empty"))
        if entry.function not in FUNCTIONS:
            faults.setdefault("function", M("Choose the function in your unit."))
        if entry.destination:
            faults.setdefault("destination", M("Only for somebody who moves; leave it empty."))
        if entry.newcomer in self.newcomers:
            faults.setdefault("full_name", M("This person stands in a row that is not decided yet."))
        return entry

    def _leaver(self, entry: Entry, faults: dict[str, Message]) -> Entry:
        member = self.members.get(entry.account_id or 0)
        if member is None:
            # Somebody of another unit answers like somebody who is not there (Điều 4.2).
            faults["account_id"] = M("Nobody of your unit is meant by this; choose a person of the list.")
            return entry
        if member.account_id in self.taken:
            faults["account_id"] = M("This person stands in a row that is not decided yet.")
        if entry.move is StaffMove.MOVED and not entry.destination:
            faults.setdefault("destination", M("Say where the person goes."))
        if entry.move is not StaffMove.MOVED and entry.destination:
            faults.setdefault("destination", M("Only for somebody who moves; leave it empty."))
        function = next(iter(member.functions), None)
        return replace(entry, full_name=member.full_name, email=member.email, function=function)


def desk(unit_id: int, today: date, *, without: Iterable[int] = ()) -> Desk:
    """Lay out what entries of a unit are compared with, in three statements; ``without`` leaves rows out by their ids."""
    change, request = m.StaffChange, m.StaffRequest
    found = Desk({one.account_id: one for one in present(unit_id, today)}, today)
    left_out = set(without)
    for id_, account_id, name, email, day, sent_at in db.session.execute(
        select(change.id, change.account_id, change.full_name, change.email, change.effective_on, request.sent_at)
        .join(request, request.id == change.request_id)
        .where(change.unit_id == unit_id, change.decision == StaffDecision.PENDING)
    ):
        if id_ in left_out:
            continue
        found.rows += sent_at is None
        if account_id is None:
            found.newcomers.add((fold(name), email.lower(), day))
        else:
            found.taken.add(account_id)
    return found


def _looks_like_email(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and "." in host.strip(".")) and " " not in text and "@" not in host
