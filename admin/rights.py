"""Who opens a generated screen: its verbs, asked at the door, at every act, and stated for every address it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from flask import Blueprint, abort, request
from flask_admin import Admin

from permissions import needs, routes
from permissions.gate import Refused
from rules.addresses import is_own_path
from rules.verbs import Verb

#: Methods of Flask-Admin's model view that write, or serve a form that does.
WRITING = frozenset({"create_view", "edit_view", "delete_view", "action_view", "ajax_lookup", "ajax_update"})


def missing_right(verb: Verb) -> Refused:
    """Return the refusal of somebody whose role does not include a verb."""
    return Refused(needs.missing(verb), verb)


class Rights:
    """Mixed into every admin view: ``read_verbs`` open it, ``write_verb`` (none: read only) its acts.

    ``own_writes`` names the view's further methods that write.
    """

    read_verbs: ClassVar[tuple[Verb, ...]] = ()
    write_verb: ClassVar[Verb | None] = None
    own_writes: ClassVar[frozenset[str]] = frozenset()
    endpoint: str
    _urls: Any

    @property
    def readable(self) -> bool:
        """The chosen authority may open this view."""
        return any(needs.can(verb) for verb in self.read_verbs)

    @property
    def writable(self) -> bool:
        """The chosen authority may change something here; the write gate judges each object besides."""
        return self.write_verb is not None and needs.can(self.write_verb)

    def verbs_of(self, method: str) -> tuple[Verb, ...]:
        """Return the verbs that open one of the view's addresses."""
        if method in WRITING or method in self.own_writes:
            return () if self.write_verb is None else (self.write_verb,)
        return self.read_verbs

    def is_accessible(self) -> bool:
        return self.readable

    def inaccessible_callback(self, name: str, **kwargs: Any) -> Any:
        raise missing_right(self.read_verbs[0])

    def create_blueprint(self, admin: Admin) -> Blueprint:
        """Register the addresses and state the right of each; what the view cannot do has no address at all."""
        self._urls = [url for url in self._urls if self.verbs_of(url[1]) and self.offers(url[1])]
        blueprint: Blueprint = super().create_blueprint(admin)  # type: ignore[misc]
        for _url, method, _methods in self._urls:
            routes.state(f"{self.endpoint}.{method}", *self.verbs_of(method))
        return blueprint

    def offers(self, method: str) -> bool:
        """Tell whether the view has this address."""
        return True

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        """Ask at the door; a way back that is no plain path of this site is a bad request."""
        if not all(map(is_own_path, filter(None, request.values.getlist("url")))):
            abort(400)
        return super()._handle_view(name, **kwargs)  # type: ignore[misc]

    def _run_view(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a view once: Flask-Admin would run it again after any TypeError and hide the error."""
        return fn(self, *args, **kwargs)
