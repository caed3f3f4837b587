"""The helper's questions: marked while appraising, sent together, refused where there is no stage for them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused, system_act
from rules.verbs import Verb
from rules.verdict import Refusal
from rules.vocabulary import Layer, Stage, State
from services import appraisal, approval
from services.appraisal import Incomplete, Unsent
from services.explanation import asking
from services.explanation.texts import NOTHING, StaleText, TextFault, mark
from services.score import Entry
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.explanation.steps import HELPER
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def marked(province: Province, database: Database) -> Province:
    """Field 1 of Sở Tư pháp is appraised but for two items with a question that is not sent."""
    return steps.state(province, database, "marked", lambda: talk.prepare(province))


def window(province: Province, stage: Stage, **change: object) -> None:
    """Move the window of a stage of the departments, or take it away (``gone=True``)."""
    with province.system(), system_act(Verb.MANAGE_ROUND, "test"):
        found = db.session.scalars(
            select(m.Window).join(m.Level).where(m.Level.code == "department", m.Window.stage == stage)
        ).one()
        if change.pop("gone", False):
            db.session.delete(found)
        for name, value in change.items():
            setattr(found, name, value)


def test_a_marked_item_needs_no_points_and_goes_with_the_others(marked: Province) -> None:
    talk.send(marked)
    assert talk.state(marked) is State.EXPLANATION
    sent = talk.questions(marked)
    assert {code: question.points for code, question in sent.items()} == {"1.1": Decimal(0), "1.3": None}
    assert all(question.sent_at is not None and question.settled_at is None for question in sent.values())


def test_a_question_is_not_sent_while_another_item_is_undecided(marked: Province) -> None:
    id_ = steps.sheet_id(marked, "SA")
    with steps.seated(marked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.4")
        version = db.session.scalar(
            select(m.Score.version).where(m.Score.criterion_id == leaf.id, m.Score.layer == Layer.APPRAISAL)
        )
        assert version is not None
        appraisal.clear(sheet, leaf, version)
        with pytest.raises(Incomplete) as left:
            asking.send(sheet)
    assert str(left.value) == "1.4"
    assert talk.state(marked) is State.APPRAISAL


def test_nothing_marked_is_nothing_to_send(marked: Province) -> None:
    id_ = steps.sheet_id(marked, "SA")
    for code in talk.QUESTIONS:
        with steps.seated(marked, HELPER):
            sheet = db.session.get_one(m.FieldSheet, id_)
            leaf = steps.leaf_of(sheet.criteria_set_id, code)
            asking.withdraw(sheet, leaf, asking.mark(talk.present(sheet, leaf)))
    steps.keep_all(marked, HELPER, "SA")
    with steps.seated(marked, HELPER), pytest.raises(asking.NothingAsked):
        asking.send(db.session.get_one(m.FieldSheet, id_))
    assert talk.questions(marked) == {}
    steps.hand_in(marked, HELPER, "SA")


def test_a_field_with_unsent_questions_stays_with_its_helper(marked: Province) -> None:
    with pytest.raises(Unsent) as left:
        steps.hand_in(marked, HELPER, "SA")
    assert str(left.value) == "1.1, 1.3"
    assert talk.state(marked) is State.APPRAISAL


def test_the_unit_is_told_how_many_items_and_until_when(marked: Province) -> None:
    talk.send(marked)
    with marked.acting("officer.sa"):
        notice = db.session.scalars(select(m.Notice).order_by(m.Notice.id.desc())).first()
        assert notice is not None
        assert notice.params["count"] == "2"
        assert notice.params["field"].startswith("1. ")
        assert {"opens", "closes"} <= set(notice.params)


@pytest.mark.parametrize("stage", [Stage.EXPLANATION, Stage.REAPPRAISAL])
def test_without_its_two_stages_no_question_is_taken(marked: Province, stage: Stage) -> None:
    window(marked, stage, gone=True)
    for attempt in (lambda: talk.ask(marked, "1.4", "Vì sao?"), lambda: talk.send(marked)):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.verdict.refusal is Refusal.STATE
        assert refused.value.verdict.next_step is not None
    assert talk.state(marked) is State.APPRAISAL


@pytest.mark.parametrize(("seconds", "sent"), [(-1, True), (1, False)])
def test_questions_are_sent_until_the_second_the_stage_ends(marked: Province, seconds: int, *, sent: bool) -> None:
    with marked.app.app_context():
        now = clock.now()
    window(marked, Stage.EXPLANATION, closes_at=now + timedelta(hours=1))
    marked.move_clock(days=11, hours=1, seconds=seconds)
    if sent:
        talk.send(marked)
    else:
        with pytest.raises(Refused):
            talk.send(marked)
    assert talk.state(marked) is (State.EXPLANATION if sent else State.APPRAISAL)


def test_a_question_written_meanwhile_is_not_overwritten(marked: Province) -> None:
    id_ = steps.sheet_id(marked, "SA")
    with steps.seated(marked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.1")
        seen = asking.mark(talk.present(sheet, leaf))
    talk.ask(marked, "1.1", "Ngày nào? Ai ký?")
    for stale in (seen, NOTHING):
        with steps.seated(marked, HELPER):
            sheet = db.session.get_one(m.FieldSheet, id_)
            with pytest.raises(StaleText) as other:
                asking.ask(sheet, steps.leaf_of(sheet.criteria_set_id, "1.1"), "Của tôi", stale)
            assert other.value.current is not None
            assert other.value.current.text == "Ngày nào? Ai ký?"


def test_a_page_of_a_withdrawn_question_fits_no_later_one(marked: Province) -> None:
    id_ = steps.sheet_id(marked, "SA")
    with steps.seated(marked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.1")
        seen = asking.mark(talk.present(sheet, leaf))
        asking.withdraw(sheet, leaf, seen)
    marked.move_clock(days=11, seconds=5)
    talk.ask(marked, "1.1", "Câu hỏi mới")
    with steps.seated(marked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        with pytest.raises(StaleText):
            asking.withdraw(sheet, steps.leaf_of(sheet.criteria_set_id, "1.1"), seen)
    assert talk.questions(marked)["1.1"].text == "Câu hỏi mới"


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 2001, "a\0b"])
def test_what_is_no_question_is_said_at_once(marked: Province, text: str) -> None:
    with pytest.raises(TextFault):
        talk.ask(marked, "1.4", text)
    assert set(talk.questions(marked)) == {"1.1", "1.3"}


def test_survey_points_are_not_asked_about(marked: Province) -> None:
    with pytest.raises(TextFault):
        talk.ask(marked, "8.1", "Vì sao?", login="helper2.p")


def test_only_the_helper_in_charge_asks(marked: Province) -> None:
    for login in ("helper2.p", "member.p"):
        with pytest.raises(Refused) as refused:
            talk.ask(marked, "1.4", "Vì sao?", login=login)
        assert refused.value.verdict.refusal is Refusal.RIGHT


def test_keeping_claims_by_list_leaves_marked_items_alone(marked: Province) -> None:
    given = steps.scores(marked, "SA", Layer.APPRAISAL)
    assert "1.3" not in given
    assert given["1.1"].points == 0


def test_the_first_figures_wait_while_the_unit_explains(marked: Province) -> None:
    talk.send(marked)
    for code in ("1.1", "1.4"):
        with pytest.raises(Refused) as refused:
            steps.appraise(marked, HELPER, "SA", code, Entry({"option": "1"}, reason="x"))
        assert refused.value.verdict.refusal is Refusal.STATE
    with pytest.raises(Refused):
        steps.hand_in(marked, HELPER, "SA")


def test_a_question_on_a_field_sent_back_never_locks_it(province: Province) -> None:
    """The council sends back, a question is marked, the window of appraisal ends: it can still be withdrawn."""
    steps.hand_in_two(province)
    id_ = steps.sheet_id(province, "SA")
    with steps.seated(province, "member.p"):
        approval.send_back(db.session.get_one(m.FieldSheet, id_), "Xem lại")
    talk.ask(province, "1.3", "Quy chế có từ khi nào?")
    province.move_clock(days=35)
    with pytest.raises(Unsent):
        steps.hand_in(province, talk.HELPER, "SA")
    with pytest.raises(Refused):
        talk.send(province)  # the unit could not answer any more
    with steps.seated(province, talk.HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.3")
        asking.withdraw(sheet, leaf, mark(talk.present(sheet, leaf)))
    steps.hand_in(province, talk.HELPER, "SA")
    assert talk.state(province) is State.APPRAISED
