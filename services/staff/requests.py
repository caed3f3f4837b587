"""The leader's side: one draft of the unit at a time, its rows, and what was sent (Điều 8)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from permissions.actor import current_actor
from permissions.gate import Act, Refused, act, hidden
from permissions.policies import judge
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import StaffMove
from services.account.sessions import local_day
from services.faults import Fault
from services.staff.changes import Desk, Entry, desk

#: Requests on one page.
PAGE = 10


@dataclass(frozen=True, slots=True)
class Listed:
    """A request with its rows, and the logins of those of its people whose accounts the reader may see."""

    request: m.StaffRequest
    rows: list[m.StaffChange]
    logins: dict[int, str]


def own_unit() -> m.Unit:
    """Return the unit of the chosen post."""
    actor = current_actor()
    authority = None if actor is None else actor.authority
    unit = None if authority is None else db.session.get(m.Unit, authority.unit_id)
    if unit is None:
        raise hidden()
    return unit


def why_closed(unit: m.Unit) -> Message | None:
    """Return why nothing can be reported now, though the role reports: a restriction; None where it can."""
    actor = current_actor()
    verdict = None if actor is None else judge(db.session(), actor, Verb.REPORT_STAFF, unit)
    return None if verdict is None or verdict.ok else verdict.why


def draft(unit_id: int) -> m.StaffRequest | None:
    """Return the list that was not sent yet."""
    query = select(m.StaffRequest).where(m.StaffRequest.unit_id == unit_id, m.StaffRequest.sent_at.is_(None))
    return db.session.scalar(query.order_by(m.StaffRequest.id).limit(1))


def own_draft(unit: m.Unit) -> Listed | None:
    """Return the unit's draft with its rows."""
    found = draft(unit.id)
    return None if found is None else with_rows([found])[0]


def draft_row(change_id: int) -> m.StaffChange:
    """Return a row of the own draft to change it. Raises the refusal of a row that is not there, or was sent."""
    row = db.session.get(m.StaffChange, change_id)
    if row is None or row.unit_id != own_unit().id:
        raise hidden()
    if row.request.sent_at is not None:
        raise _conflict(M("This list was sent already: its rows change by the decisions of Sở Nội vụ only."))
    return row


