"""The file to fill in: one row for each unit and leaf that takes figures, with those that are there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from models import clock
from rules.criteria import InputKind, InputSpec
from services.imports.inputs import INPUT_COLUMNS
from services.reference.reach import UNKNOWN, Reach, unfit
from services.reference.reading import LAYOUT
from services.round_file import Ground
from services.tabular import Column, Kind

_KINDS = {"as_of": Kind.DATE}
_WIDTHS = {"unit_name": 34, "criterion_name": 46, "source": 36}


def template(
    session: Session, round_: m.Round, criterion_id: int | None
) -> tuple[list[Column], Iterator[tuple[object, ...]]]:
    """Return columns and rows, leaf by leaf, for one leaf, or for all that have figures already; for all while none has.

    Only what the reader may import now is in it.
    """
    ground = Ground(session, round_, UNKNOWN, unfit)
    figures = {
        (row.assessment_id, row.criterion_id): row
        for row in session.scalars(
            select(m.ReferenceFigure)
            .join(m.Assessment, m.Assessment.id == m.ReferenceFigure.assessment_id)
            .where(m.Assessment.round_id == round_.id)
        )
    }
    wanted = {criterion_id} if criterion_id is not None else {leaf_id for _, leaf_id in figures}
    reach = Reach(session, ground.forms, clock.now(session))
    columns = [
        Column(heading.key, heading.title, _KINDS.get(heading.key, Kind.TEXT), width=_WIDTHS.get(heading.key, 14))
        for heading in LAYOUT.headings
    ]

    def rows() -> Iterator[tuple[object, ...]]:
        for item in ground.items.values():
            if unfit(item) is not None or (wanted and item.id not in wanted):
                continue
            for unit_code, (form, name) in ground.named.items():
                if form.criteria_set_id != item.set_id or (form.id, item.id) in ground.exempt:
                    continue
                if reach.why_not(form, item) is None:
                    cells = _cells(figures.get((form.id, item.id)), item)
                    cells.update(
                        round_code=round_.code,
                        unit_code=unit_code,
                        unit_name=name,
                        criterion_code=item.code,
                        criterion_name=item.name,
                    )
                    yield tuple(cells.get(column.key) for column in columns)

    return columns, rows()


def _cells(figure: m.ReferenceFigure | None, item: m.Criterion) -> dict[str, object]:
    """Write a kept figure as the import reads it."""
    if figure is None:
        return {}
    specs = {spec.name: spec for spec in item.rule.inputs}
    cells: dict[str, object] = {
        name: _cell(figure.inputs, specs[name]) for name in INPUT_COLUMNS if name in specs and name in figure.inputs
    }
    return {**cells, "source": figure.source, "as_of": figure.as_of}


def _cell(inputs: Mapping[str, Any], spec: InputSpec) -> object:
    value = inputs[spec.name]
    if spec.kind is InputKind.PARTS:
        return " ".join(_number(spec, one) for one in value) or "0"
    if spec.kind is InputKind.OPTION:
        return _number(spec, value)
    # A comma: a point before three digits could mean a thousand and is refused.
    return str(value).replace(".", ",")


def _number(spec: InputSpec, value: str) -> str:
    """Return the number of an option or part, counted from 1 as in files."""
    return str(1 + next(place for place, choice in enumerate(spec.choices) if choice.value == value))
