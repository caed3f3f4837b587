"""Look-ups instead of long drop-downs: find a unit or an account by code or name, inside the reader's scope."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from flask_admin.model.ajax import AjaxModelLoader
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


class Lookup(AjaxModelLoader):
    """Rows of a table found by their unique ``key`` column or by their folded ``name``.

    The read floor cuts every statement here; ``narrow`` cuts further (for example to units that are valid).
    """

    def __init__(
        self,
        model: type[Any],
        key: Any,
        folded: Any,
        order: Any,
        narrow: Callable[[Select[Any]], Select[Any]] = lambda query: query,
    ) -> None:
        super().__init__(model.__name__.lower(), {})
        self.model, self.key, self.folded, self.order, self.narrow = model, key, folded, order, narrow

    def label(self, row: Any) -> str:
        """Name and key of a row, which ``resolve`` reads again."""
        return f"{self.name_of(row)} ({getattr(row, self.key.key)})"

    @staticmethod
    def name_of(row: Any) -> str:
        """Return the name of a unit or of a person."""
        return str(getattr(row, "full_name", None) or row.name)

    def format(self, model: Any) -> tuple[int, str] | None:
        return None if model is None else (model.id, self.label(model))

    def get_query(self) -> Select[Any]:
        return self.narrow(select(self.model)).order_by(self.order)

    def get_one(self, pk: Any) -> Any:
        return db.session.scalar(self.narrow(select(self.model)).where(self.model.id == pk))

    def get_list(self, query: str, offset: int = 0, limit: int = MOST) -> list[Any]:
        found = self._search(query).offset(min(max(offset, 0), FURTHEST)).limit(min(max(limit, 1), MOST))
        return list(db.session.scalars(found))

    def _search(self, typed: str) -> Select[Any]:
        query = self.get_query()
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
        named = [row for row in rows if reading(self.name_of(row)) == reading(typed)]
        if len(named) == 1:
            return named[0]
        if not rows:
            raise NotFound(M("Nothing here is called “{typed}”: enter a code or a part of the name.", typed=typed))
        names = "; ".join(self.label(row) for row in rows[:5]) + ("…" if len(rows) > 5 else "")
        # A part of a name is never taken for the whole: who meant something out of sight would get a stranger.
        raise NotFound(M("Do you mean one of these: {names}? Enter its code or whole name.", names=names))


def units(narrow: Callable[[Select[Any]], Select[Any]] = lambda query: query) -> Lookup:
    """Look up a unit by code or name."""
    return Lookup(m.Unit, m.Unit.code, m.Unit.name_search, m.Unit.name_sort, narrow)


def accounts() -> Lookup:
    """Look up an active account by login or name."""
    return Lookup(
        m.Account, m.Account.username, m.Account.name_search, m.Account.name_sort, lambda q: q.where(m.Account.active)
    )
