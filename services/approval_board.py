"""What a council sees before it decides: its fields by state, and one field over all units, side by side."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, select

import models as m
from extensions import db
from models.situation import situations
from permissions.actor import Actor
from permissions.standing import standing
from rules.verbs import Verb
from rules.verdict import Verdict
from rules.vocabulary import Basis, State
from services.sheet import ZERO, Leaf, leaves_of

VERBS = (Verb.APPROVE, Verb.CHANGE, Verb.SEND_BACK, Verb.CLOSE_FIELD, Verb.REMARK)
#: Length of a stamp in hexadecimal digits.
STAMP = 16


@dataclass(frozen=True, slots=True)
class Ticket:
    """A sheet as the council saw it: an act on it fails by name where anything changed in between."""

    sheet_id: int
    stamp: str

    def __str__(self) -> str:
        return f"{self.sheet_id}.{self.stamp}"

    @classmethod
    def parse(cls, text: str) -> Ticket | None:
        """Read a ticket as a form sends it; None where it is none."""
        number, _, mark = text.partition(".")
        sound = number.isascii() and number.isdigit() and len(number) <= 18 and len(mark) == STAMP
        return cls(int(number), mark) if sound else None


def stamp(sheet: m.FieldSheet, leaves: Sequence[Leaf]) -> str:
    """Return a mark that changes with the sheet, any score on it, or a question that stands open."""
    rows: list[tuple[int, int]] = sorted((score.id, score.version) for leaf in leaves for score in leaf.layers.values())
    rows += [(leaf.question.id, leaf.question.version) for leaf in leaves if leaf.question is not None]
    return hashlib.sha256(f"{sheet.id}:{sheet.version}:{rows}".encode()).hexdigest()[:STAMP]


@dataclass(frozen=True, slots=True)
class FieldCount:
    """One field of one criteria set in a council: how many units stand in each state."""

    set_id: int
    set_name: str
    code: str
    name: str
    counts: dict[State, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def decided(self) -> int:
        return sum(self.counts.get(state, 0) for state in (State.APPROVED, State.CLOSED, State.PUBLISHED))


@dataclass(frozen=True, slots=True)
class Overview:
    """The fields of a council, and how many of its units have a locked form."""

    fields: list[FieldCount]
    locked: int
    units: int


def overview(actor: Actor) -> Overview:
    """Count sheets by field and state, over the locked forms of the actor's council."""
    sheet, criterion, set_ = m.FieldSheet, m.Criterion, m.CriteriaSet
    rows = db.session.execute(
        select(set_.id, set_.name, criterion.code, criterion.name, sheet.state, func.count())
        .join(criterion, criterion.id == sheet.field_id)
        .join(set_, set_.id == sheet.criteria_set_id)
        .group_by(set_.id, set_.name, criterion.code, criterion.name, criterion.path, sheet.state)
        .order_by(set_.id, criterion.path)
    )
    found: dict[tuple[int, str], FieldCount] = {}
    for set_id, set_name, code, name, state, count in rows:
        one = found.setdefault((set_id, code), FieldCount(set_id, set_name, code, name, {}))
        one.counts[state] = count
    council_id = actor.authority.council_id if actor.authority is not None else None
    units = db.session.scalar(
        select(func.count()).select_from(m.CouncilUnit).where(m.CouncilUnit.council_id == council_id)
    )
    locked = db.session.scalar(select(func.count()).select_from(m.Assessment))
    return Overview(list(found.values()), locked or 0, units or 0)


