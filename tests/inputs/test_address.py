"""IN-03, IN-10, IN-11, IN-19: where a request comes from, where it leads, and what a refusal tells."""

from __future__ import annotations

import logging
import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

import models as m
from app import create_app
from config import Config, ConfigError
from extensions import db
from tests.inputs.strike import TELLTALE, Range
from tests.permissions.crawl import digest, rules_of
from tests.support.world import PASSWORD, Province, token

# IN-03


def test_in_03_no_change_without_the_token_of_this_very_session(full: Province) -> None:
    """Every route that takes a post, the door and the language among them: no token, an altered one, somebody else's."""
    range_ = Range.of(full)
    stranger = token(full.client("officer.x21"), "/password")
    before = digest(full)
    asked = 0
    for rule in rules_of(full.app, "POST"):
        crawler, url = range_.own(rule)
        altered = crawler.csrf[:-9] + ("a" if crawler.csrf[-9] != "a" else "b") + crawler.csrf[-8:]
        for body in ({}, {"csrf_token": ""}, {"csrf_token": altered}, {"csrf_token": stranger}):
            for headers in ({}, {"X-CSRFToken": altered}):
                answer = crawler.client.post(url, data={**body, "reason": "vì"}, headers=headers, buffered=True)
                assert answer.status_code in (400, 404), f"{url} {body}: {answer.status_code}"
                asked += 1
    assert asked > 500
    assert digest(full) == before
    assert all(crawler.client.get("/password").status_code == 200 for crawler in range_.crawlers), (
        "nobody was signed out"
    )


# IN-04


def test_in_04_head_and_options_change_nothing_for_anybody(full: Province) -> None:
    """GET as every role: ``test_what_a_role_reads``; here the two other methods that must be safe."""
    range_ = Range.of(full)
    before = digest(full)
    for crawler in range_.crawlers:
        for rule in range_.rules("GET"):
            url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
            assert crawler.client.options(url).status_code in (200, 403, 404)
    for rule in range_.rules("GET"):
        crawler, url = range_.own(rule)
        assert crawler.client.head(url, buffered=True).get_data() == b""
    assert digest(full) == before


# IN-10

ELSEWHERE = (
    *(
        "//evil.example",
        "///evil.example",
        "////evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "\\/evil.example",
    ),
    *(
        "https://evil.example",
        "http:evil.example",
        "http:///evil.example",
        "HTTPS://evil.example",
        "ftp://evil.example",
    ),
    *(
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "blob:x",
        "mailto:a@evil.example",
    ),
    *(
        "/\t/evil.example",
        "/\n/evil.example",
        "\t//evil.example",
        " //evil.example",
        "/ /evil.example",
        "\x00//evil.example",
    ),
    *("//evil.example@localhost", "https://localhost@evil.example", "//localhost:x@evil.example", "//[::1]", "//["),
    *(
        "//%65vil.example",
        "/\r\nLocation: //evil.example",
        "/\u2028/evil.example",
        "//evil\u3002example",
        "/\\/evil.example",
    ),
    *("evil.example", "./evil", "../evil", "?x", "#x", "@evil.example", ":80", "//", "/\\", "\\"),
    *(
        "/\u202e//evil.example",
        "\ufeff//evil.example",
        "\u200b//evil.example",
        "/\u200b/evil.example",
        "/\u00ad/evil.example",
    ),
)


@pytest.mark.parametrize("target", sorted(set(ELSEWHERE)))
def test_in_10_no_way_back_leads_elsewhere(province: Province, target: str) -> None:
    client = province.app.test_client()
    data = {"locale": "vi", "next": target, "csrf_token": token(client)}
    assert client.post("/language", data=data).location == "/"
    signing_in = {"username": "admin", "password": PASSWORD, "csrf_token": token(client)}
    assert client.post("/login", query_string={"next": target}, data=signing_in).location == "/"
    answer = client.get("/admin/level/edit/", query_string={"id": "1", "url": target})
    assert answer.status_code == 400 or "evil" not in answer.get_data(as_text=True)
    form = {"csrf_token": token(client, "/password"), "id": "999999"}
    answer = client.post("/admin/level/delete/", query_string={"url": target}, data=form)
    assert answer.status_code in (400, 404)


