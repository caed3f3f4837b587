"""Approval by field (Điều 7.4): the fields of a council, one field over all units, one unit's sheet; approve, change, send back, close."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

import models as m
from permissions.actor import Actor
from permissions.gate import Refused, hidden
from permissions.routes import open_to
from rules.message import Message
from rules.verbs import Verb
from rules.verdict import Refusal
from rules.vocabulary import State
from services import approval, reference
from services import approval_board as board
from services import sheet as sheets
from services.approval import Done, MinutesFault, ReasonFault
from services.approval_board import Ticket, UnitRow
from services.dossier import evidence_of
from services.evidence.versions import by_leaf
from services.explanation.changes import changes
from services.explanation.thread import threads
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import Leaf
from services.weighing import as_claimed
from views.ids import small_int
from views.leaf_form import PREFIX, typed_entry
from views.seat import council_round, seated_actor
from views.talk import Talk

blueprint = Blueprint("approval", __name__, url_prefix="/approval")
#: More units than this no council has.
MOST_SHEETS = 1000


@dataclass(frozen=True)
class Editing:
    """The one leaf of a sheet that is open for a change, with what was typed and what is wrong with it."""

    leaf: Leaf
    entry: Entry
    evidence: Any = ()
    faults: dict[str, Message] = field(default_factory=dict)
    stale: bool = False


@blueprint.get("")
@open_to(Verb.APPROVE)
def index() -> ResponseReturnValue:
    """Show the council's fields, each with its units by state."""
    actor = seated_actor()
    return render_template(
        "approval/index.html", overview=board.overview(actor), council_id=_council(actor), round=council_round(actor)
    )


@blueprint.get("/<int:council_id>/<field_code>")
@open_to(Verb.APPROVE)
def table(council_id: int, field_code: str) -> ResponseReturnValue:
    """Lay all units of one field side by side."""
    actor = seated_actor(council_id)
    set_id = set_of_field(actor, field_code)
    rows = board.rows(actor, board.field_sheets(set_id, field_code))
    if not rows:
        raise hidden()
    return render_template(
        "approval/table.html", rows=rows, field=rows[0].sheet.field, council_id=council_id, round=council_round(actor)
    )


@blueprint.route("/approve", methods=["GET", "POST"])
@open_to(Verb.APPROVE)
def approve() -> ResponseReturnValue:
    """List what would be approved, with minutes; then approve exactly that."""
    if request.method == "GET":
        return _preview("approval/approve.html", Verb.APPROVE)
    tickets = _tickets()
    try:
        minutes = approval.read_minutes(
            request.form.get("minutes_number", ""), _day(request.form.get("minutes_on", ""))
        )
    except MinutesFault as fault:
        return _preview("approval/approve.html", Verb.APPROVE, fault.faults, 422)
    return _done(
        approval.approve(tickets, minutes),
        lambda n: ngettext("%(num)s unit is approved.", "%(num)s units are approved.", n),
    )


@blueprint.route("/close", methods=["GET", "POST"])
@open_to(Verb.CLOSE_FIELD)
def close() -> ResponseReturnValue:
    """List the approved units that the chair would close, and name those not approved; then close exactly these."""
    if request.method == "GET":
        return _preview("approval/close.html", Verb.CLOSE_FIELD)
    return _done(
        approval.close(_tickets()), lambda n: ngettext("%(num)s unit is closed.", "%(num)s units are closed.", n)
    )


@blueprint.get("/sheets/<int:sheet_id>")
@open_to(Verb.APPROVE)
def sheet(sheet_id: int) -> ResponseReturnValue:
    """Show one unit's sheet leaf by leaf, one of them open for a change."""
    row = _row(sheet_id)
    code = request.args.get("leaf", "")
    if not code:
        return _page(row)
    leaf = next((one for one in row.leaves if one.criterion.code == code), None)
    if leaf is None:
        raise hidden()
    return _page(row, _editing(row, leaf))


def show(sheet_id: int, talk: Talk, code: int) -> ResponseReturnValue:
    """Show the sheet again with a remark that was refused."""
    return _page(_row(sheet_id), talk=talk, code=code)


@blueprint.post("/sheets/<int:sheet_id>/<int:criterion_id>")
@open_to(Verb.CHANGE)
def change(sheet_id: int, criterion_id: int) -> ResponseReturnValue:
    """Put the council's own points over the appraised ones, or take them back."""
    own = sheets.sheet_of(sheet_id)
    criterion = sheets.leaf_of(own, criterion_id)
    entry = typed_entry(criterion.rule)
    undo = request.form.get("action") == "undo"
    faults: dict[str, Message] = {}
    stale = False
    try:
        if undo:
            approval.undo_change(own, criterion, entry.version, entry.reason)
        else:
            approval.change(own, criterion, entry)
    except EntryFault as fault:
        faults = fault.faults.get(criterion.code, {})
    except ReasonFault as fault:
        faults = {"reason": fault.message}
    except Refused as refused:
        faults = _missing_reason(refused)
    except StaleEntry:
        stale = True
    if not faults and not stale:
        words = _("%(code)s: the council's points are taken back.") if undo else _("%(code)s: changed.")
        flash(words % {"code": criterion.code}, "success")
        return redirect(url_for(".sheet", sheet_id=sheet_id))
    row = _row(sheet_id)
    leaf = next(one for one in row.leaves if one.criterion.id == criterion.id)
    if stale:
        entry = replace(entry, version=leaf.council.version if leaf.council else 0)
    editing = Editing(leaf, entry, evidence_of(row.sheet, leaf.criterion), faults, stale)
    return _page(row, editing, code=409 if stale else 422)


