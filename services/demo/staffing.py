"""One staff-change request of the demo (Điều 8): a row that was carried out, one that was not accepted, one that waits."""

from __future__ import annotations

import models as m
from extensions import db
from rules.vocabulary import Function, StaffDecision, StaffMove
from services.demo import words
from services.demo.names import full_name
from services.demo.stage import Stage

UNIT = "X003"


def load(stage: Stage) -> None:
    """Let the leader of a commune report three people, and the administrator decide two of them."""
    unit, officer = stage.units[UNIT], stage.officer(UNIT)
    request = m.StaffRequest(
        unit_id=unit.id, author_id=stage.leader(UNIT), created_at=stage.days.at(-6), sent_at=stage.days.at(-6)
    )
    db.session.add(request)
    db.session.flush()
    name = full_name(f"cb.{UNIT.lower()}")
    decided = {"decided_at": stage.days.at(-5), "decided_by_id": stage.account("snv.quantri")}
    common = {"request_id": request.id, "unit_id": unit.id, "function": Function.OFFICER}
    db.session.add_all(
        (
            m.StaffChange(
                **common,
                **decided,
                number=1,
                move=StaffMove.RECRUITED,
                account_id=officer,
                full_name=name,
                effective_on=stage.days.on(-5),
                decision=StaffDecision.DONE,
            ),
            m.StaffChange(
                **common,
                **decided,
                number=2,
                move=StaffMove.MOVED,
                account_id=officer,
                full_name=name,
                destination=words.MOVES_TO,
                effective_on=stage.days.on(-3),
                decision=StaffDecision.REFUSED,
                answer=words.NO_DECISION,
            ),
            m.StaffChange(
                **common,
                number=3,
                move=StaffMove.RECRUITED,
                full_name=full_name("moi.x003"),
                effective_on=stage.days.on(4),
                note=words.NEWCOMER,
            ),
        )
    )
    db.session.flush()
