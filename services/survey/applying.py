"""Writing the survey values that were previewed: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from extensions import db
from permissions.gate import Refused, act
from rules.message import M, Message
from rules.process import Refusal, Verdict
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import score as scores
from services.score import Entry, EntryFault, StaleEntry
from services.survey.reading import refusals


def apply(round_: m.Round, marks: Sequence[Sequence[Any]]) -> int:
    """Write the values of a preview, all or none; return how many.

    Raises ``Refused`` where a value, a form's state or a field changed since the preview.
    """
    by_form: dict[int, list[tuple[int, Entry]]] = {}
    for form_id, item_id, rate, note, version in marks:
        by_form.setdefault(form_id, []).append((item_id, Entry({"rate": rate}, note=note, version=version)))
    with act(Verb.IMPORT_SURVEY) as importing:
        session = db.session()
        forms = _locked(session, round_, list(by_form))
        refused = refusals(session, forms, importing.now)
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
                raise _changed() from fault
        writing.finish()
    return len(marks)


def _locked(session: Session, round_: m.Round, form_ids: Sequence[int]) -> Sequence[m.Assessment]:
    """Lock forms, then sheets, always in this order, so that no council approves a field meanwhile."""
    forms = session.scalars(
        select(m.Assessment)
        .where(m.Assessment.id.in_(form_ids), m.Assessment.round_id == round_.id)
        .order_by(m.Assessment.id)
        .with_for_update(of=m.Assessment)
        .execution_options(populate_existing=True)
    ).all()
    session.scalars(
        select(m.FieldSheet)
        .where(m.FieldSheet.assessment_id.in_(form_ids))
        .order_by(m.FieldSheet.id)
        .with_for_update(of=m.FieldSheet)
        .execution_options(populate_existing=True)
    ).all()
    if len(forms) != len(form_ids):
        raise _changed()
    return forms


def _check(
    form: m.Assessment, given: Sequence[tuple[m.Criterion, Entry]], refused: Mapping[tuple[int, str], Message]
) -> None:
    for item, _ in given:
        why = refused.get((form.id, item.field_code))
        if why is not None:
            raise _changed(why)


def _changed(why: Message | None = None) -> Refused:
    return Refused(
        Verdict(
            False,
            Refusal.STATE,
            why or M("Values or forms changed since this preview; nothing was imported."),
            M("Upload the file again and look at the new preview."),
        )
    )
