"""Signing in and out, the choice of role, the own password, the language."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, g, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, logout_user
from flask_wtf.csrf import generate_csrf
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from extensions import login_manager
from i18n import render
from permissions.actor import current_actor
from permissions.routes import public, signed_in, while_looking
from rules.addresses import is_own_path
from services import account as accounts
from services.account import Waiting, looking, news, password_rules
from views import errors, kept
from views.device import device
from views.forms import Form
from views.user import LOOKING_AUTHORITY, WAY, enter, work_as

blueprint = Blueprint("auth", __name__)

#: Where a browser keeps the secret of a session that still waits for its code; it opens nothing else.
PENDING = "pending"


class LoginForm(Form):
    username = StringField(_l("Login"), [InputRequired(), Length(max=80)])
    password = PasswordField(_l("Password"), [InputRequired()])


class CodeForm(Form):
    code = StringField(_l("Code"), [InputRequired(), Length(max=40)])


class PasswordForm(Form):
    old = PasswordField(_l("Present password"), [InputRequired()])
    new = PasswordField(_l("New password"), [InputRequired()])
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("new")])


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Ask for name and password; one answer for every failure. A script may sign in from the page it stands on."""
    form = LoginForm()
    if form.validate_on_submit():
        try:
            opened = accounts.sign_in(form.username.data or "", form.password.data or "", device())
        except accounts.SignInRefused:
            words = _("The login or the password is not right, or too many tries: wait and try again.")
            if errors.scripted():
                return jsonify(why=words), 422
            form.form_errors.append(words)
        else:
            return _wait_for_code(opened.secret) if opened.pending else _entered(opened.secret)
    elif request.method == "POST" and errors.scripted():
        return jsonify(why=_("Fill in login and password.")), 422
    return _door(form, request.form.get(kept.FIELD, "")), 422 if request.method == "POST" else 200


@blueprint.route("/login/code", methods=["GET", "POST"])
@public
def code() -> ResponseReturnValue:
    """Ask for the code of the authenticator, or one of the recovery codes; until then nothing is open."""
    secret = session.get(PENDING)
    form = CodeForm()
    if isinstance(secret, str) and form.validate_on_submit():
        try:
            return _entered(accounts.give_code(secret, form.code.data or "", device()))
        except accounts.SignInRefused:
            words = _("The code is not right, was used already, or too many tries: wait for the next code.")
            if errors.scripted():
                return jsonify(why=words), 422
            form.form_errors.append(words)
        except accounts.PendingOver:
            secret = None
            session.pop(PENDING, None)
    if not isinstance(secret, str):
        words = _("The time for the code is over: sign in again.")
        if errors.scripted():
            return jsonify(why=words, again=True), 422
        flash(words, "warning")
        return redirect(url_for("auth.login", next=request.args.get("next")))
    return _code_page(form), 422 if request.method == "POST" else 200


@blueprint.get("/login/state")
@public
def state() -> ResponseReturnValue:
    """Tell a script of our pages who is signed in here, and give it the token of the present session."""
    return jsonify(_state())


@blueprint.post("/logout")
@signed_in
@while_looking
def logout() -> ResponseReturnValue:
    """End the session on the server, then forget it here."""
    looking.end(current_user.session_id)
    accounts.sign_out(current_user.secret)
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


