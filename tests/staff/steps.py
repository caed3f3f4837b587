"""Steps of staff changes over HTTP, without script: the leader lists and sends, Sở Nội vụ decides."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import models as m
from extensions import db
from models import clock
from permissions.identity import LOCAL_TIME
from tests.support.world import Province, token

LEADER, OFFICER, ADMIN = "leader.x11", "officer.x11", "admin"


def today(province: Province, days: int = 0) -> date:
    """Return the day in the province, or one some days away."""
    with province.system():
        return clock.now().astimezone(LOCAL_TIME).date() + timedelta(days=days)


def text(answer: TestResponse) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def post(client: FlaskClient, path: str, page: str, **data: Any) -> TestResponse:
    """Send a form with the token of the page it stands on; redirects are followed."""
    files = data.pop("file", None)
    body = {**data, "csrf_token": token(client, page)}
    if files is not None:
        body["file"] = files
    return client.post(path, data=body, follow_redirects=True)


def newcomer(client: FlaskClient, name: str, day: date, function: str = "officer", **more: str) -> TestResponse:
    fields = {"kind": "new", "full_name": name, "function": function, "effective_on": day.isoformat(), **more}
    return post(client, "/staff/rows", "/staff/", **{f"new-{key}": value for key, value in fields.items()})


def goes(client: FlaskClient, account_id: int, move: str, day: date, **more: str) -> TestResponse:
    fields = {
        "kind": "going", "account_id": str(account_id), "move": move, "effective_on": day.isoformat(), **more,
    }  # fmt: skip
    return post(client, "/staff/rows", "/staff/", **{f"going-{key}": value for key, value in fields.items()})


def account_id(province: Province, login: str) -> int:
    return province.id_of(m.Account, username=login)


def requests(province: Province) -> list[tuple[int, bool]]:
    """Return each request's number and whether it was sent."""
    with province.system():
        found = db.session.execute(select(m.StaffRequest.id, m.StaffRequest.sent_at).order_by(m.StaffRequest.id))
        return [(id_, sent is not None) for id_, sent in found]


def rows(province: Province) -> list[m.StaffChange]:
    with province.system():
        found = list(db.session.scalars(select(m.StaffChange).order_by(m.StaffChange.id)))
        for row in found:
            db.session.expunge(row)
        return found


def send(province: Province, client: FlaskClient) -> int:
    """Send the draft; return its number."""
    number = next(id_ for id_, sent in requests(province) if not sent)
    assert post(client, f"/staff/{number}/send", "/staff/").status_code == 200
    return number


def decide(client: FlaskClient, row: m.StaffChange, do: str = "accept", **fields: str) -> TestResponse:
    """Press one of the two buttons of a row, with the version that stood on the page."""
    page = f"/staff-requests/{row.request_id}"
    given = {"version": str(row.version), **fields}
    prefixed = {f"row-{row.id}-{key}": value for key, value in given.items()}
    return post(client, f"{page}/rows/{row.id}", page, do=do, **prefixed)


def reported(province: Province, *moves: dict[str, Any]) -> list[m.StaffChange]:
    """List and send rows as the leader of X11; return them."""
    leader = province.client(LEADER)
    for move in moves:
        given = dict(move)
        if "name" in given:
            answer = newcomer(leader, given.pop("name"), given.pop("day"), **given)
        else:
            answer = goes(
                leader, account_id(province, given.pop("login")), given.pop("move"), given.pop("day"), **given
            )
        assert answer.status_code == 200, text(answer)
    number = send(province, leader)
    return [row for row in rows(province) if row.request_id == number]
