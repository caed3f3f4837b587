"""Handing out and keeping: headers, who gets a file, bytes that changed, bytes that nobody needs (FI-03, FI-06, FI-11)."""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

import models as m
from extensions import db
from rules.files import KINDS
from tests.assessment.support import move_to_deadline, person
from tests.evidence.samples import SOUND, pdf
from tests.evidence.sending import rows, sent, stored
from tests.support.world import Province


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_every_file_is_a_file_to_keep_and_nothing_else(province: Province, kind: str, method: str) -> None:
    officer = person(province, "officer.x11")
    name, content = SOUND[kind]
    answer = officer.client.open(sent(officer, name=name, content=content)["url"], method=method)
    headers = answer.headers
    assert answer.status_code == 200
    assert headers["Content-Type"] == KINDS[kind].media_type
    assert headers["Content-Disposition"].startswith('attachment; filename="')
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"] == "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    assert headers["X-Frame-Options"] == "DENY"
    assert "ETag" not in headers
    assert headers["Content-Length"] == str(len(content))
    assert answer.data == (content if method == "GET" else b"")


def test_no_name_breaks_out_of_its_header(province: Province) -> None:
    officer = person(province, "officer.x11")
    answer = officer.client.get(sent(officer, name='a"; filename="b.html\r\nX: 1 Đề án%.pdf')["url"])
    assert "X" not in answer.headers
    sound = r"attachment; filename=\"[^\"\\\r\n]+\"; filename\*=UTF-8''[A-Za-z0-9%._~-]+"
    assert re.fullmatch(sound, answer.headers["Content-Disposition"])


#: Who gets a file of X11 while its form is a draft, and once it is locked.
READERS = {
    "officer.x11": (200, 200),
    "leader.x11": (200, 200),
    "manager.h1": (200, 200),
    "admin": (200, 200),
    "observer": (200, 200),
    "helper.h1": (404, 200),
    "member.h1": (404, 200),
    "chair.h1": (404, 200),
    "officer.x12": (404, 404),
    "leader.h1": (404, 404),
    "officer.sa": (404, 404),
    "manager.h2": (404, 404),
    "helper.h2": (404, 404),
    "helper1.p": (404, 404),
    "auditor": (403, 403),
}


def test_a_file_follows_the_rights_of_its_record(province: Province) -> None:
    url = sent(person(province, "officer.x11"))["url"]
    for place in (0, 1):
        if place == 1:
            move_to_deadline(province, "X11", 1)
        for login, expected in READERS.items():
            client = province.client(login)
            answer = client.get(url)
            assert answer.status_code == expected[place], (login, place)
            if expected[place] == 404:
                absent = client.get("/files/9")
                assert absent.status_code == 404
                assert len(absent.data) == len(answer.data)
    answer = province.app.test_client().get(url)
    assert (answer.status_code, answer.location.split("?")[0]) == (302, "/login")


@pytest.mark.parametrize("what", ["one byte", "cut", "missing"])
def test_bytes_that_changed_are_refused_and_alarmed(
    province: Province, store: Path, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    officer = person(province, "officer.x11")
    told = sent(officer)
    digest = rows(province, m.EvidenceFile)[0].sha256
    path = store / digest[:2] / digest
    content = path.read_bytes()
    path.chmod(0o640)
    if what == "missing":
        path.unlink()
    else:
        path.write_bytes(content[:-1] if what == "cut" else content[:20] + b"!" + content[21:])
    with caplog.at_level(logging.CRITICAL):
        answer = officer.client.get(told["url"])
    assert answer.status_code == 409
    assert b"%PDF" not in answer.data
    assert f"evidence file {told['file_id']}:" in caplog.text
    runner = province.app.test_cli_runner()
    for command in (["evidence", "check"], ["verify"]):
        checked = runner.invoke(args=command)
        assert checked.exit_code == 1
        assert digest in checked.output
    if what != "missing":
        path.write_bytes(content)  # as a backup copy gives it back
        assert officer.client.get(told["url"]).data == content
        assert runner.invoke(args=["verify"]).exit_code == 0


def test_an_upload_again_mends_what_is_missing(province: Province, store: Path) -> None:
    sent(person(province, "officer.x11"))
    digest = rows(province, m.EvidenceFile)[0].sha256
    (store / digest[:2] / digest).unlink()
    told = sent(person(province, "officer.x12"))
    assert person(province, "officer.x12").client.get(told["url"]).data == pdf()
    assert stored(store) == {digest}


def test_the_same_file_sent_again_mends_its_own_bytes(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    told = sent(officer)
    (path,) = (one for one in store.rglob("*") if one.is_file())
    path.chmod(0o640)
    path.write_bytes(b"%PDF-spoiled")
    assert officer.client.get(told["url"]).status_code == 409
    assert sent(officer)["repeated"] is True
    assert officer.client.get(told["url"]).data == pdf()


def test_a_sweep_spares_what_is_sent_while_it_looks(province: Province, store: Path) -> None:
    """Bytes of a removed document are listed as old; when the rows were asked the same file is sent again."""
    officer = person(province, "officer.x11")
    officer.post(f"evidence/1.3/{sent(officer)['link_id']}/remove")
    (path,) = (one for one in store.rglob("*") if one.is_file())
    os.utime(path, (time.time() - 25 * 3600,) * 2)
    with province.app.app_context():
        engine = db.engine
    again: list[threading.Thread] = []

    def send_again(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if "evidence_file" in statement and not again:
            again.append(threading.Thread(target=sent, args=(officer,)))
            again[0].start()
            again[0].join(20)

    event.listen(engine, "after_cursor_execute", send_again)
    try:
        assert province.app.test_cli_runner().invoke(args=["evidence", "sweep"]).exit_code == 0
    finally:
        event.remove(engine, "after_cursor_execute", send_again)
    (file,) = rows(province, m.EvidenceFile)
    assert stored(store) == {file.sha256}


def test_the_same_bytes_of_two_units_are_stored_once_and_go_with_the_last(province: Province, store: Path) -> None:
    one, two = person(province, "officer.x11"), person(province, "officer.x12")
    mine, theirs = sent(one, name="Đ.pdf"), sent(two, name="đ.pdf")
    (digest,) = stored(store)
    runner = province.app.test_cli_runner()

    def swept() -> set[str]:
        for path in store.rglob(digest):
            os.utime(path, (time.time() - 25 * 3600,) * 2)
        assert runner.invoke(args=["evidence", "sweep"]).exit_code == 0
        return stored(store)

    one.post(f"evidence/1.3/{mine['link_id']}/remove")
    assert one.client.get(mine["url"]).status_code == 404
    assert swept() == {digest}
    assert two.client.get(theirs["url"]).data == pdf()
    two.post(f"evidence/1.3/{theirs['link_id']}/remove")
    assert rows(province, m.EvidenceFile) == []
    assert stored(store) == {digest}
    assert runner.invoke(args=["evidence", "sweep"]).exit_code == 0
    assert swept() == set()


def test_a_link_given_as_evidence_is_never_fetched(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    """IN-14: a listener on loopback hears nothing while documents with its address are named, sent and read."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.3)
        link = f"http://127.0.0.1:{listener.getsockname()[1]}/van-ban"
        officer = person(province, "officer.x11")
        officer.post("evidence/1.3", title="Kế hoạch", link=link)
        told = sent(officer, link=link)
        officer.client.get(f"{officer.url}/evidence/1.3")
        officer.client.get(told["url"])
        with pytest.raises(TimeoutError):
            listener.accept()
