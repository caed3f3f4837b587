"""The input columns of a score row, read by the rule of its criterion: options and parts count from 1 in files."""

from __future__ import annotations

import models as m
from rules.criteria import InputKind, InputSpec
from rules.message import M
from rules.rounding import POINT_PLACES
from services.score import NOTE_LENGTH, REASON_LENGTH, Entry
from services.tabular import RowCells

#: Columns that hold inputs of some method, by the name the rule gives the input.
INPUT_COLUMNS = ("numerator", "denominator", "rate", "option", "met", "count", "parts")
_NOTHING = M("Nothing is entered in this row; fill in the figures, or delete the row")


def read_entry(cells: RowCells, criterion: m.Criterion, version: int) -> Entry | None:
    """Read what a row says of a leaf; None where a fault was noted. What the rule says to it, ``put`` will tell."""
    specs = {spec.name: spec for spec in criterion.rule.inputs}
    filled = [column for column in INPUT_COLUMNS if cells.text(column)]
    for column in filled:
        if column not in specs:
            words = M(
                "The method of this criterion is “{method}”; leave this cell empty", method=criterion.method.title
            )
            cells.fault(column, words)
    raw: dict[str, object] = {name: _read(cells, spec) for name, spec in specs.items() if name in filled}
    not_applicable = cells.boolean("not_applicable") is True
    stated = cells.text("stated_points")
    if not_applicable and (filled or stated):
        cells.fault("not_applicable", M("Stands in place of figures and points; leave those empty, or this"))
    elif not (filled or stated or not_applicable):
        cells.fault(None, _NOTHING)
    entry = Entry(
        inputs=raw,
        stated=stated,
        not_applicable=not_applicable,
        note=cells.text("note", max_length=NOTE_LENGTH),
        reason=cells.text("reason", max_length=REASON_LENGTH),
        version=version,
    )
    return entry if cells.ok else None


def _read(cells: RowCells, spec: InputSpec) -> object:
    """Read one input into what a form would send."""
    match spec.kind:
        case InputKind.OPTION:
            number = cells.integer(spec.name, minimum=1, maximum=len(spec.choices))
            return "" if number is None else spec.choices[number - 1].value
        case InputKind.PARTS:
            return _parts(cells, spec)
        case InputKind.FLAG:
            return "1" if cells.boolean(spec.name) else "0"
        case InputKind.COUNT:
            return str(cells.integer(spec.name))
        case InputKind.RATE:
            return str(cells.decimal(spec.name, places=POINT_PLACES, maximum=spec.limit))
        case InputKind.NUMBER:
            number_ = cells.decimal(spec.name, places=POINT_PLACES, figure=True)
            # Four places at once: "1.234" out of a number cell must not look like a thousand and more again.
            return "" if number_ is None else f"{number_:.{POINT_PLACES}f}"


def _parts(cells: RowCells, spec: InputSpec) -> list[str]:
    """Read the numbers of the parts met; a single 0 says that none is."""
    words = cells.items(spec.name)
    if words == ["0"]:
        return [""]  # not an empty list, which would be "not scored"
    known = {str(number): choice.value for number, choice in enumerate(spec.choices, start=1)}
    if any(word not in known for word in words):
        message = M("Write the numbers of the parts that are met, from 1 to {last}, or 0 for none", last=len(known))
        cells.fault(spec.name, message)
    return [known[word] for word in words if word in known]
