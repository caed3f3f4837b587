"""Every route, every role: who gets in, what stands in the answer, what a GET leaves unchanged (Điều 4, security AC and IN)."""

from __future__ import annotations

import csv
import difflib
import io
from typing import Any

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import models as m
from app import create_app
from extensions import db
from permissions.routes import PUBLIC, SIGNED_IN, open_to, stated
from rules.verbs import Role, Verb
from tests.permissions.crawl import ABSENT, PATH, Crawler, digest, leaks, normal, rules_of, text_of
from tests.permissions.readers import CUT, READERS, Everything, expected
from tests.support.world import Province

#: Pages that show published results: the names of the units of a group are public there (Điều 4.2 ends with publication).
PUBLISHED = ("results.", "admin_edition", "publication.", "paper.appendix", "paper.draft", "paper.result")
#: Doors that are tested by themselves: they end or change the crawler's own session.
OWN_SESSION = {
    *("auth.logout", "auth.language", "auth.authority", "auth.password", "auth.login", "auth.code"),
    *("own.end", "own.begin", "own.confirm", "own.codes", "own.remove", "looking.end"),
}
CALM = {200, 302, 303, 400, 403, 404, 405, 409, 413, 415, 422}


#: One reader of each kind; the officer and the leader stand for the two sides of a release.
LOGINS = ("officer.x11", "leader.x12", "manager.h1", "admin", "observer", "auditor", "helper1.p", "chair.p")
CRAWLERS = [*(reader for reader in READERS if reader.login in LOGINS), CUT]


@pytest.fixture(params=CRAWLERS, ids=lambda reader: reader.login)
def crawler(full: Province, request: pytest.FixtureRequest) -> Crawler:
    with full.system():
        all_ = Everything.read()
    return Crawler(full, request.param, all_)


def granted(province: Province) -> dict[str, set[str]]:
    """Read the printed matrix: role -> verbs."""
    answer = province.app.test_cli_runner().invoke(args=["permissions", "matrix", "--format", "csv"])
    assert answer.exit_code == 0, answer.output
    found: dict[str, set[str]] = {role.value: set() for role in Role}
    for row in csv.DictReader(io.StringIO(answer.output)):
        found[row["role"]].add(row["verb"])
    return found


def opens(province: Province, rule: Rule, verbs: set[str]) -> bool:
    """Tell whether a route's stated right is among the verbs."""
    rights = stated(province.app, rule.endpoint)
    return PUBLIC in rights or SIGNED_IN in rights or any(right in verbs for right in rights)


# Rights are stated


def test_every_route_states_its_right(full: Province) -> None:
    silent = [rule.rule for rule in full.app.url_map.iter_rules() if not stated(full.app, rule.endpoint)]
    assert silent == []
    known = {PUBLIC, SIGNED_IN, *Verb}
    assert all(set(stated(full.app, rule.endpoint)) <= known for rule in full.app.url_map.iter_rules())


def test_only_the_door_is_public(full: Province) -> None:
    public = {r.endpoint for r in full.app.url_map.iter_rules() if PUBLIC in stated(full.app, r.endpoint)}
    assert public == {
        *("static", "admin.static", "auth.login", "auth.code", "auth.state", "auth.language", "health.healthz")
    }


def test_a_route_without_a_stated_right_is_closed_to_everybody(full: Province) -> None:
    app = create_app(full.app.config["PARINDEX"])
    app.add_url_rule("/forgotten", "forgotten", lambda: "Dữ liệu")
    app.add_url_rule("/remembered", "remembered", open_to(Verb.READ_PUBLISHED)(lambda: "Dữ liệu"))
    other = Province(app)
    assert other.client("admin").get("/remembered").status_code == 200
    assert other.client("admin").get("/forgotten").status_code == 404
    assert app.test_client().get("/forgotten").status_code == 302
    with app.app_context():
        db.engine.dispose()


# Nobody


