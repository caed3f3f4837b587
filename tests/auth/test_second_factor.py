"""The second factor: codes once, in time, throttled; a seed shown once; compulsory where set; lost and reset."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.admin.desk import Desk
from tests.auth.support import PASSWORD, Person, account, code, now, set_rules, trail
from tests.support.world import Province


@pytest.fixture
def later(province: Province) -> Callable[..., None]:
    """Set the clock to the beginning of a half minute, so that no step ends within a test; ``later(minutes=1)`` goes on."""
    start = 31 - int(now(province).timestamp()) % 30
    province.move_clock(seconds=start)
    return lambda **delta: province.move_clock(seconds=start + timedelta(**delta).total_seconds())


@pytest.fixture
def person(province: Province, later: Callable[..., None]) -> Person:
    return Person(province, "officer.x11").enters()


def gives(person: Person, given: str) -> int:
    return person.post("/login/code", {"code": given}).status_code


def test_the_password_alone_opens_nothing(province: Province, person: Person, later: Callable[..., None]) -> None:
    """AU-11: after the password only the page of the code is open; with the code all is."""
    totp, _codes = person.enrols()
    later(minutes=1)
    other = Person(province, "officer.x11")
    answer = other.tries()
    assert answer.location.startswith("/login/code")
    for path in ("/", "/password", "/account/", f"/assessments/{province.form_id('X11')}"):
        assert other.get(path).location.startswith("/login"), path
    assert other.get("/login/state").get_json()["account"] is None
    assert gives(other, code(province, totp)) == 302
    assert other.inside


def test_a_code_works_once(province: Province, person: Person, later: Callable[..., None]) -> None:
    """AU-11: neither the code that put the factor in force, nor one used at the door, is taken again, nor an earlier one."""
    totp, _codes = person.enrols()
    first, second = (Person(province, "officer.x11") for _ in range(2))
    first.tries()
    assert gives(first, code(province, totp)) == 422, "used when it was put in force"
    later(seconds=30)
    assert gives(first, code(province, totp)) == 302
    second.tries()
    assert gives(second, code(province, totp)) == 422
    assert gives(second, code(province, totp, -1)) == 422
    assert not second.inside


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
def test_clocks_may_differ_by_one_step(
    province: Province, person: Person, later: Callable[..., None], steps: int, status: int
) -> None:
    """AU-11: ±30 seconds, by the database clock."""
    totp, _codes = person.enrols()
    later(minutes=5)
    other = Person(province, "officer.x11")
    other.tries()
    assert gives(other, code(province, totp, steps)) == status


def test_codes_are_not_guessed(province: Province, person: Person, later: Callable[..., None]) -> None:
    """AU-11: of a hundred guesses five are looked at; then even the right code waits."""
    totp, _codes = person.enrols()
    later(minutes=2)
    other = Person(province, "officer.x11", "10.4.4.4")
    other.tries()
    right = code(province, totp)
    for n in range(30):
        guess = f"{n:06d}"
        assert guess == right or gives(other, guess) == 422
    assert gives(other, right) == 422
    assert not other.inside


def test_the_page_of_the_code_closes_after_ten_minutes(
    province: Province, person: Person, later: Callable[..., None]
) -> None:
    """AU-11: by the database clock; then the password is asked for again."""
    totp, _codes = person.enrols()
    other = Person(province, "officer.x11")
    other.tries()
    later(minutes=11)
    answer = other.post("/login/code", {"code": code(province, totp)})
    assert answer.location.startswith("/login")
    assert not other.inside


def test_the_seed_is_shown_once_and_its_letters_in_no_trace(province: Province, person: Person) -> None:
    """AU-11: on one answer, as a picture and in letters; masked in the audit, and on no later page."""
    page = person.post("/account/factor/begin", {"password": PASSWORD}).get_data(as_text=True)
    assert "<svg" in page
    assert "style=" not in page
    seed = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1]
    with province.system():
        stored = db.session.scalars(select(m.SecondFactor.secret)).one()
        told = str(db.session.execute(select(m.AuditEntry.object_type, m.AuditEntry.changes)).all())
    assert stored == seed.replace(" ", "")
    assert stored not in told
    assert "'secret': ['•••', '•••']" in told
    later = [
        person.post("/account/factor/confirm", {"code": "000000"}).get_data(as_text=True),
        person.get("/account/factor").get_data(as_text=True),
        person.get("/account/").get_data(as_text=True),
    ]
    assert not [page for page in later if seed in page or stored in page or "<svg" in page]


def test_setting_up_asks_for_the_password_and_a_first_code(province: Province, person: Person) -> None:
    """AU-11: a wrong first code puts nothing in force; the other sessions end when a right one does."""
    other = Person(province, "officer.x11").enters()
    assert person.post("/account/factor/begin", {"password": "sai rồi"}).status_code == 422
    person.post("/account/factor/begin", {"password": PASSWORD})
    assert person.post("/account/factor/confirm", {"code": "123456"}).status_code == 422
    assert Person(province, "officer.x11").tries().location == "/"
    person.enrols()
    assert person.inside
    assert not other.inside


def test_recovery_codes_open_once_and_are_kept_as_hashes(province: Province, person: Person) -> None:
    """AU-11: ten, shown once; each in place of a code, a single time."""
    _totp, codes = person.enrols()
    assert len(set(codes)) == 10
    with province.system():
        stored = set(db.session.scalars(select(m.RecoveryCode.code_hash)))
    assert len(stored) == 10
    assert not stored & set(codes)
    assert codes[0] not in person.get("/account/").get_data(as_text=True)
    first, second = (Person(province, "officer.x11") for _ in range(2))
    first.tries()
    assert gives(first, codes[0].upper().replace("-", " ")) == 302
    second.tries()
    assert gives(second, codes[0]) == 422
    assert gives(second, codes[1]) == 302
    assert "còn 8 mã dự phòng" in second.get("/account/").get_data(as_text=True)


def test_new_recovery_codes_replace_the_former(province: Province, person: Person, later: Callable[..., None]) -> None:
    """AU-11: asked for with a code; what was on the old paper is dead."""
    totp, former = person.enrols()
    later(minutes=1)
    assert person.post("/account/factor/codes", {"code": "000000"}).status_code == 422
    page = person.post("/account/factor/codes", {"code": code(province, totp)}).get_data(as_text=True)
    new = re.findall(r"<li><code>([a-z0-9-]+)</code>", page)
    other = Person(province, "officer.x11")
    other.tries()
    assert gives(other, former[0]) == 422
    assert gives(other, new[0]) == 302


def test_taking_it_away_asks_for_password_and_code(
    province: Province, person: Person, later: Callable[..., None]
) -> None:
    """AU-11: who finds a browser open cannot."""
    totp, _codes = person.enrols()
    later(minutes=1)
    right = code(province, totp)
    assert person.post("/account/factor/remove", {"password": "sai rồi", "code": right}).status_code == 422
    assert person.post("/account/factor/remove", {"password": PASSWORD, "code": "000000"}).status_code == 422
    assert person.post("/account/factor/remove", {"password": PASSWORD, "code": right}).status_code == 302
    assert Person(province, "officer.x11").tries().location == "/"


@pytest.mark.parametrize(
    ("setting", "login", "compulsory"),
    [
        ("off", "admin", False),
        ("administrators", "admin", True),
        ("administrators", "officer.x11", False),
        ("administrators", "manager.h1", False),
        ("all", "officer.x11", True),
    ],
)
def test_it_is_compulsory_where_the_setting_says(
    province: Province, monkeypatch: Any, setting: str, login: str, compulsory: bool
) -> None:
    """AU-11: until it is set up nothing else opens."""
    set_rules(province, monkeypatch, totp=setting)
    someone = Person(province, login).enters()
    if not compulsory:
        assert someone.inside
        return
    for path in ("/", "/account/", "/password", "/admin/account/", "/results/"):
        assert someone.get(path).location == "/account/factor", path
    someone.enrols()
    assert someone.inside


def test_so_noi_vu_resets_it_with_a_reason_and_the_person_is_told(
    province: Province, person: Person, later: Callable[..., None]
) -> None:
    """AU-11, AU-16: in the account screen; sessions end, the trail names who and why."""
    person.enrols()
    desk = Desk.of(province, "admin")
    id_ = account(province, "officer.x11").id
    path = f"account/access/?id={id_}"
    assert desk.refused(path, do="reset", reason=" ")
    assert person.inside, "without a reason nothing happens"
    later(seconds=2)
    desk.saved(path, do="reset", reason="Mất điện thoại, đã gặp trực tiếp")
    assert not person.inside
    ((object_id, name, _address),) = trail(province, "delete")
    assert (object_id, name) == (str(id_), "Nguyễn Quản Trị")
    again = Person(province, "officer.x11").enters()
    assert "đã gỡ xác thực hai lớp của tài khoản này" in again.get("/").get_data(as_text=True)
    with province.system():
        assert db.session.scalars(select(m.RecoveryCode)).all() == []


def test_the_operator_resets_it_from_the_server(province: Province, person: Person) -> None:
    """AU-09, AU-11: break-glass."""
    person.enrols()
    answer = province.app.test_cli_runner().invoke(args=["accounts", "reset-factor", "officer.x11"])
    assert answer.exit_code == 0, answer.output
    assert Person(province, "officer.x11").tries().location == "/"


def test_a_short_password_is_changed_when_the_factor_is_gone(province: Province, monkeypatch: Any) -> None:
    """AU-04, AU-11: what was enough beside a code is not enough alone."""
    set_rules(province, monkeypatch, password_length_totp=8)
    person = Person(province, "officer.x11").enters()
    person.enrols()
    assert person.changes("mèo trên mái").status_code == 302
    province.app.test_cli_runner().invoke(args=["accounts", "reset-factor", "officer.x11"])
    again = Person(province, "officer.x11").enters("mèo trên mái")
    assert again.get("/").location == "/password"
    assert again.changes("mèo nằm trên mái ngói", "mèo trên mái").status_code == 302
    assert again.inside
