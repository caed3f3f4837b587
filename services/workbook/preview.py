"""What a filled workbook would change: faults, conflicts, changes. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from rules.criteria import InputFault
from rules.message import M, Message
from rules.points import Rule
from services.score import Entry
from services.tabular.faults import MAX_FAULTS
from services.workbook.layout import Filled, Slot, holds, shown, slots_of, yes_no
from services.workbook.reading import CellFault, CellReader, FileContent, FileRow, place_of

#: The version of no row: what comes with it is a conflict.
STALE = -1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an entry comes to; ``points`` is None where it is empty or does not apply. ``faults`` by field name."""

    points: Decimal | None = None
    not_applicable: bool = False
    arithmetic: Message | None = None
    faults: Mapping[str, Message] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Target:
    """One leaf in the system that a row of a file may fill in."""

    key: str
    code: str
    name: str
    rule: Rule
    present: Filled
    version: int
    points: Decimal | None
    not_applicable: bool
    weigh: Callable[[Entry], Outcome]
    #: Why nothing can be entered here, or None.
    closed: Message | None = None
    unit_code: str = ""
    unit: str = ""
    author: Message | str = ""
    at: datetime | None = None
    #: The claim that an appraisal answers.
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """What a file says of one leaf. ``version`` is that of the row it was made from, ``seen`` that of the row in the preview."""

    key: str
    version: int
    seen: int
    filled: Filled

    def packed(self) -> list[Any]:
        return [self.key, self.version, self.seen, *self.filled.packed()]

    @classmethod
    def unpacked(cls, values: Sequence[Any]) -> Given:
        key, version, seen, *filled = values
        return cls(key, version, seen, Filled(*filled))

    @property
    def entry(self) -> Entry:
        return self.filled.entry(self.seen)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: its label, what stands in the system, what the file says."""

    label: str | Message
    before: str | Message
    after: str | Message


@dataclass(frozen=True, slots=True)
class Change:
    """One leaf that would change."""

    target: Target
    given: Given
    outcome: Outcome
    differences: list[Difference]

    @property
    def moved(self) -> Decimal:
        return (self.outcome.points or Decimal(0)) - (self.target.points or Decimal(0))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do. With any fault nothing of it can be applied."""

    faults: list[CellFault]
    conflicts: list[Change]
    changes: list[Change]
    unchanged: int
    formulas: list[str] = field(default_factory=list)
    ignored: list[Message] = field(default_factory=list)
    left_out: int = 0

    @property
    def given(self) -> list[Given]:
        return [change.given for change in (*self.changes, *self.conflicts)]


def of_file(content: FileContent, targets: Mapping[str, Target]) -> Preview:
    """Compare the rows of a file with what stands in the system."""
    work = _Comparing()
    seen: dict[str, FileRow] = {}
    for row in content.rows:
        target = targets.get(row.key)
        if target is None:
            work.fault(row.place("code"), "", M("This row belongs to no item of this form: delete the row."))
        elif row.key in seen:
            words = M("This item stands already in row {row}: delete one of the two.", row=seen[row.key].number)
            work.fault(row.place("code"), target.code, words)
        elif (row.code, row.unit) != (target.code, target.unit_code):
            words = M("The row was moved apart from its hidden number: download the form anew and fill in that one.")
            work.fault(row.place("code"), target.code, words)
        else:
            seen[row.key] = row
            work.row(content, row, target)
    return work.preview(content.ignored)


def of_given(given: Sequence[Given], targets: Mapping[str, Target]) -> Preview:
    """Compare what a preview showed before with what stands in the system now."""
    work = _Comparing()
    for one in given:
        target = targets.get(one.key)
        if target is None:
            work.fault("", "", M("An item of this file is not open to you any more: upload the file again."))
        else:
            work.compare(one.filled, one.version, target, lambda _name: "")
    return work.preview([])


class _Comparing:
    def __init__(self) -> None:
        self.faults: list[CellFault] = []
        self.conflicts: list[Change] = []
        self.changes: list[Change] = []
        self.formulas: list[str] = []
        self.unchanged = 0

    def fault(self, cell: str, code: str, message: Message) -> None:
        self.faults.append(CellFault(cell, code, message))

    def row(self, content: FileContent, row: FileRow, target: Target) -> None:
        slots = slots_of(target.rule)
        cells = CellReader(content, row, slots)
        filled = cells.filled()
        self.formulas += cells.formulas
        if cells.faults:
            self.faults += cells.faults
        elif filled.mark == row.was:
            self.unchanged += 1  # nobody touched the row, whatever happened in the system since
        else:
            fresh = row.claim in ("", target.claim)
            self.compare(
                filled, row.version if fresh else STALE, target, lambda name: place_of(row, target.rule, slots, name)
            )

    def compare(self, filled: Filled, version: int, target: Target, place: Callable[[str], str]) -> None:
        if filled.mark == target.present.mark:
            self.unchanged += 1
            return
        if target.closed is not None:
            self.fault(place(""), _named(target), target.closed)
            return
        given = Given(target.key, version, target.version, filled)
        outcome = target.weigh(given.entry)
        if outcome.faults:
            for name, message in outcome.faults.items():
                self.fault(place(name), _named(target), message)
            return
        change = Change(target, given, outcome, list(_differences(target, filled)))
        (self.changes if version == target.version else self.conflicts).append(change)

    def preview(self, ignored: list[Message]) -> Preview:
        kept = self.faults[:MAX_FAULTS]
        left = len(self.faults) - len(kept)
        return Preview(kept, self.conflicts, self.changes, self.unchanged, self.formulas, ignored, left)


def _named(target: Target) -> str:
    return f"{target.code}, {target.unit}" if target.unit else target.code


_EMPTY = M("empty")


def _differences(target: Target, filled: Filled) -> Iterator[Difference]:
    old = target.present
    for slot in slots_of(target.rule):
        before, after = holds(slot, old), holds(slot, filled)
        if before != after:
            yield Difference(slot.label, _or_empty(slot, before), _or_empty(slot, after))
    if old.not_applicable != filled.not_applicable:
        yield Difference(M("Not applicable"), yes_no(old.not_applicable), yes_no(filled.not_applicable))
    if old.stated != filled.stated:
        yield Difference(M("Other points"), old.stated or _EMPTY, filled.stated or _EMPTY)
    if old.reason != filled.reason:
        yield Difference(M("Reason"), old.reason or _EMPTY, filled.reason or _EMPTY)
    if old.note != filled.note:
        yield Difference(M("Note"), old.note or _EMPTY, filled.note or _EMPTY)


def _or_empty(slot: Slot, value: str | None) -> str | Message:
    return _EMPTY if value is None else shown(slot, value)


def read_outcome(read: Callable[[], Any]) -> Outcome:
    """Return what ``services.score.read`` makes of an entry, its faults instead of an exception."""
    try:
        reading = read()
    except InputFault as fault:
        return Outcome(faults=fault.faults)
    return Outcome(reading.points, reading.not_applicable, reading.arithmetic)
