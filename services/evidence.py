"""References to documents that prove a score: named, used again on other leaves, removed while the form is a draft.

A link is kept and shown; the server never fetches it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from sqlalchemy import func, select

import models as m
from extensions import db
from permissions.gate import Act, act, hidden
from rules.message import M, Message
from rules.text import nfc
from rules.verbs import Verb
from rules.vocabulary import Stage

LENGTHS = {"number": 80, "issuer": 200, "title": 500, "link": 1000, "page": 120}
#: Documents offered for using again; the newest first.
OFFERED = 200
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class DocumentFault(Exception):
    """A document that cannot be kept: field name -> sentence."""

    def __init__(self, faults: dict[str, Message]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was typed; ``page`` is where it proves the leaf."""

    number: str = ""
    issued_on: str = ""
    issuer: str = ""
    title: str = ""
    link: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """A document on a leaf."""

    link_id: int
    code: str
    number: str
    issued_on: date | None
    issuer: str
    title: str
    link: str
    page: str


def uses(form: m.Assessment, criterion_id: int | None = None) -> list[Use]:
    """Return the documents named in a form, or on one leaf of it, in the order of the form."""
    link, document, criterion = m.EvidenceLink, m.Evidence, m.Criterion
    query = (
        select(
            link.id,
            criterion.code,
            document.number,
            document.issued_on,
            document.issuer,
            document.title,
            document.link,
            link.page,
        )
        .join(document, document.id == link.evidence_id)
        .join(criterion, criterion.id == link.criterion_id)
        .where(link.assessment_id == form.id)
        .order_by(criterion.path, link.id)
    )
    if criterion_id is not None:
        query = query.where(link.criterion_id == criterion_id)
    return [Use(*row) for row in db.session.execute(query)]


def reusable(form: m.Assessment, criterion_id: int) -> Sequence[m.Evidence]:
    """Return the unit's documents that this leaf does not use yet, the newest first."""
    used = select(m.EvidenceLink.evidence_id).where(
        m.EvidenceLink.assessment_id == form.id, m.EvidenceLink.criterion_id == criterion_id
    )
    query = select(m.Evidence).where(m.Evidence.unit_id == form.unit_id, m.Evidence.id.not_in(used))
    return db.session.scalars(query.order_by(m.Evidence.id.desc()).limit(OFFERED)).all()


def leaf(form: m.Assessment, code: str) -> m.Criterion:
    """Return a leaf of the form's set that the unit scores; anything else is hidden."""
    found = db.session.scalar(
        select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == code)
    )
    if found is None or not found.self_scored:
        raise hidden()
    return found


def add(form: m.Assessment, criterion: m.Criterion, typed: Document) -> None:
    """Name a new document on a leaf. Raises ``DocumentFault`` and ``Refused``."""
    with act(Verb.ATTACH, form) as attaching:
        name(attaching, form, criterion, typed, Stage.SELF_SCORING)


def use_again(form: m.Assessment, criterion: m.Criterion, document_id: int, page: str) -> None:
    """Use a document of the unit on another leaf. Raises ``DocumentFault`` and ``Refused``."""
    with act(Verb.ATTACH, form):
        link_again(form, criterion, document_id, page, Stage.SELF_SCORING)


def remove(form: m.Assessment, criterion: m.Criterion, link_id: int) -> None:
    """Take a document off a leaf; a document that nothing uses any more goes with it."""
    with act(Verb.ATTACH, form):
        unlink(form, criterion, link_id, Stage.SELF_SCORING)


# Inside an act: of the self-assessment, or of the explanation (services/explanation/papers).


def name(given: Act, form: m.Assessment, criterion: m.Criterion, typed: Document, stage: Stage) -> None:
    """Make a document and link it to a leaf. Raises ``DocumentFault``."""
    assert given.actor is not None  # noqa: S101 - only people attach
    texts, issued_on = _read(typed, today=given.now.date())
    page = texts.pop("page")
    document = m.Evidence(
        unit_id=form.unit_id,
        **texts,
        issued_on=issued_on,
        author_id=given.actor.account_id,
        created_at=given.now,
    )
    db.session.add(document)
    db.session.flush()
    db.session.add(_link(form, criterion, document.id, page, stage))


