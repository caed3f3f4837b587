"""Support looks at the system as a user sees it: choose whom, say why and for how long; end it from the banner."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_login import current_user
from wtforms import RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from i18n import render
from permissions.actor import current_actor
from permissions.routes import open_to, signed_in, while_looking
from rules.text import CONTROLS
from rules.verbs import Verb
from services.account import looking
from services.faults import Fault
from views.forms import Form
from views.ids import small_int
from views.user import leave_looking

blueprint = Blueprint("looking", __name__, url_prefix="/looking")


class LookForm(Form):
    reason = TextAreaField(
        _l("Reason"),
        [DataRequired(), Length(max=500)],
        filters=[lambda words: CONTROLS.sub("", words or "").strip()],
        description=_l("The person reads it: what was asked, by which call or letter."),
    )
    minutes = RadioField(_l("For how long"), coerce=int)


@blueprint.get("/")
@open_to(Verb.LOOK_AS)
def index() -> ResponseReturnValue:
    """Find the account to look as, and see who looked lately."""
    words = request.args.get("q", "").strip()[:100]
    return render_template(
        "looking/index.html", words=words, found=looking.found(words) if words else None, looks=looking.latest()
    )


@blueprint.route("/new", methods=["GET", "POST"])
@open_to(Verb.LOOK_AS)
def new() -> ResponseReturnValue:
    """Ask why and for how long, then begin."""
    account = looking.one(small_int(request.args.get("account")))
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    form = LookForm()
    form.minutes.choices = [(n, ngettext("%(num)s minute", "%(num)s minutes", n)) for n in looking.lengths()]
    if request.method == "GET":
        form.minutes.data = looking.lengths()[0]
    if form.validate_on_submit():
        try:
            looking.begin(account.id, current_user.session_id, form.reason.data or "", form.minutes.data)
        except Fault as fault:
            form.form_errors += [render(sentence) for sentence in fault.faults.values()]
        else:
            return redirect(url_for("home.index"))
    page = render_template("looking/new.html", form=form, account=account, why_not=looking.why_not(actor, account))
    return page, 422 if form.errors else 200


@blueprint.post("/end")
@signed_in
@while_looking
def end() -> ResponseReturnValue:
    """Be oneself again, in the role chosen before."""
    actor = current_actor()
    looking.end(current_user.session_id)
    if actor is not None and actor.seen_by is not None:
        leave_looking()
        flash(_("You no longer look as %(name)s: these are your own pages again.", name=actor.name), "success")
    return redirect(url_for("home.index"))
