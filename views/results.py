"""Results: published tables and years side by side for everyone, the own detail, provisional tables for those in charge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions import needs
from permissions.actor import Actor, current_actor
from permissions.gate import hidden
from permissions.routes import open_to
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Basis
from services import results
from services.results import Group, Head, Table
from services.tabular import CSV_TYPE, Kind, download_headers
from views.ids import small_int

blueprint = Blueprint("results", __name__, url_prefix="/results")

SEARCH_LENGTH = 100
ASKED = ("edition", "level", "group", "basis", "q", "sort")
#: Columns that a first click sorts from small to great.
RISING_FIRST = ("rank", "rank_in_parent", "printed_rank")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that sorts: its address, and the order of its column now."""

    key: str
    label: str
    url: str
    order: str | None
    number: bool


@blueprint.get("/")
@open_to(Verb.READ_PUBLISHED)
def index() -> ResponseReturnValue:
    """Show a published table: that of ``?edition=``, else the newest."""
    heads = results.heads(db.session())
    head = _edition(heads)
    if head is None:
        return render_template("results/empty.html", own=None)
    table = _arranged(results.published(db.session(), head))
    return _page("results/index.html", table, head=head, heads=heads, round=head, links=_links(table))


@blueprint.get("/published.<any(csv, xlsx):kind>")
@open_to(Verb.READ_PUBLISHED)
def export(kind: str) -> ResponseReturnValue:
    """Give the published table as it is on the screen."""
    head = _edition(results.heads(db.session()))
    if head is None:
        raise hidden()
    return _file(_arranged(results.published(db.session(), head)), kind)


@blueprint.get("/years")
@open_to(Verb.READ_PUBLISHED)
def years() -> ResponseReturnValue:
    """Show the published years of a level side by side."""
    heads = results.heads(db.session())
    levels = _levels(heads)
    level_id = _level(levels)
    if level_id is None:
        return render_template("results/empty.html", own=None)
    table = _arranged(results.years(db.session(), heads, level_id))
    return _page("results/years.html", table, levels=levels, level_id=level_id, round=_illustrative(heads, level_id))


@blueprint.get("/years.<any(csv, xlsx):kind>")
@open_to(Verb.READ_PUBLISHED)
def export_years(kind: str) -> ResponseReturnValue:
    """Give the years side by side as they are on the screen."""
    heads = results.heads(db.session())
    level_id = _level(_levels(heads))
    if level_id is None:
        raise hidden()
    return _file(_arranged(results.years(db.session(), heads, level_id)), kind)


@blueprint.get("/editions/<int:edition_id>/units/<int:unit_id>")
@open_to(Verb.READ)
def unit(edition_id: int, unit_id: int) -> ResponseReturnValue:
    """Show a unit's own published detail."""
    detail = results.detail(db.session(), _actor(), edition_id, unit_id)
    return render_template("results/unit.html", detail=detail, head=detail.head, row=detail.row, round=detail.head)


@blueprint.get("/provisional")
@open_to(Verb.READ_PROVISIONAL)
def provisional() -> ResponseReturnValue:
    """Show where a group stands on one basis, without ranks."""
    groups = results.groups(db.session())
    group = _group(groups)
    if group is None:
        return render_template("results/empty.html", own=True)
    basis = _basis()
    table = _arranged(results.provisional(db.session(), group, basis, clock.now()))
    return _page("results/provisional.html", table, groups=groups, group=group, basis=basis, Basis=Basis, round=group)


@blueprint.get("/provisional.<any(csv, xlsx):kind>")
@open_to(Verb.READ_PROVISIONAL)
def export_provisional(kind: str) -> ResponseReturnValue:
    """Give the provisional table as it is on the screen."""
    group = _group(results.groups(db.session()))
    if group is None:
        raise hidden()
    return _file(_arranged(results.provisional(db.session(), group, _basis(), clock.now())), kind)


# What the address asks for


def _actor() -> Actor:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    return actor


def _edition(heads: list[Head]) -> Head | None:
    """Return the edition asked for (404 when it is not open to the reader), else the newest in force."""
    wanted = request.args.get("edition")
    if wanted is None:
        return next((head for head in heads if head.in_force), None)
    return _found(next((head for head in heads if head.id == small_int(wanted)), None))


def _group(groups: list[Group]) -> Group | None:
    wanted = request.args.get("group")
    if wanted is None:
        return groups[0] if groups else None
    return _found(next((group for group in groups if group.id == small_int(wanted)), None))


def _levels(heads: list[Head]) -> dict[int, str]:
    """Return the levels with something published, by the name of their newest group."""
    levels: dict[int, str] = {}
    for head in heads:
        if head.in_force:
            levels.setdefault(head.level_id, head.group_name)
    return levels


