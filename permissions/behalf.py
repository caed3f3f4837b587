"""In whose place a person acted: kept beside the person on the row itself, in the flush that writes it (Điều 9.1).

The audit trail tells it too, but whoever reads a form, a paper or a notice may not read the trail.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect

from permissions.actor import Actor
from rules.behalf import named
from rules.message import Message

#: Column of the person -> column with the name of the giver, empty for who acts in the own authority.
PLACES = {"author_id": "author_for", "signed_by_id": "signed_for", "explained_by_id": "explained_for"}


def keep(actor: Actor | None, row: Any) -> None:
    """Note on a row about to be written for whom its person acts, wherever the person was set anew."""
    state = inspect(row)
    for person, giver in PLACES.items():
        if giver in state.mapper.column_attrs and (not state.persistent or person in state.committed_state):
            setattr(row, giver, giver_of(actor) if getattr(row, person) is not None else "")


def giver_of(actor: Actor | None) -> str:
    """Return in whose place somebody acts; empty for the own authority and for system work."""
    return "" if actor is None or actor.authority is None else actor.authority.on_behalf_of


def acting(actor: Actor) -> Message | str:
    """Return who acts, as a notice names it: the person, and in whose place."""
    return named(actor.name, giver_of(actor))
