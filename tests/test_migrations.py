"""Migrations and models agree, and every migration runs in both directions on the database under test."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect

from extensions import db
from tests.support.database import Database


def test_the_migrated_schema_is_the_models(database: Database) -> None:
    database.start_from("empty")
    with database.app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_down_to_nothing_and_up_again(database: Database) -> None:
    database.start_from("empty")
    with database.app.app_context():
        tables = set(inspect(db.engine).get_table_names())
        downgrade(revision="base")
        db.engine.dispose()
        assert set(inspect(db.engine).get_table_names()) == {"alembic_version"}
        upgrade()
        db.engine.dispose()
        assert set(inspect(db.engine).get_table_names()) == tables
        assert tables == set(db.metadata.tables) | {"alembic_version"}
