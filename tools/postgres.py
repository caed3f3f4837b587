"""A throw-away PostgreSQL server for tests and measurements.

    with postgres.server() as url: ...
    python -m tools.postgres run -- command with arguments    (the command finds the address in $PARINDEX_TEST_POSTGRES_URL)

The server listens on a Unix socket in its own directory only, so it needs no free port and nobody else can reach it.
It never touches a server that is already there, and it is stopped and removed even when the caller is killed.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tools.packages import Missing, install

URL_VARIABLE = "PARINDEX_TEST_POSTGRES_URL"
VERSION = 15
_PACKAGES = ("postgresql-15", "postgresql-contrib")
_START_SECONDS = 60
_ROOM = 2 * 1024**3

# Only speed matters here: nothing of this cluster has to outlive a crash.
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_min_messages": "fatal",
}

# Lives as long as the pipe on its standard input: when the caller ends, however it ends, the pipe closes and the
# keeper stops the server and removes the directory.
_KEEPER = """
"$1/postgres" -D "$2/data" -k "$2" $3 >>"$2/log" 2>&1 &
read -r _
"$1/pg_ctl" -D "$2/data" -m immediate -w stop >/dev/null 2>&1
rm -rf "$2"
"""


def binaries() -> Path:
    """Return the directory of PostgreSQL's server programs, version 15 first, installing them if there are none."""
    found = _find()
    if found is None:
        install(_PACKAGES, f"PostgreSQL {VERSION}, which the database tests run on,")
        found = _find()
    if found is None:
        raise Missing(f"PostgreSQL {VERSION} is still not found after its installation: put initdb on the PATH.")
    return found


def _find() -> Path | None:
    """Look in Debian's directory, on the PATH and where pg_config points; a version below 15 does not count."""
    places = [Path(f"/usr/lib/postgresql/{VERSION}/bin")]
    on_path = shutil.which("initdb")
    if on_path is not None:
        places.append(Path(on_path).resolve().parent)
    pg_config = shutil.which("pg_config")
    if pg_config is not None:
        asked = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        places.append(Path(asked.stdout.strip()))
    newer = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: place.parent.name)
    return next((place for place in [*places, *newer] if _version(place) >= VERSION), None)


def _version(place: Path) -> int:
    """Return the major version of the server programs in ``place``, 0 if they are not all there."""
    if not all((place / program).is_file() for program in ("initdb", "pg_ctl", "postgres")):
        return 0
    told = subprocess.run([place / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    words = told.split()  # postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)
    major = words[2].partition(".")[0] if len(words) > 2 else ""
    return int(major) if major.isdigit() else 0


@contextmanager
def server(more: Mapping[str, str] | None = None, files: Mapping[str, Path] | None = None) -> Iterator[str]:
    """Run a fresh server and yield the SQLAlchemy address of its ``postgres`` database, owned by a superuser.

    An address already given in the environment is yielded as it is, so a machine may bring its own server; not where ``more``
    settings are asked for. ``files`` (name -> source) are put into the cluster's folder, readable by the server alone.
    """
    given = os.environ.get(URL_VARIABLE)
    if given and not more:
        yield given
        return
    programs = binaries()
    home = Path(tempfile.mkdtemp(prefix="parindex-pg-", dir=_place()))
    account = _account(home)
    _initialise(programs, home, account)
    for name, source in (files or {}).items():
        _place_file(source, home / "data" / name, account)
    wanted = {**_SETTINGS, **(more or {})}
    settings = " ".join(f"-c {name}={value}" for name, value in wanted.items())
    keeper = subprocess.Popen(
        ["/bin/sh", "-c", _KEEPER, "keeper", str(programs), str(home), settings],
        stdin=subprocess.PIPE,
        start_new_session=True,
        cwd=home,
        **account,
    )
    try:
        _wait(home, keeper)
        port = f"&port={wanted['port']}" if "port" in wanted else ""
        yield f"postgresql+psycopg://parindex@/postgres?host={home}{port}"
    finally:
        keeper.communicate()  # closes the pipe and waits until the keeper has cleaned up


def _place() -> Path:
    """Return the directory for the cluster: memory where there is room, since copying databases makes many files.

    Otherwise /tmp, not the usual temporary directory: the path of a Unix socket may hold about a hundred characters only.
    """
    memory = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a private directory in it
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free >= _ROOM
    return memory if roomy else Path("/tmp")  # noqa: S108 - the same


def _account(home: Path) -> dict[str, Any]:
    """Return the account for the server's processes: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = names.get("postgres") or names["nobody"]
    os.chown(home, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _initialise(programs: Path, home: Path, account: dict[str, Any]) -> None:
    command = [str(programs / "initdb"), "-D", str(home / "data"), "-U", "parindex", "-A", "trust", "-N"]
    done = subprocess.run(
        [*command, "-E", "UTF8", "--locale=C.UTF-8"], capture_output=True, text=True, check=False, cwd=home, **account
    )
    if done.returncode != 0:
        shutil.rmtree(home)
        raise Missing(f"PostgreSQL could not make a database cluster in {home}:\n{done.stderr}")


def _place_file(source: Path, target: Path, account: dict[str, Any]) -> None:
    target.write_bytes(source.read_bytes())
    target.chmod(0o600)
    if account:
        os.chown(target, account["user"], account["group"])


def _wait(home: Path, keeper: subprocess.Popen[bytes]) -> None:
    """Return when the server says it is ready; fail with its log when it does not in time."""
    status = home / "data" / "postmaster.pid"  # its last line is the state of the server
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and keeper.poll() is None:
        if status.exists() and status.read_text().rstrip().endswith("ready"):
            return
        time.sleep(0.02)
    log = home / "log"
    raise Missing(f"PostgreSQL did not start:\n{log.read_text() if log.exists() else '(no log)'}")


def main(arguments: list[str]) -> int:
    """Run the command after ``run --`` with a fresh server and return its exit code."""
    if arguments[:2] != ["run", "--"] or len(arguments) < 3:
        print("usage: python -m tools.postgres run -- command [argument …]", file=sys.stderr)
        return 2
    with server() as url:
        return subprocess.run(arguments[2:], env={**os.environ, URL_VARIABLE: url}, check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
