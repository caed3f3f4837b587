"""Reference figures taken over as the appraisal: one on the desk, or one item in every unit by list."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import models as m
from extensions import db
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Verb
from services import reference
from services import sheet as sheets
from services.reference import Ticket
from services.score import EntryFault, StaleEntry
from views.appraisal import blueprint
from views.ids import small_int
from views.keeping import sheets_in_charge, tickets
from views.seat import council_round, seated_actor


@blueprint.get("/reference")
@open_to(Verb.APPRAISE)
def take_reference() -> ResponseReturnValue:
    """List what taking over the figures of one item would do in every unit in charge; nothing is done yet."""
    actor = seated_actor()
    criterion_id = small_int(request.args.get("leaf"))
    criterion = None if criterion_id is None else db.session.get(m.Criterion, criterion_id)
    if criterion is None or not criterion.self_scored:
        raise hidden()
    found = reference.taking(actor, criterion, sheets_in_charge(actor, criterion))
    return render_template("reference/take.html", taking=found, round=council_round(actor))


@blueprint.post("/reference")
@open_to(Verb.APPRAISE)
def take_reference_now() -> ResponseReturnValue:
    """Take over exactly the listed figures; what changed in between is named."""
    taken = reference.take(tickets(Ticket.parse))
    if taken.failed:
        page = render_template("reference/taken.html", taken=taken, round=council_round(seated_actor()))
        return page, 200 if taken.count else 409
    if taken.count:
        done = ngettext("%(num)s figure is taken over.", "%(num)s figures are taken over.", taken.count)
        flash(done, "success")
    else:
        flash(_("Nothing was ticked, nothing was done."), "warning")
    return redirect(url_for(".index"))


@blueprint.post("/<int:sheet_id>/<int:criterion_id>/reference")
@open_to(Verb.APPRAISE)
def take_one_reference(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Take over the one figure beside the claim on the desk."""
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    ticket = Ticket.parse(request.form.get("ticket", ""))
    if ticket is None or (ticket.claim.sheet_id, ticket.claim.criterion_id) != (sheet.id, criterion.id):
        abort(400)
    try:
        reference.take_one(sheet, criterion, ticket, small_int(request.form.get("version")) or 0)
    except (StaleEntry, EntryFault):
        db.session.rollback()
        flash(
            _("Nothing was saved: figures, claim or appraisal changed in the meantime. They stand here anew."), "error"
        )
    else:
        flash(_("%(code)s: the reference figures are taken over.", code=criterion.code), "success")
    return redirect(url_for(".work", sheet_id=sheet_id, leaf=criterion.code))
