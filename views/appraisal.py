"""Appraisal by field (Điều 7.3): the helper's queue, one leaf at a time, claims kept by list, the field handed in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

import models as m
from extensions import db
from permissions.routes import open_to
from rules.message import Message
from rules.verbs import Verb
from services import appraisal
from services import sheet as sheets
from services.appraisal import Ticket
from services.appraisal_queue import Queue, Status, queue
from services.desk import Desk, Filter, lay_out
from services.guidance import sentences
from services.score import Entry, EntryFault, StaleEntry
from services.weighing import Weighed, as_claimed, weigh
from views.ids import small_int
from views.leaf_form import PREFIX, typed_entry
from views.seat import council_round, seated_actor
from views.talk import Talk

blueprint = Blueprint("appraisal", __name__, url_prefix="/appraisal")
#: Rows of the queue on one page.
PAGE = 100


@dataclass(frozen=True)
class Panel:
    """The helper's own side of the desk: what is typed there, what it comes to, what is wrong with it."""

    entry: Entry
    weighed: Weighed
    faults: dict[str, Message] = field(default_factory=dict)
    stale: bool = False
    current: m.Score | None = None
    saved: bool = False


@blueprint.get("")
@open_to(Verb.APPRAISE)
def index() -> ResponseReturnValue:
    """Show the helper's fields of each unit, what came back first."""
    actor = seated_actor()
    word = request.args.get("state", "")
    status = Status(word) if word in set(Status) else None
    found = queue(
        actor,
        field_id=small_int(request.args.get("field")),
        unit_id=small_int(request.args.get("unit")),
        status=status,
    )
    pages = max(1, -(-len(found.rows) // PAGE))
    page = min(small_int(request.args.get("page")) or 1, pages)
    shown = found.rows[(page - 1) * PAGE : page * PAGE]
    return render_template(
        "appraisal/index.html",
        queue=found,
        groups=_groups(Queue(shown)),
        page=page,
        pages=pages,
        status=status,
        statuses=list(Status),
        round=council_round(actor),
    )


def _groups(found: Queue) -> list[tuple[Any, list[Any]]]:
    """Put the rows under headings: what came back, then field by field."""
    groups: dict[Any, list[Any]] = {}
    for row in found.rows:
        key = None if row.status is Status.RETURNED else row.sheet.field_id
        groups.setdefault(key, []).append(row)
    return list(groups.items())


@blueprint.get("/<int:sheet_id>")
@open_to(Verb.APPRAISE)
def work(sheet_id: int) -> ResponseReturnValue:
    """Show one leaf: the queue of the field, the claim with its evidence, the helper's own figures."""
    return show(sheet_id, request.args.get("leaf", ""))


def show(sheet_id: int, code: str, talk: Talk | None = None, status: int = 200) -> ResponseReturnValue:
    """Show the desk at a leaf with what is saved there; ``talk`` holds a question or remark that was refused."""
    desk = _desk(sheet_id, code)
    row = desk.own
    claim = desk.leaf.claim
    if request.args.get("copy") and claim is not None and desk.verdict:
        entry = replace(_entry(claim), version=row.version if row else 0)
    else:
        entry = _entry(row)
    return _page(desk, Panel(entry, weigh(desk.leaf, entry, desk.round)), status, talk)


def _desk(sheet_id: int, code: str) -> Desk:
    word = request.args.get("show", "")
    return lay_out(seated_actor(), sheet_id, code, Filter(word) if word in set(Filter) else None)


@blueprint.post("/<int:sheet_id>/<int:criterion_id>")
@open_to(Verb.APPRAISE, Verb.REAPPRAISE)
def save(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Save, keep the claim or the first appraisal, give 0, or take back the appraisal of one leaf."""
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    todo = request.form.get("action", "save")
    typed = typed_entry(criterion.rule)
    try:
        if todo == "clear":
            appraisal.clear(sheet, criterion, typed.version)
        elif todo == "keep":
            _keep_one(sheet, criterion)
        elif todo == "first":
            appraisal.keep_first(sheet, criterion, typed.version)
        else:
            appraisal.save(sheet, criterion, replace(typed, stated="0") if todo == "zero" else typed)
    except EntryFault as fault:
        desk = _desk(sheet_id, criterion.code)
        entry = replace(typed, stated="0") if todo == "zero" else typed
        weighed = weigh(desk.leaf, entry, desk.round)
        return _answer(desk, Panel(entry, weighed, fault.faults.get(criterion.code, {})), 422)
    except StaleEntry:
        db.session.rollback()
        desk = _desk(sheet_id, criterion.code)
        entry = replace(typed, version=desk.own.version if desk.own else 0)
        weighed = weigh(desk.leaf, entry, desk.round)
        return _answer(desk, Panel(entry, weighed, stale=True, current=desk.own), 409)
    desk = _desk(sheet_id, criterion.code)
    if _wants_json():
        entry = _entry(desk.own)
        return _answer(desk, Panel(entry, weigh(desk.leaf, entry, desk.round), saved=True), 200)
    words = _("%(code)s: the appraisal is taken back.") if todo == "clear" else _("%(code)s: saved.")
    flash(words % {"code": criterion.code}, "success")
    onward = desk.next if todo in ("next", "keep", "first") and desk.next is not None else desk.leaf
    return redirect(url_for(".work", sheet_id=sheet_id, leaf=onward.criterion.code, show=desk.filter))


def _keep_one(sheet: m.FieldSheet, criterion: m.Criterion) -> None:
    """Keep the one claim that was on the screen; a changed one is a stale entry."""
    ticket = Ticket.parse(request.form.get("ticket", ""))
    if ticket is None or (ticket.sheet_id, ticket.criterion_id) != (sheet.id, criterion.id):
        abort(400)
    appraisal.keep_one(sheet, criterion, ticket, small_int(request.form.get("version")) or 0)


@blueprint.post("/<int:sheet_id>/<int:criterion_id>/compute")
@open_to(Verb.APPRAISE)
def compute(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Count what is typed, without saving: points, arithmetic, change against the claim."""
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    leaf = next(one for one in sheets.leaves_of([sheet])[sheet.id] if one.criterion.id == criterion.id)
    weighed = weigh(leaf, typed_entry(criterion.rule), sheet.assessment.round)
    return jsonify(
        html=render_template(
            "appraisal/_outcome.html", leaf=leaf, weighed=weighed, places=sheet.assessment.round.shown_places
        )
    )


@blueprint.route("/<int:sheet_id>/hand-in", methods=["GET", "POST"])
@open_to(Verb.APPRAISE)
def hand_in(sheet_id: int) -> ResponseReturnValue:
    """Check the field and hand it to the council; what is missing is named with who is in charge of it."""
    code = 200
    if request.method == "POST":
        sheet = sheets.sheet_of(sheet_id)
        try:
            appraisal.hand_in(sheet)
        except (appraisal.Incomplete, appraisal.Unsent):
            code = 409
        else:
            flash(_("The field is with the council now and locked for you."), "success")
            return redirect(url_for(".work", sheet_id=sheet_id))
    desk = lay_out(seated_actor(), sheet_id, "")
    missing = [leaf for leaf in desk.leaves if leaf.waiting]
    verdict = desk.stand.judge(Verb.HAND_IN, desk.sheet, desk.seen)
    charge = {leaf.criterion.id: sheets.in_charge(desk.helpers, desk.sheet, leaf.criterion) for leaf in missing}
    return render_template(
        "appraisal/hand_in.html", desk=desk, missing=missing, verdict=verdict, charge=charge, round=desk.round
    ), code


# Parts


def _entry(row: m.Score | None) -> Entry:
    """Return what a saved row says, as its form holds it."""
    return Entry() if row is None else replace(as_claimed(row), reason=row.reason, version=row.version)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _page(desk: Desk, panel: Panel, code: int = 200, talk: Talk | None = None) -> ResponseReturnValue:
    return render_template(
        "appraisal/work.html",
        desk=desk,
        panel=panel,
        talk=talk or Talk(),
        filters=list(Filter),
        guidance=sentences(desk.rule),
        round=desk.round,
        **_own_words(desk),
    ), code


def _answer(desk: Desk, panel: Panel, code: int) -> ResponseReturnValue:
    """Answer a save: to the script the helper's side and the words of the queue, else the whole page."""
    if not _wants_json():
        return _page(desk, panel, code)
    words = _own_words(desk)
    return jsonify(
        html=render_template("appraisal/_panel.html", desk=desk, panel=panel, **words),
        item=render_template("appraisal/_item.html", desk=desk, leaf=desk.leaf),
        progress=render_template("appraisal/_progress.html", desk=desk),
    ), code


def _own_words(desk: Desk) -> dict[str, Any]:
    return {"names": sheets.authors([desk.own]), "ticket": Ticket.of(desk.sheet, desk.leaf), "prefix": PREFIX}
