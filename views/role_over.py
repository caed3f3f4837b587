"""The role of a session that is over while its pages are still open: nothing is saved in another role unseen."""

from __future__ import annotations

from flask import Flask, flash, request, session
from flask_babel import gettext as _

from permissions.actor import current_actor
from permissions.gate import Refused
from rules.message import M
from rules.verdict import Refusal, Verdict


def init_app(app: Flask) -> None:
    """Refuse what a page made in a role that has ended still sends; lead the next page into a role that is left."""

    @app.before_request
    def role_over() -> None:
        me, chosen = current_actor(), session.get("authority")
        if me is None or me.seen_by is not None or not chosen or request.blueprint == "auth":
            return
        if me.authority is not None and me.authority.key == chosen:
            return
        if request.method == "POST":
            # Until a page is asked for, so that a save sent again does not slip into another role.
            why = M(
                "The role you were working in is no longer yours: it was revoked, or its time is over. Nothing was saved."
            )
            raise Refused(
                Verdict(False, Refusal.RIGHT, why, M("Load the page again: you go on in another of your roles."))
            )
        if request.accept_mimetypes.best == "application/json":
            return
        session.pop("authority")
        flash(_("The role you were working in is no longer yours: it was revoked, or its time is over."), "warning")
