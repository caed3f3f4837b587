"""Saving from a generated form: one act for each save, faults at their fields, typed text never lost, no SQL on a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Any, ClassVar

from flask import current_app, flash, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

import i18n
from extensions import db
from permissions.gate import Act, Refused, act, hidden
from permissions.policies import Subject
from rules.message import Message
from rules.verbs import Verb
from rules.verdict import Refusal
from services.faults import Fault


class Changed(Exception):
    """The row was saved by somebody else since the form was made."""


class Saving:
    """Mixed into ``ScopedModelView``. Views say in ``apply`` what a save does beyond filling the columns."""

    write_verb: ClassVar[Verb | None]
    #: A deletion needs a reason too; saves ask for one by a ``ReasonField`` in the form.
    reasoned: ClassVar[bool] = False
    model: Any
    column_labels: Mapping[str, Any]

    def subject(self, form: Any, model: Any) -> Subject:
        """Return what the act is about: nothing in particular for catalogues."""
        return None

    def reason_of(self, form: Any) -> str | None:
        """Return the reason that goes into the act: what the form's field says, or what came with a deletion."""
        if form is None:
            return request.form.get("reason") if self.reasoned else None
        return form.reason.data if "reason" in form else None

    def apply(self, form: Any, model: Any, doing: Act, *, created: bool) -> None:
        """Do what belongs to this save, in its transaction; raise ``Fault`` to refuse it at a field."""

    def watched(self, form: Any, doing: Act) -> AbstractContextManager[None]:
        """Return what looks at a save or deletion (``form`` None) before and after it; raise ``Fault`` there to refuse it."""
        return nullcontext()

    def before_delete(self, model: Any, doing: Act) -> None:
        """Do what belongs to a deletion, in its transaction; raise ``Fault`` to refuse it."""

    def create_model(self, form: Any) -> Any:
        model = self.model()

        def create(doing: Act) -> None:
            with db.session.no_autoflush:
                form.populate_obj(model)
                self.apply(form, model, doing, created=True)
            db.session.add(model)

        return model if self.save(form, self.subject(form, model), create) else False

    def update_model(self, form: Any, model: Any) -> bool:
        def update(doing: Act) -> None:
            self.read_again(model)
            self._compare_versions(form, model)
            with db.session.no_autoflush:
                form.populate_obj(model)
                self.apply(form, model, doing, created=False)

        return self.save(form, self.subject(form, model), update)

    def delete_model(self, model: Any) -> bool:
        def delete(doing: Act) -> None:
            self.read_again(model)
            self.before_delete(model, doing)
            db.session.delete(model)

        return self.save(None, self.subject(None, model), delete)

    def read_again(self, model: Any) -> None:
        """Lock the row and read it as it stands now."""
        query = select(type(model)).where(type(model).id == model.id).with_for_update(of=type(model))
        if db.session.scalar(query.execution_options(populate_existing=True)) is None:
            raise hidden()

    def save(self, form: Any, subject: Subject, change: Callable[[Act], None]) -> bool:
        """Do a change in one act; tell what was wrong at the form and return whether it was done."""
        assert self.write_verb is not None  # noqa: S101 - a view without it has no address that writes
        try:
            with act(self.write_verb, subject, reason=self.reason_of(form)) as doing, self.watched(form, doing):
                change(doing)
        except Exception as fault:  # noqa: BLE001 - handle_view_exception raises all it does not know
            self._tell(form, fault)
            return False
        return True

    def handle_view_exception(self, exc: Exception) -> bool:
        """Flash what a person can mend; raise all else: Flask-Admin would show the text of any exception."""
        self._tell(None, exc)
        return True

    def _tell(self, form: Any, fault: Exception) -> None:
        db.session.rollback()
        match fault:
            case Changed():
                pass  # the form already says what is there now
            case Fault():
                for name, message in fault.faults.items():
                    _put(form, name, i18n.render(message))
            case Refused() if fault.verdict.refusal in (Refusal.STATE, Refusal.REASON):
                _put(form, "", i18n.render(fault.verdict.why or Message("")))
            case StaleDataError():
                _put(form, "", _("Somebody else changed this in the meantime. Look at it again before you save."))
            case IntegrityError():
                current_app.logger.info("refused by a constraint: %s", type(fault.orig).__name__)
                _put(form, "", _("This clashes with what is there: it exists already, or other rows still use it."))
            case Refused() | HTTPException() | _:
                raise fault

    def _compare_versions(self, form: Any, model: Any) -> None:
        """Refuse a form made from an older row; say what stands there now, and let a second save be a decision."""
        field = getattr(form, "version", None)
        if field is None or str(field.data) == str(model.version):
            return
        field.data = field.raw_data = None
        field.process(None, model.version)
        now = [
            f"{other.label.text}: {_written(getattr(model, other.short_name))}"
            for other in form
            if hasattr(type(model), other.short_name) and other.short_name not in ("version", "csrf_token")
        ]
        words = _("Somebody else changed this since you opened it. Nothing was saved; what you typed is below.")
        form.form_errors.append(words)
        form.form_errors.append(_("It now stands: %(values)s. Save again to replace it.", values="; ".join(now)))
        raise Changed


def _put(form: Any, name: str, words: str) -> None:
    if form is None:
        flash(words, "error")
    elif name and name in form:
        form[name].errors = [*form[name].errors, words]
    else:
        form.form_errors.append(words)


def _written(value: Any) -> str:
    if hasattr(value, "title") and not isinstance(value, str):
        return i18n.render(value.title)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return i18n.render(Message("{value}", {"value": "–" if value in (None, "") else value}))
