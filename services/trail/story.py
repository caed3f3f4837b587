"""The trail of one day as a story: an act is one line that opens into what it wrote, for somebody who was not there.

What a reader may see is the read floor's alone; values are read only for who may read them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Row, bindparam, case, select

import models as m
from extensions import db
from rules.message import M, Message
from rules.verbs import Verb
from services.history.handovers import Who
from services.trail import words

#: Entries of a day that are told, the newest: an import writes thousands.
MOST = 1500
MOST_OPENED = 40
CHANGES = ("create", "update", "delete")
#: Numbers of other rows, and what notices are made of: told in full on the page of the entry.
NUMBERS = ("message_id", "params", "digest")
#: Alarms of so many days stand in the box, so many of them.
ALARM_DAYS, ALARMS = 7, 10


@dataclass(frozen=True, slots=True)
class Written:
    """One entry of an act: what happened to what, and each column from which value to which (None: not for this reader)."""

    id: int
    what: str
    thing: Message
    name: str
    changes: list[tuple[Message, Any, Any]] | None


@dataclass(slots=True)
class Deed:
    """One act: who, in which role, did what to what, and why."""

    id: int
    at: datetime
    who: Who
    looking_as: str
    verb: Message
    operation: str
    unit: str
    unit_id: int | None
    reason: str
    request_id: str
    address: str
    rows: list[Row[Any]] = field(default_factory=list)
    #: Its entries, the first ``MOST_OPENED``.
    written: list[Written] = field(default_factory=list)

    @property
    def loud(self) -> bool:
        return self.operation in words.LOUD

    @property
    def title(self) -> Message:
        """What was done: the act where rows changed, otherwise what happened."""
        if self.operation in CHANGES:
            looks = [row.operation for row in self.rows if row.object_type == m.Viewing.__name__]
            return words.LOOKING.get(looks[0], self.verb) if looks else self.verb
        what = words.operation(self.operation)
        return M("{what}: {verb}", what=what, verb=self.verb) if self.operation == "refused" else what

    @property
    def more(self) -> int:
        """How many entries the line does not open into."""
        return len(self.rows) - len(self.written)

    @property
    def objects(self) -> list[tuple[Message, str, int]]:
        """Kinds of things it was done to, the name of the first and how many there were."""
        kinds = Counter(row.object_type for row in self.rows)
        names: dict[str, str] = {}
        for row in self.rows:
            names.setdefault(row.object_type, "")
            names[row.object_type] = names[row.object_type] or row.object_name
        own = ("Account", self.who.name)  # who signs in does so with the own account: said once
        return [
            (words.thing(kind), names[kind], count)
            for kind, count in kinds.items()
            if self.operation in CHANGES or (kind, names[kind]) != own
        ]


@dataclass(frozen=True, slots=True)
class Day:
    """The deeds of a day, the first one first; ``earlier`` is the number below which more entries of it wait, None for none."""

    deeds: list[Deed]
    earlier: int | None
    values: bool


def day(begins: datetime, ends: datetime, conditions: Sequence[ColumnElement[bool]] = (), *, values: bool) -> Day:
    """Read the entries between two moments in a constant number of statements."""
    entry = m.AuditEntry
    names = (
        "id at actor_id actor_name authority on_behalf_of looking_as unit_id verb operation object_type object_id object_name "
        "reason request_id address"
    )
    columns: list[Any] = [getattr(entry, name) for name in names.split() if name != "object_name"]
    columns.append((entry.object_name if values else open_name()).label("object_name"))
    if values:
        columns.append(entry.changes)
    query = select(*columns).where(entry.at >= begins, entry.at < ends, *conditions)
    rows = db.session.execute(query.order_by(entry.id.desc()).limit(MOST + 1)).all()
    kept = sorted(rows[:MOST], key=lambda row: row.id)
    ids = {row.unit_id for row in kept if row.unit_id is not None}
    units = dict(db.session.execute(select(m.Unit.id, m.Unit.name).where(m.Unit.id.in_(ids))).all()) if ids else {}
    return Day(_deeds(kept, units, values=values), kept[0].id if len(rows) > MOST else None, values)


def open_name() -> ColumnElement[str]:
    """The name of an entry's object as a column for readers without values."""
    entry = m.AuditEntry
    return case((entry.object_type.in_(words.OPEN_NAMES), entry.object_name), else_="")


def _deeds(rows: Sequence[Row[Any]], units: Mapping[int, str], *, values: bool) -> list[Deed]:
    deeds: dict[tuple[Any, ...], Deed] = {}
    for row in rows:
        key = (row.request_id, row.at, row.verb, row.actor_id, row.reason, None if row.operation in CHANGES else row.id)
        deed = deeds.get(key)
        if deed is None:
            deed = deeds[key] = Deed(
                row.id,
                row.at,
                Who.read(row.actor_name, row.authority, row.on_behalf_of),
                row.looking_as,
                words.verb(row.verb),
                row.operation,
                units.get(row.unit_id, ""),
                row.unit_id,
                ""
                if row.actor_id is None or row.verb == Verb.SIGN_IN.value
                else row.reason,  # what the system calls its own work
                row.request_id,
                row.address,
            )
        if row.unit_id != deed.unit_id:
            deed.unit = ""  # what many units have got is not told of one
        deed.rows.append(row)
        told = None
        if values:
            told = [
                (words.column(name), words.value(name, before), words.value(name, after))
                for name, (before, after) in row.changes.items()
                if not name.endswith("_id") and name not in (*NUMBERS, *words.DERIVED)
            ]
        name = row.object_name or (f"{row.object_id}" if row.object_id else "")
        if len(deed.written) == MOST_OPENED:
            continue
        deed.written.append(Written(row.id, row.operation, words.thing(row.object_type), name, told))
    return list(deeds.values())


@dataclass(frozen=True, slots=True)
class Alarm:
    """Who read or took very much away, or whose clock is wrong: how much, within how many minutes, and when."""

    at: datetime
    account_id: str
    name: str
    what: Message
    count: int
    minutes: int | None


def alarms(now: datetime) -> list[Alarm]:
    """Return the newest alarms of the last days; their counts are nobody's score, so every reader of the trail sees them."""
    entry = m.AuditEntry
    columns = (entry.at, entry.object_id, entry.object_name, entry.object_type, entry.changes)
    # Written out in the statement: so the few alarms are found by their own index, however long the trail is.
    kind: BindParameter[str] = bindparam("kind", "alarm", literal_execute=True)
    query = select(*columns).where(entry.operation == kind, entry.at >= now - timedelta(days=ALARM_DAYS))
    found = []
    for row in db.session.execute(query.order_by(entry.id.desc()).limit(ALARMS)).all():
        told = {column: pair[1] for column, pair in row.changes.items()}
        count = next((told[column] for column in ("pages", "files", "seconds") if column in told), 0)
        found.append(
            Alarm(row.at, row.object_id, row.object_name, words.thing(row.object_type), count, told.get("minutes"))
        )
    return found
