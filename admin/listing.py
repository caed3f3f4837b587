"""The list of a generated screen: one statement for its rows, only the columns it shows, each cell written once.

Plain Flask-Admin loads whole entities with their relations and asks several methods for every cell; this is what made its
list seventeen times slower than a bare page.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Protocol

from flask import flash, request
from flask_admin.model.base import ViewArgs
from flask_admin.model.filters import BaseFilter
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy import ColumnElement, Row, Select, func, or_, select, true

import i18n
from admin.lookups import contains
from extensions import db
from i18n import from_local, render
from rules import text
from rules.rounding import shown_points
from services.tabular import Column, Kind

NOTHING = "–"
LONGEST_SEARCH = 200
FURTHEST_PAGE = 100_000
MOST_TERMS = 10
#: Tables without a folded column are small catalogues; so many of their rows are compared here.
FOLDED_HERE = 5000


class Formatter(Protocol):
    """How a value of a column is written in a cell."""

    def __call__(self, value: Any, /) -> str: ...


def words(value: Any) -> str:
    return NOTHING if value is None or value == "" else str(value)


def yes_no(value: Any) -> str:
    return NOTHING if value is None else _("Yes") if value else _("No")


def title(value: Any) -> str:
    """Write a word of the vocabulary."""
    return NOTHING if value is None else render(value.title)


_FORMATS: dict[Kind, Formatter] = {
    Kind.TEXT: words,
    Kind.INTEGER: words,
    Kind.DECIMAL: lambda value: NOTHING if value is None else i18n.number(shown_points(value)),
    Kind.DATE: i18n.format_date,
    Kind.DATETIME: i18n.format_datetime,
}


@dataclass(frozen=True, slots=True)
class Shown:
    """One column of a list.

    ``column`` is what the statement selects, ``order`` what sorting by it means (None: not sortable), ``cell`` how a value
    is written (by default as its ``kind``), in exports too where ``exported`` is None.
    """

    key: str
    label: Any
    column: Any
    order: Any = None
    kind: Kind = Kind.TEXT
    cell: Formatter | None = None
    exported: Callable[[Any], object] | None = None
    places: int = 2

    @property
    def format(self) -> Formatter:
        return self.cell or _FORMATS[self.kind]

    @property
    def remembered(self) -> bool:
        """Writing it costs something, and its values come back: a word, a figure, a day."""
        return self.kind is not Kind.TEXT or self.cell in (title, yes_no)

    @property
    def value(self) -> Callable[[Any], object]:
        """How a value goes into an export: typed where the kind is, else as it is shown."""
        if self.exported is not None:
            return self.exported
        if self.kind is Kind.TEXT and self.cell is not None:
            cell = self.cell
            return lambda value: None if value is None else cell(value)
        if self.kind is Kind.DECIMAL:
            return lambda value: None if value is None else shown_points(value)
        return lambda value: value

    def export_column(self) -> Column:
        return Column(self.key, str(self.label), self.kind, self.places)


class Filter(BaseFilter):
    """One condition above the list: a choice, a text or a day. Its options are asked anew for each reader."""

    def __init__(
        self,
        key: str,
        label: Any,
        condition: Callable[[str], ColumnElement[bool]],
        options: Callable[[], Sequence[tuple[Any, Any]]] | None = None,
        kind: str = "text",
    ) -> None:
        super().__init__(label)
        self.key, self.condition, self.choices = key, condition, options
        self.kind = "select" if options is not None else kind

    def operation(self) -> Any:
        return _l("is")

    def get_options(self, view: Any) -> list[tuple[str, str]] | None:
        """Return the choices of the present reader, cut by the read floor."""
        if self.choices is None:
            return None
        return [
            (str(getattr(value, "value", value)), render(label) if not isinstance(label, str) else label)
            for value, label in self.choices()
        ]

    def validate(self, value: str) -> bool:
        if self.kind == "select":
            return value in {key for key, _label in self.get_options(None) or ()}
        if self.kind == "date":
            return day_of(value) is not None
        return True

    def apply(self, query: Select[Any], value: str) -> Select[Any]:
        return query.where(self.condition(value))


def day_of(value: str) -> date | None:
    """Read the day of a date field."""
    try:
        day = date.fromisoformat(value[:10])
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2200 else None


def since(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """From the beginning of a day, in the province's time, on."""
    return lambda value: column >= from_local(datetime.fromisoformat(value[:10]))


def until(column: Any) -> Callable[[str], ColumnElement[bool]]:
    """Up to the end of a day, in the province's time."""
    return lambda value: column < from_local(datetime.fromisoformat(value[:10])) + timedelta(days=1)


