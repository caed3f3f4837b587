"""References to documents that prove a score: named, used again on other leaves, removed while their form is open.

A link is kept and shown; the server never fetches it. Everything here works for the unit's form while it is a draft (verb
ATTACH), and for one field of it while its explanation is asked for (verb EXPLAIN): further evidence for a question.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from flask import current_app
from sqlalchemy import func, select

import models as m
from extensions import db
from models.situation import situation
from permissions.actor import current_actor
from permissions.gate import Act, Refused, act, hidden
from rules.message import M
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Scan, Stage, State
from services.evidence.typed import Document, DocumentFault, read, texts_of

#: Documents offered for using again; the newest first.
OFFERED = 200

#: What evidence is added to: the unit's form, or one field of it in the explanation stage.
Target = m.Assessment | m.FieldSheet


@dataclass(frozen=True, slots=True)
class Paper:
    """One version of a document's file, as a list shows it; ``size`` in bytes, ``kind`` a word of ``rules/files.py``."""

    id: int
    number: int
    name: str
    size: int
    kind: str
    scan: Scan
    has_location: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Use:
    """A document on a leaf; ``file`` is the version this form relies on, None for a document without a file."""

    link_id: int
    document_id: int
    code: str
    stage: Stage
    turn: int
    number: str
    issued_on: date | None
    issuer: str
    title: str
    link: str
    page: str
    file: Paper | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a document is added: leaf of a form, and in an explanation the question that it helps to answer."""

    form: m.Assessment
    criterion: m.Criterion
    question: m.Question | None = None

    @property
    def stage(self) -> Stage:
        return Stage.SELF_SCORING if self.question is None else Stage.EXPLANATION

    @property
    def turn(self) -> int:
        return 1 if self.question is None else self.question.turn

    def change(self, changing: Act) -> None:
        """Remember that the documents here changed: who decided on the answer already decides anew."""
        if self.question is not None:
            self.question.changed_at = changing.now


def uses(form: m.Assessment, criterion_id: int | None = None) -> list[Use]:
    """Return the documents named in a form, or on one leaf of it, in the order of the form; one statement."""
    link, document, criterion, file = m.EvidenceLink, m.Evidence, m.Criterion, m.EvidenceFile
    query = (
        select(
            link.id,
            document.id,
            criterion.code,
            link.stage,
            link.turn,
            document.number,
            document.issued_on,
            document.issuer,
            document.title,
            document.link,
            link.page,
            *(getattr(file, name) for name in Paper.__dataclass_fields__),
        )
        .join(document, document.id == link.evidence_id)
        .join(criterion, criterion.id == link.criterion_id)
        .join(file, file.id == link.file_id, isouter=True)
        .where(link.assessment_id == form.id)
        .order_by(criterion.path, link.id)
    )
    if criterion_id is not None:
        query = query.where(link.criterion_id == criterion_id)
    return [
        Use(*row[:11], file=None if row[11] is None else Paper(*row[11:]))  # type: ignore[misc]
        for row in db.session.execute(query)
    ]


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


def form_of(target: Target) -> m.Assessment:
    """Return the form that a target is, or belongs to."""
    return target if isinstance(target, m.Assessment) else db.session.get_one(m.Assessment, target.assessment_id)


def verb_of(target: Target) -> Verb:
    """Return the verb that adds evidence to a target."""
    return Verb.ATTACH if isinstance(target, m.Assessment) else Verb.EXPLAIN


def target_now(form: m.Assessment, criterion: m.Criterion) -> Target:
    """Return what evidence for a leaf is added to now: the form itself, or the sheet of its field while that is explained."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    if not situation(db.session(), form, actor.now).phase.locked:
        return form
    query = (
        select(m.FieldSheet)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.FieldSheet.assessment_id == form.id, m.Criterion.code == criterion.field_code)
    )
    sheet = db.session.scalar(query)
    # Where nothing is being explained the refusal speaks of the form, which is what the unit knows.
    return sheet if sheet is not None and sheet.state is State.EXPLANATION else form


@contextmanager
def adding(target: Target, criterion: m.Criterion) -> Iterator[tuple[Act, Place]]:
    """Open the act that changes the evidence of a leaf; raises ``Refused`` where nothing is asked about it."""
    with act(verb_of(target), target, criteria=[criterion]) as allowed:
        yield allowed, place_of(target, criterion)


def place_of(target: Target, criterion: m.Criterion) -> Place:
    """Return the place of a leaf; in an explanation only a leaf with an unsettled question has one."""
    form = form_of(target)
    if isinstance(target, m.Assessment):
        return Place(form, criterion)
    field_code = db.session.get_one(m.Criterion, target.field_id).code
    question = db.session.scalar(
        select(m.Question).where(
            m.Question.assessment_id == form.id,
            m.Question.criterion_id == criterion.id,
            m.Question.sent_at.is_not(None),
            m.Question.settled_at.is_(None),
        )
    )
    if question is None or criterion.field_code != field_code:
        raise Refused(Verdict(False, Refusal.STATE, M("You are not asked to explain this item.")))
    return Place(form, criterion, question)


def add(target: Target, criterion: m.Criterion, typed: Document) -> None:
    """Name a new document on a leaf. Raises ``DocumentFault`` and ``Refused``."""
    with adding(target, criterion) as (attaching, place):
        document, page = new_document(attaching, place.form.unit_id, typed)
        put(attaching, place, document.id, None, page)


