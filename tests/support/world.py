"""The small province that everyone tests against: two departments, two districts with two communes each, every role.

Logins are role and unit in short: ``officer.x11``, ``leader.sa``, ``manager.h1``, ``admin`` …; one password for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from models.criteria import criterion_path
from permissions.actor import set_actor, system_scope
from permissions.gate import system_act
from permissions.identity import load_actor
from permissions.needs import refresh_identity
from rules.verbs import Verb
from rules.vocabulary import CriterionKind, Function, Method, Stage
from services.account import hash_password
from services.round import open_in
from tests.support.criteria import CRITERIA
from tests.support.database import Database

PASSWORD = "mot mat khau rat dai"
_HASH = hash_password(PASSWORD)

#: code, name, kind, parent
UNITS = (
    ("P", "Tỉnh Mẫu", "tỉnh", None),
    ("SNV", "Sở Nội vụ", "sở", "P"),
    ("SA", "Sở Tư pháp", "sở", "P"),
    ("SB", "Sở Xây dựng", "sở", "P"),
    ("VP", "Văn phòng UBND tỉnh", "cơ quan ngang sở", "P"),
    ("H1", "Huyện Đông Thành", "huyện", "P"),
    ("H2", "Huyện Đông Thạnh", "huyện", "P"),
    ("X11", "Xã Ấp Bắc", "xã", "H1"),
    ("X12", "Xã Đức Hòa", "xã", "H1"),
    ("X21", "Xã Ấp Nam", "xã", "H2"),
    ("X22", "Phường Định Quán", "phường", "H2"),
)
LEVELS = (
    ("province", "Cấp tỉnh", ("tỉnh",)),
    ("department", "Sở, ban, ngành", ("sở", "cơ quan ngang sở")),
    ("district", "Cấp huyện", ("huyện",)),
    ("commune", "Cấp xã", ("xã", "phường")),
)
#: login, name, unit, function
POSTS = (
    ("admin", "Nguyễn Quản Trị", "P", Function.MANAGER),
    ("observer", "Trần Lãnh Đạo", "P", Function.OBSERVER),
    ("auditor", "Lê Kiểm Tra", "P", Function.AUDITOR),
    ("manager.h1", "Phạm Huyện Một", "H1", Function.MANAGER),
    ("manager.h2", "Võ Huyện Hai", "H2", Function.MANAGER),
    *(
        (f"{function.value}.{code.lower()}", f"{title} {name}", code, function)
        for code, name, _, parent in UNITS
        if parent
        for function, title in ((Function.OFFICER, "Cán bộ"), (Function.LEADER, "Lãnh đạo"))
    ),
)
#: council, keeping unit, units
COUNCILS = (
    ("Hội đồng tỉnh", "P", ("SNV", "SA", "SB", "VP", "H1", "H2")),
    ("Hội đồng huyện 1", "H1", ("X11", "X12")),
    ("Hội đồng huyện 2", "H2", ("X21", "X22")),
)
#: login, name, home unit, council, function, fields assigned
SEATS = (
    ("helper1.p", "Tổ viên Một", "P", "Hội đồng tỉnh", Function.HELPER, ("1",)),
    ("helper2.p", "Tổ viên Hai", "P", "Hội đồng tỉnh", Function.HELPER, ("2", "8", "9")),
    ("member.p", "Ủy viên Tỉnh", "P", "Hội đồng tỉnh", Function.MEMBER, ("1", "2", "8", "9")),
    ("chair.p", "Chủ tịch Tỉnh", "P", "Hội đồng tỉnh", Function.CHAIR, ("1", "2", "8", "9")),
    ("helper.h1", "Tổ viên Huyện", "H1", "Hội đồng huyện 1", Function.HELPER, ("1", "2", "8", "9")),
    ("member.h1", "Ủy viên Huyện", "H1", "Hội đồng huyện 1", Function.MEMBER, ("1", "2", "8", "9")),
    ("chair.h1", "Chủ tịch Huyện", "H1", "Hội đồng huyện 1", Function.CHAIR, ("1", "2", "8", "9")),
    ("helper.h2", "Tổ viên Huyện Hai", "H2", "Hội đồng huyện 2", Function.HELPER, ("1", "2", "8", "9")),
)
STAGES = (
    (Stage.SELF_SCORING, 10),
    (Stage.APPRAISAL, 30),
    (Stage.EXPLANATION, 34),
    (Stage.REAPPRAISAL, 38),
    (Stage.APPROVAL, 40),
)


def build() -> None:
    """Make the province with an open round "2024": all forms in draft, every window open for some days yet."""
    with system_scope("test world"), system_act(Verb.IMPORT, "test world") as building:
        _units()
        _round(building.now.year)
        _people(building.now)
        db.session.flush()
        open_in(building, db.session.scalars(select(m.Round)).one())


def _units() -> None:
    kinds: dict[str, m.UnitKind] = {}
    for position, (code, name, names) in enumerate(LEVELS):
        level = m.Level(code=code, name=name, position=position)
        db.session.add(level)
        kinds.update({kind: m.UnitKind(name=kind, level=level) for kind in names})
    db.session.add_all(kinds.values())
    db.session.flush()
    units: dict[str, m.Unit] = {}
    for code, name, kind, parent in UNITS:
        above = units[parent] if parent else None
        unit = m.Unit(code=code, name=name, kind_id=kinds[kind].id, parent_id=above.id if above else None)
        units[code] = unit
        db.session.add(unit)
        db.session.flush()
        unit.path = f"{above.path if above else ''}{unit.id}."
    group = m.UnitGroup(code="no_procedures", name="Đơn vị không có thủ tục hành chính")
    db.session.add(group)
    db.session.flush()
    db.session.add(m.UnitGroupMember(group_id=group.id, unit_id=units["VP"].id))
    db.session.flush()


def _round(year: int) -> None:
    now = clock.now()
    round_ = m.Round(code="2024", name="Năm 2024", year=2024, cut_off_on=date(2024, 12, 31))
    db.session.add(round_)
    db.session.flush()
    without = db.session.scalars(select(m.UnitGroup)).one()
    for level in db.session.scalars(select(m.Level).where(m.Level.code != "province")).all():
        set_ = m.CriteriaSet(code=f"{level.code}_2024", name=f"Bộ chỉ số {level.name} 2024", level_id=level.id)
        db.session.add(set_)
        db.session.flush()
        _criteria(set_, without)
        group = m.RankingGroup(
            round_id=round_.id, code=level.code, name=level.name, level_id=level.id, criteria_set_id=set_.id
        )
        group.classes = [
            m.ClassBand(name=name, lower_bound=Decimal(bound))
            for name, bound in (("Xuất sắc", 90), ("Tốt", 80), ("Khá", 70), ("Trung bình", 60), ("Yếu", 0))
        ]
        db.session.add(group)
        for stage, days in STAGES:
            db.session.add(
                m.Window(
                    round_id=round_.id,
                    level_id=level.id,
                    stage=stage,
                    opens_at=now - timedelta(days=10),
                    closes_at=now + timedelta(days=days),
                )
            )
    db.session.flush()


def _criteria(set_: m.CriteriaSet, without: m.UnitGroup) -> None:
    made: dict[str, m.Criterion] = {}
    parents = {code.rpartition(".")[0] for code, *_ in CRITERIA}
    for code, kind, name, maximum, method, rule, evidence in CRITERIA:
        parent = made.get(code.rpartition(".")[0])
        criterion = m.Criterion(
            set_id=set_.id,
            parent_id=parent.id if parent else None,
            code=code,
            path=criterion_path(code),
            field_code=code.split(".")[0],
            kind=CriterionKind(kind),
            name=name,
            max_points=Decimal(maximum) if maximum else None,
            method=Method(method),
            rule_json={"type": method, **rule},
            evidence_required=evidence,
            is_leaf=code not in parents,
        )
        made[code] = criterion
        db.session.add(criterion)
        db.session.flush()
    db.session.add(m.CriterionExclusion(criterion_id=made["2"].id, group_id=without.id))


def _people(now: Any) -> None:
    units = {unit.code: unit for unit in db.session.scalars(select(m.Unit))}
    since = now.date() - timedelta(days=100)
    round_ = db.session.scalars(select(m.Round)).one()

    def account(login: str, name: str, unit: m.Unit) -> m.Account:
        made = m.Account(
            username=login,
            full_name=name,
            unit_id=unit.id,
            password_hash=_HASH,
            must_change_password=False,
            created_at=now,
        )
        db.session.add(made)
        db.session.flush()
        return made

    for login, name, code, function in POSTS:
        holder = account(login, name, units[code])
        db.session.add(m.Post(account_id=holder.id, unit_id=units[code].id, function=function, valid_from=since))
    councils: dict[str, m.Council] = {}
    for name, code, assessed in COUNCILS:
        council = m.Council(round_id=round_.id, unit_id=units[code].id, name=name)
        db.session.add(council)
        db.session.flush()
        councils[name] = council
        for member in assessed:
            db.session.add(m.CouncilUnit(council_id=council.id, round_id=round_.id, unit_id=units[member].id))
    for login, name, home, council_name, function, fields in SEATS:
        council = councils[council_name]
        seat = m.Seat(
            council_id=council.id,
            account_id=account(login, name, units[home]).id,
            unit_id=council.unit_id,
            function=function,
            valid_from=since,
        )
        db.session.add(seat)
        db.session.flush()
        for field in db.session.scalars(select(m.Criterion).where(m.Criterion.code.in_(fields))).all():
            db.session.add(m.Assignment(seat_id=seat.id, criterion_id=field.id, owner_unit_id=council.unit_id))


@dataclass
class Province:
    """Handle of a test on the small province."""

    app: Flask

    def client(self, login: str, password: str = PASSWORD) -> FlaskClient:
        """Return a browser without script, signed in through the real login page."""
        client = self.app.test_client()
        answer = client.post("/login", data={"username": login, "password": password, "csrf_token": token(client)})
        assert answer.status_code == 302, answer.get_data(as_text=True)
        return client

    @contextmanager
    def acting(self, login: str) -> Iterator[None]:
        """Work in an application context as this person, with the first of its posts and seats."""
        with self.app.test_request_context():
            with system_scope("test"):
                account = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
            db.session.expunge_all()
            set_actor(load_actor(db.session(), account.id, account.full_name, clock.now(), None))
            refresh_identity()
            yield
            db.session.rollback()

    @contextmanager
    def system(self) -> Iterator[None]:
        """Look at everything, as no user can."""
        with self.app.app_context(), system_scope("test"):
            yield
            db.session.rollback()

    def move_clock(self, **delta: float) -> None:
        """Let the database clock run ahead: ``move_clock(days=11)`` is past the deadline of self-scoring."""
        with self.app.app_context():
            clock.set_offset(timedelta(**delta))

    def id_of(self, model: Any, **columns: Any) -> int:
        """Return the id of the one row with these values, whoever may see it."""
        with self.system():
            return int(db.session.scalars(select(model.id).filter_by(**columns)).one())

    def form_id(self, unit: str) -> int:
        """Return the id of a unit's assessment."""
        return self.id_of(m.Assessment, unit_id=self.id_of(m.Unit, code=unit))


def token(client: FlaskClient, path: str = "/login") -> str:
    """Return the CSRF token that a page of this client carries."""
    text = client.get(path).get_data(as_text=True)
    start = text.index('name="csrf_token"')
    return text[start : start + 400].split('value="', 1)[1].split('"', 1)[0]


@pytest.fixture
def province(database: Database) -> Iterator[Province]:
    """The small province with its round open and every form in draft."""
    database.start_from("province", build)
    with database.app.app_context():
        clock.set_offset(timedelta())
    yield Province(database.app)
    with database.app.app_context():
        clock.set_offset(timedelta())


@pytest.fixture
def client_for(province: Province) -> Callable[[str], FlaskClient]:
    """``client_for("officer.x11")`` signs that person in."""
    return province.client
