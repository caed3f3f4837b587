"""The name a request came for: a name that is malformed, or none of ours (``PARINDEX_HOSTS``), gets a plain refusal and no page.

No link and no redirect is ever built on such a name, so the page of faults, which has links, cannot be shown.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError

from i18n import render
from rules.message import M


def init_app(app: Flask) -> None:
    """Judge the name before anybody is looked up; after the request has its number."""

    @app.before_request
    def ours() -> ResponseReturnValue | None:
        if not isinstance(request.routing_exception, SecurityError):
            return None
        number = g.get("request_id", "")
        current_app.logger.warning("answered 400, request %s: host %.100r", number, request.environ.get("HTTP_HOST"))
        words = M("This server does not answer to the name it was called by. Reference number: {number}", number=number)
        return Response(render(words), 400, mimetype="text/plain")
