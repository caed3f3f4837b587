"""Two at once: whoever comes second reads who was first, and in whose place."""

from __future__ import annotations

import models as m
from rules.verbs import Verb
from services.explanation import answering
from services.explanation.texts import mark
from tests.appraisal.web import post
from tests.assessment.support import FULL, person
from tests.explanation import steps as talk
from tests.explanation.test_explanation_http import marks, page_of
from tests.lending.support import BEHALF, choose, lend
from tests.permissions.stages import acting_as, form_of, loaded
from tests.support.world import Province
from tests.workbook.support import Desk, text
from views.explanation import was


def test_an_upload_beside_points_saved_meanwhile(province: Province) -> None:
    leader = person(province, "leader.x11")
    leader.send(FULL)
    desk = Desk(leader.client, f"{leader.url}/workbook")
    book = desk.download()
    officer = person(province, "officer.x11")
    assert choose(officer.client, lend(province, "leader.x11", "officer.x11", Verb.SCORE)).status_code == 302
    officer.send({"1.5:count": "2"})
    assert BEHALF in text(desk.upload(book.put({("1.5", "in:1"): 0})))


def test_an_answer_beside_one_written_meanwhile(province: Province) -> None:
    talk.asked(province)
    leader, stale = province.client("leader.sa"), marks(province)
    key = lend(province, "leader.sa", "officer.sa", Verb.EXPLAIN, until=90)
    with acting_as(province, "officer.sa", key):
        sheet, leaf = answering.place(loaded(m.Assessment, form_of("SA").id), "1.1")
        answering.explain(sheet, leaf, "Viết thay lãnh đạo", mark(None))
    data = {"text:1.1": "Của lãnh đạo", "mark:1.1": stale["1.1"], "was:1.1": was("")}
    script = post(leader, f"{page_of(province)}/1.1", data, headers={"Accept": "application/json"})
    assert script.status_code == 409
    assert script.json["current"]["author"] == "Cán bộ Sở Tư pháp, thay mặt Lãnh đạo Sở Tư pháp"
