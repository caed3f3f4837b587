"""Two people of Sở Nội vụ press "publish" at the same moment."""

from __future__ import annotations

from threading import Barrier, Thread

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Refused
from services.publication import publish
from tests.support.results import DECISION, group_id, preview_mark
from tests.support.world import Province


def test_one_of_two_at_the_same_moment_wins(closed: Province) -> None:
    id_, seen = group_id(closed), preview_mark(closed)
    start = Barrier(2)
    outcomes: list[str] = []

    def press() -> None:
        with closed.acting("admin"):
            start.wait()
            try:
                outcomes.append(f"edition {publish(id_, *DECISION, seen).number}")
            except Refused as refused:
                outcomes.append(str(refused.verdict.refusal))

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["edition 1", "state"]
    with closed.system():
        assert list(db.session.scalars(select(m.Edition.number))) == [1]
        assert len(db.session.scalars(select(m.EditionRow.id)).all()) == 4
