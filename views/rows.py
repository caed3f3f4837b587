"""The rows of the scoring page. A leaf's markup is rendered once per process with slots, then filled for each form.

A form has up to 76 leaves with some 60 places each that a template would have to evaluate and escape; nearly all of them are
the same for every unit. What a frame is kept under is all that it shows, so an edited leaf gets a frame of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from flask import current_app
from flask_babel import get_locale
from jinja2 import Template
from markupsafe import Markup, escape

import models as m
from i18n import points, render
from rules.criteria import Rule
from rules.message import Message
from rules.process import UNTIL_HANDED_IN
from rules.rounding import plain
from services import guidance
from services.form import Heading, Leaf, Line, Part, Said
from views import phrases
from views.entries import Typed

#: Slots are written between two characters of the private use area, which no text of ours holds.
_SLOT = re.compile("\ue000([^\ue001]*)\ue001")
#: Statics and names of slots in turn.
Frame = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A line with the contents of its inputs: as saved, or as typed in a request that was refused."""

    line: Line
    typed: Typed
    was: str
    version: int
    faults: Mapping[str, Message] = field(default_factory=dict)
    stale: bool = False
    #: Typed but not saved.
    unsaved: bool = False


class _Slots(dict[str, Markup]):
    """Gives every name its slot, whatever the macro asks for."""

    def __missing__(self, name: str) -> Markup:
        return Markup(f"\ue000{name}\ue001")  # noqa: S704 - replaced by escaped text


@lru_cache(maxsize=8)
def _module(template: Template, locale: str) -> Any:
    return template.make_module()


def locale_code() -> str:
    """Return the language of the request."""
    return str(get_locale())


def macros() -> Any:
    """Return the macros of ``assessment/rows.html`` with their words in the language of the request."""
    return _module(current_app.jinja_env.get_template("assessment/rows.html"), locale_code())


@lru_cache(maxsize=4096)
def _frame(leaf: Leaf, words: Any, places: int, *, editing: bool, stated: bool) -> Frame:
    slots, how = _Slots(), guidance.sentences(leaf.rule)
    text = words.edit(leaf, places, stated, slots, how, short) if editing else words.still(leaf, places, slots, how)
    return tuple(_SLOT.split(str(text)))


def _fill(frame: Frame, values: Mapping[str, str]) -> str:
    parts = list(frame)
    for place in range(1, len(parts), 2):
        parts[place] = values.get(parts[place], "")
    return "".join(parts)


def short(value: Decimal) -> str:
    """Write points without needless zeros, beside an option or a part."""
    return plain(value).replace(".", ",")


