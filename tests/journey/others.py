"""The other units of the journey: their forms are brought to their end by the services, without a browser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, current_actor
from permissions.identity import LOCAL_TIME
from rules.verbs import Verb
from rules.vocabulary import Function
from services import appraisal, approval, approval_board, assessment
from services.score import Entry
from tests.support.results import world
from tests.support.world import Province

#: Which helper has which fields, by the council that assesses the unit; the third is its chair.
TEAMS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "p": (("helper1.p", ("1",)), ("helper2.p", ("2", "8", "9"))),
    "h1": (("helper.h1", ("1", "2", "8", "9")),),
    "h2": (("helper.h2", ("1", "2", "8", "9")),),
}
COUNCIL_OF = {"SNV": "p", "SB": "p", "VP": "p", "X12": "h1", "X21": "h2", "X22": "h2"}

#: What the units that take part enter, each its own figures.
CLAIMS: dict[str, dict[str, dict[str, object]]] = {
    "SB": {
        "1.1": {"option": "0"},
        "1.2.1": {"numerator": "29", "denominator": "33"},
        "1.2.2": {"numerator": "21", "denominator": "100"},
        "1.3": {"met": "1"},
        "1.4": {"count": "2"},
        "1.5": {"count": "1"},
        "2.1": {"parts": ["0"]},
        "2.2": {"numerator": "711", "denominator": "920"},
        "9.1": {"count": "1"},
    },
    "VP": {
        "1.1": {"option": "0"},
        "1.2.1": {"numerator": "17", "denominator": "18"},
        "1.2.2": {"numerator": "35", "denominator": "100"},
        "1.3": {"met": "1"},
        "1.4": {"count": "0"},
        "1.5": {"count": "2"},
    },
    "X12": {
        "1.1": {"option": "1"},
        "1.2.1": {"numerator": "50", "denominator": "57"},
        "1.2.2": {"numerator": "30", "denominator": "100"},
        "1.3": {"met": "0"},
        "1.4": {"count": "1"},
        "1.5": {"count": "2"},
        "2.1": {"parts": ["0", "1"]},
        "2.2": {"numerator": "333", "denominator": "350"},
    },
}


def seat_chair(province: Province) -> None:
    """Give the council of H2, which the small province leaves incomplete, its chair with all fields."""
    with world(province):
        council = db.session.scalars(select(m.Council).where(m.Council.name == "Hội đồng huyện 2")).one()
        like = db.session.scalars(select(m.Account).where(m.Account.username == "helper.h2")).one()
        account = m.Account(
            username="chair.h2",
            full_name="Chủ tịch Huyện Hai",
            unit_id=like.unit_id,
            password_hash=like.password_hash,
            must_change_password=False,
            created_at=clock.now(),
        )
        db.session.add(account)
        db.session.flush()
        seat = m.Seat(
            council_id=council.id,
            account_id=account.id,
            unit_id=council.unit_id,
            function=Function.CHAIR,
            valid_from=clock.now().date(),
        )
        db.session.add(seat)
        db.session.flush()
        fields = select(m.Criterion).where(m.Criterion.parent_id.is_(None))
        for field in db.session.scalars(fields).all():
            db.session.add(m.Assignment(seat_id=seat.id, criterion_id=field.id, owner_unit_id=council.unit_id))


def enter(province: Province, unit: str, claims: Mapping[str, Mapping[str, object]]) -> None:
    """Let a unit's officer score the form; nothing is signed."""
    form_id = province.form_id(unit)
    with province.acting(f"officer.{unit.lower()}"):
        # Named once in a note: without evidence the points of an item need a written explanation.
        entries = {code: Entry(dict(inputs), note=f"Hồ sơ của {unit}") for code, inputs in claims.items()}
        assessment.save(db.session.get_one(m.Assessment, form_id), entries)


def sign(province: Province, unit: str) -> None:
    form_id = province.form_id(unit)
    with province.acting(f"leader.{unit.lower()}"):
        assessment.sign(db.session.get_one(m.Assessment, form_id))


def finish(province: Province, *units: str) -> None:
    """Let helpers keep every claim and give 0 where there is none, and the council's chair approve and close."""
    for team in sorted({COUNCIL_OF[unit] for unit in units}):
        own = [unit for unit in units if COUNCIL_OF[unit] == team]
        for login, fields in TEAMS[team]:
            _sheets_as(province, login, own, fields, _appraise)
        chair, fields = f"chair.{team}", ("1", "2", "8", "9")
        _sheets_as(province, chair, own, fields, _approve)
        _sheets_as(province, chair, own, fields, _close)


def _sheets_as(
    province: Province,
    login: str,
    units: list[str],
    fields: tuple[str, ...],
    do: Callable[[Actor, list[m.FieldSheet]], None],
) -> None:
    with province.acting(login):
        actor = current_actor()
        assert actor is not None
        sheets = db.session.scalars(
            select(m.FieldSheet)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
            .where(m.Unit.code.in_(units), m.Criterion.code.in_(fields))
        ).all()
        assert len(sheets) == len(units) * len(fields)
        do(actor, list(sheets))


def _appraise(actor: Actor, sheets: list[m.FieldSheet]) -> None:
    kept = appraisal.keep([line.ticket for line in appraisal.keeping(actor, sheets).lines if line.ticket])
    assert not kept.failed
    for sheet in sheets:
        for leaf in appraisal.missing(sheet):
            appraisal.save(sheet, leaf.criterion, Entry(stated="0", reason="Đơn vị không chấm điểm"))
        appraisal.hand_in(sheet)


def _approve(actor: Actor, sheets: list[m.FieldSheet]) -> None:
    today = clock.now().astimezone(LOCAL_TIME).date()
    _done(approval.approve(_tickets(actor, sheets, Verb.APPROVE), approval.Minutes("02/BB-HĐTĐ", today)), sheets)


def _close(actor: Actor, sheets: list[m.FieldSheet]) -> None:
    _done(approval.close(_tickets(actor, sheets, Verb.CLOSE_FIELD)), sheets)


def _tickets(actor: Actor, sheets: list[m.FieldSheet], verb: Verb) -> list[approval_board.Ticket]:
    return [row.ticket for row in approval_board.rows(actor, sheets) if row.may[verb]]


def _done(done: approval.Done, sheets: list[m.FieldSheet]) -> None:
    assert done.count == len(sheets)
    assert not done.failed
