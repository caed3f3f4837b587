"""The judge of the process: one attempt, what is known about it, and yes or why not and what to do next (``rules.process``)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rules.message import M, Message
from rules.process import BEFORE_LOCK, READING, SEATS, Step, is_lent, steps
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import State


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about an attempt; every part defaults to the answer that refuses."""

    role: Role | None
    relation: Relation = Relation.NONE
    state: State | None = None
    stage_open: bool = False
    assigned: bool = False
    conflict: bool = True
    reason: str | None = None
    #: Verbs lent by a delegation; None when the authority is one's own.
    lent: frozenset[str] | None = None
    #: Why nothing may be written, or not here: the person's access is restricted, or somebody only looks at it.
    restricted: Message | None = None


class Refusal(StrEnum):
    """How a refusal answers: hidden like a missing object, missing right, wrong moment, or missing reason."""

    HIDDEN = "hidden"
    RIGHT = "right"
    STATE = "state"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to "may I?", with why not and what to do next."""

    ok: bool
    refusal: Refusal | None = None
    why: Message | None = None
    next_step: Message | None = None
    to: State | None = None

    def __bool__(self) -> bool:
        return self.ok


def decide(verb: Verb, facts: Facts) -> Verdict:
    """Judge one attempt by the table.

    A unit the authority has nothing to do with is hidden (Điều 4.2); then the right, the state, the window, the assignment,
    impartiality and the reason are asked, in this order, so that the first refusal is the one to mend first.
    """
    rows = steps(verb)
    if any(row.relation is not None for row in rows) and facts.relation is Relation.NONE:
        return _no(Refusal.HIDDEN, M("This does not exist, or is not open to you."))
    rows = tuple(row for row in rows if facts.role in row.roles and row.relation in (None, facts.relation))
    if not rows or not is_lent(verb, facts.lent):
        return _no(
            Refusal.RIGHT,
            M("Your role does not include: {verb}.", verb=verb.title),
            M("Choose another of your roles, or ask Sở Nội vụ."),
        )
    if facts.restricted is not None and verb not in READING:
        return _no(Refusal.RIGHT, facts.restricted, M("Ask Sở Nội vụ."))
    step = next((row for row in rows if facts.state is None or facts.state in row.states), None)
    if step is None:
        return _wrong_state(verb, rows[0], facts)
    if step.stage is not None and not facts.stage_open:
        return _no(
            Refusal.STATE,
            M("The stage “{stage}” is not open now.", stage=step.stage.title),
            M("Ask your superior for an extension."),
        )
    if step.assigned and not facts.assigned:
        return _no(
            Refusal.RIGHT,
            M("This field of this unit is not assigned to you."),
            M("Ask the council's secretary for the assignment."),
        )
    if step.impartial and facts.conflict:
        return _no(
            Refusal.RIGHT,
            M("You belong to this unit, did so during the round, or took part in its form, so you may not judge it."),
            M("The assignment must name another person for this unit."),
        )
    if step.reason and not (facts.reason or "").strip():
        return _no(Refusal.REASON, M("Give the reason."))
    return Verdict(True, to=step.to)


def _wrong_state(verb: Verb, row: Step, facts: Facts) -> Verdict:
    assert facts.state is not None  # noqa: S101 - decide() comes here only with a state
    if facts.role in SEATS and facts.state in BEFORE_LOCK:
        # A seat reads nothing before the form is locked, not even that it exists.
        return _no(Refusal.HIDDEN, M("This does not exist, or is not open to you."))
    why = M("“{verb}” is not possible while the form is: {state}.", verb=verb.title, state=facts.state.title)
    if row.relation is Relation.OWN and facts.state.locked:
        return _no(Refusal.STATE, why, M("Ask your superior to reopen it."))
    if row.relation is Relation.OWN and facts.state is State.SIGNED:
        return _no(Refusal.STATE, why, M("Your unit's leader may take it back until the deadline."))
    return _no(
        Refusal.STATE, why, M("It is possible while the form is: {state}.", state=_nearest(row, facts.state).title)
    )


def _nearest(row: Step, state: State) -> State:
    """Return the state of the row to wait for, or, where all are past, the one to go back to."""
    order = tuple(State)
    allowed = sorted(row.states, key=order.index)
    return next((one for one in allowed if order.index(one) > order.index(state)), allowed[-1])


def _no(refusal: Refusal, why: Message, next_step: Message | None = None) -> Verdict:
    return Verdict(False, refusal, why, next_step)
