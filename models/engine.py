"""What each database needs on connecting, so that both keep the same promises."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, event


@event.listens_for(Engine, "connect")
def _sqlite_promises(connection: Any, record: object) -> None:
    """SQLite: foreign keys checked, readers beside one writer, commits that survive a power cut, transactions begun by us."""
    if type(connection).__module__.startswith("sqlite3"):
        connection.isolation_level = None  # the driver begins nothing; _begin below does
        cursor = connection.cursor()
        for pragma in ("foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL", "busy_timeout=15000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()


@event.listens_for(Engine, "begin")
def _begin(connection: Any) -> None:
    """SQLite: a writing transaction takes the write lock at once; one that upgraded later would fail half way."""
    if connection.dialect.name == "sqlite":
        writes = connection.get_execution_options().get("parindex_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
