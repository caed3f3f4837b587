"""What every database test rests on: each starts from the remembered state, with real commits in between."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import Connection, text

from tests.support.database import Database

ADD = text("INSERT INTO level (code, name, position, version) VALUES (:code, :code, 0, 1)")
CODES = text("SELECT code FROM level ORDER BY code")


def codes(connection: Connection) -> list[str]:
    return list(connection.execute(CODES).scalars())


def add(database: Database, code: str) -> None:
    with database.engine.connect().execution_options(parindex_write=True) as connection:
        connection.execute(ADD, {"code": code})
        connection.commit()


def read(database: Database) -> list[str]:
    with database.engine.connect() as connection:
        return codes(connection)


def test_committed_rows_are_gone_in_the_next_start(app: Flask, database: Database) -> None:
    assert read(database) == []
    add(database, "one")
    assert read(database) == ["one"]
    database.start_from("empty")
    assert read(database) == []


def test_a_state_is_built_once_and_returned_to(app: Flask, database: Database) -> None:
    built: list[str] = []

    def build() -> None:
        built.append("now")
        add(database, "of the state")

    for _again in range(2):
        database.start_from("isolation", build)
        assert read(database) == ["of the state"]
        add(database, "of a test")
        database.start_from("empty")
        assert read(database) == []
    assert built == ["now"]


def test_a_new_state_never_starts_from_what_a_test_left(app: Flask, database: Database) -> None:
    add(database, "left behind")
    database.start_from("clean", lambda: add(database, "clean"))
    assert read(database) == ["clean"]


def test_reading_alone_needs_no_copy(app: Flask, database: Database) -> None:
    read(database)
    assert not database.touched
    add(database, "one")
    assert database.touched
