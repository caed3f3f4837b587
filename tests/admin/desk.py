"""A reader at the generated screens: asks, posts with the page's token, reads what a person would read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import Engine, event
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.support.world import Province, token

#: Addresses of the lists, as they stand in the menu.
LISTS = (
    "round",
    "ranking-group",
    "window",
    "criteria-set",
    "council",
    "seat",
    "account",
    "post",
    "delegation",
    "unit",
    "unit-kind",
    "level",
    "unit-group",
    "unit-group-member",
    "unit-change",
    "score",
    "evidence",
    "edition",
    "edition-row",
    "audit",
)
_PROBLEMS = re.compile(r'<div class="problems".*?</div>', re.DOTALL)
_ROWS = re.compile(r'<table class="model-list.*?</table>', re.DOTALL)


@dataclass
class Desk:
    """One signed-in person at the generated screens."""

    client: FlaskClient
    csrf: str

    @classmethod
    def of(cls, province: Province, login: str) -> Desk:
        client = province.client(login)
        return cls(client, token(client, "/"))

    def works_as(self, key: str) -> None:
        """Choose another role; its pages have a token of their own."""
        answer = self.client.post("/authority", data={"csrf_token": self.csrf, "authority": key})
        assert answer.status_code == 302
        self.csrf = token(self.client, "/")

    def get(self, path: str) -> str:
        """Return a page that must be there."""
        answer = self.client.get(f"/admin/{path}")
        assert answer.status_code == 200, (path, answer.status_code, answer.get_data(as_text=True)[:500])
        return answer.get_data(as_text=True)

    def status(self, path: str) -> int:
        return self.client.get(f"/admin/{path}").status_code

    def post(self, path: str, **fields: Any) -> TestResponse:
        return self.client.post(f"/admin/{path}", data={"csrf_token": self.csrf, **fields})

    def saved(self, path: str, **fields: Any) -> None:
        """Post something that must be taken."""
        answer = self.post(path, **fields)
        assert answer.status_code == 302, (answer.status_code, problems(answer.get_data(as_text=True)))

    def refused(self, path: str, **fields: Any) -> str:
        """Post something that must be refused at its fields; return what the page says is wrong."""
        answer = self.post(path, **fields)
        assert answer.status_code == 422, (answer.status_code, answer.location)
        return problems(answer.get_data(as_text=True))


def problems(page: str) -> str:
    """Return the words of the summary of faults."""
    return " ".join(unescape(re.sub(r"<.*?>", " ", " ".join(_PROBLEMS.findall(page)))).split())


def rows(page: str) -> str:
    """Return the words of the list."""
    return " ".join(unescape(re.sub(r"<.*?>", " ", " ".join(_ROWS.findall(page)))).split())


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self._select: str | None = None
        self._area: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "input" and name and not (given.get("type") in ("checkbox", "radio") and "checked" not in given):
            self.fields.append((name, given.get("value") or ""))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in given:
            self.fields.append((self._select, given.get("value") or ""))
        elif tag == "textarea":
            self._area, self._text = name, ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area:
            self.fields.append((self._area, self._text.removeprefix("\r\n").removeprefix("\n")))
            self._area = None


def form_of(page: str, css_class: str = "admin-form") -> MultiDict[str, str]:
    """Return what a browser would post of a page's form, unchanged."""
    parser = _Form()
    start = page.index(f'class="{css_class}')
    parser.feed(page[start : page.index("</form>", start)])
    return MultiDict(parser.fields)


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Collect the SQL statements of a block, transaction control aside."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA", "SAVEPOINT")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
