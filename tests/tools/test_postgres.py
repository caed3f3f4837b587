"""The throw-away server: it answers, and nothing of it is left behind, even when its owner is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from tools import postgres

ROOT = Path(__file__).resolve().parent.parent.parent
PRINT_ADDRESS = f"import os; print(os.environ['{postgres.URL_VARIABLE}'])"


@pytest.fixture(autouse=True)
def without_a_given_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(postgres.URL_VARIABLE, raising=False)


def home(address: str) -> Path:
    return Path(str(make_url(address).query["host"]))


def test_server_answers_and_leaves_nothing() -> None:
    with postgres.server() as address:
        folder = home(address)
        assert folder.stat().st_mode & 0o077 == 0  # nobody else reaches the socket
        plain = make_url(address).set(drivername="postgresql").render_as_string()
        with psycopg.connect(plain) as connection:
            version = connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone()
            collation = connection.execute("SELECT 'Z' < 'a' COLLATE \"C\", current_setting('timezone')").fetchone()
        assert version is not None
        assert version[0] >= postgres.VERSION
        assert collation == (True, "UTC")
    assert not folder.exists()


def test_a_given_server_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(postgres.URL_VARIABLE, "postgresql+psycopg://somewhere/else")
    with postgres.server() as address:
        assert address == "postgresql+psycopg://somewhere/else"


def test_command_runs_with_the_address_and_its_exit_code_comes_back() -> None:
    code = f"{PRINT_ADDRESS}; raise SystemExit(3)"
    command = [sys.executable, "-m", "tools.postgres", "run", "--", sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 3
    assert not home(done.stdout.strip()).exists()


def test_server_ends_with_an_owner_that_is_killed() -> None:
    code = "import time\nfrom tools import postgres\nwith postgres.server() as url:\n    print(url, flush=True)\n    time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as owner:
        assert owner.stdout is not None
        folder = home(owner.stdout.readline().strip())
        server = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        owner.kill()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server, signal.SIG_DFL)  # signal 0 only asks whether the process is there
