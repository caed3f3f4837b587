"""The first page of each role: its queue, not charts."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from permissions.actor import current_actor
from permissions.routes import signed_in

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """Show what to do, until when, how far."""
    return render_template("home/index.html", actor=current_actor())
