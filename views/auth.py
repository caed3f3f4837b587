"""Signing in and out, the choice of role, the own password, the language."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from wtforms import PasswordField, StringField
from wtforms.validators import EqualTo, InputRequired, Length

from i18n import render
from permissions.actor import current_actor
from permissions.routes import public, signed_in
from services import account as accounts
from views.forms import Form
from views.user import User

blueprint = Blueprint("auth", __name__)


class LoginForm(Form):
    username = StringField(_l("Login"), [InputRequired(), Length(max=80)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=accounts.MAX_PASSWORD)])


class PasswordForm(Form):
    old = PasswordField(_l("Present password"), [InputRequired(), Length(max=accounts.MAX_PASSWORD)])
    new = PasswordField(_l("New password"), [InputRequired(), Length(max=accounts.MAX_PASSWORD)])
    again = PasswordField(_l("New password again"), [InputRequired(), EqualTo("new")])


@blueprint.route("/login", methods=["GET", "POST"])
@public
def login() -> ResponseReturnValue:
    """Ask for name and password; one answer for every failure."""
    form = LoginForm()
    if form.validate_on_submit():
        try:
            secret = accounts.sign_in(form.username.data or "", form.password.data or "", request.remote_addr or "")
        except accounts.SignInRefused:
            form.form_errors.append(_("The login or the password is not right, or too many tries: wait and try again."))
        else:
            locale = session.get("locale")
            session.clear()  # nothing of the time before signing in lives on
            if locale:
                session["locale"] = locale
            login_user(User(secret))
            return redirect(own_path(request.args.get("next")))
    return render_template("auth/login.html", form=form), 422 if request.method == "POST" else 200


@blueprint.post("/logout")
@signed_in
def logout() -> ResponseReturnValue:
    """End the session on the server, then forget it here."""
    accounts.sign_out(current_user.secret)
    logout_user()
    session.clear()
    return redirect(url_for("auth.login"))


@blueprint.route("/authority", methods=["GET", "POST"])
@signed_in
def authority() -> ResponseReturnValue:
    """Choose the post or seat to work with; rights come from the chosen one alone."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    if request.method == "POST":
        key = request.form.get("authority", "")
        if key in {own.key for own in actor.authorities}:
            session["authority"] = key
            return redirect(url_for("home.index"))
        flash(_("This role is no longer yours."), "error")
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
            actor.account_id, form.old.data or "", form.new.data or "", current_user.secret
        )
        for name, fault in faults.items():
            form[name].errors = [render(fault)]
        if not faults:
            flash(_("The password is changed. Your other sessions have ended."), "success")
            return redirect(url_for("home.index"))
    return render_template("auth/password.html", form=form), 422 if form.errors else 200


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    """Switch between Vietnamese and English."""
    if request.form.get("locale") in ("vi", "en"):
        session["locale"] = request.form["locale"]
    return redirect(own_path(request.form.get("next")))


def own_path(target: str | None) -> str:
    """Return the target when it is a plain path of this site, else the home page: no open redirect."""
    home = url_for("home.index")
    if not target or not target.startswith("/") or any(ord(char) < 33 or char == "\\" for char in target):
        return home
    return home if target.startswith("//") else target
