"""Documents that prove the points of one leaf: a page of its own, and the side panel of the scoring page."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n import render
from permissions.routes import open_to
from rules.verbs import Verb
from services import evidence, scoring
from services.evidence import Document, DocumentFault
from views.assessment import FORM
from views.evidence_page import page
from views.ids import small_int

blueprint = Blueprint("evidence", __name__, url_prefix="/assessments")

NAMES = tuple(Document.__dataclass_fields__)


@blueprint.get(f"{FORM}/evidence/<code>")
@open_to(Verb.READ)
def leaf(form_id: int, code: str) -> ResponseReturnValue:
    """Show the documents of a leaf, with forms to add one where the form is a draft."""
    return page(form_id, code, Document(), {})


@blueprint.post(f"{FORM}/evidence/<code>")
@open_to(Verb.ATTACH)
def add(form_id: int, code: str) -> ResponseReturnValue:
    """Name a new document, or use one of the unit's again."""
    form = scoring.find(form_id)
    criterion = evidence.leaf(form, code)
    typed = Document(**{name: request.form.get(name, "") for name in NAMES})
    try:
        if "document" in request.form:
            document_id = small_int(request.form["document"])
            if document_id is None:
                flash(_("Choose a document."), "error")
                return redirect(url_for("evidence.leaf", form_id=form_id, code=code))
            evidence.use_again(form, criterion, document_id, typed.page)
        else:
            evidence.add(form, criterion, typed)
    except DocumentFault as fault:
        return page(form_id, code, typed, {name: render(sentence) for name, sentence in fault.faults.items()}), 422
    flash(_("The document is named on %(code)s.", code=code), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))


@blueprint.post(f"{FORM}/evidence/<code>/<int(max=9223372036854775807):link_id>/remove")
@open_to(Verb.ATTACH)
def remove(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Take a document off a leaf."""
    form = scoring.find(form_id)
    evidence.remove(form, evidence.leaf(form, code), link_id)
    flash(_("The document is no longer named on %(code)s.", code=code), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))
