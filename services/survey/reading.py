"""Reading a file of survey values: every fault with row and column, every value with its points and what it changes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from extensions import db
from models import clock
from models.situation import situations
from permissions.actor import current_actor
from rules.criteria import InputFault
from rules.message import M, Message
from rules.process import Facts, decide
from rules.rounding import plain
from rules.verbs import Verb
from rules.vocabulary import Layer, Method
from services import score as scores
from services.score import NOTE_LENGTH, Entry
from services.survey import matrix
from services.survey.coverage import Leaf, leaves
from services.tabular import LAYOUTS, Fault, Faults, FileFault, RowCells, read_table
from services.tabular.reading import contents
from services.tabular.sources import NO_ROWS, Unreadable

LAYOUT = LAYOUTS["scores"]
#: Columns of the layout that a survey value has no use for.
_FOREIGN = ("numerator", "denominator", "option", "met", "count", "parts", "stated_points", "not_applicable", "reason")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a file: what it would change, and the version of the row it was compared with (0: none)."""

    assessment_id: int
    criterion_id: int
    unit_name: str
    code: str
    rate: Decimal
    note: str
    version: int
    points: Decimal | None
    arithmetic: Message | None
    points_before: Decimal | None
    changed: bool

    @property
    def mark(self) -> list[Any]:
        """What is applied later: plain values for a signed form."""
        return [self.assessment_id, self.criterion_id, plain(self.rate), self.note, self.version]


def read(file: BinaryIO, round_: m.Round) -> list[Value]:
    """Read a file of survey values for a round and compare it with what is there; nothing is written.

    The layout is that of scores, with ``layer`` survey, or a table of units and items (``matrix``). Raises ``FileFault`` with every fault of the file.
    """
    faults = Faults()
    reader = _Reader(db.session(), round_)
    try:
        content = contents(file)
        found = matrix.find(content, reader.survey_codes, round_.code)
    except Unreadable as error:
        raise FileFault([Fault(error.row, None, error.message)]) from error
    if found is None:
        table = read_table(io.BytesIO(content), LAYOUT)
        long = (RowCells(table, row, faults) for row in table.rows)
        values = [value for cells in long if (value := reader.value(cells)) is not None]
    else:
        wide = matrix.cells_of(found, reader.survey_codes, reader.forms, round_.code, faults)
        values = [value for cells in wide if (value := reader.value(cells, keep_note=True)) is not None]
    faults.raise_if_any()
    if not values:
        raise FileFault([Fault(None, None, NO_ROWS)])
    return values


class _Reader:
    """The rows of one file against the forms, items and present values of a round."""

    def __init__(self, session: Session, round_: m.Round) -> None:
        self.round = round_
        found = session.execute(
            select(m.Assessment, m.Unit.code, m.Unit.name)
            .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
            .where(m.Assessment.round_id == round_.id)
        ).all()
        self.forms = {code: (form, name) for form, code, name in found}
        forms = [form for form, _, _ in found]
        self.items = {
            (item.set_id, item.code): item
            for item in session.scalars(
                select(m.Criterion).where(
                    m.Criterion.set_id.in_({f.criteria_set_id for f in forms}), m.Criterion.is_leaf
                )
            )
        }
        self.present = {
            (score.assessment_id, score.criterion_id): score
            for score in session.scalars(
                select(m.Score)
                .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
                .where(m.Assessment.round_id == round_.id, m.Score.layer == Layer.SURVEY)
            )
        }
        self.exempt = leaves(session, select(m.Exemption.assessment_id, m.Exemption.criterion_id), m.Exemption, round_)
        self.refused = refusals(session, forms, clock.now(session))
        self.seen: dict[Leaf, int] = {}

    @property
    def survey_codes(self) -> set[str]:
        return {item.code for item in self.items.values() if item.method is Method.SURVEY}

    def value(self, cells: RowCells, *, keep_note: bool = False) -> Value | None:
        """Read one row; None where a fault was noted. ``keep_note``: the layout has no notes, those that are there stay."""
        round_code = cells.code("round_code", required=True)
        if round_code and round_code != self.round.code:
            cells.fault(
                "round_code", M("This file is for round {code}; choose that round, or correct it", code=round_code)
            )
        cells.choice("layer", {"survey": True}, required=True)
        for column in _FOREIGN:
            if cells.text(column):
                cells.fault(column, M("A survey value has only its rate; empty this cell"))
        note = cells.text("note", max_length=NOTE_LENGTH)
        rate = cells.decimal("rate", places=4, maximum=Decimal(100), required=True)
        placed = self._placed(cells)
        if placed is None or rate is None or not cells.ok:
            return None
        before = self.present.get((placed[0].id, placed[2].id))
        if keep_note and before is not None:
            note = before.note
        return self._compared(*placed, rate, note, cells)

    def _placed(self, cells: RowCells) -> tuple[m.Assessment, str, m.Criterion] | None:
        unit_code = cells.code("unit_code", required=True)
        code = cells.code("criterion_code", required=True)
        if not unit_code or not code:
            return None
        form, name = self.forms.get(unit_code, (None, ""))
        if form is None:
            cells.fault("unit_code", M("No unit of this round has this code; correct it or delete the row"))
            return None
        item = self.items.get((form.criteria_set_id, code))
        refused = self.refused.get((form.id, item.field_code)) if item is not None else None
        if item is None or item.method is not Method.SURVEY:
            cells.fault("criterion_code", M("No survey item of this unit's criteria has this code; correct it"))
        elif (form.id, item.id) in self.exempt:
            cells.fault("criterion_code", M("This item does not apply to the unit; delete the row"))
        elif (form.id, item.id) in self.seen:
            row = self.seen[form.id, item.id]
            cells.fault("criterion_code", M("Stands already in row {row}; delete one of the two", row=row))
        elif refused is not None:
            cells.fault("unit_code", refused)
        else:
            self.seen[form.id, item.id] = cells.number
            return form, name, item
        return None

    def _compared(
        self, form: m.Assessment, name: str, item: m.Criterion, rate: Decimal, note: str, cells: RowCells
    ) -> Value | None:
        try:
            reading = scores.read(item, Entry({"rate": plain(rate)}, note=note), Layer.SURVEY, self.round)
        except InputFault as fault:
            for message in fault.faults.values():
                cells.fault("rate", message)
            return None
        before = self.present.get((form.id, item.id))
        return Value(
            form.id,
            item.id,
            name,
            item.code,
            rate,
            note,
            before.version if before is not None else 0,
            reading.points,
            reading.arithmetic,
            before.points if before is not None else None,
            changed=before is None or (dict(before.inputs), before.note) != (reading.inputs, reading.note),
        )


def refusals(session: Session, forms: Sequence[m.Assessment], now: datetime) -> dict[tuple[int, str], Message]:
    """Ask the process table for each field of each form: those that take no survey values any more, with the reason."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - views and acts let nobody else in
    role = actor.authority.role if actor.authority is not None else None
    where = situations(session, forms, now)
    refused: dict[tuple[int, str], Message] = {}
    for sheet, code in session.execute(
        select(m.FieldSheet, m.Criterion.code)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.FieldSheet.assessment_id.in_([form.id for form in forms]))
    ):
        state = where[sheet.assessment_id].of_sheet(sheet)
        verdict = decide(Verb.IMPORT_SURVEY, Facts(role, state=state))
        if not verdict:
            refused[sheet.assessment_id, code] = M(
                "Field {code} of this unit is: {state}; reopen it first, with a reason", code=code, state=state.title
            )
    return refused
