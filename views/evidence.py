"""Documents that prove the points of one leaf: a page of its own, and the side panel of the scoring page."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from i18n import render
from permissions.routes import open_to
from rules.message import M
from rules.verbs import Verb
from services import evidence
from services.evidence import Document, DocumentFault
from services.evidence.upload import Received, receive
from views.assessment import FORM
from views.evidence_page import here, page
from views.ids import small_int
from views.uploads import wants_json

blueprint = Blueprint("evidence", __name__, url_prefix="/assessments")

NAMES = tuple(Document.__dataclass_fields__)
#: A link in an address.
LINK = "<int(max=9223372036854775807):link_id>"
LOCATED = M("The photo says where it was taken: send it without its location if that should not be known.")


@blueprint.get(f"{FORM}/evidence/<code>")
@open_to(Verb.READ)
def leaf(form_id: int, code: str) -> ResponseReturnValue:
    """Show the documents of a leaf, with forms to add one where the form is a draft."""
    return page(form_id, code, Document(), {})


@blueprint.post(f"{FORM}/evidence/<code>")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def add(form_id: int, code: str) -> ResponseReturnValue:
    """Name a new document, or use one of the unit's again."""
    at = here(form_id, code)
    typed = Document(**{name: request.form.get(name, "") for name in NAMES})
    document_id = None
    try:
        if "document" in request.form:
            document_id = small_int(request.form["document"])
            if document_id is None:
                flash(_("Choose a document."), "error")
                return redirect(url_for("evidence.leaf", form_id=form_id, code=code))
            evidence.use_again(at.target, at.criterion, document_id, typed.page)
        else:
            evidence.add(at.target, at.criterion, typed)
    except DocumentFault as fault:
        return page(form_id, code, typed, _sentences(fault), chosen=document_id), 422
    flash(_("The document is named on %(code)s.", code=code), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))


@blueprint.post(f"{FORM}/evidence/<code>/{LINK}/remove")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def remove(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Take a document off a leaf."""
    at = here(form_id, code)
    evidence.remove(at.target, at.criterion, link_id)
    flash(_("The document is no longer named on %(code)s.", code=code), "success")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))


@blueprint.post(f"{FORM}/evidence/<code>/files")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def upload(form_id: int, code: str) -> ResponseReturnValue:
    """Receive the file of a new document on a leaf; for a script as JSON, for a plain form as a page."""
    return _receive(form_id, code, None)


@blueprint.post(f"{FORM}/evidence/<code>/{LINK}/file")
@open_to(Verb.ATTACH, Verb.EXPLAIN)
def new_version(form_id: int, code: str, link_id: int) -> ResponseReturnValue:
    """Receive a new version of a document's file; the versions before it stay."""
    return _receive(form_id, code, link_id)


def _receive(form_id: int, code: str, replaces: int | None) -> ResponseReturnValue:
    at = here(form_id, code)
    typed = Document(**{name: request.form.get(name, "") for name in NAMES})
    sent = request.files.get("file", FileStorage())
    try:
        received = receive(at.target, at.criterion, sent.stream, sent.filename or "", typed, replaces=replaces)
    except DocumentFault as fault:
        faults = _sentences(fault)
        return (jsonify(faults=faults) if wants_json() else page(form_id, code, typed, faults, amended=replaces)), 422
    if wants_json():
        return jsonify(_told(received)), 201
    flash(_("The file “%(name)s” is kept on %(code)s.", name=received.name, code=code), "success")
    if received.has_location:
        flash(render(LOCATED), "warning")
    return redirect(url_for("evidence.leaf", form_id=form_id, code=code))


def _told(received: Received) -> dict[str, object]:
    """Return what a script is told of a received file."""
    return {
        **asdict(received),
        "scan": received.scan.value,
        "scan_title": render(received.scan.title),
        "url": url_for("files.download", file_id=received.file_id),
        "warnings": [render(LOCATED)] if received.has_location else [],
    }


def _sentences(fault: DocumentFault) -> dict[str, str]:
    return {name: render(sentence) for name, sentence in fault.faults.items()}
