"""The province with closed and with published communes."""

from tests.support.results import closed, done  # noqa: F401 - fixtures
