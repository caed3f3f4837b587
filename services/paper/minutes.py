"""The council's minutes (biên bản họp hội đồng) on one field: members, units, appraised and decided points, reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

import models as m
from extensions import db
from i18n import points, render
from permissions.actor import Actor, system_scope
from permissions.gate import hidden
from rules.message import M
from rules.vocabulary import Function, State
from services.account.sessions import local_day
from services.approval_board import Figure, UnitRow
from services.paper.agency import dated, issuer, stacked
from services.paper.model import GAP, Align, Block, Column, Head, Kind, Look, Paper, Row, Signature, Table, Text
from services.paper.result import signed
from services.sheet import Leaf


@dataclass(frozen=True, slots=True)
class Member:
    """A person of the council and its function there."""

    name: str
    function: Function


def members(council: m.Council, day: date) -> list[Member]:
    """Return who sat in the council on a day: the chair first, then members, then the helper team."""
    seat, account = m.Seat, m.Account
    with system_scope("names of the members of a council that the reader sits in"):
        found = db.session.execute(
            select(account.full_name, seat.function)
            .join(account, account.id == seat.account_id)
            .where(
                seat.council_id == council.id,
                seat.valid_from <= day,
                or_(seat.valid_to.is_(None), seat.valid_to >= day),
            )
            .order_by(account.full_name, seat.id)
        ).all()
    order = (Function.CHAIR, Function.MEMBER, Function.HELPER)
    return sorted((Member(name, function) for name, function in found), key=lambda one: order.index(one.function))


def council_of(actor: Actor) -> m.Council:
    """Return the council that the actor sits in."""
    council_id = actor.authority.council_id if actor.authority is not None else None
    council = None if council_id is None else db.session.get(m.Council, council_id)
    if council is None:
        raise hidden()
    return council


def minutes_paper(actor: Actor, rows: Sequence[UnitRow], round_: m.Round, now: datetime) -> Paper:
    """Fill the minutes on one field, for all its units or for one; what is not decided yet is said, not guessed."""
    council, field = council_of(actor), rows[0].sheet.field
    by = issuer(council.unit_id)
    number, held_on = _minutes(rows)
    # Of several meetings the last: minutes of each are printed unit by unit. Before any, who would sit in it today.
    met_on = max((row.sheet.minutes_on for row in rows if row.sheet.minutes_on), default=local_day(actor.now))
    one = f" – {rows[0].unit_name}" if len(rows) == 1 else ""
    open_ = [row for row in rows if not _decided(row)]
    marks = [
        *([render(M("Draft: not every unit is approved")).upper()] if open_ else []),
        *([render(M("Illustrative data")).upper()] if round_.illustrative else []),
    ]
    return Paper(
        name=f"bien-ban-{round_.code}-linh-vuc-{field.code}",
        title=render(M("Minutes")) + f" – {council.name} – {field.code}. {field.name}{one}",
        titles=(
            render(M("Minutes")).upper(),
            render(M("Meeting of the council on the results of the appraisal")),
            render(M("Public administration reform index, {round}", round=round_.name)),
            render(M("Field {code}: {name}", code=field.code, name=field.name)) + one,
        ),
        head=Head(stacked(by.unit), council.name, render(M("No. {number}", number=number or f"{GAP}/BB-HĐTĐ"))),
        mark="\n".join(marks),
        blocks=(
            *_meeting(council, members(council, met_on), held_on, rows),
            Text(render(M("I. Results by unit")), Kind.HEADING),
            _units(rows, round_.shown_places, several=number is None),
            Text(render(M("II. Items whose points were changed, with reasons")), Kind.HEADING),
            _changes(rows, round_.shown_places),
        ),
        closing=(
            Text(
                render(
                    M(
                        "The minutes were read to the members, who agreed, and are made in {gap} copies. The meeting ended at {gap} of the same day./.",
                        gap=GAP,
                    )
                )
            ),
        ),
        recipients=(f"- {by.agency};", render(M("- The council's members;")), render(M("- Kept: council files."))),
        signatures=(
            Signature(render(M("Secretary")), render(M("(signature, full name)"))),
            Signature(render(M("Chair of the council")), render(M("(signature, full name)"))),
        ),
        foot=render(
            M(
                "{council}, field {code}, {round}; printed at {at}.",
                council=council.name,
                code=field.code,
                round=round_.name,
                at=now,
            )
        ),
    )


def _decided(row: UnitRow) -> bool:
    return row.state in (State.APPROVED, State.CLOSED, State.PUBLISHED)


def _minutes(rows: Sequence[UnitRow]) -> tuple[str | None, date | None]:
    """Return number and day of the minutes where all decided units stand on the same ones."""
    known = {(row.sheet.minutes_number, row.sheet.minutes_on) for row in rows if row.sheet.minutes_number}
    return known.pop() if len(known) == 1 else (None, None)


def _meeting(
    council: m.Council, people: Sequence[Member], held_on: date | None, rows: Sequence[UnitRow]
) -> Iterator[Block]:
    yield Text(render(M("Time: {gap} o'clock, {day}. Place: {gap}", gap=GAP, day=dated(held_on))))
    if council.decision_number:
        day = M(" of {day}", day=council.decision_on) if council.decision_on else ""
        yield Text(
            render(M("The council was set up by Decision No. {number}{day}.", number=council.decision_number, day=day))
        )
    yield Text(render(M("Present:")))
    yield Text(
        "\n".join(f"{number}. {one.name} – {render(one.function.title)}" for number, one in enumerate(people, 1)) or GAP
    )
    yield Text(render(M("Absent (reason): {gap}", gap=GAP * 5)))
    yield Text(
        render(
            M(
                "The council considered the appraisal of {count} units; {decided} of them are approved.",
                count=len(rows),
                decided=sum(_decided(row) for row in rows),
            )
        )
    )


def _units(rows: Sequence[UnitRow], places: int, *, several: bool) -> Table:
    columns: tuple[Column, ...] = (
        Column(render(M("No.")), 10, Align.CENTRE),
        Column(render(M("Unit")), 45),
        Column(render(M("State")), 30),
        Column(render(M("Claimed")), 18, Align.RIGHT),
        Column(render(M("Appraised")), 18, Align.RIGHT),
        Column(render(M("Difference")), 18, Align.RIGHT),
        Column(render(M("Decided")), 20, Align.RIGHT),
        Column(render(M("Minutes")), 34),
    )
    if not several:
        columns = columns[:-1]
    written = []
    for number, row in enumerate(rows, start=1):
        minutes = ""
        if row.sheet.minutes_number and row.sheet.minutes_on:
            minutes = render(M("{number} of {day}", number=row.sheet.minutes_number, day=row.sheet.minutes_on))
        cells = (
            str(number),
            row.unit_name + ("" if row.submitted else " (" + render(M("not submitted")) + ")"),
            render(row.state.title),
            _figure(row.claimed, places),
            _figure(row.appraised, places),
            signed(row.change, places) if row.done else "–",
            points(row.result, places) if _decided(row) else render(M("not decided")),
            minutes,
        )
        written.append(Row(cells[: len(columns)]))
    return Table(columns, written)


def _figure(figure: Figure | None, places: int) -> str:
    if figure is None or figure.empty:
        return render(M("missing")) if figure is not None and figure.leaves else "–"
    return points(figure.points, places)


def _changes(rows: Sequence[UnitRow], places: int) -> Block:
    columns = (
        Column(render(M("Code")), 12),
        Column(render(M("Criterion")), 44),
        Column(render(M("Maximum")), 14, Align.RIGHT),
        Column(render(M("Claimed")), 14, Align.RIGHT),
        Column(render(M("Appraised")), 15, Align.RIGHT),
        Column(render(M("Council")), 15, Align.RIGHT),
        Column(render(M("Reason")), 56),
    )
    written: list[Row] = []
    for row in rows:
        if row.moved:
            written.append(Row((row.unit_name,), Look.FIELD, span=len(columns)))
            written += [_change(leaf, places) for leaf in row.moved]
    if not written:
        return Text(render(M("No item was changed: the council agrees with every claim.")))
    return Table(columns, written)


def _change(leaf: Leaf, places: int) -> Row:
    reasons = []
    if leaf.appraised is not None and leaf.appraised.reason:
        reasons.append(render(M("Appraisal: {reason}", reason=leaf.appraised.reason)))
    if leaf.council is not None and leaf.council.reason:
        reasons.append(render(M("Council: {reason}", reason=leaf.council.reason)))
    return Row(
        (
            leaf.criterion.code,
            leaf.criterion.name,
            points(leaf.criterion.max_points, places),
            "–" if leaf.survey or leaf.penalty else _said(leaf.claim, places),
            _said(leaf.appraised, places),
            "–" if leaf.council is None else _said(leaf.council, places),
            "\n".join(reasons),
        )
    )


def _said(score: m.Score | None, places: int) -> str:
    if score is None:
        return render(M("not scored"))
    return render(M("N/A")) if score.not_applicable else points(score.points, places)
