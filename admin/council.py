"""Councils of a round, their units, seats and the assignment matrix; a district's manager keeps its own (Điều 7.5)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from wtforms.validators import Length

import models as m
from admin.account import account_filter
from admin.base import ScopedModelView
from admin.forms import AdminForm, PlainField, RowForm, RowsField, WordField
from admin.listing import Filter, Shown, title, whole
from admin.lookups import accounts, units
from admin.round import round_filter
from extensions import db
from permissions.actor import current_actor
from permissions.gate import Act, hidden
from permissions.policies import Subject
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import SEAT_FUNCTIONS, Function
from services import council as councils
from services.council import AssessedUnit, Board, Part, SeatOf
from services.faults import Fault, in_order
from services.tabular import Kind

_UNITS = (
    select(func.count(m.CouncilUnit.id))
    .where(m.CouncilUnit.council_id == m.Council.id)
    .correlate(m.Council)
    .scalar_subquery()
)


class PartRow(RowForm):
    """A criterion of a field, by its code, for one unit or all."""

    criterion = PlainField(_l("Code of the criterion"), [Length(max=32)])
    unit = PlainField(_l("Code of the unit (empty: all)"), [Length(max=32)])


class PartsForm(AdminForm):
    """Parts of fields that are assigned apart from the rest."""

    parts = RowsField(PartRow, _l("Parts of fields"), most=100)


def council_options() -> list[tuple[int, str]]:
    """Options of a filter by council: those the reader keeps or observes."""
    rows = db.session.execute(select(m.Council.id, m.Council.name).order_by(m.Council.id.desc()))
    return [(id_, name) for id_, name in rows]


class CouncilView(ScopedModelView):
    """The appraisal councils and what they assess."""

    read_verbs = (Verb.MANAGE_COUNCIL,)
    write_verb = Verb.MANAGE_COUNCIL
    own_writes = frozenset({"units_view", "seat_view"})
    shown = (
        Shown("name", _l("Name"), m.Council.name),
        Shown("round", _l("Round"), m.Round.name, m.Round.year),
        Shown("unit", _l("Set up by"), m.Unit.name, m.Unit.name_sort),
        Shown("units", _l("Units assessed"), _UNITS, kind=Kind.INTEGER),
        Shown("decision_number", _l("Decision number"), m.Council.decision_number),
        Shown("decision_on", _l("Decision date"), m.Council.decision_on, m.Council.decision_on, Kind.DATE),
    )
    order = (m.Round.year.desc(), m.Council.id)
    searched = (m.Unit.name_search,)
    searched_here = (m.Council.name, m.Council.decision_number)
    filters = (round_filter(m.Council.round_id),)
    form_columns = ("round", "unit", "name", "decision_number", "decision_on")
    form_ajax_refs = {"unit": units()}
    column_labels = {
        "round": _l("Round"),
        "unit": _l("Set up by"),
        "name": _l("Name"),
        "decision_number": _l("Decision number"),
        "decision_on": _l("Decision date"),
    }
    column_descriptions = {"unit": _l("The unit whose chairman sets it up. Type a code or a part of the name.")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Round, m.Round.id == m.Council.round_id).join(m.Unit, m.Unit.id == m.Council.unit_id)

    def row_links(self) -> list[tuple[str, str]]:
        links = [(_("Assignments"), self.get_url(".matrix_view") + "?id=")]
        if self.writable:
            links.append((_("Units"), self.get_url(".units_view") + "?id="))
        return links

    def subject(self, form: Any, model: m.Council) -> Subject:
        return form.unit.data if model.id is None else model

    def apply(self, form: Any, model: m.Council, doing: Act, *, created: bool) -> None:
        if not created and form.unit.object_data is not form.unit.data:
            raise Fault({"unit": M("Seats and assignments hang on this unit: set up another council instead.")})
        if not created and form.round.object_data is not form.round.data:
            raise Fault({"round": M("A council belongs to its round: set up another council instead.")})

    def _board(self) -> Board:
        council = self.get_one(request.args.get("id", ""))
        actor = current_actor()
        if actor is None:
            raise hidden()
        return councils.board(council, actor.now)

    @expose("/assignments/")
    def matrix_view(self) -> Any:
        """Show who covers which field of which unit, gaps and load."""
        return self.render("admin/council/matrix.html", board=self._board(), Function=Function)

    @expose("/units/", methods=("GET", "POST"))
    def units_view(self) -> Any:
        """Choose the units the council assesses."""
        council = self.get_one(request.args.get("id", ""))
        ticked = None
        faults: list[Any] = []
        if request.method == "POST":
            ticked = {whole(value, 0) for value in request.form.getlist("unit")}
            try:
                councils.set_units(council, ticked)
            except Fault as fault:
                faults = list(fault.faults.values())
            else:
                flash(_("Saved."), "success")
                return redirect(self.get_url(".matrix_view", id=council.id))
        offered = councils.candidates(council)
        ticked = {row[0] for row in offered if row[3] == council.id} if ticked is None else ticked
        page = self.render("admin/council/units.html", council=council, offered=offered, ticked=ticked, faults=faults)
        return page, 422 if faults else 200

    @expose("/seat/", methods=("GET", "POST"))
    def seat_view(self) -> Any:
        """Change what one seat is assigned: whole fields by ticks, parts of fields by code."""
        board = self._board()
        number = whole(request.args.get("seat"), 0)
        seat = next((seat for seat in board.seats if seat.id == number), None)
        if seat is None:
            raise hidden()
        form = PartsForm(request.form if request.method == "POST" else None, data={"parts": _typed_parts(board, seat)})
        ticked = {f"{c}:{u or ''}" for c, u in seat.parts}
        faults: list[Any] = []
        if request.method == "POST":
            ticked = set(request.form.getlist("part"))
            try:
                form.validate()
                councils.assign(board.council, seat, _wanted(board, ticked, form), board.units)
            except Fault as fault:
                faults = list(fault.faults.values())
            else:
                flash(_("Saved."), "success")
                return redirect(self.get_url(".matrix_view", id=board.council.id))
        page = self.render(
            "admin/council/seat.html",
            board=board,
            seat=seat,
            ticked=ticked,
            form=form,
            faults=faults,
            sets=_by_set(board),
        )
        return page, 422 if faults else 200


def _by_set(board: Board) -> list[tuple[list[Any], list[AssessedUnit]]]:
    """Return fields and units that belong together: one table for each criteria set."""
    sets = dict.fromkeys(field.set_id for field in board.fields)
    return [
        ([f for f in board.fields if f.set_id == set_id], [u for u in board.units if u.set_id == set_id])
        for set_id in sets
    ]


def _criteria(board: Board) -> dict[int, tuple[int, str]]:
    """Return the criteria of the council's sets: id -> set and code."""
    sets = {field.set_id for field in board.fields}
    rows = db.session.execute(
        select(m.Criterion.id, m.Criterion.set_id, m.Criterion.code).where(m.Criterion.set_id.in_(sets))
    )
    return {id_: (set_id, code) for id_, set_id, code in rows}


