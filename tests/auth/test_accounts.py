"""Accounts: who makes them, whose they are, from when until when, and what is left unused."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import models as m
from extensions import db
from services.demo import PASSWORD as DEMO_PASSWORD
from tests.admin.desk import Desk, rows
from tests.auth.support import NEW, Person, account, change, now, set_rules
from tests.support.world import PASSWORD, Province


def run(app: Flask, *args: str) -> Any:
    return app.test_cli_runner().invoke(args=["accounts", *args])


def secret_of(output: str) -> str:
    found = re.search(r"\b[a-z2-9]{4}(?:-[a-z2-9]{4}){3}\b", output)
    assert found is not None, output
    return found[0]


PATHS = ("/register", "/signup", "/sign-up", "/users/new", "/account/new", "/accounts", "/forgot", "/reset-password")


def test_nobody_registers(province: Province) -> None:
    """AU-02: no such address; the account screens take nothing from anybody but who keeps accounts."""
    before = len(_accounts(province))
    nobody = Person(province, "")
    for path in PATHS:
        assert nobody.get(path).status_code == 404, path
    form = {"full_name": "Kẻ Lạ", "username": "ke.la", "unit": "SA", "active": "y"}
    for login in ("officer.x11", "leader.sa", "manager.h1", "observer", "auditor", "helper1.p", "chair.p"):
        person = Person(province, login).enters()
        for path in ("/admin/account/new/", "/admin/account/edit/?id=1"):
            assert person.post(path, form).status_code == 403, (login, path)
        for do in ("end", "reissue", "suspend", "restrict", "post"):
            assert person.post("/admin/account/access/?id=1", {"do": do, "reason": "vì"}).status_code == 403
    assert len(_accounts(province)) == before


def _accounts(province: Province) -> list[str]:
    with province.system():
        return list(db.session.scalars(select(m.Account.username)))


PAIRS = [
    (login, password)
    for login in ("admin", "administrator", "root", "snv.quantri", "quantri", "test")
    for password in ("admin", "password", "matkhau", "123456", DEMO_PASSWORD, "")
]


def test_a_fresh_installation_has_no_account(app: Flask) -> None:
    """AU-12: thirty pairs at the door of a new database, the demo's among them."""
    fresh = Province(app)
    assert _accounts(fresh) == []
    for number, (login, password) in enumerate(PAIRS):
        person = Person(fresh, login, f"10.1.0.{number}")
        assert person.tries(password).status_code == 422
        assert not person.inside


def test_the_first_administrator_comes_by_one_command_once(app: Flask) -> None:
    """AU-12: it needs the province; its password is one-time; afterwards the command is spent."""
    fresh = Province(app)
    assert run(app, "first-admin", "an.le", "--name", "Lê An").exit_code == 1, "no units yet"
    data = app.config["PARINDEX"].root / "data"
    for kind, file in (("unit-kinds", "unit_kinds.csv"), ("units", "units.csv")):
        answer = app.test_cli_runner().invoke(args=["import", kind, str(data / file)])
        assert answer.exit_code == 0, answer.output
    for wrong in (("Cán bộ", "Lê An"), ("an.le", " ")):
        assert run(app, "first-admin", wrong[0], "--name", wrong[1]).exit_code == 1
    assert _accounts(fresh) == []
    answer = run(app, "first-admin", "An.Le", "--name", "Lê An")
    assert answer.exit_code == 0, answer.output
    secret = secret_of(answer.output)
    again = run(app, "first-admin", "binh.le", "--name", "Lê Bình")
    assert again.exit_code == 1
    assert _accounts(fresh) == ["an.le"]
    person = Person(fresh, "an.le").enters(secret)
    assert person.get("/").location == "/password"
    assert person.changes(NEW, secret).status_code == 302
    assert person.get("/admin/account/").status_code == 200


def test_the_operator_lets_a_locked_out_administrator_in(province: Province) -> None:
    """AU-09, AU-12: break-glass: a one-time password from the server; sessions end, the trail says so."""
    person = Person(province, "admin").enters()
    answer = run(province.app, "reissue", "admin")
    assert answer.exit_code == 0, answer.output
    assert not person.inside
    again = Person(province, "admin").enters(secret_of(answer.output))
    assert "Người vận hành máy chủ đã cấp mật khẩu mới" in again.get("/password").get_data(as_text=True)
    with province.system():
        reasons = set(db.session.scalars(select(m.AuditEntry.reason)))
    assert "break-glass: reissue" in reasons
    assert run(province.app, "reissue", "khong.co").exit_code == 1


# One person, with dates


