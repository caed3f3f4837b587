"""Reading a file of reference figures: every fault with row and column, every figure with its points beside the claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from extensions import db
from i18n import LOCAL_TIME
from models import clock
from rules.criteria import InputFault
from rules.message import M
from rules.vocabulary import BASIS_LAYERS, Basis
from services.imports.inputs import read_entry
from services.reference.figure import Figure
from services.reference.reach import UNKNOWN, Reach, unfit
from services.round_file import Ground, Leaf, Placed
from services.tabular import LAYOUTS, Faults, RowCells, read_table

LAYOUT = LAYOUTS["reference"]
SOURCE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Value:
    """One figure of a file: what it would change, and the version of the row it was compared with (0: none)."""

    assessment_id: int
    criterion_id: int
    unit_name: str
    code: str
    name: str
    figure: Figure
    before: Figure | None
    claim: m.Score | None

    @property
    def changed(self) -> bool:
        before, now = self.before, self.figure
        return before is None or (dict(before.inputs), before.source, before.as_of) != (
            dict(now.inputs),
            now.source,
            now.as_of,
        )

    @property
    def mark(self) -> list[Any]:
        """What is applied later: plain values for a signed form."""
        version = self.before.version if self.before is not None else 0
        figure = self.figure
        inputs = dict(figure.inputs)
        return [self.assessment_id, self.criterion_id, inputs, figure.source, figure.as_of.isoformat(), version]


def read(file: BinaryIO, round_: m.Round) -> list[Value]:
    """Read a file of reference figures for a round and compare it with what is there; nothing is written.

    Raises ``FileFault`` with every fault of the file.
    """
    table = read_table(file, LAYOUT)
    faults = Faults()
    reader = _Reader(db.session(), round_)
    values = [value for row in table.rows if (value := reader.value(RowCells(table, row, faults))) is not None]
    faults.raise_if_any()
    return values


class _Reader:
    """The rows of one file against the forms, leaves, claims and present figures of a round."""

    def __init__(self, session: Session, round_: m.Round) -> None:
        self.ground = Ground(session, round_, UNKNOWN, unfit)
        now = clock.now(session)
        self.reach = Reach(session, self.ground.forms, now)
        self.today = now.astimezone(LOCAL_TIME).date()
        figure = m.ReferenceFigure
        self.present: dict[Leaf, m.ReferenceFigure] = {
            (row.assessment_id, row.criterion_id): row
            for row in session.scalars(
                select(figure)
                .join(m.Assessment, m.Assessment.id == figure.assessment_id)
                .where(m.Assessment.round_id == round_.id)
            )
        }
        self.claims = claims(session, round_)

    def value(self, cells: RowCells) -> Value | None:
        """Read one row; None where a fault was noted."""
        self.ground.check_round(cells)
        source = cells.text("source", required=True, max_length=SOURCE_LENGTH)
        as_of = cells.date("as_of", required=True)
        if as_of is not None and as_of > self.today:
            cells.fault("as_of", M("This day is still to come; write the day on which the figures stood so"))
        placed = self.ground.place(cells, self.reach.why_not)
        if placed is None:
            return None
        inputs = _inputs(cells, placed.item)
        if inputs is None or as_of is None or not cells.ok:
            return None
        return self._compared(placed, Figure.counted(placed.item.rule, inputs, source, as_of))

    def _compared(self, placed: Placed, figure: Figure) -> Value:
        form, name, item = placed
        before = self.present.get((form.id, item.id))
        return Value(
            form.id,
            item.id,
            name,
            item.code,
            item.name,
            figure,
            None if before is None else Figure.of(before, item.rule),
            self.claims.get((form.id, item.id)),
        )


def _inputs(cells: RowCells, item: m.Criterion) -> Mapping[str, Any] | None:
    """Read the figures by the rule of the leaf, in the form in which they are stored."""
    entry = read_entry(cells, item, 0)
    if entry is None:
        return None
    try:
        return item.rule.read(entry.inputs)
    except InputFault as fault:
        for column, message in fault.faults.items():
            cells.fault(column or "criterion_code", message)
        return None


def claims(session: Session, round_: m.Round) -> dict[Leaf, m.Score]:
    """Return what the units of a round claim, or their superiors for them (Điều 4.1)."""
    found: dict[Leaf, m.Score] = {}
    for score in session.scalars(
        select(m.Score)
        .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
        .where(m.Assessment.round_id == round_.id, m.Score.layer.in_(BASIS_LAYERS[Basis.SELF]))
        .order_by(m.Score.layer)
    ):
        found[score.assessment_id, score.criterion_id] = score
    return found
