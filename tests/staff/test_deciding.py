"""Sở Nội vụ decides row by row, and the act follows: accounts, posts, seats and sessions (Điều 8, 9.1)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import act
from rules.verbs import Verb
from rules.vocabulary import Function, StaffDecision
from tests.lending.support import lend
from tests.permissions.stages import by, writing
from tests.staff import steps
from tests.staff.steps import ADMIN, LEADER, OFFICER
from tests.support.world import PASSWORD, Province, token


def held(province: Province, login: str) -> set[tuple[str, str, bool]]:
    """Return the posts of a person: unit, function, whether they hold today."""
    today = steps.today(province)
    with province.system():
        found = db.session.execute(
            select(m.Unit.code, m.Post.function, m.Post.valid_from, m.Post.valid_to)
            .join(m.Unit, m.Unit.id == m.Post.unit_id)
            .join(m.Account, m.Account.id == m.Post.account_id)
            .where(m.Account.username == login)
        )
        return {
            (code, function.value, first <= today and (last is None or last >= today))
            for code, function, first, last in found
        }


def account(province: Province, login: str) -> m.Account:
    with province.system():
        found = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        db.session.expunge(found)
        return found


def test_somebody_recruited_gets_a_login_and_a_post(province: Province) -> None:
    (row,) = steps.reported(province, {"name": "Đặng Thị  Ánh Tuyết", "day": steps.today(province), "email": "at@x.vn"})
    admin = province.client(ADMIN)
    shown = admin.get(f"/staff-requests/{row.request_id}").get_data(as_text=True)
    assert 'value="tuyetdta.x11"' in shown
    answer = steps.decide(admin, row, username="Tuyetdta.x11", function="officer")
    secret = re.search(r"<code>([a-z0-9-]{19})</code>", answer.get_data(as_text=True))
    assert secret is not None, steps.text(answer)
    made = account(province, "tuyetdta.x11")
    assert (made.full_name, made.email, made.unit_id) == (
        "Đặng Thị Ánh Tuyết",
        "at@x.vn",
        province.id_of(m.Unit, code="X11"),
    )
    assert held(province, "tuyetdta.x11") == {("X11", "officer", True)}
    assert province.client("tuyetdta.x11", secret[1]).get("/").location == "/password"
    (after,) = steps.rows(province)
    assert (after.decision, after.account_id) == (StaffDecision.DONE, made.id)
    assert secret[1] not in admin.get(f"/staff-requests/{row.request_id}").get_data(as_text=True)


def test_a_login_that_is_taken_or_cannot_be_typed_is_refused_at_its_field(province: Province) -> None:
    (row,) = steps.reported(province, {"name": "Lê Văn A", "day": steps.today(province)})
    admin = province.client(ADMIN)
    for login in ("officer.x12", "Lê Văn A", "", "x" * 200):
        answer = steps.decide(admin, row, username=login, function="officer")
        assert answer.status_code == 422, login
        assert f"row-{row.id}-username-error" in answer.get_data(as_text=True)
    assert steps.decide(admin, row, username="ava.x11", function="manager").status_code == 422
    assert steps.rows(province)[0].decision is StaffDecision.PENDING


def test_somebody_who_comes_from_another_unit_keeps_the_login(province: Province) -> None:
    (row,) = steps.reported(province, {"name": "Cán bộ Xã Đức Hòa", "day": steps.today(province)})
    answer = steps.decide(province.client(ADMIN), row, existing="officer.x12", function="officer", username="x.x11")
    assert answer.status_code == 200, steps.text(answer)
    assert held(province, "officer.x12") == {("X12", "officer", True), ("X11", "officer", True)}
    assert account(province, "officer.x12").unit_id == province.id_of(m.Unit, code="X12"), "the first unit keeps it"
    with province.system():
        assert db.session.scalar(select(m.Account.id).where(m.Account.username == "x.x11")) is None


@pytest.mark.parametrize("login", ["officer.x22", "officer.x12"])
def test_a_login_of_somebody_else_or_that_has_ended_is_not_taken(province: Province, login: str) -> None:
    """A name is compared without marks and capitals; whose login it is, is said."""
    (row,) = steps.reported(province, {"name": "CAN BO  Xã Đức Hòa", "day": steps.today(province)})
    before = held(province, login)
    with writing(province):
        by(m.Account, username="officer.x12").valid_to = steps.today(province, -3)
    answer = steps.decide(province.client(ADMIN), row, existing=login, function="leader")
    assert answer.status_code == 422
    said = {
        "officer.x22": "Tên đăng nhập này là của Cán bộ Phường Định Quán, không phải của CAN BO Xã Đức Hòa",
        "officer.x12": "Tài khoản này đã kết thúc ngày",
    }
    assert said[login] in steps.text(answer)
    assert held(province, login) == before
    assert account(province, "officer.x12").valid_to == steps.today(province, -3)


def test_nobody_is_recruited_into_a_unit_that_has_ended(province: Province) -> None:
    (row,) = steps.reported(province, {"name": "Nguyễn Văn Mới", "day": steps.today(province, 5)})
    with writing(province):
        by(m.Unit, code="X11").valid_to = steps.today(province, 2)
    answer = steps.decide(province.client(ADMIN), row, username="moi.x11", function="officer")
    assert answer.status_code == 422
    assert "Xã Ấp Bắc đã kết thúc ngày" in steps.text(answer)
    assert "moi.x11" in answer.get_data(as_text=True)


@pytest.mark.parametrize("field", ["username", "existing", "to_unit"])
def test_signs_that_no_database_keeps_are_told_at_their_field(province: Province, field: str) -> None:
    new, gone = steps.reported(
        province,
        {"name": "Nguyễn Văn Mới", "day": steps.today(province)},
        {"login": OFFICER, "move": "moved", "day": steps.today(province), "destination": "Sở Y tế"},
    )
    row = gone if field == "to_unit" else new
    answer = steps.decide(
        province.client(ADMIN), row, function="officer", answer="Đã có quyết định.", **{field: "x12\x00"}
    )
    assert answer.status_code == 422
    assert "ký tự không lưu được" in steps.text(answer)
    assert "Đã có quyết định." in steps.text(answer)


def test_what_a_superior_lent_is_shown_beside_a_move(province: Province) -> None:
    """It stays with the person: whether it still fits is for Sở Nội vụ to see, before the decision and after."""
    lend(province, "manager.h1", OFFICER, Verb.REMIND, until=30)
    (row,) = steps.reported(
        province, {"login": OFFICER, "move": "moved", "day": steps.today(province), "destination": "X21"}
    )
    admin = province.client(ADMIN)
    page = f"/staff-requests/{row.request_id}"
    assert "Phạm Huyện Một, Huyện Đông Thành" in steps.text(admin.get(page))
    steps.decide(admin, row, to_unit="X21", function="officer")
    assert "Phạm Huyện Một, Huyện Đông Thành" in steps.text(admin.get(page))


def test_somebody_who_moves_leaves_one_unit_and_is_in_the_other(province: Province) -> None:
    (row,) = steps.reported(
        province, {"login": OFFICER, "move": "moved", "day": steps.today(province), "destination": "Xã Đức Hòa"}
    )
    moved = province.client(OFFICER)
    form = province.form_id("X11")
    assert moved.get(f"/assessments/{form}").status_code == 200
    answer = steps.decide(province.client(ADMIN), row, to_unit="Xã Đức Hòa (X12)", function="officer")
    assert answer.status_code == 200, steps.text(answer)
    assert held(province, OFFICER) == {("X11", "officer", False), ("X12", "officer", True)}
    assert account(province, OFFICER).unit_id == province.id_of(m.Unit, code="X12")
    assert moved.get(f"/assessments/{form}").status_code == 404, "in the session that goes on"
    assert moved.get(f"/assessments/{province.form_id('X12')}").status_code == 200


def test_a_unit_is_meant_by_code_or_whole_name_alone(province: Province) -> None:
    (row,) = steps.reported(
        province, {"login": OFFICER, "move": "moved", "day": steps.today(province), "destination": "Huyện"}
    )
    admin = province.client(ADMIN)
    for typed in ("", "zzz", "Đức", "xa duc hoa", "Huyện Đông", "()", "X11", "Xã Ấp Bắc (X11)"):
        answer = steps.decide(admin, row, to_unit=typed, function="officer")
        assert answer.status_code == 422, typed
        assert f"row-{row.id}-to_unit-error" in answer.get_data(as_text=True), typed
    assert steps.decide(admin, row, to_unit="huyện  Đông Thạnh", function="officer").status_code == 200
    assert held(province, OFFICER) == {("X11", "officer", False), ("H2", "officer", True)}


def test_a_move_ahead_changes_nothing_before_its_day(province: Province) -> None:
    day = steps.today(province, 3)
    (row,) = steps.reported(province, {"login": OFFICER, "move": "moved", "day": day, "destination": "Huyện"})
    steps.decide(province.client(ADMIN), row, to_unit="H1", function="officer")
    assert held(province, OFFICER) == {("X11", "officer", True), ("H1", "officer", False)}
    assert province.client(OFFICER).get(f"/assessments/{province.form_id('X11')}").status_code == 200
    province.move_clock(days=3)
    assert held(province, OFFICER) == {("X11", "officer", False), ("H1", "officer", True)}
    assert province.client(OFFICER).get(f"/assessments/{province.form_id('X11')}").status_code == 404


def test_who_retired_is_out_at_once(province: Province) -> None:
    with province.system():
        helper = db.session.scalars(
            select(m.Seat).where(m.Seat.account_id == steps.account_id(province, "helper.h1"))
        ).one()
        seat = helper.id
    leader = province.client("leader.h1")
    steps.goes(leader, steps.account_id(province, "helper.h1"), "retired", steps.today(province))
    steps.send(province, leader)
    (row,) = steps.rows(province)
    retired = province.client("helper.h1")
    assert retired.get("/").status_code == 200
    assert steps.decide(province.client(ADMIN), row).status_code == 200
    assert retired.get("/").status_code == 302, "the running session has ended"
    data = {"username": "helper.h1", "password": PASSWORD, "csrf_token": token(retired)}
    assert retired.post("/login", data=data).status_code == 422
    with province.system():
        assert db.session.get_one(m.Seat, seat).valid_to == steps.today(province, -1)
    assert account(province, "helper.h1").valid_to == steps.today(province, -1)


def test_a_refusal_needs_its_answer_and_changes_nothing_else(province: Province) -> None:
    (row,) = steps.reported(province, {"login": OFFICER, "move": "left", "day": steps.today(province)})
    admin = province.client(ADMIN)
    assert steps.decide(admin, row, do="refuse", answer="  ").status_code == 422
    assert steps.decide(admin, row, do="refuse", answer="Chưa có quyết định thôi việc.").status_code == 200
    assert held(province, OFFICER) == {("X11", "officer", True)}
    leader = province.client(LEADER)
    assert "Chưa có quyết định thôi việc." in steps.text(leader.get("/staff/"))
    said = "Sở Nội vụ đã xử lý dòng 1 trong danh sách số"
    assert said in steps.text(leader.get("/")), "told on the first page"
    # Everybody of the unit reads that; on whom, and what was decided, the leader alone.
    colleague = steps.text(province.client(OFFICER).get("/"))
    assert said in colleague
    assert "Chưa có quyết định thôi việc." not in colleague


def test_of_two_decisions_on_one_row_the_second_is_told(province: Province) -> None:
    (row,) = steps.reported(province, {"login": OFFICER, "move": "retired", "day": steps.today(province)})
    admin = province.client(ADMIN)
    steps.decide(admin, row, do="refuse", answer="Không đúng người.")
    answer = steps.decide(admin, row, answer="Đồng ý cho nghỉ từ hôm nay.")
    assert answer.status_code == 409
    assert "Đồng ý cho nghỉ từ hôm nay." in steps.text(answer), "what was typed is still there"
    assert "Không đúng người." in steps.text(answer)
    assert account(province, OFFICER).valid_to is None
    assert held(province, OFFICER) == {("X11", "officer", True)}


def report_of_the_administrator(province: Province) -> m.StaffChange:
    """Let a leader of the province's own office report that the administrator retires."""
    root = province.id_of(m.Unit, code="P")
    day = steps.today(province, -1)
    person = steps.account_id(province, "leader.snv")
    with province.acting(ADMIN), act(Verb.MANAGE_ACCOUNTS):
        post = m.Post(account_id=person, unit_id=root, function=Function.LEADER, valid_from=day)
        db.session.add(post)
        db.session.flush()
        key = f"post:{post.id}"
    leader = province.client("leader.snv")
    with leader.session_transaction() as session:
        session["authority"] = key
    answer = steps.goes(leader, steps.account_id(province, ADMIN), "retired", steps.today(province))
    assert answer.status_code == 200, steps.text(answer)
    steps.send(province, leader)
    (row,) = steps.rows(province)
    return row


