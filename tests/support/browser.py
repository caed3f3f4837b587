"""Chromium against the application on a local port, in Vietnamese and in the time of the province.

Every browser test fails for free when a page asks another host, raises an error in its script or breaks the content
security policy. Several people in one test: ``new_context()`` for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError
from werkzeug.serving import WSGIRequestHandler, make_server

from tools import browser as chromium

if TYPE_CHECKING:
    from tests.support.database import Database  # a plugin: pytest wants to be the first to import it


class _Quiet(WSGIRequestHandler):
    """Answers without a line in the log for each request."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        return


@pytest.fixture(scope="session")
def base_url(database: Database) -> Iterator[str]:
    """The address of the application, served by threads of this worker; ``page.goto("/")`` starts from it."""
    server = make_server("127.0.0.1", 0, database.app, threaded=True, request_handler=_Quiet)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium.executable(), "args": chromium.flags()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


@pytest.fixture
def new_context(
    new_context: Callable[..., BrowserContext], database: Database, base_url: str
) -> Iterator[Callable[..., BrowserContext]]:
    """Make a browser of its own (cookies, storage) for one person; ``page`` is one as well."""
    wrong: list[str] = []

    def on_request(request: Request) -> None:
        if not request.url.startswith((base_url, "data:", "blob:", "about:")):
            wrong.append(f"asked another host: {request.url}")

    def on_console(message: ConsoleMessage) -> None:
        if message.type == "error" and "Content Security Policy" in message.text:
            wrong.append(message.text)

    def on_error(error: WebError) -> None:
        wrong.append(f"script error: {error.error}")

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.on("request", on_request)
        context.on("console", on_console)
        context.on("weberror", on_error)
        return context

    yield make
    if wrong:
        pytest.fail("\n".join(wrong))
