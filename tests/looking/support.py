"""Somebody of Sở Nội vụ who looks at the system as a user."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from werkzeug.test import TestResponse

import models as m
from extensions import db
from models import clock
from permissions.actor import Viewer, set_actor, system_scope
from permissions.identity import load_actor
from permissions.needs import refresh_identity
from rules.verbs import Verb
from tests.auth.support import Person
from tests.permissions.test_identity import changing
from tests.support.world import Province

REASON = "Gọi 0270 3823 456: không thấy phiếu"
BANNER = 'class="looking"'


@dataclass
class Looker(Person):
    """A browser of somebody who may look."""

    def asks(self, login: str, reason: str = REASON, minutes: object = 15) -> TestResponse:
        """Send the page on which one begins."""
        account = self.province.id_of(m.Account, username=login)
        return self.post(f"/looking/new?account={account}", {"reason": reason, "minutes": minutes})

    def looks_as(self, login: str, minutes: int = 15) -> Looker:
        answer = self.asks(login, minutes=minutes)
        assert answer.status_code == 302, answer.get_data(as_text=True)
        assert self.looking
        return self

    def ends(self) -> TestResponse:
        return self.post("/looking/end")

    @property
    def looking(self) -> bool:
        """The first page carries the banner."""
        return BANNER in self.text("/")

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)


def admin(province: Province) -> Looker:
    looker = Looker(province, "admin")
    looker.enters()
    return looker


def lend_of_admin(province: Province, receiver: str, *verbs: Verb) -> int:
    """Lend verbs of the administrator's post; return the delegation."""
    post = province.id_of(m.Post, account_id=province.id_of(m.Account, username="admin"))
    unit, person = province.id_of(m.Unit, code="P"), province.id_of(m.Account, username=receiver)
    with changing(province):
        today = clock.now().date()
        lent = m.Delegation(
            post_id=post,
            receiver_id=person,
            unit_id=unit,
            verbs=[verb.value for verb in verbs],
            valid_from=today - timedelta(days=1),
            valid_to=today + timedelta(days=5),
            reason="Trực hỗ trợ",
        )
        db.session.add(lent)
        db.session.flush()
        return int(lent.id)


def supporter(province: Province, login: str = "officer.snv") -> Looker:
    """Return somebody to whom the administrator lent the looking and nothing else, in that authority."""
    lent = lend_of_admin(province, login, Verb.LOOK_AS, Verb.READ)
    looker = Looker(province, login)
    looker.enters()
    looker.post("/authority", {"authority": f"delegation:{lent}"})
    return looker


def bare(page: str) -> str:
    """Return a page without what tells that somebody only looks."""
    page = re.sub(r'<aside class="looking".*?</aside>', "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<title>Đang xem như [^<:]*: ", "<title>", page))


def viewings(province: Province) -> list[Any]:
    with province.system():
        found = db.session.scalars(select(m.Viewing).order_by(m.Viewing.id)).all()
        db.session.expunge_all()
    return list(found)


def entries(province: Province, *conditions: Any) -> list[Any]:
    """Return what the trail tells, in order."""
    entry = m.AuditEntry
    with province.system():
        return list(
            db.session.execute(
                select(
                    entry.actor_name,
                    entry.looking_as,
                    entry.verb,
                    entry.operation,
                    entry.object_type,
                    entry.reason,
                    entry.changes,
                )
                .where(*conditions)
                .order_by(entry.id)
            ).all()
        )


@contextmanager
def seen_as(province: Province, login: str, viewer: str = "admin") -> Iterator[None]:
    """Work in a request as ``viewer`` who looks as ``login``, past the routes."""
    with province.app.test_request_context():
        with system_scope("test"):
            by_login = {one.username: one for one in db.session.scalars(select(m.Account))}
        now, own, seen = clock.now(), by_login[viewer], by_login[login]
        looker = Viewer(own.id, own.full_name, now + timedelta(minutes=15))
        db.session.expunge_all()
        set_actor(load_actor(db.session(), seen.id, seen.full_name, now, None, viewer=looker))
        refresh_identity()
        yield
        db.session.rollback()
