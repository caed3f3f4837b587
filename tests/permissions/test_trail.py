"""The trail: each change with who, what and why, in the transaction of the change or not at all (Điều 5.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import g
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused, act
from rules.verbs import Verb
from rules.vocabulary import Stage
from services import account as accounts
from services import supervision
from services.score import EntryFault
from tests.permissions.stages import (
    acting_as,
    by,
    form_of,
    loaded,
    new_score,
    put,
    trail,
    writing,
)
from tests.support.world import PASSWORD, Province


def test_each_change_leaves_its_trace_with_who_what_and_why(province: Province) -> None:
    with acting_as(province, "officer.x11") as actor:
        g.request_id = "abc123"
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            first = put(scoring, form, code="1.4", inputs={"count": "1"}, note="lần đầu").version
            moment = scoring.now
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "2"}, note="lần đầu", version=first)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "2"}, note="lần đầu", version=first + 1)  # nothing new
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={}, version=first + 1)  # emptied: not scored again
    made, changed, deleted = trail(province, object_type="Score")
    assert [entry.operation for entry in (made, changed, deleted)] == ["create", "update", "delete"]
    assert len({entry.object_id for entry in (made, changed, deleted)}) == 1
    assert (made.actor_id, made.actor_name) == (actor.account_id, "Cán bộ Xã Ấp Bắc")
    assert (made.authority, made.verb) == ("officer · Xã Ấp Bắc", "score")
    assert (made.unit_id, made.at, made.request_id) == (province.id_of(m.Unit, code="X11"), moment, "abc123")
    assert made.changes["points"] == [None, "7.5000"]
    assert changed.changes["points"] == ["7.5000", "5.0000"]
    assert changed.changes["inputs"] == [{"count": "1"}, {"count": "2"}]
    assert "note" not in changed.changes, "what stayed is not told"
    assert deleted.changes["points"] == ["5.0000", None]


def test_the_reason_is_kept_with_the_change(province: Province) -> None:
    with province.acting("manager.h1"):
        form = loaded(m.Assessment, form_of("X11").id)
        supervision.extend(form, Stage.SELF_SCORING, clock.now() + timedelta(days=15), "  Mất điện hai ngày  ")
    entries = trail(province, verb="extend")
    assert {entry.object_type for entry in entries} == {"Extension", "Notice"}
    assert {entry.reason for entry in entries} == {"Mất điện hai ngày"}
    assert {entry.authority for entry in entries} == {"manager · Huyện Đông Thành"}
    assert {entry.unit_id for entry in entries} == {province.id_of(m.Unit, code="X11")}


def test_what_is_done_for_another_names_both(province: Province) -> None:
    with writing(province) as now:
        giver = by(m.Account, username="leader.x11")
        delegation = m.Delegation(
            post_id=by(m.Post, account_id=giver.id).id,
            receiver_id=by(m.Account, username="officer.x11").id,
            unit_id=by(m.Unit, code="X11").id,
            verbs=[Verb.SIGN.value],
            valid_from=now.now.date() - timedelta(days=1),
            valid_to=now.now.date() + timedelta(days=2),
            reason="đi họp",
        )
        db.session.add(delegation)
        db.session.flush()
        key = f"delegation:{delegation.id}"
    with acting_as(province, "officer.x11", key) as actor:
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SIGN, form) as signing:
            form.signed_at, form.signed_by_id = signing.now, actor.account_id
    (entry,) = trail(province, object_type="Assessment")
    assert entry.actor_name == "Cán bộ Xã Ấp Bắc"
    assert (entry.authority, entry.on_behalf_of) == ("leader · Xã Ấp Bắc", "Lãnh đạo Xã Ấp Bắc")


def test_secrets_are_named_never_shown(province: Province) -> None:
    with acting_as(province, "officer.x11") as actor:
        assert accounts.change_password(actor.account_id, PASSWORD, "mot cau khac that la dai", "x") == {}
    (entry,) = trail(province, object_type="Account")
    assert entry.changes["password_hash"] == ["•••", "•••"]
    assert "argon2" not in str(entry.changes)
    assert entry.authority == "officer · Xã Ấp Bắc"


@pytest.mark.parametrize("when", ["before the flush", "after the flush", "by the database"])
def test_change_and_trace_stand_or_fall_together(province: Province, when: str) -> None:
    def fail() -> None:
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form)
            if when == "after the flush":
                db.session.flush()
            if when == "by the database":
                db.session.flush()
                db.session.add(new_score("X11"))  # the same leaf and layer again
                db.session.flush()
            raise RuntimeError

    with province.acting("officer.x11"), pytest.raises(IntegrityError if when == "by the database" else RuntimeError):
        fail()
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Score)) == 0
        assert db.session.scalar(select(func.count()).select_from(m.Subtotal).where(m.Subtotal.scored > 0)) == 0
    assert trail(province) == []


def test_reading_and_refused_acts_leave_no_trace(province: Province) -> None:
    with province.acting("officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        with pytest.raises(Refused), act(Verb.SIGN, form):
            pass
        with pytest.raises(EntryFault), act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "-1"})
    assert trail(province) == []
