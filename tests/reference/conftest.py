"""The small province as helpers find it: two departments have claimed, the deadline is over."""

from __future__ import annotations

import pytest

from tests.appraisal import steps
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def locked(province: Province, database: Database) -> Province:
    """Sở Tư pháp and Sở Xây dựng have signed full forms; their helpers are at work."""

    def build() -> None:
        for unit in ("SA", "SB"):
            steps.claim(province, unit)

    return steps.state(province, database, "two claims", build)
