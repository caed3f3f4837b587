"""Worlds with results: groups of the small province scored, approved and closed; figures counted by hand in fractions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import set_actor, system_scope
from permissions.gate import Act, system_act
from permissions.identity import load_actor
from rules.verbs import Verb
from rules.vocabulary import Layer, State
from services import score as scores
from services import subtotal
from services.publication import prepare, publish
from services.score import Entry
from tests.support.database import Database
from tests.support.world import Province, build

#: What a unit enters: leaf code to inputs. All leaves but those of the survey and the penalty.
FULL: dict[str, dict[str, object]] = {
    "1.1": {"option": "0"},
    "1.2.1": {"numerator": "48", "denominator": "48"},
    "1.2.2": {"numerator": "30", "denominator": "100"},
    "1.3": {"met": "1"},
    "1.4": {"count": "0"},
    "1.5": {"count": "2"},
    "2.1": {"parts": ["0", "1"]},
    "2.2": {"numerator": "100", "denominator": "100"},
}
DECISION = ("15/QĐ-UBND", date(2025, 1, 20))
COMMUNES = ("X11", "X12", "X21", "X22")


@contextmanager
def world(province: Province) -> Iterator[Act]:
    """Change the world as no user can, in the name of the administrator."""
    with province.app.test_request_context(), system_scope("test"):
        admin = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        set_actor(load_actor(db.session(), admin.id, admin.full_name, clock.now(), None))
        with system_act(Verb.IMPORT, "test world") as building:
            yield building
        set_actor(None)


def put(
    building: Act, unit: str, layer: Layer, inputs: Mapping[str, Mapping[str, object]], note: str = "", reason: str = ""
) -> None:
    """Write one layer of a unit's form."""
    form = _form(unit)
    criteria = {
        c.code: c for c in db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id))
    }
    given = [(criteria[code], Entry(dict(values), note=note, reason=reason)) for code, values in inputs.items()]
    scores.put(building, form, layer, given, form.round)


def close(building: Act, *units: str) -> None:
    """Let the council approve and close every field of these units, and sign their forms in time."""
    for unit in units:
        form = _form(unit)
        form.signed_at = form.signed_at or building.now
        form.signed_by_id = building.actor.account_id if building.actor else None
        form.closed_at = building.now
        sheets = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id)).all()
        for sheet in sheets:
            sheet.state = State.CLOSED
            sheet.minutes_number, sheet.minutes_on = "01/BB-HĐTĐ", date(2025, 1, 15)
        subtotal.refresh(db.session(), sheets)


def closed_communes(province: Province) -> None:
    """Four communes with a tie at the top, one below, and one that entered nothing; every field closed.

    X11 and X21: all points, survey 90 % (98 of 100). X12: survey 45 %, late reports (84). X22 entered nothing.
    """
    with world(province) as building:
        for unit, survey in (("X11", "90"), ("X12", "45"), ("X21", "90"), ("X22", "80")):
            if unit != "X22":
                changed: dict[str, dict[str, object]] = {"1.4": {"count": "2"}} if unit == "X12" else {}
                put(building, unit, Layer.SELF, FULL | changed, note=f"Ghi chú riêng của {unit}")
            put(building, unit, Layer.SURVEY, {"8.1": {"rate": survey}})
        put(building, "X11", Layer.APPRAISAL, {"1.3": {"met": "1"}}, note="Đủ minh chứng, khớp hồ sơ X11")
        close(building, *COMMUNES)


def by_hand(province: Province, unit: str) -> Fraction:
    """Add up what counts of a unit from its score rows alone: highest layer first, in fractions, over the maximum 100."""
    with province.system():
        form = _form(unit)
        rows = db.session.execute(
            select(m.Score.criterion_id, m.Score.layer, m.Score.points).where(m.Score.assessment_id == form.id)
        ).all()
    best: dict[int, tuple[int, Fraction]] = {}
    for criterion_id, layer, points in rows:
        if points is not None and layer > best.get(criterion_id, (0, Fraction(0)))[0]:
            best[criterion_id] = (layer, Fraction(points))
    return sum((points for _, points in best.values()), Fraction(0))


def group_id(province: Province, code: str = "commune") -> int:
    """Return a ranking group."""
    return province.id_of(m.RankingGroup, code=code)


def preview_mark(province: Province, code: str = "commune") -> str:
    """Look at the preview of a group and return its mark."""
    id_ = group_id(province, code)
    with province.acting("admin"):
        return prepare(db.session(), db.session.get_one(m.RankingGroup, id_), clock.now()).seen


def published(province: Province, code: str = "commune") -> int:
    """Publish a closed group as the administrator; return its edition."""
    id_, seen = group_id(province, code), preview_mark(province, code)
    with province.acting("admin"):
        return publish(id_, *DECISION, seen).id


@pytest.fixture
def closed(database: Database) -> Iterator[Province]:
    """The small province with every field of its communes closed; see ``closed_communes``."""
    yield from _start(database, "closed_communes", closed_communes)


@pytest.fixture
def done(database: Database) -> Iterator[Province]:
    """The same, published."""

    def build_done(province: Province) -> None:
        closed_communes(province)
        published(province)

    yield from _start(database, "published_communes", build_done)


def _start(database: Database, name: str, more: Callable[[Province], None]) -> Iterator[Province]:
    def build_all() -> None:
        build()
        more(Province(database.app))

    database.start_from(name, build_all)
    with database.app.app_context():
        clock.set_offset(timedelta())
    yield Province(database.app)
    with database.app.app_context():
        clock.set_offset(timedelta())


def edition_of(province: Province) -> int:
    """Return the edition in force."""
    return province.id_of(m.Edition, in_force=True)


def _form(unit: str) -> m.Assessment:
    return db.session.scalars(
        select(m.Assessment).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == unit)
    ).one()
