"""The unit's answers: only what was asked, until the stage ends or its leader signs; more time by a superior."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused
from rules.verdict import Refusal
from rules.vocabulary import Stage, State
from services import evidence
from services.evidence import Document
from services.explanation import answering
from services.explanation.answering import Unanswered
from services.explanation.texts import StaleText, TextFault
from services.supervision import DateFault
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.explanation.test_asking import window
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def asked(province: Province, database: Database) -> Province:
    """Sở Tư pháp is asked about 1.1 and 1.3."""
    return steps.state(province, database, "asked", lambda: talk.asked(province))


def answers(province: Province) -> dict[str, m.Explanation]:
    with province.system():
        rows = db.session.execute(
            select(m.Criterion.code, m.Explanation).join(m.Criterion, m.Criterion.id == m.Explanation.criterion_id)
        ).all()
        for _, row in rows:
            db.session.expunge(row)
        return dict(rows)


def add_paper(province: Province, code: str = "1.3", login: str = "officer.sa") -> None:
    form_id = province.form_id("SA")
    with province.acting(login):
        sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), code)
        evidence.add(sheet, leaf, Document(title="Quy chế thi đua", number="45/QĐ"))


def test_the_unit_answers_what_was_asked_and_nothing_else(asked: Province) -> None:
    talk.explain(asked, "1.1", "  Ngày 20/02  ")
    assert answers(asked)["1.1"].text == "Ngày 20/02"
    for code in ("1.4", "2.1"):
        with pytest.raises(Refused) as refused:
            talk.explain(asked, code, "Chúng tôi cũng muốn nói")
        assert refused.value.verdict.refusal is (Refusal.HIDDEN if code == "1.4" else Refusal.STATE)
    assert set(answers(asked)) == {"1.1"}


def test_an_emptied_answer_is_taken_back(asked: Province) -> None:
    talk.explain(asked, "1.1", "Ngày 20/02")
    talk.explain(asked, "1.1", " ")
    assert answers(asked) == {}


@pytest.mark.parametrize("text", ["x" * 4001, "a\0b"])
def test_a_text_that_cannot_be_kept_is_said_and_changes_nothing(asked: Province, text: str) -> None:
    talk.explain(asked, "1.1", "Ngày 20/02")
    with pytest.raises(TextFault):
        talk.explain(asked, "1.1", text)
    assert answers(asked)["1.1"].text == "Ngày 20/02"


def test_what_another_wrote_meanwhile_comes_back_instead_of_being_overwritten(asked: Province) -> None:
    talk.explain(asked, "1.1", "Của cán bộ")
    form_id = asked.form_id("SA")
    with asked.acting("leader.sa"):
        sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), "1.1")
        with pytest.raises(StaleText) as other:
            answering.explain(sheet, leaf, "Của lãnh đạo", "0")
        assert other.value.current is not None
        assert other.value.current.text == "Của cán bộ"
    assert answers(asked)["1.1"].text == "Của cán bộ"


@pytest.mark.parametrize(("seconds", "open_"), [(-1, True), (1, False)])
def test_the_stage_ends_to_the_second_and_the_form_stands_with_what_it_holds(
    asked: Province, seconds: int, *, open_: bool
) -> None:
    talk.explain(asked, "1.1", "Kịp thời")
    with asked.app.app_context():
        now = clock.now()
    window(asked, Stage.EXPLANATION, closes_at=now + timedelta(hours=1))
    asked.move_clock(days=11, hours=1, seconds=seconds)
    if open_:
        talk.explain(asked, "1.3", "Vừa kịp")
        assert set(answers(asked)) == {"1.1", "1.3"}
        return
    with pytest.raises(Refused) as refused:
        talk.explain(asked, "1.3", "Quá hạn")
    assert refused.value.verdict.refusal is Refusal.STATE
    with pytest.raises(Refused):
        talk.sign(asked)
    assert talk.state(asked) is State.EXPLANATION  # stored; the clock alone makes it another one
    # The helper goes on with what was written, though nobody signed it.
    assert talk.texts(asked, talk.HELPER, m.Explanation) == {"Kịp thời"}
    talk.keep_first(asked, "1.1")


def test_before_the_stage_begins_nothing_is_answered(asked: Province) -> None:
    with asked.app.app_context():
        now = clock.now()
    window(asked, Stage.EXPLANATION, opens_at=now + timedelta(hours=1))
    with pytest.raises(Refused):
        talk.explain(asked, "1.1", "Sớm")
    asked.move_clock(days=11, hours=1, seconds=1)
    talk.explain(asked, "1.1", "Đúng lúc")


def test_items_left_open_are_named_before_the_leader_signs(asked: Province) -> None:
    talk.explain(asked, "1.1", talk.ANSWERS["1.1"])
    with pytest.raises(Unanswered) as left:
        talk.sign(asked)
    silent = talk.questions(asked)["1.3"].id
    assert left.value.open == {silent}
    assert talk.state(asked) is State.EXPLANATION
    assert answers(asked)["1.1"].signed_at is None

    assert talk.sign(asked, without=(silent,)) == 2
    assert talk.state(asked) is State.REAPPRAISAL
    assert answers(asked)["1.1"].signed_at is not None


def test_a_document_does_not_speak_for_itself(asked: Province) -> None:
    talk.explain(asked, "1.1", talk.ANSWERS["1.1"])
    add_paper(asked)
    with pytest.raises(Unanswered) as left:
        talk.sign(asked, without=(talk.questions(asked)["1.3"].id,))
    assert left.value.wordless == {talk.questions(asked)["1.3"].id}


def test_only_the_leader_signs_and_only_once(asked: Province) -> None:
    for code, text in talk.ANSWERS.items():
        talk.explain(asked, code, text)
    form_id = asked.form_id("SA")
    with asked.acting("officer.sa"), pytest.raises(Refused) as refused:
        answering.sign(db.session.get_one(m.Assessment, form_id))
    assert refused.value.verdict.refusal is Refusal.RIGHT
    talk.sign(asked)
    with pytest.raises(Refused):
        talk.sign(asked)
    with pytest.raises(Refused):
        talk.explain(asked, "1.1", "Sau khi ký")


def test_all_fields_are_signed_together_or_none(asked: Province) -> None:
    steps.keep_all(asked, "helper2.p", "SA", "2")
    talk.ask(asked, "2.1", "Ảnh chụp nơi niêm yết?", login="helper2.p")
    id_ = steps.sheet_id(asked, "SA", "2")
    with steps.seated(asked, "helper2.p"):
        talk.asking.send(db.session.get_one(m.FieldSheet, id_))
    for code, text in talk.ANSWERS.items():
        talk.explain(asked, code, text)
    with pytest.raises(Unanswered):
        talk.sign(asked)
    assert (talk.state(asked), talk.state(asked, field="2")) == (State.EXPLANATION, State.EXPLANATION)
    talk.explain(asked, "2.1", "Đính kèm")
    assert talk.sign(asked) == 3
    assert (talk.state(asked), talk.state(asked, field="2")) == (State.REAPPRAISAL, State.REAPPRAISAL)


def test_further_documents_are_links_of_their_own(asked: Province) -> None:
    add_paper(asked)
    with asked.acting("officer.sa"):
        link = db.session.scalars(select(m.EvidenceLink)).one()
        assert (link.stage, link.evidence.number) == (Stage.EXPLANATION, "45/QĐ")
        document, link_id = link.evidence_id, link.id
        sheet, leaf = answering.place(db.session.get_one(m.Assessment, link.assessment_id), "1.1")
        evidence.use_again(sheet, leaf, document, "trang 2")
        evidence.use_again(sheet, leaf, document, "trang 2")  # pressed twice
        assert len(db.session.scalars(select(m.EvidenceLink)).all()) == 2
        with pytest.raises(Refused):
            evidence.remove(sheet, leaf, link_id)  # it lies on the other item
        sheet, other = answering.place(sheet.assessment, "1.4")
        with pytest.raises(Refused):
            evidence.use_again(sheet, other, document, "")  # nobody asked about this one


def extend(province: Province, login: str = "admin", reason: str = "Bão lũ", **delta: float) -> None:
    form_id = province.form_id("SA")
    with province.acting(login):
        answering.extend(db.session.get_one(m.Assessment, form_id), clock.now() + timedelta(**delta), reason)


def test_a_superior_opens_a_signed_explanation_again(asked: Province) -> None:
    for code, text in talk.ANSWERS.items():
        talk.explain(asked, code, text)
    talk.sign(asked)
    assert talk.texts(asked, talk.HELPER, m.Explanation) == set(talk.ANSWERS.values())
    extend(asked, days=24)
    assert talk.state(asked) is State.EXPLANATION
    assert all(answer.signed_at is None for answer in answers(asked).values())
    assert talk.texts(asked, talk.HELPER, m.Explanation) == set()  # a draft again
    talk.explain(asked, "1.1", "Bổ sung")
    talk.sign(asked)


def test_more_time_after_the_stage_ended_lets_the_unit_go_on(asked: Province) -> None:
    asked.move_clock(days=35)
    with pytest.raises(Refused):
        talk.explain(asked, "1.1", "Muộn")
    extend(asked, days=2)
    talk.explain(asked, "1.1", "Được gia hạn")
    with asked.acting("officer.sa"):
        notice = db.session.scalars(select(m.Notice).order_by(m.Notice.id.desc())).first()
        assert notice is not None
        assert notice.params == {"reason": "Bão lũ"}


def test_more_time_needs_a_reason_and_ends_before_the_second_appraisal(asked: Province) -> None:
    with pytest.raises(Refused) as refused:
        extend(asked, days=24, reason=" ")
    assert refused.value.verdict.refusal is Refusal.REASON
    with pytest.raises(DateFault):
        extend(asked, days=28)  # the second appraisal ends on day 38, this is day 11
    with pytest.raises(DateFault):
        extend(asked, days=1)  # everybody has time until day 34
