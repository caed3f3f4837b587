"""Reading a file of survey values: every fault with row and column, every value with its points and what it changes."""

from __future__ import annotations

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from extensions import db
from models import clock
from rules.criteria import InputFault
from rules.message import M, Message
from rules.rounding import plain
from rules.verbs import Verb
from rules.vocabulary import Layer, Method
from services import score as scores
from services.round_file import Ground, refusals
from services.score import NOTE_LENGTH, Entry
from services.survey import matrix
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
        wide = matrix.cells_of(found, reader.survey_codes, reader.ground.named, round_.code, faults)
        values = [value for cells in wide if (value := reader.value(cells, keep_note=True)) is not None]
    faults.raise_if_any()
    if not values:
        raise FileFault([Fault(None, None, NO_ROWS)])
    return values


class _Reader:
    """The rows of one file against the forms, items and present values of a round."""

    def __init__(self, session: Session, round_: m.Round) -> None:
        self.round = round_
        unknown = M("No survey item of this unit's criteria has this code; correct it")
        self.ground = Ground(session, round_, unknown, lambda item: None if item.method is Method.SURVEY else unknown)
        self.present = {
            (score.assessment_id, score.criterion_id): score
            for score in session.scalars(
                select(m.Score)
                .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
                .where(m.Assessment.round_id == round_.id, m.Score.layer == Layer.SURVEY)
            )
        }
        self.refused = refusals(session, Verb.IMPORT_SURVEY, self.ground.forms, clock.now(session))

    @property
    def survey_codes(self) -> set[str]:
        return {item.code for item in self.ground.items.values() if item.method is Method.SURVEY}

    def value(self, cells: RowCells, *, keep_note: bool = False) -> Value | None:
        """Read one row; None where a fault was noted. ``keep_note``: the layout has no notes, those that are there stay."""
        self.ground.check_round(cells)
        cells.choice("layer", {"survey": True}, required=True)
        for column in _FOREIGN:
            if cells.text(column):
                cells.fault(column, M("A survey value has only its rate; empty this cell"))
        note = cells.text("note", max_length=NOTE_LENGTH)
        rate = cells.decimal("rate", places=4, maximum=Decimal(100), required=True)
        placed = self.ground.place(cells, self._refused)
        if placed is None or rate is None or not cells.ok:
            return None
        before = self.present.get((placed[0].id, placed[2].id))
        if keep_note and before is not None:
            note = before.note
        return self._compared(*placed, rate, note, cells)

    def _refused(self, form: m.Assessment, item: m.Criterion) -> tuple[str, Message] | None:
        why = self.refused.get((form.id, item.field_code))
        return None if why is None else ("unit_code", why)

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
