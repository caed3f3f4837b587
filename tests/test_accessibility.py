"""Every page without arguments in its address, as each role: no serious fault for axe, no sideways scroll on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from permissions.routes import stated
from tests.support.world import PASSWORD, Province

Context = Callable[..., BrowserContext]
#: Files and probes, not pages.
NO_PAGES = ("export", "static", "health", "ajax", "download")
#: The administrator walks every page; the others those that look different for them.
LOGINS = ("admin", "manager.h1", "officer.x11", "helper.h1", "member.h1", "auditor")


def pages(province: Province, login: str) -> list[str]:
    """Return the addresses that answer this person with a page."""
    client = province.client(login)
    rules = [
        rule.rule
        for rule in province.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments and stated(province.app, rule.endpoint)
    ]
    open_ = [rule for rule in sorted(rules) if not any(word in rule for word in NO_PAGES)]
    answers = {rule: client.get(rule) for rule in open_}
    return [rule for rule, answer in answers.items() if answer.status_code == 200 and answer.mimetype == "text/html"]


def sign_in(context: BrowserContext, login: str) -> Page:
    page = context.new_page()
    page.goto("/login")
    page.locator("[name=username]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    return page


@pytest.mark.parametrize("login", LOGINS)
def test_pages_speak_to_everybody_and_fit_a_phone(new_context: Context, province: Province, login: str) -> None:
    own = pages(province, login)
    if login != "admin":
        own = [path for path in own if not path.startswith("/admin/")] or own
    assert own
    page = sign_in(new_context(viewport={"width": 1280, "height": 900}), login)
    faults: list[str] = []
    for path in own:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(path)
        faults += [
            f"{path}: {one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in ("serious", "critical")
        ]
        page.set_viewport_size({"width": 390, "height": 844})
        if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            faults.append(f"{path}: scrolls sideways at 390 px")
    assert faults == []
