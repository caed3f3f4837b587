"""Files on leaves: received, refused with a sentence, repeated safely, limited, and never half there."""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from threading import Thread

import pytest

import models as m
from rules.vocabulary import Scan, Stage
from services import assessment, scoring
from services.evidence import upload
from tests.assessment.support import FULL, FULL_LEAVES, move_to_deadline, person, vietnamese
from tests.evidence.samples import SOUND, image, pdf
from tests.evidence.sending import links, post, refusal, rows, send, sent, stored
from tests.support.world import Province, token

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("kind", SOUND)
def test_every_kind_is_kept_with_what_was_typed(province: Province, store: Path, kind: str) -> None:
    officer = person(province, "officer.x11")
    name, content = SOUND[kind]
    told = sent(officer, "1.3", name, content, number="12/KH-UBND", issued_on="31/12/2024", page="trang 3")
    assert (told["kind"], told["size"], told["number"], told["scan"]) == (kind, len(content), 1, "clean")
    (file,), (link,), (document,) = (rows(province, model) for model in (m.EvidenceFile, m.EvidenceLink, m.Evidence))
    assert (file.id, link.id, document.id) == (told["file_id"], told["link_id"], told["document_id"])
    assert (link.file_id, link.stage, link.page, document.number) == (
        file.id, Stage.SELF_SCORING, "trang 3", "12/KH-UBND",
    )  # fmt: skip
    assert file.scan is Scan.CLEAN
    assert stored(store) == {file.sha256}
    assert officer.client.get(told["url"]).data == content


def test_a_plain_form_goes_back_to_the_leaf(province: Province) -> None:
    officer = person(province, "officer.x11")
    answer = send(officer, plain=True, name="Ảnh.jpg", content=image(located=True))
    assert (answer.status_code, answer.location) == (302, f"{officer.url}/evidence/1.3")
    page = officer.client.get(answer.location).get_data(as_text=True)
    assert "Ảnh.jpg" in page
    assert (
        vietnamese("The photo says where it was taken: send it without its location if that should not be known.")
        in page
    )
    answer = send(officer, plain=True, name="Ảnh.jpg", content=b"<html>")
    assert answer.status_code == 422
    assert ".docx" in answer.get_data(as_text=True)


def test_the_same_upload_again_changes_nothing(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    first = sent(officer, number="1/KH")
    again = sent(officer, name="Tên khác.pdf", number="2/KH")
    assert {**first, "repeated": True} == again
    assert [len(rows(province, model)) for model in (m.Evidence, m.EvidenceFile, m.EvidenceLink)] == [1, 1, 1]
    on_another_leaf = sent(officer, "1.1")
    assert on_another_leaf["link_id"] != first["link_id"]
    assert len(stored(store)) == 1


def test_two_at_once_are_one(province: Province, store: Path) -> None:
    """A double click: both uploads pass the first look, one makes the row, the other finds it."""
    officer, leader = person(province, "officer.x11"), person(province, "leader.x11")
    signed = {"csrf_token": token(leader.client, "/password")}
    original = upload._known
    answers = []

    def late(place: object, arrived: object, replaces: object) -> object:
        known = original(place, arrived, replaces)
        if not answers:
            answers.append(None)
            other = Thread(target=lambda: answers.append(sent(leader, **signed)))
            other.start()
            other.join()
        return known

    upload._known = late
    try:
        second = sent(officer)
    finally:
        upload._known = original
    assert second["link_id"] == answers[1]["link_id"]
    assert second["repeated"]
    assert len(rows(province, m.EvidenceFile)) == len(links(province)) == len(stored(store)) == 1


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("Văn bản.pdf", b"<!DOCTYPE html><html>", "HTML"),
        ("Ảnh.png", pdf(), ".pdf"),
        ("Trống.pdf", b"", "rỗng"),
    ],
)
def test_a_refused_file_leaves_nothing(province: Province, store: Path, name: str, content: bytes, says: str) -> None:
    officer = person(province, "officer.x11")
    assert says in refusal(send(officer, name=name, content=content))
    assert links(province) == rows(province, m.Evidence) == []
    assert stored(store) == set()


