"""Receive the file of a document: a new one on a leaf, or a new version of one that is there.

The order keeps what the user was told: the bytes are received aside, judged, scanned and stored under their SHA-256, and only
then comes the row, in one act. Whatever breaks before leaves bytes without a row, which ``keeping.sweep`` takes away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import IO

from flask import current_app
from sqlalchemy import func, select

import models as m
from config import EvidenceSettings
from extensions import db
from models.situation import situations
from permissions.actor import Actor, current_actor
from permissions.gate import Act, Refused, hidden
from permissions.policies import judge
from rules.files import clean_name, size_text, stem_of
from rules.message import M
from rules.text import nfc
from rules.vocabulary import Scan, Stage, State
from services.evidence import receiving
from services.evidence.documents import (
    Place,
    Target,
    adding,
    latest,
    link_at,
    must_take_a_file,
    new_document,
    own_link,
    place_of,
    put,
    used_at,
    verb_of,
)
from services.evidence.receiving import Arrived
from services.evidence.typed import LENGTHS, Document, DocumentFault, read
from services.storage import storage


@dataclass(frozen=True, slots=True)
class Received:
    """What came of an upload; ``repeated`` tells that the same file was there already and nothing was added."""

    link_id: int
    file_id: int
    document_id: int
    number: int
    name: str
    title: str
    size: int
    kind: str
    scan: Scan
    has_location: bool
    repeated: bool


def receive(
    target: Target,
    criterion: m.Criterion,
    stream: IO[bytes],
    name: str,
    typed: Document,
    *,
    replaces: int | None = None,
) -> Received:
    """Take a file to a leaf, as a new document or, with ``replaces`` (a link), as a new version of that document's file.

    Raises ``DocumentFault`` with a sentence at "file" or at a field of the document, and ``Refused``.
    """
    settings: EvidenceSettings = current_app.config["PARINDEX"].evidence
    place = _may(target, criterion, replaces)
    if not name:
        raise DocumentFault({"file": M("Choose a file.")})
    name = clean_name(name)
    typed = replace(typed, title=typed.title.strip() or nfc(stem_of(name))[: LENGTHS["title"]])
    if replaces is None:
        read(typed, today=_now().date())  # its faults are told before the file is looked at
    with receiving.arrive(stream, name, settings) as arrived:
        known = _known(place, arrived, replaces)
        if known is None:
            _room(place, arrived, settings)
            if replaces is None:
                must_take_a_file(place)
        # Also what is known: it may be damaged, or its row be removed by somebody else before the act.
        arrived.store(storage())
        with adding(target, criterion) as (attaching, now):
            known = _known(now, arrived, replaces)
            if known is not None:
                return _received(*known, repeated=True)
            _room(now, arrived, settings)
            if replaces is None:
                document, page = new_document(attaching, now.form.unit_id, typed)
                file = _new_file(attaching, document, arrived, number=1)
                link = put(attaching, now, document.id, file.id, page)
            else:
                link, file = _new_version(attaching, now, replaces, arrived)
            db.session.flush()
            return _received(link, file, repeated=False)


def _may(target: Target, criterion: m.Criterion, replaces: int | None) -> Place:
    """Refuse before anything is received what the act would refuse after it."""
    actor = current_actor()
    if actor is None:
        raise hidden()
    _must(actor, target, [criterion])
    place = place_of(target, criterion)
    if replaces is not None:
        _must(actor, target, used_at(_replaced(place, replaces).evidence_id))
    return place


def _must(actor: Actor, target: Target, leaves: Sequence[m.Criterion]) -> None:
    verdict = judge(db.session(), actor, verb_of(target), target, criteria=leaves)
    if not verdict:
        raise Refused(verdict)


def _now() -> datetime:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - asked before
    return actor.now


def _replaced(place: Place, link_id: int) -> m.EvidenceLink:
    """Return the link whose document gets a new version; in an explanation also one of the self-assessment."""
    if place.stage is Stage.EXPLANATION:
        link = db.session.get(m.EvidenceLink, link_id)
        if link is not None and (link.assessment_id, link.criterion_id) == (place.form.id, place.criterion.id):
            return link
        raise hidden()
    return own_link(place, link_id)


def _known(place: Place, arrived: Arrived, replaces: int | None) -> tuple[m.EvidenceLink, m.EvidenceFile] | None:
    """Return the use that this very file has here already: an upload that is repeated changes nothing."""
    link, file = m.EvidenceLink, m.EvidenceFile
    query = (
        select(link, file)
        .join(file, file.id == link.file_id)
        .where(
            link.assessment_id == place.form.id,
            link.criterion_id == place.criterion.id,
            link.stage == place.stage,
            link.turn == place.turn,
            file.sha256 == arrived.sha256,
        )
        .order_by(link.id)
    )
    if replaces is not None:
        query = query.where(link.evidence_id == _replaced(place, replaces).evidence_id)
    row = db.session.execute(query).first()
    return None if row is None else (row[0], row[1])


def _room(place: Place, arrived: Arrived, settings: EvidenceSettings) -> None:
    """Refuse what goes beyond the quota of the unit."""
    # A file that the unit keeps several times is stored once, and counts once.
    kept = select(m.EvidenceFile.sha256, m.EvidenceFile.size).where(
        m.EvidenceFile.unit_id == place.form.unit_id, m.EvidenceFile.sha256 != arrived.sha256
    )
    distinct = kept.distinct().subquery()
    used = int(db.session.scalar(select(func.coalesce(func.sum(distinct.c.size), 0))) or 0)
    if used + arrived.size > settings.unit_bytes:
        raise DocumentFault(
            {
                "file": M(
                    "Your unit's files fill the {limit} it may use: remove what is not needed, or ask Sở Nội vụ for more.",
                    limit=size_text(settings.unit_bytes),
                )
            }
        )


def _new_file(attaching: Act, document: m.Evidence, arrived: Arrived, number: int) -> m.EvidenceFile:
    assert attaching.actor is not None  # noqa: S101 - only people attach
    file = m.EvidenceFile(
        evidence_id=document.id,
        unit_id=document.unit_id,
        number=number,
        name=arrived.name,
        sha256=arrived.sha256,
        size=arrived.size,
        kind=arrived.kind.word,
        scan=arrived.opinion.scan,
        scan_note=arrived.opinion.note,
        has_location=arrived.has_location,
        author_id=attaching.actor.account_id,
        created_at=attaching.now,
    )
    db.session.add(file)
    db.session.flush()
    return file


def _new_version(attaching: Act, place: Place, link_id: int, arrived: Arrived) -> tuple[m.EvidenceLink, m.EvidenceFile]:
    """Add a version and move to it what is still open; what was handed in keeps the version it relies on."""
    old = _replaced(place, link_id)
    document = db.session.get_one(m.Evidence, old.evidence_id)
    newest = latest(document.id)
    if newest is None:
        must_take_a_file(place)
    file = _new_file(attaching, document, arrived, number=1 if newest is None else newest.number + 1)
    if place.stage is Stage.SELF_SCORING:
        for link in _draft_links(attaching, document):
            link.file_id = file.id
        return old, file
    present = link_at(place, document.id)
    if present is not None:
        present.file_id = file.id
        place.change(attaching)
        return present, file
    return put(attaching, place, document.id, file.id, old.page), file


def _draft_links(attaching: Act, document: m.Evidence) -> list[m.EvidenceLink]:
    """Return the uses of a document in forms of its unit that are drafts now."""
    links = db.session.scalars(
        select(m.EvidenceLink).where(
            m.EvidenceLink.evidence_id == document.id, m.EvidenceLink.stage == Stage.SELF_SCORING
        )
    ).all()
    forms = db.session.scalars(
        select(m.Assessment).where(m.Assessment.id.in_({link.assessment_id for link in links}))
    ).all()
    phases = situations(db.session(), forms, attaching.now)
    return [link for link in links if phases[link.assessment_id].phase is State.DRAFT]


def _received(link: m.EvidenceLink, file: m.EvidenceFile, *, repeated: bool) -> Received:
    document = db.session.get_one(m.Evidence, link.evidence_id)
    return Received(
        link.id,
        file.id,
        link.evidence_id,
        file.number,
        file.name,
        document.title,
        file.size,
        file.kind,
        file.scan,
        file.has_location,
        repeated,
    )
