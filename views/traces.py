"""What leaves its trace though it changes nothing: every refusal, and every file that is handed out, whichever route answers it."""

from __future__ import annotations

import re
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request
from flask_babel import force_locale
from sqlalchemy.exc import SQLAlchemyError

from extensions import db
from i18n import DEFAULT_LOCALE, render
from permissions import routes
from permissions.actor import current_actor
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from services.trail import notes, watch
from views import errors

LONGEST_ADDRESS = 300
_FULL_NAME = re.compile(r"filename\*=UTF-8''([^;]+)")


def refusals(response: Response) -> Response:
    """Leave the trace of what was refused in this request, after what it undid; of a person alone, never in the way of the answer."""
    actor = current_actor()
    if actor is None or not g.get("refusals"):
        return response
    try:
        for error in g.refusals:
            notes.refusal(actor, _asked(error.verb), error.verdict, _why(error.verdict.why))
    except SQLAlchemyError:
        db.session.rollback()
        current_app.logger.exception("a refusal could not be noted")
    return response


def _why(why: Message | None) -> str:
    """Say why in the installation's language, whichever the refused person reads: others read the trail."""
    with force_locale(DEFAULT_LOCALE):
        return render(why or "")


def file(response: Response) -> Response:
    """Leave the trace of an answer that is a file; where it cannot be left, the file does not leave either.

    Of very many exports within a minute the next one does not leave (IN-17).
    """
    disposition = response.headers.get("Content-Disposition", "")
    actor = current_actor()
    if actor is None or request.method == "HEAD" or response.status_code >= 400 or "attachment" not in disposition:
        return response
    if request.endpoint != notes.DOWNLOAD and not watch.may_export(actor):
        response.close()
        why = M("You took very many files within a minute.")
        notes.refusal(actor, _asked(None), Verdict(False, Refusal.STATE, why), render(why))
        return current_app.make_response(errors.answer(429, why))
    full = _FULL_NAME.search(disposition)
    notes.file(actor, _asked(None), unquote(full[1]) if full else "", response.mimetype or "")
    return response


def _asked(verb: Verb | None) -> notes.Asked:
    endpoint = request.endpoint or ""
    verbs = [right for right in routes.stated(current_app, endpoint) if isinstance(right, Verb)]
    ids = [*(request.view_args or {}).values(), *request.args.getlist("id")]
    return notes.Asked(
        verb or (verbs[0] if verbs else Verb.READ),
        endpoint,
        f"{request.method} {request.full_path.rstrip('?')}"[:LONGEST_ADDRESS],
        str(ids[0]) if ids else "",
    )


def init_app(app: Flask) -> None:
    """Look at every answer."""
    app.after_request(file)
    app.after_request(refusals)