def sent(unit_id: int, page: int = 1) -> tuple[list[Listed], int]:
    """Return a page of the requests sent, the newest first, and how many pages there are; four statements."""
    request = m.StaffRequest
    of_unit = (request.unit_id == unit_id, request.sent_at.is_not(None))
    total = db.session.scalar(select(func.count()).select_from(request).where(*of_unit)) or 0
    found = db.session.scalars(
        select(request)
        .where(*of_unit)
        .options(joinedload(request.author))
        .order_by(request.sent_at.desc(), request.id.desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE)
    ).all()
    return with_rows(found), max(1, -(-total // PAGE))


def with_rows(requests: Sequence[m.StaffRequest]) -> list[Listed]:
    """Return requests with their rows, in two statements."""
    change = m.StaffChange
    rows: dict[int, list[m.StaffChange]] = {request.id: [] for request in requests}
    for row in db.session.scalars(select(change).where(change.request_id.in_(rows)).order_by(change.number)):
        rows[row.request_id].append(row)
    people = {row.account_id for of_one in rows.values() for row in of_one if row.account_id is not None}
    account = m.Account
    named = db.session.execute(select(account.id, account.username).where(account.id.in_(people))).all()
    logins = {row.id: row.username for row in named}
    return [Listed(request, rows[request.id], logins) for request in requests]


def add(entry: Entry) -> None:
    """Add a row to the unit's draft, which begins with its first row. Raises ``Fault``."""
    unit = own_unit()
    with _reporting(unit) as doing:
        _put(doing, unit, desk(unit.id, local_day(doing.now)), [entry])


def add_all(entries: Sequence[Entry]) -> None:
    """Add the rows of a file that was looked at, all or none. Raises ``Refused`` where something changed meanwhile."""
    unit = own_unit()
    try:
        with _reporting(unit) as doing:
            _put(doing, unit, desk(unit.id, local_day(doing.now)), entries)
    except Fault as fault:
        why = next(iter(fault.faults.values()))
        raise _conflict(M("Something changed since this preview: {why}", why=why)) from fault


def change(change_id: int, version: int, entry: Entry) -> None:
    """Change a row of the draft. Raises ``Fault``, and ``Refused`` where a colleague changed it in between."""
    unit = own_unit()
    with _reporting(unit) as doing:
        row = _again(change_id, version)
        entry, faults = desk(unit.id, local_day(doing.now), without=[row.id]).check(entry)
        if faults:
            raise Fault(faults)
        _fill(row, entry)


def remove(change_id: int, version: int) -> None:
    """Take a row out of the draft; with the last one the draft goes."""
    unit = own_unit()
    with _reporting(unit):
        row = _again(change_id, version)
        request = row.request
        db.session.delete(row)
        db.session.flush()
        if db.session.scalar(select(m.StaffChange.id).where(m.StaffChange.request_id == request.id).limit(1)) is None:
            db.session.delete(request)


def send(request_id: int) -> bool:
    """Send a draft to Sở Nội vụ; False where it was sent before (a second press). Raises ``Fault`` for what no longer stands."""
    unit = own_unit()
    with _reporting(unit) as doing:
        request = db.session.get(m.StaffRequest, request_id, populate_existing=True)
        if request is None or request.unit_id != unit.id:
            raise hidden()
        if request.sent_at is not None:
            return False
        rows = with_rows([request])[0].rows
        table = desk(unit.id, local_day(doing.now), without=[row.id for row in rows])
        for row in rows:
            entry, faults = table.check(_entry(row))
            if faults:
                why = next(iter(faults.values()))
                raise Fault(M("Row {number} ({name}): {why}", number=row.number, name=row.full_name, why=why))
            table.take(entry)
            _fill(row, entry)  # name and function as they are today
        assert doing.actor is not None  # noqa: S101 - nobody reports without an actor
        request.sent_at, request.author_id = doing.now, doing.actor.account_id
    return True


@contextmanager
def _reporting(unit: m.Unit) -> Iterator[Act]:
    """Report in the name of the unit: its row is locked, so that two presses come one after the other."""
    with act(Verb.REPORT_STAFF, unit) as doing:
        yield doing


def _put(doing: Act, unit: m.Unit, table: Desk, entries: Sequence[Entry]) -> None:
    assert doing.actor is not None  # noqa: S101 - nobody reports without an actor
    sound = []
    for given in entries:
        entry, faults = table.check(given)
        if faults:
            raise Fault(faults)
        table.take(entry)
        sound.append(entry)
    request = draft(unit.id)
    if request is None:
        request = m.StaffRequest(unit_id=unit.id, author_id=doing.actor.account_id, created_at=doing.now)
        db.session.add(request)
        db.session.flush()
    last = db.session.scalar(select(func.max(m.StaffChange.number)).where(m.StaffChange.request_id == request.id))
    for number, entry in enumerate(sound, start=(last or 0) + 1):
        row = m.StaffChange(request_id=request.id, unit_id=unit.id, number=number)
        _fill(row, entry)
        db.session.add(row)


def _fill(row: m.StaffChange, entry: Entry) -> None:
    assert entry.move is not None  # noqa: S101 - checked before
    assert entry.effective_on is not None  # noqa: S101 - checked before
    row.move, row.account_id = entry.move, entry.account_id
    row.full_name, row.email, row.function = entry.full_name, entry.email, entry.function
    row.effective_on, row.destination, row.note = entry.effective_on, entry.destination, entry.note


def _entry(row: m.StaffChange) -> Entry:
    account_id = None if row.move is StaffMove.RECRUITED else row.account_id
    return Entry(
        row.move, account_id, row.full_name, row.email, row.function, row.effective_on, row.destination, row.note
    )


def _again(change_id: int, version: int) -> m.StaffChange:
    """Read a row of the draft again, inside the act that locked its unit."""
    found = db.session.get(m.StaffChange, change_id, populate_existing=True)
    if found is None:
        raise hidden()
    db.session.refresh(found.request)
    row = draft_row(change_id)
    if row.version != version:
        raise _conflict(M("Somebody else changed this in the meantime."))
    return row


def _conflict(why: Message) -> Refused:
    return Refused(Verdict(False, Refusal.STATE, why, M("Look at the present state and decide again.")))
