"""The base of every own form, and the fields this field of work needs."""

from __future__ import annotations

from flask_wtf import FlaskForm

from i18n import FormTranslations


class Form(FlaskForm):
    """A form with its CSRF token, its built-in messages in the user's language."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: FlaskForm) -> FormTranslations:
            return FormTranslations()
