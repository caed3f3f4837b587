"""How much an upload of evidence may send: the limit of its routes, set before anything reads the request."""

from __future__ import annotations

from typing import IO, Any

from flask import Flask, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from i18n import render
from rules.message import M
from services.evidence.receiving import too_large
from services.storage import StorageDown
from views import errors
from views.typed import TypedRequest

ENDPOINTS = frozenset({"evidence.upload", "evidence.new_version"})
#: What the fields and borders of the form take besides the file.
MARGIN = 1024 * 1024


class Request(TypedRequest):
    """Closes the temporary files of a request at its end, also where the line broke while one was being received."""

    def _get_file_stream(self, *args: Any, **kwargs: Any) -> IO[bytes]:
        stream = super()._get_file_stream(*args, **kwargs)
        self.__dict__.setdefault("received", []).append(stream)
        return stream

    def close(self) -> None:
        super().close()
        for stream in self.__dict__.get("received", ()):
            stream.close()


def wants_json() -> bool:
    """Tell whether a script asked, which shows the sentences itself."""
    return request.accept_mimetypes.best == "application/json"


def _limit() -> None:
    if request.endpoint in ENDPOINTS:
        request.max_content_length = current_app.config["PARINDEX"].evidence.file_bytes + MARGIN


def _too_large(error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Say how large a file may be, at the field for a script and as a page otherwise."""
    if request.endpoint not in ENDPOINTS:
        return errors.http(error)
    why = too_large(current_app.config["PARINDEX"].evidence)
    if wants_json():
        return jsonify(faults={"file": render(why)}), 413
    return errors.answer(413, why)


def _store_down(error: StorageDown) -> ResponseReturnValue:
    """Answer while the store of files is away."""
    current_app.logger.error("the store of evidence files is down: %s", error)
    return errors.answer(503, M("The store of files does not answer now."))


def init_app(app: Flask) -> None:
    """Set the limit; before the check of the CSRF token, which reads the form."""
    app.request_class = Request
    app.before_request(_limit)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(StorageDown, _store_down)
