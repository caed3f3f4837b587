"""The one clock that judges deadlines: the database's, at the moment of asking (security: deadlines by database time)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from extensions import db

_SQL = {
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
    "postgresql": text("SELECT clock_timestamp()"),
}
_OFFSET = "parindex_clock_offset"


def now(session: Session | None = None) -> datetime:
    """Return the present moment in UTC. Ask after the row locks are held."""
    session = session or db.session()
    connection = session.connection()  # below the read floor: the clock is nobody's row
    value: str | datetime = connection.execute(_SQL[connection.dialect.name]).scalar_one()
    moment = datetime.fromisoformat(value).replace(tzinfo=UTC) if isinstance(value, str) else value.astimezone(UTC)
    return moment + current_app.extensions.get(_OFFSET, timedelta())


def set_offset(offset: timedelta) -> None:
    """Move time, in tests only: refused by every other configuration."""
    if not current_app.config["PARINDEX"].clock_offset_allowed:
        raise RuntimeError("the clock can be moved in the test configuration only")
    current_app.extensions[_OFFSET] = offset