@dataclass(frozen=True, slots=True)
class Figure:
    """Net points of a field on one basis (bonus added, penalty taken off), over the leaves that have it.

    ``maximum`` is that of these leaves, ``scored`` of ``leaves`` counts them.
    """

    points: Decimal
    maximum: Decimal
    scored: int
    leaves: int

    @property
    def empty(self) -> bool:
        """Nobody said anything on this basis, which is not 0."""
        return not self.scored and not self.points


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit's sheet of the field: what it claims, what was appraised, what stands or would stand if approved now."""

    sheet: m.FieldSheet
    unit_name: str
    submitted: bool
    state: State
    leaves: list[Leaf]
    claimed: Figure | None
    appraised: Figure | None
    result: Decimal
    may: dict[Verb, Verdict] = field(default_factory=dict)

    @property
    def ticket(self) -> Ticket:
        return Ticket(self.sheet.id, stamp(self.sheet, self.leaves))

    @property
    def change(self) -> Decimal:
        """Sum of what the appraisal moved against the claims; survey leaves have none."""
        return sum((leaf.change(leaf.appraised) for leaf in self.leaves if not leaf.survey and leaf.done), ZERO)

    @property
    def moved(self) -> list[Leaf]:
        """The leaves whose appraisal or council points are other than the claim."""
        return [
            leaf
            for leaf in self.leaves
            if leaf.exemption is None
            and (score := leaf.result) is not None
            and (leaf.council is not None or not leaf.survey)
            and (leaf.council is not None or leaf.differs(score.points, not_applicable=score.not_applicable))
        ]

    @property
    def done(self) -> int:
        return sum(leaf.done for leaf in self.leaves if leaf.required)

    @property
    def total(self) -> int:
        return sum(leaf.required for leaf in self.leaves)


def field_sheets(set_id: int, code: str) -> list[m.FieldSheet]:
    """Return the sheets of one field of one set in the reader's scope, in the order of their units."""
    return list(
        db.session.scalars(
            select(m.FieldSheet)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
            .where(m.FieldSheet.criteria_set_id == set_id, m.Criterion.code == code)
            .order_by(m.Unit.code)
        )
    )


def rows(actor: Actor, sheets: Sequence[m.FieldSheet]) -> list[UnitRow]:
    """Lay the sheets of several units side by side, in a constant number of statements."""
    if not sheets:
        return []
    forms = {
        form.id: (form, name)
        for form, name in db.session.execute(
            select(m.Assessment, m.Unit.name)
            .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
            .where(m.Assessment.id.in_({sheet.assessment_id for sheet in sheets}))
        )
    }
    stand = standing(db.session(), actor, sheets)
    seen = situations(db.session(), [form for form, _ in forms.values()], actor.now)
    leaves = leaves_of(sheets)
    figures = _figures(sheets)
    return [
        UnitRow(
            sheet,
            forms[sheet.assessment_id][1],
            forms[sheet.assessment_id][0].signed_at is not None,
            seen[sheet.assessment_id].of_sheet(sheet),
            leaves[sheet.id],
            figures.get((sheet.id, Basis.SELF)),
            figures.get((sheet.id, Basis.APPRAISED)),
            _result(figures.get((sheet.id, Basis.COUNCIL)), leaves[sheet.id]),
            {
                # A reason is asked for where the act is done; what is judged here is whether it can be.
                verb: stand.judge(verb, sheet, seen[sheet.assessment_id], reason="-")
                for verb in VERBS
            },
        )
        for sheet in sheets
    ]


def _figures(sheets: Sequence[m.FieldSheet]) -> dict[tuple[int, Basis], Figure]:
    s = m.Subtotal
    found = db.session.execute(
        select(s.sheet_id, s.basis, s.achieved, s.bonus, s.penalty, s.scored_maximum, s.scored, s.leaves).where(
            s.sheet_id.in_([sheet.id for sheet in sheets])
        )
    )
    return {
        (sheet_id, basis): Figure(achieved + bonus - penalty, maximum, scored, leaves)
        for sheet_id, basis, achieved, bonus, penalty, maximum, scored, leaves in found
    }


def _result(council: Figure | None, leaves: Sequence[Leaf]) -> Decimal:
    """The approved points, or those that would stand if the council approved now."""
    if council is not None:
        return council.points
    standing_points = (
        (-1 if leaf.penalty else 1) * (leaf.result.points or ZERO)
        for leaf in leaves
        if leaf.exemption is None and leaf.result is not None
    )
    return sum(standing_points, ZERO)