def test_no_file_and_bad_fields_are_told_at_their_fields(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    answer = post(officer, "evidence/1.3/files", {})
    assert (answer.status_code, list(answer.get_json()["faults"])) == (422, ["file"])
    answer = send(officer, issued_on="31/02/2024", link="javascript:alert(1)")
    assert sorted(answer.get_json()["faults"]) == ["issued_on", "link"]
    assert stored(store) == set()
    answer = officer.client.post(f"{officer.url}/evidence/1.3/files", data={"file": (io.BytesIO(pdf()), "a.pdf")})
    assert answer.status_code == 400  # no token
    assert links(province) == []


def test_a_large_file_is_told_before_it_is_kept(province: Province, store: Path, settings: Callable[..., None]) -> None:
    settings(file_bytes=2 * 1024 * 1024)
    officer = person(province, "officer.x11")
    assert "2 MB" in refusal(send(officer, content=pdf() + b"%" * (2 * 1024 * 1024)))
    for plain in (False, True):
        answer = send(officer, content=pdf() + b"%" * (4 * 1024 * 1024), plain=plain)
        assert answer.status_code == 413
        assert "2 MB" in (answer.get_data(as_text=True) if plain else answer.get_json()["faults"]["file"])
    assert stored(store) == set()
    assert sent(officer, content=pdf() + b"%" * 1024)["size"] > 1024


def test_a_file_may_be_larger_than_any_other_request(province: Province) -> None:
    officer = person(province, "officer.x11")
    content = pdf() + b"%" * (15 * 1024 * 1024)
    assert sent(officer, content=content)["size"] == len(content)
    assert officer.post("evidence/1.3", title="x" * len(content)).status_code == 413


def test_a_full_unit_is_told_and_others_go_on(province: Province, store: Path, settings: Callable[..., None]) -> None:
    settings(unit_bytes=2 * len(pdf("0")) + 10)
    officer = person(province, "officer.x11")
    sent(officer, content=pdf("1"))
    sent(officer, content=pdf("2"))
    assert vietnamese("{size} kB", size=1) in refusal(send(officer, content=pdf("3")))
    assert len(stored(store)) == 2
    sent(officer, "1.1", content=pdf("1"))  # the same bytes again take no room
    sent(person(province, "officer.x12"), content=pdf("3"))
    assert len(rows(province, m.EvidenceFile)) == 4


def test_the_floor_of_free_space_refuses_files_and_nothing_else(
    province: Province, store: Path, settings: Callable[..., None]
) -> None:
    settings(free_bytes=shutil.disk_usage(store.parent).total + 1)
    officer = person(province, "officer.x11")
    assert refusal(send(officer))
    assert stored(store) == set()
    assert officer.post("evidence/1.3", title="Kế hoạch").status_code == 302
    assert officer.leaf("1.5", {"count": "1"}).status_code == 200


def test_a_disk_that_fails_is_told_and_leaves_nothing(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    store.mkdir()
    (store / "incoming").write_bytes(b"")  # a folder that cannot be written to, whoever the server runs as
    assert refusal(send(officer))
    (store / "incoming").unlink()
    digest = hashlib.sha256(pdf()).hexdigest()
    (store / digest[:2]).write_bytes(b"")
    assert refusal(send(officer))
    assert links(province) == []
    assert stored(store) == {digest[:2]}


@pytest.mark.parametrize("login", ["officer.x12", "manager.h1", "admin", "observer", "helper.h1", "auditor"])
def test_nobody_else_sends_files_to_a_form(province: Province, store: Path, login: str) -> None:
    other = person(province, login, "X11")
    assert send(other).status_code in (403, 404)
    assert links(province) == []
    assert stored(store) == set()


@pytest.mark.parametrize("code", ["8.1", "9.2", "1", "7.7"])
def test_only_leaves_that_the_unit_scores_take_files(province: Province, store: Path, code: str) -> None:
    assert send(person(province, "officer.x11"), code).status_code == 404
    assert stored(store) == set()


@pytest.mark.parametrize("then", ["signed", "locked"])
def test_after_the_signature_and_the_deadline_no_file_comes_or_goes(province: Province, store: Path, then: str) -> None:
    officer = person(province, "officer.x11")
    link_id = sent(officer)["link_id"]
    if then == "signed":
        _sign(province)
    else:
        move_to_deadline(province, "X11", 1)
    before = links(province)[0].file_id, stored(store)
    officer = person(province, "officer.x11")  # the clock ran on: a new session
    assert send(officer, content=pdf("other")).status_code == 409
    assert send(officer, content=pdf("other"), version_of=link_id).status_code == 409
    assert officer.post(f"evidence/1.3/{link_id}/remove").status_code == 409
    assert (links(province)[0].file_id, stored(store)) == before


def _sign(province: Province) -> None:
    officer = person(province, "officer.x11")
    assert officer.send({**FULL, **{f"{code}:note": "giải thích" for code in FULL_LEAVES}}).status_code == 302
    with province.acting("leader.x11"):
        assessment.sign(scoring.find(officer.form_id))


KILLED = """
import os, signal, sys
from pathlib import Path
sys.path.insert(0, os.getcwd())
from dataclasses import replace
from app import create_app
from config import Config
app = create_app(Config(database_url=sys.argv[1], data_dir=Path(sys.argv[2]), secret_key="k" * 40, testing=True,
                        clock_offset_allowed=True))
from tests.evidence.samples import pdf
from tests.support.world import Province, token
from services import evidence, scoring
from services.evidence import Document, upload
from services.evidence.receiving import Arrived

class Slow:
    def __init__(self): self.parts = [pdf(), b"%" * 100]
    def read(self, size):
        if sys.argv[3] == "receiving" and len(self.parts) == 1:
            os.kill(os.getpid(), signal.SIGKILL)
        return self.parts.pop(0) if self.parts else b""

if sys.argv[3] == "stored":
    def killed(*_): os.kill(os.getpid(), signal.SIGKILL)
    upload.new_document = killed  # the bytes are safe, the act is open, the row is not there yet
province = Province(app)
with province.acting("officer.x11"):
    form = scoring.find(int(sys.argv[4]))
    upload.receive(form, evidence.leaf(form, "1.3"), Slow(), "Kế hoạch.pdf", Document())
"""


@pytest.mark.parametrize("moment", ["receiving", "stored"])
def test_an_upload_killed_on_its_way_leaves_no_row_and_the_sweep_leaves_no_file(
    province: Province, store: Path, tmp_path: Path, moment: str
) -> None:
    form_id = person(province, "officer.x11").form_id
    url = province.app.config["PARINDEX"].database_url
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, url, str(tmp_path), moment, str(form_id)],
        cwd=ROOT, capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert [rows(province, model) for model in (m.Evidence, m.EvidenceFile, m.EvidenceLink)] == [[], [], []]
    (left,) = stored(store)
    assert left.endswith(".part") is (moment == "receiving")
    runner = province.app.test_cli_runner()
    assert runner.invoke(args=["evidence", "sweep"]).exit_code == 0
    assert stored(store) == {left}  # it may belong to an upload under way
    day_before = time.time() - 25 * 3600
    for path in store.rglob(left):
        os.utime(path, (day_before, day_before))
    assert runner.invoke(args=["evidence", "sweep"]).exit_code == 0
    assert stored(store) == set()
    assert sent(person(province, "officer.x11"))["number"] == 1  # and is sent again


def test_a_start_sweeps_what_an_earlier_run_left_unfinished(province: Province, tmp_path: Path) -> None:
    from app import create_app

    left = tmp_path / "evidence" / "incoming" / "a.part"
    young = left.with_name("b.part")
    left.parent.mkdir(parents=True)
    for path in (left, young):
        path.write_bytes(b"x")
    os.utime(left, (time.time() - 25 * 3600,) * 2)
    create_app(province.app.config["PARINDEX"])
    assert (left.exists(), young.exists()) == (False, True)