def test_in_10_there_are_as_many_as_promised() -> None:
    assert len(set(ELSEWHERE)) >= 40


# IN-11


def started(tmp_path: Path, app: Flask, **environ: str) -> Flask:
    """Start the product anew on the database of a test, with other settings."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    given = {"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DATABASE_URL": url, **environ}
    return create_app(Config.from_environment(given))


FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "444",
    "X-Forwarded-Prefix": "/evil",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;host=evil.example;proto=https",
    "X-Original-URL": "/admin/",
    "X-Rewrite-URL": "/admin/",
}


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "203.0.113.9")])
def test_in_11_headers_of_a_client_change_no_link_and_no_address(
    province: Province, tmp_path: Path, proxies: str, seen: str
) -> None:
    """Directly nothing is believed; through the one named proxy only the address that the proxy itself added, the last one."""
    app = started(tmp_path, province.app, PARINDEX_PROXIES=proxies)
    client = app.test_client()
    headers = {**FORGED, "X-Forwarded-For": f"198.51.100.66, {FORGED['X-Forwarded-For']}", "X-Forwarded-Proto": "http"}
    page = client.get("/login", headers=headers).get_data(as_text=True)
    assert "evil" not in page
    answer = client.get("/results/", headers=headers)
    assert answer.location == "/login?next=/results/"
    form = {"username": "admin", "password": PASSWORD, "csrf_token": token(client)}
    assert client.post("/login", data=form, headers=headers).location == "/"
    with province.system():
        addresses = set(db.session.scalars(db.select(m.LoginSession.address)))
    assert seen in addresses
    assert "198.51.100.66" not in addresses
    with app.app_context():
        db.engine.dispose()


def test_in_11_a_forged_address_does_not_escape_the_limit_of_guesses(province: Province) -> None:
    client = province.app.test_client()
    form = {"username": "officer.x11", "csrf_token": token(client)}
    for guess in range(6):
        headers = {"X-Forwarded-For": f"203.0.113.{guess}", "X-Real-IP": f"203.0.113.{guess}"}
        client.post("/login", data={**form, "password": f"sai {guess}"}, headers=headers)
    answer = client.post("/login", data={**form, "password": PASSWORD}, headers={"X-Forwarded-For": "203.0.113.200"})
    assert answer.status_code == 422, "five wrong guesses from one place, whatever it calls itself"


def test_in_11_only_the_names_of_this_server_are_answered(province: Province, tmp_path: Path) -> None:
    app = started(tmp_path, province.app, PARINDEX_HOSTS="par.example, .vinhlong.gov.vn")
    client = app.test_client()
    known = ("par.example", "par.example:8443", "cchc.vinhlong.gov.vn")
    for host in (*known, "PAR.Example:80", "par.example.", "Par.example.:8443", "CCHC.vinhlong.gov.vn."):
        assert client.get("/login", headers={"Host": host}).status_code == 200, host
    for host in (
        "evil.example",
        "par.example.evil.example",
        "par.example..",
        "xvinhlong.gov.vn",
        "x@par.example",
        "par.example/",
        "",
        "a b",
        '"><script>',
    ):
        answer = client.get("/login", headers={"Host": host})
        assert answer.status_code == 400, host
        assert answer.mimetype == "text/plain"
        assert "evil" not in answer.get_data(as_text=True)
    with app.app_context():
        db.engine.dispose()


def test_in_11_without_a_list_a_name_stands_in_no_page_and_in_no_redirect(province: Province) -> None:
    for host in ("evil.example", "a b", '"><script>', "evil@localhost", "evil/b"):
        for path in ("/login", "/results/"):
            answer = province.app.test_client().get(path, headers={"Host": host})
            assert answer.status_code in (200, 302, 400), host
            assert host not in answer.get_data(as_text=True) + answer.headers.get("Location", "")


@pytest.mark.parametrize("given", ["https://par.example", "par.example:443", "par example", "*", "par.example/x"])
def test_in_11_a_list_of_names_that_cannot_be_meant_stops_the_start(tmp_path: Path, given: str) -> None:
    with pytest.raises(ConfigError, match="PARINDEX_HOSTS"):
        Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_HOSTS": given})


# IN-19

REFERENCE = re.compile(r"<code>([0-9a-f]{12})</code>")


def test_in_19_every_refusal_has_its_number_on_the_page_and_in_the_log(
    full: Province, caplog: pytest.LogCaptureFixture
) -> None:
    range_ = Range.of(full)
    officer = next(c for c in range_.crawlers if c.reader and c.reader.login == "officer.x11")
    caplog.set_level(logging.WARNING)
    codes = set()
    for method, url, data in (
        ("GET", "/nothing/here", None),
        ("GET", "/admin/account/", None),
        ("GET", f"/assessments/{10**9}", None),
        ("PUT", "/results/", {"csrf_token": officer.csrf}),
        ("POST", "/authority", {}),
        ("POST", "/authority", {"csrf_token": officer.csrf, "x": "x" * 13_000_000}),
    ):
        caplog.clear()
        answer = officer.client.open(url, method=method, data=data)
        page = answer.get_data(as_text=True)
        number = REFERENCE.search(page)
        assert number, (url, page[:300])
        assert number[1] in caplog.text
        assert TELLTALE.search(page) is None
        codes.add(answer.status_code)
    assert codes == {400, 403, 404, 405, 413}


def test_in_19_a_fault_of_ours_shows_its_number_and_nothing_else(
    province: Province, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = started(tmp_path, province.app)

    def broken() -> str:
        with app.app_context():
            db.session.execute(db.text("SELECT secret FROM nothing_there"))
        return ""

    from permissions.routes import public

    app.add_url_rule("/broken", "broken", public(broken))
    answer = app.test_client().get("/broken")
    page = answer.get_data(as_text=True)
    assert answer.status_code in (500, 503)
    number = REFERENCE.search(page)
    assert number
    assert number[1] in caplog.text
    assert "nothing_there" not in page
    assert TELLTALE.search(page) is None
    with app.app_context():
        db.engine.dispose()


def test_in_19_a_line_of_the_log_cannot_be_forged(province: Province, caplog: pytest.LogCaptureFixture) -> None:
    province.client("admin").get("/x%0A2026-01-01 WARNING forged")
    assert not any(line.startswith("2026-01-01 WARNING forged") for line in caplog.text.splitlines())


def test_in_19_the_server_names_no_version(tmp_path: Path) -> None:
    """The server that the manual starts (docs/operations.md), over a real connection."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "app:create_app()",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    environ = {**os.environ, "PARINDEX_DATA_DIR": str(tmp_path), "FLASK_RUN_FROM_CLI": "true"}
    environ.pop("PARINDEX_DATABASE_URL", None)
    root = Path(__file__).resolve().parents[2]
    server = subprocess.Popen(command, cwd=root, env=environ)
    try:
        for sent in (b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", b"NO HTTP AT ALL\r\n\r\n"):
            told = _said(port, sent)
            assert told.startswith("HTTP/1."), told[:200]
            assert not re.search(r"gunicorn[/ ]\d|Werkzeug|Python/|X-Powered-By|Traceback", told)
    finally:
        server.terminate()
        server.wait(20)


def _said(port: int, sent: bytes) -> str:
    for _ in range(200):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=20) as line:
                line.sendall(sent)
                return b"".join(iter(lambda: line.recv(65536), b"")).decode("utf-8", "replace")
        except ConnectionRefusedError:
            time.sleep(0.1)
    return ""
