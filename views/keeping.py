"""Claims kept by list, over the items of a field or one item in every unit: first the list, then exactly that."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.routes import open_to
from permissions.standing import standing
from rules.verbs import Verb
from services import appraisal
from services import sheet as sheets
from services.appraisal import Ticket
from views.appraisal import blueprint
from views.ids import small_int
from views.seat import council_round, seated_actor

#: More lines than this no list holds (the largest council: some 1,500); a longer one is refused.
MOST_TICKETS = 5000
T = TypeVar("T")


@blueprint.get("/keep")
@open_to(Verb.APPRAISE)
def keep() -> ResponseReturnValue:
    """List what "keep the claim" would take over: ticked sheets, or one leaf in every unit; nothing is done yet."""
    actor = seated_actor()
    criterion_id = small_int(request.args.get("leaf"))
    chosen = _chosen(actor, criterion_id)
    found = appraisal.keeping(actor, chosen, criterion_id)
    return render_template("appraisal/keep.html", keeping=found, round=council_round(actor))


@blueprint.post("/keep")
@open_to(Verb.APPRAISE)
def keep_now() -> ResponseReturnValue:
    """Take over exactly the listed claims; what changed in between is named."""
    kept = appraisal.keep(tickets(Ticket.parse))
    if kept.failed:
        return render_template(
            "appraisal/kept.html", kept=kept, round=council_round(seated_actor())
        ), 200 if kept.count else 409
    if kept.count:
        flash(ngettext("%(num)s claim is kept.", "%(num)s claims are kept.", kept.count), "success")
    else:
        flash(_("Nothing was ticked, nothing was done."), "warning")
    return redirect(url_for(".index"))


def tickets(parse: Callable[[str], T | None]) -> list[T]:
    """Return the lines of a list as its page sent them back; too many, or one that no page wrote, are refused."""
    texts = request.form.getlist("ticket")
    if len(texts) > MOST_TICKETS:
        abort(413)
    known = [ticket for ticket in map(parse, texts) if ticket is not None]
    if len(known) < len(texts):
        abort(400)
    return known


def _chosen(actor: Actor, criterion_id: int | None) -> list[m.FieldSheet]:
    """Return the ticked sheets; with a leaf and nothing ticked, that field of every unit. Unknown numbers do not exist."""
    ids = {small_int(text) for text in request.args.getlist("sheet")[:MOST_TICKETS]}
    if criterion_id is not None and not ids:
        criterion = db.session.get(m.Criterion, criterion_id)
        if criterion is None:
            raise hidden()
        return sheets_in_charge(actor, criterion)
    found = sheets.sheets_of({id_ for id_ in ids if id_ is not None})
    if len(found) < len(ids):
        raise hidden()
    return found


def sheets_in_charge(actor: Actor, criterion: m.Criterion) -> list[m.FieldSheet]:
    """Return the sheets of a leaf's field in every unit where the leaf is assigned to this seat."""
    query = (
        select(m.FieldSheet)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.Criterion.set_id == criterion.set_id, m.Criterion.code == criterion.field_code)
    )
    found = list(db.session.scalars(query.order_by(m.FieldSheet.id)))
    stand = standing(db.session(), actor, found)
    return [sheet for sheet in found if stand.covers(sheet, criterion)]
