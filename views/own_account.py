"""The own account: where one is signed in, and the second factor. Seeds and recovery codes are on one answer, never again."""

from __future__ import annotations

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user
from markupsafe import Markup
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from i18n import render
from permissions.actor import Actor, current_actor
from permissions.gate import hidden
from permissions.routes import signed_in
from rules.message import Message
from services.account import looking, second_factor, sessions
from views.device import device
from views.forms import Form
from views.ids import small_int

blueprint = Blueprint("own", __name__, url_prefix="/account")


class BeginForm(Form):
    password = PasswordField(_l("Present password"), [InputRequired()])


class CodeForm(Form):
    code = StringField(_l("Code"), [InputRequired(), Length(max=40)])


class RemoveForm(BeginForm, CodeForm):
    pass


def actor() -> Actor:
    found = current_actor()
    assert found is not None  # noqa: S101 - the guard lets nobody else in
    return found


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """Show where this account is signed in, and how it is secured."""
    me = actor()
    since, left = second_factor.standing(me.account_id)
    return render_template(
        "auth/own.html",
        sessions=sessions.running(me.account_id, me.now),
        since=since,
        left=left,
        own=current_user,
        looks=looking.of(me.account_id),
    )


@blueprint.post("/sessions")
@signed_in
def end() -> ResponseReturnValue:
    """End one of the own sessions, or all the others."""
    given = request.form.get("session")
    number = small_int(given)
    if given and number is None:
        raise hidden()
    sessions.end_own(actor().account_id, number, current_user.session_id)
    flash(_("The session has ended.") if number else _("All your other sessions have ended."), "success")
    return redirect(url_for(".index"))


@blueprint.get("/factor")
@signed_in
def factor() -> ResponseReturnValue:
    """Show whether a second factor is in force, and what can be done with it."""
    return _page(BeginForm(formdata=None))


@blueprint.post("/factor/begin")
@signed_in
def begin() -> ResponseReturnValue:
    """Make a seed and show it, this once, as a picture and in letters."""
    form = BeginForm()
    if form.validate_on_submit():
        made = second_factor.begin(actor().account_id, form.password.data or "", device())
        if not isinstance(made, Message):
            secret, address = made
            groups = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
            return render_template(
                "auth/enrol.html", form=CodeForm(formdata=None), secret=groups, picture=_picture(address)
            )
        form.password.errors = [render(made)]
    return _page(form), 422


@blueprint.post("/factor/confirm")
@signed_in
def confirm() -> ResponseReturnValue:
    """Put the factor in force by its first code; show the recovery codes, this once."""
    form = CodeForm()
    if form.validate_on_submit():
        made = second_factor.confirm(actor().account_id, form.code.data or "", device(), current_user.secret)
        if not isinstance(made, Message):
            return render_template("auth/codes.html", codes=made)
        form.code.errors = [render(made)]
    return render_template("auth/enrol.html", form=form, secret=None, picture=None), 422


@blueprint.post("/factor/codes")
@signed_in
def codes() -> ResponseReturnValue:
    """Replace the recovery codes; show the new ones, this once."""
    form = CodeForm()
    if form.validate_on_submit():
        made = second_factor.renew_codes(actor().account_id, form.code.data or "", device())
        if not isinstance(made, Message):
            return render_template("auth/codes.html", codes=made)
        form.code.errors = [render(made)]
    return _page(BeginForm(formdata=None), renew=form), 422


@blueprint.post("/factor/remove")
@signed_in
def remove() -> ResponseReturnValue:
    """Take the own factor away, with password and code; where it is compulsory a new one is asked for at once."""
    form = RemoveForm()
    if form.validate_on_submit():
        fault = second_factor.remove_own(actor().account_id, form.password.data or "", form.code.data or "", device())
        if fault is None:
            flash(_("The second factor is taken away."), "success")
            return redirect(url_for(".factor"))
        form.form_errors.append(render(fault))
    return _page(BeginForm(formdata=None), remove=form), 422


def _page(form: BeginForm, *, renew: CodeForm | None = None, remove: RemoveForm | None = None) -> str:
    since, left = second_factor.standing(actor().account_id)
    return render_template(
        "auth/factor.html",
        form=remove or renew or form,
        begin=form,
        renew=renew or CodeForm(formdata=None),
        remove=remove or RemoveForm(formdata=None),
        since=since,
        left=left,
        compulsory=sessions.factor_compulsory(actor(), sessions.settings()),
    )


def _picture(address: str) -> Markup:
    """Draw the address for the camera of a phone, without a style of its own."""
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, light="#fff", svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704 - made by the library from an address we made