@blueprint.route("/authority", methods=["GET", "POST"])
@signed_in
@while_looking
def authority() -> ResponseReturnValue:
    """Choose the post or seat to work with; rights come from the chosen one alone."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    if request.method == "POST":
        asked = next((own for own in actor.authorities if own.key == request.form.get("authority", "")), None)
        if asked is not None and asked.closed is None:
            work_as(asked.key, "authority" if actor.seen_by is None else LOOKING_AUTHORITY)
            return redirect(url_for("home.index"))
        flash(render(asked.closed) if asked and asked.closed else _("This role is no longer yours."), "error")
    return render_template("auth/authority.html", actor=actor)


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """Change the own password; the other sessions end."""
    form = PasswordForm()
    if form.validate_on_submit():
        actor = current_actor()
        assert actor is not None  # noqa: S101 - the guard lets nobody else in
        faults = accounts.change_password(
            actor.account_id, form.old.data or "", form.new.data or "", current_user.secret, device()
        )
        for name, fault in faults.items():
            form[name].errors = [render(fault)]
        if not faults:
            flash(_("The password is changed. Your other sessions have ended."), "success")
            return redirect(url_for("home.index"))
    least = password_rules.least(has_factor=current_user.has_factor)
    return render_template("auth/password.html", form=form, least=least), 422 if form.errors else 200


@blueprint.post("/language")
@public
@while_looking
def language() -> ResponseReturnValue:
    """Switch between Vietnamese and English."""
    if request.form.get("locale") in ("vi", "en"):
        session["locale"] = request.form["locale"]
    return redirect(own_path(request.form.get("next")))


@login_manager.unauthorized_handler
def unauthorized() -> ResponseReturnValue:
    """Answer who is not signed in: a script by its status, a form by the door that keeps what was typed, a page by the door."""
    if errors.scripted():
        return errors.answer(401)
    values = kept.parcel()
    if values:
        return _door(LoginForm(formdata=None), values, ended=True), 401
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back))


@errors.token_refused
def token_refused() -> ResponseReturnValue | None:
    """Answer a form whose token has ended: signed in, its values come back at once; else after signing in again."""
    if errors.scripted():
        return None
    # What was typed into a page of somebody else is not given back among one's own.
    values = "" if g.get("looking_over") else kept.parcel()
    if not current_user.is_authenticated:
        if values or request.endpoint == "auth.login":
            return _door(LoginForm(formdata=None), values or request.form.get(kept.FIELD, ""), ended=True), 400
        return None
    back = kept.give_back(values) if values and current_user.waiting is None else None
    return None if back is None else current_app.make_response((current_app.make_response(back), 400))


def own_path(target: str | None) -> str:
    """Return the target when it is a plain path of this site, else the home page: no open redirect."""
    return target if target and is_own_path(target) else url_for("home.index")


def _door(form: LoginForm, values: str, *, ended: bool = False) -> str:
    return render_template("auth/login.html", form=form, values=values, ended=ended, next=_next())


def _code_page(form: CodeForm) -> str:
    values = request.form.get(kept.FIELD, "")
    return render_template("auth/code.html", form=form, values=values, next=_next())


def _next() -> str | None:
    """Return where to go after signing in: as the address of the door says, or the page that was asked for."""
    if request.blueprint == "auth":
        return request.args.get("next")
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _wait_for_code(secret: str) -> ResponseReturnValue:
    """Keep the pending session in this browser, and nothing of the time before."""
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    session[PENDING] = secret
    g.pop("csrf_token", None)  # made for the session before
    if errors.scripted():
        return jsonify(code=True, csrf=generate_csrf())
    if request.form.get(kept.FIELD):
        return _code_page(CodeForm(formdata=None))
    return redirect(url_for("auth.code", next=request.args.get("next")))


def _entered(secret: str) -> ResponseReturnValue:
    """Go on where the person stood: to the page asked for, or to the form with what was typed."""
    values = request.form.get(kept.FIELD, "")
    user = enter(secret, request.form.get("authority") or kept.authority_of(values))
    actor = current_actor()
    assert actor is not None  # noqa: S101 - entered just now
    for message in news.of(actor.account_id):
        flash(render(message), "warning")
    if errors.scripted():
        return jsonify(_state())
    if values and user.waiting is None:
        back = kept.give_back(values)
        if back is not None:
            return back
        flash(_("What was typed before belongs to another account, or is too old: it does not come back."), "warning")
    return redirect(own_path(request.args.get("next")))


def _state() -> dict[str, object]:
    actor = current_actor()
    waiting: Waiting | None = current_user.waiting if actor is not None else None
    return {
        "account": None if actor is None else actor.account_id,
        "authority": "" if actor is None or actor.authority is None else actor.authority.key,
        "waiting": "" if waiting is None else url_for(WAY[waiting]),
        "csrf": generate_csrf(),
    }
