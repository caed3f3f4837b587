"""Reads a scoring rule key by key and gathers every fault, so that a person sees all of them at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVar

from rules.message import M, Message
from rules.points import FLAG_KEYS, TEXT_KEYS, Choice
from rules.rounding import POINT_PLACES, NumberFault, half_up, parse_decimal
from rules.text import nfc
from rules.vocabulary import Method

E = TypeVar("E", bound=StrEnum)

#: Stands in a rule for the maximum of its criterion.
OWN_MAXIMUM = "max_points"
ZERO = Decimal(0)


class RuleFault(ValueError):
    """A scoring rule cannot stand; ``faults`` are keys inside the rule, each with a sentence that names the remedy."""

    def __init__(self, faults: list[tuple[str, Message]]) -> None:
        super().__init__("; ".join(f"{key}: {message}" for key, message in faults))
        self.faults = faults


class RuleReader:
    """Takes the keys of one rule; where a value is wrong it notes the fault and goes on with a harmless one."""

    def __init__(self, raw: Mapping[str, object], max_points: Decimal | None) -> None:
        self.faults: list[tuple[str, Message]] = []
        self._raw = raw
        self._known: set[str] = set()
        self._maximum = max_points

    def fault(self, key: str, message: Message) -> None:
        """Note what is wrong with a key."""
        self.faults.append((key, message))

    def clean(self, key: str) -> bool:
        """Tell whether nothing was wrong with a key so far: only then a check of its parts together makes sense."""
        return all(noted != key for noted, _ in self.faults)

    def finish(self) -> None:
        """Refuse keys that nobody asked for; raise ``RuleFault`` if there is any fault."""
        for key in self._raw:
            if key not in self._known:
                self.fault(str(key), M("Unknown setting of this method: remove it or correct its name."))
        if self.faults:
            raise RuleFault(self.faults)

    def common(self, method: Method) -> dict[str, Any]:
        """Take what rules of all methods share."""
        written = self._take("type")
        if written is not None and written != method.value:
            self.fault(
                "type", M("The type of the rule and the scoring method differ: write {type}.", type=method.value)
            )
        texts = {key: self.text(key, required=False) for key in TEXT_KEYS}
        return {**texts, **{key: self.flag(key) for key in FLAG_KEYS}}

    def maximum(self) -> Decimal:
        """Take the maximum of the criterion, above 0; without it nothing else can be judged, so the reading ends."""
        if self._maximum is None or not self._maximum.is_finite() or self._maximum <= 0:
            self.fault(OWN_MAXIMUM, M("Enter the maximum points of the criterion, a number above 0."))
        elif self._maximum != half_up(self._maximum, POINT_PLACES):
            self.fault(OWN_MAXIMUM, M("Too many decimals: at most {places} after the comma.", places=POINT_PLACES))
        else:
            return self._maximum
        raise RuleFault(self.faults)

    def text(self, key: str, *, required: bool = True) -> str:
        """Take a text, composed and without outer spaces."""
        return self._text_of(key, self._take(key), required=required)

    def flag(self, key: str) -> bool:
        """Take yes or no; a missing key is no."""
        value = self._take(key)
        if value is not None and not isinstance(value, bool):
            self.fault(key, M("Write true or false."))
        return value is True

    def number(self, key: str, *, above_zero: bool = False, at_most: Decimal | None = None) -> Decimal:
        """Take a number that must be there."""
        value = self._number_of(key, self._take(key))
        if value is None:
            self.fault(key, M("Enter a number."))
            return ZERO
        return self._bounded(key, value, above_zero=above_zero, at_most=at_most)

    def optional_number(self, key: str, *, at_most: Decimal | None = None) -> Decimal | None:
        """Take a number that may be missing."""
        value = self._number_of(key, self._take(key))
        return None if value is None else self._bounded(key, value, at_most=at_most)

    def points_or_maximum(self, key: str, maximum: Decimal) -> Decimal | None:
        """Take points up to the maximum; ``None`` where the rule says ``max_points`` or nothing."""
        value = self._take(key)
        if value is None or value == OWN_MAXIMUM:
            return None
        points = self._number_of(key, value)
        return None if points is None else self._bounded(key, points, above_zero=True, at_most=maximum)

    def member(self, key: str, kind: type[E]) -> E | None:
        """Take one word of a fixed list; ``None`` where it is missing."""
        value = self._take(key)
        if value is None:
            return None
        if value not in list(kind):
            self.fault(key, M("Write one of: {words}.", words=", ".join(kind)))
            return next(iter(kind))
        return kind(str(value))

    def constant(self, key: str, *, value: object) -> None:
        """Take a key that tells in the file what the method does anyway."""
        if self._take(key) not in (None, value):
            words = M("This method allows only {value}: write that or remove the setting.", value=json.dumps(value))
            self.fault(key, words)

    def rows(self, key: str, keys: frozenset[str]) -> list[tuple[int, Mapping[str, object]]]:
        """Take a list of small objects that hold no other keys than ``keys``, each with its line from 1 on."""
        value = self._take(key)
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            self.fault(key, M("Enter at least one line."))
            return []
        rows: list[tuple[int, Mapping[str, object]]] = []
        for line, row in enumerate(value, start=1):
            if not isinstance(row, Mapping) or not set(row) <= keys:
                self.fault(key, M("Line {line}: only these settings: {keys}.", line=line, keys=", ".join(sorted(keys))))
            else:
                rows.append((line, row))
        return rows

    def choices(self, key: str, maximum: Decimal) -> tuple[Choice, ...]:
        """Take lines of text and points, each within 0 and the maximum, no text twice."""
        choices: list[Choice] = []
        labels: set[str] = set()
        for line, row in self.rows(key, frozenset({"label", "points"})):
            label = self._text_of(key, row.get("label"), line=line)
            if label and label.casefold() in labels:
                self._line_fault(key, line, M("This text stands there twice: change or remove one."))
            labels.add(label.casefold())
            choices.append(Choice(str(line - 1), label, self.line_points(key, row.get("points"), maximum, line)))
        return tuple(choices)

    def line_points(self, key: str, value: object, maximum: Decimal, line: int) -> Decimal:
        """Take the points of one line, within 0 and the maximum."""
        points = self.line_number(key, value, line)
        if points is None:
            self._line_fault(key, line, M("Enter a number."))
            return ZERO
        if points > maximum:
            self._line_fault(key, line, M("At most {limit}.", limit=maximum))
        return points

    def line_number(self, key: str, value: object, line: int) -> Decimal | None:
        """Take a number of one line that may be missing."""
        return self._number_of(key, value, line=line)

    def _take(self, key: str) -> object:
        self._known.add(key)
        return self._raw.get(key)

    def _line_fault(self, key: str, line: int | None, message: Message) -> None:
        self.fault(key, message if line is None else M("Line {line}: {fault}", line=line, fault=message))

    def _text_of(self, key: str, value: object, *, required: bool = True, line: int | None = None) -> str:
        if value is not None and not isinstance(value, str):
            self._line_fault(key, line, M("Write this as text in quotation marks."))
            return ""
        text = nfc(value or "").strip()
        if required and not text:
            self._line_fault(key, line, M("Enter a text."))
        return text

    def _number_of(self, key: str, value: object, *, line: int | None = None) -> Decimal | None:
        if value is None:
            return None
        # A number without quotation marks in JSON: its shortest decimal form is what stood in the file.
        text = value if isinstance(value, str) else repr(value)
        try:
            return parse_decimal(text, places=POINT_PLACES)
        except NumberFault as fault:
            self._line_fault(key, line, fault.message)
            return ZERO

    def _bounded(
        self, key: str, value: Decimal, *, above_zero: bool = False, at_most: Decimal | None = None
    ) -> Decimal:
        if above_zero and value == 0 and self.clean(key):
            self.fault(key, M("Enter a number above 0."))
        if at_most is not None and value > at_most:
            self.fault(key, M("At most {limit}.", limit=at_most))
        return value
