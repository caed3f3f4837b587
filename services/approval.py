"""Approval by field (Điều 7.4): the council approves, changes with a reason, or sends back; the chair closes the field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from models import clock
from models.situation import situation
from permissions.gate import Act, Refused, act, hidden
from rules.criteria import InputFault
from rules.message import M, Message
from rules.text import CONTROLS, nfc
from rules.verbs import Verb
from rules.vocabulary import Layer, State
from services import score as scores
from services import snapshot, subtotal
from services.appraisal import settle
from services.approval_board import Ticket, stamp
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import Leaf, leaf_of, leaves_of
from services.weighing import proposal_faults

MINUTES_LENGTH = 80
REASON_LENGTH = 1000


class MinutesFault(Exception):
    """Minutes without a usable number or day: field -> sentence. Nothing was approved."""

    def __init__(self, faults: dict[str, Message]) -> None:
        super().__init__("; ".join(map(str, faults.values())))
        self.faults = faults


class ReasonFault(Exception):
    """A reason that is too long or cannot be kept; a missing one is refused by the gate."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


@dataclass(frozen=True, slots=True)
class Minutes:
    """The record of the council's session that an approval stands on."""

    number: str
    held_on: date


@dataclass(frozen=True, slots=True)
class Failure:
    """A unit that an act on several could not be done for, and why not."""

    sheet: m.FieldSheet
    unit_name: str
    why: Message


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an act on several sheets."""

    count: int
    failed: list[Failure]


def read_minutes(number: str, held_on: date | None) -> Minutes:
    """Check number and day of the minutes. Raises ``MinutesFault``."""
    faults: dict[str, Message] = {}
    number = nfc(number).strip()
    if not number:
        faults["minutes_number"] = M("Enter the number of the minutes.")
    elif len(number) > MINUTES_LENGTH:
        faults["minutes_number"] = M("At most {limit} characters.", limit=MINUTES_LENGTH)
    elif CONTROLS.search(number):
        faults["minutes_number"] = M("This text holds a character that cannot be kept: type it again.")
    if held_on is None:
        faults["minutes_on"] = M("Enter the day of the minutes, for example 31/12/2024.")
    elif held_on > clock.now().astimezone(LOCAL_TIME).date():
        faults["minutes_on"] = M("The day of the minutes lies in the future.")
    elif held_on.year < 2000:
        faults["minutes_on"] = M("Enter the day of the minutes, for example 31/12/2024.")
    if faults or held_on is None:
        raise MinutesFault(faults)
    return Minutes(number, held_on)


def approve(tickets: Sequence[Ticket], minutes: Minutes) -> Done:
    """Approve the field for exactly these units as they were seen, one transaction a unit; the others fail by name.

    Raises ``Refused`` (hidden) before anything is done where a ticket names a sheet out of reach.
    """

    def decide(given: Act, sheet: m.FieldSheet) -> None:
        sheet.state = given.to or State.APPROVED
        sheet.minutes_number = minutes.number
        sheet.minutes_on = minutes.held_on
        subtotal.refresh(db.session(), [sheet])
        snapshot.take(given, sheet.assessment, Layer.COUNCIL, sheet)

    return _each(Verb.APPROVE, tickets, decide)


def close(tickets: Sequence[Ticket]) -> Done:
    """Close the field for exactly these approved units: the council is done with it. By the chair."""

    def decide(given: Act, sheet: m.FieldSheet) -> None:
        sheet.state = given.to or State.CLOSED
        snapshot.take(given, sheet.assessment, Layer.COUNCIL, sheet)

    return _each(Verb.CLOSE_FIELD, tickets, decide)


def _each(verb: Verb, tickets: Sequence[Ticket], decide: Callable[[Act, m.FieldSheet], None]) -> Done:
    wanted = {ticket.sheet_id: ticket for ticket in tickets}
    rows = db.session.execute(
        select(m.FieldSheet, m.Unit.name)
        .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
        .where(m.FieldSheet.id.in_(wanted))
        .order_by(m.FieldSheet.id)
    ).all()
    if len(rows) < len(wanted):
        raise hidden()
    count = 0
    failed: list[Failure] = []
    for sheet, unit_name in rows:
        try:
            with act(verb, sheet) as given:
                if stamp(sheet, leaves_of([sheet])[sheet.id]) != wanted[sheet.id].stamp:
                    raise _Changed  # noqa: TRY301 - rolls this one act back
                decide(given, sheet)
        except Refused as refused:
            failed.append(Failure(sheet, unit_name, refused.verdict.why or M("This is not possible now")))
        except _Changed:
            failed.append(Failure(sheet, unit_name, M("Somebody else changed this in the meantime.")))
        else:
            count += 1
    return Done(count, failed)


class _Changed(Exception):
    """The sheet is not as it was when the list was shown."""


def change(sheet: m.FieldSheet, criterion: m.Criterion, entry: Entry) -> m.Score:
    """Put the council's own points over the appraised ones, with a reason.

    Raises ``EntryFault``, ``StaleEntry`` and ``Refused``, also where the reason is missing.
    """
    with act(Verb.CHANGE, sheet, criteria=[criterion], reason=entry.reason) as given:
        leaf = _leaf(sheet, criterion, entry.version)
        faults = _change_faults(leaf, entry, sheet.assessment.round)
        if faults:
            raise EntryFault({criterion.code: faults})
        saved = scores.put(given, sheet.assessment, Layer.COUNCIL, [(criterion, entry)], sheet.assessment.round)[0]
        assert saved is not None  # noqa: S101 - only an empty entry leaves no row
        return saved


def _change_faults(leaf: Leaf, entry: Entry, round_: m.Round) -> dict[str, Message]:
    if entry.empty:
        return {"": M("Enter figures or points.")}
    faults = proposal_faults(leaf, entry)
    try:
        reading = scores.read(leaf.criterion, entry, Layer.COUNCIL, round_)
    except InputFault as fault:
        return {**fault.faults, **faults}
    before = leaf.appraised
    if before is not None and (reading.points, reading.not_applicable) == (before.points, before.not_applicable):
        faults[""] = M("These are the appraised points: there is nothing to change.")
    return faults


def undo_change(sheet: m.FieldSheet, criterion: m.Criterion, version: int, reason: str) -> None:
    """Take the council's own points back, so that the appraised ones stand.

    Raises ``StaleEntry``, ``ReasonFault`` and ``Refused``.
    """
    with act(Verb.CHANGE, sheet, criteria=[criterion], reason=_sound(reason)) as given:
        _leaf(sheet, criterion, version)
        entry = Entry(version=version)
        scores.put(given, sheet.assessment, Layer.COUNCIL, [(criterion, entry)], sheet.assessment.round)


def _leaf(sheet: m.FieldSheet, criterion: m.Criterion, version: int) -> Leaf:
    """Read a leaf of the sheet's own field under the lock; its council row must be the one that was seen."""
    leaf_of(sheet, criterion.id)
    leaf = next(one for one in leaves_of([sheet])[sheet.id] if one.criterion.id == criterion.id)
    if (leaf.council.version if leaf.council is not None else 0) != version:
        raise StaleEntry({criterion.code: leaf.council})
    return leaf


