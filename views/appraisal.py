"""Appraisal by field (Điều 7.3): the helper's queue, one leaf at a time, claims kept by list, the field handed in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from flask import Blueprint, abort, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy import select

import models as m
from extensions import db
from models.situation import Situation, situation
from permissions.actor import Actor, current_actor
from permissions.gate import hidden
from permissions.routes import open_to
from permissions.standing import Standing, standing
from rules.criteria import Rule
from rules.message import Message
from rules.process import Verb, Verdict
from rules.vocabulary import Layer, State
from services import appraisal
from services import sheet as sheets
from services.appraisal import Ticket, Weighed
from services.appraisal_queue import Queue, Status, queue
from services.dossier import Earlier, earlier_rounds, evidence_of
from services.guidance import sentences
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import Helper, Leaf
from views.ids import small_int
from views.leaf_form import PREFIX, typed_entry

blueprint = Blueprint("appraisal", __name__, url_prefix="/appraisal")
#: Rows of the queue on one page.
PAGE = 100
#: More lines than this no list holds (the largest council: some 1,500); a longer one is refused.
MOST_TICKETS = 5000


@dataclass(frozen=True)
class Desk:
    """One leaf of a sheet on the helper's desk, with all that the page shows of it."""

    sheet: m.FieldSheet
    leaves: list[Leaf]
    leaf: Leaf
    seen: Situation
    stand: Standing
    helpers: list[Helper]
    verdict: Verdict
    evidence: Any = ()
    earlier: list[Earlier] = field(default_factory=list)

    @property
    def rule(self) -> Rule:
        return self.leaf.criterion.rule

    @property
    def round(self) -> m.Round:
        return self.sheet.assessment.round

    @property
    def state(self) -> State:
        return self.seen.of_sheet(self.sheet)

    @property
    def own(self) -> m.Score | None:
        """What the helper team entered."""
        return self.leaf.layers.get(Layer.APPRAISAL)

    @property
    def place(self) -> int:
        return next(n for n, leaf in enumerate(self.leaves) if leaf.criterion.id == self.leaf.criterion.id)

    @property
    def previous(self) -> Leaf | None:
        return self.leaves[self.place - 1] if self.place else None

    @property
    def next(self) -> Leaf | None:
        return self.leaves[self.place + 1] if self.place + 1 < len(self.leaves) else None

    @property
    def done(self) -> int:
        return sum(leaf.done for leaf in self.leaves if leaf.required)

    @property
    def total(self) -> int:
        return sum(leaf.required for leaf in self.leaves)

    def mine(self, leaf: Leaf) -> bool:
        return self.stand.covers(self.sheet, leaf.criterion)

    def others(self, leaf: Leaf) -> list[str]:
        """Names of the other helpers in charge of a leaf."""
        actor = current_actor()
        own = actor.account_id if actor is not None else None
        return sheets.in_charge((one for one in self.helpers if one.account_id != own), self.sheet, leaf.criterion)


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
    actor = _actor()
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
        round=_round(actor),
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
    desk = _desk(sheet_id, request.args.get("leaf", ""))
    row = desk.own
    claim = desk.leaf.claim
    if request.args.get("copy") and claim is not None and desk.verdict:
        entry = replace(_entry(claim), version=row.version if row else 0)
    else:
        entry = _entry(row)
    return _page(desk, Panel(entry, appraisal.weigh(desk.leaf, entry, desk.round)))


