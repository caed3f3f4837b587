"""The history of one leaf, page by page, for everyone who may read it and nobody else."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask.testing import FlaskClient

import models as m
from extensions import db
from permissions.actor import current_actor
from rules.vocabulary import Layer
from services import approval
from services.history import trail
from services.score import Entry
from tests.appraisal import steps
from tests.appraisal.web import BIG
from tests.history import story
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def closed(province: Province, database: Database) -> Province:
    return steps.state(province, database, "history", lambda: story.judged(province))


def address(province: Province, code: str = "1.1") -> str:
    return f"/assessments/{province.form_id(story.UNIT)}/leaves/{code}/history"


def told(client: FlaskClient, path: str) -> str:
    """Return the words of a page in one line; what is struck out or added stands in brackets."""
    answer = client.get(path)
    assert answer.status_code == 200
    text = answer.get_data(as_text=True)
    text = text[text.index("<main") : text.index("</main>")]
    text = re.sub(r"<del>(.*?)</del>", r"[-\1-]", text)
    text = re.sub(r"<ins>(.*?)</ins>", r"[+\1+]", text)
    return one_line(text)


def one_line(text: str) -> str:
    text = re.sub(r'<span class="hidden-words">.*?</span>', "", text)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text)))


def deeds(client: FlaskClient, path: str) -> list[str]:
    """Return the words of each act on the page."""
    text = client.get(path).get_data(as_text=True)
    items = re.findall(
        r"<li(?: class=\"handed\")?>\s*<p class=\"head\">.*?(?=<li(?: class=\"handed\")?>\s*<p class=\"head\">|</ol>)",
        text,
        re.DOTALL,
    )
    return [one_line(item) for item in items]


def test_each_act_has_its_line_with_who_when_and_what(closed: Province) -> None:
    found = deeds(closed.client("helper.h1"), address(closed))
    assert len(found) == 9, "three hand-overs of the field, appraisal, superior, signature, document, two scorings"
    assert "Cán bộ Xã Ấp Bắc" in found[-1]
    assert "chưa chấm → 5,00" in found[-1]
    assert "“Trong tháng 02”" in found[-1]
    assert "5,00 → 10,00 (+5,00) tăng" in found[-2]
    assert "“Trong tháng 02” → “Trong tháng 01”" in found[-2]
    assert "05/KH-UBND Kế hoạch năm, trang, mục: 3" in found[-3]
    assert re.search(r"\d\d:\d\d \d\d/\d\d/\d{4}", found[-1])


def test_a_note_differs_by_words(closed: Province) -> None:
    assert "Kế hoạch số [-05-][+15+] ban hành ngày 10 tháng 01" in told(closed.client("helper.h1"), address(closed))


def test_who_signed_for_another_is_said(closed: Province) -> None:
    signed = next(one for one in deeds(closed.client("officer.x11"), address(closed)) if "Ký duyệt" in one)
    assert "Cán bộ Xã Ấp Bắc , Lãnh đạo đơn vị, Xã Ấp Bắc thay mặt Lãnh đạo Xã Ấp Bắc" in signed
    assert "cả phiếu" in signed


def test_the_superior_s_change_is_attributed_with_its_reason(closed: Province) -> None:
    for login in ("officer.x11", "helper.h1", "admin"):
        found = next(one for one in deeds(closed.client(login), address(closed)) if "Phạm Huyện Một" in one)
        assert "Huyện Đông Thành" in found
        assert "chưa chấm → 5,00" in found
        assert found.count(story.SUPERIOR_REASON) == 1, "the reason of the act and of the points is one"


def test_an_emptied_and_rescored_leaf_keeps_its_whole_history(province: Province) -> None:
    story.save(province, "1.4", inputs={"count": "1"}, note="Một báo cáo chậm")
    story.save(province, "1.4", inputs={})
    story.save(province, "1.4", inputs={"count": "0"}, note="Không chậm")
    made, emptied, again = reversed(deeds(province.client("officer.x11"), address(province, "1.4")))
    assert "chưa chấm → 7,50" in made
    assert "7,50 → chưa chấm" in emptied
    assert "Một báo cáo chậm" in emptied
    assert "chưa chấm → 10,00" in again


def test_a_document_that_was_removed_is_still_called_by_its_name(province: Province) -> None:
    story.name_evidence(province, number="99/QĐ", page="7")
    story.remove_evidence(province)
    removed, added = deeds(province.client("officer.x11"), address(province))
    for found in (removed, added):
        assert "99/QĐ Kế hoạch năm" in found
    assert "Bỏ tài liệu kiểm chứng" in removed


def test_parts_are_told_by_their_texts(province: Province) -> None:
    story.save(province, "2.1", inputs={"parts": ["0"]}, note="x")
    story.save(province, "2.1", inputs={"parts": ["1"]}, note="x")
    text = told(province.client("officer.x11"), address(province, "2.1"))
    assert "[-Tại nơi tiếp nhận-]" in text
    assert "[+Trên mạng+]" in text


def test_the_unit_reads_of_the_judging_only_what_was_released(closed: Province) -> None:
    unit = closed.client("officer.x11")
    for code, said in (("1.2.1", story.HELPER_REASON), ("1.3", story.COUNCIL_REASON)):
        before = told(unit, address(closed, code))
        assert said not in before
        assert "Tổ viên Huyện" not in before
        assert "Ủy viên Huyện" not in before
        assert "Trình Hội đồng" not in before
    story.release(closed, Layer.APPRAISAL)
    assert story.HELPER_REASON in told(unit, address(closed, "1.2.1"))
    assert story.COUNCIL_REASON not in told(unit, address(closed, "1.3"))
    story.release(closed, Layer.COUNCIL)
    assert story.COUNCIL_REASON in told(unit, address(closed, "1.3"))


def test_what_was_released_is_hidden_again_when_the_field_is_reopened(closed: Province) -> None:
    story.release(closed, Layer.COUNCIL)
    with closed.acting("manager.h1"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, steps.sheet_id(closed, story.UNIT)), "Sai số liệu")
    text = told(closed.client("officer.x11"), address(closed, "1.3"))
    assert story.COUNCIL_REASON not in text
    assert "Sai số liệu" not in text


def test_a_council_s_decision_that_was_undone_stays_in_its_history(closed: Province) -> None:
    with closed.acting("manager.h1"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, steps.sheet_id(closed, story.UNIT)), "Sai số liệu")
    newest = deeds(closed.client("helper.h1"), address(closed, "1.3"))[0]
    assert "0,00 → chưa chấm" in newest
    assert newest.count("Sai số liệu") == 1
    assert "Nội dung đã chuyển giao" in newest, "the act and its snapshot are one line"


@pytest.mark.parametrize("login", ["officer.x12", "leader.sa", "manager.h2", "helper.h2", "helper1.p"])
def test_another_s_leaf_answers_like_one_that_is_not_there(closed: Province, login: str) -> None:
    client = closed.client(login)
    foreign, absent = client.get(address(closed)), client.get("/assessments/999999999/leaves/1.1/history")
    assert (foreign.status_code, absent.status_code) == (404, 404)


@pytest.mark.parametrize("code", ["9.99", "1", "1.2", "%00", "1.1'--", "x" * 500])
def test_what_is_no_leaf_has_no_history(closed: Province, code: str) -> None:
    assert closed.client("officer.x11").get(address(closed, code)).status_code == 404


def test_an_auditor_reads_no_leaf_and_no_value(closed: Province) -> None:
    auditor = closed.client("auditor")
    assert auditor.get(address(closed)).status_code == 403
    assert auditor.get(f"/assessments/{closed.form_id(story.UNIT)}/history").status_code == 403
    with closed.acting("auditor"):
        person = current_actor()
        assert person is not None
        with closed.system():
            form = story.form(closed)
            leaf = steps.leaf_of(form.criteria_set_id, "1.1")
            field = steps.leaf_of(form.criteria_set_id, "1")
            found = trail.read(form, leaf, field.id, person, 1, 2)
    assert found.deeds
    assert not found.values
    said = [value for deed in found.deeds for line in deed.lines for value in (line.before, line.after, line.pieces)]
    assert not any(said), "that something changed, by whom and when, without the values"


def test_a_leaf_that_nobody_touched_says_so(province: Province) -> None:
    assert "Chưa có nội dung nào được nhập" in told(province.client("officer.x11"), address(province))


def test_survey_and_penalty_have_their_history_too(closed: Province) -> None:
    steps.survey(closed, story.UNIT)
    steps.appraise(closed, "helper.h1", story.UNIT, "9.2", Entry({"count": "2"}, reason="Chậm hai ngày"))
    council = closed.client("helper.h1")
    assert "chưa chấm → 16,00" in told(council, address(closed, "8.1"))
    assert "Số điểm trừ: chưa chấm → 0,50" in told(council, address(closed, "9.2"))


def test_a_long_history_is_paged(province: Province) -> None:
    for turn in range(25):
        story.save(province, "1.4", inputs={"count": str(turn % 4)}, note=f"Lần {turn}")
    client = province.client("officer.x11")
    first, second = deeds(client, address(province, "1.4")), deeds(client, address(province, "1.4") + "?page=2")
    assert (len(first), len(second)) == (20, 5)
    assert "Lần 0" in second[-1]
    assert deeds(client, address(province, "1.4") + "?page=99") == second
    for page in ("0", "-1", "x", "1e3", str(BIG), ""):
        assert client.get(f"{address(province, '1.4')}?page={page}").status_code == 200


def test_statements_do_not_grow_with_the_history(province: Province) -> None:
    client = province.client("officer.x11")
    story.name_evidence(province, "1.4")
    story.save(province, "1.4", inputs={"count": "0"}, note="Lần đầu")
    few = count(province, client)
    for turn in range(1, 12):
        story.save(province, "1.4", inputs={"count": str(turn % 4)}, note=f"Lần {turn}")
        story.name_evidence(province, "1.4", number=f"{turn}/QĐ")
    assert count(province, client) == few
    assert few <= 20


def count(province: Province, client: FlaskClient) -> int:
    client.get(address(province, "1.4"))
    with steps.counted(province) as sent:
        client.get(address(province, "1.4"))
    return len(sent)
