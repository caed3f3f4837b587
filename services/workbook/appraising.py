"""A helper's filled workbook: one field of one criteria set over the units of the council (Điều 7.3).

What it would change, and the writing of exactly that, all or nothing over the whole file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import select

import models as m
from extensions import db
from models.situation import Situation, situations
from permissions.actor import Actor
from permissions.gate import hidden, together
from permissions.standing import Standing, standing
from rules.behalf import named
from rules.message import M, Message
from rules.verdict import Verdict
from services import appraisal, weighing
from services import sheet as sheets
from services.score import Entry
from services.sheet import Leaf
from services.tabular.sources import Unreadable
from services.workbook import preview, reading
from services.workbook.claims import decided
from services.workbook.layout import Filled, Kind
from services.workbook.preview import Given, Outcome, Preview, Target

_NO_FIGURES = M("Enter figures, other points, or keep the claim.")
_NO_REASON = M("The points differ from the claim: give the reason.")


@dataclass(frozen=True, slots=True)
class Row:
    """One leaf of one unit's sheet, and why the helper enters nothing there (None: it does)."""

    sheet: m.FieldSheet
    unit: m.Unit
    leaf: Leaf
    closed: Message | None

    @property
    def key(self) -> str:
        return f"s{self.sheet.id}i{self.leaf.criterion.id}"


@dataclass(frozen=True, slots=True)
class Field:
    """One field over the units of a council, as a helper may read it; its rows leaf by leaf, unit by unit."""

    round: m.Round
    field: m.Criterion
    rows: list[Row]
    seen: Mapping[int, Situation]

    @property
    def subject(self) -> str:
        return f"{self.field.set_id} {self.field.code}"


def lay_out(actor: Actor, criterion_id: int) -> Field:
    """Read the field of a criterion over the units, in a constant number of statements.

    Raises ``Refused`` (hidden) where nothing of it is in the helper's charge.
    """
    criterion = db.session.get(m.Criterion, criterion_id)
    if criterion is None or actor.authority is None:
        raise hidden()
    found = db.session.execute(
        select(m.FieldSheet, m.Assessment, m.Unit, m.Criterion)
        .join(m.Assessment, m.Assessment.id == m.FieldSheet.assessment_id)
        .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(
            m.Assessment.round_id == actor.authority.council_round_id,
            m.Criterion.set_id == criterion.set_id,
            m.Criterion.code == criterion.field_code,
        )
        .order_by(m.Unit.code, m.FieldSheet.id)
    ).all()
    stand = standing(db.session(), actor, [sheet for sheet, *_ in found])
    found = [one for one in found if stand.touches(one[0])]
    if not found:
        raise hidden()
    forms = {form.id: form for _, form, _, _ in found}
    seen = situations(db.session(), list(forms.values()), actor.now)
    leaves = sheets.leaves_of([sheet for sheet, *_ in found])
    round_ = db.session.get_one(m.Round, found[0][1].round_id)
    rows = [
        Row(sheet, unit, leaf, _closed(stand, sheet, seen[sheet.assessment_id], leaf))
        for sheet, _, unit, _ in found
        for leaf in leaves[sheet.id]
    ]
    order = {leaf.criterion.id: place for place, leaf in enumerate(leaves[found[0][0].id])}
    rows.sort(key=lambda row: order[row.leaf.criterion.id])  # stable: units stay in their order
    return Field(round_, found[0][3], rows, seen)


def _closed(stand: Standing, sheet: m.FieldSheet, seen: Situation, leaf: Leaf) -> Message | None:
    if leaf.exemption is not None:
        return M("This criterion does not apply to the unit.")
    if leaf.survey:
        return M("Survey points come from the survey.")
    if not stand.covers(sheet, leaf.criterion):
        return M("This item of the unit is in the charge of others.")
    verdict: Verdict = appraisal.judge(stand, sheet, seen, leaf)
    return None if verdict else verdict.why or M("This is not possible now")


def targets(field: Field) -> dict[str, Target]:
    """Return every row of the field as something a file may fill in."""
    names = sheets.authors(row.leaf.given for row in field.rows)
    return {row.key: _target(row, field.round, names) for row in field.rows}


def _target(row: Row, round_: m.Round, names: Mapping[int, str]) -> Target:
    leaf, own = row.leaf, row.leaf.given

    def weigh(entry: Entry) -> Outcome:
        if entry.empty:
            return Outcome(faults={"": _NO_FIGURES} if entry.reason.strip() else {})
        weighed = weighing.weigh(leaf, entry, round_)
        faults = dict(weighed.faults)
        if not faults and weighed.reason_owed and not entry.reason.strip():
            faults["reason"] = _NO_REASON
        return Outcome(weighed.points, weighed.not_applicable, weighed.arithmetic, faults)

    return Target(
        row.key,
        leaf.criterion.code,
        leaf.criterion.name,
        leaf.criterion.rule,
        Filled.of(own),
        own.version if own else 0,
        own.points if own else None,
        own.not_applicable if own else False,
        weigh,
        row.closed,
        row.unit.code,
        row.unit.name,
        named(names.get(own.author_id or 0, ""), own.author_for) if own else "",
        own.updated_at if own else None,
        claim_mark(leaf.claim),
    )


def claim_mark(claim: m.Score | None) -> str:
    """Tell one claim from another: a row that was filled in beside an earlier claim decides nothing about a new one."""
    return "0" if claim is None else f"{claim.id}.{claim.version}"


def look(field: Field, file: BinaryIO) -> Preview:
    """Read a file for a field and tell what it would change; raises ``Unreadable``, writes nothing."""
    content = reading.read(file, Kind.APPRAISAL)
    if content.marks.subject != field.subject:
        raise Unreadable(
            M(
                "This file is for {what}, {round}; here is the field {code}: choose the right field, or another file.",
                what=content.marks.unit,
                round=content.marks.round,
                code=field.field.code,
            )
        )
    return preview.of_file(content, targets(field))


def look_again(field: Field, given: Sequence[Given]) -> Preview:
    """Compare an earlier preview with the field as it stands now."""
    return preview.of_given(given, targets(field))


def apply(field: Field, given: Sequence[Given], take: Mapping[str, bool]) -> int:
    """Write what a preview showed, all or nothing over all units; return how many leaves.

    Raises ``Unchosen``, and what ``services.appraisal.save`` raises where anything changed since the preview.
    """
    rows = {row.key: row for row in field.rows}
    chosen = decided(given, take)
    if any(one.key not in rows for one in chosen):
        raise hidden()
    # Always in this order, so that two helpers never wait for each other's rows.
    chosen.sort(key=lambda one: (rows[one.key].sheet.assessment_id, rows[one.key].sheet.id, one.key))
    with together():
        for one in chosen:
            sheet, criterion = rows[one.key].sheet, rows[one.key].leaf.criterion
            if one.entry.empty:
                appraisal.clear(sheet, criterion, one.seen)
            else:
                appraisal.save(sheet, criterion, one.entry)
    return len(chosen)
