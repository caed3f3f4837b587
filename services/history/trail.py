"""The history of one leaf: every act on it from the audit trail, by what the reader may see of it, with the hand-overs between.

Who sees which entry is decided by the read floor alone (``permissions/scope.py``); an auditor sees that something changed, by whom
and when, without the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

import models as m
from extensions import db
from permissions.actor import Actor
from rules.message import M, Message
from rules.verbs import Role, Verb
from rules.vocabulary import Layer
from services.history import entries
from services.history.documents import titles
from services.history.handovers import Handover, Who, handovers, verb_title
from services.history.lines import Line

#: Acts on a page, and the entries of one leaf that are read: the newest. Some ten are common, a hundred the most yet seen.
PAGE = 20
MOST = 2000


@dataclass(slots=True)
class Deed:
    """What somebody did to the leaf in one act."""

    at: datetime
    who: Who
    verb: str
    why: str = ""
    layer: Layer | None = None
    rows: list[Row[Any]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    handover: Handover | None = None

    @property
    def title(self) -> Message | str:
        return verb_title(self.verb)


@dataclass(frozen=True, slots=True)
class Trail:
    """One page of a leaf's history, the newest first. ``cut`` tells that still older entries exist."""

    deeds: list[Deed]
    page: int
    pages: int
    total: int
    cut: bool
    values: bool


def read(form: m.Assessment, leaf: m.Criterion, field_id: int, actor: Actor, page: int, places: int) -> Trail:
    """Read one page of the history of a leaf, in a constant number of statements."""
    values = actor.authority is not None and actor.authority.role is not Role.AUDITOR
    rows = _entries(form, leaf)
    deeds = _grouped(rows[:MOST], handovers(form, field_id))
    if not any(row.object_type == m.Question.__name__ for row in rows):
        deeds += _asked(form, leaf)
    deeds.sort(key=lambda deed: deed.at, reverse=True)
    pages = max(1, -(-len(deeds) // PAGE))
    page = min(max(1, page), pages)
    shown = deeds[(page - 1) * PAGE : page * PAGE]
    _tell(shown, leaf, places, values=values)
    return Trail(shown, page, pages, len(deeds), len(rows) > MOST, values)


def _entries(form: m.Assessment, leaf: m.Criterion) -> list[Row[Any]]:
    """The entries without their values: light, however many there are."""
    entry = m.AuditEntry
    query = (
        select(
            entry.id,
            entry.at,
            entry.actor_id,
            entry.actor_name,
            entry.authority,
            entry.on_behalf_of,
            entry.layer,
            entry.verb,
            entry.operation,
            entry.object_type,
            entry.reason,
            entry.request_id,
        )
        .where(entry.assessment_id == form.id, entry.criterion_id == leaf.id)
        .order_by(entry.id.desc())
        .limit(MOST + 1)
    )
    return list(db.session.execute(query))


def _grouped(rows: Iterable[Row[Any]], handed: Iterable[Handover]) -> list[Deed]:
    """Put together what one act wrote: its entries share moment, verb, person and request, its snapshot the first three."""
    deeds: dict[tuple[Any, ...], Deed] = {}
    for row in rows:
        key = (row.at, row.verb, row.actor_id, row.request_id)
        deed = deeds.get(key)
        if deed is None:
            deed = deeds[key] = Deed(
                row.at,
                Who.read(row.actor_name, row.authority, row.on_behalf_of),
                row.verb,
                row.reason,
                row.layer,
            )
        deed.rows.insert(0, row)
        deed.layer = deed.layer or row.layer
    by_act = {key[:3]: deed for key, deed in deeds.items()}
    found = list(deeds.values())
    for one in handed:
        same = by_act.get((one.at, one.verb, one.author_id))
        if same is not None:
            same.handover = one
        else:
            found.append(Deed(one.at, one.who, one.verb, one.reason, handover=one))
    return found


def _asked(form: m.Assessment, leaf: m.Criterion) -> Iterator[Deed]:
    """That an explanation was asked for, for a reader whose part of the trail does not hold it: the unit, once it is told."""
    question = m.Question
    sent = db.session.scalars(
        select(question.sent_at).where(
            question.assessment_id == form.id, question.criterion_id == leaf.id, question.sent_at.is_not(None)
        )
    )
    for at in sent:
        if at is not None:
            yield Deed(at, Who("", Role.HELPER.title), Verb.SEND_QUESTIONS.value, lines=[Line(entries.ASKED)])


def _tell(deeds: Iterable[Deed], leaf: m.Criterion, places: int, *, values: bool) -> None:
    """Put the lines to the deeds of a page; only their values are read."""
    ids = [row.id for deed in deeds for row in deed.rows]
    changes: dict[int, Mapping[str, Any]] = {}
    if values and ids:
        entry = m.AuditEntry
        changes = dict(db.session.execute(select(entry.id, entry.changes).where(entry.id.in_(ids))).all())
    linked = {row.id for deed in deeds for row in deed.rows if row.object_type == m.EvidenceLink.__name__}
    papers = titles(db.session(), _named(changes[id_] for id_ in linked if id_ in changes))
    files = _files(changes[id_] for id_ in linked if id_ in changes)
    words = entries.Words(leaf.rule, leaf.kind, places, papers, files)
    for deed in deeds:
        several = len({row.layer for row in deed.rows if row.layer is not None}) > 1
        for row in deed.rows:
            if several and row.layer is not None:  # an import writes layers of different people
                deed.lines.append(Line(row.layer.title))
            told = (
                words.of(row.object_type, row.operation, changes[row.id], row.at)
                if row.id in changes
                else [Line(M("Changed"))]
            )
            deed.lines += told
        if any(
            line.label == entries.REASON and "".join(p.text for p in line.pieces) == deed.why for line in deed.lines
        ):
            deed.why = ""  # the reason of the act is the one kept with the points, and stands there


def _named(changes: Iterable[Mapping[str, Any]]) -> set[int]:
    return {id_ for one in changes for id_ in one.get("evidence_id", ()) if id_ is not None}


def _files(changes: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    ids = {id_ for one in changes for id_ in one.get("file_id", ()) if id_ is not None}
    if not ids:
        return {}
    file = m.EvidenceFile
    rows = db.session.execute(select(file.id, file.name, file.number).where(file.id.in_(ids)))
    return {id_: f"{name} ({number})" for id_, name, number in rows}
