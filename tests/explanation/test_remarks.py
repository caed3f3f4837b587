"""Remarks for two audiences, and what each reader sees of questions, answers and remarks at which moment."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused
from rules.verdict import Refusal
from rules.vocabulary import Audience, Layer, Stage
from services import supervision
from services.explanation import thread
from services.explanation.texts import TextFault
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.explanation.steps import HELPER
from tests.explanation.test_asking import window
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def asked(province: Province, database: Database) -> Province:
    return steps.state(province, database, "asked", lambda: talk.asked(province))


def remark(province: Province, login: str, audience: Audience, text: str, code: str = "1.1") -> Layer:
    id_ = steps.sheet_id(province, "SA", code.partition(".")[0])
    with steps.seated(province, login):
        sheet = db.session.get_one(m.FieldSheet, id_)
        return thread.remark(sheet, steps.leaf_of(sheet.criteria_set_id, code), audience, text).layer


def release(province: Province, layer: Layer) -> None:
    form_id = province.form_id("SA")
    with province.acting("admin"):
        supervision.release(db.session.get_one(m.Assessment, form_id), layer)


def test_a_remark_belongs_to_the_layer_being_worked_on(province: Province, database: Database) -> None:
    steps.state(province, database, "marked", lambda: talk.prepare(province))
    assert remark(province, HELPER, Audience.TEAM, "Xem lại") is Layer.APPRAISAL
    assert remark(province, "member.p", Audience.TEAM, "Lưu ý") is Layer.COUNCIL
    talk.send(province)
    assert remark(province, HELPER, Audience.UNIT, "Đã hỏi") is Layer.REAPPRAISAL
    assert remark(province, HELPER, Audience.UNIT, "Không hỏi mục này", "1.4") is Layer.APPRAISAL


def test_a_remark_reaches_the_unit_with_the_release_of_its_layer(asked: Province) -> None:
    remark(asked, HELPER, Audience.UNIT, "Lần hai", "1.1")
    remark(asked, HELPER, Audience.UNIT, "Lần một", "1.4")
    remark(asked, "member.p", Audience.UNIT, "Hội đồng")
    remark(asked, HELPER, Audience.TEAM, "Nội bộ")
    seen = {Layer.SUPERIOR: set[str]()}
    seen[Layer.APPRAISAL] = {"Lần một"}
    seen[Layer.REAPPRAISAL] = {"Lần một", "Lần hai"}
    seen[Layer.COUNCIL] = {"Lần một", "Lần hai", "Hội đồng"}
    for layer, texts in seen.items():
        release(asked, layer)
        for login in ("officer.sa", "leader.sa"):
            assert talk.texts(asked, login, m.Remark) == texts
    assert talk.texts(asked, "officer.sb", m.Remark) == set()
    assert "Nội bộ" in talk.texts(asked, "chair.p", m.Remark)


def test_a_remark_says_something_and_is_made_by_whom_the_field_is_assigned(asked: Province) -> None:
    for text in ("  ", "x" * 2001, "a\0"):
        with pytest.raises(TextFault):
            remark(asked, HELPER, Audience.TEAM, text)
    with pytest.raises(Refused) as refused:
        remark(asked, "helper2.p", Audience.TEAM, "Không phải lĩnh vực của tôi")
    assert refused.value.verdict.refusal is Refusal.RIGHT
    assert talk.texts(asked, "chair.p", m.Remark) == set()


def test_an_answer_is_the_unit_s_draft_until_it_is_signed(asked: Province) -> None:
    for code, text in talk.ANSWERS.items():
        talk.explain(asked, code, text)
    for login in (HELPER, "member.p", "chair.p", "officer.sb"):
        assert talk.texts(asked, login, m.Explanation) == set()
    assert talk.texts(asked, "leader.sa", m.Explanation) == set(talk.ANSWERS.values())
    assert talk.texts(asked, "admin", m.Explanation) == set(talk.ANSWERS.values())  # drafts below a manager
    talk.sign(asked)
    assert talk.texts(asked, HELPER, m.Explanation) == set(talk.ANSWERS.values())
    assert talk.texts(asked, "helper.h1", m.Explanation) == set()


def test_a_question_is_unseen_before_it_is_sent_and_before_its_stage_begins(
    province: Province, database: Database
) -> None:
    steps.state(province, database, "marked", lambda: talk.prepare(province))
    assert talk.texts(province, "officer.sa", m.Question) == set()
    with province.app.app_context():
        now = clock.now()
    window(province, Stage.EXPLANATION, opens_at=now + timedelta(hours=1))
    talk.send(province)
    assert talk.texts(province, "officer.sa", m.Question) == set()
    province.move_clock(days=11, hours=1, seconds=1)
    assert talk.texts(province, "officer.sa", m.Question) == set(talk.QUESTIONS.values())
    assert talk.texts(province, "officer.sb", m.Question) == set()


def test_a_settled_question_stays_readable(province: Province, database: Database) -> None:
    steps.state(province, database, "decided again", lambda: talk.decided(province))
    steps.hand_in(province, HELPER, "SA")
    for login in ("officer.sa", HELPER, "member.p"):
        assert talk.texts(province, login, m.Question) == set(talk.QUESTIONS.values())
        assert talk.texts(province, login, m.Explanation) == set(talk.ANSWERS.values())
    with province.acting("officer.sa"):
        assert db.session.scalars(select(m.Score).where(m.Score.layer == Layer.REAPPRAISAL)).all() == []
