"""What is lent is never wider than what its giver has, at every moment; each change bites on the next request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.policies import judge, judge_all
from rules.verbs import Verb
from rules.vocabulary import Function, State
from tests.lending.support import PAGE, Giver, borrower, day, lend, words
from tests.permissions.stages import acting_as, bring, by, form_of, give_post, sheet_of, writing
from tests.support.world import Province, token

OVER = "Anh/chị không còn vai trò vừa làm việc"


def account(login: str) -> m.Account:
    return by(m.Account, username=login)


def post_of(login: str) -> m.Post:
    return by(m.Post, account_id=account(login).id)


def yesterday() -> object:
    return (clock.now() - timedelta(days=1)).date()


def _moved() -> None:
    post_of("leader.x11").valid_to = yesterday()
    give_post("X12", "leader.x11", Function.LEADER)


CAUSES: dict[str, Callable[[], object]] = {
    "the giver's post ended": lambda: setattr(post_of("leader.x11"), "valid_to", yesterday()),
    "the giver's account is disabled": lambda: setattr(account("leader.x11"), "active", False),
    "the giver's account ended": lambda: setattr(account("leader.x11"), "valid_to", yesterday()),
    "the giver's account has not begun": lambda: setattr(
        account("leader.x11"), "valid_from", (clock.now() + timedelta(days=2)).date()
    ),
    "the giver moved": _moved,
    "the unit ended": lambda: setattr(by(m.Unit, code="X11"), "valid_to", yesterday()),
    "revoked": lambda: setattr(by(m.Delegation), "revoked_at", clock.now()),
}


def sign(client: FlaskClient, province: Province) -> tuple[int, str]:
    """Press "Sign off" on the page the receiver has open."""
    token_ = client.environ["token"]  # type: ignore[attr-defined]
    answer = client.post(f"/assessments/{province.form_id('X11')}/sign", data={"csrf_token": token_})
    return answer.status_code, words(answer)


@pytest.fixture
def officer(province: Province) -> FlaskClient:
    """The officer in the leader's place, with the check of the form open."""
    key = lend(province, "leader.x11", "officer.x11", Verb.SIGN, Verb.SCORE, until=3)
    client = borrower(province, "officer.x11", key)
    assert "thay mặt Lãnh đạo" in words(client.get(f"/assessments/{province.form_id('X11')}/check"))
    client.environ = {"token": token(client, "/")}  # type: ignore[attr-defined]
    return client


@pytest.mark.parametrize("cause", CAUSES)
def test_with_its_ground_the_role_is_gone_on_the_next_request(
    province: Province, officer: FlaskClient, cause: str
) -> None:
    with writing(province):
        CAUSES[cause]()
    for _ in range(2):  # a save sent again does not slip into another role
        status, said = sign(officer, province)
        assert status == 403
        assert OVER in said
        assert "Chưa có gì được lưu" in said
    with province.system():
        assert db.session.get_one(m.Assessment, province.form_id("X11")).signed_at is None
    page = words(officer.get("/"))
    assert OVER in page
    assert "thay mặt Lãnh đạo" not in page


def test_it_ends_by_itself_at_midnight_of_the_province(province: Province, officer: FlaskClient) -> None:
    with province.app.app_context():
        local = clock.now() + timedelta(hours=7)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=4)
    with writing(province):  # the session itself goes on
        for login in db.session.scalars(select(m.LoginSession)):
            login.created_at = login.seen_at = midnight - timedelta(hours=7, minutes=5)
    province.move_clock(seconds=(midnight - local).total_seconds() - 5)
    assert "thay mặt Lãnh đạo" in words(officer.get("/"))
    province.move_clock(seconds=(midnight - local).total_seconds() + 5)
    status, said = sign(officer, province)
    assert (status, OVER in said) == (403, True)
    assert "thay mặt Lãnh đạo" not in words(officer.get("/"))


def test_a_script_is_told_in_words_too(province: Province, officer: FlaskClient) -> None:
    with writing(province):
        CAUSES["revoked"]()
    answer = officer.post(
        f"/assessments/{province.form_id('X11')}/scores/1.3",
        data={"csrf_token": officer.environ["token"], "1.3:met": "1", "1.3:version": "0"},  # type: ignore[attr-defined]
        headers={"Accept": "application/json"},
    )
    assert answer.status_code == 403
    assert OVER in answer.json["why"]


def restrict(login: str, **values: object) -> None:
    today = (clock.now() + timedelta(hours=7)).date()
    given = account(login)
    db.session.add(
        m.Restriction(account_id=given.id, unit_id=given.unit_id, valid_from=today, reason="Kiểm tra", **values)
    )


