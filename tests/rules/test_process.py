"""The process table against the regulation: who may do what in which state, written out here as the regulation says it.

The tables below are read from Điều 4, 7, 9 and 12 and the notes on how the roles sit in the tree, not from ``PROCESS``: where
the two part, one of them is wrong. The last part lets random people try random verbs on a form and holds what it can become.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from rules.process import PROCESS, matrix, may_ever, steps
from rules.verbs import Relation, Role, Verb
from rules.verdict import Facts, Refusal, decide
from rules.vocabulary import Function, State

STATES = tuple(State)
#: The columns of the tables, in this order.
COLUMNS = (
    "not_open",
    "draft",
    "signed",
    "appraisal",
    "explanation",
    "reappraisal",
    "appraised",
    "approved",
    "closed",
    "published",
)

#: What each role may do to a unit's form and its fields. A dash is nothing; a verb that stands nowhere is refused.
FORMS: dict[tuple[str, str], tuple[str, ...]] = {
    # A unit fills in its own form, explains what it is asked to, and reads it ever after (Điều 4.3, 7.2).
    ("officer", "own"): ("read", "read score attach", "read", "read", "read explain", *("read",) * 5),
    # Its leader also signs, and takes the signature of the form back until the deadline.
    ("leader", "own"): (
        "read",
        "read score attach sign",
        "read take_back",
        "read",
        "read explain sign_explanation",
        *("read",) * 5,
    ),
    # A manager acts for the unit as a superior over what is below it (Điều 4.1, 9.2, 12.1) …
    ("manager", "below"): (
        "read remind extend",
        "read remind extend score_superior",
        "read extend score_superior",
        "read reopen release score_superior",
        "read extend_explanation reopen_field release",
        "read extend_explanation reopen_field release",
        "read reopen_field release",
        "read reopen_field release",
        "read reopen_field release",
        "read release",
    ),
    # … and reads of its own unit's form what the unit itself may read, without a hand in it.
    ("manager", "own"): ("read",) * 10,
    # Sở Nội vụ: the same over all units, the early closing, what does not apply, and corrections of published fields.
    ("administrator", "below"): (
        "read remind extend exempt",
        "read remind extend exempt score_superior",
        "read extend exempt score_superior close_early",
        "read reopen release exempt score_superior",
        "read extend_explanation reopen_field release exempt",
        "read extend_explanation reopen_field release exempt",
        "read reopen_field release exempt",
        "read reopen_field release exempt",
        "read reopen_field release",
        "read reopen_field release",
    ),
    ("administrator", "own"): ("read",) * 10,
    # Leadership reads all below and changes nothing.
    ("observer", "below"): ("read",) * 10,
    ("observer", "own"): ("read",) * 10,
    # A helper reads the council's units once they are locked, appraises its fields (Điều 7.3), asks, and decides again.
    ("helper", "council"): (
        *("-",) * 3,
        "read appraise hand_in remark ask send_questions",
        "read remark",
        "read remark reappraise hand_in",
        "read remark",
        "read remark",
        "read remark",
        "read",
    ),
    # The council decides on what was handed in, or sends it back to the helper, never to the unit (Điều 7.4).
    ("member", "council"): (
        *("-",) * 3,
        *("read remark",) * 3,
        "read remark change approve send_back",
        "read remark send_back",
        "read remark",
        "read",
    ),
    # Its chair also closes the field.
    ("chair", "council"): (
        *("-",) * 3,
        *("read remark",) * 3,
        "read remark change approve send_back",
        "read remark send_back close_field",
        "read remark",
        "read",
    ),
}
#: What each role may do that is not about one unit's form; states where the verb is asked per field (Điều 7.1, 9.1).
ELSE: dict[str, str] = {
    "officer": "",
    "leader": "",
    "manager": "read_provisional read_audit read_audit_values",
    "administrator": "read_provisional read_audit read_audit_values import_survey import_reference publish withdraw "
    "manage_catalogue manage_round manage_accounts import look_as",
    "observer": "read_provisional",
    "auditor": "read_audit",
    "helper": "import_reference",
    "member": "",
    "chair": "",
}
FOR_ALL = {"read_published", "sign_in"}
#: Publication verbs are asked for every field they touch.
STATES_OF: dict[str, set[str]] = {
    "import_survey": {"not_open", "draft", "signed", "appraisal", "explanation", "reappraisal", "appraised"},
    "import_reference": {"not_open", "draft", "signed", "appraisal", "explanation", "reappraisal", "appraised"},
    "publish": {"closed", "published"},
    "withdraw": {"published"},
}
#: A council is kept by the manager of the unit that set it up, and by those above (Điều 7.5).
#: The leader of a unit reports what changed in its staff (Điều 8); who holds a post may lend it;
#: who sits in a council may not, nor who only reads: a role that reads changes nothing.
OF_OWN_UNIT = {
    "officer": {"lend"},
    "leader": {"report_staff", "lend"},
    "manager": {"lend"},
    "administrator": {"lend"},
}
COUNCIL_KEEPERS = {("manager", "own"), ("manager", "below"), ("administrator", "own"), ("administrator", "below")}
#: Conditions beyond role and state, as the regulation and its notes state them.
WITH_REASON = {
    "score_superior",
    "extend",
    "extend_explanation",
    "reopen",
    "exempt",
    "change",
    "send_back",
    "reopen_field",
    "withdraw",
    "look_as",
}
WITH_ASSIGNMENT = {
    "appraise",
    "remark",
    "ask",
    "send_questions",
    "reappraise",
    "hand_in",
    "change",
    "send_back",
    "approve",
}
IMPARTIAL = WITH_ASSIGNMENT | {"score_superior", "close_field"}
IN_WINDOW = {
    "score": "self_scoring",
    "attach": "self_scoring",
    "sign": "self_scoring",
    "take_back": "self_scoring",
    "appraise": "appraisal",
    "ask": "appraisal",
    "send_questions": "appraisal",
    "explain": "explanation",
    "sign_explanation": "explanation",
    "reappraise": "reappraisal",
    "change": "approval",
    "approve": "approval",
    "send_back": "approval",
    "close_field": "approval",
}
#: Every change of a field's state: from, by which verb, by whom, to. Time alone opens a form and locks it.
MOVES: dict[tuple[str, str], tuple[str, set[str]]] = {
    ("draft", "sign"): ("signed", {"leader"}),
    ("signed", "take_back"): ("draft", {"leader"}),
    ("signed", "close_early"): ("appraisal", {"administrator"}),
    ("appraisal", "reopen"): ("draft", {"manager", "administrator"}),
    ("appraisal", "hand_in"): ("appraised", {"helper"}),
    ("appraisal", "send_questions"): ("explanation", {"helper"}),
    ("explanation", "sign_explanation"): ("reappraisal", {"leader"}),
    ("explanation", "extend_explanation"): ("explanation", {"manager", "administrator"}),
    ("reappraisal", "extend_explanation"): ("explanation", {"manager", "administrator"}),
    ("explanation", "reopen_field"): ("appraisal", {"manager", "administrator"}),
    ("reappraisal", "reopen_field"): ("appraisal", {"manager", "administrator"}),
    ("reappraisal", "hand_in"): ("appraised", {"helper"}),
    ("appraised", "approve"): ("approved", {"member", "chair"}),
    ("appraised", "send_back"): ("appraisal", {"member", "chair"}),
    ("approved", "send_back"): ("appraisal", {"member", "chair"}),
    ("approved", "close_field"): ("closed", {"chair"}),
    ("appraised", "reopen_field"): ("appraisal", {"manager", "administrator"}),
    ("approved", "reopen_field"): ("appraisal", {"manager", "administrator"}),
    ("closed", "reopen_field"): ("appraisal", {"manager", "administrator"}),
    ("closed", "publish"): ("published", {"administrator"}),
    ("published", "publish"): ("published", {"administrator"}),
    ("published", "withdraw"): ("closed", {"administrator"}),
    ("published", "reopen_field"): ("appraisal", {"administrator"}),
}
#: Verbs over a whole form; the others are asked of each field.
WHOLE_FORM = {"read", "score", "attach", "sign", "take_back", "extend", "reopen", "close_early", "remind", "release"}
TIME = {("not_open", "draft"), ("draft", "appraisal"), ("signed", "appraisal"), ("explanation", "reappraisal")}


def favourable(role: Role, relation: Relation, state: State | None) -> Facts:
    """Facts in which nothing but role, relation and state can refuse."""
    return Facts(role, relation, state, stage_open=True, assigned=True, conflict=False, reason="Theo Kết luận số 12")


def expected(role: Role, relation: Relation, state: State) -> set[str]:
    """All verbs that the tables above give a role over a unit in a state."""
    verbs = set(FORMS.get((role.value, relation.value), ("-",) * len(COLUMNS))[COLUMNS.index(state.value)].split()) - {
        "-"
    }
    verbs |= {v for v in ELSE[role.value].split() if state.value in STATES_OF.get(v, COLUMNS)} | FOR_ALL
    verbs |= OF_OWN_UNIT.get(role.value, set()) if relation is Relation.OWN else set()
    return verbs | ({"manage_council"} if (role.value, relation.value) in COUNCIL_KEEPERS else set())


# The table


@pytest.mark.parametrize("role", Role)
def test_each_role_may_exactly_what_the_regulation_gives_it(role: Role) -> None:
    for relation, state in product(Relation, State):
        allowed = {verb.value for verb in Verb if decide(verb, favourable(role, relation, state))}
        assert allowed == expected(role, relation, state), (role, relation, state)


def test_the_tables_here_name_every_role_state_and_verb() -> None:
    assert set(COLUMNS) == {state.value for state in State}
    assert set(ELSE) == {role.value for role in Role}
    named = {verb for row in FORMS.values() for cell in row for verb in cell.split()} - {"-"}
    named |= {verb for cell in ELSE.values() for verb in cell.split()} | FOR_ALL | {"manage_council"}
    named |= {verb for verbs in OF_OWN_UNIT.values() for verb in verbs}
    assert named == {verb.value for verb in Verb}
    assert all(len(row) == len(COLUMNS) for row in FORMS.values())


def test_a_role_is_a_function_and_the_manager_at_the_root() -> None:
    assert {role.value for role in Role} == {function.value for function in Function} | {"administrator"}
    assert {role for role in Role if role.seated} == {Role.HELPER, Role.MEMBER, Role.CHAIR}


@pytest.mark.parametrize("row", PROCESS, ids=lambda row: f"{row.verb}-{row.relation}-{len(row.states)}")
def test_conditions_of_each_row_are_those_of_the_regulation(row) -> None:
    verb = row.verb.value
    assert row.reason is (verb in WITH_REASON)
    assert row.assigned is (verb in WITH_ASSIGNMENT)
    assert row.impartial is (verb in IMPARTIAL)
    window = {"appraisal": "appraisal", "reappraisal": "reappraisal"} if verb == "hand_in" else {}
    for state in row.states:
        assert (row.stage.value if row.stage else None) == window.get(state.value, IN_WINDOW.get(verb))


def test_each_row_leads_where_the_regulation_says() -> None:
    found = {
        (state.value, row.verb.value): row.to.value for row in PROCESS if row.to is not None for state in row.states
    }
    assert found == {key: to for key, (to, _) in MOVES.items()}
    for (state, verb), (_, roles) in MOVES.items():
        movers = {role.value for row in steps(Verb(verb)) if State(state) in row.states for role in row.roles}
        assert movers == roles, (state, verb)


def test_the_printed_matrix_is_the_table() -> None:
    printed = {(role, verb, state) for role, verb, state, _ in matrix()}
    asked = {
        (role, verb, state)
        for role, verb, state in product(Role, Verb, State)
        if any(decide(verb, favourable(role, relation, state)) for relation in Relation)
    }
    assert printed == asked
    assert {(role, verb) for role, verb, _ in printed} == {pair for pair in product(Role, Verb) if may_ever(*pair)}


# Refusals


@pytest.mark.parametrize(("role", "verb"), list(product(Role, Verb)))
def test_a_stranger_learns_nothing(role: Role, verb: Verb) -> None:
    """A unit the post or seat has nothing to do with answers as if it were not there, whatever else holds (Điều 4.2)."""
    if verb.value in FOR_ALL or verb.value in " ".join(ELSE.values()).split():
        return
    for state in State:
        verdict = decide(verb, favourable(role, Relation.NONE, state))
        assert (verdict.ok, verdict.refusal) == (False, Refusal.HIDDEN)
        assert "exist" in str(verdict.why)


def test_a_seat_does_not_learn_that_an_open_form_exists() -> None:
    for role, state, verb in product(
        (Role.HELPER, Role.MEMBER, Role.CHAIR), (State.NOT_OPEN, State.DRAFT, State.SIGNED), Verb
    ):
        if may_ever(role, verb) and verb.value not in FOR_ALL | set(ELSE[role.value].split()):
            assert decide(verb, favourable(role, Relation.COUNCIL, state)).refusal is Refusal.HIDDEN


@pytest.mark.parametrize("verb", Verb)
def test_a_refusal_says_why_and_what_next(verb: Verb) -> None:
    for role, relation, state in product(Role, Relation, State):
        verdict = decide(verb, favourable(role, relation, state))
        if verdict:
            assert (verdict.refusal, verdict.why, verdict.next_step) == (None, None, None)
            continue
        assert verdict.to is None
        assert str(verdict.why).endswith(".")
        if verdict.refusal is Refusal.RIGHT:
            assert str(verb.title) in str(verdict.why)
        elif verdict.refusal is Refusal.STATE:
            assert str(state.title) in str(verdict.why)
        else:
            assert verdict.refusal is Refusal.HIDDEN
            continue  # what is hidden has no next step that would not tell of it
        assert str(verdict.next_step).endswith("."), (role, relation, state)


def test_a_unit_that_comes_too_late_is_told_whom_to_ask() -> None:
    def step(verb: Verb, state: State) -> str:
        return str(decide(verb, favourable(Role.OFFICER, Relation.OWN, state)).next_step)

    assert "leader" in step(Verb.SCORE, State.SIGNED)
    for state in (State.APPRAISAL, State.APPROVED, State.PUBLISHED):
        assert "superior" in step(Verb.SCORE, state)
    late = decide(Verb.SCORE, replace(favourable(Role.OFFICER, Relation.OWN, State.DRAFT), stage_open=False))
    assert "extension" in str(late.next_step)
    early = decide(Verb.PUBLISH, favourable(Role.ADMINISTRATOR, Relation.NONE, State.APPROVED))
    assert str(State.CLOSED.title) in str(early.next_step), "who is too early is told what must come first"


@pytest.mark.parametrize("row", PROCESS, ids=lambda row: f"{row.verb}-{row.relation}-{len(row.states)}")
def test_each_condition_alone_refuses(row) -> None:
    """What a row demands is demanded: with one condition missing the verb is refused, for the reason that fits."""
    verb = row.verb.value
    others = frozenset(v.value for v in Verb if v is not row.verb)
    for role, state in product(row.roles, row.states):
        good = favourable(role, row.relation or Relation.NONE, state)
        for demanded, refusal, missing in (
            (verb in IN_WINDOW or verb == "hand_in", Refusal.STATE, {"stage_open": False}),
            (verb in WITH_REASON, Refusal.REASON, {"reason": "  \t"}),
            (verb in WITH_ASSIGNMENT, Refusal.RIGHT, {"assigned": False}),
            (verb in IMPARTIAL, Refusal.RIGHT, {"conflict": True}),
            (verb not in FOR_ALL, Refusal.RIGHT, {"lent": others}),  # what everybody has needs no lending
            (True, Refusal.RIGHT, {"role": None}),
        ):
            verdict = decide(row.verb, replace(good, **missing))
            assert (verdict.ok, verdict.refusal) == ((False, refusal) if demanded else (True, None))
        # What is lent may be done, but lending itself is never lent.
        assert decide(row.verb, replace(good, lent=frozenset({verb}))).ok is (verb != "lend")


def test_facts_nobody_gathered_refuse() -> None:
    assert not any(decide(verb, Facts(role=None)) for verb in Verb)
    for role, verb in product(Role, Verb):
        if decide(verb, Facts(role=role)):
            assert verb.value in FOR_ALL | set(ELSE[role.value].split())
            assert not steps(verb)[0].reason
