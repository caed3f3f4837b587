"""A field over the units of a council as a workbook: download, upload with a preview, apply all of it or nothing."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from extensions import db
from i18n import render
from permissions.gate import Refused
from permissions.routes import open_to
from rules.verbs import Verb
from services.score import EntryFault, StaleEntry
from services.tabular import download_headers
from services.workbook import appraising, field
from services.workbook.appraising import Field, lay_out
from services.workbook.claims import Unchosen
from services.workbook.preview import Given
from views.seat import seated_actor
from views.workbook import (
    CHANGED_SINCE,
    Shown,
    UploadForm,
    blueprint,
    chosen,
    opened,
    packed,
    status,
    uploaded,
    written,
)

_FIELD = "/appraisal/workbook/<int:criterion_id>"


@blueprint.get(f"{_FIELD}.xlsx")
@open_to(Verb.APPRAISE)
def download_field(criterion_id: int) -> ResponseReturnValue:
    """Give the field of a criterion over all units as a workbook."""
    found = lay_out(seated_actor(), criterion_id)
    title = _("Appraisal %(round)s – field %(code)s", round=found.round.name, code=found.field.code)
    return current_app.response_class(
        field.write(found), headers=download_headers(f"appraisal-{found.field.code}", title)
    )


@blueprint.get(_FIELD)
@open_to(Verb.APPRAISE)
def page_field(criterion_id: int) -> ResponseReturnValue:
    """Show how a workbook is filled in and uploaded."""
    return _page(lay_out(seated_actor(), criterion_id), UploadForm(formdata=None), Shown())


@blueprint.post(_FIELD)
@open_to(Verb.APPRAISE)
def preview_field(criterion_id: int) -> ResponseReturnValue:
    """Read an uploaded workbook and show what it would change; nothing is written."""
    laid = lay_out(seated_actor(), criterion_id)
    form, shown = uploaded(_subject(laid), lambda file: appraising.look(laid, file))
    return _page(laid, form, shown), status(form, shown)


@blueprint.post(f"{_FIELD}/apply")
@open_to(Verb.APPRAISE)
def apply_field(criterion_id: int) -> ResponseReturnValue:
    """Write what this helper was shown; where anything changed since, show the preview anew."""
    laid = lay_out(seated_actor(), criterion_id)
    given = opened(_subject(laid))
    if given is None:
        flash(_("This preview is no longer valid: upload the file again."), "error")
        return redirect(url_for(".page_field", criterion_id=criterion_id))
    try:
        count = appraising.apply(laid, given, chosen())
    except Unchosen as missing:
        return _again(criterion_id, given, Shown(chosen=chosen(), unchosen=missing.keys)), 422
    except (EntryFault, StaleEntry, Refused):
        db.session.rollback()
        return _again(criterion_id, given, Shown(problem=CHANGED_SINCE, chosen=chosen())), 409
    flash(written(count), "success" if count else "info")
    return redirect(url_for("appraisal.index", field=laid.field.id))


def _subject(laid: Field) -> str:
    """Bind a preview to the field and to the seat it was made in."""
    authority = seated_actor().authority
    return f"field {laid.subject} seat {authority.seat_id if authority is not None else 0}"


def _again(criterion_id: int, given: Sequence[Given], shown: Shown) -> str:
    laid = lay_out(seated_actor(), criterion_id)
    fresh = packed(_subject(laid), appraising.look_again(laid, given), like=shown)
    return _page(laid, UploadForm(formdata=None), fresh)


def _page(laid: Field, form: UploadForm, shown: Shown) -> str:
    closed: dict[str, dict[str, None]] = {}  # units by reason, each once, in their order
    for row in laid.rows:
        if row.closed is not None and not (row.leaf.survey or row.leaf.exemption is not None):
            closed.setdefault(render(row.closed), {})[row.unit.name] = None
    return render_template("workbook/field.html", laid=laid, round=laid.round, form=form, shown=shown, closed=closed)
