"""Writing the reference figures that were previewed: all of them or none. The audit keeps what they replace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from extensions import db
from permissions.gate import Act, act
from rules.verbs import Verb
from services.reference.reach import Reach
from services.round_file import Leaf, changed, exempt_leaves, locked


def apply(round_: m.Round, marks: Sequence[Sequence[Any]]) -> int:
    """Write the figures of a preview, all or none; return how many.

    Raises ``Refused`` where a figure, a form's state, a field or the reader's charge changed since the preview.
    """
    with act(Verb.IMPORT_REFERENCE) as importing:
        session = db.session()
        forms = {form.id: form for form in locked(session, round_, sorted({mark[0] for mark in marks}))}
        reach = Reach(session, list(forms.values()), importing.now)
        exempt = exempt_leaves(session, round_)
        wanted = {mark[1] for mark in marks}
        items = {item.id: item for item in session.scalars(select(m.Criterion).where(m.Criterion.id.in_(wanted)))}
        present = _present(session, list(forms))
        for form_id, item_id, inputs, source, as_of, version in marks:
            form, item = forms[form_id], items[item_id]
            refused = reach.why_not(form, item)
            if refused is not None:
                raise changed(refused[1])
            row = present.get((form_id, item_id))
            if (form_id, item_id) in exempt or (0 if row is None else row.version) != version:
                raise changed()
            _write(importing, form, item, row, inputs, source, date.fromisoformat(as_of))
    return len(marks)


def _present(session: Session, form_ids: Sequence[int]) -> dict[Leaf, m.ReferenceFigure]:
    figure = m.ReferenceFigure
    found = session.scalars(
        select(figure).where(figure.assessment_id.in_(form_ids)).execution_options(populate_existing=True)
    )
    return {(row.assessment_id, row.criterion_id): row for row in found}


def _write(
    importing: Act,
    form: m.Assessment,
    item: m.Criterion,
    row: m.ReferenceFigure | None,
    inputs: dict[str, Any],
    source: str,
    as_of: date,
) -> None:
    if row is None:
        row = m.ReferenceFigure(
            assessment_id=form.id, unit_id=form.unit_id, criteria_set_id=form.criteria_set_id, criterion_id=item.id
        )
        db.session.add(row)
    row.inputs, row.source, row.as_of = inputs, source, as_of
    row.imported_at = importing.now
    if importing.actor is not None:
        row.author_id = importing.actor.account_id
