"""Beginning and ending: who may look as whom, in which session, until when; the user is told, the trail names both."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from config import AuditSettings
from extensions import db
from models import clock
from permissions import gate
from permissions.actor import current_actor
from rules.verbs import Role, Verb
from rules.vocabulary import Function
from services.trail import notes
from tests.access.steps import restrict, second_admin
from tests.auth.support import Person, change, set_rules
from tests.looking.support import REASON, Looker, admin, entries, lend_of_admin, seen_as, supporter, viewings
from tests.permissions.test_identity import changing, lend
from tests.support.database import Database
from tests.support.world import Province
from tests.test_statements import Counter

VIEWER, SEEN = "Nguyễn Quản Trị", "Cán bộ Xã Ấp Bắc"


# Beginning


def test_the_account_list_leads_to_looking_as_an_account(province: Province) -> None:
    looker = admin(province)
    account = province.id_of(m.Account, username="officer.x11")
    assert f'href="/looking/new?account={account}"' in looker.text("/admin/account/?search=officer.x11")
    assert SEEN in looker.text("/looking/?q=ap+bac")
    page = looker.text(f"/looking/new?account={account}")
    assert "15 phút" in page
    assert "60 phút" in page


@pytest.mark.parametrize(("reason", "minutes"), [("", 15), ("   ", 15), (REASON, 45), (REASON, "lâu"), (REASON, "")])
def test_reason_and_length_are_asked_for(province: Province, reason: str, minutes: object) -> None:
    looker = admin(province)
    answer = looker.asks("officer.x11", reason, minutes)
    assert answer.status_code == 422
    assert reason.strip() in answer.get_data(as_text=True)
    assert not viewings(province)
    assert not looker.looking


@pytest.mark.parametrize(("most", "offered"), [(20, {15, 20}), (10, {10}), (120, {15, 30, 60, 120})])
def test_the_longest_time_is_a_setting(
    province: Province, monkeypatch: pytest.MonkeyPatch, most: int, offered: set[int]
) -> None:
    set_rules(province, monkeypatch, look_minutes=most)
    looker = admin(province)
    taken = set()
    for minutes in (10, 15, 20, 30, 60, 120, 240):
        if looker.asks("officer.x11", minutes=minutes).status_code == 302:
            taken.add(minutes)
            looker.ends()
    assert taken == offered


def test_nobody_else_may_look(province: Province) -> None:
    for login in ("manager.h1", "leader.x11", "observer", "auditor", "chair.p"):
        looker = Looker(province, login)
        looker.enters()
        assert looker.get("/looking/").status_code == 403
        assert looker.asks("officer.x11").status_code == 403
    assert not viewings(province)


@pytest.mark.parametrize("account", ["", "x", "0", "-1", str(10**30), str(10**9)])
def test_an_account_that_is_not_there(province: Province, account: str) -> None:
    looker = admin(province)
    assert looker.get(f"/looking/new?account={account}").status_code == 404
    answer = looker.post(f"/looking/new?account={account}", {"reason": REASON, "minutes": 15})
    assert answer.status_code == 404


def test_nobody_looks_as_themselves_nor_as_one_who_cannot_sign_in(province: Province) -> None:
    looker = admin(province)
    assert "Không xem hệ thống như chính mình" in looker.asks("admin").get_data(as_text=True)
    change(province, "officer.x11", active=False)
    assert looker.asks("officer.x11").status_code == 422
    assert not viewings(province)


def test_who_was_lent_only_the_looking_never_sees_through_the_eyes_of_an_administrator(province: Province) -> None:
    """Else accounts and the whole trail would be open to whom only the looking was lent."""
    looker = supporter(province)
    assert looker.get("/admin/account/").status_code == 403
    answer = looker.asks("admin")
    assert answer.status_code == 422
    assert "không ai được xem như người quản trị" in answer.get_data(as_text=True)
    # Nor as somebody to whom administration was lent.
    lend_of_admin(province, "leader.sa", Verb.MANAGE_ACCOUNTS, Verb.READ)
    assert looker.asks("leader.sa").status_code == 422
    assert looker.looks_as("officer.x11").get("/admin/account/").status_code == 403
    (entry,) = entries(province, m.AuditEntry.verb == Verb.LOOK_AS.value)
    assert (entry.actor_name, entry.looking_as) == ("Cán bộ Sở Nội vụ", SEEN)


def test_through_anothers_eyes_nobody_reads_more_than_by_the_own_right(province: Province) -> None:
    looker = supporter(province)
    for login in ("auditor", "manager.h1", "observer"):
        answer = looker.asks(login)
        assert answer.status_code == 422, login
        assert "những gì anh/chị không được xem" in answer.get_data(as_text=True)
    keeper = admin(province)
    for login in ("auditor", "manager.h1", "observer", "chair.p"):
        keeper.looks_as(login).ends()


@pytest.mark.parametrize("how", [{"units": ("H1",)}, {"fields": ("1",)}, {"read_only": True}])
def test_a_restricted_administrator_looks_as_nobody_and_a_looking_ends(province: Province, how: dict[str, Any]) -> None:
    """Whatever is restricted takes what concerns no single unit; who is looking already is back at the next request."""
    looker = admin(province).looks_as("officer.x12")
    second_admin(province)
    restrict(province, "admin", office="admin2", **how)
    assert not looker.looking
    for login in ("officer.x12", "officer.sa"):
        assert looker.asks(login).status_code == 403


def test_an_administrator_looks_as_no_administrator(province: Province) -> None:
    province_id = province.id_of(m.Unit, code="P")
    account = province.id_of(m.Account, username="officer.sa")
    with changing(province):
        db.session.add(
            m.Post(
                account_id=account,
                unit_id=province_id,
                function=Function.MANAGER,
                valid_from=clock.now().date() - timedelta(days=1),
            )
        )
    assert admin(province).asks("officer.sa").status_code == 422


def test_nobody_looks_from_within_a_looking(province: Province) -> None:
    looker = admin(province).looks_as("officer.x11")
    assert looker.asks("officer.x12").status_code == 403
    assert looker.get("/looking/").status_code == 403
    assert len(viewings(province)) == 1


# While it lasts


def test_only_the_session_that_began_looks(province: Province) -> None:
    first, second = admin(province), admin(province)
    first.looks_as("officer.x11")
    assert not second.looking
    assert second.get("/admin/account/").status_code == 200
    second.looks_as("leader.sa")
    assert SEEN in first.text("/")
    first.ends()
    assert second.looking
    assert not first.looking


def test_it_is_over_at_its_time_and_the_own_role_comes_back(province: Province) -> None:
    lend(province, "leader.sa", "admin")
    looker = admin(province)
    key = f"delegation:{province.id_of(m.Delegation)}"
    looker.post("/authority", {"authority": key})
    assert looker.get("/looking/").status_code == 403, "the lent authority has not the looking"
    looker.post("/authority", {"authority": f"post:{_post(province, 'admin')}"})
    looker.looks_as("officer.x11", minutes=15)
    old = looker.token()
    for minutes in (4, 8, 12, 14):  # the administrator's own session stays in use
        province.move_clock(minutes=minutes)
        assert looker.looking
    province.move_clock(minutes=15, seconds=1)
    page = looker.text("/")
    assert "đã kết thúc" in page
    assert VIEWER in page
    assert not looker.looking
    assert looker.get("/admin/account/").status_code == 200
    # What a page of the time before sends is not taken for one's own.
    stale = looker.client.post("/language", data={"csrf_token": old, "locale": "en"})
    assert stale.status_code == 400
    assert [one.ended_at for one in viewings(province)] == [None]


def _post(province: Province, login: str) -> int:
    return province.id_of(m.Post, account_id=province.id_of(m.Account, username=login))


def test_the_button_ends_it_and_a_second_press_does_no_harm(province: Province) -> None:
    looker = admin(province).looks_as("officer.x11")
    assert looker.ends().status_code == 302
    assert not looker.looking
    assert looker.ends().status_code == 302
    looker.looks_as("officer.x12")
    begun, ended, again = entries(province, m.AuditEntry.verb == Verb.LOOK_AS.value)
    for entry in (begun, ended):
        assert (entry.actor_name, entry.looking_as, entry.reason) == (VIEWER, SEEN, REASON)
    assert begun.operation == "create"
    assert "until" in begun.changes, "an end by time needs no entry: it stands in the first"
    assert list(ended.changes) == ["ended_at"]
    assert again.looking_as == "Cán bộ Xã Đức Hòa"


def test_signing_out_ends_it_for_good(province: Province) -> None:
    looker = admin(province).looks_as("officer.x11")
    assert looker.post("/logout").status_code == 302
    assert looker.get("/").status_code == 302
    looker.enters()
    assert not looker.looking
    assert [one.ended_at is None for one in viewings(province)] == [False]
    (logout,) = entries(province, m.AuditEntry.operation == "logout")
    assert (logout.actor_name, logout.looking_as) == (VIEWER, SEEN)


def test_it_ends_with_the_viewers_session_and_not_with_that_of_the_person_looked_as(province: Province) -> None:
    person = Person(province, "officer.x11").enters()
    looker = admin(province).looks_as("officer.x11")
    person.post("/logout")
    assert looker.looking
    province.move_clock(minutes=6)  # administrators idle out after five, whoever they look as
    assert looker.get("/").status_code == 302


def test_it_ends_with_the_right_to_look_and_does_not_begin_again(province: Province) -> None:
    looker = supporter(province).looks_as("officer.x11")
    lent = province.id_of(m.Delegation)
    with changing(province):
        db.session.get_one(m.Delegation, lent).revoked_at = clock.now()
    assert not looker.looking
    with changing(province):
        db.session.get_one(m.Delegation, lent).revoked_at = None
    assert not looker.looking
    ended = entries(province, m.AuditEntry.verb == Verb.LOOK_AS.value)[-1]
    assert (ended.actor_name, ended.looking_as, list(ended.changes)) == ("Cán bộ Sở Nội vụ", SEEN, ["ended_at"])


def test_it_ends_when_the_account_looked_as_is_disabled_or_begins_to_administer(province: Province) -> None:
    looker = admin(province).looks_as("officer.x11")
    change(province, "officer.x11", active=False)
    assert not looker.looking
    looker.looks_as("leader.sa")
    lend_of_admin(province, "leader.sa", Verb.MANAGE_ACCOUNTS)
    assert not looker.looking
    assert all(one.ended_at is not None for one in viewings(province))


def test_who_is_demoted_meanwhile_is_seen_as_demoted(province: Province) -> None:
    looker = admin(province).looks_as("manager.h1")
    assert looker.get("/progress/").status_code == 200
    with changing(province):
        db.session.get_one(m.Post, _post_late(province, "manager.h1")).valid_to = clock.now().date() - timedelta(days=1)
    assert looker.looking
    assert looker.get("/progress/").status_code == 403


def _post_late(province: Province, login: str) -> int:
    with db.session.no_autoflush:
        account = db.session.scalars(select(m.Account.id).where(m.Account.username == login)).one()
        return int(db.session.scalars(select(m.Post.id).where(m.Post.account_id == account)).one())


def test_the_roles_of_the_person_looked_as_can_be_chosen(province: Province) -> None:
    lend(province, "leader.sa", "officer.x11")
    looker = admin(province).looks_as("officer.x11")
    form = province.form_id("SA")
    assert looker.get(f"/assessments/{form}").status_code == 404
    looker.post("/authority", {"authority": f"delegation:{province.id_of(m.Delegation)}"})
    assert looker.get(f"/assessments/{form}").status_code == 200
    assert looker.post("/authority", {"authority": f"post:{_post(province, 'admin')}"}).status_code == 200
    assert looker.get("/admin/account/").status_code == 403
    looker.ends()
    assert looker.get("/admin/account/").status_code == 200, "the own role again"


def test_a_compulsory_step_is_the_viewers_own(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    change(province, "officer.x11", must_change_password=True)
    looker = admin(province).looks_as("officer.x11")
    set_rules(province, monkeypatch, totp="administrators")
    assert looker.get("/").headers["Location"] == "/account/factor"
    assert VIEWER in looker.text("/account/factor")


# The trail and the person


def test_what_is_noted_while_looking_names_both(province: Province) -> None:
    with seen_as(province, "officer.x11"):
        gate.note("download", Verb.READ, "EvidenceFile", 7, name="kế hoạch.pdf")
    (entry,) = entries(province, m.AuditEntry.operation == "download")
    assert (entry.actor_name, entry.looking_as) == (VIEWER, SEEN)


def test_the_person_is_told_at_once_at_the_next_sign_in_and_in_the_own_list(province: Province) -> None:
    person = Looker(province, "officer.x11")
    person.enters()
    assert "Chưa có lần xem nào" in person.text("/account/")
    looker = admin(province).looks_as("officer.x11")
    assert f"{VIEWER} đang xem hệ thống như anh/chị thấy" in person.text("/")
    looker.ends()
    assert f"{VIEWER} đã xem hệ thống như anh/chị thấy" in person.text("/")
    looker.looks_as("officer.x11").ends()
    assert "Trong 30 ngày qua còn 1 lần khác" in person.text("/")
    page = person.text("/account/")
    assert page.count(REASON) == 2
    person.post("/logout")
    person.enters()
    assert f"{VIEWER} đã xem hệ thống như anh/chị lúc" in person.text("/")
    person.post("/logout")
    person.enters()
    assert "như anh/chị lúc" not in person.text("/"), "told once"
    province.move_clock(days=31)
    person.enters()
    assert "đã xem hệ thống" not in person.text("/")
    assert REASON in person.text("/account/"), "the list stays"


def test_others_are_told_nothing(province: Province) -> None:
    admin(province).looks_as("officer.x11").ends()
    for login in ("leader.x11", "officer.x12", "manager.h1"):
        other = Looker(province, login)
        other.enters()
        assert REASON not in other.text("/") + other.text("/account/")


def test_the_session_is_still_read_in_one_statement(province: Province, database: Database) -> None:
    counter = Counter(database)
    person = Looker(province, "officer.x11")
    person.enters()
    person.text("/help/")
    with counter.counting() as ordinary:
        person.text("/help/")
    looker = admin(province).looks_as("officer.x11")
    with counter.counting() as observed:
        person.text("/help/")
    assert len(observed) == len(ordinary)
    assert sum("FROM login_session" in statement for statement in ordinary) == 1
    with counter.counting() as looking:
        looker.text("/help/")
    assert sum("FROM login_session" in statement for statement in looking) == 1
    assert len(looking) == len(ordinary) + 1, "who the viewer is, and who is looked as"


def test_what_is_taken_away_while_looking_counts_for_who_looks(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files, refusals and the alarm are the viewer's, in the viewer's own role; the person looked as is named beside."""
    config = province.app.config["PARINDEX"]
    monkeypatch.setitem(
        province.app.config,
        "PARINDEX",
        dataclasses.replace(config, audit=AuditSettings(reads=0, exports=3, refusals=2)),
    )
    looker = admin(province).looks_as("officer.x11")
    for _ in range(4):
        assert looker.get("/admin/account/").status_code == 403
    with seen_as(province, "officer.x11"):
        actor = current_actor()
        assert actor is not None
        for _ in range(4):
            notes.file(actor, notes.Asked(Verb.READ, "results.table", "GET /results/"), "ket-qua.csv", "text/csv")
    own = province.id_of(m.Account, username="admin")
    entry = m.AuditEntry
    with province.system():
        read = select(entry.operation, entry.object_id, entry.actor_id, entry.authority, entry.looking_as)
        rows = db.session.execute(
            read.where(entry.operation.in_(("alarm", "export", "refused"))).order_by(entry.id)
        ).all()
    assert [row.operation for row in rows].count("alarm") == 1
    assert [row.operation for row in rows].count("refused") == 2, "one count for the viewer, told to its last"
    for row in rows:
        assert (row.actor_id, row.looking_as) == (own, SEEN)
        assert row.operation != "refused" or row.authority.startswith(Role.ADMINISTRATOR.value)
        assert row.operation != "alarm" or row.object_id == str(own)
