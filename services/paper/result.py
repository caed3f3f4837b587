"""A unit's result sheet (phiếu kết quả) from a published edition: what the page of its result shows to the same reader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from i18n import points, render
from rules.message import M
from services.paper.agency import Issuer, numbered, place_date, stacked
from services.paper.appendix import mark
from services.paper.model import Align, Block, Column, Head, Kind, Look, Paper, Row, Signature, Table, Text
from services.results import Detail
from services.results.detail import Field, Leaf


def result_paper(detail: Detail, province: Issuer, place: str, now: datetime) -> Paper:
    """Fill the sheet of one unit."""
    head, row = detail.head, detail.row
    return Paper(
        name=f"phieu-ket-qua-{head.round_code}",
        title=render(M("Result sheet")) + f" – {row.unit_name} – {head.round_name}",
        titles=(
            render(M("Result sheet")).upper(),
            render(M("Public administration reform index, {round}", round=head.round_name)),
        ),
        under=" ".join(render(line) for line in head.lines),
        mark=mark(head),
        head=Head("", stacked(province.unit), numbered(), place_date(place, None)),
        blocks=(
            _facts(detail),
            Text(render(M("Points by field")), Kind.HEADING),
            _points(detail),
            *_years(detail),
        ),
        closing=(
            Text(
                render(
                    M("The sheet shows what the edition holds; its digest (SHA-256) is {digest}.", digest=head.digest)
                ),
                Kind.NOTE,
            ),
        ),
        recipients=(f"- {row.unit_name};", render(M("- Kept: office files."))),
        signatures=(Signature(render(M("Standing agency")), render(M("(signature, seal)"))),),
        foot=render(M("{unit}, {round}; printed at {at}.", unit=row.unit_name, round=head.round_name, at=now)),
    )


def _facts(detail: Detail) -> Table:
    head, row, places = detail.head, detail.row, detail.head.places
    rank = "–" if not row.rank else f"{row.rank}/{detail.ranked} ({head.group_name})"
    facts = [
        (M("Unit"), row.unit_name),
        *([(M("Superior unit"), row.parent_name)] if row.parent_name else []),
        (M("Achieved"), points(row.achieved, places)),
        (M("Applicable maximum"), points(row.maximum, places)),
        (M("Bonus"), points(row.bonus, places)),
        (M("Penalty"), points(row.penalty, places)),
        (M("Index (%)"), points(row.index, places)),
        (M("Rank"), rank),
        *([(M("Rank in its superior"), str(row.rank_in_parent))] if row.rank_in_parent else []),
        (M("Class"), row.class_name if row.ranked else render(M("listed apart, without rank"))),
        *([(M("Printed rank"), str(row.printed_rank))] if row.printed_rank else []),
        *([(M("Printed class"), row.printed_class)] if row.printed_class else []),
    ]
    columns = (Column(render(M("Item")), 60), Column(render(M("Result")), 105))
    return Table(columns, [Row((render(name), value or "–")) for name, value in facts])


def _points(detail: Detail) -> Table:
    columns = [
        Column(render(M("Code")), 14),
        Column(render(M("Criterion")), 60),
        Column(render(M("Maximum")), 16, Align.RIGHT),
    ]
    if detail.has_leaves:
        columns.append(Column(render(M("Self-assessed")), 16, Align.RIGHT))
    columns.append(Column(render(M("Published")), 19, Align.RIGHT))
    if detail.has_leaves:
        columns += [Column(render(M("Change")), 16, Align.RIGHT), Column(render(M("Remark")), 45)]
    rows = [row for field in detail.fields for row in _field(field, detail.head.places, leaves=detail.has_leaves)]
    return Table(tuple(columns), rows)


def _field(field: Field, places: int, *, leaves: bool) -> Iterator[Row]:
    name = field.name or render(M("Bonus and penalty"))
    maximum = "" if field.maximum is None else points(field.maximum, places)
    achieved = "" if field.achieved is None else points(field.achieved, places)
    sums = (maximum, "", achieved, "", "") if leaves else (maximum, achieved)
    yield Row((f"{field.code}. {name}", *sums), Look.FIELD, span=2)
    for leaf in field.leaves:
        yield Row(
            (
                leaf.code,
                leaf.name,
                points(leaf.maximum, places),
                points(leaf.self_points, places),
                _published(leaf, places),
                _change(leaf, places),
                leaf.remark,
            )
        )


def _published(leaf: Leaf, places: int) -> str:
    if leaf.not_applicable:
        return render(M("not applicable"))
    unscored = not leaf.scored and leaf.kind not in ("bonus", "penalty")
    return points(leaf.points, places) + (" (" + render(M("not scored")) + ")" if unscored else "")


def _change(leaf: Leaf, places: int) -> str:
    if leaf.self_points is None or leaf.points is None:
        return ""
    return signed(leaf.points - leaf.self_points, places)


def signed(change: Decimal, places: int) -> str:
    """Write a change with its sign; none is a dash."""
    if not change:
        return "–"
    return ("+" if change > 0 else "−") + points(abs(change), places)


def _years(detail: Detail) -> Iterator[Block]:
    if len(detail.years) < 2:
        return
    yield Text(render(M("Years side by side")), Kind.HEADING)
    yield Table(
        (
            Column(render(M("Round")), 35),
            Column(render(M("Unit")), 50),
            Column(render(M("Index (%)")), 20, Align.RIGHT),
            Column(render(M("Rank")), 15, Align.RIGHT),
            Column(render(M("Class")), 25),
            Column(render(M("Decision")), 35),
        ),
        [
            Row(
                (
                    year.head.round_name,
                    year.row.unit_name,
                    points(year.row.index, year.head.places),
                    str(year.row.rank or "–"),
                    year.row.class_name or "–",
                    year.head.decision_number,
                )
            )
            for year in detail.years
        ],
    )
