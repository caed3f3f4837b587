"""Sở Nội vụ at the page of an account, and persons whose access it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Function
from services import access
from services.account import hash_password
from services.account.sessions import local_day
from tests.admin.desk import Desk
from tests.auth.support import now
from tests.permissions.stages import by, writing
from tests.support.world import PASSWORD, Province


@dataclass
class Office:
    """The administrator at the screens of accounts."""

    province: Province
    desk: Desk

    @classmethod
    def of(cls, province: Province, login: str = "admin") -> Office:
        return cls(province, Desk.of(province, login))

    def path(self, login: str) -> str:
        return f"account/access/?id={self.province.id_of(m.Account, username=login)}"

    def page(self, login: str) -> str:
        return self.desk.get(self.path(login))

    def does(self, login: str, do: str, reason: str = "Theo công văn số 12/SNV", **more: Any) -> None:
        """Press a button of the page; it is done."""
        self.desk.saved(self.path(login), **self.form(login, do), reason=reason, **more)

    def fails(self, login: str, do: str, reason: str = "Theo công văn số 12/SNV", **more: Any) -> str:
        """Press a button of the page; nothing is done. Return what is said to be wrong."""
        return self.desk.refused(self.path(login), **self.form(login, do), reason=reason, **more)

    def form(self, login: str, do: str) -> dict[str, Any]:
        """Return what the button's form holds besides what a person enters, as the page stands now."""
        return {"do": do, "version": kept(self.province, login).version} if do in ("rename", "days") else {"do": do}


def day(province: Province, days: int = 0) -> date:
    """Return a day of the province, counted from today."""
    with province.app.app_context():
        return local_day(now(province)) + timedelta(days=days)


def second_admin(
    province: Province, *, post_to: date | None = None, first: date | None = None, last: date | None = None
) -> None:
    """Let a second administrator, ``admin2``, stand beside the first, whoever made it."""
    since = day(province, -50)
    with writing(province) as doing:
        root = by(m.Unit, code="P")
        made = m.Account(
            username="admin2",
            full_name="Trần Quản Trị Hai",
            unit_id=root.id,
            password_hash=hash_password(PASSWORD),
            must_change_password=False,
            created_at=doing.now,
            valid_from=first,
            valid_to=last,
        )
        db.session.add(made)
        db.session.flush()
        db.session.add(
            m.Post(account_id=made.id, unit_id=root.id, function=Function.MANAGER, valid_from=since, valid_to=post_to)
        )


def restrict(
    province: Province,
    login: str,
    *,
    read_only: bool = False,
    units: tuple[str, ...] = (),
    fields: tuple[str, ...] = (),
    first: date | None = None,
    last: date | None = None,
    office: str = "admin",
) -> None:
    """Let Sở Nội vụ restrict a person."""
    with province.acting(office):
        access.restrict(
            db.session.scalars(select(m.Account).where(m.Account.username == login)).one(),
            read_only=read_only,
            units=db.session.scalars(select(m.Unit).where(m.Unit.code.in_(units))).all(),
            field_codes=fields,
            first=first,
            last=last,
            reason="Đang xác minh đơn thư",
        )


def kept(province: Province, login: str) -> m.Account:
    """Read an account as it stands."""
    with province.system():
        found = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        db.session.expunge_all()
    return found


def told(province: Province, object_type: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """Return (operation, actor, reason, changes) of the trail about a table, in order."""
    entry = m.AuditEntry
    with province.system():
        rows = db.session.execute(
            select(entry.operation, entry.actor_name, entry.reason, entry.changes)
            .where(entry.object_type == object_type)
            .order_by(entry.id)
        ).all()
    return [tuple(row) for row in rows]
