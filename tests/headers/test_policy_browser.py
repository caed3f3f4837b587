"""CF-02, CF-04 in Chromium: no page breaks the content policy, complains or asks another host; what is slipped in does not run.

Every browser test fails when a page asks another host or breaks the policy (``tests/support/browser.py``); here every page there is
is opened, with the person's own rows in its address, and the acts of a generated screen are done once.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, expect

from tests.headers.test_answers import directives
from tests.permissions.crawl import Crawler, rules_of
from tests.permissions.readers import READERS, Everything
from tests.support.world import Province
from tests.test_accessibility import sign_in

Context = Callable[..., BrowserContext]
LOGINS = ("admin", "officer.x11", "leader.x12", "helper1.p", "chair.p")
#: Told by the browser itself as an event, before anything of the page runs.
WATCH = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`violation: ${event.violatedDirective} ${event.blockedURI} ${event.sample}`));"""


class Watched:
    """One person's browser; ``said`` holds what pages complained about, with their address."""

    def __init__(self, context: BrowserContext, login: str) -> None:
        self.said: list[str] = []
        self.loaded: set[str] = set()
        context.add_init_script(WATCH)
        context.set_default_timeout(8000)
        context.on("console", self._hear)
        context.on("request", lambda asked: asked.is_navigation_request() or self.loaded.add(asked.url))
        self.page: Page = sign_in(context, login)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.said.append(f"{self.page.url}: {message.text}")


def pages(full: Province, login: str) -> list[str]:
    """Return every address, with own rows in it, that answers this person with a page."""
    with full.system():
        all_ = Everything.read()
    crawler = Crawler(full, next(reader for reader in READERS if reader.login == login), all_)
    found = []
    for rule in rules_of(full.app, "GET"):
        if "export" in rule.endpoint or rule.rule.startswith(("/papers/", "/files/")) or "ajax" in rule.rule:
            continue  # files, and answers to a script
        if login != "admin" and rule.rule.startswith("/admin/"):
            continue  # the same templates; the administrator opens them all
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        answer = crawler.client.get(url, buffered=True)
        if answer.status_code == 200 and answer.mimetype == "text/html" and "attachment" not in str(answer.headers):
            found.append(url)
    return found


@pytest.mark.parametrize("login", LOGINS)
def test_no_page_breaks_the_policy_or_complains(
    new_context: Context, full: Province, base_url: str, login: str
) -> None:
    own = pages(full, login)
    assert len(own) > 8
    browser = Watched(new_context(), login)
    for path in own:
        browser.page.goto(path)
    assert browser.said == []
    # All that a page asks for is this server's: its own files, its own data, nothing that Flask-Admin brings along.
    assert {urlsplit(url).netloc for url in browser.loaded if not url.startswith(("data:", "blob:"))} == {
        urlsplit(base_url).netloc
    }
    assert not [url for url in browser.loaded if "/admin/static/" in url]


def test_the_acts_of_a_generated_screen_keep_to_it_too(new_context: Context, full: Province) -> None:
    """List, create, edit in the list, edit, details, delete, a bulk act."""
    browser = Watched(new_context(), "admin")
    page = browser.page
    page.goto("/admin/unit-group/new/?url=/admin/unit-group/")
    page.locator(".admin-form [name=name]").fill("Nhóm thử")
    page.locator(".admin-form [name=code]").fill("nhom-thu")
    page.locator(".admin-form .form-buttons button").first.click()
    row = page.locator("tr", has_text="Nhóm thử")
    expect(row).to_be_visible()
    acts = row.locator("a.row-act").evaluate_all("(links) => links.map((link) => link.href)")
    edit = next(address for address in acts if "/edit/" in address)
    for address in (edit.replace("/edit/", "/details/"), edit):
        page.goto(address)
    page.locator(".admin-form [name=name]").fill("Nhóm khác")
    page.locator(".admin-form .form-buttons button").first.click()
    expect(page.locator("tr", has_text="Nhóm khác")).to_be_visible()
    page.goto(edit)
    page.locator("form[action*='/delete/'] button").click()
    page.locator("dialog[open] button[value=yes]").click()
    page.wait_for_url("**/admin/unit-group/")
    expect(page.locator("tr", has_text="Nhóm khác")).to_have_count(0)
    page.goto("/admin/level/")
    page.locator("a[data-pk][id^=position]").first.click()
    page.locator("form.in-place input").fill("7")
    page.locator("form.in-place button").first.click()
    expect(page.locator("form.in-place")).to_have_count(0)
    page.goto("/admin/account/")
    page.locator("tr", has_text="officer.x12").locator("input.action-checkbox").check()
    page.locator("[data-bulk-action]").first.click()
    page.locator("#reason").fill("Thử")
    page.locator("form.card button.button-danger").click()
    page.wait_for_url("**/admin/account/**")
    expect(page.locator("input.action-checkbox:checked")).to_have_count(0)
    assert browser.said == []


SLIPPED = {
    "script": "<script>window.slipped = true</script>",
    "handler": '<img src="data:," onerror="window.slipped = true">',
    "address": '<a id="slip" href="javascript:window.slipped = true">x</a>',
    "style": "<style>body { margin-left: 77px }</style>",
    "style attribute": '<p style="position: fixed; margin-left: 77px">x</p>',
    "frame": '<iframe src="https://evil.example/"></iframe>',
    "object": '<object data="/static/img/mark.svg"></object>',
    "base": '<base href="https://evil.example/">',
    "old nonce": '<script nonce="{nonce}">window.slipped = true</script>',
}


def slip(route: Route, *, markup: str) -> None:
    """Hand on an answer of ours, its headers as they are, with something more in its page."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("</main>", f"{markup}</main>"))


@pytest.mark.parametrize("path", ["/account/", "/admin/unit-group/"])
def test_what_is_slipped_into_a_page_does_nothing(browser: Any, base_url: str, full: Province, path: str) -> None:
    """As if a template had forgotten to escape: the markup stands in the answer, the policy of the answer stops it.

    A browser of its own, since here pages do break the policy.
    """
    old = directives(full.client("admin").get(path))["script-src"][-1].removeprefix("'nonce-").rstrip("'")
    context = browser.new_context(base_url=base_url, locale="vi-VN")
    try:
        page = sign_in(context, "admin")
        violations: list[str] = []
        page.add_init_script(WATCH)
        page.on("console", lambda message: violations.append(message.text))
        page.on("request", lambda asked: asked.url.startswith(base_url) or violations.append(f"asked {asked.url}"))
        for name, markup in SLIPPED.items():
            violations.clear()

            page.route(f"**{path}", partial(slip, markup=markup.replace("{nonce}", old)))
            page.goto(path)
            if name == "address":
                page.locator("#slip").click()
            page.wait_for_timeout(50)
            page.unroute(f"**{path}")
            assert page.evaluate("() => window.slipped") is None, name
            assert page.evaluate("() => getComputedStyle(document.body).marginLeft") != "77px", name
            assert page.evaluate("() => document.baseURI").startswith(base_url), name
            assert any(said.startswith("violation: ") for said in violations), f"{name}: nothing was blocked"
            assert not [said for said in violations if said.startswith("asked https://evil")] or name == "frame", name
    finally:
        context.close()