def link_again(form: m.Assessment, criterion: m.Criterion, document_id: int, page: str, stage: Stage) -> None:
    """Link a document of the unit to one more leaf. Raises ``DocumentFault``; another unit's is hidden."""
    faults, texts = _texts(Document(page=page), ("page",))
    document = db.session.get(m.Evidence, document_id)
    if document is None:  # another unit's document is hidden by the read floor
        raise hidden()
    if faults:
        raise DocumentFault(faults)
    present = db.session.scalar(
        select(m.EvidenceLink.id).where(
            m.EvidenceLink.assessment_id == form.id,
            m.EvidenceLink.criterion_id == criterion.id,
            m.EvidenceLink.evidence_id == document.id,
            m.EvidenceLink.stage == stage,
        )
    )
    if present is None:  # pressed twice: one use
        db.session.add(_link(form, criterion, document.id, texts["page"], stage))


def unlink(form: m.Assessment, criterion: m.Criterion, link_id: int, stage: Stage) -> None:
    """Take a link of this stage off a leaf, and the document with its last one; any other link is hidden."""
    link = db.session.get(m.EvidenceLink, link_id)
    if link is None or (link.assessment_id, link.criterion_id, link.stage) != (form.id, criterion.id, stage):
        raise hidden()
    document = db.session.get(m.Evidence, link.evidence_id)
    others = select(func.count()).where(m.EvidenceLink.evidence_id == link.evidence_id, m.EvidenceLink.id != link.id)
    last = not db.session.scalar(others)
    db.session.delete(link)
    db.session.flush()
    if last and document is not None:
        db.session.delete(document)


def _link(form: m.Assessment, criterion: m.Criterion, document_id: int, page: str, stage: Stage) -> m.EvidenceLink:
    return m.EvidenceLink(
        assessment_id=form.id,
        unit_id=form.unit_id,
        criteria_set_id=form.criteria_set_id,
        criterion_id=criterion.id,
        evidence_id=document_id,
        stage=stage,
        page=page,
    )


def _read(typed: Document, today: date) -> tuple[dict[str, str], date | None]:
    faults, texts = _texts(typed, tuple(LENGTHS))
    issued_on = None
    if typed.issued_on.strip():
        issued_on = _day(typed.issued_on.strip())
        if issued_on is None:
            faults["issued_on"] = M("Write the day as 31/12/2024.")
        elif not date(1945, 9, 2) <= issued_on <= date(today.year + 1, 12, 31):
            faults["issued_on"] = M("This day cannot be right: check the year.")
    if not texts["title"] and "title" not in faults:
        faults["title"] = M("Say what the document is.")
    if texts["link"] and "link" not in faults and not _sound_link(texts["link"]):
        faults["link"] = M("A link begins with http:// or https:// and names a site.")
    if faults:
        raise DocumentFault(faults)
    return texts, issued_on


def _texts(typed: Document, names: tuple[str, ...]) -> tuple[dict[str, Message], dict[str, str]]:
    faults: dict[str, Message] = {}
    texts: dict[str, str] = {}
    for name in names:
        texts[name] = nfc(getattr(typed, name)).strip()
        if _CONTROLS.search(texts[name]):
            faults[name] = M("This text holds a character that cannot be kept: type it again.")
        elif len(texts[name]) > LENGTHS[name]:
            faults[name] = M("At most {limit} characters.", limit=LENGTHS[name])
    return faults, texts


def _day(text: str) -> date | None:
    """Read 31/12/2024, or 2024-12-31 as a browser's date field sends it; ASCII digits only."""
    local = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    machine = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    parts = (local[3], local[2], local[1]) if local else machine.groups() if machine else None
    if parts is None:
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def _sound_link(link: str) -> bool:
    if any(char.isspace() for char in link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
