"""The appendix of the publication decision: the ranking table of a group, from an edition or as a draft from its preview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from i18n import render
from rules.message import M, Message
from rules.vocabulary import RankBy, TieRule
from services import results
from services.paper.agency import agency, dated
from services.paper.model import Align, Column, Kind, Paper, Row, Text
from services.paper.model import Table as PaperTable
from services.publication import Candidate
from services.results import Head, Table
from services.tabular import Kind as Holds

#: Columns in the order of the decision's tables; the fields stand after the unit. Others of the screen follow at the end.
_BEFORE = ("rank", "unit", "parent")
_AFTER = (
    "achieved",
    "maximum",
    "bonus",
    "penalty",
    "index",
    "class",
    "rank_in_parent",
    "printed_rank",
    "printed_class",
)
_SHARES = {
    "rank": 13,
    "unit": 40,
    "parent": 36,
    "class": 21,
    "maximum": 17,
    "bonus": 16,
    "penalty": 12,
    "printed_class": 21,
}
_FIELD = "field_"


def mark(head: Head) -> str:
    """Say over a paper that its edition does not hold, or that its figures are made up."""
    words = []
    if head.withdrawn_at is not None:
        words.append(M("Withdrawn at {at}: no longer valid.", at=head.withdrawn_at))
    elif not head.in_force:
        words.append(M("Replaced by a later edition."))
    return _marks(*words, illustrative=head.illustrative)


def _marks(*words: Message, illustrative: bool) -> str:
    """Write marks under one another; that figures are made up is said whatever else is."""
    return "\n".join(render(one).upper() for one in (*words, *([M("Illustrative data")] if illustrative else [])))


def appendix_paper(session: Session, head: Head, province_name: str, now: datetime) -> Paper:
    """Fill the appendix from an edition: the rows of the published table in their order, ties included."""
    decision = M(
        "(Attached to Decision No. {number} of {day} of the Chairman of the {agency})",
        number=head.decision_number,
        day=dated(head.decision_on),
        agency=agency(province_name),
    )
    table = results.published(session, head)
    return _paper(
        table,
        head.group_name,
        head.round_name,
        under=render(decision),
        mark_=mark(head),
        notes=[
            *(render(line) for line in head.lines),
            render(M("Digest of this edition (SHA-256): {digest}.", digest=head.digest)),
        ],
        rules=(TieRule(head.settings["tie_rule"]), RankBy(head.settings["rank_by"])),
        now=now,
    )


def draft_paper(candidate: Candidate, province_name: str, now: datetime) -> Paper:
    """Fill the appendix as it would be published now, marked as a draft."""
    group = candidate.group
    names: dict[str, str] = {}
    for row in candidate.rows:
        names.update((line.code, line.name) for line in row.fields if line.code not in names)
    points = {row.unit_id: {line.code: line.achieved for line in row.fields} for row in candidate.rows}
    table = results.ranked(
        f"{group.code}-{group.round.code}", group.name, candidate.rows, names, points, candidate.settings.places
    )
    decision = M(
        "(Attached to Decision No. {number} of {day} of the Chairman of the {agency})",
        number="……/QĐ-UBND",
        day=dated(None),
        agency=agency(province_name),
    )
    return _paper(
        table,
        group.name,
        group.round.name,
        under=render(decision),
        mark_=_marks(M("Draft, not published"), illustrative=group.round.illustrative),
        notes=[render(M("Edition {number} as it would be published", number=candidate.number)) + "."],
        rules=(candidate.settings.tie_rule, candidate.settings.rank_by),
        now=now,
    )


def _paper(
    table: Table,
    group: str,
    round_name: str,
    *,
    under: str,
    mark_: str,
    notes: list[str],
    rules: tuple[TieRule, RankBy],
    now: datetime,
) -> Paper:
    columns, rows, legend = _lay_out(table)
    title = render(
        M("Ranking by the public administration reform index, {round}: {group}", round=round_name, group=group)
    )
    tie, by = rules
    said = [
        *([legend] if legend else []),
        render(M("Ranked by: {by}; equal values share a rank: {rule}.", by=by.title, rule=tie.title)),
        *notes,
    ]
    return Paper(
        name=f"phu-luc-{table.name}",
        title=render(M("Appendix")) + f" – {title}",
        titles=(render(M("Appendix")), title.upper()),
        under=under,
        mark=mark_,
        blocks=(PaperTable(columns, rows),),
        closing=(Text("\n".join(said), Kind.NOTE),),
        foot=render(
            M(
                "{group}, {round}; {count} units; printed at {at}.",
                group=group,
                round=round_name,
                count=len(rows),
                at=now,
            )
        ),
        landscape=True,
    )


def _lay_out(table: Table) -> tuple[tuple[Column, ...], Sequence[Row], str]:
    """Put the columns of the screen's table in the order of the decision; long names of fields go into a legend."""
    fields = [column.key for column in table.columns if column.key.startswith(_FIELD)]
    known = [column.key for column in table.columns]
    order = [key for key in (*_BEFORE, *fields, *_AFTER) if key in known]
    places = [known.index(key) for key in order]
    writers = results.writers(table)
    columns = tuple(_column(table, place) for place in places)
    rows = [Row(tuple(writers[place](row.cells[place]) for place in places)) for row in table.rows]
    names = [table.columns[known.index(key)].title for key in fields]
    legend = render(M("Fields: {names}.", names="; ".join(names))) if names else ""
    return columns, rows, legend


def _column(table: Table, place: int) -> Column:
    column = table.columns[place]
    title, share = column.title, _SHARES.get(column.key, 15)
    if column.key.startswith(_FIELD):
        title = render(M("Field {code}", code=column.key.removeprefix(_FIELD)))
    align = Align.LEFT if column.kind is Holds.TEXT else Align.CENTRE if column.kind is Holds.INTEGER else Align.RIGHT
    return Column(title, share, align)
