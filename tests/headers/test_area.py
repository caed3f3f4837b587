"""AC-19: the administrator's area limited by network, own port and hours."""

from __future__ import annotations

import http.client
import os
import re
import socket
import subprocess
import sys
import time as clock_time
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.middleware.proxy_fix import ProxyFix

import models as m
from config import AdminArea
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from permissions.identity import LOCAL_TIME
from rules.verbs import Verb
from rules.vocabulary import Function
from tests.auth.support import Person, now, trail
from tests.support.database import Database
from tests.support.world import Province

INSIDE, OUTSIDE = "10.1.2.3", "203.0.113.9"
OFFICE = (ip_network("10.1.0.0/16"), ip_network("2001:db8:1::/48"))
ROOT = Path(__file__).resolve().parents[2]
NETWORK_WORDS = "Phần quản trị chỉ mở từ các mạng đã chỉ định"


def limit(province: Province, monkeypatch: Any, **parts: Any) -> None:
    """Limit the area for one test, as the settings would."""
    config = province.app.config["PARINDEX"]
    monkeypatch.setitem(province.app.config, "PARINDEX", replace(config, admin_area=AdminArea(**parts)))


def give_post(province: Province, login: str, unit: str, function: Function) -> int:
    """Give an account one more post."""
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test"):
        post = m.Post(
            account_id=db.session.scalars(select(m.Account.id).where(m.Account.username == login)).one(),
            unit_id=db.session.scalars(select(m.Unit.id).where(m.Unit.code == unit)).one(),
            function=function,
            valid_from=date(2020, 1, 1),
        )
        db.session.add(post)
        db.session.flush()
        return int(post.id)


