"""What is done with the documents of a form besides naming and sending them: the list of all, the page that proves, further items."""

from __future__ import annotations

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from i18n import render
from permissions.gate import hidden
from permissions.routes import open_to
from rules.files import KINDS, size_text
from rules.verbs import Verb
from services import evidence
from services.evidence import Document, DocumentFault
from services.evidence.offers import amend as amend_document
from services.evidence.offers import spread as spread_document
from services.evidence.versions import by_leaf
from views.assessment import FORM, reading_of
from views.evidence import LINK, NAMES, blueprint
from views.evidence_page import explained, here, page


@blueprint.record_once
def _words(state: BlueprintSetupState) -> None:
    """Give every page with files what templates/evidence/_file.html needs: desk, council's sheet and the unit's own."""
    state.app.jinja_env.globals.update(KINDS=KINDS, size_text=size_text)


@blueprint.get(f"{FORM}/evidence")
@open_to(Verb.READ)
def listing(form_id: int) -> ResponseReturnValue:
    """List what lacks its evidence, and every document of the form, by field."""
    reading = reading_of(form_id)
    return render_template(
        "evidence/listing.html",
        reading=reading,
        round=reading.form.round,
        named=by_leaf(reading.form),
        editing=bool(reading.may[Verb.ATTACH]),
    )


@blueprint.post(f"{FORM}/evidence/<code>/{LINK}")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def amend(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Change the page that proves the leaf, and what is said of the document."""
    at = here(form_id, code)
    typed = Document(**{name: request.form.get(name, "") for name in NAMES})
    try:
        amend_document(at.target, at.criterion, link_id, typed)
    except DocumentFault as fault:
        faults = {name: render(sentence) for name, sentence in fault.faults.items()}
        return page(form_id, code, typed, faults, amended=link_id), 422
    flash(_("Saved."), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))


@blueprint.get(f"{FORM}/evidence/<code>/{LINK}/items")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def spread(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Offer the items that a document of this leaf can serve besides."""
    return _spread_page(form_id, code, link_id)


def _spread_page(form_id: int, code: str, link_id: int, ticked: Sequence[str] = (), fault: str = "") -> str:
    at = here(form_id, code)
    uses = evidence.uses(at.form)
    use = next((one for one in uses if one.link_id == link_id and one.code == code), None)
    if use is None:
        raise hidden()
    reading = reading_of(form_id)
    return render_template(
        "evidence/spread.html",
        form_row=at.form,
        round=at.form.round,
        criterion=at.criterion,
        use=use,
        may=at.may,
        parts=reading.parts,
        used={one.code for one in uses if one.document_id == use.document_id},
        asked=explained(at),
        ticked=ticked,
        fault=fault,
    )


@blueprint.post(f"{FORM}/evidence/<code>/{LINK}/items")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def spread_on(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Use the document on every item that was ticked, in one act."""
    at = here(form_id, code)
    codes = request.form.getlist("item")
    if not codes:
        flash(_("Tick at least one item."), "error")
        return redirect(url_for("evidence.spread", form_id=form_id, code=code, link_id=link_id))
    try:
        new = spread_document(at.target, at.criterion, link_id, codes)
    except DocumentFault as full:
        return _spread_page(form_id, code, link_id, codes, render(full.faults["item"])), 422
    flash(ngettext("Used on %(num)s further item.", "Used on %(num)s further items.", new), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))
