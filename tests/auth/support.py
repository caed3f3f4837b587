"""A person at the door: signs in, is refused, gives codes; with rules and a clock that a test sets."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Any

import pyotp
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

import models as m
from extensions import db
from models import clock
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from services import credentials
from tests.support.world import PASSWORD, Province, token

NEW = "mot mat khau khac dai"
REFUSED = "Tên đăng nhập hoặc mật khẩu chưa đúng, hoặc đã thử quá nhiều lần"


def set_rules(province: Province, monkeypatch: Any, **changes: Any) -> None:
    """Change the rules of signing in for one test, as the settings would."""
    config = province.app.config["PARINDEX"]
    monkeypatch.setitem(province.app.config, "PARINDEX", replace(config, signin=replace(config.signin, **changes)))


@dataclass
class Person:
    """One browser without script at some address."""

    province: Province
    login: str
    address: str = "10.0.0.1"
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.province.app.test_client()

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.client.get(path, environ_overrides={"REMOTE_ADDR": self.address}, **more)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        data = {"csrf_token": self.token(), **(data or {})}
        return self.client.post(path, data=data, environ_overrides={"REMOTE_ADDR": self.address}, **more)

    def token(self) -> str:
        return str(self.get("/login/state").get_json()["csrf"])

    def tries(self, password: str = PASSWORD, login: str | None = None) -> TestResponse:
        """Send name and password."""
        return self.post("/login", {"username": login or self.login, "password": password})

    def gets_in(self, password: str = PASSWORD) -> bool:
        answer = self.tries(password)
        assert answer.status_code in (302, 422), answer.status_code
        return answer.status_code == 302

    def enters(self, password: str = PASSWORD) -> Person:
        assert self.gets_in(password)
        return self

    @property
    def inside(self) -> bool:
        """The session opens the first page."""
        return self.get("/").status_code == 200

    def changes(self, new: str, old: str = PASSWORD) -> TestResponse:
        return self.post("/password", {"old": old, "new": new, "again": new})

    def enrols(self) -> tuple[pyotp.TOTP, list[str]]:
        """Set up a second factor; return the authenticator and the recovery codes."""
        page = self.post("/account/factor/begin", {"password": PASSWORD}).get_data(as_text=True)
        found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
        assert found is not None, page
        totp = pyotp.TOTP(found[1].replace(" ", ""))
        answer = self.post("/account/factor/confirm", {"code": code(self.province, totp)})
        page = answer.get_data(as_text=True)
        assert answer.status_code == 200, page
        return totp, re.findall(r"<li><code>([a-z0-9-]+)</code>", page)


def now(province: Province) -> Any:
    with province.app.app_context():
        return clock.now()


def code(province: Province, totp: pyotp.TOTP, steps: int = 0) -> str:
    """Return what the authenticator shows at the moment of the database clock, some half minutes later or earlier."""
    return totp.generate_otp(int(now(province).timestamp()) // 30 + steps)


def account(province: Province, login: str) -> m.Account:
    """Read an account, whoever may see it."""
    with province.system():
        found = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        db.session.expunge_all()
    return found


def change(province: Province, login: str, **values: Any) -> None:
    """Set columns of an account, as an act of Sở Nội vụ would."""
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test"):
        found = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        for name, value in values.items():
            setattr(found, name, value)


def issue(province: Province, login: str) -> str:
    """Let Sở Nội vụ reissue a password; return it."""
    with province.acting("admin"):
        found = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        return credentials.reissue(found, "Quên mật khẩu")


def trail(province: Province, operation: str) -> list[tuple[str, str, str]]:
    """Return (object, actor, address) of the traces of an operation."""
    entry = m.AuditEntry
    with province.system():
        rows = db.session.execute(
            select(entry.object_id, entry.actor_name, entry.address)
            .where(entry.operation == operation)
            .order_by(entry.id)
        ).all()
    return [tuple(row) for row in rows]


__all__ = [
    "NEW",
    "PASSWORD",
    "REFUSED",
    "Person",
    "account",
    "change",
    "code",
    "issue",
    "now",
    "set_rules",
    "token",
    "trail",
]
