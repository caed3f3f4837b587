"""The survey: coverage of a round, and the import of its values: upload, preview, apply exactly what was previewed."""

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
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Verb
from services import survey
from services.tabular import CSV_TYPE, Column, FileFault, Kind, download_headers, write_csv
from views.forms import Form
from views.parcel import seal, unseal
from views.rounds import chosen_round, opened_rounds

blueprint = Blueprint("survey", __name__, url_prefix="/survey")


class UploadForm(Form):
    file = FileField(_l("File of survey values"), [InputRequired()])


@blueprint.get("/")
@open_to(Verb.IMPORT_SURVEY)
def index() -> ResponseReturnValue:
    """Show how far the values of a round cover its units."""
    rounds = opened_rounds()
    return _page(rounds, chosen_round(rounds), UploadForm(formdata=None))


@blueprint.post("/<int:round_id>")
@open_to(Verb.IMPORT_SURVEY)
def preview(round_id: int) -> ResponseReturnValue:
    """Read an uploaded file and show what it would change; nothing is written."""
    round_ = _round(round_id)
    form = UploadForm()
    upload = request.files.get("file")
    if not form.validate_on_submit() or upload is None:
        return _page(opened_rounds(), round_, form), 422
    try:
        values = survey.read(cast("BinaryIO", upload.stream), round_)
    except FileFault as fault:
        form.file.errors = [_("The file cannot be taken: nothing was imported.")]
        return _page(opened_rounds(), round_, form, faults=[render(line) for line in fault.sentences]), 422
    changed = [value for value in values if value.changed]
    return render_template(
        "survey/preview.html",
        round=round_,
        values=values,
        changed=changed,
        new=sum(value.version == 0 for value in changed),
        signed=seal("survey", round_.id, [value.mark for value in changed]),
        file_name=(upload.filename or "")[:120],
    )


@blueprint.post("/<int:round_id>/apply")
@open_to(Verb.IMPORT_SURVEY)
def apply(round_id: int) -> ResponseReturnValue:
    """Write the values of a preview that this person was shown."""
    round_ = _round(round_id)
    marks = unseal("survey", round_.id, request.form.get("signed", ""))
    if not marks:
        flash(_("This preview is no longer valid: upload the file again."), "error")
        return redirect(url_for("survey.index", round=round_id))
    count = survey.apply(round_, marks)
    flash(ngettext("%(num)s survey value is imported.", "%(num)s survey values are imported.", count), "success")
    return redirect(url_for("survey.index", round=round_id))


@blueprint.get("/<int:round_id>/missing.csv")
@open_to(Verb.IMPORT_SURVEY)
def missing(round_id: int) -> ResponseReturnValue:
    """Give the missing values as a file to fill in, in the layout that the import reads."""
    round_ = _round(round_id)
    headings = {heading.key: heading.title for heading in survey.LAYOUT.headings}
    keys = ("round_code", "unit_code", "criterion_code", "layer", "rate")
    columns = [Column(key, headings[key], Kind.TEXT) for key in keys]
    rows = ((round_.code, unit, item, "survey", None) for unit, item in survey.missing(db.session(), round_))
    return current_app.response_class(
        b"".join(write_csv(columns, rows)),
        headers=download_headers(f"survey-{round_.code}", _("Survey values missing %(round)s", round=round_), CSV_TYPE),
    )


@blueprint.get("/<int:round_id>/table.xlsx")
@open_to(Verb.IMPORT_SURVEY)
def table(round_id: int) -> ResponseReturnValue:
    """Give the table of units and items to fill in; present rates stand in it."""
    round_ = _round(round_id)
    return current_app.response_class(
        survey.write_template(db.session(), round_),
        headers=download_headers(f"survey-table-{round_.code}", _("Survey values %(round)s", round=round_.name)),
    )


def _page(rounds: Sequence[m.Round], round_: m.Round | None, form: UploadForm, faults: Sequence[str] = ()) -> str:
    groups = [] if round_ is None else survey.coverage(db.session(), round_)
    return render_template("survey/index.html", rounds=rounds, round=round_, groups=groups, form=form, faults=faults)


def _round(round_id: int) -> m.Round:
    found = db.session.get(m.Round, round_id)
    if found is None or found.opened_at is None:
        raise hidden()
    return found
