"""The person behind a request, in the one authority chosen for the session: a post, a seat, or one lent by delegation."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime

from flask import g, has_app_context

from rules.message import Message
from rules.verbs import Role


@dataclass(frozen=True, slots=True)
class Limits:
    """What the restrictions in force on a person leave of an authority (Điều 9.1); nothing cut where a part is empty.

    ``paths`` are the subtrees left, None for all; ``fields`` the codes of fields that may be written, None for all. Each part
    has the last day on which it stays as it is, None where it has no end.
    """

    read_only: bool = False
    paths: tuple[str, ...] | None = None
    fields: frozenset[str] | None = None
    read_until: date | None = None
    units_until: date | None = None
    fields_until: date | None = None
    #: Names of the units that ``paths`` are the trees of.
    units: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """One post or seat, valid now. Rights come from this one alone; conflicts of interest from everything a person holds.

    ``unit_path`` is the tree path of the post's unit, or of the council's unit for a seat. ``lent`` names the verbs of a
    delegation, ``on_behalf_of`` and ``giver_id`` its giver, ``lent_from`` and ``lent_to`` its first and last day. ``closed`` tells why it
    cannot be worked with from where this request comes.
    """

    key: str
    role: Role
    unit_id: int
    unit_path: str
    unit_name: str
    council_id: int | None = None
    council_name: str = ""
    council_round_id: int | None = None
    seat_id: int | None = None
    lent: frozenset[str] | None = None
    on_behalf_of: str = ""
    limits: Limits | None = None
    closed: Message | None = None
    lent_from: date | None = None
    lent_to: date | None = None
    giver_id: int | None = None

    @property
    def reach(self) -> tuple[str, ...]:
        """Tree paths of the subtrees that the authority reaches: its unit's, or what a restriction left of it."""
        if self.limits is None or self.limits.paths is None:
            return (self.unit_path,)
        return self.limits.paths

    @property
    def everywhere(self) -> bool:
        """Tell whether it reaches the whole tree."""
        return any(path.count(".") == 1 for path in self.reach)

    def reaches(self, path: str) -> bool:
        """Tell whether a unit with this tree path is reached."""
        return any(path.startswith(start) for start in self.reach)

    @property
    def read_only(self) -> bool:
        return self.limits is not None and self.limits.read_only


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at the system as this person, until when: nothing can be changed meanwhile."""

    account_id: int
    name: str
    until: datetime
    viewing_id: int = 0
    #: The authority of the viewer's own that the look goes on in.
    authority: Authority | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person. ``now`` is the database clock when the request began; writes ask it again.

    ``area_closed`` tells why the administrator's area is closed to this request, whoever asks.
    ``interests`` are the accounts whose ties to units count where interests conflict: the own, and those of who lends to it.
    """

    account_id: int
    name: str
    now: datetime
    authorities: tuple[Authority, ...]
    authority: Authority | None
    interests: frozenset[int] = frozenset()
    address: str = ""
    seen_by: Viewer | None = None
    area_closed: Message | None = None

    @property
    def person_id(self) -> int:
        """The account of whoever sits there: of somebody who looks as a user the own one."""
        return self.account_id if self.seen_by is None else self.seen_by.account_id


_system: ContextVar[str | None] = ContextVar("parindex_system_scope", default=None)


def current_actor() -> Actor | None:
    """Return who acts in this request; None for nobody and for system work."""
    return g.get("actor") if has_app_context() else None


def set_actor(actor: Actor | None) -> None:
    """Put the actor on the application context: the identity loader and commands call this, nobody else."""
    g.actor = actor


def system_reason() -> str | None:
    """Return why system work is going on, or None."""
    return _system.get()


@contextmanager
def system_scope(reason: str) -> Iterator[None]:
    """Open all rows for system work (import, migration, publication, sign-in), with its reason in the open.

    Inside a request read columns, not entities of other units: an entity stays in the session after the scope ends.
    """
    token = _system.set(reason)
    try:
        yield
    finally:
        _system.reset(token)
