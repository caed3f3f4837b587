"""Unusual masses: an account that reads very many pages or takes very many files away raises an alarm (LO-09, Điều 5.2).

Pages are counted in the memory of each process and added to the database every 25, or with the write that notes each minute that a
session is in use; so counting costs next to nothing, and an alarm comes at most 25 pages late for each further process.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config import AuditSettings
from extensions import db
from models import AuditEntry, ReadCount, clock
from permissions import trail
from permissions.actor import Actor, system_scope
from permissions.gate import system_act
from rules.verbs import Verb

ADDED_EVERY = 25
READS_WITHIN = timedelta(minutes=5)
FILES_WITHIN = timedelta(hours=1)
EXPORTS_WITHIN = timedelta(minutes=1)
#: An alarm of one kind is raised once for an account in so long.
STRETCH = timedelta(hours=1)
MOST_SKEW = timedelta(seconds=30)
SKEW_ASKED_EVERY = timedelta(minutes=1)
_READS, _SKEW = "parindex_reads", "parindex_skew"
_lock = threading.Lock()


@dataclass(slots=True)
class Waiting:
    """Pages of an account that this process has counted and not yet added to the database."""

    count: int
    since: datetime


def settings() -> AuditSettings:
    """Return the settings of this installation."""
    found: AuditSettings = current_app.config["PARINDEX"].audit
    return found


# Pages


def page(account_id: int, now: datetime, *, due: bool) -> int:
    """Count one page; return how many are to be added to the database now, 0 while they may wait."""
    if not settings().reads:
        return 0
    waiting: dict[int, Waiting] = current_app.extensions.setdefault(_READS, {})
    with _lock:
        own = waiting.get(account_id)
        if own is None or now - own.since > READS_WITHIN:
            own = waiting[account_id] = Waiting(0, now)
        own.count += 1
        if not due and own.count < ADDED_EVERY:
            return 0
        del waiting[account_id]
        return own.count


def keep(account_id: int, count: int, now: datetime) -> None:
    """Keep counted pages for the next time: the database took nothing."""
    waiting: dict[int, Waiting] = current_app.extensions.setdefault(_READS, {})
    with _lock:
        waiting.setdefault(account_id, Waiting(0, now)).count += count


def pages(session: Session, actor: Actor, count: int, now: datetime) -> None:
    """Add counted pages to those of all processes, inside a system act; raise the alarm where they are too many."""
    minute = now.replace(second=0, microsecond=0)
    kind: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    adding = kind.insert(ReadCount).values(account_id=actor.person_id, since=minute, count=count)
    session.execute(
        adding.on_conflict_do_update(
            index_elements=["account_id", "since"], set_={"count": ReadCount.count + adding.excluded.count}
        )
    )
    own = ReadCount.account_id == actor.person_id
    session.execute(delete(ReadCount).where(own, ReadCount.since < minute - READS_WITHIN))
    total = session.scalar(select(func.sum(ReadCount.count)).where(own)) or 0
    if total >= settings().reads:
        _raise(session, actor, now, "pages", int(total), READS_WITHIN)


# Files


def files(actor: Actor) -> None:
    """Raise the alarm where the account took too many files within an hour, as the trail itself tells."""
    most = settings().exports
    if not most:
        return
    with system_scope("files that the person took away"):
        count = _taken(actor, FILES_WITHIN, "export", "download")
        if count < most:
            return
        with system_act(Verb.SIGN_IN, "alarm", while_looking=True) as alarm:
            _raise(db.session(), actor, alarm.now, "files", count, FILES_WITHIN)


def may_export(actor: Actor) -> bool:
    """Tell whether the account may take one export more within this minute (IN-17)."""
    most = settings().exports_per_minute
    with system_scope("files that the person took away"):
        return not most or _taken(actor, EXPORTS_WITHIN, "export") < most


def _taken(actor: Actor, within: timedelta, *operations: str) -> int:
    """Return how many files the account took lately, as the trail itself tells; call in a system scope."""
    entry = AuditEntry
    query = select(func.count()).where(
        entry.actor_id == actor.person_id, entry.operation.in_(operations), entry.at > actor.now - within
    )
    return db.session.scalar(query) or 0


def _raise(session: Session, actor: Actor, now: datetime, what: str, count: int, within: timedelta) -> None:
    """Leave the entry of an alarm, once for an account and stretch; the log and the screen tell of it."""
    entry = AuditEntry
    raised = select(entry.id).where(
        entry.object_type == _ALARM[what],
        entry.object_id == str(actor.person_id),
        entry.operation == "alarm",
        entry.at > now - STRETCH,
    )
    if session.scalar(raised.limit(1)) is None:
        name = actor.name if actor.seen_by is None else actor.seen_by.name
        told = {what: [None, count], "minutes": [None, int(within.total_seconds() // 60)]}
        trail.append(session, _alarm(actor, now, _ALARM[what], str(actor.person_id), name, told))


#: Objects of alarms, by what there was too much of.
_ALARM = {"pages": "ManyPages", "files": "ManyFiles"}


def _alarm(
    actor: Actor | None, now: datetime, kind: str, id_: str, name: str, told: dict[str, list[Any]]
) -> dict[str, Any]:
    authority = None if actor is None else actor.authority
    return trail.of_actor(actor) | {
        "at": now,
        "verb": Verb.READ.value,
        "operation": "alarm",
        "object_type": kind,
        "object_id": id_,
        "object_name": name,
        "unit_id": None if authority is None else authority.unit_id,
        "changes": told,
    }


# Clocks


def skewed(now: datetime) -> timedelta | None:
    """Return by how much this process's clock is wrong, where that is too much; asked once a minute, told once an hour."""
    state: dict[str, datetime] = current_app.extensions.setdefault(_SKEW, {})
    with _lock:
        if now - state.get("asked", datetime.min.replace(tzinfo=now.tzinfo)) < SKEW_ASKED_EVERY:
            return None
        state["asked"] = now
        found = clock.skew(now)
        if abs(found) <= MOST_SKEW or now - state.get("told", now - STRETCH) < STRETCH:
            return None
        state["told"] = now
        return found


def clock_alarm(session: Session, skew: timedelta, now: datetime) -> None:
    """Leave the entry of a clock that is wrong, inside a system act."""
    seconds = round(skew.total_seconds())
    trail.append(session, _alarm(None, now, "Clock", "", "", {"seconds": [None, seconds]}))
