"""What a person typed, read the same way by every view: one rule for forms, generated forms, searches and addresses.

Composed (NFC) before anything measures or compares it, and without the marks that nobody sees: two names that look alike are
alike, and none reads otherwise than it is. Passwords stay as they were typed; their own rule composes them.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote_from_bytes

import flask
from flask import Flask, abort, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.utils import cached_property

from rules.text import tidy

#: Fields of passwords: each sign of them counts.
AS_TYPED = frozenset({"password", "old", "new", "again"})

#: Content that a request may carry.
FORMS = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})
#: Signs with a meaning in a query; everything else but letters and digits is encoded.
_QUERY = "!$%&'()*+,-./:;=?@_~"


class TypedRequest(flask.Request):
    """A request whose texts are tidy."""

    def __init__(self, environ: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        """Take the request; bytes of the query that are no text stay percent-encoded, as those of the path do."""
        query = environ.get("QUERY_STRING", "")
        if not query.isascii():
            environ["QUERY_STRING"] = quote_from_bytes(query.encode("latin-1"), safe=_QUERY)
        super().__init__(environ, *args, **kwargs)

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """The arguments of the address, tidy."""
        return _tidied(super().args)

    def _load_form_data(self) -> None:
        first = "form" not in self.__dict__
        super()._load_form_data()
        if first:
            self.__dict__["form"] = _tidied(self.__dict__["form"])


def init_app(app: Flask) -> None:
    """Take forms only: Flask-WTF would read JSON as a form too, past every rule here, nested as deep as it likes."""

    @app.before_request
    def forms_only() -> None:
        if request.mimetype not in FORMS:
            abort(415)


def _tidied(values: MultiDict[str, str]) -> MultiDict[str, str]:
    pairs = list(values.items(multi=True))
    if all(value.isascii() for _, value in pairs):
        return values
    return ImmutableMultiDict([(name, value if name in AS_TYPED else tidy(value)) for name, value in pairs])
