"""Nothing reaches the council that nobody judged: what the unit changes after the second decision asks for another one.

Both items of Sở Tư pháp are appraised again when a superior gives it more time. It changes one thing about 1.1 and leaves 1.3.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Layer, State
from services import evidence
from services.appraisal import Incomplete
from services.appraisal_queue import Status, queue
from services.evidence import Document
from services.evidence.offers import amend, spread
from services.explanation import answering
from services.score import Entry
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.explanation.steps import HELPER
from tests.support.database import Database
from tests.support.world import Province

PLAN = Document(title="Kế hoạch số 12/KH")


def documents(province: Province, work: Callable[[m.Assessment, m.FieldSheet, m.Criterion], object], code: str) -> None:
    """Let the unit work on the documents of an item."""
    form_id = province.form_id("SA")
    with province.acting("officer.sa"):
        form = db.session.get_one(m.Assessment, form_id)
        work(form, *answering.place(form, code))


def add(province: Province, code: str = "1.1") -> None:
    documents(province, lambda _, sheet, leaf: evidence.add(sheet, leaf, PLAN), code)


def remove(province: Province) -> None:
    documents(
        province,
        lambda form, sheet, leaf: evidence.remove(sheet, leaf, evidence.uses(form, leaf.id)[0].link_id),
        "1.1",
    )


def turn_page(province: Province, page: str = "trang 3") -> None:
    documents(
        province,
        lambda form, sheet, leaf: amend(
            sheet, leaf, evidence.uses(form, leaf.id)[0].link_id, Document(title=PLAN.title, page=page)
        ),
        "1.1",
    )


def use_that_of_the_other_item(province: Province) -> None:
    documents(
        province,
        lambda form, sheet, leaf: spread(sheet, leaf, evidence.uses(form, leaf.id)[0].link_id, ["1.1"]),
        "1.3",
    )


def write(province: Province) -> None:
    talk.explain(province, "1.1", "Kế hoạch có chữ ký")


def take_back(province: Province) -> None:
    talk.explain(province, "1.1", "")


def decide(province: Province) -> None:
    """Answered with a document on each item, signed, appraised again."""
    talk.asked(province)
    for code, text in talk.ANSWERS.items():
        talk.explain(province, code, text)
    add(province)
    documents(province, lambda _, sheet, leaf: evidence.add(sheet, leaf, Document(title="Quy chế")), "1.3")
    talk.sign(province)
    steps.appraise(province, HELPER, "SA", "1.1", Entry({"option": "1"}))
    steps.appraise(province, HELPER, "SA", "1.3", Entry({"met": "0"}, reason="Quy chế chưa áp dụng"))


@pytest.fixture
def reopened(province: Province, database: Database) -> Province:
    """Decided, then given more time by a superior."""
    steps.state(province, database, "decided with documents", lambda: decide(province))
    form_id = province.form_id("SA")
    with province.acting("admin"):
        answering.extend(
            db.session.get_one(m.Assessment, form_id), clock.now() + timedelta(days=24), "Bổ sung tài liệu"
        )
    province.move_clock(days=12)
    return province


def decided(province: Province) -> int:
    """How many of the two items the helper's queue counts as decided."""
    with steps.seated(province, HELPER) as person:
        row = next(one for one in queue(person).rows if one.unit_name == "Sở Tư pháp")
        assert (row.status, row.total) == (Status.AGAIN, 2)
        return row.done


@pytest.mark.parametrize("change", [write, take_back, add, remove, turn_page, use_that_of_the_other_item])
@pytest.mark.parametrize("signed", [True, False], ids=["signed", "stage over"])
def test_what_the_unit_changed_is_decided_anew(
    reopened: Province, change: Callable[[Province], None], *, signed: bool
) -> None:
    if change is take_back:
        remove(reopened)  # documents speak only beside words
    change(reopened)
    if signed:
        talk.sign(reopened, without=(talk.questions(reopened)["1.1"].id,) if change is take_back else ())
    else:
        reopened.move_clock(days=36)
    assert decided(reopened) == 1
    with pytest.raises(Incomplete) as left:
        steps.hand_in(reopened, HELPER, "SA")
    assert str(left.value) == "1.1"
    given = steps.scores(reopened, "SA", Layer.REAPPRAISAL)["1.1"]
    steps.appraise(reopened, HELPER, "SA", "1.1", Entry({"option": "1"}, version=given.version))
    assert decided(reopened) == 2
    steps.hand_in(reopened, HELPER, "SA")
    assert talk.state(reopened) is State.APPRAISED


def test_what_stayed_as_it_was_stays_decided(reopened: Province) -> None:
    turn_page(reopened, page="")
    talk.explain(reopened, "1.1", talk.ANSWERS["1.1"])
    talk.sign(reopened)
    assert decided(reopened) == 2
    steps.hand_in(reopened, HELPER, "SA")
