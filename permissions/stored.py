"""The trail as it lies in the database, read so that a value nobody could have written is named and stops nothing.

Whoever writes in the database alone may leave a blob where text stands, a moment before Christ or text that is no UTF-8: drivers
refuse those while they read. Here every column comes as what it must be, or as something that fits no seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, LargeBinary, String, Text, case, cast, func, or_, select
from sqlalchemy import type_coerce as coerce

from models import AuditEntry, AuditHead
from permissions import seals

#: Entries are read so many at a time: memory does not grow with the trail.
BATCH = 2000
#: Numbers above are nobody's: the chain would have no room after them.
MOST_ID = 2**62
HEAD = ("id", "first_id", "last_id", "start_seal", "seal", "older", "older_digest", "mac")
_MOMENT = "%Y-%m-%d %H:%M:%S.%f"
_NO_NUMBER = "no number"


def columns(model: type[Any], names: tuple[str, ...], dialect: str) -> list[ColumnElement[Any]]:
    """Return columns of the trail, each under its name, for ``entry`` or ``head`` to read."""
    return [_column(model, name, dialect).label(name) for name in names]


def entry_columns(dialect: str) -> list[ColumnElement[Any]]:
    return columns(AuditEntry, (*seals.SEALED, "seal"), dialect)


def _column(model: type[Any], name: str, dialect: str) -> ColumnElement[Any]:
    column = model.__table__.c[name]
    if dialect == "sqlite":
        kind = func.typeof(column, type_=String)
        if name in _NUMBERS:
            return coerce(case((kind.in_(("integer", "null")), coerce(column, Integer)), else_=_NO_NUMBER), Integer)
        return case((kind == "text", cast(coerce(column, String), LargeBinary)))
    if name == "at":
        return func.to_char(func.timezone("UTC", column), "YYYY-MM-DD HH24:MI:SS.US BC", type_=String)
    if name == "changes":
        return cast(column, Text)
    return coerce(column, Integer if name in _NUMBERS else String)


_NUMBERS = (
    *("id", "actor_id", "unit_id", "assessment_id", "criterion_id", "layer"),
    *("first_id", "last_id", "older"),
)


def read(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a row as it lies there; None for text that is none."""
    return {str(name): _text(value) if isinstance(value, bytes | memoryview) else value for name, value in row.items()}


def _text(value: bytes | memoryview) -> str | None:
    try:
        return bytes(value).decode()
    except UnicodeDecodeError:
        return None


def fits(key: bytes, before: str, row: Mapping[str, Any]) -> bool:
    """Tell whether an entry, as ``read``, is what was sealed with this key after ``before``."""
    try:
        return seals.same(seals.seal(key, before, sealed_part(row)), row["seal"])
    except (ValueError, TypeError, AttributeError, RecursionError, OverflowError):
        return False  # no moment, no JSON, or nothing that is ever written


def sealed_part(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"at": _moment(row["at"]), "changes": json.loads(row["changes"])}


def _moment(raw: str) -> datetime:
    """Read a moment in the one form that is stored: the same instant with another offset is not what was written."""
    raw = raw.removesuffix(" AD")
    found = datetime.strptime(raw, _MOMENT).replace(tzinfo=UTC)
    if f"{found:%Y}".zfill(4) + f"{found:-%m-%d %H:%M:%S.%f}" != raw:
        raise ValueError(raw)
    return found


def entries(connection: Connection, first: int | None, last: int | None) -> Iterator[dict[str, Any]]:
    """Read the entries from one number to another, both included, in their order; None for no bound."""
    chosen = entry_columns(connection.dialect.name)
    while True:
        query = select(*chosen).order_by(AuditEntry.id).limit(BATCH)
        if first is not None:
            query = query.where(AuditEntry.id >= first)
        if last is not None:
            query = query.where(AuditEntry.id <= last)
        rows = connection.execute(query).mappings().all()
        yield from map(read, rows)
        if len(rows) < BATCH:
            return
        first = rows[-1]["id"] + 1


def older(connection: Connection, first_id: int) -> tuple[int, str]:
    """Return how many entries stand below the chain, and a digest of them all; empty where none does."""
    count, digest = 0, hashlib.sha256()
    for count, row in enumerate(entries(connection, None, first_id - 1), 1):  # noqa: B007 - the last one counts
        digest.update(json.dumps([row[name] for name in seals.SEALED], default=str).encode() + b"\n")
    return count, digest.hexdigest() if count else ""


def heads(connection: Connection) -> list[dict[str, Any]]:
    """Return every head there is, first the one that is the chain's."""
    chosen = columns(AuditHead, HEAD, connection.dialect.name)
    return [read(row) for row in connection.execute(select(*chosen).order_by(AuditHead.id).limit(100)).mappings()]


def ends(connection: Connection) -> dict[str, Any]:
    """Return first and last number of what bears a seal of ours, and the last seal: where no head tells it."""
    entry = AuditEntry
    known = seals.keys()
    ours = or_(*(entry.seal.startswith(seals.name_of(key)) for key in known))
    found = select(func.min(entry.id), func.max(entry.id)).where(ours, entry.id > 0, entry.id < MOST_ID)
    first, last = connection.execute(found).one()
    if last is None:
        return {"first_id": 1, "last_id": 0, "start_seal": "", "seal": ""}
    row = connection.execute(select(*entry_columns(connection.dialect.name)).where(entry.id == last)).mappings().one()
    return {"first_id": first, "last_id": last, "start_seal": "", "seal": read(row)["seal"] or ""}
