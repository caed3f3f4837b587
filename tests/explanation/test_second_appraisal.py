"""The second appraisal: on the asked items only, in a layer that counts before the first; handed in, sent back, asked again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused
from rules.verdict import Refusal
from rules.vocabulary import Basis, Layer, Stage, State
from services import appraisal, approval, supervision
from services.appraisal import Incomplete, Ticket
from services.appraisal_queue import Status, queue
from services.approval_board import field_sheets, rows
from services.desk import Filter, lay_out
from services.explanation.changes import changes
from services.explanation.thread import threads
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import leaves_of
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.explanation.steps import HELPER
from tests.explanation.test_asking import window
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def explained(province: Province, database: Database) -> Province:
    """Sở Tư pháp has answered on 1.1 and 1.3, and its leader has signed."""
    return steps.state(province, database, "explained", lambda: talk.explained(province))


@pytest.fixture
def decided(province: Province, database: Database) -> Province:
    """Both items are appraised again: 1.1 up from 0 to 5, 1.3 at 0 of the claimed 10."""
    return steps.state(province, database, "decided again", lambda: talk.decided(province))


def figures(province: Province, basis: Basis = Basis.APPRAISED) -> tuple[Decimal, int]:
    id_ = steps.sheet_id(province, "SA")
    with province.system():
        found = db.session.scalars(
            select(m.Subtotal).where(m.Subtotal.sheet_id == id_, m.Subtotal.basis == basis)
        ).one()
        return found.achieved, found.scored


def test_only_what_was_asked_is_appraised_again(explained: Province) -> None:
    with pytest.raises(Refused) as refused:
        steps.appraise(explained, HELPER, "SA", "1.4", Entry({"count": "0"}, reason="x"))
    assert refused.value.verdict.refusal is Refusal.STATE
    steps.appraise(explained, HELPER, "SA", "1.1", Entry({"option": "1"}))
    assert set(steps.scores(explained, "SA", Layer.REAPPRAISAL)) == {"1.1"}
    assert steps.scores(explained, "SA", Layer.APPRAISAL)["1.1"].points == 0


def test_the_second_layer_counts_before_the_first(explained: Province) -> None:
    before, scored = figures(explained)
    steps.appraise(explained, HELPER, "SA", "1.1", Entry({"option": "1"}))
    assert figures(explained) == (before + 5, scored)
    steps.appraise(explained, HELPER, "SA", "1.3", Entry({"met": "0"}, reason="Chưa áp dụng"))
    assert figures(explained) == (before + 5, scored + 1)


def test_other_points_than_the_claim_need_their_reason_again(explained: Province) -> None:
    with pytest.raises(EntryFault) as fault:
        steps.appraise(explained, HELPER, "SA", "1.1", Entry({"option": "2"}))
    assert set(fault.value.faults["1.1"]) == {"reason"}


def test_the_first_result_may_stand_and_says_why_again(explained: Province) -> None:
    talk.keep_first(explained, "1.1")
    given = steps.scores(explained, "SA", Layer.REAPPRAISAL)["1.1"]
    assert (given.points, given.reason) == (0, "Không tìm thấy kế hoạch")
    with pytest.raises(Refused) as hidden:
        talk.keep_first(explained, "1.3")  # it had no first appraisal
    assert hidden.value.verdict.refusal is Refusal.HIDDEN


def test_the_claim_is_kept_in_the_second_layer(explained: Province) -> None:
    id_ = steps.sheet_id(explained, "SA")
    with steps.seated(explained, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = next(one for one in leaves_of([sheet])[id_] if one.criterion.code == "1.3")
        ticket = Ticket.of(sheet, leaf)
        assert ticket is not None
        appraisal.keep_one(sheet, leaf.criterion, ticket, 0)
    assert steps.scores(explained, "SA", Layer.REAPPRAISAL)["1.3"].points == 10
    assert "1.3" not in steps.scores(explained, "SA", Layer.APPRAISAL)


def test_a_stale_second_appraisal_is_refused(explained: Province) -> None:
    steps.appraise(explained, HELPER, "SA", "1.1", Entry({"option": "1"}))
    with pytest.raises(StaleEntry):
        steps.appraise(explained, HELPER, "SA", "1.1", Entry({"option": "0"}, reason="Tháng 01"))


def test_each_asked_item_is_decided_again_before_the_field_goes_on(explained: Province) -> None:
    talk.keep_first(explained, "1.1")
    with pytest.raises(Incomplete) as left:
        steps.hand_in(explained, HELPER, "SA")
    assert str(left.value) == "1.3"
    steps.appraise(explained, HELPER, "SA", "1.3", Entry({"met": "1"}))
    steps.hand_in(explained, HELPER, "SA")
    assert talk.state(explained) is State.APPRAISED
    assert all(question.settled_at is not None for question in talk.questions(explained).values())


@pytest.mark.parametrize(("seconds", "open_"), [(-1, True), (1, False)])
def test_the_second_appraisal_ends_to_the_second(explained: Province, seconds: int, *, open_: bool) -> None:
    with explained.app.app_context():
        now = clock.now()
    window(explained, Stage.REAPPRAISAL, closes_at=now + timedelta(hours=1))
    explained.move_clock(days=11, hours=1, seconds=seconds)
    if open_:
        talk.keep_first(explained, "1.1")
    else:
        with pytest.raises(Refused) as refused:
            talk.keep_first(explained, "1.1")
        assert refused.value.verdict.refusal is Refusal.STATE
    assert bool(steps.scores(explained, "SA", Layer.REAPPRAISAL)) is open_


def test_what_changed_is_counted(decided: Province) -> None:
    id_ = steps.sheet_id(decided, "SA")
    with steps.seated(decided, HELPER) as person:
        sheet = db.session.get_one(m.FieldSheet, id_)
        found = changes(sheet.assessment_id, leaves_of([sheet])[id_], threads([sheet.assessment_id]))
        assert (found.asked, found.answered, found.with_papers, found.decided) == (2, 2, 0, 2)
        assert [(move.leaf.criterion.code, move.by) for move in found.moves] == [("1.1", Decimal(5))]
        assert (found.up, found.down, found.sum) == (1, 0, Decimal(5))
        desk = lay_out(person, id_, "1.1", Filter.EXPLAINED)
        assert [leaf.criterion.code for leaf in desk.listed] == ["1.1", "1.3"]
        assert desk.next is not None
        assert desk.next.criterion.code == "1.3"
        assert [one.criterion.code for one in lay_out(person, id_, "1.1", Filter.CHANGED).listed] == ["1.1"]


def test_the_council_decides_on_the_second_appraisal(decided: Province) -> None:
    steps.hand_in(decided, HELPER, "SA")
    id_ = steps.sheet_id(decided, "SA")
    with steps.seated(decided, "member.p") as person:
        sheet = db.session.get_one(m.FieldSheet, id_)
        row = rows(person, field_sheets(sheet.criteria_set_id, "1"))
        mine = next(one for one in row if one.sheet.id == id_)
        assert {
            leaf.criterion.code: leaf.appraised.points for leaf in mine.leaves if leaf.second and leaf.appraised
        } == {
            "1.1": 5,
            "1.3": 0,
        }


def test_what_is_sent_back_goes_on_in_the_layer_where_it_stopped(decided: Province) -> None:
    steps.hand_in(decided, HELPER, "SA")
    id_ = steps.sheet_id(decided, "SA")
    with steps.seated(decided, "member.p"):
        approval.send_back(db.session.get_one(m.FieldSheet, id_), "Xem lại 1.1")
    assert talk.state(decided) is State.APPRAISAL
    given = steps.scores(decided, "SA", Layer.REAPPRAISAL)["1.1"]
    steps.appraise(decided, HELPER, "SA", "1.1", Entry({"option": "0"}, reason="Ban hành 20/01", version=given.version))
    assert steps.scores(decided, "SA", Layer.REAPPRAISAL)["1.1"].points == 10
    assert steps.scores(decided, "SA", Layer.APPRAISAL)["1.1"].points == 0
    # An item that was never asked about is edited in the first layer.
    first = steps.scores(decided, "SA", Layer.APPRAISAL)["1.4"]
    steps.appraise(decided, HELPER, "SA", "1.4", Entry({"count": "2"}, reason="Hai", version=first.version))
    assert "1.4" not in steps.scores(decided, "SA", Layer.REAPPRAISAL)
    steps.hand_in(decided, HELPER, "SA")


def test_a_second_round_of_questions_counts_on(decided: Province) -> None:
    steps.hand_in(decided, HELPER, "SA")
    id_ = steps.sheet_id(decided, "SA")
    with steps.seated(decided, "member.p"):
        approval.send_back(db.session.get_one(m.FieldSheet, id_), "Hỏi lại đơn vị")
    decided.move_clock(days=13)
    talk.ask(decided, "1.1", "Bản gốc ở đâu?")
    talk.send(decided)
    again = talk.questions(decided)["1.1"]
    assert (again.turn, again.points) == (2, 5)
    decided.move_clock(days=14)
    talk.explain(decided, "1.1", "Tại văn thư")
    talk.sign(decided)
    with pytest.raises(Incomplete) as left:
        steps.hand_in(decided, HELPER, "SA")
    assert str(left.value) == "1.1"  # decided once, but before it was asked again
    talk.keep_first(decided, "1.1")
    steps.hand_in(decided, HELPER, "SA")


def test_a_superior_takes_a_field_out_of_its_explanation(explained: Province) -> None:
    id_ = steps.sheet_id(explained, "SA")
    with explained.acting("admin"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Hỏi nhầm")
    assert talk.state(explained) is State.APPRAISAL
    assert all(question.settled_at is not None for question in talk.questions(explained).values())
    steps.appraise(explained, HELPER, "SA", "1.3", Entry({"met": "1"}))
    steps.hand_in(explained, HELPER, "SA")


def test_an_item_set_not_applicable_meanwhile_waits_for_nobody(explained: Province) -> None:
    id_ = steps.sheet_id(explained, "SA")
    talk.keep_first(explained, "1.1")
    with explained.acting("admin"):
        sheet = db.session.get_one(m.FieldSheet, id_)
        supervision.exempt(sheet, steps.leaf_of(sheet.criteria_set_id, "1.3"), "Không có thi đua")
    steps.hand_in(explained, HELPER, "SA")


def test_the_queue_counts_the_asked_items(province: Province, database: Database) -> None:
    steps.state(province, database, "asked", lambda: talk.asked(province))

    def line() -> tuple[Status, int, int, bool]:
        with steps.seated(province, HELPER) as person:
            row = next(one for one in queue(person).rows if one.unit_name == "Sở Tư pháp")
            return row.status, row.done, row.total, row.state is State.REAPPRAISAL

    assert line() == (Status.EXPLAINING, 0, 2, False)
    province.move_clock(days=35)
    assert line() == (Status.AGAIN, 0, 2, True)
    talk.keep_first(province, "1.1")
    assert line() == (Status.AGAIN, 1, 2, True)
