"""What holds on one process holds on several: counts, sessions and codes are in the database alone."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, Request, build_opener

import pytest

from tests.auth.support import Person
from tests.support.database import Database
from tests.support.world import PASSWORD, Province

ROOT = Path(__file__).resolve().parents[2]
KEY = "uT5xK9vB2nM7qR4wZ8jL3cF6hD1gS0aP"


class Browser:
    """A browser with cookies, without script, that asks any of the servers by its number."""

    def __init__(self, ports: list[int]) -> None:
        self.ports = ports
        self.jar = CookieJar()
        self.opener: OpenerDirector = build_opener(HTTPCookieProcessor(self.jar))

    def ask(self, at: int, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Return status, address arrived at, and text."""
        body = urlencode(data).encode() if data is not None else None
        request = Request(f"http://127.0.0.1:{self.ports[at % len(self.ports)]}{path}", data=body)
        try:
            with self.opener.open(request, timeout=20) as answer:
                return answer.status, answer.url, answer.read().decode()
        except HTTPError as refused:
            return refused.code, refused.url, refused.read().decode()

    def csrf(self, at: int) -> str:
        return str(json.loads(self.ask(at, "/login/state")[2])["csrf"])

    def tries(self, at: int, login: str, password: str) -> bool:
        data = {"username": login, "password": password, "csrf_token": self.csrf(at)}
        status, url, _text = self.ask(at + 1, "/login", data)
        return status == 200 and "/login" not in url


@pytest.fixture
def servers(province: Province, database: Database, tmp_path: Path) -> Iterator[list[int]]:
    """Three processes of the product's own server over the database of the test."""
    config = province.app.config["PARINDEX"]
    environ = {
        **os.environ,
        "PARINDEX_DATABASE_URL": config.database_url,
        "PARINDEX_DATA_DIR": str(tmp_path),
        "PARINDEX_SECRET_KEY": KEY,
    }
    ports, started = [], ExitStack()
    database.touched = True
    with started:
        for _ in range(3):
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                ports.append(free.getsockname()[1])
            command = [sys.executable, "-m", "gunicorn", "app:create_app()", "--bind", f"127.0.0.1:{ports[-1]}"]
            process = subprocess.Popen(
                [*command, "--worker-class", "gthread", "--threads", "2", "--log-level", "error"], cwd=ROOT, env=environ
            )
            started.callback(process.wait, 20)
            started.callback(process.terminate)
        for port in ports:
            _wait_for(port)
        yield ports


def _wait_for(port: int) -> None:
    opener = build_opener()
    for _ in range(200):
        try:
            with opener.open(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail("a server did not start")


def test_guesses_and_sessions_are_known_to_every_process(servers: list[int], province: Province) -> None:
    """AU-09, SE-03, SE-07: fifty guesses round-robin over three processes; a session opened here and ended there."""
    guesser = Browser(servers)
    csrf = guesser.csrf(0)
    for n in range(50):
        data = {"username": "officer.x11", "password": f"đoán {n}", "csrf_token": csrf}
        assert guesser.ask(n, "/login", data)[0] == 422
    data = {"username": "officer.x11", "password": PASSWORD, "csrf_token": csrf}
    assert [guesser.ask(at, "/login", data)[0] for at in range(3)] == [422] * 3, "the right one, at each process"
    colleague, other = Browser(servers), Browser(servers)
    assert colleague.tries(0, "leader.x11", PASSWORD), "behind the same address"
    assert all(colleague.ask(at, "/account/")[1].endswith("/account/") for at in range(3))
    assert other.tries(1, "leader.x11", PASSWORD)
    page = colleague.ask(2, "/account/")[2]
    number = re.search(r'name="session" value="(\d+)"', page)[1]
    colleague.ask(0, "/account/sessions", {"session": number, "csrf_token": colleague.csrf(1)})
    assert all("/login" in other.ask(at, "/account/")[1] for at in range(3))
    stolen = [(cookie.name, cookie.value) for cookie in colleague.jar]
    colleague.ask(1, "/logout", {"csrf_token": colleague.csrf(0)})
    for at in range(3):
        request = Request(f"http://127.0.0.1:{servers[at]}/account/")
        request.add_header("Cookie", "; ".join(f"{name}={value}" for name, value in stolen))
        with build_opener().open(request, timeout=20) as answer:
            assert "/login" in answer.url
    assert not Person(province, "officer.x11", "127.0.0.1").gets_in(), "known to this process as well"
