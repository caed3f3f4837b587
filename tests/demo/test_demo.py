"""The demo province: complete, alive, alike on an equal day, and sound by the product's own checks."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy import func, select

import models as m
from extensions import db
from models import clock
from models.situation import situations
from permissions.actor import set_actor, system_scope
from permissions.identity import load_actor
from rules.verbs import Role
from rules.vocabulary import Layer, Stage, State
from services import demo, findings, scoring
from services.account import matches
from services.verify import verify
from tests.support.database import Database

#: Far above what it takes (about 10 s), far below what a person would wait for.
SECONDS = 60


def build() -> None:
    assert demo.load() is True


@pytest.fixture
def province(database: Database) -> Iterator[Flask]:
    database.start_from("demo", build)
    with database.app.app_context():
        yield database.app


def content() -> dict[str, list[tuple[str, ...]]]:
    """Everything in the database but the moments and order of the audit trail and the salt of the one password."""
    found = {}
    with system_scope("test"):
        for table in db.metadata.sorted_tables:
            columns = [c for c in table.columns if (table.name, c.name) not in UNLIKE]
            rows = db.session().connection().execute(select(*columns)).all()
            found[table.name] = sorted(tuple(map(repr, row)) for row in rows)
    return found


#: What hangs on the moment, or on chance.
UNLIKE = {
    *(("audit_entry", column) for column in ("at", "id", "seal")),
    *(("audit_head", column) for column in ("seal", "mac")),
    ("account", "password_hash"),
}


def loaded_anew(database: Database) -> tuple[dict[str, list[tuple[str, ...]]], float]:
    """Load the demo into the empty schema; return what it holds and the seconds it took."""
    database.start_from("empty")
    with database.app.app_context():
        begun = time.monotonic()
        assert demo.load() is True
        return content(), time.monotonic() - begun


def test_it_is_alike_on_an_equal_day_and_quick(database: Database) -> None:
    database.start_from("demo", build)
    with database.app.app_context():
        first = content()
    second, seconds = loaded_anew(database)
    if first["stage_window"] != second["stage_window"]:
        # Midnight passed between the two loadings: compare two of the new day.
        first, (second, seconds) = second, loaded_anew(database)
    assert len(first["score"]) > 5000
    assert [name for name in first if first[name] != second[name]] == []
    assert seconds < SECONDS


def test_loading_again_does_nothing_and_prints_the_logins(province: Flask) -> None:
    before = content()
    result = province.test_cli_runner().invoke(args=["demo", "load"])
    assert result.exit_code == 0
    assert all(login.name in result.output for login in demo.LOGINS)
    assert demo.PASSWORD in result.output
    assert content() == before


def test_it_does_not_mix_with_other_data(database: Database) -> None:
    database.start_from("empty")
    runner = database.app.test_cli_runner()
    assert runner.invoke(args=["import", "units", "data/units.csv"]).exit_code == 0
    assert runner.invoke(args=["demo", "load"]).exit_code == 1
    with database.app.app_context(), system_scope("test"):
        assert db.session.scalar(select(func.count()).select_from(m.Account)) == 0


def test_both_rounds_are_marked_and_hold_the_units_of_their_year(province: Flask) -> None:
    with system_scope("test"):
        rounds = {round_.code: round_ for round_ in db.session.scalars(select(m.Round))}
        assert set(rounds) == {"2023", "2024"}
        assert all(round_.illustrative and round_.opened_at for round_ in rounds.values())
        group = m.RankingGroup
        now = Counter(db.session.scalars(select(group.code).join(m.Assessment, m.Assessment.group_id == group.id)))
        assert now == {"department": 18, "district": 8, "commune": 102}
        then = Counter(
            db.session.scalars(
                select(group.code)
                .join(m.Edition, m.Edition.group_id == group.id)
                .join(m.EditionRow, m.EditionRow.edition_id == m.Edition.id)
                .where(m.Edition.in_force)
            )
        )
        assert then == {"department": 18, "district": 8, "commune": 107}
        leaves = db.session.scalar(select(func.count(m.EditionLeaf.unit_id.distinct())))
        assert leaves == 133
        units = db.session.scalars(select(m.Unit)).all()
        assert {unit.valid_to for unit in units} == {None, date(2024, 10, 31)}


def test_every_state_of_the_process_occurs_now(province: Flask) -> None:
    with system_scope("test"):
        forms = db.session.scalars(select(m.Assessment)).all()
        now = clock.now()
        seen = situations(db.session(), forms, now)
        sheets: dict[int, list[m.FieldSheet]] = {}
        for sheet in db.session.scalars(select(m.FieldSheet)):
            sheets.setdefault(sheet.assessment_id, []).append(sheet)
        states = {form.id: seen[form.id].of_assessment(sheets[form.id]) for form in forms}
        assert set(states.values()) == set(State) - {State.NOT_OPEN, State.PUBLISHED}
        entered = set(db.session.scalars(select(m.Score.assessment_id).where(m.Score.layer == Layer.SELF)))
        drafts = {form.id for form in forms if states[form.id] is State.DRAFT}
        assert drafts - entered
        assert drafts & entered
        assert any(form.signed_at is None and states[form.id].locked for form in forms), "one not submitted"
        assert any(sheet.returned_reason for all_ in sheets.values() for sheet in all_), "one sent back"
        extended = {e.assessment_id for e in db.session.scalars(select(m.Extension))}
        assert len(extended) >= 3
        assert all(seen[id_].stage_open(Stage.SELF_SCORING) for id_ in extended)
        open_now = Counter(stage for form in forms for stage in Stage if seen[form.id].stage_open(stage))
        assert open_now[Stage.SELF_SCORING] > 100
        assert {open_now[stage] for stage in Stage if stage is not Stage.SELF_SCORING} == {len(forms)}
        open_questions = set(
            db.session.scalars(select(m.Question.assessment_id).where(m.Question.settled_at.is_(None)))
        )
        assert {states[id_] for id_ in open_questions} == {State.EXPLANATION, State.REAPPRAISAL}
        assert db.session.scalar(select(func.count(m.Question.id)).where(m.Question.settled_at.is_not(None)))
        again = set(db.session.scalars(select(m.Score.assessment_id).where(m.Score.layer == Layer.REAPPRAISAL)))
        assert {states[id_] for id_ in again} == {State.REAPPRAISAL, State.APPRAISED}


def test_its_figures_are_those_that_the_product_computes(province: Flask) -> None:
    with system_scope("test"):
        report = verify(db.session())
    assert report.faults == []
    assert report.editions == 3
    assert report.subtotals > 1152


def test_everybody_on_the_list_can_sign_in_as_what_it_says(province: Flask) -> None:
    with system_scope("test"):
        accounts = {a.username: a for a in db.session.scalars(select(m.Account))}
    for login in demo.LOGINS:
        actor = load_actor(db.session(), accounts[login.name].id, "", clock.now(), None)
        assert actor.authority is not None
        assert actor.authority.role is login.role
    assert {login.role for login in demo.LOGINS} == set(Role)
    shared = {account.password_hash for account in accounts.values()}
    assert len(shared) == 1
    assert matches(accounts["cb.x001"], demo.PASSWORD)
    two = load_actor(db.session(), accounts["snv.quantri"].id, "", clock.now(), None)
    assert {(a.role, a.unit_name) for a in two.authorities} == {
        (Role.ADMINISTRATOR, "Tỉnh Vĩnh Long"),
        (Role.OFFICER, "Sở Nội vụ"),
    }


def test_each_unit_has_an_officer_and_a_leader_and_a_council_with_seats_for_each_field(province: Flask) -> None:
    with system_scope("test"):
        forms = db.session.scalars(select(m.Assessment)).all()
        held: dict[int, set[str]] = {}
        for post in db.session.scalars(select(m.Post)):
            held.setdefault(post.unit_id, set()).add(post.function.value)
        assert all({"officer", "leader"} <= held[form.unit_id] for form in forms)
        covered: dict[tuple[int, str], set[int]] = {}
        for criterion_id, function, council_id in db.session.execute(
            select(m.Assignment.criterion_id, m.Seat.function, m.Seat.council_id).join(
                m.Seat, m.Seat.id == m.Assignment.seat_id
            )
        ):
            covered.setdefault((council_id, function.value), set()).add(criterion_id)
        criteria = db.session.scalars(select(m.Criterion)).all()
        council_of = dict(db.session.execute(select(m.CouncilUnit.unit_id, m.CouncilUnit.council_id)).all())
        by_id = {criterion.id: criterion for criterion in criteria}
        for form in forms:
            for seated in ("helper", "member"):
                ranges = [by_id[id_] for id_ in covered[council_of[form.unit_id], seated]]
                leaves = [c for c in criteria if c.set_id == form.criteria_set_id and c.is_leaf]
                assert all(any(r.set_id == c.set_id and r.path <= c.path < r.path_end for r in ranges) for c in leaves)


def test_a_complete_form_passes_the_check_before_signing(province: Flask) -> None:
    with system_scope("test"):
        account = db.session.scalars(select(m.Account).where(m.Account.username == "ld.s04")).one()
        form_id = db.session.scalar(
            select(m.Assessment.id).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == "S04")
        )
    db.session.expunge_all()
    with province.test_request_context():
        actor = load_actor(db.session(), account.id, account.full_name, clock.now(), None)
        set_actor(actor)
        form = db.session.get(m.Assessment, form_id)
        assert form is not None
        reading = scoring.read(form, actor)
        assert findings.blocking(reading) == []
        assert any(line.last is not None and line.last.points is not None for line in reading.lines)
