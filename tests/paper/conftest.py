"""The province with closed and with published communes, and with rows everywhere."""

from tests.permissions.full import full  # noqa: F401 - fixture
from tests.support.results import closed, done  # noqa: F401 - fixtures
