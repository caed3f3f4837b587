"""Where a person may bring reference figures: Sở Nội vụ until a field is approved, a helper on what it appraises now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from models.situation import situations
from permissions.actor import current_actor
from permissions.standing import standing
from rules.message import M, Message
from rules.verbs import Role, Verb
from rules.vocabulary import Method
from services.appraisal import verb_of
from services.round_file import refusals

UNKNOWN = M("No item of this unit's criteria that is scored has this code; correct it")


class Reach:
    """The answers for the forms of one round, read in a constant number of statements."""

    def __init__(self, session: Session, forms: Sequence[m.Assessment], now: datetime) -> None:
        actor = current_actor()
        assert actor is not None  # noqa: S101 - views and acts let nobody else in
        self._refused = refusals(session, Verb.IMPORT_REFERENCE, forms, now)
        self._stand = None
        if actor.authority is not None and actor.authority.role is Role.HELPER:
            found = session.execute(
                select(m.FieldSheet, m.Criterion.code)
                .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
                .where(m.FieldSheet.assessment_id.in_([form.id for form in forms]))
            ).all()
            self._sheets = {(sheet.assessment_id, code): sheet for sheet, code in found}
            self._stand = standing(session, actor, self._sheets.values())
            self._seen = situations(session, forms, now)

    def why_not(self, form: m.Assessment, item: m.Criterion) -> tuple[str, Message] | None:
        """Return the column of the file that names what is refused, with the reason; None where nothing is."""
        if self._stand is not None:
            sheet = self._sheets[form.id, item.field_code]
            verdict = self._stand.judge(verb_of(sheet), sheet, self._seen[form.id])
            if not verdict and verdict.why is not None:
                return "unit_code", verdict.why
            if not self._stand.covers(sheet, item):
                return "criterion_code", M("This item of this unit is not assigned to you; delete the row")
        why = self._refused.get((form.id, item.field_code))
        return None if why is None else ("unit_code", why)


def unfit(item: m.Criterion) -> Message | None:
    """Return why no figures can be held about a leaf; None where they can."""
    if item.self_scored:
        return None
    if item.method is Method.SURVEY:
        return M("The survey has an import of its own; delete the row")
    return M("Penalties are entered by helpers; there are no reference figures for them. Delete the row")