def words(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


# Network


@pytest.mark.parametrize("address", [INSIDE, "::ffff:10.1.200.1", "2001:db8:1::7"])
def test_inside_the_networks_the_area_is_as_ever(province: Province, monkeypatch: Any, address: str) -> None:
    limit(province, monkeypatch, networks=OFFICE)
    admin = Person(province, "admin", address).enters()
    assert admin.get("/").status_code == 200
    assert admin.get("/admin/account/").status_code == 200
    assert admin.get("/survey/").status_code == 200


@pytest.mark.parametrize("address", [OUTSIDE, "10.2.0.1", "2001:db8:2::7", ""])
def test_outside_the_area_is_closed_and_says_why(province: Province, monkeypatch: Any, address: str) -> None:
    limit(province, monkeypatch, networks=OFFICE)
    admin = Person(province, "admin", address).enters()
    first = admin.get("/")
    assert first.status_code == 200, "signing in goes on"
    assert NETWORK_WORDS in words(first)
    assert "Quản trị</a>" not in words(first)
    for path in ("/admin/", "/admin/account/", "/admin/unit/edit/?id=1", "/survey/", "/publication/", "/progress/"):
        answer = admin.get(path)
        assert answer.status_code == 403, path
        assert NETWORK_WORDS in words(answer), path
        assert "Sở Tư pháp" not in words(answer), path
    assert admin.get("/account/").status_code == 200, "what is the person's own stays open"


def test_outside_nothing_of_the_area_can_be_written(province: Province, monkeypatch: Any) -> None:
    unit = province.id_of(m.Unit, code="SA")
    admin = Person(province, "admin", INSIDE).enters()
    limit(province, monkeypatch, networks=OFFICE)
    form = {"name": "Sở Lấn quyền"}
    admin.address = OUTSIDE
    assert admin.post(f"/admin/unit/edit/?id={unit}", form).status_code == 403
    assert admin.post("/admin/level/ajax/update/", {"list_form_pk": "1", "name": "Sở Lấn quyền"}).status_code == 403
    with province.system():
        assert db.session.scalars(select(m.Unit.name).where(m.Unit.id == unit)).one() == "Sở Tư pháp"


def test_the_limit_bites_on_the_next_request_and_opens_again(province: Province, monkeypatch: Any) -> None:
    limit(province, monkeypatch, networks=OFFICE)
    admin = Person(province, "admin", INSIDE).enters()
    statuses = []
    for address in (INSIDE, OUTSIDE, INSIDE):
        admin.address = address
        statuses.append(admin.get("/admin/account/").status_code)
    assert statuses == [200, 403, 200]


def test_other_roles_of_the_person_go_on_and_the_chooser_names_the_closed_one(
    province: Province, monkeypatch: Any
) -> None:
    give_post(province, "admin", "SNV", Function.OFFICER)
    admin_post = province.id_of(m.Post, function=Function.MANAGER, unit_id=province.id_of(m.Unit, code="P"))
    limit(province, monkeypatch, networks=OFFICE)
    person = Person(province, "admin", OUTSIDE).enters()
    assert NETWORK_WORDS not in words(person.get("/")), "the first role that is open is worked with"
    assert person.get("/results/").status_code == 200
    chooser = words(person.get("/authority"))
    assert NETWORK_WORDS in chooser
    assert re.search(rf'value="post:{admin_post}" disabled', chooser)
    refused = person.post("/authority", {"authority": f"post:{admin_post}"})
    assert NETWORK_WORDS in words(refused)
    assert person.get("/survey/").status_code == 403
    person.address = INSIDE
    assert person.post("/authority", {"authority": f"post:{admin_post}"}).status_code == 302
    assert person.get("/survey/").status_code == 200
    person.address = OUTSIDE
    closed = person.get("/survey/")
    assert NETWORK_WORDS in words(closed), "the chosen role is not changed for another unasked"


def test_lent_administration_is_closed_too(province: Province, monkeypatch: Any) -> None:
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test"):
        post = db.session.scalars(select(m.Post).where(m.Post.function == Function.MANAGER)).all()
        root = next(one for one in post if db.session.get_one(m.Unit, one.unit_id).code == "P")
        receiver = db.session.scalars(select(m.Account).where(m.Account.username == "officer.sa")).one()
        today = now(province).date()
        db.session.add(
            m.Delegation(
                post_id=root.id,
                receiver_id=receiver.id,
                verbs=[Verb.MANAGE_CATALOGUE.value],
                valid_from=today - timedelta(days=1),
                valid_to=today + timedelta(days=5),
                reason="thay",
                unit_id=root.unit_id,
            )
        )
        db.session.flush()
    key = f"delegation:{province.id_of(m.Delegation)}"
    deputy = Person(province, "officer.sa", INSIDE).enters()
    assert deputy.post("/authority", {"authority": key}).status_code == 302
    assert deputy.get("/admin/unit/").status_code == 200
    limit(province, monkeypatch, networks=OFFICE)
    assert deputy.get("/admin/unit/").status_code == 200
    deputy.address = OUTSIDE
    assert deputy.get("/admin/unit/").status_code == 403


def test_generated_screens_are_closed_to_every_role(province: Province, monkeypatch: Any) -> None:
    manager = Person(province, "manager.h1", OUTSIDE).enters()
    assert manager.get("/admin/council/").status_code == 200
    limit(province, monkeypatch, networks=OFFICE)
    answer = manager.get("/admin/council/")
    assert (answer.status_code, NETWORK_WORDS in words(answer)) == (403, True)
    assert manager.get("/progress/").status_code == 200, "the manager's own work goes on"
    assert manager.get("/").status_code == 200


FORGED = {
    "X-Forwarded-For": INSIDE,
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Host": "localhost",
    "X-Real-IP": INSIDE,
    "Forwarded": f"for={INSIDE};host=localhost:8443",
    "Host": "localhost:8443",
}


def test_forged_headers_change_nothing(province: Province, monkeypatch: Any) -> None:
    limit(province, monkeypatch, networks=OFFICE)
    admin = Person(province, "admin", OUTSIDE).enters()
    for name, value in FORGED.items():
        assert admin.get("/admin/account/", headers={name: value}).status_code == 403, name


def test_through_one_trusted_proxy_the_real_address_counts(province: Province, monkeypatch: Any) -> None:
    """The proxy appends whom it saw; what the client wrote before stands further left."""
    limit(province, monkeypatch, networks=OFFICE)
    monkeypatch.setattr(province.app, "wsgi_app", ProxyFix(province.app.wsgi_app, x_for=1, x_proto=1))
    admin = Person(province, "admin", "127.0.0.1").enters()
    seen = {f"{INSIDE}": 200, f"{INSIDE}, {OUTSIDE}": 403, f"{OUTSIDE}, {INSIDE}": 200, OUTSIDE: 403, "": 403}
    for header, status in seen.items():
        answer = admin.get("/admin/account/", headers={"X-Forwarded-For": header})
        assert answer.status_code == status, header


# Port


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def ask(port: int, path: str, cookie: str, **headers: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.putrequest("GET", path, skip_host="Host" in headers)
        for name, value in {"Cookie": cookie, "Connection": "close", **headers}.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        answer = line.getresponse()
        return answer.status, answer.read().decode()


def test_the_own_port_is_the_one_the_server_listens_on(province: Province, database: Database, tmp_path: Path) -> None:
    """The product's own server with two ports; a session goes on on both, the area on one of them."""
    everyone, own = free_port(), free_port()
    config = province.app.config["PARINDEX"]
    database.touched = True
    admin = Person(province, "admin").enters()
    cookie = "; ".join(f"{one.key}={one.value}" for one in [admin.client.get_cookie("parindex")] if one)
    server = subprocess.Popen(
        [
            *(
                sys.executable,
                "-m",
                "gunicorn",
                "app:create_app()",
                "--worker-class",
                "gthread",
                "--log-level",
                "error",
            ),
            *("--bind", f"127.0.0.1:{everyone}", "--bind", f"127.0.0.1:{own}"),
        ],
        cwd=ROOT,
        env={
            **os.environ,
            "PARINDEX_DATABASE_URL": config.database_url,
            "PARINDEX_DATA_DIR": str(tmp_path),
            "PARINDEX_SECRET_KEY": config.secret_key,
            "PARINDEX_ADMIN_PORT": str(own),
        },
    )
    try:
        for _ in range(200):
            try:
                ask(own, "/healthz", "")
                break
            except OSError:
                clock_time.sleep(0.1)
        assert ask(own, "/admin/account/", cookie)[0] == 200
        status, text = ask(everyone, "/admin/account/", cookie)
        assert status == 403
        assert "Phần quản trị chỉ mở ở địa chỉ truy cập riêng" in text
        for name in ("Host", "X_Forwarded_Host", "X_Forwarded_Port", "X_Forwarded_Server"):
            forged = str(own) if name == "X_Forwarded_Port" else f"127.0.0.1:{own}"
            assert ask(everyone, "/admin/account/", cookie, **{name: forged})[0] == 403, name
        assert ask(everyone, "/account/", cookie)[0] == 200
    finally:
        server.terminate()
        server.wait(20)


def test_a_unix_socket_has_no_port_whatever_the_host_header_says() -> None:
    from views.device import own_port

    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert own_port({"gunicorn.socket": one, "SERVER_PORT": "8443"}) is None
    assert own_port({"SERVER_PORT": "8443"}) == 8443


# Hours


def at(province: Province, hour: int, minute: int) -> None:
    """Let the database clock stand at a time of tomorrow in the province."""
    province.move_clock()
    local = now(province).astimezone(LOCAL_TIME)
    wanted = datetime.combine(local.date() + timedelta(days=1), time(hour, minute), LOCAL_TIME)
    province.move_clock(seconds=(wanted - local).total_seconds() + 1)


@pytest.mark.parametrize(
    ("hours", "hour", "minute", "status"),
    [
        ((time(7), time(18)), 6, 59, 403),
        ((time(7), time(18)), 7, 0, 200),
        ((time(7), time(18)), 17, 59, 200),
        ((time(7), time(18)), 18, 0, 403),
        ((time(22), time(6)), 23, 30, 200),
        ((time(22), time(6)), 5, 59, 200),
        ((time(22), time(6)), 6, 0, 403),
    ],
)
def test_hours_follow_the_database_clock_in_the_time_of_the_province(
    province: Province, monkeypatch: Any, hours: Any, hour: int, minute: int, status: int
) -> None:
    at(province, hour, minute)
    limit(province, monkeypatch, hours=hours)
    admin = Person(province, "admin").enters()
    answer = admin.get("/admin/account/")
    assert answer.status_code == status
    if status == 403:
        assert f"chỉ mở từ {hours[0]:%H:%M} đến {hours[1]:%H:%M}" in words(answer)


def test_an_officer_works_at_any_hour(province: Province, monkeypatch: Any) -> None:
    at(province, 20, 0)
    limit(province, monkeypatch, hours=(time(7), time(18)), networks=OFFICE, port=1)
    officer = Person(province, "officer.x11", OUTSIDE).enters()
    assert officer.get(f"/assessments/{province.form_id('X11')}").status_code == 200


# Break-glass


def test_the_operator_of_the_server_is_never_locked_out(province: Province, monkeypatch: Any) -> None:
    at(province, 20, 0)
    limit(province, monkeypatch, hours=(time(7), time(18)), networks=OFFICE, port=1)
    for command in (["accounts", "reissue", "admin"], ["accounts", "unlock", "admin"], ["accounts", "unused"]):
        done = province.app.test_cli_runner().invoke(args=command)
        assert done.exit_code == 0, done.output
    assert trail(province, "unlocked") or trail(province, "update")
