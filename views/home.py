"""The first page of each role: what waits, until when, how far; not charts."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from permissions import area
from permissions.actor import current_actor
from permissions.needs import can
from permissions.routes import signed_in
from rules.verbs import Role, Verb
from services import progress, queue, staff
from services.account import looking
from services.trail import story
from views import phrases

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """Show the queue of the chosen role."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    authority = actor.authority
    page: dict[str, object] = {
        "phrases": phrases,
        "now": actor.now,
        "forms": None,
        "council": None,
        "board": None,
        "staff_rows": 0,
        "alarms": [],
        "looks": looking.told(actor),
    }
    if authority is None:
        closed = area.closed_to(actor, in_area=False)
        return render_template("home/nobody.html", closed=closed, next_step=area.NEXT, looks=page["looks"])
    if authority.role in (Role.OFFICER, Role.LEADER):
        page |= {"forms": queue.own_forms(actor, authority), "notices": queue.notices(authority)}
    elif authority.role.seated:
        page |= {"council": queue.council(actor, authority)}
    elif can(Verb.READ_PROVISIONAL):
        round_ = queue.newest_round()
        page |= {"round": round_, "board": round_ and progress.board(actor, round_)}
        if can(Verb.MANAGE_ACCOUNTS):
            page |= {"staff_rows": staff.waiting_rows(), "alarms": story.alarms(actor.now)}
    return render_template("home/index.html", **page)
