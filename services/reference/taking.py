"""Taking reference figures over as the appraisal: one leaf on the desk, or one leaf in many units by list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import force_locale
from sqlalchemy import select

import models as m
from extensions import db
from i18n import DEFAULT_LOCALE, render
from models.situation import situations
from permissions.actor import Actor
from permissions.gate import Refused, hidden
from permissions.standing import standing
from rules.message import M, Message
from services import appraisal
from services.appraisal import LeftOut
from services.reference.figure import Figure, figures_of
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import ZERO, Leaf, leaf_of, leaves_of, sheets_of
from services.weighing import weigh

_CHANGED = M("The claim, the appraisal or the reference figures changed in the meantime.")


@dataclass(frozen=True, slots=True)
class Ticket:
    """A figure beside a claim as the helper saw both: taking it over fails by name where one of them changed."""

    claim: appraisal.Ticket
    figure_id: int
    figure_version: int

    def __str__(self) -> str:
        return f"{self.claim}.{self.figure_id}.{self.figure_version}"

    @classmethod
    def of(cls, sheet: m.FieldSheet, leaf: Leaf, figure: Figure) -> Ticket:
        """Return the ticket of a figure; where nothing is claimed, the claim is number 0."""
        claim = appraisal.Ticket.of(sheet, leaf) or appraisal.Ticket(sheet.id, leaf.criterion.id, 0, 0)
        return cls(claim, figure.id, figure.version)

    @classmethod
    def parse(cls, text: str) -> Ticket | None:
        """Read a ticket as a form sends it; None where it is none."""
        parts = text.rsplit(".", 2)
        claim = appraisal.Ticket.parse(parts[0])
        if claim is None or len(parts) != 3:
            return None
        if not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts[1:]):
            return None
        return cls(claim, int(parts[1]), int(parts[2]))


@dataclass(frozen=True, slots=True)
class Line:
    """One unit's claim and the figures that would stand in its place."""

    sheet: m.FieldSheet
    unit_name: str
    leaf: Leaf
    figure: Figure

    @property
    def ticket(self) -> Ticket:
        return Ticket.of(self.sheet, self.leaf, self.figure)

    @property
    def change(self) -> Decimal:
        return self.figure.change(self.leaf.claim) or ZERO


