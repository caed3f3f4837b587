"""Further documents of an item that the unit explains: named, used again, taken off, on a page beside the answers."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from i18n import render
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Verb
from services import evidence, scoring
from services.evidence import Document, DocumentFault
from services.explanation import answering, papers
from views.assessment import FORM
from views.evidence import NAMES
from views.explanation import blueprint, reading_of
from views.ids import small_int


@blueprint.get(f"{FORM}/explanations/<code>/evidence")
@open_to(Verb.READ)
def evidence_of(form_id: int, code: str) -> ResponseReturnValue:
    """Show the further documents of an item, with forms to add one while it is explained."""
    return _page(form_id, code, Document(), {})


@blueprint.post(f"{FORM}/explanations/<code>/evidence")
@open_to(Verb.EXPLAIN)
def add_evidence(form_id: int, code: str) -> ResponseReturnValue:
    """Name a new document, or use one of the unit's again."""
    sheet, criterion = answering.place(scoring.find(form_id), code)
    typed = Document(**{name: request.form.get(name, "") for name in NAMES})
    try:
        if "document" in request.form:
            document_id = small_int(request.form["document"])
            if document_id is None:
                flash(_("Choose a document."), "error")
                return redirect(url_for(".evidence_of", form_id=form_id, code=code))
            papers.use_again(sheet, criterion, document_id, typed.page)
        else:
            papers.add(sheet, criterion, typed)
    except DocumentFault as fault:
        return _page(form_id, code, typed, {name: render(sentence) for name, sentence in fault.faults.items()}), 422
    flash(_("The document is named with the explanation of %(code)s.", code=code), "success")
    return redirect(url_for(".evidence_of", form_id=form_id, code=code))


@blueprint.post(f"{FORM}/explanations/<code>/evidence/<int(max=9223372036854775807):link_id>/remove")
@open_to(Verb.EXPLAIN)
def remove_evidence(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Take a further document off an item."""
    sheet, criterion = answering.place(scoring.find(form_id), code)
    papers.remove(sheet, criterion, link_id)
    flash(_("The document is no longer named with the explanation of %(code)s.", code=code), "success")
    return redirect(url_for(".evidence_of", form_id=form_id, code=code))


def _page(form_id: int, code: str, typed: Document, faults: dict[str, str]) -> str:
    found = reading_of(form_id)
    _sheet, criterion = answering.place(found.form, code)
    item = found.item(criterion.id)
    if item is None:
        raise hidden()
    may = found.may[Verb.EXPLAIN]
    editing = bool(may) and item in found.open
    return render_template(
        "explanation/papers.html",
        reading=found,
        item=item,
        round=found.form.round,
        reusable=evidence.reusable(found.form, criterion.id) if editing else (),
        editing=editing,
        may=may,
        typed=typed,
        faults=faults,
        lengths=evidence.LENGTHS,
    )
