"""Whoever tries whatever: random walks over a small model of a form never leave the process table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from rules.process import PROCESS
from rules.verbs import Relation, Role, Verb
from rules.verdict import Facts, decide
from rules.vocabulary import Stage, State
from tests.rules.test_process import (
    IMPARTIAL,
    IN_WINDOW,
    MOVES,
    STATES,
    STATES_OF,
    TIME,
    WHOLE_FORM,
    WITH_ASSIGNMENT,
    WITH_REASON,
    expected,
)


@dataclass(frozen=True)
class Person:
    """Somebody who tries: one authority, how it stands to the unit, and what it was assigned."""

    role: Role
    relation: Relation
    fields: frozenset[int] = frozenset()
    conflict: bool = False


@dataclass
class Form:
    """The smallest model of one form: three fields, a clock, a signature; states follow from them as in the product."""

    hour: int = 0
    closes: int = 3
    explained_until: int = 13
    signed: bool = False
    closed_early: bool = False
    sheets: list[str] = field(default_factory=lambda: ["appraisal"] * 3)
    published: bool = False

    def state(self, sheet: int | None) -> State:
        if self.hour < 1:
            return State.NOT_OPEN
        if not self.closed_early and self.hour < self.closes:
            return State.SIGNED if self.signed else State.DRAFT
        stored = (
            State(self.sheets[sheet]) if sheet is not None else max((State(s) for s in self.sheets), key=STATES.index)
        )
        if stored is State.EXPLANATION and self.hour >= self.explained_until:
            return State.REAPPRAISAL
        return State.PUBLISHED if stored is State.CLOSED and self.published else stored

    def open(self, stage: Stage) -> bool:
        spans = {
            Stage.SELF_SCORING: (1, self.closes),
            Stage.APPRAISAL: (1, 12),
            Stage.EXPLANATION: (1, self.explained_until),
            Stage.REAPPRAISAL: (1, 15),
            Stage.APPROVAL: (1, 16),
        }
        begin, end = spans.get(stage, (0, 0))
        return begin <= self.hour < end

    def move(self, verb: Verb, sheet: int) -> None:
        """Do to the model what the services do to the tables."""
        if verb is Verb.SIGN:
            self.signed = True
        elif verb is Verb.TAKE_BACK:
            self.signed = False
        elif verb is Verb.CLOSE_EARLY:
            self.closed_early = True
        elif verb is Verb.EXTEND:
            self.closes = max(self.closes, self.hour + 2)
        elif verb is Verb.REOPEN:
            self.signed, self.closed_early, self.closes = False, False, self.hour + 2
        elif verb is Verb.PUBLISH:
            self.published = True
        elif verb is Verb.WITHDRAW:
            self.published = False
        else:
            if verb is Verb.EXTEND_EXPLANATION:
                self.explained_until = max(self.explained_until, self.hour + 2)
            to = decide(verb, self.facts(verb, ADMIRABLE[verb], sheet)).to
            if to is not None:
                self.sheets[sheet] = to.value

    def facts(self, verb: Verb, who: Person, sheet: int, reason: str = "vì") -> Facts:
        stage = next((Stage(name) for v, name in IN_WINDOW.items() if v == verb.value), None)
        whole = verb.value in WHOLE_FORM
        state = self.state(None if whole else sheet)
        if verb is Verb.HAND_IN:
            stage = Stage.REAPPRAISAL if state is State.REAPPRAISAL else Stage.APPRAISAL
        return Facts(
            who.role,
            who.relation,
            state,
            stage_open=stage is not None and self.open(stage),
            assigned=sheet in who.fields,
            conflict=who.conflict,
            reason=reason,
        )


#: For each verb somebody who has it, to ask the table where it leads.
ADMIRABLE = {
    row.verb: Person(min(row.roles), row.relation or Relation.NONE, frozenset(range(3))) for row in reversed(PROCESS)
}
#: What a diligent person would do next, to bring the round to its end.
DILIGENT = ("publish", "close_field", "approve", "hand_in", "sign_explanation", "close_early", "sign")


def attempt(chance: Random, form: Form) -> tuple[Person, Verb, int, str] | None:
    """Return who tries what next: a diligent person, anybody with a right to it, or just anybody; None lets an hour pass."""
    kind, sheet = chance.random(), chance.randrange(3)
    if kind < 0.1:
        return None
    if kind < 0.45:
        for name in DILIGENT:
            verb = Verb(name)
            if decide(verb, form.facts(verb, ADMIRABLE[verb], sheet)):
                return ADMIRABLE[verb], verb, sheet, ""
    if kind < 0.7:
        verb = chance.choice([row.verb for row in PROCESS if row.to is not None])
        return ADMIRABLE[verb], verb, sheet, "vì"
    fields = frozenset(n for n in range(3) if chance.random() < 0.5)
    who = Person(chance.choice(list(Role)), chance.choice(list(Relation)), fields, chance.random() < 0.5)
    return who, chance.choice(list(Verb)), sheet, chance.choice(["", "vì"])


def walk(seed: int, length: int = 150) -> Iterator[tuple[str, str, str]]:
    """Walk and check; yield each change of a field's state as (before, verb, after)."""
    chance, form = Random(seed), Form()
    for _ in range(length):
        before = [form.state(n).value for n in range(3)]
        tried = attempt(chance, form)
        if tried is None:
            form.hour += 1
            for was, n in zip(before, range(3), strict=True):
                now = form.state(n).value
                # The end of an extended window gives each field back the state it had.
                assert now == was or (was, now) in TIME
            continue
        who, verb, sheet, reason = tried
        if not decide(verb, form.facts(verb, who, sheet, reason)):
            continue
        if verb in (Verb.PUBLISH, Verb.WITHDRAW) and any(state not in STATES_OF[verb.value] for state in before):
            continue  # the service asks the table for every field of the group before it publishes
        # Nobody without the right, an assignment, impartiality or a reason got this far.
        assert verb.value in expected(who.role, who.relation, form.state(None if verb.value in WHOLE_FORM else sheet))
        assert verb.value not in WITH_ASSIGNMENT or sheet in who.fields
        assert verb.value not in IMPARTIAL or not who.conflict
        assert verb.value not in WITH_REASON or reason
        form.move(verb, sheet)
        for n, was in enumerate(before):
            now = form.state(n).value
            if was != now:
                to, roles = MOVES[was, verb.value]
                # A corrected field that is closed again stands under the edition still in force until the next one.
                assert now == to or (to == "closed" and form.published and now == "published")
                assert who.role.value in roles
                assert n == sheet or verb.value in WHOLE_FORM | {"publish", "withdraw"}, "one field moves at a time"
                yield was, verb.value, now


