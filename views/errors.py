"""Refusals and faults as pages: what, why, what next; absent and forbidden look the same; never a trace or SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from extensions import db
from i18n import render
from permissions.gate import Refused, remember
from rules.message import M, Message
from rules.verdict import Refusal

TITLES: dict[int, tuple[Message, Message]] = {
    400: (M("The request could not be read"), M("Go back, check what was sent, and try again.")),
    401: (M("Your session has ended"), M("Sign in again.")),
    403: (M("This is not among your rights"), M("Choose another of your roles, or ask Sở Nội vụ.")),
    404: (M("This page does not exist, or is not open to you"), M("Go back to the first page.")),
    405: (M("This address does not take that kind of request"), M("Go back to the first page.")),
    409: (M("This is not possible now"), M("Look at the present state and decide again.")),
    413: (
        M("Too much was sent at once"),
        M("Nothing was saved. Go back: what you typed still stands there; shorten it, or save it in parts."),
    ),
    415: (M("This kind of content is not accepted"), M("Go back to the first page.")),
    422: (M("Something is missing"), M("Go back and complete it.")),
    429: (M("Too many requests"), M("Wait a little and try again.")),
    500: (M("The system met a fault"), M("Nothing was changed. Tell the hotline the number below.")),
    503: (M("The database does not answer now"), M("Nothing was changed. Try again in a minute.")),
}
_NOT_SAVED = M("What was sent was not saved: it is not open to you, or no longer. Your unit or role may have changed.")
_TYPED = M("Go back: what you typed still stands on the page before; copy what you need and pass it on.")
STATUS = {Refusal.HIDDEN: 404, Refusal.RIGHT: 403, Refusal.STATE: 409, Refusal.REASON: 422}


@dataclass(frozen=True, slots=True)
class ErrorPage:
    code: int
    title: str
    why: str
    next_step: str
    reference: str


#: Who answers a form whose token has ended, in place of the bare error; set by the door (views/auth.py).
_token_refused: list[Callable[[], ResponseReturnValue | None]] = []


def token_refused(view: Callable[[], ResponseReturnValue | None]) -> Callable[[], ResponseReturnValue | None]:
    """State who answers a refused token; with None the bare error stands."""
    _token_refused[:] = [view]
    return view


def scripted() -> bool:
    """Tell whether a script asked, which reads JSON."""
    return request.accept_mimetypes.best == "application/json" or request.is_json


def answer(code: int, why: Message | None = None, next_step: Message | None = None) -> ResponseReturnValue:
    """Render a refusal as a page, or as JSON for a script that asked for it."""
    number = g.get("request_id", "")
    # The path is written as a literal: no line of the log can be forged by it. Arguments may hold words of people.
    current_app.logger.warning("answered %s, request %s: %s %.300r", code, number, request.method, request.path)
    title, default_step = TITLES.get(code, TITLES[500 if code >= 500 else 400])
    page = ErrorPage(
        code,
        render(title),
        render(why) if why is not None else "",
        render(next_step or default_step),
        number,
    )
    if scripted():
        return jsonify(
            code=code, title=page.title, why=page.why, next_step=page.next_step, reference=page.reference
        ), code
    return render_template("errors/error.html", error=page), code


def refused(error: Refused) -> ResponseReturnValue:
    """Answer a refusal of the process table; the same words for absent and forbidden."""
    remember(error)
    verdict = error.verdict
    code = STATUS[verdict.refusal or Refusal.RIGHT]
    if code == 404:
        # Whoever was moved while a page was open sends what it typed into what is closed now: it must not vanish unsaid.
        return answer(404) if request.method in ("GET", "HEAD") else answer(404, _NOT_SAVED, _TYPED)
    return answer(code, verdict.why, verdict.next_step)


def http(error: HTTPException) -> ResponseReturnValue:
    """Answer what the router or an extension refused."""
    if error.code is None or error.code < 400:
        return error  # redirects travel as exceptions too
    if isinstance(error, CSRFError):
        for view in _token_refused:
            instead = view()
            if instead is not None:
                return instead
        return answer(
            400, M("The page was open too long, or the form did not come from it."), M("Load the page again.")
        )
    response = current_app.make_response(answer(error.code))
    for name, value in error.get_headers():
        if name.lower() == "allow":
            response.headers[name] = value
    return response


def stale(_error: StaleDataError | IntegrityError) -> ResponseReturnValue:
    """Answer a row that somebody else changed, took away or made at the same moment, between reading and writing."""
    db.session.rollback()
    return answer(409, M("Somebody else changed this in the meantime."))


def bad_value(_error: DataError) -> ResponseReturnValue:
    """Answer a value that the database cannot hold."""
    db.session.rollback()
    return answer(400)


def no_database(_error: OperationalError) -> ResponseReturnValue:
    """Answer while the database is away."""
    db.session.rollback()
    current_app.logger.error("database unavailable, request %s", g.get("request_id"))
    return answer(503)


def fault(error: Exception) -> ResponseReturnValue:
    """Answer a fault of ours with its number in the log; tests see the exception itself."""
    if current_app.testing and not current_app.config.get("ANSWER_FAULTS"):
        raise error
    db.session.rollback()
    current_app.logger.exception("fault in request %s", g.get("request_id"))
    return answer(500)


HANDLERS: dict[type[Exception], Callable[[Any], ResponseReturnValue]] = {
    Refused: refused,
    HTTPException: http,
    StaleDataError: stale,
    IntegrityError: stale,
    DataError: bad_value,
    OperationalError: no_database,
    Exception: fault,
}


def init_app(app: Flask) -> None:
    """Answer every exception with a sentence."""
    for error, handler in HANDLERS.items():
        app.register_error_handler(error, handler)
