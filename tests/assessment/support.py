"""A unit's person at the scoring page: reads the form as a browser without script does, and sends it back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

from sqlalchemy import event, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

import i18n
import models as m
from extensions import db
from models import clock
from rules.vocabulary import Layer, Stage
from tests.support.world import Province

#: Every leaf of the small province that the unit scores, with sound figures.
FULL = {
    "1.1:option": "0",
    "1.2.1:numerator": "41",
    "1.2.1:denominator": "48",
    "1.2.2:numerator": "3",
    "1.2.2:denominator": "10",
    "1.3:met": "1",
    "1.4:count": "1",
    "1.5:count": "1",
    "2.1:parts": "0",
    "2.2:numerator": "9",
    "2.2:denominator": "10",
}
FULL_LEAVES = {name.partition(":")[0] for name in FULL}


class _Form(HTMLParser):
    """The successful controls of the form with an id, as a browser would send them."""

    def __init__(self, id_: str) -> None:
        super().__init__()
        self.id = id_
        self.inside = False
        self.area: str | None = None
        self.data: MultiDict[str, str] = MultiDict()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == self.id
        if not self.inside or not given.get("name"):
            return
        name, kind = str(given["name"]), given.get("type", "text")
        if tag == "textarea":
            self.area = name
            self.data.add(name, "")
        elif tag == "input" and (kind not in ("radio", "checkbox") or "checked" in given):
            self.data.add(name, given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.data[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = None
        elif tag == "form":
            self.inside = False


def vietnamese(id_: str, **parts: object) -> str:
    """Return a sentence as a Vietnamese reader finds it."""
    return i18n.translations_of("vi").gettext(id_).format(**parts)


def contents(page: str) -> MultiDict[str, str]:
    """Return what the scoring form of a page would send."""
    form = _Form("scoring")
    form.feed(page)
    return form.data


@dataclass
class Person:
    """Somebody with the scoring page of one form."""

    province: Province
    login: str
    form_id: int

    def __post_init__(self) -> None:
        self.client = self.province.client(self.login)
        self.url = f"/assessments/{self.form_id}"

    def page(self) -> str:
        answer = self.client.get(self.url)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def send(self, changes: dict[str, Any], *, page: str | None = None, then: str = "") -> TestResponse:
        """Change fields of the page (or of one opened earlier) and send all of it, as "Save draft" does."""
        data = contents(page or self.page())
        for name, value in changes.items():
            data.setlist(name, value if isinstance(value, list) else [value])
        if then:
            data["then"] = then
        return self.client.post(f"{self.url}/scores", data=data)

    def leaf(self, code: str, fields: dict[str, Any], version: int = 0) -> TestResponse:
        """Save one leaf as the script does; field names without the code."""
        data = {f"{code}:{name}": value for name, value in fields.items()}
        data |= {f"{code}:version": version, "csrf_token": contents(self.page())["csrf_token"]}
        return self.client.post(f"{self.url}/scores/{code}", data=data, headers={"Accept": "application/json"})

    def post(self, path: str, **data: Any) -> TestResponse:
        """Post to a page of the form with the token of this session."""
        return self.client.post(f"{self.url}/{path}", data={"csrf_token": self.token(), **data})

    def token(self) -> str:
        text = self.client.get("/").get_data(as_text=True)
        return text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]


def person(province: Province, login: str, unit: str | None = None) -> Person:
    """Return a person at the form of a unit, by default the one in the login: ``officer.x11`` at X11."""
    return Person(province, login, province.form_id(unit or login.rpartition(".")[2].upper()))


def scores(province: Province, unit: str, layer: Layer = Layer.SELF) -> dict[str, m.Score]:
    """Return the saved rows of a layer by leaf code, whoever may see them."""
    with province.system():
        rows = db.session.execute(
            select(m.Criterion.code, m.Score)
            .join(m.Score, m.Score.criterion_id == m.Criterion.id)
            .where(m.Score.assessment_id == _form(unit), m.Score.layer == layer)
        ).all()
        db.session.expunge_all()
    return {row[0]: row[1] for row in rows}


def _form(unit: str) -> Any:
    return (
        select(m.Assessment.id).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == unit)
    ).scalar_subquery()


def move_to_deadline(province: Province, unit: str, seconds: float, stage: Stage = Stage.SELF_SCORING) -> None:
    """Set the database clock to so many seconds after (below 0: before) the end of a stage for the unit's level."""
    with province.system():
        clock.set_offset(timedelta())
        closes_at = db.session.scalars(
            select(m.Window.closes_at)
            .join(m.RankingGroup, m.RankingGroup.level_id == m.Window.level_id)
            .join(m.Assessment, m.Assessment.group_id == m.RankingGroup.id)
            .where(m.Assessment.id == _form(unit), m.Window.stage == stage)
        ).one()
        clock.set_offset(closes_at - clock.now() + timedelta(seconds=seconds))


@contextmanager
def statements(province: Province) -> Iterator[list[str]]:
    """Collect the SQL statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    with province.app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)
