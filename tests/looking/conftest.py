"""Fixtures of the tests on looking as a user: the small province, and the full one for what holds on every route."""

from tests.permissions.full import full  # noqa: F401
