"""The unit's leader lists staff changes: by form, one draft, sent once (Điều 8)."""

from __future__ import annotations

from datetime import timedelta

import pytest

import models as m
from rules.verbs import Verb
from rules.vocabulary import Function, StaffMove
from tests.access.steps import restrict
from tests.lending.support import BEHALF, borrower, lend
from tests.permissions.stages import by, give_post, writing
from tests.staff import steps
from tests.staff.steps import ADMIN, LEADER, OFFICER
from tests.support.world import Province, token


def test_the_leader_sees_who_is_in_the_unit_and_nobody_else(province: Province) -> None:
    page = steps.text(province.client(LEADER).get("/staff/"))
    assert "officer.x11" in page
    assert "Chuyên viên đơn vị" in page
    assert "x12" not in page


@pytest.mark.parametrize("login", [OFFICER, "manager.h1", ADMIN, "auditor", "helper.h1"])
def test_only_a_leader_reports(province: Province, login: str) -> None:
    assert province.client(login).get("/staff/").status_code == 403


@pytest.mark.parametrize("login", [LEADER, "manager.h1", "auditor"])
def test_only_the_province_decides(province: Province, login: str) -> None:
    assert province.client(login).get("/staff-requests/").status_code == 403


def test_rows_are_added_changed_and_taken_out_while_it_is_a_draft(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    steps.newcomer(leader, "Nguyễn  Văn Mới", day)
    steps.goes(leader, steps.account_id(province, OFFICER), "moved", day, destination="Sở Y tế")
    new, moved = steps.rows(province)
    assert (new.full_name, new.number, moved.number) == ("Nguyễn Văn Mới", 1, 2)
    assert (moved.full_name, moved.function) == ("Cán bộ Xã Ấp Bắc", "officer")
    given = {
        "version": str(moved.version), "account_id": str(moved.account_id), "move": "retired",
        "effective_on": (day + timedelta(days=5)).isoformat(), "destination": "", "note": "Đủ tuổi",
    }  # fmt: skip
    assert steps.post(leader, f"/staff/rows/{moved.id}", f"/staff/rows/{moved.id}", **given).status_code == 200
    changed = steps.rows(province)[1]
    assert (changed.move, changed.note, changed.destination) == (StaffMove.RETIRED, "Đủ tuổi", "")
    stale = steps.post(leader, f"/staff/rows/{moved.id}", f"/staff/rows/{moved.id}", **given)
    assert stale.status_code == 409, "a second tab with the row as it was"
    for row in steps.rows(province):
        steps.post(leader, f"/staff/rows/{row.id}/remove", "/staff/", version=str(row.version))
    assert steps.rows(province) == []
    assert steps.requests(province) == []


def test_pressed_twice_it_stands_once(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    assert steps.newcomer(leader, "Nguyễn Văn Mới", day).status_code == 200
    assert steps.newcomer(leader, "Nguyễn Văn Mới", day).status_code == 422
    person = steps.account_id(province, OFFICER)
    assert steps.goes(leader, person, "left", day).status_code == 200
    assert steps.goes(leader, person, "retired", day).status_code == 422, "one person, one row"
    number = steps.send(province, leader)
    again = steps.post(leader, f"/staff/{number}/send", "/staff/")
    assert again.status_code == 200
    assert "đã được gửi trước đó" in steps.text(again)
    assert steps.requests(province) == [(number, True)]
    assert steps.goes(leader, person, "left", day).status_code == 422, "still listed until it is decided"


def test_what_was_sent_is_closed_for_the_leader(province: Province) -> None:
    leader = province.client(LEADER)
    steps.newcomer(leader, "Nguyễn Văn Mới", steps.today(province))
    (row,) = steps.rows(province)
    assert f"/staff/rows/{row.id}" in leader.get("/staff/").get_data(as_text=True)
    steps.send(province, leader)
    csrf = token(leader, "/staff/")
    assert leader.get(f"/staff/rows/{row.id}").status_code == 409
    for path in (f"/staff/rows/{row.id}", f"/staff/rows/{row.id}/remove"):
        assert leader.post(path, data={"csrf_token": csrf, "version": "1"}).status_code == 409
    assert "Chờ Sở Nội vụ xử lý" in steps.text(leader.get("/staff/"))


def test_an_empty_draft_is_not_sent_and_a_strange_one_does_not_exist(province: Province) -> None:
    leader, other = province.client(LEADER), province.client("leader.x12")
    steps.newcomer(other, "Người Xã Khác", steps.today(province))
    (number,) = [id_ for id_, _ in steps.requests(province)]
    (row,) = steps.rows(province)
    for absent in (False, True):
        add = 10**6 if absent else 0
        for path in (f"/staff/{number + add}/send", f"/staff/rows/{row.id + add}/remove"):
            assert steps.post(leader, path, "/staff/", version="1").status_code == 404
    assert steps.requests(province) == [(number, False)]
    assert province.client(ADMIN).get(f"/staff-requests/{number}").status_code == 404, "a draft is its leader's"
    assert "Người Xã Khác" not in steps.text(leader.get("/staff/"))


@pytest.mark.parametrize("days", [-400, 400])
def test_a_day_out_of_bounds_is_told_at_its_field(province: Province, days: int) -> None:
    leader = province.client(LEADER)
    answer = steps.newcomer(leader, "Nguyễn Văn Mới", steps.today(province, days))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'id="new-effective_on-error"' in page
    assert 'value="Nguyễn Văn Mới"' in page, "what was typed stays"
    assert steps.requests(province) == []


def test_a_person_of_another_unit_answers_like_one_who_is_not_there(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    answers = []
    for person in (steps.account_id(province, "officer.x12"), 10**9, 2**70):
        answer = steps.goes(leader, person, "retired", day)
        assert answer.status_code == 422
        answers.append(steps.text(answer))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("full_name", ""),
        ("full_name", "A" * 121),
        ("full_name", "An\x00Bình"),
        ("email", "khong phai thu"),
        ("function", "manager"),
        ("function", "auditor"),
        ("effective_on", "31/02/2024"),
        ("effective_on", "0001-01-01"),
        ("note", "x" * 501),
    ],
)
def test_what_cannot_stand_is_told_and_nothing_is_kept(province: Province, field: str, value: str) -> None:
    leader = province.client(LEADER)
    given = {"kind": "new", "full_name": "Lê Thị B", "function": "officer",
             "effective_on": steps.today(province).isoformat(), field: value}  # fmt: skip
    answer = steps.post(leader, "/staff/rows", "/staff/", **{f"new-{key}": text for key, text in given.items()})
    assert answer.status_code == 422
    assert f'id="new-{field}-error"' in answer.get_data(as_text=True)
    assert steps.requests(province) == []


def test_what_no_longer_stands_is_not_sent(province: Province) -> None:
    """Between draft and sending Sở Nội vụ gave the person's account to another unit."""
    from extensions import db
    from permissions.gate import act
    from rules.verbs import Verb

    leader = province.client(LEADER)
    person = steps.account_id(province, OFFICER)
    steps.goes(leader, person, "retired", steps.today(province))
    other = province.id_of(m.Unit, code="X12")
    with province.acting(ADMIN), act(Verb.MANAGE_ACCOUNTS):
        db.session.get_one(m.Account, person).unit_id = other
        by(m.Post, account_id=person).valid_to = steps.today(province, -1)
    (number,) = [id_ for id_, _ in steps.requests(province)]
    answer = steps.post(leader, f"/staff/{number}/send", "/staff/")
    assert answer.status_code == 422
    assert "Cán bộ Xã Ấp Bắc" in steps.text(answer)
    assert steps.requests(province) == [(number, False)]


def test_somebody_with_a_further_post_in_the_unit_is_reported_by_its_leader(province: Province) -> None:
    """The unit gave the post, whichever unit keeps the account; who held one until yesterday is a stranger."""
    with writing(province):
        give_post("X11", "officer.x22", Function.OFFICER, since=-3)
        give_post("X11", "officer.x21", Function.OFFICER, since=-3, until=-1)
    leader = province.client(LEADER)
    page = steps.text(leader.get("/staff/"))
    assert "officer.x22" in page
    assert "officer.x21" not in page
    day = steps.today(province)
    person = steps.account_id(province, "officer.x22")
    assert steps.goes(leader, person, "moved", day, destination="Về đơn vị cũ").status_code == 200
    steps.send(province, leader)
    (row,) = steps.rows(province)
    assert steps.decide(province.client("admin"), row, to_unit="X22", function="leader").status_code == 200
    assert "officer.x22" not in steps.text(leader.get("/staff/")).partition("Nhân sự hiện có")[2]


def test_a_list_that_a_deputy_sent_says_in_whose_place(province: Province) -> None:
    """Whoever began the draft: named is who sent it, and for whom."""
    leader = province.client(LEADER)
    steps.newcomer(leader, "Nguyễn Văn Mới", steps.today(province, 1))
    key = lend(province, LEADER, OFFICER, Verb.REPORT_STAFF)
    number = steps.send(province, borrower(province, OFFICER, key))
    admin = province.client("admin")
    for page in (admin.get(f"/staff-requests/{number}"), admin.get("/staff-requests/"), leader.get("/staff/")):
        assert BEHALF in steps.text(page)


def test_a_leader_whose_access_is_restricted_is_told_and_offered_nothing(province: Province) -> None:
    restrict(province, LEADER, fields=("1",))
    answer = province.client(LEADER).get("/staff/")
    assert answer.status_code == 200
    assert "Gửi Sở Nội vụ" not in steps.text(answer)
    assert "hạn chế" in steps.text(answer)
    assert 'name="new-full_name"' not in answer.get_data(as_text=True)


def test_where_to_is_not_called_optional_to_be_demanded_then(province: Province) -> None:
    page = " ".join(steps.text(province.client(LEADER).get("/staff/")).split())
    assert "Nơi đến (không bắt buộc)" not in page
    assert "Nơi đến" in page
