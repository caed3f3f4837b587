"""The name a request came for: where ours are listed (``PARINDEX_HOSTS``), any other gets a plain refusal and no page.

No link and no redirect is ever built on such a name, so the page of faults, which has links, cannot be shown. Without a list
every name is answered, a malformed one as if none had been sent; it stands in no page and in no redirect.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import SecurityError

from i18n import render
from rules.message import M

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask) -> None:
    """Judge the name, whatever its case, before anybody is looked up; after the request has its number."""
    app.wsgi_app = _in_small_letters(app.wsgi_app)  # type: ignore[method-assign, assignment]

    @app.before_request
    def ours() -> ResponseReturnValue | None:
        if not isinstance(request.routing_exception, SecurityError):
            return None
        number = g.get("request_id", "")
        current_app.logger.warning("answered 400, request %s: host %.100r", number, request.environ.get("HTTP_HOST"))
        words = M("This server does not answer to the name it was called by. Reference number: {number}", number=number)
        return Response(render(words), 400, mimetype="text/plain")


def _in_small_letters(application: WSGIApplication) -> WSGIApplication:
    """Names of hosts know no case, but the framework compares them letter by letter."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if "HTTP_HOST" in environ:
            environ["HTTP_HOST"] = environ["HTTP_HOST"].lower()
        return application(environ, start_response)

    return answer
