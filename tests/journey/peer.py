"""A neighbour on the same level: opens every page it can reach and must find nothing of the others (Điều 4.2)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode

from playwright.sync_api import APIResponse

from tests.journey.person import Person
from tests.support.words import words_of

#: A page links to more pages; nobody's links are endless here.
MOST_PAGES = 250
_LINK = re.compile(r'(?:href|action)="(/[^"#]*)')
_SELECT = re.compile(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
_OPTION = re.compile(r'<option value="(\w+)"')


def pages(peer: Person) -> dict[str, str]:
    """Return path and text of every page and file that links and choices lead to, from the home page on."""
    seen: dict[str, str] = {}
    waiting = ["/"]
    while waiting:
        path = _plain(waiting.pop())
        if path in seen or path.startswith("/static/"):
            continue
        answer = _get(peer, path)
        if answer.status != 405:  # 405: the address of a form that only posts
            seen[path] = _text(peer, path, answer)
            waiting += [html.unescape(link) for link in _LINK.findall(seen[path])]
            waiting += _choices(path, seen[path])
        assert len(seen) <= MOST_PAGES, sorted(seen)
    return seen


def _choices(path: str, page: str) -> list[str]:
    """Return the addresses that the drop-downs of a page lead to."""
    start = path.partition("?")[0]
    return [
        f"{start}?{name}={value}"
        for name, options in _SELECT.findall(page)
        for value in _OPTION.findall(options)
        if name in ("edition", "level", "round", "group")
    ]


def sees_nothing_of(
    peer: Person, texts: Iterable[str], closed: Iterable[str] = (), only: Iterable[str] | None = None
) -> None:
    """Expect none of the texts on any page (or on these only), and the closed addresses to answer like missing ones."""
    texts = list(texts)
    for path, page in (
        pages(peer) if only is None else {path: _text(peer, path, _get(peer, path)) for path in only}
    ).items():
        found = [text for text in texts if text in html.unescape(page)]
        assert not found, f"{peer.login} reads {found} on {path}"
    for path in closed:
        missing = re.sub(r"\d{1,6}", "999999", path)
        assert _shape(peer, path) == _shape(peer, missing), f"{peer.login} tells {path} apart from what is not there"


def _plain(path: str) -> str:
    """Return an address without what only arranges its rows: the same page in another order holds the same."""
    start, _, query = path.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in ("sort", "desc", "page_size")]
    return f"{start}?{urlencode(kept)}" if kept else start


def _get(peer: Person, path: str) -> APIResponse:
    base = peer.page.url.split("/", 3)
    return peer.context.request.get(f"{base[0]}//{base[2]}{path}")


def _text(peer: Person, path: str, answer: APIResponse) -> str:
    """Return the words of a page, a workbook or a paper."""
    assert answer.ok, f"{peer.login}: {path} answers {answer.status}"
    return words_of(answer.body(), path)


def _shape(peer: Person, path: str) -> str:
    """Return the answer "not found" without what differs by itself: token, address asked for, reference number."""
    answer = _get(peer, path)
    assert answer.status == 404, f"{peer.login}: {path} answers {answer.status}"
    return re.sub(r'name="csrf_token" value="[^"]*"|<code>\w+</code>', "", answer.text()).replace(path, "")
