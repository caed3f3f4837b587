"""A field over the units of a council as a workbook: a row for each leaf and unit, the claim beside the helper's own cells."""

from __future__ import annotations

from itertools import groupby

from xlsxwriter.worksheet import Worksheet

import models as m
from i18n import render
from rules.message import M
from rules.rounding import plain
from rules.vocabulary import Stage
from services.score import REASON_LENGTH
from services.workbook.appraising import Field, Row, claim_mark
from services.workbook.form import how, input_heads, inputs
from services.workbook.layout import Filled, Kind, Marks, holds, shown, slots_of
from services.workbook.paper import FIRST_ROW, Head, Paper

#: Columns before the inputs: three hidden ones, code, unit, maximum, claim, figures of the claim, its reason or note.
_BEFORE = 10


def write(field: Field) -> bytes:
    """Write the field; cells are open for the leaves and units in the helper's charge, as things stand now."""
    title = f"{field.field.code}. {field.field.name}"
    paper = Paper(Marks(Kind.APPRAISAL, field.subject, str(field.field.set_id), title, field.round.name))
    width = max(len(slots_of(row.leaf.criterion.rule)) for row in field.rows)
    heads = _heads(width)
    closes = [seen.spans[Stage.APPRAISAL].closes_at for seen in field.seen.values() if Stage.APPRAISAL in seen.spans]
    names = {"field": title, "round": field.round.name}
    first = (
        M("{field} – {round} – closes at {time}", time=min(closes), **names)
        if closes
        else M("{field} – {round}", **names)
    )
    sheet = paper.sheet(render(M("Appraisal")), render(first), render(HINT), heads, fixed=6, hidden=3)
    at = FIRST_ROW
    for criterion, rows in groupby(field.rows, key=lambda row: row.leaf.criterion):
        paper.section(sheet, at, len(heads), _section(criterion), strong=True)
        for at, row in enumerate(rows, start=at + 1):  # noqa: B020 - the next section goes on from the last row
            _row(paper, sheet, at, row, field, width)
        at += 1
    leaves = {row.leaf.criterion.id: row.leaf.criterion for row in field.rows}
    paper.guidance(
        ((leaf.code, leaf.name, how(leaf.rule)) for leaf in leaves.values()),
        (render(M("Code")), render(M("Criterion")), render(M("How it is scored"))),
    )
    return paper.done()


HINT = M(
    "Fill in the yellow cells only, then upload this file: first you see what would change, nothing is written before you confirm. "
    "Points other than the claim need a reason. The sheet is protected against slips without a password (Review, Unprotect Sheet). "
    "Do not change the hidden columns. An emptied row takes the appraisal back; a deleted row changes nothing."
)


def _section(criterion: m.Criterion) -> str:
    most = "" if criterion.max_points is None else f" ({plain(criterion.max_points).replace('.', ',')})"
    return f"{criterion.code} {criterion.name}{most}"


def _heads(width: int) -> list[Head]:
    return [
        Head("key", "", 0),
        Head("version", "", 0),
        Head("was", "", 0),
        Head("code", render(M("Code")), 8),
        Head("unit", render(M("Unit code")), 9),
        Head("", render(M("Unit")), 26),
        Head("", render(M("Maximum")), 8),
        Head("", render(M("Claim")), 9),
        Head("", render(M("Figures of the claim")), 26),
        Head("", render(M("Note of the claim")), 24),
        *input_heads(width),
        Head("na", render(M("Not applicable")), 10),
        Head("stated", render(M("Other points")), 10),
        Head("reason", render(M("Reason, remark")), 36),
        Head("", render(M("Why nothing can be entered")), 30),
        Head("claim", "", 0),
    ]


def _row(paper: Paper, sheet: Worksheet, at: int, row: Row, field: Field, width: int) -> None:
    leaf, places = row.leaf, field.round.shown_places
    criterion, claim, filled, open_ = leaf.criterion, leaf.claim, Filled.of(leaf.given), row.closed is None
    version = leaf.given.version if leaf.given else 0
    for column, text in enumerate((row.key, str(version), filled.mark, criterion.code, row.unit.code, row.unit.name)):
        paper.text(sheet, at, column, text)
    paper.number(sheet, at, 6, criterion.max_points, places)
    if claim is None:
        paper.text(sheet, at, 7, M("not scored"))
    elif claim.not_applicable:
        paper.text(sheet, at, 7, M("Not applicable"))
    else:
        paper.number(sheet, at, 7, claim.points, places)
    paper.text(sheet, at, 8, _figures(leaf.criterion, claim))
    paper.text(sheet, at, 9, "" if claim is None else "\n".join(text for text in (claim.reason, claim.note) if text))
    after = inputs(paper, sheet, at, _BEFORE, criterion.rule, filled, width, open_=open_)
    proposed = filled.not_applicable or (claim is not None and claim.not_applicable)
    paper.answer(sheet, at, after, filled.not_applicable or None, open_=open_ and proposed)
    limit = "" if criterion.max_points is None else plain(criterion.max_points)
    paper.figure(sheet, at, after + 1, filled.stated, open_=open_, limit=limit)
    paper.words(sheet, at, after + 2, filled.reason, open_=open_, limit=REASON_LENGTH)
    if row.closed is not None:
        paper.text(sheet, at, after + 3, row.closed, italic=True)
    paper.text(sheet, at, after + 4, claim_mark(claim))


def _figures(criterion: m.Criterion, claim: m.Score | None) -> str:
    """Tell the inputs of a claim, one a line."""
    filled = Filled.of(claim)
    lines = []
    for slot in slots_of(criterion.rule):
        value = holds(slot, filled)
        if value is not None:
            lines.append(f"{render(slot.label)}: {render(shown(slot, value))}")
    if filled.stated:
        label = render(M("Other points"))
        lines.append(f"{label}: {filled.stated}")
    return "\n".join(lines)
