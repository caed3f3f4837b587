"""The main menu of the chosen role, and what every page shows of the person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel import lazy_gettext as _l

from i18n import render
from permissions import needs
from permissions.actor import Authority, current_actor
from permissions.restrictions import sentences
from rules.message import Message
from rules.verbs import Verb

#: Label, endpoint, and the verbs of which one opens it.
ENTRIES: tuple[tuple[Any, str, tuple[Verb, ...]], ...] = (
    (_l("My work"), "home.index", ()),
    (_l("Progress"), "progress.index", (Verb.READ_PROVISIONAL,)),
    (_l("Appraisal"), "appraisal.index", (Verb.APPRAISE,)),
    (_l("Approval"), "approval.index", (Verb.APPROVE,)),
    (_l("Survey"), "survey.index", (Verb.IMPORT_SURVEY,)),
    (_l("Reference figures"), "reference.index", (Verb.IMPORT_REFERENCE,)),
    (_l("Publication"), "publication.index", (Verb.PUBLISH,)),
    (_l("Results"), "results.index", (Verb.READ_PUBLISHED,)),
    (_l("Staff changes"), "staff.index", (Verb.REPORT_STAFF,)),
    (_l("Staff changes"), "staff_decisions.index", (Verb.MANAGE_ACCOUNTS,)),
    (_l("Look as a user"), "looking.index", (Verb.LOOK_AS,)),
    (_l("Administration"), "admin.index", (Verb.MANAGE_CATALOGUE, Verb.READ_PROVISIONAL, Verb.READ_AUDIT)),
)


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    url: str
    current: bool


def navigation() -> list[Entry]:
    """Return the menu of this request's authority."""
    if current_actor() is None:
        return []
    return [
        Entry(str(label), url_for(endpoint), _holds(endpoint))
        for label, endpoint, verbs in ENTRIES
        if endpoint in current_app.view_functions and (not verbs or any(needs.can(verb) for verb in verbs))
    ]


def _holds(endpoint: str) -> bool:
    """Tell whether the present page belongs to an entry: by its part of the program, or by standing below it."""
    here = (request.blueprint or "").split("_")[0]  # generated screens: admin_unit, admin_round …
    below = url_for(endpoint).rstrip("/") + "/"
    return endpoint.split(".")[0] in (here, request.blueprint) or (
        endpoint != "home.index" and f"{request.script_root}{request.path}".startswith(below)
    )


def lent_titles(authority: Authority) -> str:
    """Return what a delegation lends, in words."""
    return "; ".join(render(verb.title) for verb in Verb if verb.value in (authority.lent or ()))


def restricted() -> list[Message]:
    """Return what the access of the person is cut to; who looks as somebody is told so elsewhere."""
    actor = current_actor()
    limits = None if actor is None or actor.authority is None or actor.seen_by else actor.authority.limits
    return [] if limits is None else sentences(limits)


def init_app(app: Flask) -> None:
    """Give the templates the menu, the actor and the question of a verb."""
    app.jinja_env.globals["navigation"] = navigation
    app.jinja_env.globals["lent_titles"] = lent_titles

    @app.context_processor
    def person() -> dict[str, Any]:
        return {"actor": current_actor(), "can": needs.can, "Verb": Verb, "restricted": restricted()}
