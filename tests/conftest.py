"""Fixtures for every test: the database and the browser."""

from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["tests.support.database", "tests.support.browser", "tests.support.world"]

# The same examples in every run; look for new ones with --hypothesis-profile=explore.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("same")