@lru_cache(maxsize=8192)
def _arithmetic(rule: Rule, inputs: str, locale: str) -> str:
    return str(escape(render(rule.points(json.loads(inputs)).arithmetic)))


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the rows lead, by leaf code."""

    evidence: Callable[[str], str]
    #: Empty for whoever enters nothing as a superior.
    superior: Callable[[str], str] | None


class Rows:
    """Writes the rows of one form for one request; what repeats within the page is worked out once."""

    def __init__(
        self,
        round_: m.Round,
        now: datetime,
        addresses: Addresses,
        *,
        editing: bool,
        writes: Callable[[str], bool] = lambda _field: True,
    ) -> None:
        self.round = round_
        self.writes = writes
        self.addresses = addresses
        self.editing = editing
        self.locale = locale_code()
        self.macros = macros()
        self.words: Mapping[str, str] = {name: str(escape(word)) for name, word in self.macros.w.items()}
        self.saved = phrases.Saved(now)
        self._points: dict[Decimal | None, str] = {}

    def of(self, part: Part, rows: Mapping[str, Row]) -> Markup:
        """Return the rows of one field."""
        return Markup("".join(self._texts(part, rows)))  # noqa: S704 - frames and values are escaped

    def _texts(self, part: Part, rows: Mapping[str, Row]) -> Iterator[str]:
        writes = self.writes(part.code)
        superior = self.addresses.superior if writes and part.state in UNTIL_HANDED_IN else None
        for row in part.rows:
            if isinstance(row, Heading):
                yield self.macros.group(row, self.round.shown_places, self.editing)
            elif self.editing and writes and row.editable:
                yield self._edit(rows[row.leaf.code])
            else:
                yield self._still(rows[row.leaf.code], superior)

    def _edit(self, row: Row) -> str:
        line, typed = row.line, row.typed
        own, code = line.own, line.leaf.code
        values = {
            **self._common(line),
            "state": _state(row),
            "flags": (" data-open" if line.open else "") + (" data-unproved" if line.unproved else ""),
            "version": str(row.version),
            "was": row.was,
            "note": _safe(typed.note),
            "stated": _safe(typed.stated),
            "reason": _safe(typed.reason),
            "na": " checked" if typed.not_applicable else "",
            "open": " open" if typed.stated or typed.not_applicable or row.faults else "",
            "points": self._counted(own),
            "arithmetic": self._how(line.leaf, own),
            "evidence_url": self.addresses.evidence(code),
            "evidence": str(line.evidence),
            "evidence_text": str(line.evidence) if line.evidence else self.words["add"],
            "missing": self.words["unproved"] if line.unproved else "",
            "words": self._words(row),
        }
        for name, value in typed.inputs.items():
            if isinstance(value, str):
                values[f"value:{name}"] = _safe(value)
                values[f"on:{name}:{value}"] = " checked"
            else:
                values.update((f"on:{name}:{one}", " checked") for one in value)
        for name, sentence in row.faults.items():
            values[f"fault:{name}"] = self.macros.fault(code, name, sentence)
            values[f"bad:{name}"] = f' aria-invalid="true" aria-describedby="{code}:{escape(name)}-error"'
        if row.stale or "" in row.faults:
            conflict = self.macros.conflict(line, self.round.shown_places) if row.stale else ""
            values["conflict"] = values.get("fault:", "") + conflict
        stated = self.round.stated_points_allowed
        return _fill(_frame(line.leaf, self.macros, self.round.shown_places, editing=True, stated=stated), values)

    def _still(self, row: Row, superior: Callable[[str], str] | None) -> str:
        line, own, places = row.line, row.line.own, self.round.shown_places
        values = self._common(line)
        if line.exempt:
            values["what"] = self.macros.exempt(line.exempt)
        kept = self.macros.typed(row.typed) if row.unsaved else ""
        values["claim"] = kept + (self.macros.claim(own, places) if own is not None else "")
        if self.editing:
            values["saved"] = '<td class="saved"></td>'
        if line.editable:
            url = self.addresses.evidence(line.leaf.code)
            label = f"{self.words['evidence']} {line.leaf.code}: {line.evidence}"
            named = f'<a href="{url}" aria-label="{label}">{line.evidence}</a>' if line.evidence else ""
            warned = f'<span class="warned">{self.words["unproved"]}</span>' if line.unproved else ""
            values["proof"] = named + warned
            values["got"] = (
                f'<b class="points">{self._counted(own)}</b>'
                f'<span class="small soft" data-arithmetic>{self._how(line.leaf, own)}</span>'
            )
            if superior is not None:
                values["superior"] = f'<a class="small" href="{superior(line.leaf.code)}">{self.words["superior"]}</a>'
        return _fill(_frame(line.leaf, self.macros, places, editing=False, stated=False), values)

    def _common(self, line: Line) -> dict[str, str]:
        places = self.round.shown_places
        values = {}
        if line.last is not None:
            values["last"] = self.macros.last(line.last, places)
        if line.others or line.remarks or (line.last is not None and line.last.remark):
            values["said"] = self.macros.said(line, places)
        if line.reference is not None:
            values["said"] = values.get("said", "") + self.macros.reference(line, places)
        return values

    def _counted(self, own: Said | None) -> str:
        if own is None:
            return "–"
        return self.words["na"] if own.not_applicable else self._shown(own.points)

    def _shown(self, value: Decimal | None) -> str:
        if value not in self._points:
            self._points[value] = points(value, self.round.shown_places)
        return self._points[value]

    def _how(self, leaf: Leaf, own: Said | None) -> str:
        if own is None or not own.inputs:
            return ""
        return _arithmetic(leaf.rule, json.dumps(own.inputs, sort_keys=True), self.locale)

    def _words(self, row: Row) -> str:
        own = row.line.own
        if row.faults:
            return self.words["invalid"]
        if row.stale:
            return self.words["stale"]
        if row.unsaved:
            return self.words["unsaved"]
        return self.words["none"] if own is None else self.saved(own.at)


def _safe(text: str) -> str:
    return str(escape(text)) if text else ""


def _state(row: Row) -> str:
    if row.stale:
        return "stale"
    if row.faults:
        return "bad"
    if row.unsaved:
        return "dirty"
    return "open" if row.line.own is None else "saved"
