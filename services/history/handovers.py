"""The hand-overs of a form: its snapshots as a list, and who acted in which authority, read from the trail's own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

import models as m
from extensions import db
from permissions.gate import hidden
from rules.message import M, Message
from rules.verbs import Role, Verb
from rules.vocabulary import Layer
from services.sheet import MAX_ID

#: Hand-overs shown of one form; the newest. A form of eight fields that goes to and fro has some fifty.
MOST = 300


@dataclass(frozen=True, slots=True)
class Who:
    """Who acted: name, role, unit or council, and for whom."""

    name: str
    role: Message | str = ""
    place: str = ""
    behalf: str = ""

    @classmethod
    def read(cls, name: str, authority: str, behalf: str) -> Who:
        """Read the words in which the trail keeps an authority: role and place; ``behalf`` is the giver of a delegation."""
        if not authority:
            return cls(name)
        role, _, place = authority.partition(" · ")
        return cls(name, Role(role).title if role in set(Role) else role, place, behalf)


def verb_title(word: str) -> Message | str:
    """Return what a verb of the trail is called; one that this release does not know stays as it is."""
    return Verb(word).title if word in set(Verb) else word


@dataclass(frozen=True, slots=True)
class Handover:
    """One hand-over without its content. ``field`` is the code of the field handed over, empty for the whole form."""

    id: int
    verb: str
    layer: Layer
    at: datetime
    who: Who
    reason: str
    field: str = ""
    field_name: str = ""
    author_id: int | None = None

    @property
    def title(self) -> Message:
        what = verb_title(self.verb)
        if not self.field:
            return M("{act} – the whole form", act=what)
        return M("{act} – field {code}", act=what, code=self.field)


def handovers(form: m.Assessment, field_id: int | None = None) -> list[Handover]:
    """Return the hand-overs of a form that the reader may see, the newest first; of one field with those of the whole."""
    query = (
        _listed()
        .where(m.Snapshot.assessment_id == form.id)
        .order_by(m.Snapshot.at.desc(), m.Snapshot.id.desc())
        .limit(MOST)
    )
    if field_id is not None:
        query = query.where(or_(m.Snapshot.field_id.is_(None), m.Snapshot.field_id == field_id))
    return [_handover(row) for row in db.session.execute(query)]


def contents(form: m.Assessment, ids: Sequence[int]) -> dict[int, tuple[Handover, dict[str, Any]]]:
    """Return hand-overs of this form with their content; one that is not there for the reader is hidden (404)."""
    if any(id_ > MAX_ID for id_ in ids):
        raise hidden()
    snapshot = m.Snapshot
    query = _listed().add_columns(snapshot.content).where(snapshot.assessment_id == form.id, snapshot.id.in_(ids))
    found = {row.id: (_handover(row), row.content) for row in db.session.execute(query)}
    if set(ids) - found.keys():
        raise hidden()
    return found


def _listed() -> Any:
    snapshot, field = m.Snapshot, m.Criterion
    return select(
        snapshot.id,
        snapshot.verb,
        snapshot.layer,
        snapshot.at,
        snapshot.author_id,
        snapshot.author_name,
        snapshot.authority,
        snapshot.on_behalf_of,
        snapshot.reason,
        field.code,
        field.name,
    ).outerjoin(field, field.id == snapshot.field_id)


def _handover(row: Row[Any]) -> Handover:
    who = Who.read(row.author_name, row.authority, row.on_behalf_of)
    return Handover(row.id, row.verb, row.layer, row.at, who, row.reason, row.code or "", row.name or "", row.author_id)
