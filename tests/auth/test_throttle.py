"""Guessing: counted everywhere, delayed, answered alike; colleagues go on working."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from services.account import secrets
from services.account.throttle import ACCOUNT, FREE_FAILURES, SOURCE
from tests.admin.desk import Desk
from tests.auth.support import PASSWORD, Person, account, change, issue, now, trail
from tests.support.world import Province
from views.device import plain


def fail(person: Person, times: int, login: str | None = None) -> None:
    for n in range(times):
        assert person.tries(f"đoán {n}", login).status_code == 422


def test_after_five_failures_even_the_right_password_waits(province: Province) -> None:
    """AU-09: a delay that grows and ends by itself, by the database clock."""
    person = Person(province, "officer.x11")
    fail(person, FREE_FAILURES)
    assert not person.gets_in()
    province.move_clock(minutes=1)
    assert person.gets_in()
    fail(person, FREE_FAILURES - 1)
    assert person.gets_in(), "a success forgets the failures before it"


def test_fifty_guesses_leave_a_colleague_behind_the_same_address_alone(province: Province) -> None:
    """AU-09: the source's own limit counts guesses, not tries that were stopped already."""
    person = Person(province, "officer.x11")
    fail(person, 50)
    assert not person.gets_in()
    assert Person(province, "leader.x11").gets_in(), "the colleague"
    assert Person(province, "officer.x11", "10.9.9.9").gets_in(), "the person itself, from elsewhere"


def test_one_address_does_not_try_every_account(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """AU-09: a total limit per source; who works from there is not kept out by it."""
    monkeypatch.setattr(SOURCE.__class__, "free", property(lambda limit: 12 if limit is SOURCE else 5))
    assert Person(province, "leader.x11").gets_in()
    stranger = Person(province, "officer.x11")
    for unit in ("sa", "sb", "snv", "vp"):
        fail(stranger, 3, f"officer.{unit}")
    assert not Person(province, "officer.x12").gets_in(), "an account never seen at this address"
    assert Person(province, "leader.x11").gets_in(), "one that is at home here"
    assert Person(province, "officer.x12", "10.3.3.3").gets_in()
    province.move_clock(minutes=20)
    assert Person(province, "officer.x12").gets_in()


def test_many_addresses_do_not_guess_one_account(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """AU-09: a total limit per account; its person goes on at the usual place."""
    monkeypatch.setattr(ACCOUNT.__class__, "free", property(lambda limit: 12 if limit is ACCOUNT else 5))
    home = Person(province, "officer.x11", "10.7.7.7")
    assert home.gets_in()
    for n in range(4):
        fail(Person(province, "officer.x11", f"10.8.0.{n}"), 3)
    assert not Person(province, "officer.x11", "10.8.0.77").gets_in()
    assert home.gets_in()


def test_addresses_of_one_network_are_one_source(province: Province) -> None:
    """AU-09: a machine takes any address of its IPv6 network."""
    for n in range(FREE_FAILURES):
        fail(Person(province, "officer.x11", f"2001:db8:1:2::{n + 1:x}"), 1)
    assert not Person(province, "officer.x11", "2001:db8:1:2::ffff").gets_in()
    assert Person(province, "officer.x11", "2001:db8:1:3::1").gets_in()


def test_a_server_that_listens_on_both_tells_ipv4_sources_apart(province: Province) -> None:
    """AU-09, AC-19: there IPv4 comes written as IPv6; a port that a proxy adds makes no new source of each connection."""
    for n in range(FREE_FAILURES):
        fail(Person(province, "officer.x11", f"203.0.113.7:{50000 + n}"), 1)
    assert not Person(province, "officer.x11", "::ffff:203.0.113.7").gets_in()
    other = Person(province, "officer.x11", "::ffff:203.0.113.8")
    assert other.gets_in()
    page = other.get("/account/").get_data(as_text=True)
    assert "203.0.113.8" in page
    assert "::ffff" not in page


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::FFFF:203.0.113.7", "203.0.113.7"),
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:DB8::1]:4711", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unix:", "unix:"),
        ("", ""),
    ],
)
def test_an_address_is_written_in_one_way(written: str, address: str) -> None:
    assert plain(written) == address


