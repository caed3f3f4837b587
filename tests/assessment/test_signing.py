"""The check, the leader's signature with its receipt, taking back until the deadline."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import current_actor
from rules.vocabulary import Layer, State
from services import findings, scoring
from tests.assessment.support import FULL, FULL_LEAVES, Person, move_to_deadline, person, vietnamese
from tests.support.world import Province

#: Leaves of FULL whose points need evidence.
WITH_EVIDENCE = ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2")


def _found(province: Province, unit: str = "X11") -> set[tuple[str, str]]:
    """Return grade and code of every finding, as the officer sees them."""
    with province.acting(f"officer.{unit.lower()}"):
        actor = current_actor()
        assert actor is not None
        reading = scoring.read(scoring.find(province.form_id(unit)), actor)
        return {(found.grade.value, found.code) for found in findings.check(reading)}


def _ready(province: Province) -> Person:
    """Fill the form of X11 so that nothing stands against signing; return its leader."""
    person(province, "officer.x11").send({**FULL, **{f"{code}:note": "Xem báo cáo năm" for code in WITH_EVIDENCE}})
    return person(province, "leader.x11")


def _form(province: Province, unit: str = "X11") -> m.Assessment:
    with province.system():
        form = db.session.get_one(m.Assessment, province.form_id(unit))
        db.session.expunge_all()
        return form


def test_an_empty_form_is_blocked_by_every_leaf_the_unit_scores_itself(province: Province) -> None:
    assert {code for grade, code in _found(province) if grade == "blocks"} == FULL_LEAVES


def test_a_leaf_that_does_not_apply_informs_and_never_blocks(province: Province) -> None:
    found = _found(province, "VP")
    assert ("informs", "2.1") in found
    assert not {code for grade, code in found if grade == "blocks"} & {"2.1", "2.2"}


def test_survey_bonus_and_penalty_never_block(province: Province) -> None:
    assert not {code for _, code in _found(province)} & {"8.1", "9.1", "9.2"}


def test_points_without_evidence_block_and_a_note_turns_them_into_a_warning(province: Province) -> None:
    officer = person(province, "officer.x11")
    version = officer.leaf("1.3", {"met": "1"}).json["version"]
    assert ("blocks", "1.3") in _found(province)
    officer.leaf("1.3", {"met": "1", "note": "Đã báo cáo trực tiếp"}, version)
    assert ("warns", "1.3") in _found(province)
    assert ("blocks", "1.3") not in _found(province)


def test_no_points_need_no_evidence_but_warn(province: Province) -> None:
    person(province, "officer.x11").leaf("1.3", {"met": "0"})
    assert {grade for grade, code in _found(province) if code == "1.3"} == {"warns"}


def test_a_proposal_of_not_applicable_warns(province: Province) -> None:
    officer = person(province, "officer.x11")
    assert officer.leaf("1.4", {"na": "1"}).status_code == 422
    answer = officer.leaf("1.4", {"na": "1", "note": "Không được giao báo cáo"})
    assert answer.json["points"] == "KAD"
    assert {grade for grade, code in _found(province) if code == "1.4"} == {"warns"}


def test_other_points_warn_with_both_values(province: Province) -> None:
    person(province, "officer.x11").leaf(
        "1.1", {"option": "1", "stated": "8", "reason": "Có văn bản gia hạn", "note": "x"}
    )
    page = person(province, "leader.x11").client.get(f"/assessments/{province.form_id('X11')}/check")
    text = page.get_data(as_text=True)
    assert ("warns", "1.1") in _found(province)
    assert "8,00" in text
    assert "Có văn bản gia hạn" in text


def test_a_form_with_red_findings_is_not_signed(province: Province) -> None:
    leader = person(province, "leader.x11")
    answer = leader.post("sign", confirmed="yes")
    assert answer.status_code == 422
    assert _form(province).signed_at is None
    assert "1.2.1" in answer.get_data(as_text=True)


def test_the_leader_signs_and_gets_a_receipt(province: Province) -> None:
    leader = _ready(province)
    answer = leader.post("sign", confirmed="yes")
    form = _form(province)
    assert answer.status_code == 302
    assert answer.location.endswith("/receipt")
    receipt = leader.client.get(f"{leader.url}/receipt").get_data(as_text=True)
    assert form.receipt is not None
    for shown in (form.receipt, "Lãnh đạo Xã Ấp Bắc", "Xã Ấp Bắc"):
        assert shown in receipt
    with province.system():
        own = db.session.scalars(select(m.Score.points).where(m.Score.assessment_id == form.id)).all()
    assert f"{sum(own, Decimal(0)):.2f}".replace(".", ",") in receipt


def test_signing_needs_a_yes_without_script_too(province: Province) -> None:
    leader = _ready(province)
    question = leader.post("sign")
    assert 'name="confirmed"' in question.get_data(as_text=True)
    assert _form(province).signed_at is None


def test_the_leader_signs_only_what_the_leader_read(province: Province) -> None:
    leader = _ready(province)

    def seen() -> str:
        check = leader.client.get(f"{leader.url}/check").get_data(as_text=True)
        return re.findall(r'name="seen" value="(\w+)"', check)[0]

    before = seen()
    person(province, "officer.x11").send({"1.2.2:numerator": "5"})
    late = leader.post("sign", confirmed="yes", seen=before)
    assert late.status_code == 409
    assert "Phiếu đã thay đổi" in late.get_data(as_text=True)
    assert _form(province).signed_at is None
    question = leader.post("sign", seen=seen()).get_data(as_text=True)
    assert f'name="seen" value="{seen()}"' in question  # without script the question carries it on
    assert leader.post("sign", confirmed="yes", seen=seen()).status_code == 302


def test_signing_twice_leads_to_the_one_receipt(province: Province) -> None:
    leader = _ready(province)
    leader.post("sign", confirmed="yes")
    first = _form(province).receipt
    assert leader.post("sign", confirmed="yes").location.endswith("/receipt")
    assert _form(province).receipt == first


def test_an_officer_does_not_sign_and_is_told_who_does(province: Province) -> None:
    _ready(province)
    officer = person(province, "officer.x11")
    assert officer.post("sign", confirmed="yes").status_code == 403
    assert "lãnh đạo" in officer.client.get(f"{officer.url}/check").get_data(as_text=True).lower()
    assert _form(province).signed_at is None


def test_a_signed_form_takes_no_saves_until_it_is_taken_back(province: Province) -> None:
    leader = _ready(province)
    officer = person(province, "officer.x11")
    opened = officer.page()
    leader.post("sign", confirmed="yes")
    assert officer.send({"1.4:count": "3"}, page=opened).status_code == 409
    assert 'id="scoring"' not in officer.page()
    assert leader.post("take-back", confirmed="yes").status_code == 302
    assert _form(province).receipt is None
    assert officer.send({"1.4:count": "3"}, page=opened).status_code == 302
    with province.system():
        told = db.session.scalars(select(m.Notice.params).where(m.Notice.assessment_id == officer.form_id)).all()
        assert len(told) == 2


def test_taking_back_ends_with_the_deadline(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    leader = _ready(province)
    leader.post("sign", confirmed="yes")
    move_to_deadline(province, "X11", 1)
    assert leader.post("take-back", confirmed="yes").status_code == 409
    assert _form(province).signed_at is not None


def test_signing_ends_with_the_deadline(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    leader = _ready(province)
    move_to_deadline(province, "X11", 1)
    assert leader.post("sign", confirmed="yes").status_code == 409
    assert _form(province).signed_at is None


@pytest.mark.parametrize("login", ["leader.x12", "manager.h1", "admin", "helper.h1"])
def test_nobody_else_signs(province: Province, login: str) -> None:
    _ready(province)
    assert person(province, login, "X11").post("sign", confirmed="yes").status_code in (403, 404)
    assert _form(province).signed_at is None


def test_the_receipt_keeps_what_was_signed_when_a_superior_enters_its_own_value(province: Province) -> None:
    leader = _ready(province)
    leader.post("sign", confirmed="yes")
    before = leader.client.get(f"{leader.url}/receipt").get_data(as_text=True)
    manager = person(province, "manager.h1", "X11")
    manager.client.post(
        f"/progress/{leader.form_id}/leaves/1.3",
        data={"csrf_token": manager.token(), "met": "0", "reason": "Chưa áp dụng", "version": "0"},
    )
    with province.system():
        assert db.session.scalars(select(m.Score).where(m.Score.layer == Layer.SUPERIOR)).one().points == 0
    after = leader.client.get(f"{leader.url}/receipt").get_data(as_text=True)
    assert _table(after) == _table(before)
    page = leader.page()
    assert "Chưa áp dụng" in page
    assert vietnamese("on behalf") in page


def _table(page: str) -> str:
    return page.split("<tbody>", 1)[1].split("</table>", 1)[0]


def test_states_follow_the_signature_and_the_deadline(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    leader = _ready(province)
    assert State.DRAFT.value in leader.page().split('class="standing"', 1)[1][:80]
    leader.post("sign", confirmed="yes")
    assert "tag-signed" in leader.page()
    move_to_deadline(province, "X11", 1)
    assert "tag-appraisal" in leader.page()
