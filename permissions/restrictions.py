"""Restrictions of access (Điều 9.1): what those in force on a person leave of each of its authorities."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Date, Row, Select, bindparam, or_, select
from sqlalchemy.orm import Session

import models as m
from permissions.actor import Actor, Authority, Limits
from rules.message import M, Message
from rules.process import READING, steps
from rules.verbs import Verb

#: Verbs that write single leaves of a form: a restriction to fields is asked for each leaf, by the write gate.
LEAF_BY_LEAF = frozenset(
    {Verb.SCORE, Verb.ATTACH, Verb.EXPLAIN, Verb.SCORE_SUPERIOR, Verb.IMPORT_REFERENCE, Verb.IMPORT_SURVEY}
)


def in_force(table: Any, today: Any) -> Any:
    """SQL over the restrictions: begun, not over, not lifted on a day."""
    return (
        (table.c.valid_from <= today)
        & or_(table.c.valid_to.is_(None), table.c.valid_to >= today)
        & table.c.lifted_at.is_(None)
    )


@cache
def _of_accounts() -> Select[Any]:
    table = m.Restriction.__table__
    return select(table.c.account_id, table.c.read_only, table.c.unit_ids, table.c.field_codes, table.c.valid_to).where(
        table.c.account_id.in_(bindparam("account_ids", type_=BigInteger, expanding=True)),
        in_force(table, bindparam("today", type_=Date)),
    )


def load(session: Session, account_ids: Collection[int], today: date) -> dict[int, list[Row[Any]]]:
    """Return the restrictions in force of each account, with tree paths in the place of units; call in a system scope."""
    rows = session.execute(_of_accounts(), {"account_ids": sorted(account_ids), "today": today}).all()
    found: dict[int, list[Row[Any]]] = {}
    for row in rows:
        found.setdefault(row.account_id, []).append(row)
    return found


def paths(session: Session, rows: Iterable[Row[Any]]) -> dict[int, tuple[str, str]]:
    """Return tree path and name of the units that restrictions name; call in a system scope."""
    ids = {id_ for row in rows for id_ in row.unit_ids}
    unit = m.Unit.__table__
    if not ids:
        return {}
    found = session.execute(select(unit.c.id, unit.c.path, unit.c.name).where(unit.c.id.in_(ids)))
    return {row.id: (row.path, row.name) for row in found}


def cut(authority: Authority, rows: Iterable[Row[Any]], by_unit: Mapping[int, tuple[str, str]]) -> Authority:
    """Return an authority with what the restrictions leave of it; each cuts what the others left."""
    rows = list(rows)
    if not rows:
        return authority
    names = {authority.unit_path: authority.unit_name, **dict(by_unit.values())}
    reach: tuple[str, ...] | None = None
    fields: frozenset[str] | None = None
    for row in rows:
        if row.unit_ids:
            named = [by_unit[id_][0] for id_ in row.unit_ids if id_ in by_unit]
            before = (authority.unit_path,) if reach is None else reach
            # Of two subtrees one holds the other, or they have nothing in common.
            both = {max(mine, other, key=len) for mine in before for other in named if _meet(mine, other)}
            reach = _outermost(both)
        if row.field_codes:
            fields = frozenset(row.field_codes) if fields is None else fields & frozenset(row.field_codes)
    reading = [row.valid_to for row in rows if row.read_only]
    limits = Limits(
        bool(reading),
        reach,
        fields,
        # One restriction to reading goes on where another ends; of those that cut further each end changes something.
        None if None in reading else max(reading, default=None),
        _first_end(row.valid_to for row in rows if row.unit_ids),
        _first_end(row.valid_to for row in rows if row.field_codes),
        tuple(names[path] for path in reach or ()),
    )
    return replace(authority, limits=limits)


def _first_end(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day is not None), default=None)


def _outermost(found: set[str]) -> tuple[str, ...]:
    """Return subtrees of which none lies in another."""
    return tuple(sorted(path for path in found if not any(path != one and path.startswith(one) for one in found)))


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def spans(verb: Verb) -> bool:
    """Tell whether a verb changes what belongs to no single unit: the whole system's catalogues, accounts, editions."""
    return verb not in READING and verb not in LEAF_BY_LEAF and all(step.relation is None for step in steps(verb))


def closes(limits: Limits, verb: Verb) -> bool:
    """Tell whether the restrictions leave nothing of a verb: its menus, doors and buttons are gone."""
    if verb in READING:
        return False
    return limits.read_only or (spans(verb) and (limits.paths is not None or limits.fields is not None))


def why_not(actor: Actor, verb: Verb, codes: Collection[str] | None) -> Message | None:
    """Return why this person may not do this, or not in these fields; None where nothing stands against it.

    ``codes`` are the fields written in, None for an act on the whole of something.
    """
    limits = None if actor.authority is None else actor.authority.limits
    if limits is None:
        return None
    if limits.read_only:
        return _until(M("Your access is restricted to reading"), limits.read_until)
    if limits.paths is not None and spans(verb):
        return _until(M("Your access is restricted to the units {units}", units=named(limits)), limits.units_until)
    if limits.fields is not None and (codes is None or not set(codes) <= limits.fields):
        return _until(M("Your access is restricted to the fields {codes}", codes=coded(limits)), limits.fields_until)
    return None


def sentences(limits: Limits) -> list[Message]:
    """Tell a person what its access is restricted to, and until when."""
    found = []
    if limits.read_only:
        found.append(_until(M("Your access is restricted to reading"), limits.read_until))
    if limits.paths is not None:
        words = M("Your access is restricted to the units {units}", units=named(limits))
        found.append(_until(words, limits.units_until))
    if limits.fields is not None:
        words = M("Your access is restricted to the fields {codes}", codes=coded(limits))
        found.append(_until(words, limits.fields_until))
    return found


def named(limits: Limits) -> str | Message:
    return "; ".join(limits.units) or M("none of this role")


def coded(limits: Limits) -> str | Message:
    return ", ".join(sorted(limits.fields or ())) or M("none of this role")


def _until(words: Message, day: date | None) -> Message:
    return M("{words}.", words=words) if day is None else M("{words} until {day}.", words=words, day=day)
