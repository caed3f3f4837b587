"""The help page says of each role what the process table says, no more and no less."""

from __future__ import annotations

import re

import pytest
from flask_babel import force_locale

from i18n import render
from rules.process import PROCESS
from rules.verbs import Role, Verb
from tests.support.world import Province
from views.help import LAYERS, RELATIONS, STAGES, STATES, rights


def section(page: str, role: str) -> str:
    """Return the part of the page under one role."""
    return next(part for part in page.split("<details")[1:] if f"<summary>{role}" in part)


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_every_word_of_the_field_has_its_sentence() -> None:
    from rules.verbs import Relation
    from rules.vocabulary import Layer, Stage, State

    assert (set(STATES), set(STAGES), set(LAYERS)) == (set(State), set(Stage), set(Layer))
    assert set(RELATIONS) == set(Relation) - {Relation.NONE}


@pytest.mark.parametrize("role", Role)
def test_the_rights_shown_are_those_of_the_table(role: Role) -> None:
    shown = {(right.verb, right.relation, state) for right in rights(role) for state in right.states}
    table = {
        (row.verb, row.relation, state)
        for row in PROCESS
        if role in row.roles and row.verb is not Verb.SIGN_IN
        for state in row.states
    }
    assert shown == table


def test_the_page_shows_every_role_in_vietnamese_the_own_one_open(province: Province) -> None:
    page = province.client("leader.x11").get("/help/").get_data(as_text=True)
    with province.app.test_request_context(), force_locale("vi"):
        for role in Role:
            here = words(section(page, render(role.title)))
            for right in rights(role):
                assert render(right.verb.title) in here, (role, right.verb)
        leader = section(page, render(Role.LEADER.title))
        assert leader.lstrip().startswith("open")
        assert page.count("<details open") == 1
        assert render(Verb.SIGN.title) in words(leader)
        assert render(Verb.SIGN.title) not in words(section(page, render(Role.OFFICER.title)))
    assert "within the time" not in page


def test_every_page_of_a_signed_in_person_leads_to_the_help(province: Province) -> None:
    assert 'href="/help/"' in province.client("officer.x11").get("/").get_data(as_text=True)
    assert 'href="/help/"' not in province.app.test_client().get("/login").get_data(as_text=True)