def _level(levels: dict[int, str]) -> int | None:
    wanted = request.args.get("level")
    if wanted is None:
        return next(iter(levels), None)
    return _found(next((id_ for id_ in levels if id_ == small_int(wanted)), None))


def _basis() -> Basis:
    wanted = request.args.get("basis", Basis.APPRAISED)
    return Basis(_found(wanted if wanted in set(Basis) else None))


def _found(thing: Any) -> Any:
    if thing is None:
        raise hidden()
    return thing


def _illustrative(heads: list[Head], level_id: int) -> Head | None:
    return next((h for h in heads if h.in_force and h.level_id == level_id and h.illustrative), None)


def _asked() -> dict[str, Any]:
    """Return what this page was asked for; other names in the address are nobody's business, least of all url_for's."""
    return {name: request.args[name] for name in ASKED if name in request.args}


def _arranged(table: Table) -> Table:
    search = request.args.get("q", "")[:SEARCH_LENGTH].replace("\0", "")
    return results.arrange(table, search, request.args.get("sort", "")[:80])


def _links(table: Table) -> set[int]:
    """Return the units of the table whose detail the reader may open: the read floor cuts the units."""
    if not needs.can(Verb.READ):
        return set()
    return set(db.session.scalars(select(m.Unit.id).where(m.Unit.id.in_([row.unit_id for row in table.rows]))))


# Answers


def _page(template: str, table: Table, **context: Any) -> str:
    headings = [_heading(table, place) for place in range(len(table.columns))]
    files = {kind: url_for(_EXPORTS[template], kind=kind, **_asked()) for kind in ("xlsx", "csv")}
    return render_template(
        template,
        table=table,
        lines=_lines(table, headings),
        headings=headings,
        unit_place=table.place("unit"),
        unit_url=_unit_url(context.get("head")),
        files=files,
        links=context.pop("links", set()),
        **context,
    )


def _unit_url(head: Head | None) -> str:
    """Return the address of a unit's detail without its last part: one url for a whole table."""
    return "" if head is None else url_for("results.unit", edition_id=head.id, unit_id=0).removesuffix("0")


_EXPORTS = {
    "results/index.html": "results.export",
    "results/years.html": "results.export_years",
    "results/provisional.html": "results.export_provisional",
}


def _heading(table: Table, place: int) -> Heading:
    column = table.columns[place]
    number = column.kind is not Kind.TEXT
    order = None
    if table.order.removeprefix("-") == column.key:
        order = "descending" if table.order.startswith("-") else "ascending"
    rising = order == "descending" or (order is None and (not number or column.key in RISING_FIRST))
    asked = _asked() | {"sort": column.key if rising else f"-{column.key}"}
    return Heading(column.key, column.title, url_for(request.endpoint or "", **asked), order, number)


@dataclass(frozen=True, slots=True)
class Line:
    """A row ready for the page: its unit, and the cells before and after the unit's name."""

    unit_id: int
    unit_name: str
    before: Markup
    after: Markup


def _lines(table: Table, headings: list[Heading]) -> Iterator[Line]:
    """Write the cells of each row; here and not in the template, whose loops cost more than all statements together."""
    unit = table.place("unit") or 0
    written = [_cell(heading, write) for heading, write in zip(headings, results.writers(table), strict=True)]
    before, after = written[:unit], written[unit + 1 :]
    for row in table.rows:
        cells = row.cells
        yield Line(
            row.unit_id,
            str(cells[unit]),
            Markup("".join([write(cell) for write, cell in zip(before, cells[:unit], strict=True)])),  # noqa: S704
            Markup("".join([write(cell) for write, cell in zip(after, cells[unit + 1 :], strict=True)])),  # noqa: S704
        )


def _cell(heading: Heading, write: Callable[[Any], str]) -> Callable[[Any], str]:
    """Return what writes the cells of one column, escaped; equal ones are written once."""
    kind = ' class="number"' if heading.number else ""
    opened = f'<td{kind} data-label="{escape(heading.label)}">'
    known: dict[Any, str] = {}

    def cell(value: Any) -> str:
        if isinstance(value, Message):
            return f"{opened}{escape(write(value))}</td>"
        if value not in known:
            known[value] = f"{opened}{escape(write(value))}</td>"
        return known[value]

    return cell


def _file(table: Table, kind: str) -> ResponseReturnValue:
    exported = M("Exported at {at}.", at=clock.now())
    if kind == "csv":
        content = b"".join(results.csv(table, exported))
        headers = download_headers(table.name, table.title, CSV_TYPE)
    else:
        with results.xlsx(table, exported) as file:
            content = file.read()
        headers = download_headers(table.name, table.title)
    return current_app.response_class(content, headers=headers)
