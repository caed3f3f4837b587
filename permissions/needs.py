"""The needs of Flask-Principal: a verb, and a verb over a subtree. They open or close views, menus and actions.

``SubtreePermission`` expands the wanted path into its ancestors, so an identity carries one need per verb whatever the size
of its subtree. The operators of ``Permission`` are not used: ``&`` means "any" there, and an empty permission allows everyone.
"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask, g
from flask_principal import AnonymousIdentity, Identity, Need, Permission, Principal, identity_loaded

from permissions.actor import Actor, current_actor
from permissions.restrictions import closes, why_not
from rules.message import M
from rules.process import is_lent, may_ever
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict

principal = Principal(use_sessions=False)


def verb_need(verb: Verb) -> Need:
    return Need("verb", verb.value)


def subtree_need(verb: Verb, path: str) -> Need:
    return Need(verb.value, path)


def can(verb: Verb) -> bool:
    """Tell whether the chosen authority has the verb at all; nothing before the identity is known (a refused token)."""
    return "identity" in g and bool(Permission(verb_need(verb)).can())


def missing(verb: Verb) -> Verdict:
    """Return why the chosen authority does not have a verb: its role has not, or a restriction took it."""
    actor = current_actor()
    authority = None if actor is None else actor.authority
    if actor is not None and authority is not None and authority.limits is not None and closes(authority.limits, verb):
        return Verdict(False, Refusal.RIGHT, why_not(actor, verb, None), M("Ask Sở Nội vụ."))
    return Verdict(
        False,
        Refusal.RIGHT,
        M("Your role does not include: {verb}.", verb=verb.title),
        M("Choose another of your roles, or ask Sở Nội vụ."),
    )


class SubtreePermission(Permission):  # type: ignore[misc] # the library has no types
    """The verb over the unit with this path: held by whoever has it over the unit itself or any of its ancestors."""

    def __init__(self, verb: Verb, path: str) -> None:
        parts = path.rstrip(".").split(".")
        super().__init__(*(subtree_need(verb, ".".join(parts[:depth]) + ".") for depth in range(1, len(parts) + 1)))


def needs_of(actor: Actor | None) -> Iterator[Need]:
    """Yield what the actor's chosen authority provides."""
    if actor is None or actor.authority is None:
        return
    authority = actor.authority
    for verb in Verb:
        if authority.limits is not None and closes(authority.limits, verb):
            continue
        if may_ever(authority.role, verb) and is_lent(verb, authority.lent):
            yield verb_need(verb)
            yield from (subtree_need(verb, path) for path in authority.reach)


def init_app(app: Flask) -> None:
    """Load an identity for each request from the actor; logout, disabling and change of role act on the next request."""
    principal.init_app(app)

    @principal.identity_loader  # type: ignore[misc]
    def load() -> Identity:
        actor = current_actor()
        return AnonymousIdentity() if actor is None else Identity(actor.account_id)

    @identity_loaded.connect_via(app)  # type: ignore[misc]
    def provide(sender: Flask, identity: Identity) -> None:
        identity.provides.update(needs_of(current_actor()))


def refresh_identity() -> None:
    """Work out the needs again after the authority changed within a request (tests, choosing a role)."""
    g.identity = Identity(None)
    g.identity.provides.update(needs_of(current_actor()))
