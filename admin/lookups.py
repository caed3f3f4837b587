"""Look-ups instead of long drop-downs: find a unit or an account by code or name, inside the reader's scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_admin.model.ajax import AjaxModelLoader
from sqlalchemy import Select

from services import finding
from services.finding import MOST, Finder, NotFound, contains

__all__ = ["MOST", "Lookup", "NotFound", "accounts", "contains", "units"]


class Lookup(AjaxModelLoader):
    """A finder as Flask-Admin asks it."""

    def __init__(self, finder: Finder) -> None:
        super().__init__(finder.model.__name__.lower(), {})
        self.finder = finder

    def label(self, row: Any) -> str:
        """Name and key of a row, which ``resolve`` reads again."""
        return self.finder.label(row)

    def format(self, model: Any) -> tuple[int, str] | None:
        return None if model is None else (model.id, self.label(model))

    def get_one(self, pk: Any) -> Any:
        return self.finder.get(pk)

    def get_list(self, query: str, offset: int = 0, limit: int = MOST) -> list[Any]:
        return self.finder.matching(query, offset, limit)

    def resolve(self, typed: str) -> Any:
        """Return the one row that is meant. Raises ``NotFound``."""
        return self.finder.resolve(typed)


def units(narrow: Callable[[Select[Any]], Select[Any]] = lambda query: query) -> Lookup:
    """Look up a unit by code or name."""
    return Lookup(finding.units(narrow))


def accounts() -> Lookup:
    """Look up an active account by login or name."""
    return Lookup(finding.accounts())
