"""Steps of a round up to the council's table, for the tests of appraisal and approval."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

import models as m
from extensions import db
from permissions.actor import Actor, current_actor, set_actor
from permissions.gate import act, system_act
from permissions.needs import refresh_identity
from rules.verbs import Verb
from rules.vocabulary import Function, Layer
from services import appraisal, assessment, score
from services.score import Entry
from tests.support import world
from tests.support.database import Database
from tests.support.world import Province

#: One full self-assessment of the small criteria set, without the survey; 9.1 is a bonus.
CLAIMS: dict[str, Entry] = {
    "1.1": Entry({"option": "1"}),
    "1.2.1": Entry({"numerator": "41", "denominator": "48"}, note="Xem báo cáo số 12"),
    "1.2.2": Entry({"numerator": "30", "denominator": "100"}),
    "1.3": Entry({"met": "1"}),
    "1.4": Entry({"count": "1"}),
    "1.5": Entry({"count": "1"}),
    "2.1": Entry({"parts": ["0", "1"]}),
    "2.2": Entry({"numerator": "90", "denominator": "100"}),
}
FIELD_1 = tuple(code for code in CLAIMS if code.startswith("1."))


def claim(province: Province, unit: str, entries: Mapping[str, Entry] = CLAIMS, *, sign: bool = True) -> None:
    """Let a unit score itself and, unless told otherwise, let its leader sign (the survey aside, nothing blocks)."""
    form_id = province.form_id(unit)
    with province.acting(f"officer.{unit.lower()}"):
        assessment.save(db.session.get_one(m.Assessment, form_id), entries)
    if sign:
        with province.acting(f"leader.{unit.lower()}"):
            form = db.session.get_one(m.Assessment, form_id)
            with act(Verb.SIGN, form) as signing:
                form.signed_at, form.signed_by_id = signing.now, signing.actor.account_id


def lock(province: Province) -> None:
    """Let the deadline of self-scoring pass; appraisal and approval are open."""
    province.move_clock(days=11)


def survey(province: Province, unit: str, rate: str = "80") -> None:
    form_id = province.form_id(unit)
    with province.system(), system_act(Verb.IMPORT_SURVEY, "test"):
        form = db.session.get_one(m.Assessment, form_id)
        leaf = leaf_of(form.criteria_set_id, "8.1")
        admin = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        reading = score.read(leaf, Entry({"rate": rate}), Layer.SURVEY, form.round)
        key = {"assessment_id": form.id, "unit_id": form.unit_id, "criteria_set_id": form.criteria_set_id}
        db.session.add(
            m.Score(
                **key,
                criterion_id=leaf.id,
                layer=Layer.SURVEY,
                inputs=reading.inputs,
                computed_points=reading.computed,
                points=reading.points,
                author_id=admin.id,
                updated_at=form.round.opened_at,
            )
        )


def sheet_id(province: Province, unit: str, field: str = "1") -> int:
    with province.system():
        return int(
            db.session.scalars(
                select(m.FieldSheet.id)
                .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
                .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
                .where(m.Unit.code == unit, m.Criterion.code == field)
            ).one()
        )


def leaf_of(set_id: int, code: str) -> m.Criterion:
    return db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == set_id, m.Criterion.code == code)).one()


def leaf_id(province: Province, unit: str, code: str) -> int:
    form_id = province.form_id(unit)
    with province.system():
        return leaf_of(db.session.get_one(m.Assessment, form_id).criteria_set_id, code).id


def keep_all(province: Province, login: str, unit: str, field: str = "1") -> None:
    """Let a helper keep every claim of a field."""
    id_ = sheet_id(province, unit, field)
    with seated(province, login) as person:
        sheet = db.session.get_one(m.FieldSheet, id_)
        found = appraisal.keeping(person, [sheet])
        assert not appraisal.keep([line.ticket for line in found.lines if line.ticket]).failed


def appraise(province: Province, login: str, unit: str, code: str, entry: Entry) -> None:
    id_ = sheet_id(province, unit, code.split(".", maxsplit=1)[0])
    with seated(province, login):
        sheet = db.session.get_one(m.FieldSheet, id_)
        appraisal.save(sheet, leaf_of(sheet.criteria_set_id, code), entry)


def hand_in(province: Province, login: str, unit: str, field: str = "1") -> None:
    id_ = sheet_id(province, unit, field)
    with seated(province, login):
        appraisal.hand_in(db.session.get_one(m.FieldSheet, id_))


@contextmanager
def seated(province: Province, login: str) -> Iterator[Actor]:
    """Work as this person in its seat, whatever posts it holds besides."""
    with province.acting(login):
        person = current_actor()
        assert person is not None
        seat = next(one for one in person.authorities if one.seat_id is not None)
        person = replace(person, authority=seat)
        set_actor(person)
        refresh_identity()
        yield person


def scores(province: Province, unit: str, layer: Layer) -> dict[str, m.Score]:
    """Return what a layer says of a unit's form, by leaf code."""
    form_id = province.form_id(unit)
    with province.system():
        rows = db.session.execute(
            select(m.Criterion.code, m.Score)
            .join(m.Criterion, m.Criterion.id == m.Score.criterion_id)
            .where(m.Score.assessment_id == form_id, m.Score.layer == layer)
        ).all()
        for _, row in rows:
            db.session.expunge(row)
        return dict(rows)


@contextmanager
def counted(province: Province) -> Iterator[list[str]]:
    """Collect the statements that the application sends."""
    with province.app.app_context():
        engine = db.engine
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def add_post(province: Province, login: str, unit: str) -> None:
    """Give a person a post in a unit besides the seat: a conflict of interest there."""
    with province.system(), system_act(Verb.MANAGE_ACCOUNTS, "test") as giving:
        holder = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        where = db.session.scalars(select(m.Unit).where(m.Unit.code == unit)).one()
        db.session.add(
            m.Post(
                account_id=holder.id,
                unit_id=where.id,
                function=Function.OFFICER,
                valid_from=giving.now.date() - timedelta(days=2),
            )
        )


def hand_in_two(province: Province) -> None:
    """Bring field 1 of two departments to the council; of one the plan is appraised down from 5 to 0."""
    for unit in ("SA", "SB"):
        claim(province, unit)
    lock(province)
    appraise(province, "helper1.p", "SA", "1.1", Entry({"option": "2"}, reason="Không ban hành"))
    for unit in ("SA", "SB"):
        keep_all(province, "helper1.p", unit)
        hand_in(province, "helper1.p", unit)


def state(province: Province, database: Database, name: str, build: Callable[[], None]) -> Province:
    """Start from a remembered state of the small province, past the deadline; ``build`` makes it once."""

    def make() -> None:
        world.build()
        build()

    database.start_from(name, make)
    lock(province)
    return province