def send_back(sheet: m.FieldSheet, reason: str) -> None:
    """Send the field of one unit back to its helper, with the reason. Raises ``ReasonFault`` and ``Refused``.

    The minutes go, and so do the council's own points: on what comes back it decides anew. The audit trail keeps both.
    """
    with act(Verb.SEND_BACK, sheet, reason=_sound(reason)) as given:
        _return(given, sheet)


def reopen_field(sheet: m.FieldSheet, reason: str) -> None:
    """Bring a field that was handed in, approved, closed or published back to its helper, by a superior (Điều 4.1).

    As ``send_back``: minutes and the council's own points go. An edition in force stays until a new one replaces it.
    Raises ``ReasonFault`` and ``Refused``.
    """
    with act(Verb.REOPEN_FIELD, sheet, reason=_sound(reason)) as given:
        _return(given, sheet)


def _sound(reason: str) -> str:
    reason = nfc(reason).strip()
    if len(reason) > REASON_LENGTH:
        raise ReasonFault(M("At most {limit} characters.", limit=REASON_LENGTH))
    if CONTROLS.search(reason):
        raise ReasonFault(M("This text holds a character that cannot be kept: type it again."))
    return reason


def _return(given: Act, sheet: m.FieldSheet) -> None:
    snapshot.take(given, sheet.assessment, Layer.COUNCIL, sheet)  # what stood before it is undone
    leaves = leaves_of([sheet])[sheet.id]
    for leaf in leaves:
        if leaf.council is not None:
            db.session.delete(leaf.council)
    writing = situation(db.session(), sheet.assessment, given.now).of_sheet(sheet) is State.EXPLANATION
    settle(given, leaves, withdrawn=writing)
    sheet.state = given.to or State.APPRAISAL
    sheet.returned_reason = given.reason
    sheet.minutes_number = None
    sheet.minutes_on = None
    # What was released to the unit is being made anew: it reads of it again after the next release.
    sheet.assessment.released = Layer.SUPERIOR
    subtotal.refresh(db.session(), [sheet])
