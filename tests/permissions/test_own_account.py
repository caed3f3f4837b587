"""What everybody signed in keeps, whatever authority is chosen or none: the own password, the published results."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from services.account import FREE_FAILURES
from services.account.throttle import PAIR, Try
from tests.permissions.test_identity import changing, lend
from tests.support.world import PASSWORD, Province, token

NEW = "mot mat khau khac dai"


def _choose(province: Province, client: FlaskClient) -> None:
    key = f"delegation:{province.id_of(m.Delegation)}"
    answer = client.post("/authority", data={"authority": key, "csrf_token": token(client, "/authority")})
    assert answer.status_code == 302


def _changed(client: FlaskClient) -> int:
    data = {"old": PASSWORD, "new": NEW, "again": NEW, "csrf_token": token(client, "/password")}
    return client.post("/password", data=data).status_code


def _without_post(province: Province, login: str) -> None:
    """Let the person's post begin next week."""
    post_id = province.id_of(m.Post, account_id=province.id_of(m.Account, username=login))
    with changing(province):
        db.session.get_one(m.Post, post_id).valid_from = clock.now().date() + timedelta(days=7)


def test_a_lent_authority_reads_published_results_and_nothing_that_was_not_lent(province: Province) -> None:
    lend(province, "leader.sa", "officer.x11")  # lends scoring and reading
    client = province.client("officer.x11")
    _choose(province, client)
    assert client.get("/results/").status_code == 200
    assert client.get(f"/assessments/{province.form_id('SA')}").status_code == 200
    sign = client.post(
        f"/assessments/{province.form_id('SA')}/sign",
        data={"csrf_token": token(client, "/password"), "confirmed": "yes"},
    )
    assert sign.status_code == 403


@pytest.mark.parametrize("authority", ["own", "lent", "none"])
def test_the_own_password_is_changed_in_any_authority(province: Province, authority: str) -> None:
    if authority == "none":
        _without_post(province, "officer.x11")
    lend(province, "leader.sa", "officer.x12")
    login = "officer.x12" if authority == "lent" else "officer.x11"
    client = province.client(login)
    if authority == "lent":
        _choose(province, client)
    assert _changed(client) == 302
    assert province.client(login, NEW).get("/").status_code == 200
    with province.system():
        entry = m.AuditEntry
        seen = db.session.execute(
            select(entry.actor_id, entry.verb, entry.changes).where(
                entry.object_type == "Account", entry.operation == "update"
            )
        ).one()
    assert seen[:2] == (province.id_of(m.Account, username=login), "sign_in")
    assert seen.changes["password_hash"] == ["•••", "•••"]


def test_every_one_of_many_tries_at_once_is_counted(province: Province) -> None:
    tries = FREE_FAILURES + 3
    clients = [province.app.test_client() for _ in range(tries)]
    tokens = [token(client) for client in clients]
    start = Barrier(tries)

    def guess(at: int) -> int:
        start.wait()
        data = {"username": "officer.x11", "password": f"sai {at}", "csrf_token": tokens[at]}
        return clients[at].post("/login", data=data).status_code

    with ThreadPoolExecutor(tries) as pool:
        assert set(pool.map(guess, range(tries))) == {422}
    with province.system():
        pair = Try("password", "officer.x11", "127.0.0.1", None).keys[PAIR]
        throttle = db.session.scalars(select(m.LoginThrottle).where(m.LoginThrottle.key == pair)).one()
        assert throttle.failures == tries
        assert throttle.blocked_until is not None
