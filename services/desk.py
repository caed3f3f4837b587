"""The helper's desk: one leaf of one unit's field, with the whole field beside it, its evidence and its past."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import models as m
from extensions import db
from models.situation import Situation, situation
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.standing import Standing, standing
from rules.criteria import Rule
from rules.process import Verdict
from rules.verbs import Verb
from rules.vocabulary import Layer, State
from services.dossier import Earlier, earlier_rounds, evidence_of
from services.reference import Figure, Ticket, figures_of
from services.sheet import Helper, Leaf, helpers_of, in_charge, leaves_of, sheet_of


@dataclass(frozen=True, slots=True)
class Desk:
    """One leaf of a sheet on the helper's desk, with all that the page shows of it."""

    sheet: m.FieldSheet
    leaves: list[Leaf]
    leaf: Leaf
    seen: Situation
    stand: Standing
    helpers: list[Helper]
    #: The person at the desk.
    account_id: int
    verdict: Verdict
    evidence: Sequence[m.EvidenceLink]
    earlier: list[Earlier]
    #: What a lead department holds about this leaf.
    reference: Figure | None = None

    @property
    def rule(self) -> Rule:
        return self.leaf.criterion.rule

    @property
    def round(self) -> m.Round:
        return self.sheet.assessment.round

    @property
    def state(self) -> State:
        return self.seen.of_sheet(self.sheet)

    @property
    def own(self) -> m.Score | None:
        """What the helper team entered."""
        return self.leaf.layers.get(Layer.APPRAISAL)

    @property
    def reference_ticket(self) -> Ticket | None:
        return None if self.reference is None else Ticket.of(self.sheet, self.leaf, self.reference)

    @property
    def place(self) -> int:
        return next(n for n, leaf in enumerate(self.leaves) if leaf.criterion.id == self.leaf.criterion.id)

    @property
    def previous(self) -> Leaf | None:
        return self.leaves[self.place - 1] if self.place else None

    @property
    def next(self) -> Leaf | None:
        return self.leaves[self.place + 1] if self.place + 1 < len(self.leaves) else None

    @property
    def done(self) -> int:
        return sum(leaf.required and not leaf.waiting for leaf in self.leaves)

    @property
    def total(self) -> int:
        return sum(leaf.required for leaf in self.leaves)

    def mine(self, leaf: Leaf) -> bool:
        return self.stand.covers(self.sheet, leaf.criterion)

    def others(self, leaf: Leaf) -> list[str]:
        """Names of the other helpers in charge of a leaf."""
        others = (one for one in self.helpers if one.account_id != self.account_id)
        return in_charge(others, self.sheet, leaf.criterion)


def lay_out(actor: Actor, sheet_id: int, code: str) -> Desk:
    """Lay out a sheet at one leaf; without a code, at the first that waits for this helper.

    Raises ``Refused`` (hidden) for a sheet out of reach or a leaf that is not on it.
    """
    sheet = sheet_of(sheet_id)
    leaves = leaves_of([sheet])[sheet.id]
    stand = standing(db.session(), actor, [sheet])
    seen = situation(db.session(), sheet.assessment, actor.now)
    if code:
        leaf = next((one for one in leaves if one.criterion.code == code), None)
        if leaf is None:
            raise hidden()
    else:
        own = [one for one in leaves if stand.covers(sheet, one.criterion)] or leaves
        leaf = next((one for one in own if one.waiting), own[0])
    return Desk(
        sheet,
        leaves,
        leaf,
        seen,
        stand,
        helpers_of(actor),
        actor.account_id,
        stand.judge(Verb.APPRAISE, sheet, seen, [leaf.criterion]),
        evidence_of(sheet, leaf.criterion),
        earlier_rounds(sheet, leaf.criterion, sheet.assessment.round.year),
        figures_of([sheet.assessment_id], [leaf.criterion]).get((sheet.assessment_id, leaf.criterion.id)),
    )
