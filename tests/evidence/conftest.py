"""A store of its own for each test of evidence files, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.support.world import PASSWORD, Province


@pytest.fixture(autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Let the application keep its files in an empty folder; return the folder ``evidence``."""
    if "database" not in request.fixturenames:
        yield tmp_path / "evidence"
        return
    app = request.getfixturevalue("database").app
    before = app.config["PARINDEX"]
    app.config["PARINDEX"] = replace(before, data_dir=tmp_path)
    yield tmp_path / "evidence"
    app.config["PARINDEX"] = before


@pytest.fixture
def settings(province: Province, store: Path) -> Callable[..., None]:
    """``settings(file_bytes=1000)`` changes settings of evidence for the test."""

    def change(**changes: Any) -> None:
        config = province.app.config["PARINDEX"]
        province.app.config["PARINDEX"] = replace(config, evidence=replace(config.evidence, **changes))

    return change


@pytest.fixture
def sign_in(new_context: Callable[..., BrowserContext], province: Province) -> Callable[..., Page]:
    """``sign_in("officer.x11", width=390)`` gives a page of a browser of its own, signed in."""

    def make(login: str, *, width: int = 1440, script: bool = True) -> Page:
        context = new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
        context.set_default_timeout(8_000)
        page = context.new_page()
        page.goto("/login")
        page.locator("[name=username]").fill(login)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return make
