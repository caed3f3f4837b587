"""What stands in the inputs of a leaf: shown from a saved score, or read back from a request.

The fields of a leaf are named ``code:name``. ``was`` is a mark of what the page showed, so that a leaf nobody touched is
not sent to the database, and never refuses a save because somebody else changed it meanwhile.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

import models as m
from rules.rounding import half_up
from rules.text import nfc
from services.score import Entry
from views.ids import small_int

#: Field names that are not inputs of a rule.
OWN = frozenset({"version", "was", "stated", "reason", "note", "na", "clear", "take"})
_CODE = re.compile(r"[0-9A-Za-z.]{1,32}")
Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Typed:
    """The contents of a leaf's inputs, as a person sees them: decimals with a comma."""

    inputs: Mapping[str, Value] = field(default_factory=dict)
    stated: str = ""
    not_applicable: bool = False
    note: str = ""
    reason: str = ""

    def mark(self) -> str:
        """Return a short mark that is equal for equal contents."""
        inputs = sorted((name, sorted(value)) for name, value in self.inputs.items() if value)
        parts = (inputs, self.stated, self.not_applicable, self.note, self.reason)
        return f"{zlib.crc32(repr(parts).encode()):08x}"

    def entry(self, version: int) -> Entry:
        return Entry(self.inputs, self.stated, self.not_applicable, self.note, self.reason, version)


@dataclass(frozen=True, slots=True)
class Posted:
    """One leaf of a posted form. ``take`` says that the saved value is kept and what was typed is dropped."""

    typed: Typed
    version: int
    was: str
    take: bool = False

    @property
    def touched(self) -> bool:
        return not self.take and self.typed.mark() != self.was


NOTHING = Typed()


def shown(saved: Any, round_: m.Round) -> Typed:
    """Return what the inputs of a saved score hold: ``services.form.Said`` or a score row; nothing without one."""
    if saved is None:
        return NOTHING
    return Typed(
        {name: _shown(value) for name, value in saved.inputs.items()},
        _points(getattr(saved, "stated", None) if not isinstance(saved, m.Score) else saved.stated_points, round_),
        # A denominator of 0 makes it so by itself: then the figures stand there, not the tick.
        saved.not_applicable and not saved.inputs,
        saved.note,
        saved.reason,
    )


def _shown(value: Value) -> Value:
    """Show a stored number with a comma in every language: a point before three digits would be refused as unclear."""
    if isinstance(value, str):
        return value.replace(".", ",")
    return value or [""]  # a checklist of which no part is met


def _points(value: Decimal | None, round_: m.Round) -> str:
    return "" if value is None else f"{half_up(value, round_.typed_places)}".replace(".", ",")


def read(form: MultiDict[str, str]) -> dict[str, Posted]:
    """Read every leaf of a posted form; names of any other shape are passed over."""
    raw: dict[str, dict[str, list[str]]] = {}
    for key in form:
        code, colon, name = key.partition(":")
        if colon and name and _CODE.fullmatch(code):
            raw.setdefault(code, {})[name] = form.getlist(key)
    return {code: _posted(fields) for code, fields in raw.items()}


def _posted(fields: Mapping[str, list[str]]) -> Posted:
    def one(name: str) -> str:
        return fields.get(name, [""])[-1]

    typed = Typed(
        {name: _value(name, values) for name, values in fields.items() if name not in OWN},
        one("stated").strip(),
        one("na") == "1",
        _text(one("note")),
        _text(one("reason")),
    )
    version = small_int(one("version")) or 0
    return Posted(NOTHING if one("clear") == "1" else typed, version, one("was"), take=one("take") == "theirs")


def _value(name: str, values: list[str]) -> Value:
    if name == "parts":
        met = sorted({value for value in values if value})
        return met or [""]
    return values[-1].strip()


def _text(text: str) -> str:
    """Bring a typed text to the form it is stored in; browsers send line ends as CR LF."""
    return nfc(text.replace("\r\n", "\n")).strip()
