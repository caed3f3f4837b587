"""The explanation report (báo cáo giải trình): asked items, what was appraised, what the unit answers and proves further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from i18n import points, render, to_local
from rules.message import M
from rules.vocabulary import Layer, Stage
from services import claim
from services.form import Reading, Said
from services.paper.agency import issuer, numbered, place_date, place_of
from services.paper.evidence import documents, listed
from services.paper.form import recipients
from services.paper.model import GAP, Align, Column, Head, Look, Paper, Row, Signature, Table, Text


@dataclass(frozen=True, slots=True)
class Asked:
    """One question that was sent to the unit, with its answer so far."""

    criterion_id: int
    turn: int
    text: str
    points: Decimal | None
    answer: str
    signed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Signed:
    """The leader's signature below the explanation of one field."""

    code: str
    at: datetime
    by_id: int | None
    giver: str


def asked(form: m.Assessment) -> list[Asked]:
    """Return the questions that were sent, in the order of the set; questions and answers as the reader may see them."""
    question, explanation, criterion = m.Question, m.Explanation, m.Criterion
    answers = {
        question_id: (text, signed_at)
        for question_id, text, signed_at in db.session.execute(
            select(explanation.question_id, explanation.text, explanation.signed_at).where(
                explanation.assessment_id == form.id
            )
        )
    }
    return [
        Asked(criterion_id, turn, text, given, *answers.get(id_, ("", None)))
        for id_, criterion_id, turn, text, given in db.session.execute(
            select(question.id, question.criterion_id, question.turn, question.text, question.points)
            .join(criterion, criterion.id == question.criterion_id)
            .where(question.assessment_id == form.id, question.sent_at.is_not(None))
            .order_by(criterion.path, question.turn)
        )
    ]


def signatures(form: m.Assessment) -> list[Signed]:
    """Return the fields whose explanation the leader has signed."""
    return [
        Signed(code, at, by_id, giver)
        for code, at, by_id, giver in db.session.execute(
            select(
                m.Criterion.code,
                m.FieldSheet.explained_at,
                m.FieldSheet.explained_by_id,
                m.FieldSheet.explained_for,
            )
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .where(m.FieldSheet.assessment_id == form.id, m.FieldSheet.explained_at.is_not(None))
            .order_by(m.Criterion.path)
        )
        if at is not None
    ]


def explanation_paper(reading: Reading, place: str, now: datetime) -> Paper:
    """Fill the report of one unit."""
    form, round_ = reading.form, reading.form.round
    by, found, signed = issuer(form.unit_id), asked(form), signatures(form)
    day: date | None = max((to_local(one.at).date() for one in signed), default=None)
    return Paper(
        name=f"bao-cao-giai-trinh-{round_.code}",
        title=render(M("Explanation report")) + f" – {by.unit} – {round_.name}",
        titles=(
            render(M("Report")).upper(),
            render(M("Explanation of appraised items")),
            render(M("Public administration reform index, {round}", round=round_.name)),
        ),
        mark="" if not round_.illustrative else render(M("Illustrative data")).upper(),
        head=Head(by.superior, by.agency, numbered(f"BC-{GAP}"), place_date(place_of(by.unit, place), day)),
        blocks=tuple(_blocks(reading, found)),
        closing=(Text(render(M("{unit} reports this for consideration./.", unit=by.agency))),) if found else (),
        recipients=recipients(by),
        signatures=(_signature(signed),),
        foot=render(
            M(
                "{unit}, {round}; state of the form: {state}; printed at {at}.",
                unit=by.unit,
                round=round_.name,
                state=reading.state.title,
                at=now,
            )
        ),
        landscape=True,
    )


def _blocks(reading: Reading, found: list[Asked]) -> Iterator[Text | Table]:
    if not found:
        yield Text(render(M("No item is to be explained.")))
        return
    yield Text(
        render(
            M(
                "Items to be explained: {count}; answered: {answered}.",
                count=len(found),
                answered=sum(bool(one.answer) for one in found),
            )
        )
    )
    rows = tuple(_rows(reading, found))
    yield Table(
        (
            Column(render(M("Code")), 13),
            Column(render(M("Criterion")), 45),
            Column(render(M("Maximum")), 14, Align.RIGHT),
            Column(render(M("Claimed")), 14, Align.RIGHT),
            Column(render(M("Appraised")), 15, Align.RIGHT),
            Column(render(M("What is asked")), 50),
            Column(render(M("Explanation of the unit")), 62),
            Column(render(M("Further evidence")), 39),
        ),
        rows,
    )


def _rows(reading: Reading, found: list[Asked]) -> Iterator[Row]:
    """Write the asked items field by field, each question on a row of its own."""
    further = documents(reading.form, Stage.EXPLANATION)
    places = reading.form.round.shown_places
    for part in reading.parts:
        lines = {line.leaf.id: line for line in part.lines}
        here = [one for one in found if one.criterion_id in lines]
        if here:
            yield Row((f"{part.code}. {part.name}",), Look.FIELD, span=8)
        for one in here:
            line = lines[one.criterion_id]
            claimed = line.said.get(Layer.SUPERIOR) or line.own
            yield Row(
                (
                    line.leaf.code,
                    line.leaf.name,
                    points(line.leaf.maximum, places),
                    _said(claimed, places),
                    points(one.points, places),
                    one.text,
                    one.answer or render(M("(not answered)")),
                    listed(further.get((line.leaf.id, one.turn), [])),
                )
            )


def _said(claimed: Said | None, places: int) -> str:
    if claimed is None:
        return "–"
    return render(M("N/A")) if claimed.not_applicable else points(claimed.points, places)


def _signature(signed: list[Signed]) -> Signature:
    title, hint = render(M("Head of the unit")), render(M("(signature, seal)"))
    if not signed:
        return Signature(title, hint)
    notes = [render(M("Field {code}: signed in the system at {at}", code=one.code, at=one.at)) for one in signed]
    return Signature(title, hint, render(claim.name_of(signed[-1].by_id, signed[-1].giver)), tuple(notes))
