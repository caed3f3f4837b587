"""Send hostile values through every parameter that a route really reads; the crawler fills in the addresses.

Which parameters those are is not written down: a route is asked once by a request that notes every name its view looks for.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import unquote_plus

from flask import Flask
from werkzeug.datastructures import MultiDict
from werkzeug.routing import Rule
from werkzeug.test import TestResponse
from werkzeug.utils import cached_property

import models as m
from tests.permissions.crawl import Crawler, normal, rules_of, text_of, views_of
from tests.permissions.readers import Everything
from tests.permissions.test_routes import CALM, CRAWLERS, OWN_SESSION, granted, opens
from tests.support.world import Province

#: What no answer may hold, whoever made it: traces, statements, paths, versions.
TELLTALE = re.compile(
    r"Traceback|File \"|sqlalchemy|psycopg|sqlite3?\.|OperationalError|ProgrammingError|SELECT \w+\.\w+|INSERT INTO|"
    r"syntax error|/site-packages/|/usr/lib/python|jinja2|UndefinedError",
    re.IGNORECASE,
)


class Noted(MultiDict[str, str]):
    """Values that note which names were looked for."""

    def __init__(self, values: MultiDict[str, str], names: set[str]) -> None:
        super().__init__(values)
        self.names = names

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.names.add(key)
        return super().get(key, *args, **kwargs)

    def getlist(self, key: str, *args: Any, **kwargs: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *args, **kwargs)


@dataclass
class Names:
    """Names that each endpoint looks for in its address and in its form."""

    args: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    form: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


#: What the routes of this product look for: learned once in a process.
_KNOWN = Names()


@contextmanager
def noting(app: Flask, names: Names) -> Iterator[Names]:
    """Note the names that views look for."""
    plain: Any = app.request_class

    class Noting(plain):  # type: ignore[misc]
        @cached_property
        def args(self) -> Any:
            return Noted(super().args, names.args[str(self.endpoint)])

        def _load_form_data(self) -> None:
            first = "form" not in self.__dict__
            super()._load_form_data()
            if first:
                self.__dict__["form"] = Noted(self.__dict__["form"], names.form[str(self.endpoint)])

    app.request_class = Noting
    try:
        yield names
    finally:
        app.request_class = plain


@dataclass
class Range:
    """All crawlers, the reader that opens each route, and the names each route looks for."""

    province: Province
    crawlers: list[Crawler]
    rights: dict[str, set[str]]
    names: Names

    @classmethod
    def of(cls, province: Province) -> Range:
        with province.system():
            all_ = Everything.read()
        rights = granted(province)
        crawlers = [Crawler(province, reader, all_) for reader in CRAWLERS]
        found = cls(province, crawlers, rights, _KNOWN)
        if _KNOWN.args:
            return found
        with noting(province.app, _KNOWN) as names:
            for rule in found.rules("GET"):
                crawler, url = found.own(rule)
                crawler.client.get(url, buffered=True)
            for rule in found.rules("POST"):
                crawler, url = found.own(rule)
                send(crawler, "POST", url, data={"csrf_token": crawler.csrf})
        for view in views_of(province.app):
            filters = getattr(view, "_filter_args", None) or ()
            for page in ("index_view", "export"):
                names.args[f"{view.endpoint}.{page}"] |= {f"flt0_{key}" for key in filters}
        return found

    def rules(self, method: str) -> list[Rule]:
        return [rule for rule in rules_of(self.province.app, method) if rule.endpoint not in OWN_SESSION]

    def own(self, rule: Rule) -> tuple[Crawler, str]:
        """Return the first reader a route opens to, and the address of something it may see there."""
        crawler = next(
            (c for c in self.crawlers if c.reader and opens(self.province, rule, self.rights[c.reader.role])),
            self.crawlers[0],
        )
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        model = crawler.id_model(rule.endpoint)
        if model in (m.Account, m.Post) and (seen := crawler.sees(model)):
            url = with_argument(url, "id", str(max(seen)))  # the first one is the reader's own: it would end itself
        return crawler, url


def with_argument(url: str, name: str, value: str) -> str:
    """Return the address with one argument set to an already encoded value."""
    path, _, query = url.partition("?")
    kept = [part for part in query.split("&") if part and not part.startswith(f"{name}=")]
    return f"{path}?{'&'.join([*kept, f'{name}={value}'])}"


def send(crawler: Crawler, method: str, url: str, **more: Any) -> TestResponse:
    """Send it; a fault of the program, an unexpected status or a telltale word is told with the address."""
    try:
        answer = crawler.client.open(url, method=method, buffered=True, **more)
    except Exception as fault:
        raise AssertionError(f"{method} {url[:200]} {str(more)[:200]}: {type(fault).__name__}: {fault}") from fault
    assert answer.status_code in CALM, f"{method} {url[:200]} {str(more)[:200]}: {answer.status_code}"
    if answer.mimetype.startswith("text/"):
        told = TELLTALE.search(answer.get_data(as_text=True))
        assert told is None, f"{method} {url[:200]} tells {told}"
    if answer.status_code in (302, 303) and answer.location.startswith("/login"):
        crawler.__post_init__()  # what was posted ended the own sessions: sign in again
    elif answer.status_code in (302, 303):
        with crawler.client.session_transaction() as session:
            session.pop("_flashes", None)
    return answer


def without(text: str, value: str) -> str:
    """Return an answer without the value it gives back, however it is written there: escaped, encoded, or both."""
    return unquote_plus(unescape(unquote_plus(unescape(text)))).replace(unquote_plus(value), "¤")


def words(answer: TestResponse, value: str) -> tuple[int, str]:
    return answer.status_code, normal(without(text_of(answer), value))
