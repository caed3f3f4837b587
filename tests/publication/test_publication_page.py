"""The page of publication: checks with links, the decision, one question more, and refusals that keep what was typed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Layer
from tests.support.results import edition_of, group_id, put, world
from tests.support.world import Province, token


def _post(province: Province, client: FlaskClient, **changed: str) -> tuple[int, str]:
    path = f"/publication/{group_id(province)}"
    page = client.get(path).get_data(as_text=True)
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', page)
    data = {
        "csrf_token": token(client, path),
        "seen": seen[1] if seen else "",
        "decision_number": "15/QĐ-UBND",
        "decision_on": "2025-01-20",
        "confirmed": "yes",
    }
    answer = client.post(path, data=data | changed, follow_redirects=True)
    return answer.status_code, answer.get_data(as_text=True)


def _editions(province: Province) -> list[str]:
    with province.system():
        return list(db.session.scalars(select(m.Edition.decision_number)))


def test_the_decision_is_asked_once_more_without_script(closed: Province) -> None:
    client = closed.client("admin")
    status, page = _post(closed, client, confirmed="")
    assert status == 200
    assert 'name="confirmed" value="yes"' in page
    assert _editions(closed) == []
    status, page = _post(closed, client)
    assert (status, _editions(closed)) == (200, ["15/QĐ-UBND"])
    assert "Đã công bố bản số 1" in page


@pytest.mark.parametrize(
    "changed",
    [
        {"decision_number": ""},
        {"decision_number": "   "},
        {"decision_number": "x" * 81},
        {"decision_on": ""},
        {"decision_on": "31/02/2025"},
        {"decision_on": "không rõ"},
    ],
)
def test_the_decision_is_compulsory_and_what_was_typed_stays(closed: Province, changed: dict[str, str]) -> None:
    status, page = _post(closed, closed.client("admin"), **changed)
    assert status == 422
    assert _editions(closed) == []
    if "decision_on" in changed:
        assert 'value="15/QĐ-UBND"' in page


def test_a_decision_is_not_dated_in_the_future(closed: Province) -> None:
    with closed.app.app_context():
        tomorrow = (clock.now() + timedelta(days=2)).date().isoformat()
    status, page = _post(closed, closed.client("admin"), decision_on=tomorrow)
    assert (status, _editions(closed)) == (422, [])
    assert "tương lai" in page


def test_a_preview_that_changed_is_shown_anew_with_what_was_typed(closed: Province) -> None:
    client = closed.client("admin")
    status, page = _post(closed, client, seen="0" * 64)
    assert status == 409
    assert 'value="15/QĐ-UBND"' in page
    assert _editions(closed) == []


def test_checks_name_units_and_lead_to_the_place(province: Province) -> None:
    group = group_id(province)
    page = province.client("admin").get(f"/publication/{group}").get_data(as_text=True)
    assert f"/survey/?round={province.id_of(m.Round, code='2024')}#group-{group}" in page
    assert "Xã Ấp Bắc" in page
    assert 'name="decision_number"' not in page
    status, _ = _post(province, province.client("admin"))
    assert status == 409
    assert _editions(province) == []


def test_withdrawal_asks_for_its_reason(done: Province) -> None:
    client = done.client("admin")
    path = f"/publication/editions/{edition_of(done)}/withdraw"
    csrf = token(client, path)
    assert client.post(path, data={"csrf_token": csrf, "reason": "  "}).status_code == 422
    answer = client.post(path, data={"csrf_token": csrf, "reason": "Sai số liệu"}, follow_redirects=True)
    assert answer.status_code == 200
    assert "Sai số liệu" in answer.get_data(as_text=True)
    assert client.post(path, data={"csrf_token": csrf, "reason": "Lần nữa"}).status_code == 409


def test_a_correction_says_which_edition_it_replaces(done: Province) -> None:
    with world(done) as building:
        put(building, "X12", Layer.COUNCIL, {"8.1": {"rate": "95"}}, reason="Đính chính")
    client = done.client("admin")
    page = client.get(f"/publication/{group_id(done)}").get_data(as_text=True)
    assert "Bản công bố số 1 đang có hiệu lực; bản số 2 sẽ thay thế." in page
    assert _post(done, client, decision_number="20/QĐ-UBND")[0] == 200
    page = client.get(f"/results/?edition={edition_of(done)}").get_data(as_text=True)
    assert "94,00" in page


@pytest.mark.parametrize("login", ["manager.h1", "officer.x11", "chair.p", "observer", "auditor"])
def test_others_have_no_publication(done: Province, login: str) -> None:
    client = done.client(login)
    group, edition = group_id(done), edition_of(done)
    csrf = token(client, "/password")
    for path in ("/publication/", f"/publication/{group}", f"/publication/editions/{edition}/withdraw"):
        assert client.get(path).status_code == 403
    for path in (f"/publication/{group}", f"/publication/editions/{edition}/withdraw"):
        assert client.post(path, data={"csrf_token": csrf, "reason": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["/publication/9999", "/publication/editions/9999/withdraw", "/publication/?round=x"])
def test_unknown_groups_and_editions_are_not_found(province: Province, path: str) -> None:
    assert province.client("admin").get(path).status_code == 404
