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
from rules.verbs import Verb

#: Verbs that write single leaves of a form: a restriction to fields is asked for each leaf, by the write gate.
LEAF_BY_LEAF = frozenset({Verb.SCORE, Verb.ATTACH, Verb.EXPLAIN, Verb.SCORE_SUPERIOR})


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


def paths(session: Session, rows: Iterable[Row[Any]]) -> dict[int, str]:
    """Return the tree paths of the units that restrictions name; call in a system scope."""
    ids = {id_ for row in rows for id_ in row.unit_ids}
    unit = m.Unit.__table__
    return dict(session.execute(select(unit.c.id, unit.c.path).where(unit.c.id.in_(ids))).all()) if ids else {}


def cut(authority: Authority, rows: Iterable[Row[Any]], by_unit: Mapping[int, str]) -> Authority:
    """Return an authority with what the restrictions leave of it; each cuts what the others left."""
    for row in rows:
        before = authority.limits or Limits()
        reach = before.paths
        if row.unit_ids:
            named = [by_unit[id_] for id_ in row.unit_ids if id_ in by_unit]
            # Of two subtrees one holds the other, or they have nothing in common.
            reach = tuple(
                sorted({max(mine, other, key=len) for mine in authority.reach for other in named if _meet(mine, other)})
            )
        fields = frozenset(row.field_codes) or None
        both = fields if before.fields is None else before.fields if fields is None else before.fields & fields
        ends = [day for day in (before.until, row.valid_to) if day is not None]
        limits = Limits(before.read_only or row.read_only, reach, both, min(ends, default=None))
        authority = replace(authority, limits=limits)
    return authority


def _meet(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def why_not(actor: Actor, codes: Collection[str] | None) -> Message | None:
    """Return why this person may write nothing, or nothing in these fields; None where nothing stands against it.

    ``codes`` are the fields written in, None for an act on the whole of something.
    """
    limits = None if actor.authority is None else actor.authority.limits
    if limits is None:
        return None
    if limits.read_only:
        if limits.until is None:
            return M("Your access is restricted to reading.")
        return M("Your access is restricted to reading until {day}.", day=limits.until)
    if limits.fields is not None and (codes is None or not set(codes) <= limits.fields):
        return M("Your access is restricted to the fields {codes}.", codes=", ".join(sorted(limits.fields)))
    return None
