"""Lines of a history or a comparison: what was, what is, in the words of the form and not of the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from rules.criteria import InputKind, InputSpec, Rule
from rules.message import M, Message
from rules.rounding import half_up
from rules.words import Kept, Piece, difference

NOT_SCORED = M("not scored")
NOT_APPLICABLE = M("not applicable")
EMPTY = M("nothing yet")
#: A number with the places it is shown with, a word, or a text.
Value = Decimal | Message | str


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that changed.

    With neither value it is a plain fact. ``change`` is the difference of two points, ``pieces`` that of two texts by words.
    """

    label: Message | str
    before: Value | None = None
    after: Value | None = None
    change: Decimal | None = None
    pieces: tuple[Piece, ...] = ()


def points_line(label: Message, before: Value, after: Value, places: int) -> Line:
    """Say points before and after, with the places of the round or as many as tell them apart."""
    if not (isinstance(before, Decimal) and isinstance(after, Decimal)):
        left, right = (half_up(one, places) if isinstance(one, Decimal) else one for one in (before, after))
        return Line(label, left, right)
    while before != after and half_up(before, places) == half_up(after, places):
        places += 1
    return Line(label, half_up(before, places), half_up(after, places), half_up(after - before, places))


def said(points: str | Decimal | None, *, not_applicable: bool) -> Value:
    """Say what a layer gives: points, or that the leaf does not apply."""
    if not_applicable:
        return NOT_APPLICABLE
    return NOT_SCORED if points is None else Decimal(points)


def text_lines(label: Message, before: str, after: str) -> Iterator[Line]:
    """Say how a text changed, word by word; nothing where it did not."""
    if before != after:
        yield Line(label, pieces=tuple(difference(before, after)))


def value_lines(label: Message | str, before: str, after: str) -> Iterator[Line]:
    """Say one short value before and after; nothing where it did not change."""
    if before != after:
        yield Line(label, before or EMPTY, after or EMPTY)


def input_lines(rule: Rule, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Line]:
    """Say the inputs that changed, by the labels of the rule; options and parts by their texts."""
    for spec in rule.inputs:
        left, right = before.get(spec.name), after.get(spec.name)
        if left == right:
            continue
        if spec.kind is InputKind.PARTS:
            yield from _part_lines(spec, left or [], right or [])
        else:
            yield Line(spec.label, _shown(spec, left), _shown(spec, right))


def _part_lines(spec: InputSpec, before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for choice in spec.choices:
        if (choice.value in before) is not (choice.value in after):
            came = choice.value in after
            kept = Kept.AFTER if came else Kept.BEFORE
            yield Line(M("Part met") if came else M("Part no longer met"), pieces=(Piece(kept, choice.label),))


def _shown(spec: InputSpec, value: Any) -> Value:
    if value is None or value == "":
        return EMPTY
    text = str(value)
    if spec.kind is InputKind.OPTION:
        return next((f"“{choice.label}”" for choice in spec.choices if choice.value == text), text)
    if spec.kind is InputKind.FLAG:
        return M("met") if text == "1" else M("not met")
    try:
        return Decimal(text)
    except InvalidOperation:
        return text
