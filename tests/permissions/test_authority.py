"""Posts, seats and delegations: one chosen authority, with its dates (Điều 8, 9.1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor
from permissions.policies import conflict, judge, judge_all
from rules.verbs import Role, Verb
from rules.vocabulary import Function, State
from tests.permissions.stages import (
    acting_as,
    bring,
    by,
    form_of,
    give_post,
    sheet_of,
    writing,
)
from tests.support.world import PASSWORD, Province, token

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
        assert conflict(db.session(), actor, form_of("SB")) is valid


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
