"""Stories of lending: a delegation as it stands, its giver's page, its receiver in the lent role."""

from __future__ import annotations

import re
from datetime import date, timedelta
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import models as m
from extensions import db
from models import clock
from permissions.identity import LOCAL_TIME
from rules.verbs import Verb
from tests.permissions.stages import by, writing
from tests.support.world import Province, token

PAGE = "/account/lending/"
BEHALF = "Cán bộ Xã Ấp Bắc, thay mặt Lãnh đạo Xã Ấp Bắc"


def day(province: Province, ahead: int) -> date:
    """Return a day of the province's calendar by the database clock."""
    with province.app.app_context():
        return clock.now().astimezone(LOCAL_TIME).date() + timedelta(days=ahead)


def lend(
    province: Province, giver: str, receiver: str, *verbs: Verb, since: int = 0, until: int = 1, seat: bool = False
) -> str:
    """Let a delegation stand, whoever made it; return the key of the authority."""
    first, last = day(province, since), day(province, until)
    with writing(province):
        source = by(m.Seat if seat else m.Post, account_id=by(m.Account, username=giver).id)
        made = m.Delegation(
            **{"seat_id" if seat else "post_id": source.id},
            receiver_id=by(m.Account, username=receiver).id,
            unit_id=source.unit_id,
            verbs=[verb.value for verb in (Verb.READ, *verbs)],
            valid_from=first,
            valid_to=last,
            reason="Đi công tác",
        )
        db.session.add(made)
        db.session.flush()
        return f"delegation:{made.id}"


def choose(client: FlaskClient, key: str) -> TestResponse:
    """Choose a role on its page."""
    return client.post("/authority", data={"csrf_token": token(client, "/authority"), "authority": key})


def borrower(province: Province, login: str, key: str) -> FlaskClient:
    """Return a browser of this person, at work in a lent role."""
    client = province.client(login)
    assert choose(client, key).status_code == 302
    return client


def words(page: str | TestResponse) -> str:
    """Return the words of a page without its tags."""
    text = page if isinstance(page, str) else page.get_data(as_text=True)
    return " ".join(unescape(re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL)).split())


class Giver:
    """Somebody at the page "Ủy quyền"."""

    def __init__(self, province: Province, login: str) -> None:
        self.province, self.client = province, province.client(login)

    def page(self) -> str:
        answer = self.client.get(PAGE)
        assert answer.status_code == 200
        return words(answer)

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(f"{PAGE}{path}", data={"csrf_token": token(self.client, PAGE), **fields})

    def fields(self, receiver: str, /, *verbs: Verb, **changed: Any) -> dict[str, Any]:
        """Return a form as it is filled in for a lending of two days from today."""
        with self.province.system():
            account = db.session.scalar(select(m.Account).where(m.Account.username == receiver))
            id_ = account.id if account is not None else receiver
        filled = {
            "receiver": id_,
            "verbs": [verb.value for verb in verbs],
            "valid_from": day(self.province, 0).isoformat(),
            "valid_to": day(self.province, 1).isoformat(),
            "reason": "Đi công tác",
        }
        return {**filled, **changed}

    def lends(self, receiver: str, /, *verbs: Verb, **changed: Any) -> str:
        """Lend what must be taken; return the key of the authority."""
        answer = self.post("new", **self.fields(receiver, *verbs, **changed))
        assert answer.status_code == 302, words(answer)
        with self.province.system():
            return f"delegation:{db.session.scalars(select(m.Delegation.id).order_by(m.Delegation.id.desc())).first()}"

    def refused(self, receiver: str, /, *verbs: Verb, **changed: Any) -> str:
        """Lend what must be refused, with nothing changed; return the words of the page."""
        before = count(self.province)
        answer = self.post("new", **self.fields(receiver, *verbs, **changed))
        assert answer.status_code == 422, answer.status_code
        assert count(self.province) == before
        return words(answer)


def count(province: Province) -> int:
    with province.system():
        return len(db.session.scalars(select(m.Delegation.id)).all())
