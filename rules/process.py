"""The process as one table: who may do what, in which state, and what follows (domain: stages and roles; Điều 4, 7, 9, 12).

Buttons, refusals, the help page, the printed matrix and the tests are all read from ``PROCESS``; ``decide`` is the only reader
that says yes. Silence means no: a verb, function or state that no row names is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.message import M, Message
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import Stage, State

ALL_STATES = frozenset(State)
LOCKED_STATES = frozenset(state for state in State if state.locked)
BEFORE_LOCK = ALL_STATES - LOCKED_STATES
EVERYBODY = frozenset(Role)
UNIT_ROLES = frozenset({Role.OFFICER, Role.LEADER})
SUPERIORS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
COUNCIL_ROLES = frozenset({Role.MEMBER, Role.CHAIR})
SEATS = frozenset({Role.HELPER}) | COUNCIL_ROLES
POSTS = EVERYBODY - SEATS


@dataclass(frozen=True, slots=True)
class Step:
    """One row of the process.

    ``stage`` is the window that must be open at the moment of writing; ``to`` the state that follows; ``reason`` tells that a
    written reason is compulsory; ``assigned`` that the seat needs an assignment covering the field and unit; ``impartial`` that
    nobody who holds a post in the assessed unit or made its self-score may act; ``relation`` None where no unit is concerned.
    """

    verb: Verb
    roles: frozenset[Role]
    relation: Relation | None
    states: frozenset[State] = ALL_STATES
    to: State | None = None
    stage: Stage | None = None
    reason: bool = False
    assigned: bool = False
    impartial: bool = False


OPEN = frozenset({State.NOT_OPEN, State.DRAFT, State.SIGNED})
UNTIL_HANDED_IN = frozenset({State.DRAFT, State.SIGNED, State.APPRAISAL})
EXPLAINING = frozenset({State.EXPLANATION, State.REAPPRAISAL})
UNTIL_APPROVED = UNTIL_HANDED_IN | EXPLAINING | {State.APPRAISED}

PROCESS: tuple[Step, ...] = (
    # Reading (Điều 4): own data, data below, data of the council's units once their form is locked.
    Step(Verb.READ, UNIT_ROLES, Relation.OWN),
    Step(Verb.READ, SUPERIORS | {Role.OBSERVER}, Relation.OWN),
    Step(Verb.READ, SUPERIORS | {Role.OBSERVER}, Relation.BELOW),
    Step(Verb.READ, SEATS, Relation.COUNCIL, LOCKED_STATES),
    # Self-assessment by the unit (Điều 7.2).
    Step(Verb.SCORE, UNIT_ROLES, Relation.OWN, frozenset({State.DRAFT}), stage=Stage.SELF_SCORING),
    Step(Verb.ATTACH, UNIT_ROLES, Relation.OWN, frozenset({State.DRAFT}), stage=Stage.SELF_SCORING),
    Step(
        Verb.SIGN,
        frozenset({Role.LEADER}),
        Relation.OWN,
        frozenset({State.DRAFT}),
        to=State.SIGNED,
        stage=Stage.SELF_SCORING,
    ),
    Step(
        Verb.TAKE_BACK,
        frozenset({Role.LEADER}),
        Relation.OWN,
        frozenset({State.SIGNED}),
        to=State.DRAFT,
        stage=Stage.SELF_SCORING,
    ),
    # The superior (Điều 4.1, 9.2, 12.1).
    Step(Verb.SCORE_SUPERIOR, SUPERIORS, Relation.BELOW, UNTIL_HANDED_IN, reason=True, impartial=True),
    Step(Verb.EXTEND, SUPERIORS, Relation.BELOW, OPEN, reason=True),
    Step(Verb.REOPEN, SUPERIORS, Relation.BELOW, frozenset({State.APPRAISAL}), to=State.DRAFT, reason=True),
    Step(
        Verb.CLOSE_EARLY,
        frozenset({Role.ADMINISTRATOR}),
        Relation.BELOW,
        frozenset({State.SIGNED}),
        to=State.APPRAISAL,
    ),
    Step(Verb.REMIND, SUPERIORS, Relation.BELOW, frozenset({State.NOT_OPEN, State.DRAFT})),
    Step(Verb.RELEASE, SUPERIORS, Relation.BELOW, LOCKED_STATES),
    Step(
        Verb.EXEMPT,
        frozenset({Role.ADMINISTRATOR}),
        Relation.BELOW,
        ALL_STATES - {State.CLOSED, State.PUBLISHED},
        reason=True,
    ),
    # Appraisal by field (Điều 7.3).
    Step(
        Verb.APPRAISE,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.APPRAISAL}),
        stage=Stage.APPRAISAL,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.HAND_IN,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.APPRAISAL}),
        to=State.APPRAISED,
        stage=Stage.APPRAISAL,
        assigned=True,
        impartial=True,
    ),
    # Remarks on an item: within the team, or to the unit once released.
    Step(Verb.REMARK, SEATS, Relation.COUNCIL, LOCKED_STATES - {State.PUBLISHED}, assigned=True, impartial=True),
    # Explanation: the helper asks on items, the unit answers these only, the helper decides on them again.
    Step(
        Verb.ASK,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.APPRAISAL}),
        stage=Stage.APPRAISAL,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.SEND_QUESTIONS,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.APPRAISAL}),
        to=State.EXPLANATION,
        stage=Stage.APPRAISAL,
        assigned=True,
        impartial=True,
    ),
    Step(Verb.EXPLAIN, UNIT_ROLES, Relation.OWN, frozenset({State.EXPLANATION}), stage=Stage.EXPLANATION),
    Step(
        Verb.SIGN_EXPLANATION,
        frozenset({Role.LEADER}),
        Relation.OWN,
        frozenset({State.EXPLANATION}),
        to=State.REAPPRAISAL,
        stage=Stage.EXPLANATION,
    ),
    Step(Verb.EXTEND_EXPLANATION, SUPERIORS, Relation.BELOW, EXPLAINING, to=State.EXPLANATION, reason=True),
    Step(
        Verb.REAPPRAISE,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.REAPPRAISAL}),
        stage=Stage.REAPPRAISAL,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.HAND_IN,
        frozenset({Role.HELPER}),
        Relation.COUNCIL,
        frozenset({State.REAPPRAISAL}),
        to=State.APPRAISED,
        stage=Stage.REAPPRAISAL,
        assigned=True,
        impartial=True,
    ),
    # Approval by field (Điều 7.4).
    Step(
        Verb.CHANGE,
        COUNCIL_ROLES,
        Relation.COUNCIL,
        frozenset({State.APPRAISED}),
        stage=Stage.APPROVAL,
        reason=True,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.SEND_BACK,
        COUNCIL_ROLES,
        Relation.COUNCIL,
        frozenset({State.APPRAISED, State.APPROVED}),
        to=State.APPRAISAL,
        stage=Stage.APPROVAL,
        reason=True,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.APPROVE,
        COUNCIL_ROLES,
        Relation.COUNCIL,
        frozenset({State.APPRAISED}),
        to=State.APPROVED,
        stage=Stage.APPROVAL,
        assigned=True,
        impartial=True,
    ),
    Step(
        Verb.CLOSE_FIELD,
        frozenset({Role.CHAIR}),
        Relation.COUNCIL,
        frozenset({State.APPROVED}),
        to=State.CLOSED,
        stage=Stage.APPROVAL,
        impartial=True,
    ),
    Step(
        Verb.REOPEN_FIELD,
        SUPERIORS,
        Relation.BELOW,
        EXPLAINING | {State.APPRAISED, State.APPROVED, State.CLOSED},
        to=State.APPRAISAL,
        reason=True,
    ),
    # A published field is reopened for a correction; the edition in force stays until a new one replaces it.
    Step(
        Verb.REOPEN_FIELD,
        frozenset({Role.ADMINISTRATOR}),
        Relation.BELOW,
        frozenset({State.PUBLISHED}),
        to=State.APPRAISAL,
        reason=True,
    ),
    # Survey, results and publication (Điều 7.1, 9.1).
    # They span all units of a group, and only the administrator has them, so they concern no one unit; the services ask
    # this table for the state of every field sheet they touch.
    Step(Verb.IMPORT_SURVEY, frozenset({Role.ADMINISTRATOR}), None, UNTIL_APPROVED | {State.NOT_OPEN}),
    # Figures that a lead department holds centrally; a helper brings those of the items it appraises.
    Step(
        Verb.IMPORT_REFERENCE,
        frozenset({Role.ADMINISTRATOR, Role.HELPER}),
        None,
        UNTIL_APPROVED | {State.NOT_OPEN},
    ),
    Step(
        Verb.PUBLISH,
        frozenset({Role.ADMINISTRATOR}),
        None,
        frozenset({State.CLOSED, State.PUBLISHED}),
        to=State.PUBLISHED,
    ),
    Step(
        Verb.WITHDRAW,
        frozenset({Role.ADMINISTRATOR}),
        None,
        frozenset({State.PUBLISHED}),
        to=State.CLOSED,
        reason=True,
    ),
    Step(Verb.READ_PROVISIONAL, SUPERIORS | {Role.OBSERVER}, None),
    Step(Verb.READ_PUBLISHED, EVERYBODY, None),
    # Audit: an auditor sees that a score changed, by whom and when, without its values.
    Step(Verb.READ_AUDIT, SUPERIORS | {Role.AUDITOR}, None),
    Step(Verb.READ_AUDIT_VALUES, SUPERIORS, None),
    # Catalogues, rounds and accounts stay with Sở Nội vụ; a district keeps its own council (Điều 7.5, 9.1).
    Step(Verb.MANAGE_CATALOGUE, frozenset({Role.ADMINISTRATOR}), None),
    Step(Verb.MANAGE_ROUND, frozenset({Role.ADMINISTRATOR}), None),
    Step(Verb.MANAGE_ACCOUNTS, frozenset({Role.ADMINISTRATOR}), None),
    Step(Verb.MANAGE_COUNCIL, SUPERIORS, Relation.OWN),
    Step(Verb.MANAGE_COUNCIL, SUPERIORS, Relation.BELOW),
    Step(Verb.IMPORT, frozenset({Role.ADMINISTRATOR}), None),
    # People and their authority (Điều 8, 9.1): the leader reports, a person lends what it holds, support looks and changes nothing.
    Step(Verb.REPORT_STAFF, frozenset({Role.LEADER}), Relation.OWN),
    Step(Verb.LEND, POSTS, Relation.OWN),
    Step(Verb.LOOK_AS, frozenset({Role.ADMINISTRATOR}), None, reason=True),
    Step(Verb.SIGN_IN, EVERYBODY, None),
)


#: What everybody signed in has: it needs no lending, and acting for somebody takes it from nobody.
EVERYBODYS = frozenset(step.verb for step in PROCESS if step.roles == EVERYBODY)
#: What is left to who may only read.
READING = frozenset(
    {Verb.READ, Verb.READ_PROVISIONAL, Verb.READ_PUBLISHED, Verb.READ_AUDIT, Verb.READ_AUDIT_VALUES, Verb.SIGN_IN}
)
#: What is never lent: whoever acts by delegation does not lend on, and does not look as somebody else's deputy.
NEVER_LENT = EVERYBODYS | {Verb.LEND}


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


def steps(verb: Verb) -> tuple[Step, ...]:
    """Return the rows of one verb."""
    return tuple(step for step in PROCESS if step.verb is verb)


def may_ever(role: Role, verb: Verb) -> bool:
    """Tell whether the role has the verb in any state: what opens a view or a menu entry."""
    return any(role in step.roles for step in steps(verb))


def is_lent(verb: Verb, lent: frozenset[str] | None) -> bool:
    """Tell whether a delegation includes the verb; an authority of one's own (None) includes all of its role."""
    return lent is None or verb.value in lent or verb in EVERYBODYS


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


def matrix() -> Iterator[tuple[Role, Verb, State, Step]]:
    """Yield every allowed combination of role, verb and state with its row: the whole of what is possible."""
    for role in Role:
        for verb in Verb:
            for state in State:
                for step in steps(verb):
                    if role in step.roles and state in step.states:
                        yield role, verb, state, step
