"""What tests of the trail share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import event

from tests.support.database import Database


@pytest.fixture
def statements(database: Database) -> Iterator[Callable[[], list[str]]]:
    """Return a list that every further statement is added to."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    def begin() -> list[str]:
        seen.clear()
        return seen

    event.listen(database.engine, "before_cursor_execute", note)
    yield begin
    event.remove(database.engine, "before_cursor_execute", note)