def folded(column: Any, code: Any = None) -> Callable[[str], ColumnElement[bool]]:
    """Hold each part of a typed name against a folded column, or against a code."""

    def condition(value: str) -> ColumnElement[bool]:
        clause: ColumnElement[bool] = true()
        for part in text.fold(value).split()[:MOST_TERMS]:
            found = contains(column, part)
            clause = clause & (found if code is None else or_(found, contains(func.lower(code), part)))
        return clause

    return condition


def words_of(enum_class: Any) -> Callable[[], list[tuple[Any, Any]]]:
    """Options of a vocabulary."""
    return lambda: [(word.value, word.title) for word in enum_class]


class Listing:
    """The list, its search, filters, order and pages; mixed into ``ScopedModelView``."""

    shown: ClassVar[tuple[Shown, ...]] = ()
    filters: ClassVar[tuple[Filter, ...]] = ()
    #: Default order; Vietnamese names by their sort column.
    order: ClassVar[tuple[Any, ...]] = ()
    #: Columns that are already folded, codes that are compared as they are, and names of small tables folded here.
    searched: ClassVar[tuple[Any, ...]] = ()
    searched_codes: ClassVar[tuple[Any, ...]] = ()
    searched_here: ClassVar[tuple[Any, ...]] = ()
    #: Find the rows of a page in the own table before joining the others: for tables so large that the order of reading
    #: matters, and ordered by their own columns. Every row must have what it is joined with.
    ids_first: ClassVar[bool] = False
    model: Any
    simple_list_pager: bool
    page_size: int
    _filters: Any
    _search_supported: bool
    _filter_args: Any
    _sortable_columns: dict[str, Any]

    # What Flask-Admin asks once, at start

    def get_list_columns(self) -> list[tuple[str, Any]]:
        return [(column.key, column.label) for column in self.shown]

    def get_export_columns(self) -> list[tuple[str, Any]]:
        return self.get_list_columns()

    def get_details_columns(self) -> list[tuple[str, Any]]:
        return self.get_list_columns()

    def get_sortable_columns(self) -> dict[str, Any]:
        return {column.key: column.order for column in self.shown if column.order is not None}

    def init_search(self) -> bool:
        return bool(self.searched or self.searched_codes or self.searched_here)

    def search_placeholder(self) -> str | None:
        return None

    def _refresh_filters_cache(self) -> None:
        """Keep the filters, never their options: those belong to a reader, not to the process."""
        self._filters = list(self.filters)
        self._filter_args = {f.key: (place, f) for place, f in enumerate(self._filters)}
        self._filter_groups = None

    def get_filter_arg(self, index: int, flt: Filter) -> str:
        return flt.key

    # What a request asks

    def _get_filter_groups(self) -> list[dict[str, Any]]:
        """Return the filters with this reader's options and what the address says of each."""
        given = {key[3:].partition("_")[2]: value for key, value in request.args.items() if key.startswith("flt")}
        return [
            {
                "name": f"flt{place}_{f.key}",
                "label": str(f.name),
                "kind": f.kind,
                "options": f.get_options(self),
                "value": _clean(given.get(f.key, "")),
            }
            for place, f in enumerate(self._filters)
        ]

    def _get_list_filter_args(self) -> list[tuple[int, str, str]]:
        found: dict[int, tuple[int, str, str]] = {}
        for name, given in request.args.items():
            place, _separator, key = name[3:].partition("_")
            value = _clean(given)
            if name.startswith("flt") and place.isascii() and key in self._filter_args and value:
                index, flt = self._filter_args[key]
                if flt.validate(value):
                    found[index] = (index, str(flt.name), value)
                else:
                    flash(_("The filter “%(name)s” does not take this value.", name=str(flt.name)), "error")
        return [found[index] for index in sorted(found)]

    def _get_list_extra_args(self) -> ViewArgs:
        """Read the address; whatever is written there, numbers come out inside their bounds."""
        return ViewArgs(
            page=min(whole(request.args.get("page")), FURTHEST_PAGE),
            page_size=whole(request.args.get("page_size")),
            sort=whole(request.args.get("sort"), missing=None),
            sort_desc=1 if request.args.get("desc") else None,
            search=_clean(request.args.get("search", "")) or None,
            filters=self._get_list_filter_args(),
            extra_args={},
        )

    # Rows

    def source(self, query: Select[Any]) -> Select[Any]:
        """Join what the columns, filters and search need; override where that is more than the own table."""
        return query

    def narrowed(self) -> Sequence[ColumnElement[bool]]:
        """Further conditions of this view; the read floor cuts besides."""
        return ()

    def selection(
        self, search: str | None, filters: Sequence[tuple[int, str, str]] | None
    ) -> list[ColumnElement[bool]]:
        """Return the conditions of search and filters: the same for list, count and export."""
        conditions = [*self.narrowed(), *(self._filters[place].condition(value) for place, _n, value in filters or ())]
        terms = text.fold(search or "").split()[:MOST_TERMS] if self._search_supported else []
        return [*conditions, *map(self._matches, terms)]

    def _matches(self, part: str) -> ColumnElement[bool]:
        found = [contains(column, part) for column in self.searched]
        found += [contains(func.lower(column), part) for column in self.searched_codes]
        if self.searched_here:
            rows = db.session.execute(select(self.model.id, *self.searched_here).limit(FOLDED_HERE))
            ids = [row[0] for row in rows if any(part in text.fold(str(value or "")) for value in row[1:])]
            found.append(self.model.id.in_(ids))
        return or_(*found)

    def statement(self, conditions: Sequence[ColumnElement[bool]], columns: Sequence[Shown]) -> Select[Any]:
        """Select the id and the columns of the rows that fit."""
        shown = (column.column.label(f"c_{column.key}") for column in columns)
        return self.source(select(self.model.id.label("id"), *shown).select_from(self.model)).where(*conditions)

    def ordered(self, query: Select[Any], sort: str | None, *, descending: bool) -> Select[Any]:
        """Order by a column of the list or as the view does by default; the id decides between equals."""
        column = self._sortable_columns.get(sort) if sort is not None else None
        if column is None:
            return query.order_by(*self.order, self.model.id)
        return query.order_by(column.desc() if descending else column, self.model.id)

    def count(self, conditions: Sequence[ColumnElement[bool]]) -> int:
        """Count the rows that fit."""
        counting = self.source(select(func.count(self.model.id)).select_from(self.model)).where(*conditions)
        return db.session.scalar(counting) or 0

    def get_list(
        self,
        page: int | None,
        sort_column: str | None,
        sort_desc: Any,
        search: str | None,
        filters: Sequence[tuple[int, str, str]] | None,
        execute: bool = True,  # noqa: FBT001, FBT002 - Flask-Admin's signature
        page_size: int | None = None,
    ) -> tuple[int | None, list[Row[Any]]]:
        conditions = self.selection(search, filters)
        size = page_size or self.page_size
        descending, first = bool(sort_desc), (page or 0) * size
        if self.ids_first and not conditions and sort_column is None:
            ids = self.ordered(select(self.model.id), None, descending=False).limit(size).offset(first)
            query = self.statement([self.model.id.in_(ids.correlate(None))], self.shown)
            rows = list(db.session.execute(self.ordered(query, None, descending=False)))
        else:
            query = self.ordered(self.statement(conditions, self.shown), sort_column, descending=descending)
            rows = list(db.session.execute(query.limit(size).offset(first)))
        if self.simple_list_pager:
            return None, rows
        if not page and len(rows) < size:
            return len(rows), rows  # the first page holds them all
        return self.count(conditions), rows

    def cells(self, rows: Sequence[Row[Any]]) -> list[tuple[Any, list[str]]]:
        """Write the cells of a page: id and texts of each row."""
        formats = [_remembering(column.format) if column.remembered else column.format for column in self.shown]
        return [
            (row[0], [written(value) for written, value in zip(formats, tuple(row)[1:], strict=True)]) for row in rows
        ]

    def heads(self) -> list[Markup]:
        """Return the beginning of each cell of a row, which names its column on a narrow screen; once for all rows."""
        return [Markup('<td data-label="{}">').format(str(column.label)) for column in self.shown]

    @staticmethod
    def plain(heads: Sequence[Markup], cells: Sequence[str], way: str = "") -> Markup:
        """Return the cells of a row in one piece: a template would hand each through all blocks of the page.

        ``way`` is the address that the first cell leads to.
        """
        parts = [f"{head}{escape(cell)}</td>" for head, cell in zip(heads, cells, strict=True)]
        if way:
            parts[0] = f'{heads[0]}<a href="{escape(way)}">{escape(cells[0])}</a></td>'
        return Markup("".join(parts))  # noqa: S704 - heads are markup, cells are escaped here


def _remembering(written: Formatter) -> Formatter:
    """Write each value of a page once: words, figures and days come back row after row."""
    known: dict[Any, str] = {}

    def write(value: Any) -> str:
        text_ = known.get(value)
        if text_ is None:
            text_ = known[value] = written(value)
        return text_

    return write


def whole(value: str | None, missing: Any = 0) -> Any:
    """Read a whole number of an address: 0 (or ``missing``) where there is none, never out of 18 digits."""
    value = (value or "").strip()
    if not (value.isascii() and value.isdigit()):
        return missing
    return int(value[:18])


def _clean(value: str) -> str:
    return text.nfc(value.replace("\x00", ""))[:LONGEST_SEARCH].strip()
