"""CF-02, CF-03, CF-05: the headers of every answer of every route, errors, redirects, downloads and static files too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from werkzeug.test import TestResponse

from app import create_app
from extensions import db
from permissions.routes import public
from tests.permissions.crawl import Crawler, rules_of
from tests.permissions.readers import READERS, Everything
from tests.support.world import Province

EVIL = "https://evil.example"
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PREFLIGHT = {"Origin": EVIL, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-csrftoken"}
#: Headers that name a program or open an answer to another origin.
NEVER = ("Server", "X-Powered-By", "Access-Control-Allow-Origin", "Access-Control-Allow-Credentials", "Via")


def directives(answer: TestResponse) -> Mapping[str, list[str]]:
    """Return the content policy: directive -> its sources."""
    (policy,) = answer.headers.getlist("Content-Security-Policy")
    parts = [part.split() for part in policy.split(";")]
    return {part[0]: part[1:] for part in parts}


def faults(answer: TestResponse) -> list[str]:
    """Return what is wrong with the headers of an answer."""
    headers = answer.headers
    found = [f"{name}: {headers.getlist(name)}" for name, value in FIXED.items() if headers.getlist(name) != [value]]
    found += [name for name in NEVER if name in headers]
    features = dict(part.strip().split("=") for part in headers.get("Permissions-Policy", "x=").split(","))
    if set(features.values()) != {"()"} or not {"camera", "microphone", "geolocation", "payment"} <= set(features):
        found.append(f"Permissions-Policy: {headers.get('Permissions-Policy')}")
    policy = directives(answer)
    if policy.get("default-src") != ["'none'"]:
        found.append("default-src")
    found += [name for name in ("base-uri", "frame-ancestors") if policy.get(name) != ["'none'"]]
    found += ["object-src"] if policy.get("object-src", ["'none'"]) != ["'none'"] else []
    for name, sources in policy.items():
        wide = [one for one in sources if one.startswith(("'unsafe", "http", "*", "//")) or one in ("https:", "blob:")]
        found += [f"{name} {one}" for one in wide]
    if policy.get("form-action", ["'self'"]) != ["'self'"]:
        found.append("form-action")
    return found


@pytest.fixture
def admin(full: Province) -> Crawler:
    with full.system():
        all_ = Everything.read()
    return Crawler(full, next(reader for reader in READERS if reader.login == "admin"), all_)


def test_every_route_answers_with_every_header_and_to_its_own_origin_alone(full: Province, admin: Crawler) -> None:
    """Asked with a foreign Origin, as a page of another site would; then its preflight."""
    wrong, nonces = [], []
    for rule in rules_of(full.app, "GET"):
        url = next(url for kind, url, _ in admin.urls(rule) if kind == "own")
        answer = admin.client.get(url, buffered=True, headers={"Origin": EVIL, "Sec-Fetch-Site": "cross-site"})
        wrong += [f"{answer.status_code} {url}: {fault}" for fault in faults(answer)]
        nonces += [one for one in directives(answer).get("script-src", []) if one.startswith("'nonce-")]
        if rule.endpoint == "auth.logout":
            pytest.fail("signing out is no GET")
    for rule in full.app.url_map.iter_rules():
        values = {name: admin.value(name) for name in rule.arguments}
        answer = admin.client.options(admin.address(rule, values, {}), headers=PREFLIGHT)
        wrong += [f"OPTIONS {rule.rule}: {fault}" for fault in faults(answer)]
        wrong += [f"OPTIONS {rule.rule}: {name}" for name, _ in answer.headers if name.startswith("Access-Control")]
    assert wrong == []
    assert len(nonces) > 100
    assert len(set(nonces)) == len(nonces), "a nonce is good for one answer"
    assert all(len(one) >= len("'nonce-'") + 20 for one in nonces)


def test_scripts_of_a_page_carry_its_own_nonce(full: Province, admin: Crawler) -> None:
    for path in ("/admin/unit/", "/admin/unit/new/"):
        answer = admin.client.get(path)
        (nonce,) = [one[7:-1] for one in directives(answer)["script-src"] if one.startswith("'nonce-")]
        inline = re.findall(r"<script(?![^>]*\bsrc=)([^>]*)>", answer.get_data(as_text=True))
        told = re.findall(r'nonce="([^"]+)"', answer.get_data(as_text=True))
        assert set(told) == {nonce}, path
        assert all(nonce in tag or "application/json" in tag for tag in inline), path


def test_errors_redirects_downloads_and_static_files_too(full: Province, admin: Crawler) -> None:
    config = replace(full.app.config["PARINDEX"])
    app = create_app(config)
    app.config["ANSWER_FAULTS"] = True

    def fault() -> str:
        raise ValueError("bí mật")

    app.add_url_rule("/fault", "fault", public(fault))
    broken = app.test_client().get("/fault")
    with app.app_context():
        db.engine.dispose()
    nobody = full.app.test_client()
    big = b"x" * (full.app.config["MAX_CONTENT_LENGTH"] + 1)
    officer = full.client("officer.x11")
    answers = {
        400: nobody.post("/language", data={"locale": "en"}),
        401: nobody.get("/account/", headers={"Accept": "application/json"}),
        403: officer.get("/survey/"),
        404: nobody.get("/nowhere"),
        405: nobody.put("/login"),
        413: nobody.post("/login", data=big, content_type="application/x-www-form-urlencoded"),
        500: broken,
        302: nobody.get("/account/"),
        308: admin.client.get("/admin/unit"),
        200: nobody.get("/static/css/app.css", buffered=True),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert faults(answer) == [], status
    assert "bí mật" not in broken.get_data(as_text=True)
    downloads = [
        admin.client.get("/admin/unit/export/csv/", buffered=True),
        admin.client.get("/admin/static/bootstrap/none.css"),
    ]
    assert [faults(answer) for answer in downloads] == [[], []]


def test_methods_that_nobody_needs_are_refused(full: Province, admin: Crawler) -> None:
    for method in ("TRACE", "TRACK", "CONNECT", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "DEBUG"):
        for path in ("/", "/login", "/healthz", "/static/css/app.css", "/admin/unit/", "/account/"):
            answer = admin.client.open(path, method=method, buffered=True, headers={"X-Secret": "c00kie"})
            assert answer.status_code == 405, (method, path)
            assert "c00kie" not in answer.get_data(as_text=True)
            assert faults(answer) == []
