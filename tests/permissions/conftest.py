"""Fixtures of the tests on who may."""

from tests.permissions.full import full  # noqa: F401
