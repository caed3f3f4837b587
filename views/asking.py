"""Questions to the unit and remarks on an item: written at the helper's desk, remarks at the council's table too."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import models as m
from extensions import db
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Role, Verb
from rules.vocabulary import Audience
from services import sheet as sheets
from services.appraisal import Incomplete
from services.desk import lay_out
from services.explanation import asking, thread
from services.explanation.texts import StaleText, TextFault
from views import approval
from views.appraisal import blueprint, show
from views.seat import seated_actor
from views.talk import Talk


@blueprint.post("/<int:sheet_id>/<int:criterion_id>/question")
@open_to(Verb.ASK)
def question(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Mark the item with a question, write it anew, or take it back while it is not sent."""
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    text, seen = request.form.get("text", ""), request.form.get("mark", "")
    taking_back = request.form.get("action") == "withdraw"
    try:
        if taking_back:
            asking.withdraw(sheet, criterion, seen)
        else:
            asking.ask(sheet, criterion, text, seen)
    except TextFault as fault:
        return show(sheet_id, criterion.code, Talk(question=text, question_fault=fault.message), 422)
    except StaleText:
        db.session.rollback()
        return show(sheet_id, criterion.code, Talk(question=text, question_stale=True), 409)
    words = (
        _("%(code)s: the question is taken back.")
        if taking_back
        else _("%(code)s: marked; the unit is told when the questions of the field are sent.")
    )
    flash(words % {"code": criterion.code}, "success")
    return redirect(url_for("appraisal.work", sheet_id=sheet_id, leaf=criterion.code))


@blueprint.route("/<int:sheet_id>/questions", methods=["GET", "POST"])
@open_to(Verb.SEND_QUESTIONS)
def questions(sheet_id: int) -> ResponseReturnValue:
    """List the questions of a field, who is told and until when; then send exactly these."""
    code = 200
    if request.method == "POST":
        try:
            count = asking.send(sheets.sheet_of(sheet_id))
        except (asking.NothingAsked, Incomplete):
            code = 409
        else:
            flash(
                ngettext("%(num)s question is sent to the unit.", "%(num)s questions are sent to the unit.", count),
                "success",
            )
            return redirect(url_for("appraisal.work", sheet_id=sheet_id))
    desk = lay_out(seated_actor(), sheet_id, "")
    found = asking.sending(desk.leaves, desk.seen)
    return render_template(
        "explanation/send.html",
        desk=desk,
        found=found,
        verdict=desk.stand.judge(Verb.SEND_QUESTIONS, desk.sheet, desk.seen),
        charge={
            leaf.criterion.id: sheets.in_charge(desk.helpers, desk.sheet, leaf.criterion) for leaf in found.missing
        },
        round=desk.round,
    ), code


@blueprint.post("/<int:sheet_id>/<int:criterion_id>/remark")
@open_to(Verb.REMARK)
def remark(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Leave a remark on an item, for the team and the council or for the unit."""
    actor = seated_actor()
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    word, text = request.form.get("audience", ""), request.form.get("text", "")
    if word not in set(Audience):
        raise hidden()
    helper = actor.authority is not None and actor.authority.role is Role.HELPER
    try:
        thread.remark(sheet, criterion, Audience(word), text)
    except TextFault as fault:
        talk = Talk(remark=text, audience=Audience(word), remark_fault=fault.message, remark_on=criterion.id)
        if helper:
            return show(sheet_id, criterion.code, talk, 422)
        return approval.show(sheet_id, talk, 422)
    flash(_("%(code)s: the remark is kept.", code=criterion.code), "success")
    if helper:
        return redirect(url_for("appraisal.work", sheet_id=sheet_id, leaf=criterion.code))
    return redirect(url_for("approval.sheet", sheet_id=sheet_id, _anchor=_anchor(criterion)))


def _anchor(criterion: m.Criterion) -> str:
    return f"i-{criterion.code}"
