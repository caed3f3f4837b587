"""Scores of any layer, row by row; points are computed by the rule of the criterion, never imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M, Message
from rules.vocabulary import Layer, State
from services import score as scores
from services.imports.core import UNKNOWN_UNIT, Options, Places, Report, doubled, raw_keys, read_rows, units_by_code
from services.imports.inputs import read_entry
from services.score import Entry, EntryFault
from services.tabular import Faults, RowCells, Table

LAYERS = {layer.name.lower(): layer for layer in (Layer.SELF, Layer.SUPERIOR, Layer.SURVEY, Layer.APPRAISAL)}
#: Field of an entry's fault to the column it came from, where the names differ.
_COLUMNS = {"stated": "stated_points", "": "criterion_code"}


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """Which form, leaf and layer a row is for; its other cells are read once the leaf's rule is known."""

    number: int
    round_code: str
    unit_code: str
    criterion_code: str
    layer: Layer


class _Placed(NamedTuple):
    """A row with the form and leaf it belongs to, and what it says of them."""

    row: ScoreRow
    form: m.Assessment
    criterion: m.Criterion
    entry: Entry


def _row(cells: RowCells) -> ScoreRow | None:
    round_code = cells.code("round_code", required=True)
    unit_code = cells.code("unit_code", required=True)
    criterion_code = cells.code("criterion_code", required=True)
    layer = cells.choice("layer", LAYERS, required=True)
    if layer is None:
        return None
    return ScoreRow(cells.number, round_code, unit_code, criterion_code, layer)


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Save scores in open rounds, in the name of the act's actor; a leaf that is missing in the file stays as it is."""
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    doubled(raw_keys(table, "round_code", "unit_code", "criterion_code", "layer"), "criterion_code", fault)
    forms = _Forms(rows)
    cells = {row.number: row for row in table.rows}
    groups: dict[tuple[int, Layer], dict[int, _Placed]] = {}
    for row in rows:
        placed = forms.place(row, RowCells(table, cells[row.number], faults), fault)
        if placed is not None:
            groups.setdefault((placed.form.id, row.layer), {}).setdefault(placed.criterion.id, placed)
    report = Report()
    for layer in sorted({layer for _, layer in groups}):
        of_layer = [list(group.values()) for (_, own), group in groups.items() if own is layer]
        _put(act, layer, of_layer, report, fault)
    faults.raise_if_any()
    report.changes.sort(key=lambda change: change.row)
    return report


def _put(act: Act, layer: Layer, groups: Sequence[Sequence[_Placed]], report: Report, fault: Places) -> None:
    """Save the rows of one layer, form by form, through the one way that scores are written."""
    items = [item for group in groups for item in group]
    writing = scores.Writing(act, layer, (item.form for item in items), (item.criterion for item in items))
    written: list[tuple[_Placed, m.Score | None]] = []
    for group in groups:
        form, entries = group[0].form, [(item.criterion, item.entry) for item in group]
        try:
            written.extend(zip(group, writing.put(form, entries, form.round), strict=True))
        except EntryFault as found:
            numbers = {item.criterion.code: item.row.number for item in group}
            for code, messages in found.faults.items():
                for name, message in messages.items():
                    fault(numbers[code], _COLUMNS.get(name, name), message)
    writing.finish()
    for item, score in written:
        assert score is not None  # noqa: S101 - an entry of a file is never empty
        label = f"{item.row.unit_code} {item.criterion.code} ({layer.name.lower()})"
        changed = score.version != item.entry.version
        report.note_row(item.row.number, label, new=item.entry.version == 0, changed=changed)


class _Forms:
    """The forms, leaves and present versions that the rows of a file are about."""

    def __init__(self, rows: Sequence[ScoreRow]) -> None:
        query = select(m.Round).where(m.Round.code.in_({row.round_code for row in rows}))
        self.rounds = {round_.code: round_ for round_ in db.session.scalars(query)}
        self.units = units_by_code(row.unit_code for row in rows)
        form, leaf, sheet, score = m.Assessment, m.Criterion, m.FieldSheet, m.Score
        forms = db.session.scalars(
            select(form).where(
                form.round_id.in_([round_.id for round_ in self.rounds.values()]),
                form.unit_id.in_([unit.id for unit in self.units.values()]),
            )
        ).all()
        self.forms = {(found.round_id, found.unit_id): found for found in forms}
        ids = [found.id for found in forms]
        sets = {found.criteria_set_id for found in forms}
        self.criteria = {(c.set_id, c.code): c for c in db.session.scalars(select(leaf).where(leaf.set_id.in_(sets)))}
        self.states: dict[tuple[int, str], State] = {
            (form_id, code): state
            for form_id, code, state in db.session.execute(
                select(sheet.assessment_id, leaf.code, sheet.state)
                .join(leaf, leaf.id == sheet.field_id)
                .where(sheet.assessment_id.in_(ids))
            )
        }
        self.versions: dict[tuple[int, int, Layer], int] = {
            (form_id, criterion_id, layer): version
            for form_id, criterion_id, layer, version in db.session.execute(
                select(score.assessment_id, score.criterion_id, score.layer, score.version).where(
                    score.assessment_id.in_(ids), score.layer.in_({row.layer for row in rows})
                )
            )
        }

    def place(self, row: ScoreRow, cells: RowCells, fault: Places) -> _Placed | None:
        """Find the form and leaf of a row and read its entry; None where a fault was noted."""
        round_, unit = self.rounds.get(row.round_code), self.units.get(row.unit_code)
        if round_ is None:
            fault(row.number, "round_code", M("No round has this code; correct it"))
        elif round_.opened_at is None:
            fault(row.number, "round_code", M("This round is not open yet; open it first"))
        if unit is None:
            fault(row.number, "unit_code", UNKNOWN_UNIT)
        if round_ is None or round_.opened_at is None or unit is None:
            return None
        form = self.forms.get((round_.id, unit.id))
        if form is None:
            fault(row.number, "unit_code", M("This unit takes no part in the round; delete the row"))
            return None
        criterion = self.criteria.get((form.criteria_set_id, row.criterion_code))
        if criterion is None:
            words = M("The unit's set “{set}” has no such criterion; correct the code", set=form.criteria_set.code)
            fault(row.number, "criterion_code", words)
            return None
        refusal = self._refusal(form, criterion, row.layer)
        if refusal is not None:
            fault(row.number, "criterion_code", refusal)
            return None
        entry = read_entry(cells, criterion, self.versions.get((form.id, criterion.id, row.layer), 0))
        return None if entry is None else _Placed(row, form, criterion, entry)

    def _refusal(self, form: m.Assessment, criterion: m.Criterion, layer: Layer) -> Message | None:
        """Tell why this leaf takes no scores any more, or none at all."""
        if not criterion.is_leaf:
            return M("This criterion only adds up others; write the code of one below it")
        if self.states.get((form.id, criterion.field_code)) in (State.APPROVED, State.CLOSED):
            return M("The council has approved this field; reopen the field first, with a reason")
        if layer is Layer.SELF and form.signed_at is not None:
            return M("The unit has signed off its form; reopen the form first, with a reason")
        return None