@blueprint.post("/sheets/<int:sheet_id>/send-back")
@open_to(Verb.SEND_BACK)
def send_back(sheet_id: int) -> ResponseReturnValue:
    """Send the field of one unit back to its helper, with a reason."""
    reason = request.form.get("reason", "")
    own = sheets.sheet_of(sheet_id)
    try:
        approval.send_back(own, reason)
    except ReasonFault as fault:
        return _page(_row(sheet_id), reason=reason, fault=fault.message, code=422)
    except Refused as refused:
        return _page(_row(sheet_id), reason=reason, fault=_missing_reason(refused)["reason"], code=422)
    flash(_("The field is back with its helper."), "success")
    return redirect(url_for(".sheet", sheet_id=sheet_id))


# Parts


def _missing_reason(refused: Refused) -> dict[str, Message]:
    """Bring the gate's question for a reason to its field; any other refusal is a page of its own."""
    if refused.verdict.refusal is not Refusal.REASON or refused.verdict.why is None:
        raise refused
    return {"reason": refused.verdict.why}


def _council(actor: Actor) -> int | None:
    return actor.authority.council_id if actor.authority is not None else None


def set_of_field(actor: Actor, code: str) -> int:
    """Return the asked criteria set of a field, or the first of the council that has it."""
    known = [one.set_id for one in board.overview(actor).fields if one.code == code]
    asked = small_int(request.args.get("set")) if "set" in request.args else next(iter(known), None)
    if asked not in known:
        raise hidden()
    return asked


def _tickets() -> list[Ticket]:
    texts = request.form.getlist("ticket")
    if len(texts) > MOST_SHEETS:
        abort(413)
    tickets = [ticket for ticket in map(Ticket.parse, texts) if ticket is not None]
    if len(tickets) < len(texts):
        abort(400)
    return tickets


def _chosen() -> list[m.FieldSheet]:
    """Return the sheets named by the page: ticked in the address, or listed in the refused form."""
    if request.method == "POST":
        ids: set[int | None] = {ticket.sheet_id for ticket in _tickets()}
    else:
        ids = {small_int(text) for text in request.args.getlist("sheet")[:MOST_SHEETS]}
    wanted = {id_ for id_ in ids if id_ is not None}
    found = sheets.sheets_of(wanted)
    if len(found) < len(ids):
        raise hidden()
    return found


def _preview(
    template: str, verb: Verb, faults: dict[str, Message] | None = None, code: int = 200
) -> ResponseReturnValue:
    actor = seated_actor()
    rows = board.rows(actor, _chosen())
    ready = [row for row in rows if row.may[verb]]
    left_out = [(row, row.may[verb].why) for row in rows if not row.may[verb]]
    back = url_for(".index")
    if rows:
        first = rows[0].sheet
        back = url_for(".table", council_id=_council(actor), field_code=first.field.code, set=first.criteria_set_id)
    return render_template(
        template, ready=ready, left_out=left_out, back=back, faults=faults or {}, round=council_round(actor)
    ), code


def _done(done: Done, words: Any) -> ResponseReturnValue:
    if done.failed:
        return render_template(
            "approval/done.html", done=done, words=words(done.count), round=council_round(seated_actor())
        ), (200 if done.count else 409)
    flash(
        words(done.count) if done.count else _("Nothing was ticked, nothing was done."),
        "success" if done.count else "warning",
    )
    return redirect(url_for(".index"))


def _row(sheet_id: int) -> UnitRow:
    return board.rows(seated_actor(), [sheets.sheet_of(sheet_id)])[0]


def _editing(row: UnitRow, leaf: Leaf) -> Editing:
    present = leaf.result
    entry = Entry() if present is None else replace(as_claimed(present), reason="")
    if leaf.council is not None:
        entry = replace(entry, reason=leaf.council.reason, version=leaf.council.version)
    return Editing(leaf, entry, evidence_of(row.sheet, leaf.criterion))


def _page(
    row: UnitRow,
    editing: Editing | None = None,
    *,
    reason: str = "",
    fault: Message | None = None,
    talk: Talk | None = None,
    code: int = 200,
) -> ResponseReturnValue:
    said = threads([row.sheet.assessment_id])
    written = (score for leaf in row.leaves for score in leaf.layers.values())
    return render_template(
        "approval/sheet.html",
        row=row,
        editing=editing,
        reason=reason,
        fault=fault,
        talk=talk or Talk(),
        said=said,
        changes=changes(row.sheet.assessment_id, row.leaves, said),
        prefix=PREFIX,
        names=sheets.authors(written),
        papers=by_leaf(row.sheet.assessment),
        references=reference.figures_of([row.sheet.assessment_id], [leaf.criterion for leaf in row.leaves]),
        locked=row.state in (State.APPROVED, State.CLOSED, State.PUBLISHED),
        council_id=_council(seated_actor()),
        round=row.sheet.assessment.round,
    ), code


def _day(text: str) -> date | None:
    """Read a day as the date field sends it (2024-12-31) or as people write it (31/12/2024)."""
    for pattern in ("%Y-%m-%d", "%d/%m/%Y"):
        try:
            return datetime.strptime(text.strip(), pattern).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
