"""What a form holds at one moment, as plain JSON: the content of a snapshot, and of the present beside it.

The layout is documented in ``docs/formats.md``; numbers are plain strings, moments ISO 8601 in UTC. Five statements and one for
the names of the authors, however much the form holds; each passes the read floor of whoever asks.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session, aliased

import models as m
from models.situation import situation
from rules.rounding import plain
from rules.totals import Subtotal, subtotals
from rules.vocabulary import Basis, CriterionKind, Layer, Method, Stage
from services.sheet import authors
from services.subtotal import ZERO, LeafRow, Points, leaves_on

VERSION = 1
#: The layer from which on a basis has something to say.
_FROM = {Basis.SELF: Layer.SELF, Basis.APPRAISED: Layer.APPRAISAL, Basis.COUNCIL: Layer.COUNCIL}
Content = dict[str, Any]
ByLeaf = dict[int, list[Content]]


def hold(
    session: Session, form: m.Assessment, layer: Layer, field_id: int | None, now: datetime, *, drafts: bool = False
) -> Content:
    """Read what the form holds up to a layer, of one field or of all.

    ``drafts`` takes in what the unit still writes in its explanation: never for a snapshot, which others read.
    """
    rows = _criteria(session, form, field_id)
    leaf_ids = [row.id for row in rows if row.is_leaf]
    scores = _scores(session, form, layer, leaf_ids)
    asked = _questions(session, form, leaf_ids)
    papers = _papers(session, form, leaf_ids)
    unfinished = set() if drafts else _drafts(session, form, asked, now)
    questions = _answers(asked, unfinished)
    evidence = _evidence(
        row for row in papers if row.stage is not Stage.EXPLANATION or (row.criterion_id, row.turn) not in unfinished
    )
    said = _said(scores)
    sums = _sums(rows, scores, layer)
    fields: list[Content] = []
    for row in (row for row in rows if row.parent_id is None):
        leaves = [
            {
                "code": leaf.code,
                "name": leaf.name,
                "kind": leaf.kind.value,
                "maximum": _number(leaf.max_points),
                "exempt": leaf.exempt,
                "layers": said.get(leaf.id, {}),
                "evidence": evidence.get(leaf.id, []),
                "questions": questions.get(leaf.id, []),
            }
            for leaf in rows
            if leaf.is_leaf and leaf.field_code == row.code
        ]
        fields.append(
            {
                "code": row.code,
                "name": row.name,
                "maximum": _number(row.max_points),
                "sums": sums.get(row.code, {}),
                "leaves": leaves,
            }
        )
    return {"version": VERSION, "fields": fields}


def _criteria(session: Session, form: m.Assessment, field_id: int | None) -> Sequence[Any]:
    """Fields and leaves in the order of the form, with the reason of an exemption."""
    c = m.Criterion
    query = (
        select(
            c.id,
            c.code,
            c.name,
            c.field_code,
            c.parent_id,
            c.kind,
            c.method,
            c.max_points,
            c.is_leaf,
            m.Exemption.reason.label("exempt"),
        )
        .outerjoin(m.Exemption, and_(m.Exemption.criterion_id == c.id, m.Exemption.assessment_id == form.id))
        .where(c.set_id == form.criteria_set_id, or_(c.is_leaf, c.parent_id.is_(None)))
        .order_by(c.path)
    )
    if field_id is not None:
        field = aliased(c)
        query = query.where(c.field_code == select(field.code).where(field.id == field_id).scalar_subquery())
    return session.execute(query).all()


def _scores(session: Session, form: m.Assessment, layer: Layer, leaf_ids: Sequence[int]) -> Sequence[Any]:
    score = m.Score
    return session.execute(
        select(
            score.criterion_id,
            score.layer,
            score.inputs,
            score.computed_points,
            score.stated_points,
            score.points,
            score.not_applicable,
            score.note,
            score.reason,
            score.author_id,
            score.author_for,
            score.updated_at,
        )
        .where(score.assessment_id == form.id, score.layer <= layer, score.criterion_id.in_(leaf_ids))
        .order_by(score.layer)
    ).all()


def _said(scores: Sequence[Any]) -> dict[int, dict[str, Content]]:
    names = authors(scores)
    said: dict[int, dict[str, Content]] = {}
    for row in scores:
        said.setdefault(row.criterion_id, {})[str(int(row.layer))] = {
            "inputs": row.inputs,
            "computed": _number(row.computed_points),
            "stated": _number(row.stated_points),
            "points": _number(row.points),
            "not_applicable": row.not_applicable,
            "note": row.note,
            "reason": row.reason,
            "author": names.get(row.author_id, ""),
            "author_for": row.author_for,
            "at": row.updated_at.isoformat(),
        }
    return said


def _questions(session: Session, form: m.Assessment, leaf_ids: Sequence[int]) -> Sequence[Any]:
    """The questions that were sent, with their answers."""
    question, answer = m.Question, m.Explanation
    return session.execute(
        select(
            question.criterion_id,
            question.turn,
            question.text,
            question.points,
            question.sent_at,
            answer.text.label("answer"),
            answer.signed_at,
            question.settled_at,
            question.withdrawn,
        )
        .outerjoin(answer, answer.question_id == question.id)
        .where(question.assessment_id == form.id, question.criterion_id.in_(leaf_ids), question.sent_at.is_not(None))
        .order_by(question.criterion_id, question.turn)
    ).all()


def _drafts(session: Session, form: m.Assessment, asked: Iterable[Any], now: datetime) -> set[tuple[int, int]]:
    """Return leaf and turn of the questions whose answers are the unit's drafts; the rule of ``permissions/form_rows.py``."""
    unsigned = [row for row in asked if row.signed_at is None]
    over = not unsigned or situation(session, form, now).stage_over(Stage.EXPLANATION)
    return {(row.criterion_id, row.turn) for row in unsigned if row.withdrawn or (row.settled_at is None and not over)}


