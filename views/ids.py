"""Numbers from addresses and forms: a database key or nothing, never a fault."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter


class KeyConverter(IntegerConverter):
    """``<int:…>`` in an address: digits that fit a database key; a longer number is no such address (404)."""

    regex = "[0-9]{1,18}"


def init_app(app: Flask) -> None:
    """Read every number of an address as a database key; before any route is registered."""
    app.url_map.converters["int"] = KeyConverter


def small_int(text: str | None) -> int | None:
    """Return a positive whole number that fits a database key; None for anything else."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)
