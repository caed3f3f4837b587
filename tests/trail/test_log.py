"""The log and its collector: nothing secret, nothing forged, nothing that waits (LO-05, LO-06, LO-08)."""

from __future__ import annotations

import dataclasses
import io
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Text, cast, select, text

import logs
import models as m
from config import AuditSettings, Config, ConfigError
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from permissions.routes import public
from rules.verbs import Verb
from tests.support.world import PASSWORD, Province, token


@pytest.fixture
def lines(province: Province) -> Iterator[io.StringIO]:
    """What the log writes as JSON while the test goes on."""
    before = province.app.config["PARINDEX"]
    province.app.config["PARINDEX"] = dataclasses.replace(before, audit=AuditSettings(log="json"))
    logs.init_app(province.app)
    written = io.StringIO()
    province.app.logger.handlers[0].setStream(written)  # type: ignore[attr-defined]
    yield written
    province.app.config["PARINDEX"] = before
    logs.init_app(province.app)


def read(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_every_committed_entry_has_its_line_in_utc_without_values(province: Province, lines: io.StringIO) -> None:
    client = province.client("officer.x11")
    number = province.form_id("X11")
    client.post(f"/assessments/{number}/sign", data={"csrf_token": token(client, "/account/")})
    with province.system():
        with system_act(Verb.IMPORT, "lý do kín"):
            db.session.add(m.Level(code="x", name="Cấp X", position=90))
        kept = dict(db.session.execute(select(m.AuditEntry.id, m.AuditEntry.seal)).all())
    told = [line for line in read(lines) if line["event"] == "audit"]
    last = told[-1]
    assert (last["object_name"], last["changed"]) == ("Cấp X", ["code", "name", "position"])
    assert last["seal"] == kept[last["id"]]
    assert all(line["time"].endswith("+00:00") and line["at"].endswith("+00:00") for line in told)
    assert "lý do kín" not in lines.getvalue()
    assert any(line["operation"] == "login" and line["request_id"] for line in told)


def test_what_is_undone_has_no_line(province: Province, lines: io.StringIO) -> None:
    with province.system(), pytest.raises(RuntimeError), system_act(Verb.IMPORT, "test"):  # noqa: PT012
        db.session.add(m.Level(code="x", name="Cấp X", position=90))
        db.session.flush()
        raise RuntimeError
    assert lines.getvalue() == ""


def test_a_fault_has_its_number_and_no_secret(
    province: Province, lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(province.app.config, "ANSWER_FAULTS", True)
    secret = "mật khẩu trong câu lệnh"

    @public
    def broken() -> str:
        with system_scope("test"):
            db.session.execute(text("SELECT no_such FROM level WHERE code = :code"), {"code": secret})
        return ""

    monkeypatch.setitem(province.app.view_functions, "health.healthz", broken)
    answer = province.app.test_client().get("/healthz", headers={"X-Forged": "1"})
    fault = next(line for line in read(lines) if line["level"] == "error")
    assert fault["request_id"]
    assert fault["request_id"] in answer.get_data(as_text=True)
    assert secret not in lines.getvalue()


def test_names_and_addresses_forge_no_line(province: Province, lines: io.StringIO) -> None:
    forged = 'Cấp X\r\n{"level": "info", "event": "audit", "id": 1}\x1b[2K\u2028'
    with province.system(), system_act(Verb.IMPORT, "test"):
        db.session.add(m.Level(code="x", name=forged, position=90))
    assert len(lines.getvalue().split("\n")) == 2
    record = logging.makeLogRecord({"msg": forged, "levelname": "INFO"})
    text = logs.Lines(as_json=False).format(record)
    assert len(text.splitlines()) == 1
    assert "\\r\\n" in text


def test_no_secret_reaches_log_or_trail(province: Province, lines: io.StringIO) -> None:
    """A walk through the door, wrong and right, and through the own account; then log and trail are searched."""
    client = province.app.test_client()
    wrong, new = "sai mat khau hoan toan", "mot cau moi that la dai 7"
    data = {"username": "officer.x11", "password": wrong, "csrf_token": token(client)}
    assert client.post("/login", data=data).status_code == 422
    client = province.client("officer.x11")
    cookie = client.get_cookie("parindex")
    assert cookie is not None
    csrf = token(client, "/account/password")
    client.post(
        "/account/password",
        data={"current": PASSWORD, "password": new, "repeated": new, "csrf_token": csrf},
    )
    client.post("/account/factor", data={"csrf_token": csrf})
    client.get(f"/no-such-page?next={PASSWORD.replace(' ', '+')}")
    client.post("/logout", data={"csrf_token": csrf})
    with province.system():
        table = m.AuditEntry.__table__
        rows = db.session.execute(select(*(cast(column, Text) for column in table.c))).all()
        secrets = set(db.session.scalars(select(m.SecondFactor.secret)))
        hashes = {
            *db.session.scalars(select(m.Account.password_hash)),
            *db.session.scalars(select(m.LoginSession.token_hash)),
        }
    trail = "\n".join(str(value) for row in rows for value in row)
    for secret in {wrong, new, PASSWORD, cookie.value, csrf, *secrets, *hashes}:
        assert secret not in lines.getvalue()
        assert secret not in trail
    assert read(lines), "the walk left its lines"


# The collector


def collector(address: str) -> logs.Collector:
    made = logs.Collector(address)
    made.addFilter(logs._request)
    return made


def record(message: str) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": message, "levelno": logging.INFO, "levelname": "INFO"})


def settled(made: logs.Collector) -> None:
    until = time.monotonic() + 10
    while made.lines.unfinished_tasks and time.monotonic() < until:
        time.sleep(0.01)
    assert made.lines.unfinished_tasks == 0


def test_a_collector_reads_syslog_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        made = collector(f"127.0.0.1:{server.getsockname()[1]}")
        made.handle(record("một dòng"))
        got = server.recv(65536).decode()
    assert re.match(r"<110>1 \S+\+00:00 \S+ parindex \d+ log - \{", got)
    assert json.loads(got[got.index("{") :])["message"] == "một dòng"


def test_a_collector_that_goes_away_stops_nothing_and_is_told_what_it_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAUSE", 0.0)
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    made = collector(f"tcp://127.0.0.1:{port}")
    made.handle(record("đến nơi"))
    taken, _address = server.accept()
    taken.settimeout(10)
    assert "đến nơi" in taken.recv(65536).decode()
    taken.close()
    server.close()
    began = time.monotonic()
    for n in range(500):
        made.handle(record(f"mất {n}"))
    assert time.monotonic() - began < 1, "who writes does not wait"
    settled(made)
    assert 490 <= made.missed <= 500  # what the closed connection took before it knew
    with socket.create_server(("127.0.0.1", port)) as again:
        made.handle(record("lại đến"))
        taken, _address = again.accept()
        taken.settimeout(10)
        settled(made)
        text = taken.recv(65536).decode()
        taken.close()
    assert f'"missed": {made.missed}' in text
    assert "lại đến" in text


def test_a_full_queue_drops_and_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "WAITING", 5)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        made = collector(f"tcp://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setattr(made, "_started", lambda: None)  # a sender that hangs
        for n in range(8):
            made.handle(record(str(n)))
    assert (made.lines.qsize(), made.missed) == (5, 3)


def test_saves_go_on_while_the_collector_is_away(province: Province) -> None:
    before = province.app.config["PARINDEX"]
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    province.app.config["PARINDEX"] = dataclasses.replace(before, audit=AuditSettings(syslog=f"tcp://127.0.0.1:{port}"))
    logs.init_app(province.app)
    try:
        began = time.monotonic()
        for n in range(20):
            with province.system(), system_act(Verb.IMPORT, "test"):
                db.session.add(m.Level(code=f"x{n}", name=f"Cấp {n}", position=90 + n))
        assert time.monotonic() - began < 5
        made = next(handler for handler in province.app.logger.handlers if isinstance(handler, logs.Collector))
        settled(made)
        assert made.missed >= 20
    finally:
        province.app.config["PARINDEX"] = before
        logs.init_app(province.app)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PARINDEX_LOG", "xml"),
        ("PARINDEX_SYSLOG", "collector"),
        ("PARINDEX_SYSLOG", "ftp://a:1"),
        ("PARINDEX_AUDIT_MONTHS", "2"),
        ("PARINDEX_ALARM_READS", "many"),
    ],
)
def test_settings_that_mean_nothing_stop_the_start(tmp_path: Any, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), name: value})