def test_nobody_decides_about_oneself(province: Province) -> None:
    row = report_of_the_administrator(province)
    admin = province.client(ADMIN)
    assert f"row-{row.id}-answer" not in admin.get(f"/staff-requests/{row.request_id}").get_data(as_text=True)
    assert steps.decide(admin, row).status_code == 422
    assert held(province, ADMIN) == {("P", "manager", True)}


def test_a_deputy_does_not_end_the_last_administrator(province: Province) -> None:
    row = report_of_the_administrator(province)
    receiver, today = steps.account_id(province, "officer.snv"), steps.today(province)
    with province.acting(ADMIN), act(Verb.MANAGE_ACCOUNTS):
        post = db.session.scalars(select(m.Post).where(m.Post.account_id == steps_account(ADMIN))).one()
        lent = m.Delegation(
            post_id=post.id, receiver_id=receiver, unit_id=post.unit_id, verbs=["manage_accounts", "read"],
            valid_from=today, valid_to=today, reason="nghỉ phép",
        )  # fmt: skip
        db.session.add(lent)
        db.session.flush()
        key = f"delegation:{lent.id}"
    deputy = province.client("officer.snv")
    with deputy.session_transaction() as session:
        session["authority"] = key
    answer = steps.decide(deputy, row)
    assert answer.status_code == 422, steps.text(answer)
    assert held(province, ADMIN) == {("P", "manager", True)}
    assert account(province, ADMIN).valid_to is None


