"""Fixtures of the tests on what a client may send (security, rows IN)."""

from tests.permissions.full import full  # noqa: F401
