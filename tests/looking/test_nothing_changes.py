"""While somebody looks as a user: every route with every method that could write, and what stands on the pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

import models as m
from extensions import db
from permissions import routes
from permissions.actor import system_scope
from permissions.gate import Refused, act, system_act
from rules.verbs import Verb
from services.account import hash_password
from tests.auth.support import PASSWORD, Person
from tests.looking.support import BANNER, Looker, admin, bare, seen_as
from tests.permissions.crawl import BODY, Crawler, digest, normal, rules_of, text_of
from tests.permissions.readers import READERS, Everything
from tests.permissions.test_routes import CALM
from tests.support.world import Province

WRITING = ("POST", "PUT", "PATCH", "DELETE")
#: They end the looking, or change nothing but the viewer's own cookie.
OPEN = {"looking.end", "auth.logout", "auth.language", "auth.authority"}
SEEN = ("officer.x11", "leader.x12", "helper1.p", "chair.p", "manager.h1")
#: Whose pages and acts differ most.
SOME = ("officer.x11", "chair.p", "manager.h1")
#: Pages that show what can be done; in another's eyes it is only read, or left out.
FORMS = {
    *("own.index", "assessment.form", "assessment.check", "evidence.leaf", "evidence.listing", "evidence.spread"),
    *("appraisal.work", "approval.sheet", "approval.table"),
}
#: Rows that belong to the viewer's own going on: that its session is in use.
OWN = (m.LoginSession, m.ReadCount)


class Eyes(Crawler):
    """Knows the addresses and rows of a user, and asks in the browser of somebody who looks as that user."""

    def __init__(self, province: Province, login: str) -> None:
        with province.system():
            all_ = Everything.read()
        super().__init__(province, next(reader for reader in READERS if reader.login == login), all_)
        self.user = self.client
        with self.user.session_transaction() as session:
            authority = session["authority"]
        self.looker = admin(province).looks_as(login)
        self.looker.post("/authority", {"authority": authority})
        self.client, self.csrf = self.looker.client, self.looker.token()

    def own_url(self, rule: Rule) -> str:
        return next(url for kind, url, _ in self.urls(rule) if kind == "own")

    def own_body(self) -> dict[str, Any]:
        filled = {name: self.own(what) if isinstance(what, type) else what for name, what in BODY.items()}
        return {**filled, "csrf_token": self.csrf, "password": PASSWORD, "confirmed": "yes", "points:1.1": "3"}


@pytest.fixture(params=SEEN)
def eyes(full: Province, request: pytest.FixtureRequest) -> Eyes:
    return Eyes(full, request.param)


def rows(province: Province) -> Any:
    """All rows, and of the trail what tells of a change: that somebody asked, or took a file away, may be noted."""
    with province.system():
        changes = db.session.execute(
            select(m.AuditEntry.id).where(m.AuditEntry.operation.not_in(("refused", "download", "export")))
        ).all()
    return digest(province, without=(*OWN, m.AuditEntry, m.AuditHead)) | {m.AuditEntry: changes}


def sessions_of(province: Province, login: str) -> list[Any]:
    account = province.id_of(m.Account, username=login)
    with province.system():
        return list(
            db.session.execute(
                select(m.LoginSession.id, m.LoginSession.seen_at, m.LoginSession.ended_at).where(
                    m.LoginSession.account_id == account
                )
            ).all()
        )


# Writing


def test_every_route_refuses_every_method_that_writes(eyes: Eyes) -> None:
    assert eyes.reader is not None
    province, login = eyes.province, eyes.reader.login
    before, sessions = rows(province), sessions_of(province, login)
    asked = 0
    for method in WRITING:
        for rule in rules_of(province.app, method):
            if rule.endpoint in OPEN:
                continue
            answer = eyes.client.open(eyes.own_url(rule), method=method, data=eyes.own_body())
            assert answer.status_code == 403, (method, rule.rule, answer.status_code)
            assert "không thay đổi được gì" in answer.get_data(as_text=True), rule.rule
            asked += 1
    assert asked > 60
    assert rows(province) == before
    assert sessions_of(province, login) == sessions


@pytest.mark.parametrize("eyes", SOME, indirect=True)
def test_behind_a_broken_guard_the_gate_refuses(eyes: Eyes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "_open_while_looking", lambda app, endpoint: True)
    province = eyes.province
    before = rows(province)
    for rule in rules_of(province.app, "POST"):
        if rule.endpoint in OPEN:
            continue
        answer = eyes.client.post(eyes.own_url(rule), data=eyes.own_body())
        assert answer.status_code in CALM, (rule.rule, answer.status_code)
    assert rows(province) == before


def test_services_of_the_own_account_are_refused_behind_a_broken_guard(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the right passwords: of the viewer, and of the person looked as."""
    person = Person(province, "officer.x11").enters()
    looker = admin(province).looks_as("officer.x11")
    monkeypatch.setattr(routes, "_open_while_looking", lambda app, endpoint: True)
    before = rows(province)
    new = "mot mat khau khac dai"
    for path, data in (
        ("/password", {"old": PASSWORD, "new": new, "again": new}),
        ("/password", {"old": "sai", "new": new, "again": new}),
        ("/account/sessions", {}),
        ("/account/factor/begin", {"password": PASSWORD}),
        ("/account/factor/begin", {"password": "sai"}),
        ("/account/factor/confirm", {"code": "000000"}),
        ("/account/factor/codes", {"code": "000000"}),
        ("/account/factor/remove", {"password": PASSWORD, "code": "000000"}),
        ("/login", {"username": "officer.x11", "password": PASSWORD}),
        ("/login", {"username": "officer.x11", "password": "sai"}),
    ):
        answer = looker.post(path, data)
        assert answer.status_code in (403, 422), (path, answer.status_code)
    assert rows(province) == before
    assert person.inside
    assert looker.looking


