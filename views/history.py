"""The history of a leaf, the hand-overs of a form, one of them as it was, and two of them compared."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from permissions.gate import hidden
from permissions.needs import can
from permissions.routes import open_to
from rules.verbs import Verb
from services.history import pages
from services.history.pages import NOW, Opened
from views.assessment import FORM, actor
from views.ids import small_int

blueprint = Blueprint("history", __name__, url_prefix="/assessments")

#: A page beyond any history leads to its last one.
MOST_PAGES = 10**6


@blueprint.get(f"{FORM}/leaves/<code>/history")
@open_to(Verb.READ)
def leaf(form_id: int, code: str) -> ResponseReturnValue:
    """Show who changed what of a leaf, when, on whose behalf and why, the newest first."""
    opened = pages.open_form(form_id, actor())
    page = min(small_int(request.args.get("page")) or 1, MOST_PAGES)
    criterion, trail = pages.leaf_trail(opened, code, page)
    return render_template("history/leaf.html", criterion=criterion, trail=trail, **_common(opened))


@blueprint.get(f"{FORM}/history")
@open_to(Verb.READ)
def form(form_id: int) -> ResponseReturnValue:
    """Show the hand-overs of a form, with the choice of two to compare, and the way to each leaf's history."""
    return _list(pages.open_form(form_id, actor()))


@blueprint.get(f"{FORM}/history/compare")
@open_to(Verb.READ)
def compare(form_id: int) -> ResponseReturnValue:
    """Show what differs between two hand-overs, or one and the present."""
    opened = pages.open_form(form_id, actor())
    left, right = (request.args.get(name, "") for name in ("left", "right"))
    if not left or not right:
        return _list(opened, unchosen="compared" in request.args)
    fields = pages.fields_of(opened.form)
    only = request.args.get("field", "")
    if only and only not in fields:
        raise hidden()
    found = pages.compared(opened, _side(left), _side(right), only)
    return render_template(
        "history/compare.html", found=found, left=left, right=right, only=only, fields=fields, **_common(opened)
    )


@blueprint.get(f"{FORM}/history/<int:snapshot_id>")
@open_to(Verb.READ)
def handover(form_id: int, snapshot_id: int) -> ResponseReturnValue:
    """Show what a hand-over held."""
    opened = pages.open_form(form_id, actor())
    one, held = pages.handover(opened, snapshot_id)
    return render_template("history/handover.html", one=one, held=held, **_common(opened))


def _side(text: str) -> int | None:
    """Read one side of a comparison: a hand-over, or the present (None); anything else names nothing."""
    if text == NOW:
        return None
    id_ = small_int(text)
    if id_ is None:
        raise hidden()
    return id_


def _list(opened: Opened, *, unchosen: bool = False) -> str:
    found = pages.listed(opened)
    return render_template(
        "history/form.html",
        handovers=found,
        previous=pages.previous(found),
        fields=pages.fields_of(opened.form),
        leaves=pages.leaves_by_field(opened.form),
        unchosen=unchosen,
        **_common(opened),
    )


def _common(opened: Opened) -> dict[str, object]:
    return {
        "form_row": opened.form,
        "round": opened.form.round,
        "places": opened.form.round.shown_places,
        "superior": can(Verb.READ_PROVISIONAL),
        "NOW": NOW,
    }
