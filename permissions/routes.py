"""Which verb opens which route. A route that nobody stated is closed, and the tests fail until someone states it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, abort, request

from permissions import needs
from permissions.actor import current_actor
from permissions.gate import Refused
from rules.message import M
from rules.process import Refusal, Verdict
from rules.verbs import Verb

View = TypeVar("View", bound=Callable[..., Any])
PUBLIC = "public"
SIGNED_IN = "signed_in"
_ATTRIBUTE = "parindex_open_to"
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


def state(endpoint: str, *verbs: Verb | str) -> None:
    """State the right of an endpoint whose view cannot be marked (generated screens)."""
    _endpoints[endpoint] = verbs


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
        if PUBLIC in rights:
            return None
        if current_actor() is None:
            return app.login_manager.unauthorized()  # type: ignore[attr-defined]
        if SIGNED_IN in rights:
            return None
        if not rights:
            abort(404)
        if not any(needs.can(verb) for verb in rights if isinstance(verb, Verb)):
            raise Refused(
                Verdict(
                    False,
                    Refusal.RIGHT,
                    M("Your role does not include: {verb}.", verb=Verb(rights[0]).title),
                    M("Choose another of your roles, or ask Sở Nội vụ."),
                ),
                Verb(rights[0]),
            )
        return None