@pytest.mark.parametrize("verb", list(Verb))
def test_the_gate_refuses_every_verb(province: Province, verb: Verb) -> None:
    with seen_as(province, "leader.x11"):
        with pytest.raises(Refused), act(verb, reason="vì"):
            pass
        with pytest.raises(Refused), system_scope("test"), system_act(verb, "test"):
            pass


def test_a_script_gets_a_clear_answer(province: Province) -> None:
    looker = admin(province).looks_as("officer.x11")
    form = province.form_id("X11")
    answer = looker.post(f"/assessments/{form}/scores", {"rowid": "1"}, headers={"Accept": "application/json"})
    assert answer.status_code == 403
    assert "chỉ đang xem hệ thống như" in answer.get_json()["why"]


# Reading


@pytest.mark.parametrize("eyes", SOME, indirect=True)
def test_reading_opens_what_the_user_opens_and_changes_nothing(eyes: Eyes) -> None:
    province = eyes.province
    before = rows(province)
    differing: list[Any] = []
    same: set[str] = set()
    other: set[str] = set()
    for rule in rules_of(province.app, "GET"):
        if rule.endpoint in ("auth.login", "auth.code", "auth.state"):
            continue
        url = eyes.own_url(rule)
        seen, own = eyes.client.get(url, buffered=True), eyes.user.get(url, buffered=True)
        if (seen.status_code, seen.mimetype) != (own.status_code, own.mimetype):
            differing.append((rule.endpoint, seen.status_code, own.status_code))
        elif seen.mimetype == "text/html" and seen.status_code == 200:
            page = seen.get_data(as_text=True)
            assert BANNER in page, url
            assert "Kết thúc xem" in page, url
            alike = normal(bare(page)) == normal(bare(own.get_data(as_text=True)))
            (same if alike else other).add(rule.endpoint)
        elif seen.mimetype != "text/html" and rule.endpoint.startswith(("files.", "paper.")):
            assert text_of(seen) == text_of(own), url
    # A page that is nothing but an act says why there is none.
    assert set(differing) <= {("workbook.page", 403, 200)}
    assert other <= FORMS
    assert len(same) >= 10
    after = rows(province)
    assert [model.__name__ for model in before if before[model] != after[model]] == []


def test_pages_without_acts_are_the_users_to_the_letter(province: Province) -> None:
    user = Looker(province, "officer.x11")
    user.enters()
    looker = admin(province).looks_as("officer.x11")
    form = province.form_id("X11")
    for path in ("/", "/results/", f"/assessments/{form}/history", f"/assessments/{form}/leaves/1.1/history", "/help/"):
        assert normal(bare(looker.text(path))) == normal(bare(user.text(path))), path


def test_forms_are_shown_to_be_read(province: Province) -> None:
    """So no script has anything to send by itself."""
    form = province.form_id("X11")
    user = Looker(province, "officer.x11")
    user.enters()
    typed = re.compile(r'<(?:input|select|textarea)(?![^>]*type="(?:hidden|search)")')
    assert len(typed.findall(user.text(f"/assessments/{form}"))) > 10
    looker = admin(province).looks_as("officer.x11")
    page = looker.text(f"/assessments/{form}")
    main = page[page.index("<main") : page.index("</main>")]
    assert typed.findall(main) == []
    assert "chỉ đang xem hệ thống như" in main


def test_the_own_account_page_offers_no_acts(province: Province) -> None:
    Person(province, "officer.x11").enters()
    Person(province, "officer.x11").enters()
    looker = admin(province).looks_as("officer.x11")
    page = looker.text("/account/")
    main = page[page.index("<main") : page.index("</main>")]
    assert main.count('data-label="Dùng gần nhất"') == 2
    assert "<form" not in main
    assert hash_password("x") not in page
