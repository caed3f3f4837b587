"""CF-07: the link to the database can demand verified TLS; a server with another certificate is not talked to."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import text

from app import create_app
from config import Config, ConfigError
from extensions import db
from tools import postgres


def certificate(folder: Path, name: str) -> Path:
    """Make a certificate for ``localhost`` that signs itself; its key stands beside it."""
    made = folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(folder / f"{name}.key"), "-out", str(made)]
    subprocess.run([*command, *more], check=True, capture_output=True)
    return made


@dataclass
class Server:
    port: int
    right: Path
    other: Path

    def url(self, root: Path, host: str = "localhost", mode: str = "verify-full") -> str:
        return f"postgresql://parindex@{host}:{self.port}/postgres?sslmode={mode}&sslrootcert={root}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("tls")
    right, other = certificate(folder, "right"), certificate(folder, "other")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    more = {"listen_addresses": "127.0.0.1", "port": str(port), "ssl": "on", "ssl_min_protocol_version": "TLSv1.2"}
    files = {"server.crt": right, "server.key": right.with_suffix(".key")}
    with postgres.server(more, files):
        yield Server(port, right, other)


def health(url: str, folder: Path) -> tuple[int, tuple[bool, str] | None]:
    """Return the status of the health check over such a link, and what the database says of the link."""
    app = create_app(Config(url, folder, secret_key="a key that only the tests know, long enough", testing=True))
    status = app.test_client().get("/healthz").status_code
    link = None
    with app.app_context():
        if status == 200:
            with db.engine.connect() as line:
                query = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
                link = tuple(line.execute(text(query)).one())
        db.engine.dispose()
    return status, link


def test_the_right_certificate_is_taken_and_the_link_is_encrypted(server: Server, tmp_path: Path) -> None:
    status, link = health(server.url(server.right), tmp_path)
    assert status == 200
    assert link is not None
    assert (link[0], link[1] in ("TLSv1.2", "TLSv1.3")) == (True, True)


def test_another_certificate_is_refused(server: Server, tmp_path: Path) -> None:
    assert health(server.url(server.other), tmp_path) == (503, None)


def test_the_right_certificate_under_another_name_is_refused(server: Server, tmp_path: Path) -> None:
    assert health(server.url(server.right, host="127.0.0.1"), tmp_path) == (503, None)


REMOTE = "postgresql://parindex_app@db.example.gov.vn/parindex"


@pytest.mark.parametrize(
    "url",
    [
        REMOTE,
        f"{REMOTE}?sslmode=require",
        f"{REMOTE}?sslmode=verify-ca&sslrootcert=/ca.pem",
        "postgresql+psycopg://app@10.0.0.5:5432/parindex",
        "postgres://app@[2001:db8::5]/parindex",
        "postgresql://app@/parindex?host=10.0.0.5",
        "postgresql://app@localhost/parindex?hostaddr=10.0.0.5",
        "postgresql://app@/parindex?host=localhost,10.0.0.5",
        "postgresql://app@/parindex?service=somewhere",
    ],
)
def test_where_it_is_demanded_an_unverified_link_stops_the_start(tmp_path: Path, url: str) -> None:
    given = {"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DATABASE_URL": url}
    assert Config.from_environment(given).database_url == url
    with pytest.raises(ConfigError, match="verify-full"):
        Config.from_environment({**given, "PARINDEX_DATABASE_TLS": "verify"})


@pytest.mark.parametrize(
    "url",
    [
        f"{REMOTE}?sslmode=verify-full&sslrootcert=/etc/ca.pem",
        "postgresql://app@localhost/parindex",
        "postgresql://app@127.0.0.1:5433/parindex",
        "postgresql://app@[::1]/parindex",
        "postgresql://app@/parindex?host=/var/run/postgresql",
        "postgresql:///parindex",
        "sqlite:////tmp/x.sqlite3",
    ],
)
def test_a_verified_link_and_this_machine_itself_start(tmp_path: Path, url: str) -> None:
    given = {"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DATABASE_URL": url, "PARINDEX_DATABASE_TLS": "verify"}
    assert Config.from_environment(given).database_url == url


def test_the_hosts_of_the_environment_count_where_the_address_names_none(tmp_path: Path) -> None:
    given = {"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DATABASE_URL": "postgresql:///p", "PGHOST": "10.0.0.5"}
    with pytest.raises(ConfigError, match="verify-full"):
        Config.from_environment({**given, "PARINDEX_DATABASE_TLS": "verify"})


def test_another_word_means_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PARINDEX_DATABASE_TLS"):
        Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DATABASE_TLS": "yes"})
