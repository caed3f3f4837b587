"""May this person do this to that? The policies over the small province, against the tables of ``tests/rules/test_process.py``."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from models.situation import situation, situations
from permissions.actor import Actor
from permissions.policies import WRITES, judge, judge_all
from permissions.standing import standing
from rules.process import Refusal, Verdict, may_ever
from rules.verbs import Relation, Role, Verb
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
from tests.support.world import PASSWORD, SEATS, Province, token

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
            "publish",
            "withdraw",
            "manage_catalogue",
            "manage_round",
            "manage_accounts",
            "import",
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


@pytest.mark.parametrize("state", [State.APPRAISAL, State.APPRAISED, State.APPROVED])
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


# One chosen authority


def test_rights_come_from_the_chosen_post_alone(province: Province) -> None:
    with writing(province):
        post = give_post("SNV", "admin", Function.OFFICER)
    with acting_as(province, "admin", f"post:{post.id}") as actor:
        assert [a.role for a in actor.authorities] == [Role.ADMINISTRATOR, Role.OFFICER]
        assert set(db.session.scalars(select(m.Unit.code))) == {"SNV"}
        assert judge(db.session(), actor, Verb.SCORE, form_of("SNV"))
        assert not judge(db.session(), actor, Verb.MANAGE_ACCOUNTS)
        assert not judge(db.session(), actor, Verb.EXTEND, form_of("SA"), reason="vì")
    with acting_as(province, "admin") as actor:
        assert not judge(db.session(), actor, Verb.SCORE, form_of("SNV"))
        assert judge(db.session(), actor, Verb.MANAGE_ACCOUNTS)


def test_an_authority_that_is_not_ones_own_is_not_taken(province: Province) -> None:
    with province.app.app_context():
        foreign = by(m.Post, account_id=by(m.Account, username="admin").id).id
    for key in (f"post:{foreign}", "post:x", "seat:1", "", "delegation:1"):
        with acting_as(province, "officer.x11", key) as actor:
            assert actor.authority is not None
            assert (actor.authority.role, actor.authority.unit_name) == (Role.OFFICER, "Xã Ấp Bắc")


# Time


@pytest.mark.parametrize(
    ("since", "until", "valid"),
    [(0, 0, True), (0, None, True), (-5, 0, True), (-5, -1, False), (1, None, False), (1, 5, False)],
)
def test_a_post_holds_from_its_first_to_its_last_day(
    province: Province, since: int, until: int | None, valid: bool
) -> None:
    with writing(province):
        give_post("SB", "officer.sa", Function.LEADER, since=since, until=until)
    with acting_as(province, "officer.sa") as actor:
        assert any(a.unit_name == "Sở Xây dựng" for a in actor.authorities) is valid
        assert (by(m.Unit, code="SB").id in actor.held_unit_ids) is valid


def test_days_end_at_midnight_of_the_province(province: Province) -> None:
    """The server counts in UTC; a post whose last day is today ends when it is midnight in Viet Nam, seven hours earlier."""
    with writing(province):
        give_post("SB", "officer.sa", Function.LEADER, until=0)
    with province.app.app_context():
        local = clock.now() + timedelta(hours=7)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    for seconds, valid in ((-2, True), (2, False)):
        province.move_clock(seconds=(midnight - local).total_seconds() + seconds)
        with acting_as(province, "officer.sa") as actor:
            assert any(a.unit_name == "Sở Xây dựng" for a in actor.authorities) is valid


def test_a_seat_ends_with_its_last_day(province: Province) -> None:
    with writing(province):
        by(m.Seat, account_id=by(m.Account, username="helper1.p").id).valid_to = (
            clock.now() - timedelta(days=1)
        ).date()
    with acting_as(province, "helper1.p") as actor:
        assert (actor.authorities, actor.authority) == ((), None)
        assert db.session.scalars(select(m.Unit)).all() == []


def test_a_unit_that_ended_gives_no_rights(province: Province) -> None:
    with writing(province):
        by(m.Unit, code="X11").valid_to = (clock.now() - timedelta(days=1)).date()
    with acting_as(province, "officer.x11") as actor:
        assert actor.authorities == ()
        assert not any(judge(db.session(), actor, verb, reason="vì") for verb in Verb)
    client = province.client("officer.x11")
    assert client.get("/").status_code == 200, "one may still sign in and is told"


def test_a_disabled_account_is_out_on_its_next_request(province: Province) -> None:
    client = province.client("officer.x11")
    assert client.get("/").status_code == 200
    with writing(province):
        by(m.Account, username="officer.x11").active = False
    assert client.get("/").status_code == 302
    fresh = province.app.test_client()
    answer = fresh.post("/login", data={"username": "officer.x11", "password": PASSWORD, "csrf_token": token(fresh)})
    assert answer.status_code == 422


# Delegation (Điều 9.1)


def lend(
    province: Province, giver: str, receiver: str, *verbs: Verb, since: int = 0, until: int = 1, seat: bool = False
) -> int:
    with writing(province):
        owner = by(m.Account, username=giver)
        source = by(m.Seat if seat else m.Post, account_id=owner.id)
        delegation = m.Delegation(
            post_id=None if seat else source.id,
            seat_id=source.id if seat else None,
            receiver_id=by(m.Account, username=receiver).id,
            unit_id=source.unit_id,
            verbs=[verb.value for verb in verbs],
            valid_from=(clock.now() + timedelta(hours=7, days=since)).date(),
            valid_to=(clock.now() + timedelta(hours=7, days=until)).date(),
            reason="đi công tác",
        )
        db.session.add(delegation)
        db.session.flush()
        return delegation.id


def lent_to(province: Province, login: str) -> list[str]:
    with acting_as(province, login) as actor:
        return [a.key for a in actor.authorities if a.lent is not None]


def may_sign(actor: Actor) -> dict[Verb, bool]:
    verbs = (Verb.READ, Verb.SCORE, Verb.SIGN, Verb.EXTEND)
    return {verb: v.ok for verb, v in judge_all(db.session(), actor, verbs, form_of("X11"), reason="vì").items()}


def test_a_delegation_lends_the_named_verbs_and_no_more(province: Province) -> None:
    id_ = lend(province, "leader.x11", "officer.x11", Verb.READ, Verb.SIGN, Verb.EXTEND)
    with acting_as(province, "officer.x11", f"delegation:{id_}") as actor:
        assert actor.authority is not None
        assert actor.authority.on_behalf_of == "Lãnh đạo Xã Ấp Bắc"
        # Signing is lent; scoring, which the giver has too, is not; extending was never the giver's to lend.
        assert may_sign(actor) == {Verb.READ: True, Verb.SCORE: False, Verb.SIGN: True, Verb.EXTEND: False}
    with acting_as(province, "officer.x11") as actor:
        assert may_sign(actor)[Verb.SIGN] is False, "the own post stays what it is"


def test_a_delegation_ends_by_itself(province: Province) -> None:
    id_ = lend(province, "leader.x11", "officer.x11", Verb.SIGN, since=0, until=1)
    assert lent_to(province, "officer.x11") == [f"delegation:{id_}"]
    province.move_clock(days=2)
    assert lent_to(province, "officer.x11") == []
    lend(province, "leader.x11", "officer.x12", Verb.SIGN, since=1, until=2)
    province.move_clock(days=0)
    assert lent_to(province, "officer.x12") == [], "not yet begun"


@pytest.mark.parametrize("cause", ["revoked", "giver disabled", "giver's post ended", "giver's unit ended"])
def test_a_delegation_falls_with_its_ground(province: Province, cause: str) -> None:
    id_ = lend(province, "leader.x11", "officer.x12", Verb.READ, Verb.SIGN)
    assert lent_to(province, "officer.x12")
    with writing(province) as act:
        giver = by(m.Account, username="leader.x11")
        yesterday = act.now.date() - timedelta(days=1)
        if cause == "revoked":
            by(m.Delegation, id=id_).revoked_at = act.now
        elif cause == "giver disabled":
            giver.active = False
        elif cause == "giver's post ended":
            by(m.Post, account_id=giver.id).valid_to = yesterday
        else:
            by(m.Unit, code="X11").valid_to = yesterday
    assert lent_to(province, "officer.x12") == []


def test_a_lent_seat_writes_where_the_giver_was_assigned_and_the_receiver_has_no_conflict(province: Province) -> None:
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    id_ = lend(province, "helper1.p", "officer.sb", Verb.READ, Verb.APPRAISE, seat=True)
    with acting_as(province, "officer.sb", f"delegation:{id_}") as actor:

        def may(verb: Verb, unit: str, field: str) -> bool:
            return judge(db.session(), actor, verb, sheet_of(form_of(unit), field)).ok

        assert may(Verb.APPRAISE, "SA", "1")
        assert not may(Verb.APPRAISE, "SA", "2")
        assert not may(Verb.HAND_IN, "SA", "1")
        assert not may(Verb.APPRAISE, "SB", "1"), "its own unit"
        assert db.session.get(m.Assessment, form_of("SA").id) is not None


def test_delegations_are_not_lent_on(province: Province) -> None:
    """What is lent comes from the giver's own posts and seats, never from what was lent to the giver."""
    lend(province, "leader.x11", "officer.x11", Verb.SIGN)
    lend(province, "officer.x11", "officer.x12", Verb.SIGN)
    with acting_as(province, "officer.x12") as actor:
        lent = [a for a in actor.authorities if a.lent is not None]
        assert [a.role for a in lent] == [Role.OFFICER]
        assert all(not judge(db.session(), actor, Verb.SIGN, form_of("X12")) for _ in lent)


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