def test_without_signing_in_every_door_leads_to_the_login(full: Province) -> None:
    with full.system():
        all_ = Everything.read()
    admin = Crawler(full, next(r for r in READERS if r.login == "admin"), all_)  # knows addresses that exist
    nobody = Crawler(full, None, all_)
    for rule in rules_of(full.app, "GET"):
        if PUBLIC in stated(full.app, rule.endpoint):
            continue
        for _, url, _ in admin.urls(rule):
            answer = nobody.client.get(url)
            assert answer.status_code in (302, 401), url
            assert answer.headers.get("Location", "/login").startswith("/login"), url
            assert leaks(all_, None, text_of(answer)) == []
    before = digest(full)
    for rule in rules_of(full.app, "POST"):
        if PUBLIC in stated(full.app, rule.endpoint):
            continue
        url = admin.address(rule, {name: admin.value(name) for name in rule.arguments}, {})
        assert nobody.client.post(url).status_code == 400, "a post without its token"
        answer = nobody.client.post(url, data=nobody.body("foreign"))
        assert answer.status_code in (302, 401), url
        assert leaks(all_, None, text_of(answer)) == []
    assert digest(full) == before


# Reading


def ask(crawler: Crawler, method: str, url: str, **more: Any) -> TestResponse:
    """Ask; a fault of the program is told with its address."""
    try:
        answer = crawler.client.open(url, method=method, buffered=True, **more)
    except Exception as fault:
        raise AssertionError(f"{method} {url}: {type(fault).__name__}: {fault}") from fault
    assert answer.status_code in CALM, f"{method} {url}: {answer.status_code}"
    if answer.status_code in (302, 303):  # what it tells the next page belongs to this answer
        with crawler.client.session_transaction() as session:
            session.pop("_flashes", None)
    return answer


def difference(one: str, other: str) -> str:
    """Return the lines in which two answers differ."""
    lines = difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0)
    return "\n".join(line for line in lines if not line.startswith(("---", "+++", "@@")))


#: These pages tell of the asking itself: two answers differ by the entry that the first one left.
OF_THE_TRAIL = ("admin_audit.index_view", "admin_audit.export", "admin_audit.day")


def test_what_a_role_reads(crawler: Crawler) -> None:
    """Right or 403; a foreign object answers as an absent one; nothing of others in any answer; reading changes nothing."""
    province, reader = crawler.province, crawler.reader
    assert reader is not None
    verbs = granted(province)[reader.role]
    before = digest(province)
    opened = 0
    for rule in rules_of(province.app, "GET"):
        if rule.endpoint in OWN_SESSION:
            continue
        answers: dict[str, tuple[int, str]] = {}
        public_names = rule.endpoint.startswith(PUBLISHED)
        for kind, url, _ in crawler.urls(rule):
            answer = ask(crawler, "GET", url)
            text = text_of(answer)
            found = leaks(crawler.all_, reader, text, public_names=public_names)
            assert not found, f"{reader.login} reads {found} at {url}"
            if not opens(province, rule, verbs):
                assert answer.status_code == 403, url
            else:
                assert answer.status_code != 403, f"{url}: the printed matrix opens it"
            opened += answer.status_code == 200
            answers[kind] = (answer.status_code, normal(text))
        for kind, answer_ in answers.items():
            if kind.startswith("foreign"):
                absent = answers[kind.replace("foreign", "absent")]
                assert answer_[0] == absent[0], f"{rule.rule} {kind}: {answer_[0]}, but absent {absent[0]}"
                if rule.endpoint in OF_THE_TRAIL:
                    continue
                told = difference(answer_[1], absent[1])
                assert told == "", f"{rule.rule} {kind}: the answer tells that it exists: {told}"
    assert opened > 3
    assert digest(province) == before


def test_every_role_finds_its_own_pages(full: Province) -> None:
    """Else all the above could hold because every page answers 404."""
    with full.system():
        all_ = Everything.read()
    wanted = {
        "officer.x11": {"assessment.form", "assessment.check", "evidence.leaf", "results.index"},
        "manager.h1": {"progress.index", "progress.form", "admin_council.index_view", "admin_score.details_view"},
        "admin": {"admin_account.edit_view", "admin_unit.details_view", "publication.group", "survey.index"},
        "auditor": {"admin_audit.index_view", "admin_audit.details_view"},
        "observer": {"progress.form", "admin_score.index_view", "results.provisional"},
        "helper1.p": {"appraisal.index", "appraisal.work"},
        "chair.p": {"approval.index", "approval.sheet"},
    }
    for login, endpoints in wanted.items():
        crawler = Crawler(full, next(r for r in READERS if r.login == login), all_)
        found = set()
        for rule in rules_of(full.app, "GET"):
            if rule.endpoint in endpoints:
                url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
                if ask(crawler, "GET", url).status_code == 200:
                    found.add(rule.endpoint)
        assert found == endpoints, login


