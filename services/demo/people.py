"""The people of the demo: posts through the import of accounts, seats of councils beside them; one password for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Function
from services.account import hash_password
from services.demo.names import full_name
from services.demo.stage import Stage, import_text, table
from services.imports import Options

#: In the demo alone; printed by the command and in the README. Real accounts get one-time passwords.
PASSWORD = "cchc-vinhlong-2024"  # noqa: S105 - documented, for made-up people
HEADER = "username,full_name,email,unit_code,function,valid_from"
#: login, unit, function
POSTS = (
    ("snv.quantri", "VL", Function.MANAGER),
    ("snv.quantri", "S02", Function.OFFICER),
    ("snv.tonghop", "VL", Function.MANAGER),
    ("snv.lanhdao", "VL", Function.OBSERVER),
    ("kiemtra", "VL", Function.AUDITOR),
)


@dataclass(frozen=True, slots=True)
class SeatPlan:
    """A seat with what it writes: codes of fields, or the department named as appraiser in the criteria."""

    login: str
    home: str
    function: Function
    fields: str = ""
    appraiser: str = ""


PROVINCE_SEATS = (
    SeatPlan("tgv.s02", "S02", Function.HELPER, appraiser="Sở Nội vụ"),
    SeatPlan("tgv.s03", "S03", Function.HELPER, appraiser="Sở Tư pháp"),
    SeatPlan("tgv.s01", "S01", Function.HELPER, appraiser="Văn phòng UBND tỉnh"),
    SeatPlan("tgv.s04", "S04", Function.HELPER, appraiser="Sở Tài chính"),
    SeatPlan("tgv.s11", "S11", Function.HELPER, appraiser="Sở Thông tin và Truyền thông"),
    SeatPlan("tgv.s14", "S14", Function.HELPER, appraiser="Sở Khoa học và Công nghệ"),
    SeatPlan("uv1.tinh", "S02", Function.MEMBER, fields="14589"),
    SeatPlan("uv2.tinh", "S01", Function.MEMBER, fields="23"),
    SeatPlan("uv3.tinh", "S04", Function.MEMBER, fields="67"),
    SeatPlan("ct.tinh", "VL", Function.CHAIR, fields="123456789"),
)


def district_seats(code: str) -> tuple[SeatPlan, ...]:
    """Return the seats of a district's council (Điều 7.5)."""
    low = code.lower()
    return (
        SeatPlan(f"tgv1.{low}", code, Function.HELPER, fields="124589"),
        SeatPlan(f"tgv2.{low}", code, Function.HELPER, fields="367"),
        SeatPlan(f"uv.{low}", code, Function.MEMBER, fields="123456789"),
        SeatPlan(f"ct.{low}", code, Function.CHAIR, fields="123456789"),
    )


def load(stage: Stage) -> None:
    """Make all accounts: two per unit, managers, and the people of the councils."""
    issued = hash_password(PASSWORD)  # once: it is slow on purpose
    since = stage.days.on(-400).isoformat()
    rows = [
        (login, full_name(login), f"{login}@vinhlong.example", code, function.value, since)
        for login, code, function in (*POSTS, *_posts_of_units(stage))
    ]
    options = Options(issue=lambda _login, _name: (issued, False))
    import_text(stage.act, "accounts", table(HEADER, rows), options)
    db.session.add_all(
        m.Account(
            username=seat.login,
            full_name=full_name(seat.login),
            email=f"{seat.login}@vinhlong.example",
            unit_id=stage.units[seat.home].id,
            password_hash=issued,
            must_change_password=False,
            password_set_at=stage.act.now,
            created_at=stage.act.now,
        )
        for seat in _all_seats(stage)
    )
    db.session.flush()
    stage.accounts = {account.username: account for account in db.session.scalars(select(m.Account))}


def _posts_of_units(stage: Stage) -> Iterable[tuple[str, str, Function]]:
    for code, unit in sorted(stage.units.items()):
        if unit.valid_to is not None or unit.parent_id is None:
            continue
        yield f"cb.{code.lower()}", code, Function.OFFICER
        yield f"ld.{code.lower()}", code, Function.LEADER
        if code.startswith("H"):
            yield f"qt.{code.lower()}", code, Function.MANAGER


def districts(stage: Stage) -> list[str]:
    """Return the codes of the districts."""
    return sorted(code for code in stage.units if code.startswith("H"))


def _all_seats(stage: Stage) -> Iterable[SeatPlan]:
    yield from PROVINCE_SEATS
    for code in districts(stage):
        yield from district_seats(code)
