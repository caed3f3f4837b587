"""The number of SQL statements of a page does not hang on the number of rows, and is small.

The same pages are asked in the small province with one commune more and with six hundred more, which makes ten thousand scores;
every page without an argument in its address is among them, so a new list is counted from its first day.
"""

from __future__ import annotations

from collections import Counter as Multiset
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

import models as m
from extensions import db
from models import clock
from tests.support import crowd
from tests.support.database import Database
from tests.support.world import Province

FEW, MANY = 1, 600
#: The most that any page needs; most need about ten.
MOST = 26
#: What the trace of a file costs besides, and how addresses of files end.
NOTED, FILES = 7, (".pdf", ".docx", ".xlsx", ".csv")
#: Not lists: what answers by its own, and forms that create a row.
PASSED_OVER = ("/login", "/healthz", "/admin/static", "/static")
#: Who looks, and how many days after the opening: a seat sees forms once they are locked.
READERS = (("admin", 0), ("manager.h1", 0), ("observer", 0), ("officer.x11", 0), ("helper.h1", 11), ("member.h1", 11))

Page = tuple[str, str]


@pytest.fixture(scope="module")
def unwatched(database: Database) -> Iterator[None]:
    """Count no pages and note no refusals: their few statements come with every 25th page, and up to a number a minute."""
    config = database.app.config["PARINDEX"]
    database.app.config["PARINDEX"] = replace(config, audit=replace(config.audit, reads=0, refusals=0))
    yield
    database.app.config["PARINDEX"] = config


class Counter:
    """Count the statements that the engine sends."""

    def __init__(self, database: Database) -> None:
        self.statements: list[str] = []
        self.engine = database.engine

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.statements.append(statement)

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        self.statements = []
        event.listen(self.engine, "before_cursor_execute", self._note)
        try:
            yield self.statements
        finally:
            event.remove(self.engine, "before_cursor_execute", self._note)