def test_a_giver_left_with_reading_lends_reading(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.SCORE, Verb.SIGN)
    with writing(province):
        restrict("leader.x11", read_only=True)
    with acting_as(province, "officer.x11", key) as actor:
        found = judge_all(db.session(), actor, (Verb.READ, Verb.SCORE, Verb.SIGN), form_of("X11"))
        assert {verb: answer.ok for verb, answer in found.items()} == {
            Verb.READ: True,
            Verb.SCORE: False,
            Verb.SIGN: False,
        }


def test_a_giver_left_with_some_fields_lends_these_fields(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.SCORE)
    with writing(province):
        restrict("leader.x11", field_codes=["2"])
    with acting_as(province, "officer.x11", key) as actor:
        form = form_of("X11")
        assert judge(db.session(), actor, Verb.SCORE, sheet_of(form, "2"))
        assert not judge(db.session(), actor, Verb.SCORE, sheet_of(form, "1"))


def test_a_manager_left_with_one_unit_lends_that_unit(province: Province) -> None:
    key = lend(province, "manager.h1", "observer", Verb.REMIND)
    with writing(province):
        restrict("manager.h1", unit_ids=[by(m.Unit, code="X12").id])
    with acting_as(province, "observer", key) as actor:
        assert judge(db.session(), actor, Verb.REMIND, form_of("X12"))
        assert not judge(db.session(), actor, Verb.REMIND, form_of("X11"))


def test_rights_that_the_role_has_no_more_are_lent_no_more(province: Province) -> None:
    """The leader becomes an officer: signing was lent, and is gone."""
    key = lend(province, "leader.x11", "officer.x12", Verb.SIGN, Verb.SCORE)
    with writing(province):
        post_of("leader.x11").function = Function.OFFICER
    with acting_as(province, "officer.x12", key) as actor:
        found = judge_all(db.session(), actor, (Verb.SCORE, Verb.SIGN), form_of("X11"))
        assert {verb: answer.ok for verb, answer in found.items()} == {Verb.SCORE: True, Verb.SIGN: False}


def test_lending_and_looking_are_never_lent_whatever_a_row_says(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.LEND)
    with acting_as(province, "officer.x11", key) as actor:
        assert not judge(db.session(), actor, Verb.LEND, by(m.Unit, code="X11"))


def test_a_lent_role_reaches_the_givers_unit_and_not_ones_own(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x12", Verb.SIGN, Verb.SCORE)
    with acting_as(province, "officer.x12", key) as actor:
        assert set(db.session.scalars(select(m.Unit.code))) == {"X11"}
        assert judge(db.session(), actor, Verb.SIGN, form_of("X11"))
        assert not judge(db.session(), actor, Verb.SCORE, form_of("X12")), "rights are not added up"
    with acting_as(province, "officer.x12") as actor:
        assert set(db.session.scalars(select(m.Unit.code))) == {"X12"}
        assert not judge(db.session(), actor, Verb.SIGN, form_of("X12"))


def test_a_restricted_receiver_is_not_freed_by_what_is_lent(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.SIGN)
    with writing(province):
        restrict("officer.x11", read_only=True)
    with acting_as(province, "officer.x11", key) as actor:
        assert not judge(db.session(), actor, Verb.SIGN, form_of("X11"))


def test_a_restricted_giver_lends_nothing_new(province: Province) -> None:
    leader = Giver(province, "leader.x11")
    with writing(province):
        restrict("leader.x11", read_only=True)
    assert leader.post("new", **leader.fields("officer.x11", Verb.SIGN)).status_code == 403
    assert "đang bị hạn chế" in words(leader.client.get(PAGE))


def test_a_giver_without_ground_is_told_so_on_both_pages(province: Province) -> None:
    lend(province, "leader.x11", "officer.x12", Verb.SIGN)
    with writing(province):
        CAUSES["the giver moved"]()
    for login in ("leader.x11", "officer.x12"):
        assert "hiện không có hiệu lực" in Giver(province, login).page()


def test_a_lent_seat_judges_in_the_givers_place_with_the_conflicts_of_both(province: Province) -> None:
    """Nobody gets round the own-unit rule by lending: the giver's units and claims count as the receiver's own."""
    with writing(province):
        give_post("SB", "helper1.p", Function.OFFICER)
    for unit in ("SA", "SB", "H1"):
        bring(province, unit, State.APPRAISAL)
    key = lend(province, "helper1.p", "officer.sa", Verb.APPRAISE, seat=True)
    with acting_as(province, "officer.sa", key) as actor:
        may = {
            unit: judge(db.session(), actor, Verb.APPRAISE, sheet_of(form_of(unit), "1")).ok
            for unit in ("SA", "SB", "H1")
        }
        assert may == {"SA": False, "SB": False, "H1": True}


def test_days_on_the_page_are_those_of_the_row(province: Province) -> None:
    lend(province, "leader.x11", "officer.x11", Verb.SIGN, since=-3, until=4)
    between = f"{day(province, -3):%d/%m/%Y} – {day(province, 4):%d/%m/%Y}"
    for login in ("leader.x11", "officer.x11"):
        assert between in Giver(province, login).page()
