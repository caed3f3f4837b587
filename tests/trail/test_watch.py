"""Very many pages or files of one account raise one alarm, over all processes; a wrong clock is told (LO-06, LO-09)."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

import models as m
from config import AuditSettings
from extensions import db
from services.trail import watch
from tests.assessment.support import person
from tests.evidence.sending import sent
from tests.support.database import Database
from tests.support.world import PASSWORD, Province

ROOT = Path(__file__).resolve().parents[2]
SKEWED = """
import sys, time
real = time.time
time.time = lambda: real() + 600
from app import create_app
from config import Config

app = create_app(Config.from_environment())
client = app.test_client()
page = client.get("/login").get_data(as_text=True)
token = page.split('name="csrf_token"', 1)[1].split('value="', 1)[1].split('"', 1)[0]
answer = client.post("/login", data={"username": "admin", "password": sys.argv[1], "csrf_token": token})
assert answer.status_code == 302
assert all(client.get("/account/").status_code == 200 for _ in range(3))
"""


@pytest.fixture
def watched(province: Province, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Province]:
    """Set what raises an alarm; nothing was counted before."""

    def set_(**settings: Any) -> Province:
        for name in (watch._READS, watch._SKEW):
            province.app.extensions.pop(name, None)
        config = province.app.config["PARINDEX"]
        monkeypatch.setitem(
            province.app.config, "PARINDEX", dataclasses.replace(config, audit=AuditSettings(**settings))
        )
        return province

    return set_


def alarms(province: Province) -> list[Any]:
    with province.system():
        entry = m.AuditEntry
        columns = (
            entry.actor_name,
            entry.actor_id,
            entry.object_type,
            entry.object_id,
            entry.object_name,
            entry.changes,
        )
        return list(db.session.execute(select(*columns).where(entry.operation == "alarm").order_by(entry.id)))


def test_the_five_hundredth_page_within_five_minutes_raises_the_alarm_once(watched: Callable[..., Province]) -> None:
    province = watched(reads=500)
    client, colleague = province.client("officer.x11"), province.client("leader.x11")
    for _ in range(499 - 1):
        client.get("/help/")
    colleague.get("/help/")
    assert alarms(province) == []
    for _ in range(60):
        client.get("/help/")
    (alarm,) = alarms(province)
    assert (alarm.actor_name, alarm.object_type, alarm.object_name) == (
        "Cán bộ Xã Ấp Bắc",
        "ManyPages",
        "Cán bộ Xã Ấp Bắc",
    )
    assert alarm.object_id == str(alarm.actor_id)
    assert alarm.changes == {"pages": [None, 500], "minutes": [None, 5]}


def test_pages_of_all_processes_count_together_and_old_ones_do_not(watched: Callable[..., Province]) -> None:
    province = watched(reads=100)
    clients = [province.client("officer.x11") for _ in range(2)]
    memories: list[dict[str, Any]] = [{}, {}]

    def ask(at: int, times: int) -> None:
        province.app.extensions[watch._READS] = memories[at]  # the memory of another process
        for _ in range(times):
            clients[at].get("/help/")

    ask(0, 50)
    ask(1, 25)
    assert alarms(province) == []
    province.move_clock(minutes=7)
    ask(0, 50)
    assert alarms(province) == [], "what was read seven minutes ago counts no more"
    ask(1, 80)
    assert len(alarms(province)) == 1
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.ReadCount)) <= 2, "old rows are swept"


def test_counting_costs_one_write_in_twenty_five(
    watched: Callable[..., Province], statements: Callable[[], list[str]]
) -> None:
    province = watched(reads=500)
    client = province.client("officer.x11")
    client.get("/help/")
    seen = statements()
    for _ in range(100):
        client.get("/help/")
    assert len([said for said in seen if said.startswith("INSERT INTO read_count")]) == 4
    assert len([said for said in seen if said.startswith("BEGIN IMMEDIATE")]) <= 5


def test_an_alarm_comes_again_after_its_stretch(watched: Callable[..., Province]) -> None:
    province = watched(reads=25)
    client = province.client("officer.x11")
    for _ in range(60):
        client.get("/help/")
    assert len(alarms(province)) == 1
    province.move_clock(minutes=61)
    client = province.client("officer.x11")
    for _ in range(30):
        client.get("/help/")
    assert len(alarms(province)) == 2


def test_many_files_within_an_hour_raise_the_alarm(watched: Callable[..., Province]) -> None:
    province = watched(exports=4)
    client = province.client("officer.x11")
    number = province.form_id("X11")
    for _ in range(6):
        assert client.get(f"/assessments/{number}/workbook.xlsx").status_code == 200
    (alarm,) = alarms(province)
    assert (alarm.object_type, alarm.changes) == ("ManyFiles", {"files": [None, 4], "minutes": [None, 60]})


def test_exports_within_a_minute_are_capped(watched: Callable[..., Province]) -> None:
    """IN-17: the next one is refused in words and noted, evidence and colleagues are not touched, a minute later it goes on."""
    province = watched(exports_per_minute=3)
    officer = person(province, "officer.x11")
    file = sent(officer)["file_id"]
    path = f"{officer.url}/workbook.xlsx"
    for _ in range(3):
        assert officer.client.get(path).status_code == 200
    answer = officer.client.get(path)
    assert answer.status_code == 429
    assert "Content-Disposition" not in answer.headers
    assert "xuất quá nhiều tệp trong một phút" in answer.get_data(as_text=True)
    assert officer.client.get(f"/files/{file}").status_code == 200, "evidence is read one by one"
    assert person(province, "leader.x11").client.get(path).status_code == 200
    with province.system():
        entries = db.session.scalars(select(m.AuditEntry.operation).order_by(m.AuditEntry.id)).all()
    assert (entries.count("export"), entries.count("refused")) == (4, 1)
    province.move_clock(minutes=2)
    assert officer.client.get(path).status_code == 200


def test_zero_watches_nothing(watched: Callable[..., Province]) -> None:
    province = watched(reads=0, exports=0)
    client = province.client("officer.x11")
    number = province.form_id("X11")
    for _ in range(60):
        client.get("/help/")
    client.get(f"/assessments/{number}/workbook.xlsx")
    assert alarms(province) == []


def test_a_process_whose_clock_is_ten_minutes_wrong_tells_it_once(
    province: Province, database: Database, tmp_path: Path
) -> None:
    environ = os.environ | {
        "PARINDEX_DATABASE_URL": province.app.config["PARINDEX"].database_url,
        "PARINDEX_DATA_DIR": str(tmp_path),
        "PARINDEX_LOG": "json",
    }
    database.touched = True
    done = subprocess.run(
        [sys.executable, "-c", SKEWED, PASSWORD],
        cwd=ROOT,
        env=environ,
        timeout=60,
        check=True,
        capture_output=True,
        text=True,
    )
    (alarm,) = alarms(province)
    assert alarm.object_type == "Clock"
    assert 590 <= alarm.changes["seconds"][1] <= 610
    assert '"event": "alarm"' in done.stderr
    province.client("officer.x11").get("/account/")
    assert len(alarms(province)) == 1, "a process whose clock is right tells nothing"


def test_reading_goes_on_where_the_database_takes_no_writes_and_the_pages_are_counted_later(
    watched: Callable[..., Province],
) -> None:
    province = watched(reads=60)
    client = province.client("officer.x11")
    with province.app.app_context(), province.system():
        for statement in _FULL[db.engine.dialect.name]:
            db.session.execute(text(statement))
        db.session.commit()
    province.move_clock(minutes=2)
    assert [client.get("/help/").status_code for _ in range(59)] == [200] * 59
    with province.app.app_context(), province.system():
        db.session.execute(text(_FREED[db.engine.dialect.name]))
        db.session.commit()
    assert alarms(province) == []
    client.get("/help/")
    assert len(alarms(province)) == 1, "no page was forgotten"


#: A database whose disk is full for what notes that a session is in use.
_FULL = {
    "sqlite": ("CREATE TRIGGER disk_full BEFORE UPDATE ON login_session BEGIN SELECT RAISE(FAIL, 'disk full'); END",),
    "postgresql": (
        "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'disk full'; END $$",
        "CREATE TRIGGER disk_full BEFORE UPDATE ON login_session FOR EACH ROW EXECUTE FUNCTION disk_full()",
    ),
}
_FREED = {"sqlite": "DROP TRIGGER disk_full", "postgresql": "DROP TRIGGER disk_full ON login_session"}
