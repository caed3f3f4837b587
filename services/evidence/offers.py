"""Documents that a unit already has, found again by title or number, and one of them put on many leaves in one act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, or_, select

import models as m
from extensions import db
from rules import text
from rules.message import M
from rules.text import nfc
from services.evidence.documents import Target, adding, form_of, leaf, link_at, own_link, place_of, put
from services.evidence.typed import Document, DocumentFault, read

#: Documents shown at once; a search narrows them.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A document that this leaf does not use yet; ``rounds`` are the names of the rounds that use it."""

    id: int
    number: str
    issued_on: date | None
    issuer: str
    title: str
    file_name: str | None
    rounds: tuple[str, ...]


def offers(form: m.Assessment, criterion_id: int, find: str = "") -> tuple[list[Offer], int]:
    """Return the unit's documents that fit a search, the newest first and at most ``SHOWN``, and how many there are."""
    document, link = m.Evidence, m.EvidenceLink
    used = select(link.evidence_id).where(link.assessment_id == form.id, link.criterion_id == criterion_id)
    wanted = [document.unit_id == form.unit_id, document.id.not_in(used)]
    find = nfc(find).replace("\x00", "").strip()[:200]
    if find:
        wanted.append(
            or_(
                document.title_search.contains(text.fold(find), autoescape=True),
                # Numbers are written in capitals (12/QĐ-UBND); databases fold only some letters.
                document.number.contains(find, autoescape=True),
                document.number.contains(find.upper(), autoescape=True),
            )
        )
    count = db.session.scalar(select(func.count(document.id)).where(*wanted)) or 0
    found = db.session.execute(
        select(document.id, document.number, document.issued_on, document.issuer, document.title)
        .where(*wanted)
        .order_by(document.id.desc())
        .limit(SHOWN)
    ).all()
    names, rounds = _files([row.id for row in found]), _rounds([row.id for row in found])
    return [Offer(*row, names.get(row.id), tuple(rounds.get(row.id, ()))) for row in found], count


def _files(ids: Sequence[int]) -> dict[int, str]:
    file = m.EvidenceFile
    query = select(file.evidence_id, file.name).where(file.evidence_id.in_(ids)).order_by(file.number)
    return dict(db.session.execute(query).all())  # the newest stands last


def _rounds(ids: Sequence[int]) -> dict[int, list[str]]:
    link, form, round_ = m.EvidenceLink, m.Assessment, m.Round
    query = (
        select(link.evidence_id, round_.name, round_.year)
        .join(form, form.id == link.assessment_id)
        .join(round_, round_.id == form.round_id)
        .where(link.evidence_id.in_(ids))
        .distinct()
        .order_by(round_.year.desc())
    )
    found: dict[int, list[str]] = {}
    for document_id, name, _year in db.session.execute(query):
        found.setdefault(document_id, []).append(name)
    return found


def spread(target: Target, criterion: m.Criterion, link_id: int, codes: Sequence[str]) -> int:
    """Use the document of a link, in the version used there, on further leaves; all or none. Return how many are new.

    Raises ``DocumentFault`` at "item" where one of them has all the files it may have, and ``Refused``, also where one of them
    takes no evidence now.
    """
    with adding(target, criterion) as (attaching, place):
        link = own_link(place, link_id)
        new = 0
        for code in dict.fromkeys(codes):
            there = place_of(target, leaf(form_of(target), code))
            if link_at(there, link.evidence_id) is None:
                put(attaching, there, link.evidence_id, link.file_id, "", at="item")
                new += 1
    return new


def amend(target: Target, criterion: m.Criterion, link_id: int, typed: Document) -> None:
    """Change the page that proves the leaf, and what is said of a document as long as only this form uses it.

    Raises ``DocumentFault`` and ``Refused``.
    """
    with adding(target, criterion) as (amending, place):
        link = own_link(place, link_id)
        document = db.session.get_one(m.Evidence, link.evidence_id)
        texts, issued_on = read(typed, today=amending.now.date())
        page = texts.pop("page")
        if page != link.page:
            link.page = page
            place.change(amending)
        changed = {name: value for name, value in texts.items() if getattr(document, name) != value}
        if not changed and document.issued_on == issued_on:
            return
        if _used_elsewhere(link):
            raise DocumentFault(
                {
                    "title": M(
                        "Another form uses this document: only the page can be changed. Name a new document instead."
                    )
                }
            )
        for name, value in changed.items():
            setattr(document, name, value)
        document.issued_on = issued_on
        place.change(amending)


def _used_elsewhere(link: m.EvidenceLink) -> bool:
    other = m.EvidenceLink
    query = select(other.id).where(
        other.evidence_id == link.evidence_id,
        or_(other.assessment_id != link.assessment_id, other.stage != link.stage, other.turn != link.turn),
    )
    return db.session.scalar(query.limit(1)) is not None
