"""One authority of the demo that is lent: a leader away from office lets the officer sign (Điều 9.1)."""

from __future__ import annotations

from sqlalchemy import select

import models as m
from extensions import db
from rules.verbs import Verb
from rules.vocabulary import Function
from services.demo import words
from services.demo.stage import Stage

GIVER, RECEIVER, UNIT = "ld.s15", "cb.s15", "S15"


def load(stage: Stage) -> None:
    """Lend the signature of one leader to one officer."""
    post = db.session.scalars(
        select(m.Post).where(m.Post.account_id == stage.account(GIVER), m.Post.function == Function.LEADER)
    ).one()
    db.session.add(
        m.Delegation(
            post_id=post.id,
            receiver_id=stage.account(RECEIVER),
            unit_id=stage.units[UNIT].id,
            verbs=[verb.value for verb in (Verb.READ, Verb.SIGN, Verb.TAKE_BACK)],
            valid_from=stage.days.on(-2),
            valid_to=stage.days.on(20),
            reason=words.DELEGATED,
        )
    )
    db.session.flush()
