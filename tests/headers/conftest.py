"""The full province of the tests of permissions, for what holds on every route."""

from tests.permissions.conftest import full  # noqa: F401
