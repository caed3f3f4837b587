"""Rows of a table found by code or name, inside the reader's scope: for look-ups and for what is typed without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

import models as m
from extensions import db
from rules import text
from rules.message import M, Message

MOST = 20
FURTHEST = 1000
_IN_BRACKETS = re.compile(r"\(([^()]+)\)\s*$")


class NotFound(LookupError):
    """What was typed names no row, or several; ``message`` says what to do."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


def contains(column: Any, part: str) -> Any:
    """Compare a folded column with a part of a search, its wildcards taken literally."""
    return column.contains(part, autoescape=True)


def name_of(row: Any) -> str:
    """Return the name of a unit or of a person."""
    return str(getattr(row, "full_name", None) or row.name)


@dataclass(frozen=True)
class Finder:
    """Rows of a table found by their unique ``key`` column or by their folded name.

    The read floor cuts every statement here; ``narrow`` cuts further (for example to units that are valid).
    """

    model: Any
    key: Any
    folded: Any
    order: Any
    narrow: Callable[[Select[Any]], Select[Any]] = lambda query: query

    def label(self, row: Any) -> str:
        """Name and key of a row, which ``resolve`` reads again."""
        return f"{name_of(row)} ({getattr(row, self.key.key)})"

    def get(self, pk: Any) -> Any:
        """Return the row with an id, or None."""
        return db.session.scalar(self.narrow(select(self.model)).where(self.model.id == pk))

    def matching(self, typed: str, offset: int = 0, limit: int = MOST) -> list[Any]:
        """Return rows that every word of what was typed is found in."""
        found = self._search(typed).offset(min(max(offset, 0), FURTHEST)).limit(min(max(limit, 1), MOST))
        return list(db.session.scalars(found))

    def _search(self, typed: str) -> Select[Any]:
        query = self.narrow(select(self.model)).order_by(self.order)
        for part in text.fold(typed).split()[:10]:
            query = query.where(or_(contains(self.folded, part), contains(func.lower(self.key), part)))
        return query

    def resolve(self, typed: str) -> Any:
        """Return the one row that is meant. Raises ``NotFound``."""
        bracket = _IN_BRACKETS.search(typed)
        for key in filter(None, (bracket and bracket[1].strip(), typed)):
            found = db.session.scalar(self.narrow(select(self.model)).where(func.lower(self.key) == key.lower()))
            if found is not None:
                return found
        rows = list(db.session.scalars(self._search(typed).limit(50)))
        # Typed with marks: Đông Thạnh is not Đông Thành, though a search without marks finds both.
        reading = str.lower if text.fold(typed) != typed.lower() else text.fold
        rows = [row for row in rows if all(part in reading(self.label(row)) for part in reading(typed).split())]
        named = [row for row in rows if reading(name_of(row)) == reading(typed)]
        if len(named) == 1:
            return named[0]
        if not rows:
            raise NotFound(M("Nothing here is called “{typed}”: enter a code or a part of the name.", typed=typed))
        names = "; ".join(self.label(row) for row in rows[:5]) + ("…" if len(rows) > 5 else "")
        # A part of a name is never taken for the whole: who meant something out of sight would get a stranger.
        raise NotFound(M("Do you mean one of these: {names}? Enter its code or whole name.", names=names))


def units(narrow: Callable[[Select[Any]], Select[Any]] = lambda query: query) -> Finder:
    """Find a unit by code or name."""
    return Finder(m.Unit, m.Unit.code, m.Unit.name_search, m.Unit.name_sort, narrow)


def accounts() -> Finder:
    """Find an active account by login or name."""
    account = m.Account
    return Finder(account, account.username, account.name_search, account.name_sort, lambda q: q.where(account.active))