@blueprint.post("/<int:sheet_id>/<int:criterion_id>")
@open_to(Verb.APPRAISE)
def save(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Save, keep the claim, give 0, or take back the appraisal of one leaf."""
    sheet = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(sheet, criterion_id)
    todo = request.form.get("action", "save")
    typed = typed_entry(criterion.rule)
    try:
        if todo == "clear":
            appraisal.clear(sheet, criterion, typed.version)
        elif todo == "keep":
            _keep_one(sheet, criterion)
        else:
            appraisal.save(sheet, criterion, replace(typed, stated="0") if todo == "zero" else typed)
    except EntryFault as fault:
        desk = _desk(sheet_id, criterion.code)
        entry = replace(typed, stated="0") if todo == "zero" else typed
        weighed = appraisal.weigh(desk.leaf, entry, desk.round)
        return _answer(desk, Panel(entry, weighed, fault.faults.get(criterion.code, {})), 422)
    except StaleEntry:
        db.session.rollback()
        desk = _desk(sheet_id, criterion.code)
        entry = replace(typed, version=desk.own.version if desk.own else 0)
        weighed = appraisal.weigh(desk.leaf, entry, desk.round)
        return _answer(desk, Panel(entry, weighed, stale=True, current=desk.own), 409)
    desk = _desk(sheet_id, criterion.code)
    if _wants_json():
        entry = _entry(desk.own)
        return _answer(desk, Panel(entry, appraisal.weigh(desk.leaf, entry, desk.round), saved=True), 200)
    words = _("%(code)s: the appraisal is taken back.") if todo == "clear" else _("%(code)s: saved.")
    flash(words % {"code": criterion.code}, "success")
    onward = desk.next if todo in ("next", "keep") and desk.next is not None else desk.leaf
    return redirect(url_for(".work", sheet_id=sheet_id, leaf=onward.criterion.code))


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
    weighed = appraisal.weigh(leaf, typed_entry(criterion.rule), sheet.assessment.round)
    return jsonify(
        html=render_template(
            "appraisal/_outcome.html", leaf=leaf, weighed=weighed, places=sheet.assessment.round.shown_places
        )
    )


@blueprint.get("/keep")
@open_to(Verb.APPRAISE)
def keep() -> ResponseReturnValue:
    """List what "keep the claim" would take over: ticked sheets, or one leaf in every unit; nothing is done yet."""
    actor = _actor()
    criterion_id = small_int(request.args.get("leaf"))
    chosen = _chosen(actor, criterion_id)
    found = appraisal.keeping(actor, chosen, criterion_id)
    return render_template("appraisal/keep.html", keeping=found, round=_round(actor))


@blueprint.post("/keep")
@open_to(Verb.APPRAISE)
def keep_now() -> ResponseReturnValue:
    """Take over exactly the listed claims; what changed in between is named."""
    texts = request.form.getlist("ticket")
    if len(texts) > MOST_TICKETS:
        abort(413)
    tickets = [Ticket.parse(text) for text in texts]
    known = [ticket for ticket in tickets if ticket is not None]
    if len(known) < len(tickets):
        abort(400)
    kept = appraisal.keep(known)
    if kept.failed:
        return render_template("appraisal/kept.html", kept=kept, round=_round(_actor())), 200 if kept.count else 409
    if kept.count:
        flash(ngettext("%(num)s claim is kept.", "%(num)s claims are kept.", kept.count), "success")
    else:
        flash(_("Nothing was ticked, nothing was done."), "warning")
    return redirect(url_for(".index"))


@blueprint.route("/<int:sheet_id>/hand-in", methods=["GET", "POST"])
@open_to(Verb.APPRAISE)
def hand_in(sheet_id: int) -> ResponseReturnValue:
    """Check the field and hand it to the council; what is missing is named with who is in charge of it."""
    code = 200
    if request.method == "POST":
        sheet = sheets.sheet_of(sheet_id)
        try:
            appraisal.hand_in(sheet)
        except appraisal.Incomplete:
            code = 409
        else:
            flash(_("The field is with the council now and locked for you."), "success")
            return redirect(url_for(".work", sheet_id=sheet_id))
    desk = _desk(sheet_id, "")
    missing = [leaf for leaf in desk.leaves if leaf.required and not leaf.done]
    verdict = desk.stand.judge(Verb.HAND_IN, desk.sheet, desk.seen)
    charge = {leaf.criterion.id: sheets.in_charge(desk.helpers, desk.sheet, leaf.criterion) for leaf in missing}
    return render_template(
        "appraisal/hand_in.html", desk=desk, missing=missing, verdict=verdict, charge=charge, round=desk.round
    ), code


# Parts


def _actor() -> Actor:
    actor = current_actor()
    if actor is None or actor.authority is None or actor.authority.seat_id is None:
        raise hidden()  # a delegated verb without a seat has no council to work in
    return actor


def _round(actor: Actor) -> m.Round | None:
    round_id = actor.authority.council_round_id if actor.authority is not None else None
    return None if round_id is None else db.session.get(m.Round, round_id)


def _chosen(actor: Actor, criterion_id: int | None) -> list[m.FieldSheet]:
    """Return the ticked sheets; with a leaf and nothing ticked, that field of every unit. Unknown numbers do not exist."""
    ids = {small_int(text) for text in request.args.getlist("sheet")[:MOST_TICKETS]}
    if criterion_id is not None and not ids:
        criterion = db.session.get(m.Criterion, criterion_id)
        if criterion is None:
            raise hidden()
        query = (
            select(m.FieldSheet)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .where(m.Criterion.set_id == criterion.set_id, m.Criterion.code == criterion.field_code)
        )
        found = list(db.session.scalars(query.order_by(m.FieldSheet.id)))
        stand = standing(db.session(), actor, found)
        return [sheet for sheet in found if stand.covers(sheet, criterion)]
    found = sheets.sheets_of({id_ for id_ in ids if id_ is not None})
    if len(found) < len(ids):
        raise hidden()
    return found


def _desk(sheet_id: int, code: str) -> Desk:
    """Lay out a sheet; without a code, the first leaf that waits for this helper."""
    actor = _actor()
    sheet = sheets.sheet_of(sheet_id)
    leaves = sheets.leaves_of([sheet])[sheet.id]
    stand = standing(db.session(), actor, [sheet])
    seen = situation(db.session(), sheet.assessment, actor.now)
    if code:
        leaf = next((one for one in leaves if one.criterion.code == code), None)
        if leaf is None:
            raise hidden()
    else:
        own = [one for one in leaves if stand.covers(sheet, one.criterion)] or leaves
        leaf = next((one for one in own if one.required and not one.done), own[0])
    return Desk(
        sheet,
        leaves,
        leaf,
        seen,
        stand,
        sheets.helpers_of(actor),
        stand.judge(Verb.APPRAISE, sheet, seen, [leaf.criterion]),
        evidence_of(sheet, leaf.criterion),
        earlier_rounds(sheet, leaf.criterion, sheet.assessment.round.year),
    )


def _entry(row: m.Score | None) -> Entry:
    """Return what a saved row says, as its form holds it."""
    return Entry() if row is None else replace(appraisal.as_claimed(row), reason=row.reason, version=row.version)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _page(desk: Desk, panel: Panel, code: int = 200) -> ResponseReturnValue:
    return render_template(
        "appraisal/work.html",
        desk=desk,
        panel=panel,
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
