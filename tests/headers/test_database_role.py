"""CF-06: the application's own database role works with rows and can do nothing else; made by the shipped SQL on PostgreSQL."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask_migrate import upgrade
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import make_url, select

import models as m
from app import create_app
from config import Config
from extensions import db
from tests.assessment.support import person
from tests.support.imports import as_csv, take
from tests.support.results import closed_communes, published
from tests.support.world import Province, build
from tools import postgres

SAMPLES = Path(__file__).resolve().parents[2] / "docs" / "samples"
#: Names of the sample, and what they are called here: a server may be shared with other workers.
NAME = f"parindex_{os.getpid()}"


def statements(name: str) -> list[list[str]]:
    """Return the statements of a shipped file, parted where it connects to the new database."""
    text = re.sub(r"--.*", "", (SAMPLES / name).read_text(encoding="utf-8"))
    text = re.sub(r"\bparindex\b", NAME, text.replace("parindex_", f"{NAME}_"))
    return [[one.strip() for one in part.split(";") if one.strip()] for part in re.split(r"\\connect.*", text)]


class Roles:
    """A server with the two roles; ``url`` is an address as one of them."""

    def __init__(self, server: str) -> None:
        self.server = make_url(server).set(drivername="postgresql")

    def url(self, role: str = "", database: str = NAME) -> str:
        user = f"{NAME}_{role}" if role else self.server.username
        return self.server.set(username=user, database=database).render_as_string(hide_password=False)

    def run(self, url: str, lines: list[str]) -> None:
        with psycopg.connect(url, autocommit=True) as line:
            for statement in lines:
                line.execute(statement)

    def application(self, role: str, folder: Path) -> Province:
        config = Config(
            self.url(role),
            folder,
            secret_key="a key that only the tests know, long enough",
            testing=True,
            clock_offset_allowed=True,
        )
        return Province(create_app(config))


@pytest.fixture(scope="module")
def roles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roles]:
    """The roles, the schema made by the owner, and the small province written by the application's role."""
    with ExitStack() as stack:
        roles = Roles(stack.enter_context(postgres.server()))
        first, then = statements("postgresql-roles.sql")
        roles.run(roles.url(database="postgres"), first)
        undo = [f'DROP DATABASE "{NAME}" WITH (FORCE)', *(f'DROP ROLE "{NAME}_{role}"' for role in ("app", "owner"))]
        stack.callback(roles.run, roles.url(database="postgres"), undo)
        roles.run(roles.url(), then)
        owner = roles.application("owner", tmp_path_factory.mktemp("owner"))
        with owner.app.app_context():
            upgrade()
            db.engine.dispose()
        (rights,) = statements("postgresql-rights.sql")
        roles.run(roles.url("owner"), rights)
        yield roles


@pytest.fixture(scope="module")
def worked(roles: Roles, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    """The application as its own role, after the small province was built through it."""
    province = roles.application("app", tmp_path_factory.mktemp("app"))
    with province.app.app_context():
        build()
    yield province
    with province.app.app_context():
        db.engine.dispose()


def test_the_role_signs_in_scores_imports_and_publishes(worked: Province) -> None:
    officer = person(worked, "officer.sa")
    with worked.system():
        before = db.session.scalar(select(m.AuditHead.last_id))
    assert officer.leaf("1.2.1", {"numerator": "41", "denominator": "48"}).status_code == 200
    with worked.app.app_context():
        take("units", as_csv("code,name,kind,parent_code,valid_from,valid_to", ("X99", "Xã Mới", "xã", "H1", "", "")))
    closed_communes(worked)
    assert published(worked) > 0
    admin = worked.client("admin")
    assert admin.get("/admin/audit/").status_code == 200
    with worked.system():
        assert db.session.scalar(select(m.AuditHead.last_id)) > before
    done = worked.app.test_cli_runner().invoke(args=["verify"])
    assert done.exit_code == 0, done.output


FORBIDDEN = (
    "CREATE TABLE stolen (id int)",
    "CREATE TEMPORARY TABLE stolen (id int)",
    "CREATE SCHEMA stolen",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE ROLE stolen",
    "CREATE DATABASE stolen",
    "CREATE EXTENSION pgcrypto",
    "CREATE TRIGGER t BEFORE INSERT ON score FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "ALTER TABLE score ADD COLUMN stolen int",
    "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
    "ALTER TABLE score OWNER TO CURRENT_USER",
    "DROP TABLE score",
    "DROP TABLE audit_entry",
    "TRUNCATE score",
    "TRUNCATE audit_entry",
    "UPDATE audit_entry SET actor_name = 'x'",
    "DELETE FROM audit_entry",
    "DELETE FROM audit_head",
    "INSERT INTO audit_head (id, first_id, last_id, start_seal, seal, mac) VALUES (2, 1, 1, '', '', '')",
    "UPDATE alembic_version SET version_num = '0001'",
    "COPY score TO PROGRAM 'cat'",
    "COPY score FROM PROGRAM 'true'",
    "COPY score TO '/tmp/stolen'",
    "COPY account FROM '/etc/passwd'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "ALTER SYSTEM SET log_statement = 'all'",
    "SET ROLE {name}_owner",
    "SET session_replication_role = 'replica'",
    "GRANT ALL ON audit_entry TO PUBLIC",
)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_role_can_do_nothing_else(roles: Roles, worked: Province, statement: str) -> None:
    with psycopg.connect(roles.url("app"), autocommit=True) as line:
        before = line.execute("SELECT count(*) FROM audit_entry").fetchone()
        if statement.startswith("GRANT"):  # PostgreSQL warns and grants nothing
            line.execute(statement)
            granted = line.execute(
                "SELECT has_table_privilege(%s, 'audit_entry', 'DELETE')", (f"{NAME}_app",)
            ).fetchone()
            assert granted == (False,)
            return
        with pytest.raises(InsufficientPrivilege):
            line.execute(statement.format(name=NAME))
        assert line.execute("SELECT count(*) FROM audit_entry").fetchone() == before


def test_the_owner_removes_what_may_go(roles: Roles, worked: Province) -> None:
    """Old entries are removed by the owner's role: the purge runs with its address."""
    with psycopg.connect(roles.url("owner")) as line:
        assert line.execute("DELETE FROM audit_entry WHERE id < 0").rowcount == 0


def test_every_table_has_its_rights(roles: Roles, worked: Province) -> None:
    wanted: dict[str, Any] = {
        "audit_entry": {"SELECT", "INSERT"},
        "audit_head": {"SELECT", "UPDATE"},
        "alembic_version": {"SELECT"},
    }
    with psycopg.connect(roles.url("app")) as line:
        for (table,) in line.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            held = {
                right
                for right in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
                if line.execute("SELECT has_table_privilege(%s, %s)", (table, right)).fetchone() == (True,)
            }
            assert held == wanted.get(table, {"SELECT", "INSERT", "UPDATE", "DELETE"}), table
