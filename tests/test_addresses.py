"""Hostile addresses and ways back: no fault, no other site, no difference between absent and impossible."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.support.world import PASSWORD, Province, token
from views.auth import own_path

#: More than any database key holds.
TOO_BIG = 2**70
KEYS = (
    ("observer", "/results/editions/1/units/{key}"),
    ("observer", "/results/editions/{key}/units/1"),
    ("admin", "/publication/{key}"),
    ("admin", "/survey/{key}/missing.csv"),
    ("admin", "/progress/{key}"),
    ("officer.x11", "/assessments/{key}"),
    ("helper1.p", "/appraisal/{key}"),
    ("member.p", "/approval/sheets/{key}"),
)


def _sent(client: FlaskClient, path: str, **data: str) -> tuple[int, str | None]:
    answer = client.post(path, data={**data, "csrf_token": token(client)})
    return answer.status_code, answer.location


@pytest.mark.parametrize(("login", "path"), KEYS)
def test_a_number_beyond_any_key_does_not_exist(province: Province, login: str, path: str) -> None:
    client = province.client(login)
    assert client.get(path.format(key=TOO_BIG)).status_code == 404
    assert client.get(path.format(key="9" * 5000)).status_code == 404


def test_a_number_beyond_any_key_does_not_exist_in_an_act(province: Province) -> None:
    client = province.client("admin")
    csrf = client.get("/progress/").get_data(as_text=True).split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    for path in (f"/progress/1/fields/{TOO_BIG}/reopen", f"/survey/{TOO_BIG}/apply"):
        assert client.post(path, data={"csrf_token": csrf, "reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    "target", ["//[", "//other.example", "/\\other.example", "https://other.example", "/a\r\nb", "x"]
)
def test_the_way_back_is_never_another_site(province: Province, target: str) -> None:
    client = province.app.test_client()
    assert _sent(client, "/language", locale="vi", next=target) == (302, "/")
    signing_in = {"username": "officer.x11", "password": PASSWORD, "csrf_token": token(client)}
    answer = client.post("/login", query_string={"next": target}, data=signing_in)
    assert (answer.status_code, answer.location) == (302, "/")


def test_a_plain_path_is_a_way_back(province: Province) -> None:
    with province.app.test_request_context():
        assert own_path("/results/?q=Ấp") == "/results/?q=Ấp"


@pytest.mark.parametrize("path", ["/login", "/healthz"])
def test_asking_for_the_head_alone_answers_as_the_page(province: Province, path: str) -> None:
    client = province.app.test_client()
    assert client.head(path).status_code == client.get(path).status_code == 200