def _typed_parts(board: Board, seat: SeatOf) -> list[dict[str, str]]:
    """Give the parts of fields of a seat as lines: code of the criterion, code of the unit."""
    fields = {field.id for field in board.fields}
    apart = [part for part in seat.parts if part[0] not in fields]
    if not apart:
        return []
    criteria = _criteria(board)
    codes = {unit.id: unit.code for unit in board.units}
    lines = [
        {"criterion": criteria[c][1], "unit": codes.get(u, "") if u is not None else ""}
        for c, u in apart
        if c in criteria
    ]
    unique = {(line["criterion"], line["unit"]): line for line in lines}
    return [unique[key] for key in sorted(unique)]


def _wanted(board: Board, ticked: set[str], form: PartsForm) -> set[Part]:
    """Read ticks and lines as parts; a line without unit holds for every criteria set that has the code."""
    fields = {field.id for field in board.fields}
    wanted: set[Part] = set()
    for value in ticked:
        criterion_id, _colon, unit_id = value.partition(":")
        part = (whole(criterion_id, 0), whole(unit_id, 0) or None)
        if part[0] not in fields:
            raise hidden()
        wanted.add(part)
    lines = form.parts.filled
    if not lines:
        return wanted
    criteria = _criteria(board)
    by_code = {unit.code.lower(): unit for unit in board.units}
    for line in lines:
        unit = by_code.get((line["unit"] or "").lower())
        if line["unit"] and unit is None:
            raise Fault(M("No unit of the council has the code {code}.", code=line["unit"]))
        found = [
            id_
            for id_, (set_id, code) in criteria.items()
            if code == line["criterion"] and (unit is None or set_id == unit.set_id)
        ]
        if not found:
            raise Fault(M("No criterion has the code {code}.", code=line["criterion"]))
        wanted |= {(id_, unit.id if unit else None) for id_ in found}
    return wanted


