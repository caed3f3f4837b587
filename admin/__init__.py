"""Generated screens: catalogues, accounts, councils, windows, scores, audit."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the generated screens."""
