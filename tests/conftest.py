"""Fixtures for every test: the database and the browser."""

from __future__ import annotations

from hypothesis import settings

# Imported, not named below as a plugin: only so do they go before the fixtures of pytest-playwright they replace.
from tests.support.browser import base_url, browser_context_args, browser_type_launch_args, new_context  # noqa: F401

pytest_plugins = ["tests.support.database", "tests.support.world"]

# The same examples in every run; look for new ones with --hypothesis-profile=explore.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("same")
