"""Who brings reference figures, for which units and items, and until when; to all others they are not there."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Function
from tests.appraisal import steps
from tests.reference.desk import HEAD, bring, confirm, kept, round_id, row, upload
from tests.support.results import close, world
from tests.support.world import Province, token


def test_an_approved_field_takes_no_figures(province: Province) -> None:
    client = province.client("admin")
    _, page = upload(province, client, HEAD + row("X11", "2.2", 85, 100))
    with world(province) as building:
        close(building, "X11")
    assert confirm(province, client, page)[0] == 409
    status, page = upload(province, client, HEAD + row("X11", "2.2", 85, 100))
    assert (status, "Dòng 2, cột “unit_code”" in page) == (422, True)
    assert kept(province) == {}


def test_the_administrator_brings_figures_to_drafts_too(province: Province) -> None:
    bring(province, "admin", row("X11", "2.2", 85, 100))
    assert ("X11", "2.2") in kept(province)


def test_a_helper_brings_what_it_appraises(locked: Province) -> None:
    bring(locked, "helper2.p", row("SA", "2.2", 85, 100))
    assert ("SA", "2.2") in kept(locked)


@pytest.mark.parametrize(
    ("unit", "code", "column"),
    [
        ("X11", "2.2", "unit_code"),  # a unit of another council: as unknown as one that is not there
        ("Q99", "2.2", "unit_code"),
        ("SA", "1.2.1", "unit_code"),  # another helper's field
    ],
)
def test_a_helper_brings_nothing_else(locked: Province, unit: str, code: str, column: str) -> None:
    status, page = upload(locked, locked.client("helper2.p"), HEAD + row(unit, code, 85, 100))
    assert (status, f"Dòng 2, cột “{column}”" in page) == (422, True)
    assert kept(locked) == {}


def test_a_unit_of_another_council_reads_like_an_unknown_one(locked: Province) -> None:
    client = locked.client("helper2.p")
    lines = [
        re.findall(r"<li>(Dòng[^<]+)", upload(locked, client, HEAD + row(unit, "2.2", 1, 2))[1])
        for unit in ("X11", "Q99")
    ]
    assert lines[0] == lines[1] != []


def test_a_helper_brings_only_the_items_assigned_to_it_within_a_field(locked: Province) -> None:
    with world(locked):
        seat = db.session.scalars(
            select(m.Seat.id)
            .join(m.Account, m.Account.id == m.Seat.account_id)
            .where(m.Account.username == "helper2.p")
        ).one()
        for one in db.session.scalars(select(m.Assignment).where(m.Assignment.seat_id == seat)).all():
            field = db.session.get_one(m.Criterion, one.criterion_id)
            if field.code == "2":
                leaf = db.session.scalars(
                    select(m.Criterion).where(m.Criterion.set_id == field.set_id, m.Criterion.code == "2.1")
                ).one()
                one.criterion_id = leaf.id
    status, page = upload(locked, locked.client("helper2.p"), HEAD + row("SA", "2.2", 85, 100))
    assert (status, "Dòng 2, cột “criterion_code”" in page) == (422, True)


def test_before_the_deadline_a_helper_brings_nothing(province: Province) -> None:
    status, page = upload(province, province.client("helper2.p"), HEAD + row("SA", "2.2", 85, 100))
    assert (status, "Dòng 2, cột “unit_code”" in page) == (422, True)


def test_a_field_handed_in_between_preview_and_import_is_refused(locked: Province) -> None:
    client = locked.client("helper2.p")
    _, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100))
    steps.keep_all(locked, "helper2.p", "SA", "2")
    steps.hand_in(locked, "helper2.p", "SA", "2")
    status, text = confirm(locked, client, page)
    assert status == 409
    assert kept(locked) == {}
    status, text = upload(locked, client, HEAD + row("SA", "2.2", 85, 100))
    assert (status, "Dòng 2, cột “unit_code”" in text) == (422, True)


def test_nobody_brings_figures_about_the_own_unit(locked: Province) -> None:
    steps.add_post(locked, "helper2.p", "SA")
    client = locked.client("helper2.p")
    seat = locked.id_of(m.Seat, account_id=locked.id_of(m.Account, username="helper2.p"))
    with client.session_transaction() as session:
        session["authority"] = f"seat:{seat}"
    status, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100))
    assert (status, "Dòng 2, cột “unit_code”" in page) == (422, True)


@pytest.mark.parametrize(
    "login", ["manager.h1", "officer.x11", "leader.sa", "chair.p", "member.p", "observer", "auditor"]
)
def test_others_are_refused(locked: Province, login: str) -> None:
    client, id_ = locked.client(login), round_id(locked)
    csrf = token(client, "/password")
    assert client.get("/reference/").status_code == 403
    assert client.get(f"/reference/{id_}/template.xlsx").status_code == 403
    assert client.post(f"/reference/{id_}", data={"csrf_token": csrf}).status_code == 403
    assert client.post(f"/reference/{id_}/apply", data={"csrf_token": csrf, "signed": "x"}).status_code == 403
    assert "/reference/" not in client.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "path",
    [
        "/reference/?round=abc",
        "/reference/?round=99999999999999999999",
        "/reference/999/template.xlsx",
        "/reference/{id}/template.xlsx?leaf=abc",
        "/reference/{id}/template.xlsx?leaf=999999999",
    ],
)
def test_unknown_rounds_and_items_are_not_found(province: Province, path: str) -> None:
    assert province.client("admin").get(path.format(id=round_id(province))).status_code == 404


def test_a_seat_works_in_the_round_of_its_council_alone(locked: Province) -> None:
    with world(locked) as building:
        other = m.Round(code="2025", name="Năm 2025", year=2025, cut_off_on=building.now.date(), opened_at=building.now)
        db.session.add(other)
        db.session.flush()
        id_ = other.id
    assert locked.client("admin").get(f"/reference/?round={id_}").status_code == 200
    client = locked.client("helper2.p")
    assert client.get(f"/reference/?round={id_}").status_code == 404
    assert upload(locked, client, HEAD + row("SA", "2.2", 1, 2), round_=id_)[0] == 404


def test_a_manager_who_becomes_an_observer_applies_nothing_more(locked: Province) -> None:
    client = locked.client("admin")
    _, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100))
    with world(locked):
        account = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        db.session.scalars(select(m.Post).where(m.Post.account_id == account.id)).one().function = Function.OBSERVER
    assert confirm(locked, client, page)[0] == 403
    assert kept(locked) == {}
