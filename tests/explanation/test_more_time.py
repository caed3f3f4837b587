"""What the council was told of an explanation stays told; what the unit did not finish stays the unit's.

Sở Tư pháp is asked on two fields. Its leader does not sign: the end of the stage opens the answers. Field 1 is decided upon and
handed in; then a superior gives more time for field 2.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Stage, State
from services import approval, evidence
from services.evidence import Document
from services.explanation import answering
from services.score import Entry
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.history import story
from tests.support.database import Database
from tests.support.world import Province

FIRST, SECOND = "Kế hoạch số 12/KH.", "Đã công khai tại trụ sở."
PAPER = "Quy chế thi đua"


def write(province: Province) -> None:
    """Questions on both fields; an answer on each and, on 1.3, a document without a word. Nothing is signed."""
    talk.asked(province)
    talk.ask(province, "2.1", "Công khai ở đâu?", login="helper2.p")
    steps.keep_all(province, "helper2.p", "SA", "2")
    talk.send(province, login="helper2.p", field="2")
    talk.explain(province, "1.1", FIRST)
    talk.explain(province, "2.1", SECOND)
    form_id = province.form_id("SA")
    with province.acting("officer.sa"):
        sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), "1.3")
        evidence.add(sheet, leaf, Document(title=PAPER))


@pytest.fixture
def written(province: Province, database: Database) -> Province:
    return steps.state(province, database, "written on two fields", lambda: write(province))


def extend(province: Province, **delta: float) -> None:
    form_id = province.form_id("SA")
    with province.acting("admin"):
        answering.extend(db.session.get_one(m.Assessment, form_id), clock.now() + timedelta(**delta), "Bão lũ")


def answers(province: Province, login: str = "member.p") -> set[str]:
    return talk.texts(province, login, m.Explanation)


def papers(province: Province, login: str = "member.p") -> set[str]:
    """Titles of the documents and of their uses that a seat reads."""
    with steps.seated(province, login):
        used = select(m.EvidenceLink.evidence_id).where(m.EvidenceLink.stage == Stage.EXPLANATION)
        return set(db.session.scalars(select(m.Evidence.title).where(m.Evidence.id.in_(used))))


def test_the_end_of_the_stage_tells_all(written: Province) -> None:
    assert answers(written) == papers(written) == set()
    written.move_clock(days=35)
    assert answers(written) == {FIRST, SECOND}
    assert papers(written) == {PAPER}


def test_more_time_for_one_field_hides_nothing_of_another(written: Province) -> None:
    written.move_clock(days=35)
    for code, entry in (("1.1", Entry({"option": "1"})), ("1.3", Entry({"met": "1"}))):
        steps.appraise(written, talk.HELPER, "SA", code, entry)
    steps.hand_in(written, talk.HELPER, "SA")
    extend(written, days=2)
    assert (talk.state(written), talk.state(written, field="2")) == (State.APPRAISED, State.EXPLANATION)
    for login in ("member.p", "chair.p", talk.HELPER):
        assert answers(written, login) == {FIRST}  # of field 2 the unit writes again
        assert papers(written, login) == {PAPER}
    id_ = steps.sheet_id(written, "SA")
    with written.acting("admin"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Thẩm định lại")
    assert answers(written) == {FIRST}
    assert said(written) == {FIRST}


def test_what_a_superior_takes_from_the_unit_unfinished_stays_a_draft(written: Province) -> None:
    id_ = steps.sheet_id(written, "SA")
    with written.acting("admin"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Hỏi nhầm")
    assert answers(written) == papers(written) == set()
    written.move_clock(days=35)
    assert answers(written) == {SECOND}
    assert papers(written) == set()
    extend(written, days=2)
    assert answers(written) == papers(written) == set()
    assert talk.texts(written, "officer.sa", m.Explanation) == {FIRST, SECOND}


def test_what_a_superior_takes_after_the_stage_was_told_already(written: Province) -> None:
    written.move_clock(days=35)
    id_ = steps.sheet_id(written, "SA")
    with written.acting("admin"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Thẩm định lại")
    extend(written, days=2)
    assert answers(written) == {FIRST}
    assert papers(written) == {PAPER}


def said(province: Province) -> set[str]:
    """Answers in the newest snapshot."""
    fields = story.snapshots(province, "SA")[-1].content["fields"]
    asked = [one for field in fields for leaf in field["leaves"] for one in leaf["questions"]]
    return {one["answer"] for one in asked if one["answer"]}
