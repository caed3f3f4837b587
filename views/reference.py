"""Reference figures: which items rest on them, and their import: template, upload, preview, apply what was previewed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import FileField
from wtforms.validators import InputRequired

import models as m
from extensions import db
from i18n import render
from permissions.actor import current_actor
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Verb
from services import reference
from services.tabular import FileFault, download_headers, write_xlsx
from views.forms import Form
from views.ids import small_int
from views.parcel import seal, unseal
from views.rounds import chosen_round, opened_rounds

blueprint = Blueprint("reference", __name__, url_prefix="/reference")
_PARCEL = "reference"


class UploadForm(Form):
    file = FileField(_l("File of reference figures"), [InputRequired()])


@blueprint.get("/")
@open_to(Verb.IMPORT_REFERENCE)
def index() -> ResponseReturnValue:
    """Show which items of a round have reference figures, and for how many units."""
    return _page(chosen_round(_rounds()), UploadForm(formdata=None))


@blueprint.get("/<int:round_id>/template.xlsx")
@open_to(Verb.IMPORT_REFERENCE)
def template(round_id: int) -> ResponseReturnValue:
    """Give a workbook to fill in: units and items stand in it, with the figures that are there already."""
    round_ = _round(round_id)
    chosen = request.args.get("leaf", "")
    criterion_id = small_int(chosen)
    if chosen and (criterion_id is None or db.session.get(m.Criterion, criterion_id) is None):
        raise hidden()
    columns, rows = reference.template(db.session(), round_, criterion_id)
    title = _("Reference figures %(round)s", round=round_)
    with write_xlsx(_("Reference figures"), columns, rows) as file:
        content = file.read()  # some kilobytes for an item, half a megabyte for every item of a province
    return current_app.response_class(content, headers=download_headers(f"reference-{round_.code}", title))


@blueprint.post("/<int:round_id>")
@open_to(Verb.IMPORT_REFERENCE)
def preview(round_id: int) -> ResponseReturnValue:
    """Read an uploaded file and show what it would change, beside the claims; nothing is written."""
    round_ = _round(round_id)
    form = UploadForm()
    upload = request.files.get("file")
    if not form.validate_on_submit() or upload is None:
        return _page(round_, form), 422
    try:
        values = reference.read(cast("BinaryIO", upload.stream), round_)
    except FileFault as fault:
        form.file.errors = [_("The file cannot be taken: nothing was imported.")]
        return _page(round_, form, faults=[render(line) for line in fault.sentences]), 422
    changed = [value for value in values if value.changed]
    return render_template(
        "reference/preview.html",
        round=round_,
        values=values,
        changed=changed,
        new=sum(value.before is None for value in changed),
        differing=sum(value.figure.differs(value.claim) for value in values),
        signed=seal(_PARCEL, round_.id, [value.mark for value in changed]),
        file_name=(upload.filename or "")[:120],
    )


@blueprint.post("/<int:round_id>/apply")
@open_to(Verb.IMPORT_REFERENCE)
def apply(round_id: int) -> ResponseReturnValue:
    """Write the figures of a preview that this person was shown."""
    round_ = _round(round_id)
    marks = unseal(_PARCEL, round_.id, request.form.get("signed", ""))
    if not marks:
        flash(_("This preview is no longer valid: upload the file again."), "error")
        return redirect(url_for("reference.index", round=round_id))
    count = reference.apply(round_, marks)
    done = ngettext("%(num)s reference figure is imported.", "%(num)s reference figures are imported.", count)
    flash(done, "success")
    return redirect(url_for("reference.index", round=round_id))


def _page(round_: m.Round | None, form: UploadForm, faults: Sequence[str] = ()) -> str:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    groups = [] if round_ is None else reference.coverage(db.session(), round_, actor.now)
    return render_template(
        "reference/index.html", rounds=_rounds(), round=round_, groups=groups, form=form, faults=faults
    )


def _rounds() -> list[m.Round]:
    """Return the rounds open to the reader: a seat works in its council's round alone."""
    actor = current_actor()
    authority = actor.authority if actor is not None else None
    own = authority.council_round_id if authority is not None and authority.role.seated else None
    return [round_ for round_ in opened_rounds() if own is None or round_.id == own]


def _round(round_id: int) -> m.Round:
    found = next((round_ for round_ in _rounds() if round_.id == round_id), None)
    if found is None:
        raise hidden()
    return found
