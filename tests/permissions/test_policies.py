"""May this person do this to that? The policies over the small province, against the tables of ``tests/rules/test_process.py``."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models.situation import situation, situations
from permissions.policies import WRITES, judge, judge_all
from permissions.standing import standing
from rules.process import may_ever
from rules.verbs import Relation, Role, Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Function, Layer, State
from tests.permissions.readers import COUNCIL_UNITS, READERS, Reader
from tests.permissions.stages import (
    acting_as,
    bring,
    by,
    form_of,
    give_post,
    leaf_of,
    sheet_of,
    writing,
)
from tests.rules.test_process import FOR_ALL, WHOLE_FORM, WITH_ASSIGNMENT, expected
from tests.support.world import SEATS, Province

ASSIGNED = {login: fields for login, _, _, _, _, fields in SEATS}
FORM_VERBS = [verb for verb in Verb if any(may_ever(role, verb) for role in Role)]


def relation_of(reader: Reader, unit: str) -> Relation:
    if reader.seated:
        return Relation.COUNCIL if unit in COUNCIL_UNITS[reader.council] else Relation.NONE
    if unit == reader.unit:
        return Relation.OWN
    return (
        Relation.BELOW
        if reader.role in ("manager", "administrator", "observer") and reader.above(unit)
        else Relation.NONE
    )


@pytest.mark.parametrize("unit", ["X11", "SA", "H1"])
@pytest.mark.parametrize("state", State)
def test_every_role_may_with_a_form_what_the_regulation_says(province: Province, state: State, unit: str) -> None:
    bring(province, unit, state)
    for reader in READERS:
        relation = relation_of(reader, unit)
        wanted = expected(Role(reader.role), relation, state)
        with acting_as(province, reader.login) as actor:
            form = form_of(unit)
            sheet = sheet_of(form, "1")
            visible = "read" in wanted
            db.session.expunge_all()
            assert (db.session.get(m.Assessment, form.id) is not None) is visible, reader
            assert (db.session.get(m.FieldSheet, sheet.id) is not None) is visible, reader
            if not visible:
                continue
            form, sheet = db.session.get_one(m.Assessment, form.id), db.session.get_one(m.FieldSheet, sheet.id)
            for verb in FORM_VERBS:
                subject = form if verb.value in WHOLE_FORM else sheet
                verdict = judge(db.session(), actor, verb, subject, reason="vì")
                covered = verb.value not in WITH_ASSIGNMENT or "1" in ASSIGNED.get(reader.login, ())
                assert verdict.ok is (verb.value in wanted and covered), (reader, verb, verdict.why)
            assert judge_all(db.session(), actor, FORM_VERBS, sheet, reason="vì") == {
                verb: judge(db.session(), actor, verb, sheet, reason="vì") for verb in FORM_VERBS
            }


@pytest.mark.parametrize("verb", [verb for verb in Verb if may_ever(Role.ADMINISTRATOR, verb)])
def test_without_a_subject_only_what_concerns_no_unit_is_open(province: Province, verb: Verb) -> None:
    for reader in READERS:
        with acting_as(province, reader.login) as actor:
            found = judge(db.session(), actor, verb, reason="vì")
        about_units = verb.value not in FOR_ALL | {
            "read_provisional",
            "read_audit",
            "read_audit_values",
            "import_survey",
            "import_reference",
            "publish",
            "withdraw",
            "manage_catalogue",
            "manage_round",
            "manage_accounts",
            "import",
            "look_as",
        }
        assert found.ok is (not about_units and may_ever(Role(reader.role), verb)), reader


def test_a_council_is_kept_by_who_set_it_up_and_those_above(province: Province) -> None:
    def may(login: str, council: str) -> bool:
        with acting_as(province, login) as actor:
            return judge(db.session(), actor, Verb.MANAGE_COUNCIL, by(m.Council, name=council)).ok

    assert may("manager.h1", "Hội đồng huyện 1")
    assert may("admin", "Hội đồng huyện 1")
    assert may("admin", "Hội đồng tỉnh")
    for login in ("manager.h2", "leader.h1", "chair.h1", "observer", "auditor"):
        assert not may(login, "Hội đồng huyện 1"), login
    assert not may("manager.h1", "Hội đồng tỉnh")


@pytest.mark.parametrize("state", [State.APPRAISAL, State.REAPPRAISAL, State.APPRAISED, State.APPROVED])
def test_a_list_judges_as_the_gate_does(province: Province, state: State) -> None:
    """``Standing`` answers for many sheets at once; it must say word for word what ``judge`` says for each."""
    for unit in ("SA", "SB", "X11"):
        bring(province, unit, state)
    with writing(province):
        give_post("SB", "helper1.p", Function.OFFICER)
    for login in ("helper1.p", "chair.p", "helper.h1"):
        with acting_as(province, login, f"seat:{_seat_id(province, login)}") as actor:
            forms = db.session.scalars(select(m.Assessment)).all()
            sheets = db.session.scalars(select(m.FieldSheet)).all()
            assert sheets
            seen = situations(db.session(), forms, actor.now)
            many = standing(db.session(), actor, sheets)
            for sheet in sheets:
                for verb in (Verb.READ, Verb.APPRAISE, Verb.HAND_IN, Verb.CHANGE, Verb.APPROVE, Verb.CLOSE_FIELD):
                    one = judge(db.session(), actor, verb, sheet, reason="vì")
                    assert many.judge(verb, sheet, seen[sheet.assessment_id], reason="vì") == one


def _seat_id(province: Province, login: str) -> int:
    with province.app.app_context():
        return int(by(m.Seat, account_id=by(m.Account, username=login).id).id)


# Assignments


def appraise(province: Province, login: str, unit: str, field: str, *leaves: str) -> Verdict:
    with acting_as(province, login, f"seat:{_seat_id(province, login)}") as actor:
        form = form_of(unit)
        criteria = [leaf_of(form, code) for code in leaves]
        return judge(db.session(), actor, Verb.APPRAISE, sheet_of(form, field), criteria=criteria)


def assign(province: Province, login: str, code: str, unit: str | None = None, level: str = "department") -> None:
    """Replace what a seat was assigned by one criterion, for one unit or for all."""
    with writing(province):
        seat = by(m.Seat, account_id=by(m.Account, username=login).id)
        for old in db.session.scalars(select(m.Assignment).where(m.Assignment.seat_id == seat.id)).all():
            db.session.delete(old)
        set_ = by(m.CriteriaSet, code=f"{level}_2024")
        criterion = by(m.Criterion, set_id=set_.id, code=code)
        db.session.add(
            m.Assignment(
                seat_id=seat.id,
                criterion_id=criterion.id,
                unit_id=by(m.Unit, code=unit).id if unit else None,
                owner_unit_id=seat.unit_id,
            )
        )


def test_an_assignment_covers_its_criterion_and_all_below_for_every_unit_of_the_council(province: Province) -> None:
    for unit in ("SA", "SB", "H1"):
        bring(province, unit, State.APPRAISAL)
    assign(province, "helper1.p", "1.2")
    for unit in ("SA", "SB"):
        assert appraise(province, "helper1.p", unit, "1", "1.2.1")
        assert appraise(province, "helper1.p", unit, "1", "1.2.1", "1.2.2")
        assert appraise(province, "helper1.p", unit, "1"), "some of the field is assigned"
        for leaves in (("1.1",), ("1.2.1", "1.1"), ("1.3",)):
            refused = appraise(province, "helper1.p", unit, "1", *leaves)
            assert (refused.ok, refused.refusal) == (False, Refusal.RIGHT)
        assert not appraise(province, "helper1.p", unit, "2", "2.1")
        assert not appraise(province, "helper1.p", unit, "2")
    assert not appraise(province, "helper1.p", "H1", "1", "1.2.1"), "the same number in another level's set"


def test_an_assignment_for_one_unit_reaches_no_other(province: Province) -> None:
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    assign(province, "helper1.p", "1", unit="SB")
    assert appraise(province, "helper1.p", "SB", "1", "1.1", "1.2.1")
    refused = appraise(province, "helper1.p", "SA", "1", "1.1")
    assert (refused.ok, refused.refusal) == (False, Refusal.RIGHT)
    assert "assigned" in str(refused.why)


def test_an_assignment_alone_opens_no_unit_of_another_council(province: Province) -> None:
    bring(province, "X22", State.APPRAISAL)
    assign(province, "helper.h1", "1", unit="X22", level="commune")
    with acting_as(province, "helper.h1"):
        assert db.session.get(m.Assessment, form_of("X22").id, populate_existing=True) is None


# Conflicts of interest (Điều 13)


def test_nobody_judges_a_unit_in_which_he_holds_any_post(province: Province) -> None:
    """Rights come from the chosen seat, conflicts from everything held: the post counts though it is not chosen."""
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    with writing(province):
        give_post("SA", "helper1.p", Function.OFFICER)
        give_post("SA", "chair.p", Function.OBSERVER)
    refused = appraise(province, "helper1.p", "SA", "1", "1.1")
    assert (refused.ok, refused.refusal) == (False, Refusal.RIGHT)
    assert "another person" in str(refused.next_step)
    assert appraise(province, "helper1.p", "SB", "1", "1.1")
    with writing(province):
        for sheet in db.session.scalars(select(m.FieldSheet)).all():
            sheet.state = State.APPRAISED
    with acting_as(province, "chair.p", f"seat:{_seat_id(province, 'chair.p')}") as actor:
        verbs = (Verb.APPROVE, Verb.CHANGE, Verb.SEND_BACK)
        own = judge_all(db.session(), actor, verbs, sheet_of(form_of("SA"), "1"), reason="vì")
        other = judge_all(db.session(), actor, verbs, sheet_of(form_of("SB"), "1"), reason="vì")
    assert not any(own.values())
    assert all(other.values())


def test_a_post_that_ended_is_no_conflict_but_an_own_self_score_is(province: Province) -> None:
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    with writing(province) as act:
        give_post("SA", "helper1.p", Function.OFFICER, since=-50, until=-1)
        give_post("SB", "helper1.p", Function.OFFICER, since=-50, until=-1)
        form = form_of("SB")
        db.session.add(
            m.Score(
                assessment_id=form.id,
                unit_id=form.unit_id,
                criteria_set_id=form.criteria_set_id,
                criterion_id=leaf_of(form, "2.1").id,
                layer=Layer.SELF,
                points=1,
                author_id=by(m.Account, username="helper1.p").id,
                updated_at=act.now,
            )
        )
    assert appraise(province, "helper1.p", "SA", "1", "1.1")
    assert not appraise(province, "helper1.p", "SB", "1", "1.1"), "made part of its self-assessment"


def test_a_superior_with_a_post_in_the_unit_enters_no_layer_for_it(province: Province) -> None:
    with writing(province):
        give_post("SNV", "admin", Function.OFFICER)
    with acting_as(province, "admin") as actor:
        assert actor.authority is not None
        assert actor.authority.role is Role.ADMINISTRATOR
        own = judge(db.session(), actor, Verb.SCORE_SUPERIOR, sheet_of(form_of("SNV"), "1"), reason="vì")
        other = judge(db.session(), actor, Verb.SCORE_SUPERIOR, sheet_of(form_of("SA"), "1"), reason="vì")
    assert (own.ok, other.ok) == (False, True)


# What each verb may write


def test_every_verb_that_changes_something_names_its_tables(province: Province) -> None:
    reading = {
        Verb.READ,
        Verb.READ_PROVISIONAL,
        Verb.READ_PUBLISHED,
        Verb.READ_AUDIT,
        Verb.READ_AUDIT_VALUES,
        Verb.IMPORT,
    }
    assert set(WRITES) == set(Verb) - reading
    assert all(WRITES.values())
    assert all(m.AuditEntry not in tables for tables in WRITES.values()), "nobody writes the audit trail by hand"


def test_situation_of_one_form_is_that_of_many(province: Province) -> None:
    bring(province, "X11", State.SIGNED)
    with acting_as(province, "admin") as actor:
        forms = db.session.scalars(select(m.Assessment)).all()
        many = situations(db.session(), forms, actor.now)
        assert many == {form.id: situation(db.session(), form, actor.now) for form in forms}
        assert situations(db.session(), [], actor.now) == {}
