"""The database under test: one per worker, set back before each test to a remembered state.

Why not a transaction that is rolled back at the end: services commit, requests of a test client or of a browser use
connections of their own, and commits fire the gates and the audit. So a test works on a real database with real
commits. Before the next test the whole database is copied back from a remembered state: on SQLite with the backup
interface (about 5 ms), on PostgreSQL with ``CREATE DATABASE … TEMPLATE`` (about 20 ms). A test that only read costs
nothing: the copy is made only after a statement other than SELECT.

Which database: ``--database sqlite`` (default) or ``--database postgresql``, or ``PARINDEX_TEST_DATABASE``.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event, make_url

from tools import postgres

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default=os.environ.get("PARINDEX_TEST_DATABASE", "sqlite"),
        help="the database that the tests run on",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Start one server for all workers before they are made; they find its address in their environment."""
    if config.getoption("--database") == "postgresql" and WORKER == "main":
        stack = ExitStack()
        config.add_cleanup(stack.close)
        os.environ[postgres.URL_VARIABLE] = stack.enter_context(postgres.server())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by what they use, so that ``make test`` runs on PostgreSQL only what can differ there."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if "database" in names:
            item.add_marker("database")
        if names & {"page", "context", "new_context", "browser"}:
            item.add_marker("browser")


class Store(Protocol):
    """A database that can remember what it holds under a name and return to it."""

    url: str

    def remember(self, name: str) -> None: ...

    def restore(self, name: str) -> None: ...


class SqliteStore:
    """A file, and its remembered states in memory; copying goes through SQLite, so open connections stay sound."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "test.sqlite3"
        self.url = f"sqlite:///{self.path}"
        self.states: dict[str, sqlite3.Connection] = {}

    def remember(self, name: str) -> None:
        self.states[name] = sqlite3.connect(":memory:", check_same_thread=False)
        self._copy(self.path, self.states[name])

    def restore(self, name: str) -> None:
        live = sqlite3.connect(self.path, timeout=15)
        try:
            self.states[name].backup(live)
        finally:
            live.close()

    @staticmethod
    def _copy(path: Path, target: sqlite3.Connection) -> None:
        source = sqlite3.connect(path)
        try:
            source.backup(target)
        finally:
            source.close()

    def close(self) -> None:
        for state in self.states.values():
            state.close()


class PostgresStore:
    """A database of its own on the shared server, and one template database per remembered state."""

    def __init__(self, server_url: str, prefix: str) -> None:
        server = make_url(server_url)
        self.live = f"{prefix}_live"
        self.prefix = prefix
        self.url = server.set(database=self.live).render_as_string(hide_password=False)
        plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
        self.server = psycopg.connect(plain, autocommit=True)
        self.names = {self.live}
        self._recreate(self.live, "template0")

    def remember(self, name: str) -> None:
        template = f"{self.prefix}_state_{name}"
        self.names.add(template)
        self._recreate(template, self.live)

    def restore(self, name: str) -> None:
        self._recreate(self.live, f"{self.prefix}_state_{name}")

    def _recreate(self, name: str, template: str) -> None:
        # FORCE ends connections that a server thread of a browser test may still hold.
        self.server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.server.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')

    def close(self) -> None:
        for name in self.names:
            self.server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.server.close()


#: What a process counts beside the database: a test begins with a process that is new too.
MEMORIES = ("parindex_reads", "parindex_refusals", "parindex_skew")


class Database:
    """The database of this worker: ``start_from`` sets it to a named state, building that state once."""

    def __init__(self, app: Flask, engine: Engine, store: Store) -> None:
        self.app = app
        self.engine = engine
        self.store = store
        self.touched = True  # set by hand where something else than the application's engine has written
        self._state: str | None = None
        self._known: set[str] = set()
        event.listen(engine, "before_cursor_execute", self._watch)

    def _watch(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.lstrip().upper().startswith(("SELECT", "PRAGMA", "BEGIN")):
            self.touched = True

    def start_from(self, name: str, build: Callable[[], None] | None = None) -> None:
        """Set the database to the state ``name``; where it is not known yet, ``build`` makes it from the empty one.

        ``build`` runs in an application context and commits what it writes. The state "empty" is the migrated schema.
        """
        for memory in MEMORIES:
            self.app.extensions.pop(memory, None)
        if name not in self._known:
            if build is None:
                raise LookupError(f"the state {name!r} was never built")
            if self._known:
                self._restore("empty")
            with self.app.app_context():
                build()
            self.engine.dispose()
            self.store.remember(name)
            self._known.add(name)
            self._state, self.touched = name, False
        elif self.touched or self._state != name:
            self._restore(name)

    def _restore(self, name: str) -> None:
        self.engine.dispose()  # PostgreSQL copies no database that has connections
        self.store.restore(name)
        self._state, self.touched = name, False


def _store(config: pytest.Config, folder: Path) -> SqliteStore | PostgresStore:
    if config.getoption("--database") == "sqlite":
        return SqliteStore(folder)
    return PostgresStore(os.environ[postgres.URL_VARIABLE], f"parindex_{WORKER}")


@pytest.fixture(scope="session")
def database(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The application on a database made by the migrations; tests ask for ``app`` or a state fixture instead."""
    # Imported late, so that tests of the pure rooms do not pay for the whole product.
    from flask_migrate import upgrade

    from app import create_app
    from config import AuditSettings, Config
    from extensions import db

    folder = tmp_path_factory.mktemp("data")
    store = _store(pytestconfig, folder)
    config = Config(
        database_url=store.url,
        data_dir=folder,
        secret_key="a key that only the tests know, long enough",
        testing=True,
        clock_offset_allowed=True,
        # Pages are counted where a test asks for it: the write of every 25th would stand in counts of statements.
        # So are exports: tests take many within a minute.
        audit=AuditSettings(reads=0, exports_per_minute=0),
    )
    application = create_app(config)
    with application.app_context():
        engine = db.engine
    database = Database(application, engine, store)
    database.start_from("empty", upgrade)
    yield database
    engine.dispose()
    store.close()


@pytest.fixture
def app(database: Database) -> Flask:
    """The application on an empty database (the schema only), the clock at the present moment."""
    from models import clock

    database.start_from("empty")
    with database.app.app_context():
        clock.set_offset(timedelta())
    return database.app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without script and without a sign-in."""
    return app.test_client()
