"""A unit's form as a workbook: download, upload with a preview, apply exactly what was previewed. Works without script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import FileField
from wtforms.validators import InputRequired

from extensions import db
from i18n import render
from permissions.gate import Refused
from permissions.routes import open_to
from rules.message import M, Message
from rules.verbs import Verb
from services import scoring
from services.form import Reading
from services.score import EntryFault, StaleEntry
from services.tabular import download_headers
from services.tabular.sources import Unreadable
from services.workbook import claims
from services.workbook import form as forms
from services.workbook.claims import Unchosen
from services.workbook.preview import Given, Preview
from views.assessment import FORM, actor, reading_of
from views.forms import Form
from views.parcel import seal, unseal

blueprint = Blueprint("workbook", __name__)
_FORM = f"/assessments{FORM}/workbook"
_PARCEL = "workbook"
#: Characters of a signed preview; a form post takes 4 MiB (config/), and a page that is larger helps nobody.
MOST = 3 * 1024 * 1024
#: Field of a conflict's decision: its key follows.
CHOICE = "choice:"


class UploadForm(Form):
    file = FileField(_l("Excel file (.xlsx)"), [InputRequired()])


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page says besides the upload: the preview, its signed values, what went wrong, what was chosen."""

    preview: Preview | None = None
    signed: str | None = None
    file_name: str = ""
    problem: Message | None = None
    chosen: Mapping[str, bool] = field(default_factory=dict)
    unchosen: Sequence[str] = ()


@blueprint.get(f"{_FORM}.xlsx")
@open_to(Verb.READ)
def download(form_id: int) -> ResponseReturnValue:
    """Give the form as a workbook; to read only where the reader may not score it now."""
    reading = reading_of(form_id)
    unit, round_ = reading.form.unit, reading.form.round
    title = _("Self-assessment %(round)s – %(unit)s", round=round_.name, unit=unit.name)
    return current_app.response_class(forms.write(reading), headers=download_headers(f"form-{unit.code}", title))


@blueprint.get(_FORM)
@open_to(Verb.SCORE)
def page(form_id: int) -> ResponseReturnValue:
    """Show how a workbook is filled in and uploaded."""
    return _page(_scored(form_id), UploadForm(formdata=None), Shown())


@blueprint.post(_FORM)
@open_to(Verb.SCORE)
def preview(form_id: int) -> ResponseReturnValue:
    """Read an uploaded workbook and show what it would change; nothing is written."""
    reading = _scored(form_id)
    form, shown = uploaded(_subject(form_id), lambda file: claims.look(reading, file))
    return _page(reading, form, shown), status(form, shown)


@blueprint.post(f"{_FORM}/apply")
@open_to(Verb.SCORE)
def apply(form_id: int) -> ResponseReturnValue:
    """Write what this person was shown; where anything changed since, show the preview anew."""
    found = scoring.find(form_id)
    given = opened(_subject(form_id))
    if given is None:
        flash(_("This preview is no longer valid: upload the file again."), "error")
        return redirect(url_for(".page", form_id=form_id))
    try:
        count = claims.apply(found, given, chosen())
    except Unchosen as missing:
        return _again(form_id, given, Shown(chosen=chosen(), unchosen=missing.keys)), 422
    except (EntryFault, StaleEntry):
        db.session.rollback()
        return _again(form_id, given, Shown(problem=CHANGED_SINCE, chosen=chosen())), 409
    flash(written(count), "success" if count else "info")
    return redirect(url_for("assessment.form", form_id=form_id))


CHANGED_SINCE = M("Something changed since the preview: nothing was written. Look at the new preview.")


def written(count: int) -> str:
    return (
        ngettext("%(num)s item taken from the file.", "%(num)s items taken from the file.", count)
        if count
        else _("Nothing was changed.")
    )


def _subject(form_id: int) -> str:
    return f"form {form_id}"


def _scored(form_id: int) -> Reading:
    """Return a form that this person may score now."""
    reading = reading_of(form_id)
    if not reading.may[Verb.SCORE]:
        raise Refused(reading.may[Verb.SCORE])
    return reading


def _again(form_id: int, given: Sequence[Given], shown: Shown) -> str:
    """Show an earlier preview as things stand now."""
    reading = _scored(form_id)
    fresh = packed(_subject(form_id), claims.look_again(reading, given), like=shown)
    return _page(reading, UploadForm(formdata=None), fresh)


def _page(reading: Reading, form: UploadForm, shown: Shown) -> str:
    return render_template(
        "workbook/form.html", reading=reading, round=reading.form.round, form=form, shown=shown, now=actor().now
    )


# Shared with the appraisal's workbook


def uploaded(subject: str, look: Callable[[BinaryIO], Preview]) -> tuple[UploadForm, Shown]:
    """Read the posted workbook by ``look``; return the form, with its fault where there is one, and what to show."""
    form, upload = UploadForm(), request.files.get("file")
    if not form.validate_on_submit() or upload is None or not upload.filename:
        form.file.errors = [_("Choose the filled-in file.")]
        return form, Shown()
    try:
        found = look(cast("BinaryIO", upload.stream))
    except Unreadable as fault:
        form.file.errors = [render(fault.message)]
        return form, Shown()
    return UploadForm(formdata=None), packed(subject, found, file_name=upload.filename[:120])


def packed(subject: str, found: Preview, *, file_name: str = "", like: Shown | None = None) -> Shown:
    """Put a preview on the page: with its signed values where it can be applied."""
    like = like or Shown()
    can = not found.faults and (found.changes or found.conflicts)
    signed = seal(_PARCEL, subject, [one.packed() for one in found.given]) if can else None
    problem = like.problem
    if signed is not None and len(signed) > MOST:
        signed, problem = (
            None,
            M("The file changes too much text at once: delete some rows from it, upload it, then the others."),
        )
    return Shown(found, signed, file_name, problem, like.chosen, like.unchosen)


def opened(subject: str) -> list[Given] | None:
    """Return the values of the posted preview; None where it is no longer valid."""
    marks = unseal(_PARCEL, subject, request.form.get("signed", ""))
    return None if marks is None else [Given.unpacked(values) for values in marks]


def status(form: UploadForm, shown: Shown) -> int:
    """Return the code of a preview's answer: 422 where the file cannot be read or applied."""
    if form.file.errors:
        return 422
    return 422 if shown.preview is not None and (shown.preview.faults or shown.problem) else 200


def chosen() -> dict[str, bool]:
    """Return the decisions of a posted preview: key of the leaf -> take the file's value."""
    words = {"take": True, "keep": False}
    return {
        name.removeprefix(CHOICE): words[value]
        for name, value in request.form.items()
        if name.startswith(CHOICE) and value in words
    }
