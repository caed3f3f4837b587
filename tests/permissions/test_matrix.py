"""``flask permissions matrix``: the printed table is the process table, whole and readable by machines."""

from __future__ import annotations

import csv
import io
from itertools import product

from flask import Flask

from cli.permissions import COLUMNS
from rules.process import PROCESS
from rules.verbs import Relation, Role, Verb
from rules.verdict import Facts, decide
from rules.vocabulary import State


def printed(app: Flask) -> list[dict[str, str]]:
    answer = app.test_cli_runner().invoke(args=["permissions", "matrix", "--format", "csv"])
    assert answer.exit_code == 0, answer.output
    return list(csv.DictReader(io.StringIO(answer.output)))


def test_it_prints_each_allowed_combination_once(app: Flask) -> None:
    rows = printed(app)
    assert list(rows[0]) == list(COLUMNS)
    keys = [(row["role"], row["verb"], row["state"], row["relation"]) for row in rows]
    assert len(keys) == len(set(keys))
    table = {
        (role.value, row.verb.value, state.value, row.relation.value if row.relation else "")
        for row in PROCESS
        for role in row.roles
        for state in row.states
    }
    assert set(keys) == table


def test_what_it_prints_is_what_decide_says(app: Flask) -> None:
    """Each line, with its conditions met, is allowed; what no line names is refused."""
    lines = {(r["role"], r["verb"], r["state"], r["relation"]): r for r in printed(app)}
    for role, verb, state, relation in product(Role, Verb, State, Relation):
        line = lines.get((role.value, verb.value, state.value, relation.value)) or lines.get(
            (role.value, verb.value, state.value, "")
        )
        facts = Facts(
            role,
            relation,
            state,
            stage_open=bool(line and line["stage"]),
            assigned=bool(line and line["assigned"]),
            conflict=not (line and line["impartial"]),
            reason="vì" if line and line["reason"] else None,
        )
        verdict = decide(verb, facts)
        assert verdict.ok is (line is not None), (role, verb, state, relation)
        if line is not None:
            assert (verdict.to.value if verdict.to else "") == line["to"]
