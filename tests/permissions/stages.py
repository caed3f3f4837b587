"""Bring a unit's form into any state, act in any of a person's authorities, and read what the trail says of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, set_actor, system_scope
from permissions.gate import system_act
from permissions.identity import load_actor
from permissions.needs import refresh_identity
from permissions.policies import LAYERS
from rules.verbs import Verb
from rules.vocabulary import Function, Layer, Stage, State
from services import score as scores
from services.edition.lines import Settings
from services.score import Entry
from tests.permissions.full import mark
from tests.support.world import Province


@contextmanager
def writing(province: Province) -> Iterator[Any]:
    """Write as the system: what no user's act would make, or not yet."""
    with province.app.app_context(), system_scope("test"), system_act(Verb.IMPORT, "test") as act:
        yield act


def by(model: Any, **columns: Any) -> Any:
    """Return the one row with these values, whoever asks."""
    with system_scope("test"):
        return db.session.scalars(select(model).filter_by(**columns)).one()


def form_of(unit: str, round_: str = "2024") -> m.Assessment:
    return by(m.Assessment, unit_id=by(m.Unit, code=unit).id, round_id=by(m.Round, code=round_).id)


def sheet_of(form: m.Assessment, field: str) -> m.FieldSheet:
    criterion = by(m.Criterion, set_id=form.criteria_set_id, code=field)
    return by(m.FieldSheet, assessment_id=form.id, field_id=criterion.id)


def leaf_of(form: m.Assessment, code: str) -> m.Criterion:
    return by(m.Criterion, set_id=form.criteria_set_id, code=code)


def bring(province: Province, unit: str, state: State) -> None:
    """Bring the unit's form, with all its fields, into a state."""
    with writing(province) as act:
        form = form_of(unit)
        sheets = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id)).all()
        if state is State.NOT_OPEN:
            for window in db.session.scalars(select(m.Window).where(m.Window.stage == Stage.SELF_SCORING)):
                window.opens_at = act.now + timedelta(days=1)
            return
        if state is State.DRAFT:
            return
        leader = by(m.Account, username=f"leader.{unit.lower()}")
        form.signed_at, form.signed_by_id, form.receipt = act.now, leader.id, f"R-{form.id}"
        if state is State.SIGNED:
            return
        form.closed_at = act.now
        for sheet in sheets:
            sheet.state = State.CLOSED if state is State.PUBLISHED else state
            if sheet.state in (State.APPROVED, State.CLOSED):
                sheet.minutes_number, sheet.minutes_on = "01/BB", date(2024, 12, 20)
        if state is State.PUBLISHED:
            db.session.add(
                m.Edition(
                    group_id=form.group_id,
                    number=1,
                    decision_number="1/QĐ-UBND",
                    decision_on=date(2025, 1, 10),
                    published_at=act.now,
                    published_by_id=by(m.Account, username="admin").id,
                    settings=Settings.of(form.group).to_json(),
                    digest="0" * 64,
                )
            )


def give_post(unit: str, login: str, function: Function, *, since: int = -1, until: int | None = None) -> m.Post:
    """Give a person a post from ``since`` to ``until`` days from today; call while writing."""
    today = today_here()
    post = m.Post(
        account_id=by(m.Account, username=login).id,
        unit_id=by(m.Unit, code=unit).id,
        function=function,
        valid_from=today + timedelta(days=since),
        valid_to=None if until is None else today + timedelta(days=until),
    )
    db.session.add(post)
    db.session.flush()
    return post


def today_here() -> date:
    """Today in the province, seven hours ahead of UTC."""
    return (clock.now() + timedelta(hours=7)).date()


@contextmanager
def acting_as(province: Province, login: str, key: str | None = None) -> Iterator[Actor]:
    """Work as this person in one of its authorities; the first where none is named."""
    with province.app.test_request_context():
        account = by(m.Account, username=login)
        db.session.expunge_all()
        actor = load_actor(db.session(), account.id, account.full_name, clock.now(), key)
        set_actor(actor)
        refresh_identity()
        yield actor
        db.session.rollback()


def loaded(model: type[Any], id_: int) -> Any:
    return db.session.get_one(model, id_, populate_existing=True)


def evidence(unit: str, title: str = "Kế hoạch") -> m.Evidence:
    return m.Evidence(
        unit_id=by(m.Unit, code=unit).id,
        title=title,
        author_id=by(m.Account, username=f"officer.{unit.lower()}").id,
        created_at=clock.now(),
    )


def new_score(unit: str, layer: Layer = Layer.SELF, code: str = "1.3", **more: Any) -> m.Score:
    form = form_of(unit)
    return m.Score(
        assessment_id=form.id,
        unit_id=form.unit_id,
        criteria_set_id=form.criteria_set_id,
        criterion_id=leaf_of(form, code).id,
        layer=layer,
        points=1,
        reason="vì",
        author_id=by(m.Account, username=f"officer.{unit.lower()}").id,
        updated_at=clock.now(),
        **more,
    )


def put(act_: Any, form: m.Assessment, code: str = "1.3", **entry: Any) -> m.Score | None:
    leaf = db.session.scalars(
        select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == code)
    ).one()
    entry.setdefault("inputs", {"met": "1"})
    layer = min(LAYERS[act_.verb])
    return scores.put(act_, form, layer, [(leaf, Entry(**entry))], form.round)[0]


def trail(province: Province, **columns: Any) -> list[m.AuditEntry]:
    """The audit rows with these values, oldest first."""
    with province.system():
        entries = db.session.scalars(
            select(m.AuditEntry)
            .filter_by(**columns)
            .where(m.AuditEntry.verb != Verb.IMPORT.value)
            .order_by(m.AuditEntry.id)
        ).all()
        changes = dict(db.session.execute(select(m.AuditEntry.id, m.AuditEntry.changes)).all())
        db.session.expunge_all()
    for entry in entries:
        entry.__dict__["changes"] = changes[entry.id]
    return list(entries)


def evidence_id(province: Province, unit: str) -> int:
    with province.system():
        ids = db.session.scalars(select(m.Evidence.id).where(m.Evidence.title == mark("evidence", unit))).all()
        return min(ids)