@given(st.integers(0, 2**32))
def test_whoever_tries_whatever_a_form_moves_along_the_rows_only(seed: int) -> None:
    for _ in walk(seed):
        pass


def test_the_walks_go_everywhere() -> None:
    """Else the test above would say little: a few hundred walks take every move there is."""
    taken = {move for seed in range(300) for move in walk(seed)}
    moves = {(before, verb, to) for (before, verb), (to, _) in MOVES.items() if before != to}
    assert taken == moves | {("approved", "close_field", "published")}


def test_the_published_state_is_reached_from_a_draft_and_every_state_leads_back_to_it() -> None:
    ways = {(state, row.to) for row in PROCESS if row.to is not None for state in row.states}
    ways |= {(State(before), State(after)) for before, after in TIME}

    def reachable(start: State) -> set[State]:
        seen, queue = {start}, [start]
        while queue:
            here = queue.pop()
            for before, after in ways:
                if before is here and after not in seen:
                    seen.add(after)
                    queue.append(after)
        return seen

    assert reachable(State.NOT_OPEN) == set(State)
    for state in State:
        assert State.PUBLISHED in reachable(state), f"a form that is {state} can never be published"


def test_an_honest_round_ends_published() -> None:
    """The model of the walk is no dead end: each step is judged with the form as the last one left it."""
    form = Form(hour=1)
    script = ["score", "sign", "take_back", "score", "sign", "close_early"]
    script += [verb for verb in ("appraise", "hand_in", "approve", "close_field") for _ in range(3)]
    for n, name in enumerate([*script, "publish"]):
        verb, sheet = Verb(name), n % 3
        assert decide(verb, form.facts(verb, ADMIRABLE[verb], sheet)), name
        form.move(verb, sheet)
    assert [form.state(n) for n in range(3)] == [State.PUBLISHED] * 3