class SeatView(ScopedModelView):
    """Who sits in which council, as what, from when until when."""

    read_verbs = (Verb.MANAGE_COUNCIL,)
    write_verb = Verb.MANAGE_COUNCIL
    shown = (
        Shown("account", _l("Person"), m.Account.full_name, m.Account.name_sort),
        Shown("username", _l("Login"), m.Account.username, m.Account.username),
        Shown("function", _l("Function"), m.Seat.function, cell=title),
        Shown("council", _l("Council"), m.Council.name, m.Council.id),
        Shown("round", _l("Round"), m.Round.name, m.Round.year),
        Shown("valid_from", _l("First day"), m.Seat.valid_from, m.Seat.valid_from, Kind.DATE),
        Shown("valid_to", _l("Last day"), m.Seat.valid_to, m.Seat.valid_to, Kind.DATE),
    )
    order = (m.Council.id.desc(), m.Account.name_sort)
    searched = (m.Account.name_search,)
    searched_codes = (m.Account.username,)
    filters = (
        Filter("council", _l("Council"), lambda value: m.Seat.council_id == int(value), council_options),
        Filter(
            "function",
            _l("Function"),
            lambda value: m.Seat.function == Function(value),
            lambda: [(word, word.title) for word in SEAT_FUNCTIONS],
        ),
        account_filter(_l("Person")),
    )
    form_columns = ("council", "account", "function", "valid_from", "valid_to")
    form_ajax_refs = {"account": accounts()}
    form_overrides = {"function": lambda **options: WordField(words=SEAT_FUNCTIONS, **options)}
    column_labels = {
        "council": _l("Council"),
        "account": _l("Person"),
        "function": _l("Function"),
        "valid_from": _l("First day"),
        "valid_to": _l("Last day"),
    }
    column_descriptions = {
        "account": _l("Type a login or a part of the name."),
        "valid_to": _l("Empty: without end."),
    }

    def source(self, query: Select[Any]) -> Select[Any]:
        return (
            query.outerjoin(m.Account, m.Account.id == m.Seat.account_id)
            .join(m.Council, m.Council.id == m.Seat.council_id)
            .join(m.Round, m.Round.id == m.Council.round_id)
        )

    def subject(self, form: Any, model: m.Seat) -> Subject:
        return form.council.data if form is not None else model.council

    def apply(self, form: Any, model: m.Seat, doing: Act, *, created: bool) -> None:
        in_order(model.valid_from, model.valid_to)
        if not created and form.council.object_data is not form.council.data:
            raise Fault({"council": M("Assignments hang on this council: add another seat instead.")})
        model.unit_id = form.council.data.unit_id
