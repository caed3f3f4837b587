"""Writing the survey values that were previewed: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import act
from rules.message import Message
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import score as scores
from services.round_file import changed, locked, refusals
from services.score import Entry, EntryFault, StaleEntry


def apply(round_: m.Round, marks: Sequence[Sequence[Any]]) -> int:
    """Write the values of a preview, all or none; return how many.

    Raises ``Refused`` where a value, a form's state or a field changed since the preview.
    """
    by_form: dict[int, list[tuple[int, Entry]]] = {}
    for form_id, item_id, rate, note, version in marks:
        by_form.setdefault(form_id, []).append((item_id, Entry({"rate": rate}, note=note, version=version)))
    with act(Verb.IMPORT_SURVEY) as importing:
        session = db.session()
        forms = locked(session, round_, list(by_form))
        refused = refusals(session, Verb.IMPORT_SURVEY, forms, importing.now)
        items = {
            item.id: item
            for item in session.scalars(
                select(m.Criterion).where(m.Criterion.id.in_({id_ for given in by_form.values() for id_, _ in given}))
            )
        }
        writing = scores.Writing(importing, Layer.SURVEY, forms, items.values())
        for form in forms:
            given = [(items[item_id], entry) for item_id, entry in by_form[form.id]]
            _check(form, given, refused)
            try:
                writing.put(form, given, round_)
            except (StaleEntry, EntryFault) as fault:
                raise changed() from fault
        writing.finish()
    return len(marks)


def _check(
    form: m.Assessment, given: Sequence[tuple[m.Criterion, Entry]], refused: Mapping[tuple[int, str], Message]
) -> None:
    for item, _ in given:
        why = refused.get((form.id, item.field_code))
        if why is not None:
            raise changed(why)
