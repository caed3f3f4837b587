"""The virus scanner, asked over real sockets by clamd's protocol: clean, found, slow, silent, gone (FI-10)."""

from __future__ import annotations

import contextlib
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import models as m
from rules.vocabulary import Scan
from tests.assessment.support import move_to_deadline, person
from tests.evidence.samples import EICAR, pdf
from tests.evidence.sending import links, refusal, rows, send, sent, stored
from tests.support.world import Province


class Clamd(socketserver.BaseRequestHandler):
    """Speaks zPING and zINSTREAM as clamd does, with EICAR as its only signature; ``mood`` makes it fail."""

    mood = ""

    def handle(self) -> None:
        command = self._until_zero()
        if self.mood == "hangs up":
            return
        if command == b"zPING":
            self.request.sendall(b"PONG\0")
            return
        content = b""
        while size := struct.unpack("!I", self._exactly(4))[0]:
            content += self._exactly(size)
        if self.mood == "slow":
            self.server.released.wait(20)  # type: ignore[attr-defined]
        answer = b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"
        if self.mood == "full":
            answer = b"INSTREAM size limit exceeded. ERROR"
        with contextlib.suppress(OSError):
            self.request.sendall(answer + b"\0")

    def _exactly(self, size: int) -> bytes:
        read = b""
        while len(read) < size:
            part = self.request.recv(size - len(read))
            assert part
            read += part
        return read

    def _until_zero(self) -> bytes:
        read = b""
        while (byte := self.request.recv(1)) not in (b"", b"\0"):
            read += byte
        return read


@pytest.fixture(params=["tcp", "unix"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path, settings: Callable[..., None]) -> Iterator[type[Clamd]]:
    """A scanner that is running and set; its mood is changed on the class."""
    kinds: dict[str, Any] = {"tcp": socketserver.ThreadingTCPServer, "unix": socketserver.ThreadingUnixStreamServer}
    place = ("127.0.0.1", 0) if request.param == "tcp" else str(tmp_path / "clamd.ctl")
    handler = type("Here", (Clamd,), {})
    with kinds[request.param](place, handler) as server:
        server.released = threading.Event()
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        address = f"tcp://127.0.0.1:{server.server_address[1]}" if request.param == "tcp" else f"unix:{place}"
        settings(clamd=address, clamd_seconds=1)
        yield handler
        server.released.set()
        server.shutdown()
        thread.join()


def held(province: Province) -> list[Scan]:
    return [file.scan for file in rows(province, m.EvidenceFile)]


def scan(province: Province) -> Any:
    return province.app.test_cli_runner().invoke(args=["evidence", "scan"])


def test_a_clean_file_is_taken(province: Province, clamd: type[Clamd]) -> None:
    officer = person(province, "officer.x11")
    assert sent(officer, content=pdf("sach") + b"%" * 700_000)["scan"] == "clean"


def test_what_the_scanner_finds_is_refused_and_not_kept(province: Province, store: Path, clamd: type[Clamd]) -> None:
    told = refusal(send(person(province, "officer.x11"), content=pdf() + EICAR))
    assert "Eicar-Test-Signature" in told
    assert links(province) == rows(province, m.Evidence) == []
    assert stored(store) == set()


@pytest.mark.parametrize("mood", ["slow", "hangs up", "full"])
def test_without_an_answer_a_file_is_held_and_goes_to_nobody_else(
    province: Province, clamd: type[Clamd], mood: str
) -> None:
    clamd.mood = mood
    officer = person(province, "officer.x11")
    told = sent(officer, content=pdf("cho quet"))
    assert (told["scan"], held(province)) == ("held", [Scan.HELD])
    assert officer.client.get(told["url"]).data == pdf("cho quet")  # its own unit has it anyway
    for login in ("manager.h1", "admin", "observer"):
        answer = person(province, login, "X11").client.get(told["url"])
        assert answer.status_code == 409
        assert b"%PDF" not in answer.data
    assert person(province, "officer.x12").client.get(told["url"]).status_code == 404
    move_to_deadline(province, "X11", 1)
    assert person(province, "helper.h1", "X11").client.get(told["url"]).status_code == 409
    clamd.mood = ""
    assert scan(province).exit_code == 0
    assert held(province) == [Scan.CLEAN]
    assert person(province, "helper.h1", "X11").client.get(told["url"]).data == pdf("cho quet")
    trail = [
        row for row in rows(province, m.AuditEntry) if row.object_type == "EvidenceFile" and row.operation == "update"
    ]
    assert (trail[-1].operation, trail[-1].actor_name) == ("update", "evidence scan")


def test_a_held_file_that_is_bad_goes_to_nobody_at_all(province: Province, clamd: type[Clamd]) -> None:
    clamd.mood = "hangs up"
    officer = person(province, "officer.x11")
    told = sent(officer, content=pdf() + EICAR)
    assert scan(province).exit_code == 1  # the scanner is not there
    assert held(province) == [Scan.HELD]
    clamd.mood = ""
    assert scan(province).exit_code == 0
    assert held(province) == [Scan.REFUSED]
    for login in ("officer.x11", "leader.x11", "manager.h1", "admin", "observer"):
        answer = person(province, login, "X11").client.get(told["url"])
        assert answer.status_code == 409
        assert EICAR not in answer.data


def test_a_scanner_that_is_gone_holds_files(province: Province, settings: Callable[..., None], tmp_path: Path) -> None:
    settings(clamd=f"unix:{tmp_path}/nobody", clamd_seconds=1)
    assert sent(person(province, "officer.x11"))["scan"] == "held"
