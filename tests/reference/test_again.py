"""Reference figures once the unit was asked: never over a question, and in the second appraisal in its own layer."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Layer
from tests.appraisal import steps
from tests.appraisal.web import post
from tests.explanation import steps as asking
from tests.reference.desk import SOURCE, confirm, kept, upload
from tests.reference.test_taking import appraised, flat, list_of, tickets
from tests.support.world import Province

HELPER = asking.HELPER
HEAD = "round_code,unit_code,criterion_code,option,met,source,as_of\n"
FIGURES = HEAD + f"2024,SA,1.1,1,,{SOURCE},2024-12-01\n2024,SA,1.3,,0,{SOURCE},2024-12-01\n"


def again(province: Province, unit: str, code: str) -> Decimal | None:
    found = steps.scores(province, unit, Layer.REAPPRAISAL).get(code)
    return None if found is None else found.points


@pytest.fixture
def marked(province: Province) -> Province:
    """Sở Tư pháp has claimed; 1.1 is appraised at 0, 1.3 not at all, and a question stands on both. Figures are there."""
    asking.prepare(province)
    admin = province.client("admin")
    status, page = upload(province, admin, FIGURES)
    assert status == 200, page
    assert confirm(province, admin, page)[0] == 200
    return province


def test_an_item_with_a_question_is_not_taken_over_by_list(province: Province) -> None:
    steps.claim(province, "SA")
    steps.lock(province)
    admin = province.client("admin")
    confirm(province, admin, upload(province, admin, FIGURES)[1])
    client = province.client(HELPER)
    given = tickets(client.get(list_of(province, "1.3")))
    assert len(given) == 1
    asking.ask(province, "1.3", "Đề nghị bổ sung quy chế.")
    page = client.get(list_of(province, "1.3"))
    assert tickets(page) == []
    assert "đang có yêu cầu giải trình" in flat(page)
    assert post(client, "/appraisal/reference", {"ticket": given}).status_code == 409
    assert appraised(province, "SA", "1.3") is None


def test_the_second_appraisal_takes_them_over_by_list_in_its_own_layer(marked: Province) -> None:
    asking.send(marked)
    client = marked.client(HELPER)
    page = client.get(list_of(marked, "1.3"))
    assert tickets(page) == []
    assert "Đang giải trình" in flat(page)
    for code, words in asking.ANSWERS.items():
        asking.explain(marked, code, words)
    asking.sign(marked)
    given = tickets(client.get(list_of(marked, "1.3")))
    assert len(given) == 1
    assert post(client, "/appraisal/reference", {"ticket": given}).status_code == 302
    assert again(marked, "SA", "1.3") == 0
    assert appraised(marked, "SA", "1.3") is None
    first = client.get(list_of(marked, "1.1"))
    assert tickets(first) == []
    assert "Đã thẩm định: hãy xem riêng" in flat(first)


def test_an_item_that_was_not_asked_about_is_left_out_in_the_second_appraisal(marked: Province) -> None:
    asking.send(marked)
    asking.sign(marked, without=_unanswered(marked))
    page = marked.client(HELPER).get(list_of(marked, "1.2.1"))
    assert tickets(page) == []
    assert "Chỉ thẩm định lại những mục đã yêu cầu đơn vị giải trình" in flat(page)


def _unanswered(province: Province) -> tuple[int, ...]:
    with province.system():
        return tuple(db.session.scalars(select(m.Question.id)))


def test_a_helper_brings_figures_in_the_second_appraisal_and_none_while_the_unit_explains(marked: Province) -> None:
    asking.send(marked)
    client, later = marked.client(HELPER), HEAD + f"2024,SA,1.3,,1,{SOURCE},2024-12-02\n"
    status, page = upload(marked, client, later)
    assert (status, "Đang giải trình" in page) == (422, True)
    for code, words in asking.ANSWERS.items():
        asking.explain(marked, code, words)
    asking.sign(marked)
    status, page = upload(marked, client, later)
    assert status == 200, page
    assert confirm(marked, client, page)[0] == 200
    assert kept(marked)["SA", "1.3"] == {"met": "1"}