def test_what_was_lent_by_the_unit_ends_with_the_move(province: Province) -> None:
    """Else who moved away would go on acting for its leader."""
    (row,) = steps.reported(
        province, {"login": OFFICER, "move": "moved", "day": steps.today(province), "destination": "Xã Đức Hòa"}
    )
    today = steps.today(province)
    person = steps.account_id(province, OFFICER)
    with province.acting(ADMIN), act(Verb.MANAGE_ACCOUNTS):
        post = db.session.scalars(select(m.Post).where(m.Post.account_id == steps_account(LEADER))).one()
        db.session.add(
            m.Delegation(
                post_id=post.id,
                receiver_id=person,
                unit_id=post.unit_id,
                verbs=["read", "sign"],
                valid_from=steps.today(province, -2),
                valid_to=steps.today(province, 9),
                reason="đi công tác",
            )
        )
    moved = province.client(OFFICER)
    assert moved.get(f"/assessments/{province.form_id('X11')}").status_code == 200
    steps.decide(province.client(ADMIN), row, to_unit="X12", function="officer")
    assert moved.get(f"/assessments/{province.form_id('X11')}").status_code == 404
    with province.system():
        assert db.session.scalars(select(m.Delegation.valid_to)).one() < today


def test_the_trail_of_a_decision_names_the_request(province: Province) -> None:
    (row,) = steps.reported(province, {"login": OFFICER, "move": "retired", "day": steps.today(province)})
    steps.decide(province.client(ADMIN), row, answer="Theo Quyết định 12.")
    with province.system():
        entries = db.session.execute(
            select(m.AuditEntry.object_type, m.AuditEntry.reason, m.AuditEntry.actor_name).where(
                m.AuditEntry.verb == "manage_accounts"
            )
        ).all()
    assert {"Account", "Post", "StaffChange", "Notice"} <= {entry.object_type for entry in entries}
    (reason,) = {entry.reason for entry in entries}
    assert f"{row.request_id}" in reason
    assert "Xã Ấp Bắc" in reason
    assert "Cán bộ Xã Ấp Bắc" in reason
    assert reason.endswith("Theo Quyết định 12.")


def steps_account(login: str) -> int:
    return db.session.scalars(select(m.Account.id).where(m.Account.username == login)).one()