def addresses(province: Province, login: str) -> list[str]:
    """Return what a person's pages are: all without arguments, and those of one form, sheet, group or edition."""
    rules = [rule for rule in province.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    plain = [rule.rule for rule in rules if not rule.rule.startswith(PASSED_OVER)]
    admin = login in ("admin", "manager.h1")
    found = [address for address in plain if admin or not address.startswith("/admin")]
    if admin:
        lists = [address for address in found if address.startswith("/admin/") and address.count("/") == 3]
        found += [f"{address}?search=dong" for address in lists]
        found += ["/admin/score/export/csv/", "/admin/unit/export/csv/"]
    return found + _of_one(province)


def _of_one(province: Province) -> list[str]:
    form = province.form_id("X11")
    with province.system():
        sheets = db.session.scalars(
            select(m.FieldSheet.id).where(m.FieldSheet.assessment_id == form).order_by(m.FieldSheet.id)
        ).all()
        edition = db.session.scalars(select(m.Edition.id)).one()
        council = db.session.scalars(select(m.Council.id).where(m.Council.name == crowd.COUNCIL)).one()
        groups = db.session.scalars(select(m.RankingGroup.id).where(m.RankingGroup.code == "commune")).all()
        handed_in = db.session.scalars(select(m.FieldSheet.id).where(m.FieldSheet.state == "appraised").limit(1)).one()
        field = db.session.scalars(select(m.FieldSheet.field_id).where(m.FieldSheet.id == sheets[0])).one()
        unit = province_unit = db.session.scalars(select(m.Unit.id).where(m.Unit.code == "X11")).one()
    return [
        f"/assessments/{form}",
        f"/assessments/{form}/check",
        f"/assessments/{form}/evidence/1.1",
        f"/assessments/{form}/leaves/1.1/history",
        f"/assessments/{form}/history",
        f"/assessments/{form}/history/compare?left=now&right=now",
        f"/assessments/{form}/explanations",
        f"/assessments/{form}/explanation/check",
        f"/assessments/{form}/explanation/extend",
        f"/progress/{form}",
        f"/progress/{form}/leaves/1.1",
        f"/appraisal/{sheets[0]}",
        f"/appraisal/{sheets[0]}/questions",
        f"/assessments/{form}/workbook",
        f"/assessments/{form}/workbook.xlsx",
        f"/appraisal/workbook/{field}",
        f"/approval/{council}/{crowd.HANDED_IN}",
        f"/approval/sheets/{handed_in}",
        *(f"/publication/{group}" for group in groups),
        *(f"/results/provisional?group={group}&basis={basis}" for group in groups for basis in ("self", "appraised")),
        f"/results/?edition={edition}",
        f"/results/editions/{edition}/units/{unit or province_unit}",
        f"/papers/forms/{form}/form.pdf",
        f"/papers/forms/{form}/explanation.docx",
        f"/papers/minutes/{council}/{crowd.HANDED_IN}/minutes.docx",
        f"/papers/minutes/sheets/{handed_in}/minutes.pdf",
        f"/papers/editions/{edition}/appendix.pdf",
        f"/papers/editions/{edition}/units/{unit or province_unit}/result.docx",
        "/results/published.csv",
    ]


def count(province: Province, counter: Counter) -> dict[Page, tuple[int, list[str]]]:
    """Ask every page of every reader once; return its status and statements."""
    counted: dict[Page, tuple[int, list[str]]] = {}
    for login, days in READERS:
        province.move_clock(days=days)
        client = province.client(login)
        client.get("/")
        for address in addresses(province, login):
            with counter.counting() as statements:
                counted[login, address] = (_status(client, address), list(statements))
    return counted


def _status(client: FlaskClient, address: str) -> int:
    answer = client.get(address)
    answer.get_data()
    return answer.status_code


@pytest.fixture(scope="module")
def counted(database: Database, unwatched: None) -> dict[Page, tuple[tuple[int, list[str]], tuple[int, list[str]]]]:
    """Each page with what it cost among few rows and among many."""
    counter = Counter(database)
    found = []
    for name, communes in (("few", FEW), ("many", MANY)):
        with database.app.app_context():
            clock.set_offset(timedelta())
        database.start_from(name, partial(crowd.fill, communes))
        found.append(count(Province(database.app), counter))
    with database.app.app_context():
        clock.set_offset(timedelta())
    few, many = found
    assert few.keys() == many.keys()
    return {page: (few[page], many[page]) for page in few}


def test_the_crowd_is_ten_thousand_scores(database: Database) -> None:
    database.start_from("many", partial(crowd.fill, MANY))
    with Province(database.app).system():
        assert (db.session.scalar(select(func.count()).select_from(m.Score)) or 0) >= 10_000


def test_statements_do_not_grow_with_the_rows(counted: dict[Page, Any]) -> None:
    grown = {}
    for page, ((_, few), (_, many)) in counted.items():
        more = Multiset(map(_shape, many)) - Multiset(map(_shape, few))
        # A list counts its rows once, and only where they do not fit its first page.
        counts = sum(shape.startswith("SELECT count(") for shape in more.elements())
        if len(many) != len(few) + min(counts, 1):
            grown[page] = f"{len(few)} -> {len(many)}: {dict(more)}"
    assert grown == {}


def _shape(statement: str) -> str:
    """Return the part of a statement that is the same whatever it is asked for."""
    return statement.partition("WHERE")[0]


def test_statements_are_few(counted: dict[Page, Any]) -> None:
    most = {page: MOST + NOTED * page[1].endswith(FILES) for page in counted}
    assert {page: len(many) for page, (_, (_, many)) in counted.items() if len(many) > most[page]} == {}


def test_pages_answer_among_many_rows_as_among_few(counted: dict[Page, Any]) -> None:
    assert {page: (few, many) for page, ((few, _), (many, _)) in counted.items() if few != many} == {}
    opened = {address for (_, address), ((status, _), _) in counted.items() if status == 200}
    for wanted in ("/admin/score/", "/appraisal", "/approval", "/progress/", "/results/", "/results/provisional"):
        assert wanted in opened
    assert sum(address.startswith("/assessments/") for address in opened) >= 3
    assert sum(address.startswith("/admin/") for address in opened) >= 20
