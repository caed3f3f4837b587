"""Many write at once, some are undone, one is killed: no gap, no deadlock, never a change without its entry (LO-03, LO-04)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from permissions import trail
from permissions.actor import system_scope
from permissions.gate import act, note, system_act, together
from rules.verbs import Verb
from services.trail import chain
from tests.permissions.stages import by, form_of, loaded, put
from tests.support.database import Database
from tests.support.world import Province

ROOT = Path(__file__).resolve().parents[2]
KILLED = """
import os, signal
from sqlalchemy import event
from app import create_app
from config import Config
from extensions import db
from models import Level
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb

app = create_app(Config.from_environment())
with app.app_context(), system_scope("test"):
    # Registered after the trail's own listener: its entries and the new head are written, nothing is committed.
    event.listen(db.session, "before_commit", lambda session: os.kill(os.getpid(), signal.SIGKILL))
    with system_act(Verb.IMPORT, "test"):
        db.session.add(Level(code="killed", name="Cấp bị dừng", position=99))
"""


def entries(**columns: object) -> int:
    with system_scope("test"):
        return db.session.scalar(select(func.count()).select_from(m.AuditEntry).filter_by(**columns)) or 0


def whole() -> None:
    db.session.rollback()
    with system_scope("test"):
        found = chain.verify(db.session())
    assert [str(fault) for fault in found.all_faults()] == []


def test_many_act_at_once_and_the_chain_is_whole(province: Province) -> None:
    """Acts that lock rows of their own, acts that lock the same row, and notes that lock nothing but the head."""
    units, each = ("x11", "x12", "x21", "x22"), 6
    start, failed = Barrier(2 * len(units)), []

    def score(unit: str) -> None:
        start.wait()
        for n in range(each):
            with province.acting(f"officer.{unit}"):
                form = loaded(m.Assessment, form_of(unit.upper()).id)
                version = 0
                with system_scope("test"):
                    row = db.session.scalar(select(m.Score).where(m.Score.assessment_id == form.id))
                    version = 0 if row is None else row.version
                with act(Verb.SCORE, form) as scoring:
                    put(scoring, form, code="1.4", inputs={"count": str(n)}, version=version)

    def look(unit: str) -> None:
        start.wait()
        for n in range(each):
            with province.acting(f"leader.{unit}"):
                note("export", Verb.READ, "Assessment", n, rows=n)

    def run(work: object, unit: str) -> None:
        try:
            work(unit)  # type: ignore[operator]
        except BaseException as fault:  # noqa: BLE001 - told by the test
            failed.append(fault)

    threads = [Thread(target=run, args=(work, unit)) for unit in units for work in (score, look)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    with province.app.app_context():
        assert entries(operation="export") == each * len(units)
        assert entries(object_type="Score") == each * len(units)
        whole()


def test_what_a_savepoint_undid_leaves_no_entry_and_the_rest_does(province: Province) -> None:
    with province.system():
        with system_act(Verb.IMPORT, "test"):
            db.session.add(m.Level(code="a", name="Cấp A", position=90))
            db.session.flush()
            undone = db.session.begin_nested()
            db.session.add(m.Level(code="b", name="Cấp B", position=91))
            db.session.flush()
            undone.rollback()
            with db.session.begin_nested():
                db.session.add(m.Level(code="c", name="Cấp C", position=92))
            assert entries(object_type="Level", object_name="Cấp C") == 0, "a released savepoint is no commit"
        assert [entries(object_name=f"Cấp {name}") for name in "ABC"] == [1, 0, 1]
        whole()


def test_what_several_acts_join_stands_or_falls_together(province: Province) -> None:
    handed: list[int] = []
    trail.committed.append(lambda written: handed.append(len(written)))
    try:
        with province.acting("officer.x11"):
            form = loaded(m.Assessment, form_of("X11").id)
            with together():
                for code in ("1.4", "1.5"):
                    with act(Verb.SCORE, form) as scoring:
                        made = put(scoring, form, code=code, inputs={"count": "1"})
                    assert handed == []
            with pytest.raises(RuntimeError), together():  # noqa: PT012
                with act(Verb.SCORE, form) as scoring:
                    put(scoring, form, code="1.5", inputs={"count": "2"}, version=made.version)
                raise RuntimeError
        assert len(handed) == 1
        with province.app.app_context():
            assert entries(object_type="Score") == 2
            whole()
    finally:
        trail.committed.pop()


def test_a_listener_that_fails_undoes_nothing(province: Province) -> None:
    def fail(_entries: object) -> None:
        raise RuntimeError("no collector")

    trail.committed.append(fail)
    try:
        with province.system(), system_act(Verb.IMPORT, "test"):
            db.session.add(m.Level(code="a", name="Cấp A", position=90))
    finally:
        trail.committed.pop()
    with province.system():
        assert by(m.Level, code="a").name == "Cấp A"
        whole()


def test_killed_before_the_commit_neither_is_there(province: Province, database: Database, tmp_path: Path) -> None:
    config = province.app.config["PARINDEX"]
    environ = os.environ | {
        "PARINDEX_DATABASE_URL": config.database_url,
        "PARINDEX_DATA_DIR": str(tmp_path),
        "PARINDEX_SECRET_KEY": config.secret_key,
    }
    database.touched = True
    done = subprocess.run([sys.executable, "-c", KILLED], cwd=ROOT, env=environ, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Level).where(m.Level.code == "killed")) == 0
        assert entries(object_name="Cấp bị dừng") == 0
        whole()


def test_a_save_costs_three_statements_of_the_trail(province: Province, statements: object) -> None:
    with province.system():
        seen: list[str] = statements()  # type: ignore[operator]
        with system_act(Verb.IMPORT, "test"):
            db.session.add_all(m.Level(code=str(n), name=f"Cấp {n}", position=90 + n) for n in range(5))
        assert len([said for said in seen if "audit_" in said]) == 3
