"""What Flask-Login keeps of a signed-in person: the secret of a session row, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import UserMixin, current_user

from extensions import db, login_manager
from permissions.actor import set_actor
from permissions.identity import load_actor
from services import account as accounts

#: All that a person may ask for before an issued password is replaced by an own one (AU-03).
BEFORE_CHANGE = ("auth.password", "auth.logout", "auth.language")


@dataclass
class User(UserMixin):
    """A session's secret; the account behind it is read anew on each request."""

    secret: str
    must_change_password: bool = False
    locale: str = "vi"
    illustrative: bool = False

    def get_id(self) -> str:
        return self.secret


@login_manager.user_loader
def _load(secret: str) -> User | None:
    live = accounts.resume(secret)
    if live is None:
        return None
    chosen = session.get("authority")
    set_actor(load_actor(db.session(), live.account_id, live.name, live.now, chosen, request.remote_addr or ""))
    return User(secret, live.must_change_password, live.locale, live.illustrative)


def init_app(app: Flask) -> None:
    """Load the user at the start of each request, before identity and rights are asked for."""
    login_manager.init_app(app)
    login_manager.login_view = "auth.login"
    login_manager.login_message = None

    @app.before_request
    def load() -> ResponseReturnValue | None:
        set_actor(None)
        if request.endpoint not in ("static", "admin.static", "health.healthz"):
            g.user = current_user if current_user.is_authenticated else None
            if g.user is not None and g.user.must_change_password and request.endpoint not in BEFORE_CHANGE:
                return redirect(url_for("auth.password"))
        return None
