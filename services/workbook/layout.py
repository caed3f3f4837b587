"""What a form as a workbook holds: the cells of a leaf, their content in one spelling, the marks that travel unseen."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

import models as m
from rules.message import M, Message
from rules.points import Choice, InputKind, Rule
from rules.rounding import plain
from services.form import Said
from services.score import Entry
from services.tabular.sources import clean
from services.tabular.writing import printable

#: Of the sheets and their hidden columns; a file of another number is refused.
LAYOUT = "1"
#: The hidden sheets: who the file is for, and the options of the drop-down lists.
MARKS_SHEET = "_parindex"
LISTS_SHEET = "_lists"
#: The first cell of the hidden row that names the columns.
COLUMNS_MARK = "parindex:key"

Value = str | list[str]


class Kind(StrEnum):
    """What a workbook is filled in for."""

    FORM = "form"
    APPRAISAL = "appraisal"
    SURVEY = "survey"

    @property
    def words(self) -> Message:
        return _TITLES[self]


_TITLES = {
    Kind.FORM: M("a unit's self-assessment"),
    Kind.APPRAISAL: M("the appraisal of a field"),
    Kind.SURVEY: M("survey values"),
}


@dataclass(frozen=True, slots=True)
class Marks:
    """The hidden sheet: what the file is and for whom; the names are for the sentence that refuses a wrong file."""

    kind: str
    #: Number of the form, or set and field; the code of the round for a survey.
    subject: str
    set_id: str
    unit: str
    round: str
    layout: str = LAYOUT


@dataclass(frozen=True, slots=True)
class Slot:
    """One input cell of a leaf: an input of its rule, or one part of a checklist (``part``: its value)."""

    name: str
    kind: InputKind
    label: str | Message
    part: str = ""
    choices: tuple[Choice, ...] = ()
    limit: str = ""


@lru_cache(maxsize=4096)
def slots_of(rule: Rule) -> tuple[Slot, ...]:
    """Return the input cells of a leaf in their order; a checklist takes one for each part."""
    found: list[Slot] = []
    for spec in rule.inputs:
        if spec.kind is InputKind.PARTS:
            found += [Slot(spec.name, spec.kind, choice.label, part=choice.value) for choice in spec.choices]
        else:
            limit = "" if spec.limit is None else plain(spec.limit)
            found.append(Slot(spec.name, spec.kind, spec.label, "", spec.choices, limit))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Filled:
    """The content of a leaf's cells, spelled alike whether it comes from the system or from a file; decimals have a comma."""

    inputs: Mapping[str, Value] = field(default_factory=dict)
    stated: str = ""
    not_applicable: bool = False
    reason: str = ""
    note: str = ""

    @classmethod
    def of(cls, saved: Said | m.Score | None) -> Filled:
        """Return what the cells of a saved score hold."""
        if saved is None:
            return cls()
        stated = saved.stated_points if isinstance(saved, m.Score) else saved.stated
        return cls(
            {name: _spelled(value) for name, value in saved.inputs.items()},
            "" if stated is None else plain(stated).replace(".", ","),
            # A denominator of 0 makes it so by itself: then the figures stand there.
            saved.not_applicable and not saved.inputs,
            saved.reason,
            saved.note,
        )

    @property
    def mark(self) -> str:
        """Return a short mark that is equal for equal content, texts as a file gives them back."""
        inputs = sorted((name, value) for name, value in self.inputs.items() if value)
        reason, note = (clean(printable(text)) for text in (self.reason, self.note))
        content = json.dumps([inputs, self.stated, self.not_applicable, reason, note])
        return f"{zlib.crc32(content.encode()):08x}"

    def entry(self, version: int) -> Entry:
        return Entry(dict(self.inputs), self.stated, self.not_applicable, self.note, self.reason, version)

    def packed(self) -> list[Any]:
        """Return the content as plain values, for a signed form."""
        return [dict(self.inputs), self.stated, self.not_applicable, self.reason, self.note]


def _spelled(value: Value) -> Value:
    if isinstance(value, str):
        return value.replace(".", ",")
    return sorted(value) or [""]  # a checklist of which no part is met


def yes_no(value: bool) -> Message:  # noqa: FBT001 - the value itself is what is asked about
    return M("Yes") if value else M("No")


def holds(slot: Slot, filled: Filled) -> str | None:
    """Return what one input cell holds; None for an empty one, the position of an option, "1" or "0" for yes and no."""
    value = filled.inputs.get(slot.name)
    if slot.kind is InputKind.PARTS:
        return None if not value else "1" if slot.part in value else "0"
    return value if isinstance(value, str) and value else None


def shown(slot: Slot, value: str) -> str | Message:
    """Return what an input cell holds as a person reads it."""
    if slot.kind in (InputKind.FLAG, InputKind.PARTS):
        return yes_no(value == "1")
    if slot.kind is InputKind.OPTION:
        return next((choice.label for choice in slot.choices if choice.value == value), value)
    return value