def _answers(asked: Iterable[Any], unfinished: Container[tuple[int, int]]) -> ByLeaf:
    found: ByLeaf = {}
    for row in asked:
        found.setdefault(row.criterion_id, []).append(
            {
                "turn": row.turn,
                "text": row.text,
                "points": _number(row.points),
                "answer": None if (row.criterion_id, row.turn) in unfinished else row.answer,
            }
        )
    return found


def _papers(session: Session, form: m.Assessment, leaf_ids: Sequence[int]) -> Sequence[Any]:
    link, document, file = m.EvidenceLink, m.Evidence, m.EvidenceFile
    return session.execute(
        select(
            link.criterion_id,
            link.stage,
            link.turn,
            link.page,
            document.id,
            document.number,
            document.issued_on,
            document.issuer,
            document.title,
            document.link,
            file.name,
            file.number.label("file_number"),
            file.sha256,
        )
        .join(document, document.id == link.evidence_id)
        .outerjoin(file, file.id == link.file_id)
        .where(link.assessment_id == form.id, link.criterion_id.in_(leaf_ids))
        .order_by(link.id)
    ).all()


def _evidence(papers: Iterable[Any]) -> ByLeaf:
    found: ByLeaf = {}
    for row in papers:
        found.setdefault(row.criterion_id, []).append(
            {
                "id": row.id,
                "stage": row.stage.value,
                "number": row.number,
                "issued_on": None if row.issued_on is None else row.issued_on.isoformat(),
                "issuer": row.issuer,
                "title": row.title,
                "link": row.link,
                "page": row.page,
                "file": None
                if row.name is None
                else {"name": row.name, "number": row.file_number, "sha256": row.sha256},
            }
        )
    return found


def _sums(rows: Sequence[Any], scores: Iterable[Any], layer: Layer) -> dict[str, dict[str, Content]]:
    """The sums of each field on every basis up to the layer, from these leaves alone: field code -> basis -> figures."""
    leaves = [
        LeafRow(
            row.id,
            row.code,
            row.field_code,
            row.kind,
            row.max_points or ZERO,
            row.method is not Method.SURVEY and row.kind is not CriterionKind.PENALTY,
        )
        for row in rows
        if row.is_leaf
    ]
    layers: dict[int, dict[Layer, Points]] = {}
    for row in scores:
        layers.setdefault(row.criterion_id, {})[row.layer] = Points(row.points, row.not_applicable)
    exempt = {row.id for row in rows if row.exempt is not None}
    found: dict[str, dict[str, Content]] = {}
    for basis, first in _FROM.items():
        if layer >= first:
            for code, figures in subtotals(leaves_on(basis, leaves, layers, exempt)).items():
                found.setdefault(code, {})[basis.value] = _figures(figures)
    return found


def _figures(figures: Subtotal) -> Content:
    return {
        "achieved": _number(figures.achieved),
        "maximum": _number(figures.maximum),
        "leaves": figures.leaves,
        "scored": figures.scored,
        "bonus": _number(figures.bonus),
        "penalty": _number(figures.penalty),
    }


def _number(value: Decimal | None) -> str | None:
    return None if value is None else plain(value)


def known(content: Mapping[str, Any]) -> bool:
    """Tell whether this release reads the content."""
    return content.get("version") == VERSION
