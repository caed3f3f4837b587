"""Sessions: cookies, limits, where one is signed in, and that an ended one is dead for every copy."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

import models as m
from app import create_app
from config import Config, ConfigError
from extensions import db
from tests.admin.desk import Desk
from tests.auth.support import NEW, Person, account, set_rules
from tests.permissions.crawl import Crawler, rules_of
from tests.permissions.readers import READERS, Everything
from tests.support.world import PASSWORD, Province

KEY = "Vk3pQ9xT7mZrW2nLh8sYc5uJd4gFb6eA"
OTHER = "hB2rN8vX4kQ6tM1zL9wP5cJ7yS3fD0gU"


def cookie(person: Person) -> str:
    found = person.client.get_cookie("parindex")
    assert found is not None
    return str(found.value)


def replay(person: Person, value: str) -> Person:
    """Return another browser that holds a captured cookie."""
    thief = Person(person.province, person.login, "10.66.6.6")
    thief.client.set_cookie("parindex", value)
    return thief


def secure(province: Province, **changes: Any) -> Flask:
    """Return the application of the same province as production runs it."""
    config = replace(province.app.config["PARINDEX"], https=True, secret_key=KEY, **changes)
    return create_app(config)


def test_the_cookie_of_every_reply_is_closed_and_small(full: Province) -> None:
    """SE-01: HttpOnly, SameSite, at most 4096 bytes, on every page that sets one."""
    with full.system():
        all_ = Everything.read()
    crawler = Crawler(full, next(reader for reader in READERS if reader.login == "admin"), all_)
    seen = 0
    for rule in rules_of(full.app, "GET"):
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        for set_cookie in crawler.client.get(url).headers.getlist("Set-Cookie"):
            seen += 1
            assert len(set_cookie) <= 4096, url
            assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in set_cookie.split(";")}, url
            assert "Expires" not in set_cookie or "1970" in set_cookie, "ends with the browser"
    Person(full, "officer.x11").enters()
    assert seen


def test_production_is_secure_and_leads_to_https(province: Province) -> None:
    """SE-01: Secure, __Host-, HSTS; a plain request is led to the same address under HTTPS, a post refused."""
    app = secure(province)
    client = app.test_client()
    plain = client.get("/login?next=/results/", base_url="http://localhost")
    assert (plain.status_code, plain.location) == (308, "https://localhost/login?next=/results/")
    assert client.post("/login", base_url="http://localhost").status_code == 403
    assert client.get("/healthz", base_url="http://localhost").status_code == 200, "asked by the machine itself"
    answer = client.get("/login", base_url="https://localhost")
    assert answer.status_code == 200
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    set_cookie = answer.headers["Set-Cookie"]
    assert set_cookie.startswith("__Host-parindex=")
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in set_cookie.split(";")}
    with app.app_context():
        db.engine.dispose()


def test_a_start_without_https_warns(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """SE-01."""
    monkeypatch.delenv("FLASK_RUN_FROM_CLI", raising=False)
    create_app(Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path)}))
    assert "PARINDEX_HTTPS" in caplog.text
    caplog.clear()
    create_app(
        Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_HTTPS": "1", "PARINDEX_SECRET_KEY": KEY})
    )
    assert caplog.text == ""


def test_nothing_of_before_lives_on_at_sign_in(province: Province) -> None:
    """SE-02: a cookie fixed before is not signed in after; of what stood in it only the language stays."""
    person = Person(province, "officer.x11")
    person.get("/login")
    with person.client.session_transaction() as session:
        session["authority"] = "post:1"
        session["planted"] = "x"
        session["locale"] = "en"
    fixed = cookie(person)
    person.enters()
    assert cookie(person) != fixed
    with person.client.session_transaction() as session:
        assert "planted" not in session
        assert "authority" not in session
        assert session["locale"] == "en"
    assert not replay(person, fixed).inside
    assert person.inside


def test_signing_in_again_ends_the_session_before(province: Province) -> None:
    """SE-02: one browser, one session."""
    person = Person(province, "officer.x11").enters()
    first = cookie(person)
    person.enters()
    assert person.inside
    assert not replay(person, first).inside


def test_a_captured_cookie_is_dead_after_logout(province: Province) -> None:
    """SE-03, SE-06: for Flask-Login and Flask-Principal; there is no remember cookie at all."""
    person = Person(province, "admin").enters()
    assert {c.key for c in person.client._cookies.values()} == {"parindex"}
    stolen = cookie(person)
    assert replay(person, stolen).get("/admin/account/").status_code == 200
    person.post("/logout")
    thief = replay(person, stolen)
    for path in ("/", "/admin/account/", "/account/"):
        assert thief.get(path).location.startswith("/login"), path
    assert thief.post("/admin/account/new/", {"full_name": "x"}).status_code in (302, 401)


def test_an_expired_session_is_dead_for_a_replayed_cookie(province: Province) -> None:
    """SE-03: the server knows its end; no clock of a browser matters."""
    person = Person(province, "officer.x11").enters()
    stolen = cookie(person)
    province.move_clock(minutes=16)
    assert not replay(person, stolen).inside


@pytest.mark.parametrize(("login", "minutes"), [("officer.x11", 15), ("manager.h1", 15), ("admin", 5)])
def test_a_session_ends_when_it_is_not_used(province: Province, login: str, minutes: int) -> None:
    """SE-04: business fifteen minutes, administrators five; use carries it on."""
    person = Person(province, login).enters()
    for step in (1, 2, 3):
        province.move_clock(minutes=step * minutes - step * 0.5)
        assert person.inside, step
    province.move_clock(minutes=4 * minutes)
    assert not person.inside


def test_the_idle_limits_are_settings(province: Province, monkeypatch: Any) -> None:
    """SE-04."""
    set_rules(province, monkeypatch, idle_minutes=60, admin_idle_minutes=2)
    officer, admin = (Person(province, login).enters() for login in ("officer.x11", "admin"))
    province.move_clock(minutes=3)
    assert officer.inside
    assert not admin.inside


def test_a_lent_administration_has_the_shorter_limit(province: Province) -> None:
    """SE-04: whoever holds the keeping of the system, also by delegation."""
    from tests.permissions.test_identity import lend

    lend(province, "admin", "officer.sb")
    person = Person(province, "officer.sb").enters()
    province.move_clock(minutes=6)
    assert not person.inside


def test_a_session_ends_in_any_case_after_its_hours(province: Province, monkeypatch: Any) -> None:
    """SE-04: the absolute limit, by the database clock."""
    set_rules(province, monkeypatch, idle_minutes=10**5, hours=12)
    person = Person(province, "officer.x11").enters()
    province.move_clock(hours=11, minutes=59)
    assert person.inside
    province.move_clock(hours=12, seconds=5)
    assert not person.inside


# Where I am signed in


def listed(person: Person) -> list[str]:
    page = person.get("/account/").get_data(as_text=True)
    return re.findall(r"<tr.*?</tr>", page, re.DOTALL)[1:]


def test_a_person_sees_the_own_sessions_and_ends_one(province: Province) -> None:
    """SE-07: device, address, since, last use, and which is this one."""
    phone = Person(province, "officer.x11", "10.0.0.7")
    phone.client.environ_base["HTTP_USER_AGENT"] = (
        "Mozilla/5.0 (Linux; Android 14) Chrome/131.0.0.0 Mobile Safari/537.36"
    )
    phone.enters()
    here = Person(province, "officer.x11").enters()
    Person(province, "leader.x11", "10.0.0.8").enters()
    lines = listed(here)
    assert len(lines) == 2
    assert "phiên này" in lines[0]
    assert "10.0.0.7" in lines[1]
    assert "Chrome 131 · Android" in lines[1]
    number = re.search(r'name="session" value="(\d+)"', lines[1])[1]
    assert here.post("/account/sessions", {"session": number}).status_code == 302
    assert not phone.inside
    assert here.inside


def test_a_person_ends_all_other_sessions(province: Province) -> None:
    """SE-07."""
    others = [Person(province, "officer.x11", f"10.0.1.{n}").enters() for n in range(3)]
    here = Person(province, "officer.x11").enters()
    colleague = Person(province, "leader.x11").enters()
    assert here.post("/account/sessions").status_code == 302
    assert [other.inside for other in others] == [False] * 3
    assert here.inside
    assert colleague.inside


@pytest.mark.parametrize("number", ["foreign", "999999999", "abc", "-1"])
def test_nobody_ends_another_ones_session_by_its_number(province: Province, number: str) -> None:
    """SE-07, AC-09: a foreign session answers like one that does not exist."""
    colleague = Person(province, "leader.x11").enters()
    here = Person(province, "officer.x11").enters()
    if number == "foreign":
        number = str(province.id_of(m.LoginSession, account_id=account(province, "leader.x11").id))
    assert here.post("/account/sessions", {"session": number}).status_code == 404
    assert colleague.inside


def test_the_administrator_ends_anyones_sessions(province: Province) -> None:
    """SE-07: one, or all of an account, from the account screen."""
    people = [Person(province, "officer.x11", f"10.0.2.{n}").enters() for n in range(3)]
    desk = Desk.of(province, "admin")
    path = f"account/access/?id={account(province, 'officer.x11').id}"
    page = desk.get(path)
    assert "10.0.2.1" in page
    latest = re.search(r'name="session" value="(\d+)"', page)[1]
    desk.saved(path, do="end", session=latest, reason="Máy lạ")
    assert [person.inside for person in people] == [True, True, False]
    desk.saved(path, do="end", reason="Máy lạ")
    assert [person.inside for person in people] == [False] * 3
    foreign = province.id_of(m.LoginSession, account_id=account(province, "admin").id)
    assert desk.post(path, do="end", session=foreign, reason="Máy lạ").status_code == 404


def test_of_too_many_sessions_the_oldest_ends(province: Province, monkeypatch: Any) -> None:
    """SE-07: five by default; the setting counts."""
    people = [Person(province, "officer.x11", f"10.0.3.{n}").enters() for n in range(6)]
    assert [person.inside for person in people] == [False] + [True] * 5
    set_rules(province, monkeypatch, sessions=2)
    people.append(Person(province, "officer.x11").enters())
    assert [person.inside for person in people] == [False] * 5 + [True] * 2


def test_a_change_of_role_bites_in_running_sessions(province: Province) -> None:
    """SE-08: a post that ended opens nothing on the next request."""
    person = Person(province, "admin").enters()
    assert person.get("/admin/account/").status_code == 200
    from tests.permissions.test_identity import changing

    with changing(province):
        post = db.session.scalars(select(m.Post).where(m.Post.account_id == account(province, "admin").id)).one()
        post.valid_from, post.valid_to = post.valid_from.replace(year=2019), post.valid_from.replace(year=2020)
    assert person.get("/admin/account/").status_code == 403


# Keys


def test_a_start_with_bad_keys_is_refused(tmp_path: Path) -> None:
    """SE-09: missing, short, made of few signs, from a manual; of former keys too."""

    def start(**environ: str) -> Config:
        return Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_HTTPS": "1", **environ})

    for bad in ("", "short", "x" * 64, "changeme-changeme-changeme-changeme", "secret-key-for-parindex-production!!"):
        with pytest.raises(ConfigError):
            start(PARINDEX_SECRET_KEY=bad)
    with pytest.raises(ConfigError):
        start(PARINDEX_SECRET_KEY=KEY, PARINDEX_SECRET_KEY_FALLBACKS=f"{OTHER},short")
    assert start(PARINDEX_SECRET_KEY=KEY, PARINDEX_SECRET_KEY_FALLBACKS=OTHER).secret_key_fallbacks == (OTHER,)


def test_a_rotated_key_keeps_sessions_and_forms_and_signs_nothing_new(province: Province) -> None:
    """SE-09: the former key is believed until it is taken out; what is signed anew bears the new one."""
    config = province.app.config["PARINDEX"]
    before = Province(create_app(replace(config, secret_key=OTHER)))
    rotated = Province(create_app(replace(config, secret_key=KEY, secret_key_fallbacks=(OTHER,))))
    alone = Province(create_app(replace(config, secret_key=KEY)))
    person = Person(before, "officer.x11").enters()
    csrf = person.token()
    old = cookie(person)
    goes_on = replay(Person(rotated, "officer.x11"), old)
    goes_on.province = rotated
    goes_on.client = rotated.app.test_client()
    goes_on.client.set_cookie("parindex", old)
    assert goes_on.inside
    answer = goes_on.client.post("/language", data={"csrf_token": csrf, "locale": "en"})
    assert answer.status_code == 302, "a form opened before the change of keys"
    new = cookie(goes_on)
    assert new != old
    for value, lives in ((new, True), (old, False)):
        later = alone.app.test_client()
        later.set_cookie("parindex", value)
        assert (later.get("/").status_code == 200) is lives
    for each in (before, rotated, alone):
        with each.app.app_context():
            db.engine.dispose()


def test_pages_with_data_are_not_kept_anywhere(full: Province) -> None:
    """SE-10: no-store and Vary: Cookie on every route that answers a person."""
    with full.system():
        all_ = Everything.read()
    crawler = Crawler(full, next(reader for reader in READERS if reader.login == "admin"), all_)
    for rule in rules_of(full.app, "GET"):
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        headers = crawler.client.get(url).headers
        assert headers["Cache-Control"] == "no-store", url
        assert "Cookie" in headers["Vary"], url


def test_a_stolen_cookie_dies_with_the_password(province: Province) -> None:
    """SE-06: steal, change the password, replay."""
    person = Person(province, "officer.x11").enters()
    other = Person(province, "officer.x11").enters()
    stolen = cookie(other)
    assert replay(other, stolen).inside
    assert person.changes(NEW, PASSWORD).status_code == 302
    assert not replay(other, stolen).inside