# Writing


def test_posts_at_other_units_change_nothing_and_tell_nothing(crawler: Crawler) -> None:
    """Foreign and absent objects in the path, and in every field where the path names none; no post without its token."""
    province, reader = crawler.province, crawler.reader
    assert reader is not None
    verbs = granted(province)[reader.role]
    before = digest(province)
    for rule in rules_of(province.app, "POST"):
        if rule.endpoint in OWN_SESSION:
            continue
        answers = {}
        for kind, url, _ in crawler.urls(rule):
            if kind == "own":
                assert ask(crawler, "POST", url).status_code == 400, f"{url}: a post without its token"
            if kind == "own" or (kind.endswith("query") and rule.arguments):
                continue
            answer = ask(crawler, "POST", url, data=crawler.body(kind))
            assert (
                leaks(crawler.all_, reader, text_of(answer), public_names=rule.endpoint.startswith(PUBLISHED)) == []
            ), url
            if not opens(province, rule, verbs):
                assert answer.status_code == 403, url
            answers[kind] = answer.status_code
        for kind, status in answers.items():
            if kind.startswith("foreign"):
                assert status == answers[kind.replace("foreign", "absent")], f"{rule.rule} {kind}"
    after = digest(province)
    changed = [model.__name__ for model in before if before[model] != after[model]]
    # The administrator sees all: what this did for it was done to its own.
    assert changed == [] or reader.role == "administrator"


#: What no act of a unit, a helper or a council changes, whatever its form says besides (security AC-11).
NEVER = {
    m.Assessment: ("unit_id", "round_id", "group_id", "closed_at"),
    m.FieldSheet: ("unit_id", "assessment_id", "field_id"),
    m.Score: ("unit_id", "assessment_id", "layer", "criterion_id"),
    m.Evidence: ("unit_id", "author_id"),
    m.Account: ("active", "unit_id", "username"),
    m.Post: ("account_id", "unit_id", "function", "valid_to"),
    m.Seat: ("account_id", "council_id", "function"),
    m.Unit: ("path", "name", "code", "parent_id"),
}


def test_forged_fields_reach_no_other_unit_and_no_column_of_the_process(crawler: Crawler) -> None:
    """Own objects in the path, and in the form every name of an object and of a column: foreign ones, higher layers."""
    province, reader = crawler.province, crawler.reader
    assert reader is not None
    if reader.role == "administrator":
        return  # to whom nothing is foreign
    verbs = granted(province)[reader.role]
    for rule in rules_of(province.app, "POST"):
        if rule.endpoint not in OWN_SESSION and opens(province, rule, verbs):
            url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
            answer = ask(crawler, "POST", url, data=crawler.body("foreign"))
            assert (
                leaks(crawler.all_, reader, text_of(answer), public_names=rule.endpoint.startswith(PUBLISHED)) == []
            ), url
    with province.system():
        after = Everything.read()
    for model, rows in after.rows.items():
        if model in (m.AuditEntry, m.AuditHead, m.LoginSession, m.Subtotal):
            continue  # the trail, the own session, and sums that follow from what the reader may change
        seen, there = crawler.sees(model), crawler.all_.rows[model]
        foreign = {id_: row for id_, row in rows.items() if id_ in there and id_ not in seen}
        assert foreign == {id_: row for id_, row in there.items() if id_ not in seen}, model.__name__
        new = {id_ for id_ in rows if id_ not in there}
        assert new <= expected(after, reader, model), f"{model.__name__}: a row was made where the reader sees none"
    for id_, form in after.rows[m.Assessment].items():
        # What was released may be taken back with a field that is sent back; nobody here opens more.
        assert form.released <= crawler.all_.one(m.Assessment, id_).released
    for model, columns in NEVER.items():
        for id_, row in after.rows[model].items():
            was = crawler.all_.rows[model].get(id_)
            for column in columns:
                assert was is None or getattr(row, column) == getattr(was, column), f"{model.__name__}.{column}"


@pytest.mark.parametrize("login", ["observer", "auditor"])
def test_who_only_reads_changes_nothing_with_any_form(full: Province, login: str) -> None:
    with full.system():
        all_ = Everything.read()
    crawler = Crawler(full, next(r for r in READERS if r.login == login), all_)
    before = digest(full)
    for rule in rules_of(full.app, "POST"):
        if rule.endpoint not in OWN_SESSION:
            url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
            own = {name: crawler.own(what) if isinstance(what, type) else what for name, what in _bodies(crawler)}
            # Whoever has a role takes back what it lent itself: who lent nothing finds nothing there.
            refused = 404 if rule.endpoint == "lending.revoke" else 403
            assert ask(crawler, "POST", url, data={**own, "csrf_token": crawler.csrf}).status_code == refused, url
    assert digest(full) == before