def test_an_account_is_one_named_person_with_unit_and_dates(province: Province) -> None:
    """AU-13: name and unit are asked for, the list and its export show them with the dates."""
    desk = Desk.of(province, "admin")
    new = {"full_name": "Lê Thị Mới", "username": "moi.le", "unit": "SA", "reason": "Công văn số 5"}
    assert desk.refused("account/new/", **{**new, "full_name": " "})
    assert desk.refused("account/new/", **new, valid_from="2025-02-01", valid_to="2025-01-31")
    assert desk.post("account/new/", **new, valid_from="2025-01-01", valid_to="2090-12-31").status_code == 200
    export = desk.client.get("/admin/account/export/csv/?search=moi.le").get_data(as_text=True)
    line = next(line for line in export.splitlines() if "moi.le" in line)
    assert "Lê Thị Mới" in line
    assert "Sở Tư pháp" in line
    assert "2025" in line
    assert "2090" in line


def test_first_and_last_day_bite_at_the_door_and_in_running_sessions(province: Province, monkeypatch: Any) -> None:
    """AU-13, AU-14: days of the province, the last one included."""
    set_rules(province, monkeypatch, idle_minutes=10**5, hours=10**4)
    today = now(province).astimezone().date()
    change(province, "officer.x11", valid_from=today + timedelta(days=3), valid_to=today + timedelta(days=5))
    assert not Person(province, "officer.x11").gets_in()
    province.move_clock(days=4)
    person = Person(province, "officer.x11", "10.0.0.2").enters()
    assert person.inside
    province.move_clock(days=7)
    assert not person.inside
    assert not Person(province, "officer.x11", "10.0.0.3").gets_in()


def test_nobody_ends_the_own_account(province: Province) -> None:
    """AU-13: so somebody who may keep accounts is always left."""
    desk = Desk.of(province, "admin")
    path = f"account/access/?id={account(province, 'admin').id}"
    for days in ({"valid_to": "2090-01-01"}, {"valid_from": "2090-01-01"}):
        assert desk.refused(path, do="days", reason="vì", version=1, **days)
    assert desk.refused(path, do="suspend", reason="vì")
    assert account(province, "admin").valid_to is None


@pytest.mark.parametrize("how", ["disabled", "ended"])
def test_taking_an_account_away_bites_on_the_next_request(province: Province, how: str) -> None:
    """AU-14: while a form is open: the next GET and the next POST are refused, nothing is saved."""
    person = Person(province, "officer.x11").enters()
    form = province.form_id("X11")
    assert person.get(f"/assessments/{form}").status_code == 200
    csrf = person.token()
    if how == "disabled":
        change(province, "officer.x11", active=False)
    else:
        change(province, "officer.x11", valid_to=now(province).date() - timedelta(days=2))
    answer = person.client.post(f"/assessments/{form}/scores", data={"csrf_token": csrf, "1.4:count": "1"})
    assert answer.location.startswith("/login")
    assert person.get(f"/assessments/{form}").location.startswith("/login")
    with province.system():
        assert db.session.scalars(select(m.Score)).all() == []


# Unused


def _use(province: Province, *logins: str) -> None:
    for login in logins:
        Person(province, login).enters()


def test_accounts_unused_for_45_days_are_listed(province: Province) -> None:
    """AU-15: by a filter of the account screen, and by the daily command, which disables nobody unless it is set to."""
    province.move_clock(days=30)
    _use(province, "officer.x11")
    province.move_clock(days=46)
    _use(province, "admin")
    desk = Desk.of(province, "admin")
    listed = rows(desk.get("account/?flt2_unused=1&page_size=100"))
    assert "officer.sa" in listed
    assert "officer.x11" not in listed
    answer = run(province.app, "unused")
    assert "officer.sa" in answer.output
    assert "officer.x11" not in answer.output
    assert account(province, "officer.sa").active


def test_disabling_them_spares_units_with_an_open_window_and_the_last_administrator(
    province: Province, monkeypatch: Any
) -> None:
    """AU-15: off by default; on, never an account whose unit has an open window."""
    set_rules(province, monkeypatch, disable_unused=True, unused_days=20)
    province.move_clock(days=25)  # appraisal and later stages are open for every unit of the round
    assert run(province.app, "unused").exit_code == 0
    assert all(account(province, login).active for login in ("officer.sa", "helper1.p", "manager.h1", "admin"))
    province.move_clock(days=60)  # every window is closed
    answer = run(province.app, "unused")
    assert answer.exit_code == 0
    assert not account(province, "officer.sa").active
    assert account(province, "admin").active, "somebody is left who lets people in"
    assert Person(province, "admin").gets_in(PASSWORD)