@dataclass(frozen=True, slots=True)
class Taking:
    """What taking over would do: exactly these lines, and those left out, by name."""

    criterion: m.Criterion
    lines: list[Line]
    left_out: list[LeftOut]

    @property
    def change(self) -> Decimal:
        """Sum of the changes against the claims."""
        return sum((line.change for line in self.lines), ZERO)

    @property
    def points(self) -> Decimal:
        return sum((line.figure.points or ZERO for line in self.lines), ZERO)


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a list of tickets: how many were taken over, and the others by name."""

    count: int
    failed: list[LeftOut]


def taking(actor: Actor, criterion: m.Criterion, sheets: Sequence[m.FieldSheet]) -> Taking:
    """List what taking over the figures of a leaf would do in these sheets, in a constant number of statements."""
    if not sheets:
        return Taking(criterion, [], [])
    stand = standing(db.session(), actor, sheets)
    forms = {
        form.id: (form, name)
        for form, name in db.session.execute(
            select(m.Assessment, m.Unit.name)
            .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
            .where(m.Assessment.id.in_({sheet.assessment_id for sheet in sheets}))
        )
    }
    seen = situations(db.session(), [form for form, _ in forms.values()], actor.now)
    figures = figures_of(forms, [criterion])
    leaves = leaves_of(sheets)
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    for sheet in sheets:
        leaf = next((one for one in leaves[sheet.id] if one.criterion.id == criterion.id), None)
        if leaf is None or not stand.covers(sheet, criterion):
            continue
        figure, name = figures.get((sheet.assessment_id, criterion.id)), forms[sheet.assessment_id][1]
        verdict = appraisal.judge(stand, sheet, seen[sheet.assessment_id], leaf)
        why = _why_not(leaf, figure) if verdict else verdict.why
        if figure is not None and why is None:
            lines.append(Line(sheet, name, leaf, figure))
        else:
            left_out.append(LeftOut(sheet, name, leaf, why))
    return Taking(criterion, lines, left_out)


def _why_not(leaf: Leaf, figure: Figure | None) -> Message | None:
    """Return why a leaf is not taken over by list: what wants a decision of its own."""
    if leaf.exemption is not None:
        return M("It does not apply to this unit.")
    if figure is None:
        return M("There are no reference figures for it.")
    if leaf.done:
        if figure.same_inputs(leaf.appraised):
            return M("It is appraised with these figures already.")
        return M("It is appraised already: look at it by itself.")
    if leaf.marked:
        return M("A question to the unit stands on it: decide it by itself.")
    if leaf.claim is None:
        return M("The unit has not scored it: decide it by itself.")
    if leaf.claim.not_applicable or figure.not_applicable:
        return M("It is about whether it applies at all: decide it by itself.")
    return None


def take(tickets: Sequence[Ticket]) -> Taken:
    """Take figures over as the appraisal, each in a transaction of its own; what changed in between fails by name.

    Raises ``Refused`` (hidden) before anything is done where a ticket names a sheet or a leaf out of reach.
    """
    wanted = {ticket.claim.sheet_id for ticket in tickets}
    found = {sheet.id: sheet for sheet in sheets_of(wanted)}
    if wanted - set(found):
        raise hidden()
    todo = [
        (found[one.claim.sheet_id], leaf_of(found[one.claim.sheet_id], one.claim.criterion_id), one) for one in tickets
    ]
    if not todo:
        return Taken(0, [])
    ids = {sheet.unit_id for sheet in found.values()}
    names = dict(db.session.execute(select(m.Unit.id, m.Unit.name).where(m.Unit.id.in_(ids))).all())
    figures = figures_of([sheet.assessment_id for sheet in found.values()], [leaf for _, leaf, _ in todo])
    leaves = leaves_of(list(found.values()))
    count = 0
    failed: list[LeftOut] = []
    for sheet, criterion, ticket in todo:
        leaf = next(one for one in leaves[sheet.id] if one.criterion.id == criterion.id)
        figure = figures.get((sheet.assessment_id, criterion.id))
        why = _take(sheet, leaf, figure, ticket)
        if why is None:
            count += 1
        else:
            failed.append(LeftOut(sheet, names[sheet.unit_id], leaf, why))
    return Taken(count, failed)


def _take(sheet: m.FieldSheet, leaf: Leaf, figure: Figure | None, ticket: Ticket) -> Message | None:
    """Take one figure over where nothing was appraised yet; return why not."""
    if figure is None or leaf.marked or Ticket.of(sheet, leaf, figure) != ticket:
        return _CHANGED
    try:
        appraisal.save(sheet, leaf.criterion, _entry(leaf, figure, sheet.assessment.round, 0), ticket.claim)
    except StaleEntry:
        return _CHANGED
    except EntryFault as fault:
        return next(iter(fault.faults[leaf.criterion.code].values()))
    except Refused as refused:
        return refused.verdict.why
    return None


def take_one(sheet: m.FieldSheet, criterion: m.Criterion, ticket: Ticket, version: int) -> m.Score:
    """Take over the one figure that was on the desk, in place of the row of this version (0: none).

    Raises ``StaleEntry`` where figure, claim or own row changed since, ``EntryFault`` and ``Refused``.
    """
    leaf = next((one for one in leaves_of([sheet])[sheet.id] if one.criterion.id == criterion.id), None)
    figure = figures_of([sheet.assessment_id], [criterion]).get((sheet.assessment_id, criterion.id))
    if leaf is None or figure is None:
        raise hidden()
    if Ticket.of(sheet, leaf, figure) != ticket:
        raise StaleEntry({criterion.code: leaf.appraised})
    entry = _entry(leaf, figure, sheet.assessment.round, version)
    return appraisal.save(sheet, criterion, entry, ticket.claim if leaf.claim is not None else None)


def _entry(leaf: Leaf, figure: Figure, round_: m.Round, version: int) -> Entry:
    """Return the figures as a helper would type them; with their source as the reason where they are not the claim's."""
    entry = Entry(inputs=dict(figure.inputs), version=version)
    if not weigh(leaf, entry, round_).reason_owed and figure.same_inputs(leaf.claim):
        return entry
    with force_locale(DEFAULT_LOCALE):  # the unit reads it, in the language of the records
        words = M("According to the figures of {source} as of {date}.", source=figure.source, date=figure.as_of)
        return replace(entry, reason=render(words))