def test_the_administrator_unlocks(province: Province) -> None:
    """AU-09: by a button; what was done stands in the trail."""
    person = Person(province, "officer.x11")
    fail(person, 20)
    assert not person.gets_in()
    desk = Desk.of(province, "admin")
    id_ = account(province, "officer.x11").id
    assert "phải chờ đến" in desk.get(f"account/access/?id={id_}")
    desk.saved(f"account/access/?id={id_}", do="unlock", reason="Đã gặp người dùng")
    assert person.gets_in()
    assert [row[:2] for row in trail(province, "unlocked")] == [(str(id_), "Nguyễn Quản Trị")]


def test_the_operator_unlocks_from_the_server(province: Province) -> None:
    """AU-09: break-glass."""
    person = Person(province, "admin")
    fail(person, 20)
    answer = province.app.test_cli_runner().invoke(args=["accounts", "unlock", "admin"])
    assert answer.exit_code == 0, answer.output
    assert person.gets_in()
    assert province.app.test_cli_runner().invoke(args=["accounts", "unlock", "nobody"]).exit_code == 1


# One answer


def states(province: Province) -> dict[str, tuple[str, str]]:
    """Make one account of each kind that cannot sign in; return login and password."""
    today = now(province).date()
    change(province, "officer.sa", active=False)
    change(province, "officer.sb", valid_to=today - timedelta(days=2))
    change(province, "officer.vp", valid_from=today + timedelta(days=2))
    spent = issue(province, "officer.h1")
    assert Person(province, "officer.h1", "10.5.5.5").gets_in(spent)
    expired = issue(province, "officer.h2")
    change(province, "officer.h2", issued_until=now(province) - timedelta(seconds=1))
    fail(Person(province, "officer.x12"), 8)
    return {
        "unknown": ("khong.co.ai", PASSWORD),
        "wrong": ("officer.x11", "sai mật khẩu rồi nhé"),
        "too long": ("officer.x11", "x" * 1000),
        "locked": ("officer.x12", PASSWORD),
        "disabled": ("officer.sa", PASSWORD),
        "ended": ("officer.sb", PASSWORD),
        "not begun": ("officer.vp", PASSWORD),
        "spent": ("officer.h1", spent),
        "expired": ("officer.h2", expired),
    }


def test_every_failure_is_answered_alike(province: Province) -> None:
    """AU-10: body (but for tokens and the name that was typed) and code."""
    bodies = {}
    for kind, (login, password) in states(province).items():
        answer = Person(province, login).tries(password)
        text = re.sub(r'value="[^"]*"', "", answer.get_data(as_text=True))
        bodies[kind] = (answer.status_code, re.sub(r'nonce="[^"]*"', "", text), sorted(answer.headers.keys()))
    assert len({repr(body) for body in bodies.values()}) == 1, {kind: body[0] for kind, body in bodies.items()}


def test_every_failure_costs_one_comparison(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """AU-10, time: what takes long is one hash; it is computed once, on the same parameters, on every path."""
    hashes: list[str] = []
    hasher: Any = secrets._hasher

    class Counting:
        def verify(self, stored: str, typed: str) -> bool:
            hashes.append(stored)
            return bool(hasher.verify(stored, typed))

        def __getattr__(self, name: str) -> Any:
            return getattr(hasher, name)

    kinds = states(province)
    monkeypatch.setattr(secrets, "_hasher", Counting())
    for kind, (login, password) in kinds.items():
        hashes.clear()
        assert Person(province, login).tries(password).status_code == 422
        assert len(hashes) == 1, kind
        assert hashes[0].split("$")[:4] == secrets._nobody.split("$")[:4], kind


def test_sign_ins_and_refusals_leave_their_trace_without_any_secret(province: Province) -> None:
    """AU-09, AU-10: ok, failed and locked, with account and address; a mistyped login is not written down."""
    fail(Person(province, "officer.x11"), FREE_FAILURES)
    Person(province, "mật khẩu gõ nhầm ô").tries()
    person = Person(province, "leader.x11").enters()
    person.post("/logout")
    id_ = str(account(province, "officer.x11").id)
    assert [row[0] for row in trail(province, "failed")] == [id_] * FREE_FAILURES + [""]
    assert [row[0] for row in trail(province, "locked")] == [id_]
    for operation in ("login", "logout"):
        ((object_id, name, address),) = trail(province, operation)
        assert (object_id, name, address) == (str(account(province, "leader.x11").id), "Lãnh đạo Xã Ấp Bắc", "10.0.0.1")
    with province.system():
        entry = m.AuditEntry
        told = db.session.execute(select(entry.object_id, entry.reason, entry.actor_name, entry.changes)).all()
    assert "mật khẩu gõ nhầm ô" not in str(told)
