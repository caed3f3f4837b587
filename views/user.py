"""What Flask-Login keeps of a signed-in person: the secret of a session row, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import UserMixin, current_user, login_user

from extensions import login_manager
from permissions.actor import Actor, set_actor
from permissions.needs import refresh_identity
from services import account as accounts
from services.account import Waiting
from views.device import address, own_port

#: Where the cookie keeps as whom its person looks at the system, and the role chosen among that person's.
LOOKING, LOOKING_AUTHORITY = "looking", "looking_authority"
_ALWAYS = ("auth.login", "auth.logout", "auth.language", "auth.state")
#: All that a person may ask for before an issued or aged password is replaced (AU-03), or a compulsory second factor is there.
OPEN_WHILE = {
    Waiting.PASSWORD: ("auth.password", *_ALWAYS),
    Waiting.FACTOR: ("own.factor", "own.begin", "own.confirm", *_ALWAYS),
}
WAY = {Waiting.PASSWORD: "auth.password", Waiting.FACTOR: "own.factor"}


@dataclass
class User(UserMixin):
    """A session's secret; the account behind it is read anew on each request."""

    secret: str
    session_id: int = 0
    waiting: Waiting | None = None
    issued: bool = False
    has_factor: bool = False
    locale: str = "vi"
    illustrative: bool = False

    def get_id(self) -> str:
        return self.secret


@login_manager.user_loader
def _load(secret: str) -> User | None:
    live = accounts.resume(
        secret,
        session.get("authority"),
        address(),
        session.get(LOOKING_AUTHORITY),
        port=own_port(request.environ),
    )
    if live is None:
        return None
    set_actor(live.actor)
    _looking(live.actor)
    return User(secret, live.session_id, live.waiting, live.issued, live.has_factor, live.locale, live.illustrative)


def _looking(actor: Actor) -> None:
    """Where a looking as another person began or ended, forget the role chosen before and refuse forms of the time before."""
    now = None if actor.seen_by is None else actor.seen_by.viewing_id
    before = session.get(LOOKING)
    if now == before:
        return
    leave_looking()
    if now is not None:
        session[LOOKING] = now
    elif before is not None:
        g.looking_over = True
        flash(_("Looking at the system as somebody else is over: these are your own pages again."), "info")


def leave_looking() -> None:
    """Forget in this browser that its person looked as another: its pages of that time send nothing any more."""
    for name in (LOOKING, LOOKING_AUTHORITY):
        session.pop(name, None)
    renew_tokens()


def work_as(key: str | None, name: str = "authority") -> None:
    """Go on in another role: pages of the role before send nothing any more. ``name`` is where the session keeps it."""
    if session.get(name) != key:
        session[name] = key
        renew_tokens()


def renew_tokens() -> None:
    """Let every form that was made until now be refused; the next page gets a token of its own."""
    session.pop("csrf_token", None)
    g.pop("csrf_token", None)


def enter(secret: str, authority: str | None = None) -> User:
    """Begin a new session of this browser: nothing of the time before lives on, and what was signed in here has ended.

    ``authority`` is the one a page was made under that is gone on with; only an own one counts.
    """
    if current_user.is_authenticated:
        accounts.sign_out(current_user.secret)
    locale = session.get("locale")
    session.clear()
    if locale:
        session["locale"] = locale
    if authority:
        session["authority"] = authority
    user = _load(secret)
    assert user is not None  # noqa: S101 - it was opened just now
    login_user(user)
    g.user = user
    g.pop("csrf_token", None)  # made for the session before
    refresh_identity()
    return user


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
            waiting = None if g.user is None else g.user.waiting
            if waiting is not None and request.endpoint not in OPEN_WHILE[waiting]:
                return redirect(url_for(WAY[waiting]))
        return None
