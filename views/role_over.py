"""The role of a session that is over while its pages are still open: nothing is saved in another role unseen."""

from __future__ import annotations

from flask import Flask, flash, request, session
from flask_babel import gettext as _

from permissions.actor import current_actor
from permissions.gate import Refused
from rules.message import M
from rules.verdict import Refusal, Verdict
from views.user import work_as


def init_app(app: Flask) -> None:
    """Refuse what a page made in a role that has ended still sends; lead the next page into a role that is left.

    A role that nobody chose is written down at the first page, so that its end is known as well.
    """

    @app.before_request
    def role_over() -> None:
        me, chosen = current_actor(), session.get("authority")
        if me is None or me.seen_by is not None or request.blueprint == "auth":
            return
        left = None if me.authority is None else me.authority.key
        if not chosen and left is not None:
            session["authority"] = left
        if not chosen or left == chosen or any(one.key == chosen for one in me.authorities):
            return  # as it was; or closed for the moment, and then nobody is moved into another role unasked
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
        work_as(left)
        flash(_("The role you were working in is no longer yours: it was revoked, or its time is over."), "warning")
