"""A person at the browser: one account, one browser of its own; finds things by the words that stand on the page."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Self

from flask import Flask
from flask_babel import force_locale, gettext, ngettext
from playwright.sync_api import BrowserContext, Locator, Page, Response, expect

from tests.support.world import PASSWORD

#: Where the pictures of the guides go; made only when ``PARINDEX_PICTURES`` is set.
PICTURES = Path(__file__).parents[2] / "docs" / "images"
WIDE, NARROW, MOST_HIGH = 1280, 390, 860

Browsers = Callable[..., BrowserContext]


class Words:
    """What a sentence of the code reads in Vietnamese."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    def __call__(self, sentence: str, **parts: object) -> str:
        with self.app.test_request_context(), force_locale("vi"):
            return gettext(sentence, **parts)

    def several(self, one: str, many: str, number: int) -> str:
        with self.app.test_request_context(), force_locale("vi"):
            return ngettext(one, many, number)


class Person:
    """One signed-in person; leaving the ``with`` block closes the browser."""

    def __init__(self, context: BrowserContext, words: Words, login: str) -> None:
        self.context, self.words, self.login = context, words, login
        self.page: Page = context.new_page()
        self.page.set_default_timeout(10_000)
        self.go("/login")
        self.page.get_by_label(words("Login"), exact=True).fill(login)
        self.page.get_by_label(words("Password"), exact=True).fill(PASSWORD)
        self.press("Sign in")
        expect(self.heading()).to_have_text(words("My work"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    def go(self, path: str) -> Response:
        """Open an address of the site; a page that fails is a fault of the test at once."""
        answer = self.page.goto(path)
        assert answer is not None
        assert answer.ok, f"{self.login}: {path} answers {answer.status}"
        return answer

    def menu(self, entry: str) -> None:
        """Go by the main menu."""
        ways = self.page.get_by_role("navigation", name=self.words("Main"))
        ways.get_by_role("link", name=self.words(entry), exact=True).click()

    def heading(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def button(self, sentence: str, **parts: object) -> Locator:
        return self.page.get_by_role("main").get_by_role("button", name=self.words(sentence, **parts), exact=True)

    def link(self, sentence: str, **parts: object) -> Locator:
        return self.page.get_by_role("link", name=self.words(sentence, **parts), exact=True)

    def press(self, sentence: str, **parts: object) -> None:
        self.button(sentence, **parts).click()

    def confirm(self, sentence: str) -> None:
        """Press a button that asks first, and say yes."""
        self.press(sentence)
        self.page.get_by_role("dialog").get_by_role("button", name=self.words(sentence), exact=True).click()

    def fill(self, sentence: str, value: str) -> None:
        self.page.get_by_role("main").get_by_label(self.words(sentence), exact=True).fill(value)

    def fill_choice(self, sentence: str, choice: str) -> None:
        self.page.get_by_role("main").get_by_label(self.words(sentence), exact=True).select_option(label=choice)

    def panel(self) -> Locator:
        """Return the part of the appraisal desk where the helper writes."""
        return self.page.get_by_role("region", name=self.words("Appraisal"))

    def download(self, link: Locator) -> str:
        """Press a link that gives a file; return its text."""
        with self.page.expect_download() as given:
            link.click()
        return Path(given.value.path()).read_text(encoding="utf-8-sig")

    def told(self, text: str) -> None:
        """Expect a text on the page."""
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def text(self) -> str:
        """Return all that the page holds, attributes and hidden parts included."""
        return self.page.content()

    def picture(self, name: str, *, narrow: bool = False, part: Locator | None = None) -> None:
        """Take a picture for the guides: the top of the page, as high as it is filled, or one part of it."""
        if not name or not os.environ.get("PARINDEX_PICTURES"):
            return
        path, width = PICTURES / f"{name}.png", NARROW if narrow else WIDE
        self.page.set_viewport_size({"width": width, "height": 300})
        height = self.page.evaluate("document.documentElement.scrollHeight")
        self.page.set_viewport_size({"width": width, "height": min(height, MOST_HIGH)})
        self.page.evaluate("window.scrollTo(0, 0)")
        (self.page if part is None else part).screenshot(path=path, animations="disabled", caret="hide")
        self.page.set_viewport_size({"width": WIDE, "height": 900})


def people(new_context: Browsers, app: Flask) -> Callable[..., Person]:
    """Return what gives a browser of its own to a person, by login; ``script=False`` for one without script."""
    words = Words(app)

    def come(login: str, *, script: bool = True) -> Person:
        context = new_context(viewport={"width": WIDE, "height": 900}, java_script_enabled=script)
        return Person(context, words, login)

    return come
