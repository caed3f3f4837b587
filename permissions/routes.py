"""Which verb opens which route. A route that nobody stated is closed, and the tests fail until someone states it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, request

from permissions import area, needs
from permissions.actor import current_actor
from permissions.gate import Refused, only_looks
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed_in"
_ATTRIBUTE = "parindex_open_to"
#: Blueprints of the generated screens, closed with the administrator's area.
_area: set[str] = set()
_WHILE_LOOKING = "parindex_while_looking"
#: Methods that only ask.
ASKING = frozenset({"GET", "HEAD", "OPTIONS"})
_endpoints: dict[str, tuple[Verb | str, ...]] = {"static": (PUBLIC,)}


def open_to(*verbs: Verb) -> Callable[[View], View]:
    """State that a view is open to every authority that has one of the verbs; the view's service judges the object."""
    if not verbs:
        raise ValueError("an open view names its verbs")

    def mark(view: View) -> View:
        setattr(view, _ATTRIBUTE, verbs)
        return view

    return mark


def public(view: View) -> View:
    """State that a view is open without signing in."""
    setattr(view, _ATTRIBUTE, (PUBLIC,))
    return view


def signed_in(view: View) -> View:
    """State that a view is open to everyone signed in, with or without an authority."""
    setattr(view, _ATTRIBUTE, (SIGNED_IN,))
    return view


def while_looking(view: View) -> View:
    """State that a view takes posts of somebody who looks at the system as another person: it changes nothing of that person."""
    setattr(view, _WHILE_LOOKING, True)
    return view


def _open_while_looking(app: Flask, endpoint: str) -> bool:
    return bool(getattr(app.view_functions.get(endpoint), _WHILE_LOOKING, False))


def state(endpoint: str, *verbs: Verb | str) -> None:
    """State the right of an endpoint whose view cannot be marked (generated screens)."""
    _endpoints[endpoint] = verbs


def belong_to_area(*blueprints: str) -> None:
    """State that the views of blueprints are closed, to every role, where the administrator's area is."""
    _area.update(blueprints)


def stated(app: Flask, endpoint: str) -> tuple[Verb | str, ...]:
    """Return what opens an endpoint; empty when nobody stated it."""
    view = app.view_functions.get(endpoint)
    return getattr(view, _ATTRIBUTE, ()) or _endpoints.get(endpoint, ())


def init_app(app: Flask) -> None:
    """Close every route until its stated right opens it."""

    @app.before_request
    def guard() -> Any:
        if request.endpoint is None:
            return None  # no such address: the router answers 404
        rights = stated(app, request.endpoint)
        actor = current_actor()
        if (
            actor is not None
            and actor.seen_by is not None
            and request.method not in ASKING
            and not _open_while_looking(app, request.endpoint)
        ):
            raise only_looks(actor)
        if PUBLIC in rights:
            return None
        if actor is None:
            return app.login_manager.unauthorized()  # type: ignore[attr-defined]
        if SIGNED_IN in rights:
            return None
        if not rights:
            abort(404)
        if (why := area.closed_to(actor, in_area=request.blueprint in _area)) is not None:
            raise Refused(Verdict(False, Refusal.RIGHT, why, area.NEXT))
        if not any(needs.can(verb) for verb in rights if isinstance(verb, Verb)):
            raise Refused(needs.missing(Verb(rights[0])), Verb(rights[0]))
        return None
