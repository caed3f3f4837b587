"""Two hand-overs beside each other: leaf by leaf only what differs, and what could not be compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rules.criteria import Rule
from rules.message import M, Message
from rules.totals import Subtotal
from rules.vocabulary import Basis, CriterionKind, Layer
from services.history import lines
from services.history.entries import NOTE, PENALTY, POINTS, REASON, STATED
from services.history.held import Field, Held, Leaf, Paper, Said
from services.history.lines import Line


@dataclass(frozen=True, slots=True)
class Side:
    """One of two hand-overs, or the present: what it held, and up to which layer it tells."""

    held: Held
    layer: Layer


@dataclass(frozen=True, slots=True)
class Difference:
    """One leaf that differs, and how."""

    code: str
    name: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field in which something differs: its leaves, then its sums."""

    code: str
    name: str
    leaves: list[Difference]
    sums: list[Line]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that differs. ``only_left`` and ``only_right`` are fields that the other side does not hold."""

    fields: list[FieldDifference]
    compared: list[str]
    only_left: list[str]
    only_right: list[str]
    #: Layers that one side does not tell of: of them only what counts is compared.
    layers: list[Layer]
    #: The sums over all fields that were compared.
    totals: list[Line]

    @property
    def identical(self) -> bool:
        return not self.fields

    @property
    def leaves(self) -> int:
        return sum(len(one.leaves) for one in self.fields)


def compare(left: Side, right: Side, rules: Mapping[str, Rule], places: int, only: str = "") -> Comparison:
    """Compare what both sides hold; ``rules`` by leaf code name the inputs, ``only`` is the code of one field."""
    before, after = left.held.fields, right.held.fields
    both = [code for code in before if code in after and only in ("", code)]
    told = min(left.layer, right.layer)
    found = []
    for code in both:
        one = _field(before[code], after[code], told, rules, places)
        if one.leaves or one.sums:
            found.append(one)
    beyond = {
        layer
        for held in (left.held, right.held)
        for code in both
        for leaf in held.fields[code].leaves.values()
        for layer in leaf.layers
        if layer > told
    }
    return Comparison(
        found,
        both,
        [code for code in before if code not in after],
        [code for code in after if code not in before],
        sorted(beyond),
        list(_sums(_whole(before, both), _whole(after, both), places)) if len(both) > 1 else [],
    )


def _field(left: Field, right: Field, told: Layer, rules: Mapping[str, Rule], places: int) -> FieldDifference:
    leaves = []
    for code in dict.fromkeys([*left.leaves, *right.leaves]):
        before, after = left.leaves.get(code), right.leaves.get(code)
        if before is None or after is None:
            here = after or before
            assert here is not None  # noqa: S101 - the code comes from one of them
            label = M("Only in the second") if before is None else M("Only in the first")
            leaves.append(Difference(code, here.name, [Line(label)]))
        elif differing := list(_leaf(before, after, told, rules.get(code), places)):
            leaves.append(Difference(code, after.name, differing))
    return FieldDifference(right.code, right.name, leaves, list(_sums(left.sums, right.sums, places)))


def _leaf(left: Leaf, right: Leaf, told: Layer, rule: Rule | None, places: int) -> Iterator[Line]:
    yield from _counting(left, right, told, places)
    for layer in sorted({*left.layers, *right.layers}):
        if layer <= told:
            yield from _layer(layer, left, right, rule, places)
    if left.exempt != right.exempt:
        yield from lines.value_lines(lines.NOT_APPLICABLE, left.exempt or "", right.exempt or "")
    yield from _papers(left.papers, right.papers)
    yield from _questions(left, right)


def _counting(left: Leaf, right: Leaf, told: Layer, places: int) -> Iterator[Line]:
    """What counts, where it comes from a layer that one side does not tell of."""
    before, after = left.counting, right.counting
    if all(said is None or said.layer <= told for said in (before, after)):
        return
    if _value(before) == _value(after):
        return
    layer = after.layer.title if after is not None else lines.NOT_SCORED
    was = before.layer.title if before is not None else lines.NOT_SCORED
    label = M("What counts ({before} → {after})", before=was, after=layer)
    yield lines.points_line(label, _value(before), _value(after), places)
    if after is not None and after.layer > told and after.reason:
        yield Line(M("{layer}: reason", layer=after.layer.title), after=after.reason)


def _value(said: Said | None) -> lines.Value:
    if said is None:
        return lines.NOT_SCORED
    return lines.said(said.points, not_applicable=said.not_applicable)


def _layer(layer: Layer, left: Leaf, right: Leaf, rule: Rule | None, places: int) -> Iterator[Line]:
    before, after = left.layers.get(layer), right.layers.get(layer)

    def of(what: Message) -> Message:
        return M("{layer}: {what}", layer=layer.title, what=what)

    if _value(before) != _value(after):
        label = PENALTY if right.kind is CriterionKind.PENALTY else POINTS
        yield lines.points_line(of(label), _value(before), _value(after), places)
    if rule is not None:
        yield from lines.input_lines(rule, before.inputs if before else {}, after.inputs if after else {})
    stated = [one.stated if one is not None else None for one in (before, after)]
    if stated[0] != stated[1]:
        shown = [lines.EMPTY if one is None else one for one in stated]
        yield lines.points_line(of(STATED), shown[0], shown[1], places)
    yield from lines.text_lines(of(NOTE), before.note if before else "", after.note if after else "")
    yield from lines.text_lines(of(REASON), before.reason if before else "", after.reason if after else "")


def _papers(left: tuple[Paper, ...], right: tuple[Paper, ...]) -> Iterator[Line]:
    before = {(one.id, one.name, one.stage): one for one in left}
    after = {(one.id, one.name, one.stage): one for one in right}
    for key, one in before.items():
        other = after.get(key)
        if other is None:
            yield Line(M("Evidence removed"), before=_paper(one))
            continue
        if one.page != other.page:
            yield Line(M("Evidence"), _paper(one), _paper(other))
        if one.sha256 != other.sha256:
            yield from lines.value_lines(M("File of {name}", name=other.name), one.file, other.file)
    for key, one in after.items():
        if key not in before:
            yield Line(M("Evidence added"), after=_paper(one))


def _paper(one: Paper) -> Message | str:
    return M("{name}, page {page}", name=one.name, page=one.page) if one.page else one.name


def _questions(left: Leaf, right: Leaf) -> Iterator[Line]:
    before = {one.turn: one for one in left.questions}
    after = {one.turn: one for one in right.questions}
    for turn in sorted({*before, *after}):
        one, other = before.get(turn), after.get(turn)
        yield from lines.text_lines(
            M("Question {turn}", turn=turn), one.text if one else "", other.text if other else ""
        )
        yield from lines.text_lines(
            M("Answer to question {turn}", turn=turn), one.answer if one else "", other.answer if other else ""
        )


def _whole(fields: Mapping[str, Field], codes: list[str]) -> dict[Basis, Subtotal]:
    """Add fields up on each basis that all of them have."""
    parts = [fields[code].sums for code in codes if fields[code].leaves]
    return {
        basis: Subtotal(
            *(sum(figures, type(figures[0])()) for figures in zip(*(_parts(one[basis]) for one in parts), strict=True))
        )
        for basis in Basis
        if parts and all(basis in one for one in parts)
    }


def _parts(figures: Subtotal) -> tuple[Any, ...]:
    return (
        figures.achieved,
        figures.maximum,
        figures.leaves,
        figures.scored,
        figures.bonus,
        figures.penalty,
    )


def _sums(left: Mapping[Basis, Subtotal], right: Mapping[Basis, Subtotal], places: int) -> Iterator[Line]:
    for basis in Basis:
        if basis in left and basis in right:
            yield from _sum(basis, left[basis], right[basis], places)


def _sum(basis: Basis, left: Subtotal, right: Subtotal, places: int) -> Iterator[Line]:
    for name, label in (
        ("achieved", M("Sum, {basis}", basis=basis.title)),
        ("maximum", M("Maximum that applies, {basis}", basis=basis.title)),
        ("bonus", M("Bonus, {basis}", basis=basis.title)),
        ("penalty", M("Penalty, {basis}", basis=basis.title)),
    ):
        before, after = getattr(left, name), getattr(right, name)
        if before != after:
            yield lines.points_line(label, before, after, places)
