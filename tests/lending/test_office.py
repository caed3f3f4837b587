"""Sở Nội vụ lends on its generated screen under the same rules, in the same words, as a giver on its own page."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

import models as m
from models import clock
from rules.verbs import Verb
from tests.admin.desk import Desk
from tests.lending.support import count, day, lend
from tests.permissions.stages import by, writing
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "admin")


def _post(province: Province) -> str:
    holder = province.id_of(m.Account, username="leader.x11")
    return f"delegation/new/?post={province.id_of(m.Post, account_id=holder)}"


def _filled(province: Province, **changed: Any) -> dict[str, Any]:
    days = {"valid_from": day(province, 0).isoformat(), "valid_to": day(province, 1).isoformat()}
    return {"receiver": "officer.x11", "reason": "Đi công tác", "verbs": ["sign"], **days, **changed}


def test_the_same_faults_in_the_same_words(province: Province, desk: Desk) -> None:
    path = _post(province)
    for changed, said in (
        ({"receiver": "leader.x11"}, "Không ai tự ủy quyền cho chính mình"),
        ({"valid_from": day(province, -1).isoformat()}, "Ngày bắt đầu không được ở quá khứ"),
        ({"valid_to": day(province, 400).isoformat()}, "không quá mười hai tháng"),
        ({"verbs": ["lend"]}, "Quyền"),
        ({"reason": " \n "}, "Lý do"),
    ):
        assert said in desk.refused(path, **_filled(province, **changed)), changed
    assert count(province) == 0
    lend(province, "leader.x11", "officer.x11", Verb.SIGN)
    assert "đã được ủy quyền cho Cán bộ Xã Ấp Bắc" in desk.refused(path, **_filled(province))
    with writing(province):
        by(m.Account, username="officer.x12").valid_to = day(province, -1)
    said = desk.refused(path, **_filled(province, receiver="officer.x12"))
    assert "Tài khoản của Cán bộ Xã Đức Hòa hiện không sử dụng được" in said
    with writing(province):
        by(m.Account, username="leader.x11").active = False
    assert "Tài khoản của người ủy quyền" in desk.refused(path, **_filled(province, receiver="leader.x12"))


def test_a_delegation_that_runs_is_changed_but_begins_when_it_began(province: Province, desk: Desk) -> None:
    lend(province, "leader.x11", "officer.x11", Verb.SIGN, since=-5, until=5)
    path = f"delegation/edit/?id={province.id_of(m.Delegation)}"
    filled = _filled(
        province, valid_from=day(province, -5).isoformat(), valid_to=day(province, 9).isoformat(), version="1"
    )
    desk.saved(path, **filled)
    earlier = {**filled, "valid_from": day(province, -6).isoformat(), "version": "2"}
    assert "Ngày bắt đầu không được ở quá khứ" in desk.refused(path, **earlier)


def test_what_was_revoked_is_not_changed_any_more(province: Province, desk: Desk) -> None:
    lend(province, "leader.x11", "officer.x11", Verb.SIGN)
    id_ = province.id_of(m.Delegation)
    desk.post("delegation/action/", action="revoke", rowid=[id_], reason="Hết nhu cầu")
    version = 2
    said = desk.refused(f"delegation/edit/?id={id_}", **_filled(province, version=version, reason="Gia hạn"))
    assert "đã bị thu hồi" in said


def test_who_left_the_unit_during_the_round_is_not_lent_its_judging(province: Province, desk: Desk) -> None:
    with writing(province):
        by(m.Round, code="2024").opened_at = clock.now() - timedelta(days=20)
        gone = by(m.Account, username="officer.x11")
        gone.unit_id = by(m.Unit, code="P").id
        post = by(m.Post, account_id=gone.id)
        post.valid_to = day(province, -5)
    seat = province.id_of(m.Seat, account_id=province.id_of(m.Account, username="chair.h1"))
    path = f"delegation/new/?seat={seat}"
    filled = _filled(province, receiver="officer.x11", verbs=["approve"])
    assert "đã tham gia tự đánh giá ở đó" in desk.refused(path, **filled)
    with writing(province):
        by(m.Post, account_id=by(m.Account, username="officer.x11").id).valid_to = day(province, -30)
    desk.saved(path, **filled)
