"""CF-06: no secret in the source, in what a start or a fault writes, or on a command line."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from config import Config

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    "admin",
    "cli",
    "docs",
    "i18n.py",
    "app.py",
    "config",
    "extensions.py",
    "migrations",
    "models",
    "permissions",
    "rules",
)
MORE = (
    "services",
    "static/css",
    "static/js",
    "templates",
    "tools",
    "translations",
    "views",
    "Makefile",
    "data",
    "bench",
)
SUFFIXES = {
    ".py",
    ".html",
    ".js",
    ".css",
    ".md",
    ".csv",
    ".txt",
    ".po",
    ".conf",
    ".env",
    ".service",
    ".sql",
    ".typ",
    "",
}
PATTERNS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "key of a cloud": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b|\bAIza[0-9A-Za-z_-]{35}\b",
    "token": r"\b(gh[pousr]_[0-9A-Za-z]{36}|glpat-[0-9A-Za-z_-]{20}|xox[abprs]-[0-9A-Za-z-]{10,}|sk-[0-9A-Za-z]{32,})\b",
    "token of a session": r"\beyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{6,}",
    "password in an address": r"\w+://[^\s:/@\"'{}<>]+:[^\s:/@\"'{}<>…]+@",
    "key in the code": r"(?i)\b\w*(secret|password|passwd|api_?key|token)\w*\s*[:=]\s*[\"'][A-Za-z0-9+/=_-]{20,}[\"']",
    "key in settings": r"(?m)^\s*PARINDEX_\w*(KEY|SECRET|PASSWORD)\w*=\S",
    "long hexadecimal": r"[\"'][0-9a-f]{40,}[\"']",
}
KEY, PASSWORD, SECRET = "uT5xK9vB2nM7qR4wZ8jL3cF6hD1gS0aP", "matkhauCSDL7391", "khoaS3cuaTinh8264"


def files() -> list[Path]:
    found = []
    for room in (*ROOMS, *MORE):
        path = ROOT / room
        found += [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return [path for path in found if path.suffix in SUFFIXES and "__pycache__" not in path.parts]


def test_the_source_holds_no_secret() -> None:
    read = files()
    assert len(read) > 300
    found = []
    for path in read:
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [
            f"{path.relative_to(ROOT)}: {what}: {match[0][:60]}"
            for what, pattern in PATTERNS.items()
            for match in re.finditer(pattern, text)
        ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    for line, what in {
        "-----BEGIN RSA PRIVATE KEY": "private key",
        'SECRET_KEY = "hB2rN8vX4kQ6tM1zL9wP5cJ7yS3fD0gU"': "key in the code",
        "postgresql://app:geheim@db/x": "password in an address",
        "PARINDEX_SECRET_KEY=abc": "key in settings",
    }.items():
        assert re.search(PATTERNS[what], line), what


def environ(folder: Path, port: int) -> dict[str, str]:
    return {
        "PARINDEX_DATA_DIR": str(folder),
        "PARINDEX_SECRET_KEY": KEY,
        "PARINDEX_DATABASE_URL": f"postgresql://parindex_app:{PASSWORD}@127.0.0.1:{port}/parindex?connect_timeout=2",
        "PARINDEX_EVIDENCE_URL": "s3://minh-chung/parindex",
        "PARINDEX_S3_KEY": "khoa",
        "PARINDEX_S3_SECRET": SECRET,
    }


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_settings_printed_show_no_secret(tmp_path: Path) -> None:
    shown = repr(Config.from_environment(environ(tmp_path, 1)))
    assert not [one for one in (KEY, PASSWORD, SECRET) if one in shown]


def test_start_faults_and_command_line_tell_no_secret(tmp_path: Path) -> None:
    """The product's own server with everything it can say, over a database that is not there."""
    port, nobody = free_port(), free_port()
    log = tmp_path / "log"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "app:create_app()",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "debug",
    ]
    with log.open("wb") as out:
        server = subprocess.Popen(
            [*command, "--access-logfile", "-"],
            cwd=ROOT,
            env={**os.environ, **environ(tmp_path, nobody)},
            stdout=out,
            stderr=out,
        )
        try:
            statuses = {path: status(port, path) for path in ("/healthz", "/login")}
            line = Path(f"/proc/{server.pid}/cmdline").read_text(encoding="utf-8")
        finally:
            server.terminate()
            server.wait(20)
    said = log.read_text(encoding="utf-8", errors="replace")
    assert statuses["/healthz"] == 503
    assert "GET /healthz" in said, "the log was on"
    for secret in (KEY, PASSWORD, SECRET):
        assert secret not in said
        assert secret not in line
    refused = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", "db", "upgrade"],
        cwd=ROOT,
        env={**os.environ, **environ(tmp_path, nobody)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert refused.returncode != 0
    assert not [one for one in (KEY, PASSWORD, SECRET) if one in refused.stdout + refused.stderr]


def status(port: int, path: str) -> int:
    for _ in range(200):
        try:
            with urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
                return int(answer.status)
        except HTTPError as refused:
            return refused.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not start")


def test_the_commands_of_the_makefile_carry_no_secret() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert not re.search(r"(?i)(SECRET|PASSWORD|TOKEN)\w*\s*[?:]?=|--password|://\S+:\S+@", text)
