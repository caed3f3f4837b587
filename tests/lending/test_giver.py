"""The page of the giver: chosen rights of the own post, to a colleague, between two days, revoked with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.verbs import Verb
from rules.vocabulary import Function
from tests.access.steps import restrict
from tests.assessment.support import vietnamese
from tests.lending.support import PAGE, Giver, borrower, choose, count, day, lend, words
from tests.permissions.stages import by, give_post, writing
from tests.support.world import Province, token

TICK = vietnamese("Tick at least one right, and only rights that the giver has.")


@pytest.fixture
def leader(province: Province) -> Giver:
    return Giver(province, "leader.x11")


def test_a_leader_lends_the_signature_and_sees_where_it_stands(leader: Giver, province: Province) -> None:
    assert "Anh/chị chưa ủy quyền lần nào" in leader.page()
    key = leader.lends("officer.x11", Verb.SIGN)
    page = leader.page()
    assert "Cán bộ Xã Ấp Bắc" in page
    assert "đang có hiệu lực" in page
    with province.system():
        made = db.session.scalars(select(m.Delegation)).one()
        assert set(made.verbs) == {"read", "sign"}
        entry = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.object_type == "Delegation")).one()
        assert (entry.verb, entry.reason, entry.actor_name) == ("lend", "Đi công tác", "Lãnh đạo Xã Ấp Bắc")
    officer = borrower(province, "officer.x11", key)
    assert "Anh/chị đang làm việc thay mặt Lãnh đạo Xã Ấp Bắc" in words(officer.get("/"))


def test_what_is_to_come_runs_ends_and_is_revoked_is_told_apart(leader: Giver, province: Province) -> None:
    leader.lends(
        "officer.x11", Verb.SIGN, valid_from=day(province, 3).isoformat(), valid_to=day(province, 4).isoformat()
    )
    assert "chưa đến ngày" in leader.page()
    province.move_clock(days=3)
    assert "đang có hiệu lực" in Giver(province, "leader.x11").page()
    province.move_clock(days=5)
    assert "đã hết hạn" in Giver(province, "leader.x11").page()


def test_revoking_asks_for_the_reason_and_bites_on_the_next_request(leader: Giver, province: Province) -> None:
    key = leader.lends("officer.x11", Verb.SIGN)
    officer = borrower(province, "officer.x11", key)
    id_ = key.partition(":")[2]
    silent = leader.post(f"{id_}/revoke", reason="  ")
    assert (silent.status_code, "Lý do:" in words(silent)) == (422, True)
    assert choose(officer, key).status_code == 302, "nothing was changed"
    assert leader.post(f"{id_}/revoke", reason="Đã về cơ quan").status_code == 302
    page = leader.page()
    assert "đã thu hồi" in page
    assert "Đã về cơ quan" in page
    assert "thay mặt Lãnh đạo" not in words(officer.get("/"))
    assert choose(officer, key).status_code == 200, "the role is no longer offered"
    again = leader.post(f"{id_}/revoke", reason="Lần nữa")
    assert (again.status_code, "đã kết thúc" in words(again)) == (422, True)


def test_one_sees_and_revokes_ones_own_alone(province: Province, leader: Giver) -> None:
    other = lend(province, "leader.x12", "officer.x12", Verb.SIGN).partition(":")[2]
    theirs = lend(province, "officer.x11", "leader.x11", Verb.SCORE).partition(":")[2]
    assert "Đức Hòa" not in leader.page()
    answers = [leader.client.get(f"{PAGE}{id_}/revoke") for id_ in (other, theirs, "999999999")]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert leader.post(f"{other}/revoke", reason="vì").status_code == 404
    # The receiver revokes nothing either, in whatever role.
    receiver = province.client("officer.x12")
    assert receiver.get(f"{PAGE}{other}/revoke").status_code == 404


def test_nothing_typed_is_lost_where_it_is_refused(leader: Giver, province: Province) -> None:
    answer = leader.post("new", **leader.fields("officer.x11", reason="Đi học ở Cần Thơ"))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert TICK in words(page)
    assert "Đi học ở Cần Thơ" in page
    assert f'value="{day(province, 1).isoformat()}"' in page
    assert " selected" in page


@pytest.mark.parametrize(
    ("first", "last", "said"),
    [
        (-1, 1, "Ngày bắt đầu không được ở quá khứ"),
        (1, 0, "Ngày kết thúc"),
        (0, 400, "không quá mười hai tháng"),
        (370, 380, "trước nhiều nhất mười hai tháng"),
    ],
)
def test_days_are_sane(leader: Giver, province: Province, first: int, last: int, said: str) -> None:
    between = {"valid_from": day(province, first).isoformat(), "valid_to": day(province, last).isoformat()}
    assert said in leader.refused("officer.x11", Verb.SIGN, **between)


@pytest.mark.parametrize("typed", ["", "mai", "31/12/2026", "0001-01-01", "9999-12-31", "2026-02-30"])
def test_a_day_that_is_none_is_told_at_its_field(leader: Giver, typed: str) -> None:
    assert "Nhập ngày" in leader.refused("officer.x11", Verb.SIGN, valid_to=typed)


def test_today_counts_and_yesterday_in_the_province_does_not(leader: Giver, province: Province) -> None:
    today = day(province, 0).isoformat()
    leader.lends("officer.x11", Verb.SIGN, valid_from=today, valid_to=today)


def test_nothing_is_lent_beyond_the_givers_own_post_or_account(leader: Giver, province: Province) -> None:
    last = day(province, 5)
    with writing(province):
        by(m.Post, account_id=by(m.Account, username="leader.x11").id).valid_to = last
    said = leader.refused("officer.x11", Verb.SIGN, valid_to=day(province, 6).isoformat())
    assert f"kết thúc ngày {last:%d/%m/%Y}" in said
    leader.lends("officer.x11", Verb.SIGN, valid_to=last.isoformat())


@pytest.mark.parametrize(
    "verbs", [["publish"], ["sign", "appraise"], ["lend"], ["report_staff", "nonsense"], ["sign_in"]]
)
def test_only_rights_of_the_own_post_are_lent(leader: Giver, verbs: list[str]) -> None:
    assert TICK in leader.refused("officer.x11", verbs=verbs)


def test_the_reason_is_compulsory(leader: Giver) -> None:
    for reason in ("", "   ", "\x00"):
        leader.refused("officer.x11", Verb.SIGN, reason=reason)
    leader.refused("officer.x11", Verb.SIGN, reason="x" * 501)


def test_a_receiver_is_a_usable_colleague_and_not_oneself(leader: Giver, province: Province) -> None:
    for login in ("leader.x11", "officer.x12", "manager.h1", "nobody"):
        assert "Hãy chọn người được ủy quyền" in leader.refused(login, Verb.SIGN)
    with writing(province):
        by(m.Account, username="officer.x11").active = False
    assert "Hãy chọn người được ủy quyền" in leader.refused("officer.x11", Verb.SIGN)
    assert "không còn ai khác" in words(leader.client.get(f"{PAGE}new"))


def test_the_same_rights_are_not_lent_twice_for_the_same_days(leader: Giver, province: Province) -> None:
    key = leader.lends("officer.x11", Verb.SIGN)
    said = leader.refused("officer.x11", Verb.SIGN, Verb.TAKE_BACK)
    assert f"“{vietnamese('Sign off')}” đã được ủy quyền cho Cán bộ Xã Ấp Bắc" in said
    later = {"valid_from": day(province, 2).isoformat(), "valid_to": day(province, 3).isoformat()}
    leader.lends("officer.x11", Verb.SIGN, **later)
    leader.lends("officer.x11", Verb.TAKE_BACK)  # another right
    leader.post(f"{key.partition(':')[2]}/revoke", reason="Đổi ý")
    leader.lends("officer.x11", Verb.SIGN)


def test_what_is_lent_is_not_lent_on(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.SIGN, Verb.LEND)
    officer = Giver(province, "officer.x11")
    assert choose(officer.client, key).status_code == 302
    assert vietnamese("You act by delegation: what was lent to you is not lent on.") in officer.page()
    before = count(province)
    for path in ("new", f"{key.partition(':')[2]}/revoke"):
        answer = officer.client.post(
            f"{PAGE}{path}",
            data={"csrf_token": token(officer.client, PAGE), **officer.fields("leader.x11", Verb.SIGN)},
        )
        assert answer.status_code in (403, 404)
    assert officer.client.get(f"{PAGE}new").status_code == 403
    assert count(province) == before


def test_a_seat_is_lent_by_so_noi_vu_only(province: Province) -> None:
    helper = Giver(province, "helper1.p")
    assert "do Sở Nội vụ ủy quyền" in helper.page()
    assert helper.post("new", **helper.fields("helper2.p", Verb.APPRAISE)).status_code == 403


def test_a_manager_finds_a_person_of_its_subtree_by_login_or_name(province: Province) -> None:
    manager = Giver(province, "manager.h1")
    assert "Cán bộ Xã Ấp Bắc (officer.x11)" in manager.client.get(f"{PAGE}people?query=officer.x1").json
    assert manager.client.get(f"{PAGE}people?query=officer.x2").json == []
    assert "officer.x21" in manager.refused("x", Verb.REMIND, receiver="officer.x21"), "typed, not found, kept"
    manager.lends("x", Verb.REMIND, receiver="cán bộ huyện đông thành")
    assert province.client("leader.x11").get(f"{PAGE}people?query=officer").json == []


def test_nobody_gets_the_judging_of_the_own_unit(province: Province) -> None:
    """The manager judges its communes: their people may remind for it, but enter no points of a superior."""
    manager = Giver(province, "manager.h1")
    said = manager.refused("x", Verb.SCORE_SUPERIOR, receiver="officer.x11")
    assert "thuộc đơn vị được đánh giá bằng các quyền này" in said
    manager.lends("x", Verb.REMIND, receiver="officer.x11")


def test_who_only_reads_lends_nothing_by_itself(province: Province) -> None:
    for login in ("observer", "auditor"):
        client = province.client(login)
        assert "Vai trò này do Sở Nội vụ ủy quyền" in words(client.get(PAGE))
        assert client.get(f"{PAGE}new").status_code == 403


def test_the_ways_lead_to_the_page(province: Province) -> None:
    client = province.client("leader.x11")
    for path in ("/", "/account/"):
        assert f'href="{PAGE}"' in client.get(path).get_data(as_text=True)


@pytest.mark.parametrize("how", [{"read_only": True}, {"fields": ("1",)}, {"units": ("X11",)}])
def test_a_restricted_giver_takes_back_what_it_lent(province: Province, how: dict[str, Any]) -> None:
    """The restriction closes lending; what runs already the giver ends itself, with its reason, under its own name."""
    manager = Giver(province, "manager.h1")
    key = manager.lends("officer.x11", Verb.REMIND, receiver="officer.x11")
    restrict(province, "manager.h1", **how)
    path = f"{key.partition(':')[2]}/revoke"
    assert f'href="{PAGE}{path}"' in manager.client.get(PAGE).get_data(as_text=True)
    assert "Lý do:" in words(manager.post(path, reason=" "))
    assert manager.post(path, reason="Không cần\x07 nữa").status_code == 422
    assert manager.post(path, reason="Không cần nữa").status_code == 302
    with province.system():
        made = db.session.scalars(select(m.Delegation)).one()
        assert (made.revoked_at is not None, made.revoke_reason) == (True, "Không cần nữa")
        entries = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.object_type == "Delegation"))
        told = [(entry.operation, entry.actor_name, entry.reason, entry.on_behalf_of) for entry in entries]
    assert told[-1] == ("update", "Phạm Huyện Một", "Không cần nữa", "")
    assert manager.post(path, reason="Lần nữa").status_code == 422


def test_a_delegation_is_taken_back_in_any_own_role_but_in_no_lent_one(province: Province) -> None:
    leader = Giver(province, "leader.x11")
    path = f"{leader.lends('officer.x11', Verb.SIGN).partition(':')[2]}/revoke"
    with writing(province):
        give_post("X12", "leader.x11", Function.OFFICER)
        second = by(m.Post, account_id=by(m.Account, username="leader.x11").id, function=Function.OFFICER).id
    borrowed = lend(province, "leader.x12", "leader.x11", Verb.SIGN)
    assert choose(leader.client, borrowed).status_code == 302
    assert leader.post(path, reason="vì").status_code == 404
    assert choose(leader.client, f"post:{second}").status_code == 302
    assert leader.post(path, reason="Đã về").status_code == 302
