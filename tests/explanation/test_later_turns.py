"""A second question on the same item: what came with the first answer neither helps nor hinders the second."""

from __future__ import annotations

import pytest

import models as m
from extensions import db
from rules.vocabulary import Layer
from services import approval, evidence
from services.evidence import Document
from services.explanation import answering
from services.explanation.answering import Unanswered
from services.score import Entry
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.history import story
from tests.support.world import Province


def add_paper(province: Province, title: str) -> None:
    form_id = province.form_id("SA")
    with province.acting("officer.sa"):
        sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), "1.3")
        evidence.add(sheet, leaf, Document(title=title))


@pytest.fixture
def again(province: Province) -> Province:
    """The first answer on 1.3 came with a paper; the council sent the field back, and 1.3 is asked about once more."""
    talk.asked(province)
    for code, text in talk.ANSWERS.items():
        talk.explain(province, code, text)
    add_paper(province, "Quy chế lần một")
    talk.sign(province)
    steps.appraise(province, talk.HELPER, "SA", "1.1", Entry({"option": "1"}))
    steps.appraise(province, talk.HELPER, "SA", "1.3", Entry({"met": "0"}, reason="Quy chế chưa áp dụng"))
    steps.hand_in(province, talk.HELPER, "SA")
    id_ = steps.sheet_id(province, "SA")
    with steps.seated(province, "member.p"):
        approval.send_back(db.session.get_one(m.FieldSheet, id_), "Hỏi lại đơn vị")
    talk.ask(province, "1.3", "Quy chế áp dụng từ khi nào?")
    talk.send(province)
    return province


def test_the_paper_of_an_earlier_answer_does_not_keep_the_leader_from_signing(again: Province) -> None:
    asked = talk.questions(again)["1.3"]
    assert asked.turn == 2
    assert talk.sign(again, without=(asked.id,)) == 1


def test_the_check_page_names_it_unanswered_not_wordless(again: Province) -> None:
    page = again.client("leader.sa").get(f"/assessments/{again.form_id('SA')}/explanation/check").get_data(as_text=True)
    assert 'name="without"' in page


def test_the_paper_of_this_answer_still_wants_a_word(again: Province) -> None:
    add_paper(again, "Quy chế lần hai")
    asked = talk.questions(again)["1.3"]
    with pytest.raises(Unanswered) as left:
        talk.sign(again, without=(asked.id,))
    assert left.value.wordless == {asked.id}


def test_a_superiors_reopening_keeps_no_draft_paper_of_a_second_answer(again: Province) -> None:
    """The council reads the hand-over: of the explanation only what was signed belongs in it."""
    add_paper(again, "Quy chế còn dự thảo")
    id_ = steps.sheet_id(again, "SA")
    with again.acting("admin"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Thẩm định lại")
    kept = story.snapshots(again, "SA")[-1]
    assert (kept.verb, kept.layer) == ("reopen_field", Layer.COUNCIL)
    leaves = [leaf for field in kept.content["fields"] for leaf in field["leaves"]]
    papers = [paper["title"] for leaf in leaves for paper in leaf["evidence"]]
    assert papers == ["Quy chế lần một"]
