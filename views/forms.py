"""The base of every own form, and the fields this field of work needs."""

from __future__ import annotations

from flask_wtf import FlaskForm


class Form(FlaskForm):
    """A form with its CSRF token, its built-in messages in the user's language."""
