"""Snapshots: what a form, or one field of it, held when it was handed over, kept in the transaction of that act."""

from __future__ import annotations

import models as m
from extensions import db
from permissions.gate import Act
from permissions.trail import of_actor
from rules.vocabulary import Layer
from services.history.holding import hold


def take(given: Act, form: m.Assessment, layer: Layer, sheet: m.FieldSheet | None = None) -> None:
    """Keep what the form holds now, up to ``layer``; of one field where ``sheet`` names it. Call inside the act.

    What the writer may not read is not in it. The unit reads the snapshot once ``layer`` is released to it.
    """
    session = db.session()
    session.flush()
    who = of_actor(given.actor)
    field_id = None if sheet is None else sheet.field_id
    session.add(
        m.Snapshot(
            assessment_id=form.id,
            unit_id=form.unit_id,
            criteria_set_id=form.criteria_set_id,
            field_id=field_id,
            verb=given.verb.value,
            layer=layer,
            at=given.now,
            author_id=None if given.actor is None else given.actor.account_id,
            author_name=who["actor_name"],
            authority=who["authority"],
            on_behalf_of=who["on_behalf_of"],
            reason=given.reason,
            content=hold(session, form, layer, field_id, given.now),
        )
    )
