"""The two gates over the small province: what each role reads, and which writes pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from permissions.gate import Refused, WriteRefused, act
from permissions.scope import ReadRefused
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import score as scores
from services.score import Entry
from tests.support.world import Province


def _units(session: object = None) -> set[str]:
    return set(db.session.scalars(select(m.Unit.code)))


def test_every_table_has_its_line_in_the_read_floor() -> None:
    assert {mapper.class_ for mapper in db.Model.registry.mappers}  # type: ignore[attr-defined] == set(ROWS)


@pytest.mark.parametrize(
    ("login", "units"),
    [
        ("officer.x11", {"X11"}),
        ("leader.sa", {"SA"}),
        ("manager.h1", {"H1", "X11", "X12"}),
        ("helper.h1", {"X11", "X12"}),
        ("admin", {"P", "SNV", "SA", "SB", "VP", "H1", "H2", "X11", "X12", "X21", "X22"}),
    ],
)
def test_units_in_sight(province: Province, login: str, units: set[str]) -> None:
    with province.acting(login):
        assert _units() == units
        assert db.session.scalar(select(func.count()).select_from(m.Unit)) == len(units)


def test_nobody_sees_nothing(province: Province) -> None:
    with province.app.app_context():
        assert _units() == set()


def test_a_statement_below_the_orm_is_refused(province: Province) -> None:
    with province.acting("admin"), pytest.raises(ReadRefused):
        db.session.execute(m.Unit.__table__.select())


def test_a_write_outside_any_act_is_refused(province: Province) -> None:
    with province.acting("admin"):
        db.session.add(m.Level(code="x", name="X"))
        with pytest.raises(WriteRefused):
            db.session.flush()


def test_an_officer_scores_the_own_form_and_leaves_an_audit_row(province: Province) -> None:
    form_id = province.form_id("X11")
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, form_id)
        leaf = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == "1.2.1")
        ).one()
        with act(Verb.SCORE, form) as scoring:
            scores.put(scoring, form, Layer.SELF, [(leaf, Entry({"numerator": "41", "denominator": "48"}))], form.round)
    with province.system():
        score = db.session.scalars(select(m.Score)).one()
        entry = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.object_type == "Score")).one()
        subtotal = db.session.scalars(
            select(m.Subtotal).where(m.Subtotal.assessment_id == form_id, m.Subtotal.scored == 1)
        ).one()
        assert (score.layer, score.points) == (Layer.SELF, subtotal.achieved)
        assert (entry.verb, entry.object_id, entry.unit_id) == ("score", str(score.id), score.unit_id)


def test_an_officer_cannot_reach_another_form(province: Province) -> None:
    other = province.form_id("X12")
    with province.acting("officer.x11"):
        assert db.session.get(m.Assessment, other) is None


def test_after_the_deadline_the_form_is_locked_for_the_unit_and_open_to_its_council(province: Province) -> None:
    form_id = province.form_id("X11")
    with province.acting("helper.h1"):
        assert db.session.get(m.Assessment, form_id) is None
    province.move_clock(days=11)
    with province.acting("helper.h1"):
        assert db.session.get(m.Assessment, form_id) is not None
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, form_id)
        with pytest.raises(Refused) as refused, act(Verb.SCORE, form):
            pass
        assert refused.value.verdict.refusal == "state"


def test_the_application_alone_stands_behind_both_gates() -> None:
    """In a process of its own, so that no import of a test stands in for the application's."""
    code = (
        "import app\n"
        "from extensions import db\n"
        "from sqlalchemy import event\n"
        "import sys\n"
        "floor, gate = sys.modules['permissions.floor'], sys.modules['permissions.gate']\n"
        "assert event.contains(db.session, 'do_orm_execute', floor._floor)\n"
        "assert event.contains(db.session, 'before_flush', gate._gate)\n"
        "assert event.contains(db.session, 'after_flush', gate._audit)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parent.parent)
