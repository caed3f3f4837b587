"""What was typed before a session, or its token, had ended: it comes back, unsaved and marked (SE-05); without script."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.assessment.support import contents, scores
from tests.auth.support import PASSWORD, Person, change, code, set_rules
from tests.support.world import Province

HERE = {"Sec-Fetch-Site": "same-origin"}


def sealed(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found is not None, page
    return found[1]


def sheet(person: Person) -> dict[str, Any]:
    """Open the form and fill some of it in, as a person does."""
    form = person.province.form_id("X11")
    data = contents(person.get(f"/assessments/{form}").get_data(as_text=True))
    data["1.4:count"] = "2"
    data["1.3:met"] = "1"
    data["1.3:note"] = "Quyết định số 12"
    return data


def sends(person: Person, data: Any, **more: Any) -> Any:
    form = person.province.form_id("X11")
    headers = more.pop("headers", HERE)
    return person.client.post(
        f"/assessments/{form}/scores",
        data=data,
        headers=headers,
        environ_overrides={"REMOTE_ADDR": person.address},
        **more,
    )


@pytest.mark.parametrize("lapsed", ["session", "token", "cookie"])
def test_a_full_sheet_comes_back_unsaved_after_signing_in_again(province: Province, lapsed: str) -> None:
    """SE-05: the session ran out, its token is another, or the cookie is gone."""
    person = Person(province, "officer.x11").enters()
    data = sheet(person)
    if lapsed == "cookie":
        person.client.delete_cookie("parindex")
    else:
        province.move_clock(minutes=20)
    if lapsed == "token":
        with person.client.session_transaction() as session:
            session["csrf_token"] = "0" * 40
    answer = sends(person, data)
    assert answer.status_code == (401 if lapsed == "session" else 400)
    door = answer.get_data(as_text=True)
    assert "Quyết định số 12" not in door, "sealed"
    back = person.post("/login", {"username": "officer.x11", "password": PASSWORD, "kept": sealed(door)})
    page = back.get_data(as_text=True)
    assert back.status_code == 200, page
    assert "chưa lưu" in page
    returned = contents(page)
    assert returned["1.4:count"] == "2"
    assert returned["1.3:note"] == "Quyết định số 12"
    assert not scores(province, "X11")
    assert sends(person, returned).status_code == 302, "the new token is in the form"
    assert scores(province, "X11")["1.4"].inputs == {"count": "2"}


def test_a_sheet_as_long_as_a_form_may_be_comes_back(province: Province) -> None:
    """SE-05: the parcel fits through the door, whose form is no longer than any other."""
    person = Person(province, "officer.x11").enters()
    data = sheet(person)
    data["1.3:note"] = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(55_000))
    assert len(data["1.3:note"]) > 3_500_000
    province.move_clock(minutes=20)
    door = sends(person, data).get_data(as_text=True)
    back = person.post("/login", {"username": "officer.x11", "password": PASSWORD, "kept": sealed(door)})
    assert contents(back.get_data(as_text=True))["1.3:note"] == data["1.3:note"]


def test_a_lapsed_token_in_a_running_session_gives_the_values_back_at_once(province: Province) -> None:
    """SE-05: signed in again in another tab; nothing has to be typed twice."""
    person = Person(province, "officer.x11").enters()
    data = sheet(person)
    person.enters()
    answer = sends(person, data)
    assert answer.status_code == 400
    returned = contents(answer.get_data(as_text=True))
    assert returned["1.4:count"] == "2"
    assert not scores(province, "X11")
    assert sends(person, returned).status_code == 302


def test_the_code_of_the_second_factor_stands_between(province: Province) -> None:
    """SE-05, AU-11: the values travel on to the page after the code."""
    person = Person(province, "officer.x11").enters()
    totp, _codes = person.enrols()
    data = sheet(person)
    province.move_clock(minutes=20)
    door = sends(person, data).get_data(as_text=True)
    page = person.post("/login", {"username": "officer.x11", "password": PASSWORD, "kept": sealed(door)})
    assert page.status_code == 200
    back = person.post("/login/code", {"code": code(province, totp), "kept": sealed(page.get_data(as_text=True))})
    assert contents(back.get_data(as_text=True))["1.4:count"] == "2"


def test_they_come_back_to_their_own_account_only(province: Province) -> None:
    """SE-05: somebody else who signs in on this computer does not get them."""
    person = Person(province, "officer.x11").enters()
    data = sheet(person)
    province.move_clock(minutes=20)
    door = sends(person, data).get_data(as_text=True)
    other = person.post(
        "/login", {"username": "leader.x11", "password": PASSWORD, "kept": sealed(door)}, follow_redirects=True
    )
    page = other.get_data(as_text=True)
    assert "Quyết định số 12" not in page
    assert "thuộc tài khoản khác" in page


def test_other_forms_are_listed_and_sent_again(province: Province) -> None:
    """SE-05: any form of the product, without a line of its own."""
    person = Person(province, "officer.x11").enters()
    form = province.form_id("X11")
    path = f"/assessments/{form}/evidence/1.3"
    typed = {"title": "Kế hoạch số 5/KH-UBND", "number": "5/KH-UBND", "csrf_token": person.token()}
    province.move_clock(minutes=20)
    answer = person.client.post(path, data=typed, headers=HERE)
    assert answer.status_code == 401
    back = person.post(
        "/login", {"username": "officer.x11", "password": PASSWORD, "kept": sealed(answer.get_data(as_text=True))}
    )
    page = back.get_data(as_text=True)
    assert "Kế hoạch số 5/KH-UBND" in page
    assert f'action="{path}"' in page
    with province.system():
        assert db.session.scalars(select(m.Evidence)).all() == []
    assert person.post(path, {"title": typed["title"], "number": typed["number"]}).status_code in (302, 303)
    with province.system():
        assert db.session.scalars(select(m.Evidence.title)).one() == typed["title"]


@pytest.mark.parametrize("headers", [{}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
def test_another_site_puts_no_words_into_a_form(province: Province, headers: dict[str, str]) -> None:
    """SE-05, IN-03: only what our own pages sent is kept."""
    person = Person(province, "officer.x11")
    answer = sends(person, {"1.4:count": "9"}, headers=headers)
    assert 'name="kept"' not in answer.get_data(as_text=True)
    signed_in = Person(province, "officer.x11").enters()
    answer = sends(signed_in, {"1.4:count": "9", "csrf_token": "x"}, headers=headers)
    assert answer.status_code == 400
    assert 'value="9"' not in answer.get_data(as_text=True)


def test_a_forged_parcel_is_nothing(province: Province) -> None:
    """SE-05: sealed; what was altered does not come back, the sign-in goes on."""
    person = Person(province, "officer.x11")
    answer = person.post("/login", {"username": "officer.x11", "password": PASSWORD, "kept": "eyJhIjoxfQ.x.y"})
    assert answer.status_code == 302
    assert person.inside


def test_a_closed_form_gives_back_the_words_though_it_takes_them_no_more(province: Province, monkeypatch: Any) -> None:
    """SE-05: the deadline passed meanwhile; the typing is shown, to be copied."""
    set_rules(province, monkeypatch, hours=10**4)
    person = Person(province, "officer.x11").enters()
    data = sheet(person)
    province.move_clock(days=11)
    door = sends(person, data).get_data(as_text=True)
    back = person.post("/login", {"username": "officer.x11", "password": PASSWORD, "kept": sealed(door)})
    assert "Quyết định số 12" in back.get_data(as_text=True)
    assert not scores(province, "X11")


def test_passwords_are_never_kept(province: Province) -> None:
    """SE-05: forms of the own account do not travel."""
    person = Person(province, "officer.x11").enters()
    csrf = person.token()
    province.move_clock(minutes=20)
    for path in ("/password", "/account/factor/begin"):
        answer = person.client.post(
            path, data={"csrf_token": csrf, "old": PASSWORD, "password": PASSWORD}, headers=HERE
        )
        assert answer.location.startswith("/login"), path


# In place, by script


def asks(person: Person, path: str, data: dict[str, Any] | None = None) -> Any:
    headers = {"Accept": "application/json"}
    return person.post(path, data, headers=headers) if data is not None else person.get(path, headers=headers)


def test_a_script_signs_in_in_the_role_of_its_page_and_gets_the_new_token(province: Province) -> None:
    """SE-05: a small POST; the same account, the same authority, the token renewed."""
    person = Person(province, "officer.x11").enters()
    before = asks(person, "/login/state").get_json()
    province.move_clock(minutes=20)
    form = province.form_id("X11")
    saved = person.client.post(
        f"/assessments/{form}/scores/1.4",
        data={"csrf_token": before["csrf"], "1.4:count": "2", "1.4:version": "0"},
        headers={"Accept": "application/json"},
    )
    assert saved.status_code == 401
    assert saved.is_json
    assert asks(person, "/login/state").get_json()["account"] is None
    said = asks(person, "/login", {"username": "officer.x11", "password": "sai"})
    assert said.status_code == 422
    assert said.get_json()["why"]
    typed = {"username": "officer.x11", "password": PASSWORD, "authority": before["authority"]}
    after = asks(person, "/login", typed).get_json()
    assert (after["account"], after["authority"], after["waiting"]) == (before["account"], before["authority"], "")
    assert after["csrf"] != before["csrf"]
    saved = person.client.post(
        f"/assessments/{form}/scores/1.4",
        data={"csrf_token": after["csrf"], "1.4:count": "2", "1.4:version": "0"},
        headers={"Accept": "application/json"},
    )
    assert saved.status_code == 200


def test_an_authority_that_is_not_ones_own_is_not_taken(province: Province) -> None:
    """SE-02, SE-05: the role comes back only where it is still held."""
    foreign = f"post:{province.id_of(m.Post, account_id=province.id_of(m.Account, username='admin'))}"
    person = Person(province, "officer.x11")
    after = asks(person, "/login", {"username": "officer.x11", "password": PASSWORD, "authority": foreign}).get_json()
    assert after["authority"] != foreign
    assert person.get("/admin/account/").status_code == 403


def test_a_script_gives_the_code_as_well_and_learns_what_is_asked_first(province: Province) -> None:
    """SE-05, AU-11, AU-03."""
    person = Person(province, "officer.x11").enters()
    totp, _codes = person.enrols()
    province.move_clock(minutes=20)
    first = asks(person, "/login", {"username": "officer.x11", "password": PASSWORD}).get_json()
    assert first["code"] is True
    assert asks(person, "/login/code", {"code": "000000"}).get_json()["why"]
    assert asks(person, "/login/code", {"code": code(province, totp)}).get_json()["account"] is not None
    change(province, "leader.x11", must_change_password=True, issued_until=None)
    other = Person(province, "leader.x11")
    assert asks(other, "/login", {"username": "leader.x11", "password": PASSWORD}).status_code == 422
