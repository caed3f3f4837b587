"""The one clock that judges deadlines: the database's, at the moment of asking (security: deadlines by database time)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import DateTime, TypeEngine

from extensions import db

_OFFSET = "parindex_clock_offset"


class Moment(ColumnElement[datetime]):
    """The present moment as a column, for a statement that reads something else too; ``read`` makes a datetime of it."""

    inherit_cache = True
    type: TypeEngine[datetime] = DateTime(timezone=True)


@compiles(Moment, "postgresql")
def _postgresql(element: Moment, compiler: SQLCompiler, **kw: object) -> str:
    return "clock_timestamp()"


@compiles(Moment, "sqlite")
def _sqlite(element: Moment, compiler: SQLCompiler, **kw: object) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f', 'now')"


_NOW = select(Moment())


def now(session: Session | None = None) -> datetime:
    """Return the present moment in UTC. Ask after the row locks are held."""
    session = session or db.session()
    # On the connection, below the read floor: the clock is nobody's row.
    return read(session.connection().execute(_NOW).scalar_one())


def read(value: datetime) -> datetime:
    """Make a moment of what a statement with ``Moment`` answered."""
    moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    return moment + current_app.extensions.get(_OFFSET, timedelta())


def skew(moment: datetime) -> timedelta:
    """Return by how much this process's clock runs ahead of the database's, of a moment that ``read`` or ``now`` just gave."""
    here = datetime.fromtimestamp(time.time(), UTC)
    return here - (moment - current_app.extensions.get(_OFFSET, timedelta()))


def set_offset(offset: timedelta) -> None:
    """Move time, in tests only: refused by every other configuration."""
    if not current_app.config["PARINDEX"].clock_offset_allowed:
        raise RuntimeError("the clock can be moved in the test configuration only")
    current_app.extensions[_OFFSET] = offset