def use_again(target: Target, criterion: m.Criterion, document_id: int, page: str) -> None:
    """Use a document of the unit, with its newest file, on another leaf.

    Raises ``DocumentFault``, at "document" where the leaf has all the files it may have, and ``Refused``.
    """
    with adding(target, criterion) as (attaching, place):
        faults, texts = texts_of(Document(page=page), ("page",))
        document = db.session.get(m.Evidence, document_id)
        # Another unit's document is hidden by the read floor; who stands above reads it and still may not use it.
        if document is None or document.unit_id != place.form.unit_id:
            raise hidden()
        if faults:
            raise DocumentFault(faults)
        if link_at(place, document.id) is None:  # pressed twice: one use
            newest = latest(document.id)
            put(attaching, place, document.id, None if newest is None else newest.id, texts["page"], at="document")


def remove(target: Target, criterion: m.Criterion, link_id: int) -> None:
    """Take a document off a leaf; a draft that nothing uses any more goes with its files.

    What was in the form when that was handed over stays in the unit's store: it may have been relied on (FI-12). The bytes of
    what goes stay until ``keeping.sweep`` finds that no row anywhere names them.
    """
    with adding(target, criterion) as (removing, place):
        link = own_link(place, link_id)
        document = db.session.get(m.Evidence, link.evidence_id)
        others = select(func.count()).where(
            m.EvidenceLink.evidence_id == link.evidence_id, m.EvidenceLink.id != link.id
        )
        last = not db.session.scalar(others)
        db.session.delete(link)
        place.change(removing)
        db.session.flush()
        if last and document is not None and not _handed_over(place.form, document):
            for file in db.session.scalars(select(m.EvidenceFile).where(m.EvidenceFile.evidence_id == document.id)):
                db.session.delete(file)
            db.session.flush()
            db.session.delete(document)


def _handed_over(form: m.Assessment, document: m.Evidence) -> bool:
    """Tell whether the form was handed over since the document came: signed, explained, or kept at its reopening."""
    snapshot = m.Snapshot
    query = select(snapshot.id).where(snapshot.assessment_id == form.id, snapshot.at >= document.created_at)
    return db.session.scalar(query.limit(1)) is not None


def own_link(place: Place, link_id: int) -> m.EvidenceLink:
    """Return a link of this very place; what came in another stage, or with an earlier answer, is not open here."""
    link = db.session.get(m.EvidenceLink, link_id)
    if link is None or (link.assessment_id, link.criterion_id) != (place.form.id, place.criterion.id):
        raise hidden()
    if (link.stage, link.turn) != (place.stage, place.turn):
        raise Refused(
            Verdict(False, Refusal.STATE, M("This document was handed in already; it stays as it is.")),
        )
    return link


def link_at(place: Place, document_id: int) -> m.EvidenceLink | None:
    """Return the use of a document at a place."""
    link = m.EvidenceLink
    return db.session.scalar(
        select(link).where(
            link.assessment_id == place.form.id,
            link.criterion_id == place.criterion.id,
            link.evidence_id == document_id,
            link.stage == place.stage,
            link.turn == place.turn,
        )
    )


def used_at(document_id: int) -> Sequence[m.Criterion]:
    """Return the leaves, of all forms of the unit, that use a document."""
    using = select(m.EvidenceLink.criterion_id).where(m.EvidenceLink.evidence_id == document_id)
    return db.session.scalars(select(m.Criterion).where(m.Criterion.id.in_(using))).all()


def latest(document_id: int) -> m.EvidenceFile | None:
    """Return the newest version of a document's file."""
    file = m.EvidenceFile
    return db.session.scalar(select(file).where(file.evidence_id == document_id).order_by(file.number.desc()).limit(1))


def new_document(attaching: Act, unit_id: int, typed: Document) -> tuple[m.Evidence, str]:
    """Make a document from what was typed; return it with the page that proves the leaf."""
    assert attaching.actor is not None  # noqa: S101 - only people attach
    texts, issued_on = read(typed, today=attaching.now.date())
    page = texts.pop("page")
    document = m.Evidence(
        unit_id=unit_id, **texts, issued_on=issued_on, author_id=attaching.actor.account_id, created_at=attaching.now
    )
    db.session.add(document)
    db.session.flush()
    return document, page


def must_take_a_file(place: Place, at: str = "file") -> None:
    """Refuse one file more than a leaf of a form may have in a stage. Raises ``DocumentFault`` with its sentence at ``at``."""
    link, most = m.EvidenceLink, current_app.config["PARINDEX"].evidence.files_per_item
    count = db.session.scalar(
        select(func.count(link.id)).where(
            link.assessment_id == place.form.id,
            link.criterion_id == place.criterion.id,
            link.stage == place.stage,
            link.file_id.is_not(None),
        )
    )
    if (count or 0) >= most:
        full = M(
            "Item {code} has {count} files already, as many as it may: remove one first.",
            code=place.criterion.code,
            count=most,
        )
        raise DocumentFault({at: full})


def put(
    attaching: Act, place: Place, document_id: int, file_id: int | None, page: str, at: str = "file"
) -> m.EvidenceLink:
    """Use a document at a place. Raises ``DocumentFault``, its sentence at ``at``, where it would be one file too many."""
    if file_id is not None:
        must_take_a_file(place, at)
    link = m.EvidenceLink(
        assessment_id=place.form.id,
        unit_id=place.form.unit_id,
        criteria_set_id=place.form.criteria_set_id,
        criterion_id=place.criterion.id,
        evidence_id=document_id,
        file_id=file_id,
        stage=place.stage,
        turn=place.turn,
        page=page,
    )
    db.session.add(link)
    place.change(attaching)
    return link