def _bodies(crawler: Crawler) -> list[tuple[str, Any]]:
    from tests.permissions.crawl import BODY

    return list(BODY.items())


# Methods, and addresses nobody would type


def test_other_methods_are_not_taken(full: Province) -> None:
    with full.system():
        all_ = Everything.read()
    crawler = Crawler(full, next(r for r in READERS if r.login == "admin"), all_)
    before = digest(full)
    for rule in {rule.rule: rule for method in ("GET", "POST") for rule in rules_of(full.app, method)}.values():
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        taken = {
            method
            for other in full.app.url_map.iter_rules()
            if other.rule == rule.rule
            for method in other.methods or ()
        }
        for method in {"PUT", "DELETE", "PATCH", "TRACE", "POST", "GET"} - taken:
            for headers in ({}, {"X-HTTP-Method-Override": "POST"}):
                answer = ask(
                    crawler, method, url, headers=headers, data={"csrf_token": crawler.csrf, "_method": "POST"}
                )
                assert answer.status_code in (404, 405), f"{method} {url}: {answer.status_code}"
        if "GET" in taken and rule.endpoint not in OWN_SESSION:
            head = ask(crawler, "HEAD", url)
            assert head.get_data() == b""
            assert head.status_code == ask(crawler, "GET", url).status_code
        options = ask(crawler, "OPTIONS", url)
        assert text_of(options) == "" or options.status_code >= 400
    assert digest(full) == before


HOSTILE = ("abc", "-1", str(10**21), "1' OR '1'='1", "%00", "%ED%A0%80", "１", "9" * 5000)
QUERY_NAMES = (
    *(
        "id",
        "page",
        "page_size",
        "sort",
        "desc",
        "search",
        "round",
        "group",
        "state",
        "unit",
        "council",
        "sheet",
        "leaf",
    ),
    *("field", "form", "seat", "level", "set", "parent", "edition", "basis", "q", "query", "limit", "offset", "name"),
    *("method", "copy", "flt0_0", "flt1_0", "url", "next"),
)


@pytest.mark.parametrize("part", range(4))
def test_hostile_addresses_get_a_plain_answer(full: Province, part: int) -> None:
    """Each route is asked by the first of these roles that it opens to; in parts, so that they run side by side."""
    with full.system():
        all_ = Everything.read()
    crawlers = [Crawler(full, reader, all_) for reader in CRAWLERS]
    rights = granted(full)
    queries = ["?" + "&".join(f"{name}={value}" for name in QUERY_NAMES) for value in HOSTILE]
    queries += ["?" + "&".join(f"{name}=1&{name}=2" for name in QUERY_NAMES), "?&&==&%", "?" + "a=1&" * 500]
    queries += [f"?id={value}" for value in HOSTILE[:3]]
    faults = []
    for rule in rules_of(full.app, "GET")[part::4]:
        crawler = next(c for c in crawlers if c.reader is not None and opens(full, rule, rights[c.reader.role]))
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own").partition("?")[0]
        for query in queries:
            try:
                ask(crawler, "GET", url + query)
            except AssertionError as fault:
                faults.append(str(fault)[:300])
    assert faults == []


@pytest.mark.parametrize("login", ["admin", "officer.x11"])
def test_numbers_no_key_can_be_are_simply_absent(full: Province, login: str) -> None:
    with full.system():
        all_ = Everything.read()
    reader = next(r for r in READERS if r.login == login)
    crawler = Crawler(full, reader, all_)
    for rule in rules_of(full.app, "GET"):
        for name in rule.arguments:
            if not isinstance(PATH[name], type):
                continue
            values = {other: crawler.value(other) for other in rule.arguments}
            path = crawler.address(rule, {**values, name: ABSENT}, {})
            for odd in (str(10**21), "-1", "0", "abc", "%00", "%ED%A0%80", "1.5", "9" * 400):
                url = path.replace(str(ABSENT), odd)
                assert ask(crawler, "GET", url).status_code in (400, 403, 404), url
