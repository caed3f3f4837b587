"""The first page: what waits for each role; and nothing else before an issued password is changed."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from services import credentials
from tests.assessment.support import FULL, move_to_deadline, person, statements, vietnamese
from tests.support.world import PASSWORD, Province, token


def _home(province: Province, login: str) -> str:
    answer = province.client(login).get("/")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_unit_sees_its_form_with_deadline_progress_and_next_step(province: Province) -> None:
    officer = person(province, "officer.x11")
    page = _home(province, "officer.x11")
    assert f'href="{officer.url}"' in page
    assert vietnamese("Go on scoring: {left} items are open.", left=8) in page
    officer.send(FULL)
    page = _home(province, "officer.x11")
    assert "8/8 mục" in page
    assert vietnamese("All items are scored: check the form and tell your leader to sign it off.") in page
    assert vietnamese("All items are scored: check the form and sign it off.") in _home(province, "leader.x11")


def test_a_form_that_was_not_signed_is_called_not_submitted(province: Province) -> None:
    move_to_deadline(province, "X11", 1)
    page = _home(province, "officer.x11")
    assert vietnamese("Locked without signature: not submitted.") in page


def test_a_unit_reads_what_it_was_told_and_not_what_others_were(province: Province) -> None:
    with province.app.app_context(), system_scope("test"), system_act(Verb.REMIND, "test") as reminding:
        author = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        for code, words in (("X11", "Nhớ ký trước 17 giờ"), ("X12", "Chỉ dành cho xã khác")):
            unit = db.session.scalars(select(m.Unit).where(m.Unit.code == code)).one()
            db.session.add(
                m.Notice(
                    unit_id=unit.id,
                    message_id="Self-scoring has not begun.",
                    text=words,
                    author_id=author.id,
                    created_at=reminding.now,
                )
            )
    page = _home(province, "officer.x11")
    assert "Nhớ ký trước 17 giờ" in page
    assert "Chỉ dành cho xã khác" not in page


def test_a_helper_sees_the_assigned_fields_once_forms_are_locked(province: Province) -> None:
    assert vietnamese("No form is locked yet.") in _home(province, "helper1.p")
    move_to_deadline(province, "SA", 1)
    page = _home(province, "helper1.p")
    assert "Chỉ đạo, điều hành" in page
    assert "Thủ tục hành chính" not in page  # helper2 has that field
    assert vietnamese("%(count)s to appraise") % {"count": 4} in page  # four departments; districts have their own set


def test_a_superior_counts_the_forms_below_it_by_state(province: Province) -> None:
    page = _home(province, "manager.h1")
    assert "/progress/?" in page
    assert "Ấp Nam" not in page
    assert "Ấp Nam" not in _home(province, "observer")  # counts, not names


@pytest.mark.parametrize("login", ["auditor", "chair.h1", "observer", "admin", "leader.sa"])
def test_each_role_has_a_first_page(province: Province, login: str) -> None:
    assert vietnamese("My work") in _home(province, login)


def test_a_person_without_post_or_seat_is_told_so(province: Province) -> None:
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test"):
        post = db.session.scalars(
            select(m.Post).join(m.Account, m.Account.id == m.Post.account_id).where(m.Account.username == "officer.x11")
        ).one()
        post.valid_to = post.valid_from
    page = _home(province, "officer.x11")
    assert vietnamese("You hold no post or seat today, so there is nothing you may read or do here.") in page
    assert province.client("officer.x11").get(f"/assessments/{province.form_id('X11')}").status_code in (403, 404)


def test_the_first_page_costs_the_same_for_one_form_and_many(province: Province) -> None:
    client = province.client("manager.h1")
    with statements(province) as few:
        client.get("/")
    client = province.client("admin")
    with statements(province) as many:
        client.get("/")
    # Who keeps the accounts is told of staff changes that wait, and of alarms.
    told = [statement for statement in many if "staff_change" in statement or "'alarm'" in statement]
    assert len(told) == 2
    assert len(few) + len(told) == len(many) <= 22


def test_an_issued_password_is_changed_before_anything_else(province: Province) -> None:
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test") as doing:
        account = db.session.scalars(select(m.Account).where(m.Account.username == "officer.x11")).one()
        credentials.dated(account, doing.now)
    client = province.client("officer.x11")
    form_url = f"/assessments/{province.form_id('X11')}"
    csrf = token(client, "/password")
    for answer in (
        client.get("/"),
        client.get(form_url),
        client.post(f"{form_url}/scores", data={"csrf_token": csrf, "1.3:met": "1"}),
    ):
        assert (answer.status_code, answer.location) == (302, "/password")
    new = "mot mat khau khac, dai hon"
    answer = client.post("/password", data={"csrf_token": csrf, "old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 302
    assert client.get(form_url).status_code == 200
    with province.system():
        assert not db.session.scalars(select(m.Score)).all()


def test_sign_in_leads_back_to_the_form_that_was_asked_for(province: Province) -> None:
    form_url = f"/assessments/{province.form_id('X11')}"
    client = province.app.test_client()
    asked = client.get(form_url)
    assert asked.status_code == 302
    answer = client.post(
        asked.location,
        data={"username": "officer.x11", "password": PASSWORD, "csrf_token": token(client, asked.location)},
    )
    assert answer.location == form_url
