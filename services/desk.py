"""The helper's desk: one leaf of one unit's field, with the whole field beside it, its evidence and its past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import models as m
from extensions import db
from models.situation import Situation, Span, situation
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.standing import Standing, standing
from rules.criteria import Rule
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Verdict
from rules.vocabulary import Stage, State
from services.appraisal import judge
from services.dossier import Earlier, earlier_rounds, evidence_of
from services.evidence.same import Elsewhere, elsewhere
from services.evidence.versions import Version, versions
from services.explanation.asking import closed
from services.explanation.changes import Changes, changes
from services.explanation.texts import mark
from services.explanation.thread import Thread, Threads, threads
from services.reference import Figure, Ticket, figures_of
from services.sheet import Helper, Leaf, helpers_of, in_charge, leaves_of, sheet_of


class Filter(StrEnum):
    """What the list of a field's items may be narrowed to."""

    WAITING = "waiting"
    EXPLAINED = "explained"
    CHANGED = "changed"

    @property
    def label(self) -> Message:
        return _FILTERS[self]


_FILTERS = {Filter.WAITING: M("To decide"), Filter.EXPLAINED: M("Explained"), Filter.CHANGED: M("Changed")}


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
    #: The versions of the documents' files, by document.
    versions: Mapping[int, Sequence[Version]]
    #: Where else the same bytes are offered, by file.
    same: Mapping[int, Elsewhere]
    earlier: list[Earlier]
    talk: Threads
    changes: Changes
    #: Whether the helper may ask about the leaf, and leave a remark on it.
    asking: Verdict
    remarking: Verdict
    filter: Filter | None = None
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
        """What the helper team entered, in the layer it writes now."""
        return self.leaf.given

    @property
    def listed(self) -> list[Leaf]:
        """The leaves that pass the filter of the list; all without one."""
        match self.filter:
            case Filter.EXPLAINED:
                return [leaf for leaf in self.leaves if self.thread_of(leaf).answered]
            case Filter.CHANGED:
                return [move.leaf for move in self.changes.moves]
            case Filter.WAITING:
                return [leaf for leaf in self.leaves if leaf.waiting]
            case _:
                return self.leaves

    @property
    def reference_ticket(self) -> Ticket | None:
        return None if self.reference is None else Ticket.of(self.sheet, self.leaf, self.reference)

    @property
    def previous(self) -> Leaf | None:
        """The leaf before this one in the list."""
        return next((leaf for leaf in reversed(self.listed) if leaf.criterion.path < self.leaf.criterion.path), None)

    @property
    def next(self) -> Leaf | None:
        """The leaf after this one in the list."""
        return next((leaf for leaf in self.listed if leaf.criterion.path > self.leaf.criterion.path), None)

    @property
    def thread(self) -> Thread:
        return self.thread_of(self.leaf)

    def thread_of(self, leaf: Leaf) -> Thread:
        return self.talk.of(self.sheet.assessment_id, leaf.criterion.id)

    @property
    def question_mark(self) -> str:
        """What the page remembers of the question that stands on the leaf."""
        return mark(self.leaf.question)

    @property
    def no_questions(self) -> Message | None:
        """Why this form takes no questions at all, or None."""
        return closed(self.seen)

    @property
    def explanation_span(self) -> Span | None:
        return self.seen.spans.get(Stage.EXPLANATION)

    @property
    def explains_until(self) -> datetime | None:
        span = self.explanation_span
        return None if span is None else span.closes_at

    @property
    def counted(self) -> list[Leaf]:
        """The leaves that the helper has to decide on now: all that apply, the second time those asked about."""
        if self.state in (State.EXPLANATION, State.REAPPRAISAL):
            return [leaf for leaf in self.leaves if leaf.asked and leaf.exemption is None]
        return [leaf for leaf in self.leaves if leaf.required]

    @property
    def done(self) -> int:
        return sum(not leaf.waiting for leaf in self.counted)

    @property
    def total(self) -> int:
        return len(self.counted)

    @property
    def marked(self) -> list[Leaf]:
        """The leaves with a question that was not sent yet."""
        return [leaf for leaf in self.leaves if leaf.marked]

    def mine(self, leaf: Leaf) -> bool:
        return self.stand.covers(self.sheet, leaf.criterion)

    def others(self, leaf: Leaf) -> list[str]:
        """Names of the other helpers in charge of a leaf."""
        others = (one for one in self.helpers if one.account_id != self.account_id)
        return in_charge(others, self.sheet, leaf.criterion)


def lay_out(actor: Actor, sheet_id: int, code: str, filter_: Filter | None = None) -> Desk:
    """Lay out a sheet at one leaf; without a code, at the first that waits for this helper.

    Raises ``Refused`` (hidden) for a sheet out of reach or a leaf that is not on it.
    """
    sheet = sheet_of(sheet_id)
    leaves = leaves_of([sheet])[sheet.id]
    stand = standing(db.session(), actor, [sheet])
    talk = threads([sheet.assessment_id])
    seen = situation(db.session(), sheet.assessment, actor.now)
    if code:
        leaf = next((one for one in leaves if one.criterion.code == code), None)
        if leaf is None:
            raise hidden()
    else:
        own = [one for one in leaves if stand.covers(sheet, one.criterion)] or leaves
        leaf = next((one for one in own if one.waiting), own[0])
    evidence = evidence_of(sheet, leaf.criterion)
    return Desk(
        sheet,
        leaves,
        leaf,
        seen,
        stand,
        helpers_of(actor),
        actor.account_id,
        judge(stand, sheet, seen, leaf),
        evidence,
        versions(link.evidence_id for link in evidence),
        elsewhere(evidence),
        earlier_rounds(sheet, leaf.criterion, sheet.assessment.round.year),
        talk,
        changes(sheet.assessment_id, leaves, talk),
        stand.judge(Verb.ASK, sheet, seen, [leaf.criterion]),
        stand.judge(Verb.REMARK, sheet, seen, [leaf.criterion]),
        filter_,
        figures_of([sheet.assessment_id], [leaf.criterion]).get((sheet.assessment_id, leaf.criterion.id)),
    )
