"""The screens of an explanation in a browser without script: of the unit, its leader, the helper, the council, a superior."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Layer, Stage, State
from services import evidence
from services.evidence import Document
from services.explanation import answering
from services.explanation.texts import mark
from tests.appraisal import steps
from tests.appraisal.web import BIG, post, statements, words
from tests.explanation import steps as talk
from tests.explanation.steps import HELPER
from tests.explanation.test_asking import window
from tests.support.database import Database
from tests.support.world import Province
from views.explanation import was


@pytest.fixture
def marked(province: Province, database: Database) -> Province:
    return steps.state(province, database, "marked", lambda: talk.prepare(province))


@pytest.fixture
def asked(province: Province, database: Database) -> Province:
    return steps.state(province, database, "asked", lambda: talk.asked(province))


@pytest.fixture
def explained(province: Province, database: Database) -> Province:
    return steps.state(province, database, "explained", lambda: talk.explained(province))


def page_of(province: Province, unit: str = "SA") -> str:
    return f"/assessments/{province.form_id(unit)}/explanations"


def marks(province: Province) -> dict[str, str]:
    """Return what the unit's page remembers of each answer."""
    form_id = province.form_id("SA")
    with province.acting("officer.sa"):
        found = {}
        for code in talk.QUESTIONS:
            sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), code)
            question = answering.question_of(sheet, leaf)
            found[code] = mark(db.session.scalar(select(m.Explanation).where(m.Explanation.question_id == question.id)))
        return found


def answer_all(client: FlaskClient, province: Province, **texts: str) -> Any:
    """Send the page as a browser without script does, with every item on it."""
    data: dict[str, str] = {}
    for code, known in marks(province).items():
        data |= {f"text:{code}": texts.get(code, ""), f"mark:{code}": known, f"was:{code}": was("")}
    return post(client, page_of(province), data)


def test_the_unit_reads_only_what_was_asked(asked: Province) -> None:
    text = words(asked.client("officer.sa").get(page_of(asked)))
    assert talk.QUESTIONS["1.1"] in text
    assert "Ban hành kế hoạch" in text
    assert "Báo cáo định kỳ" not in text  # 1.4 was not asked about
    assert "Đang giải trình" in text


def test_the_way_leads_from_my_work_and_from_the_form(asked: Province) -> None:
    client = asked.client("officer.sa")
    for path in ("/", f"/assessments/{asked.form_id('SA')}"):
        answer = client.get(path)
        assert page_of(asked) in answer.get_data(as_text=True)
        assert "2 mục cần giải trình" in words(answer)
    assert "cần giải trình" not in words(asked.client("officer.sb").get("/"))


def test_answers_are_saved_signed_and_then_read_only(asked: Province) -> None:
    officer, leader = asked.client("officer.sa"), asked.client("leader.sa")
    assert answer_all(officer, asked, **{"1.1": "Ngày 20/02"}).status_code == 302
    check = f"/assessments/{asked.form_id('SA')}/explanation/check"
    assert "báo lãnh đạo khi đã xong" in words(officer.get(check))
    sign = f"/assessments/{asked.form_id('SA')}/explanation/sign"
    refused = post(leader, sign, {})
    assert refused.status_code == 422
    assert "1.3: chưa trả lời" in words(refused)
    silent = talk.questions(asked)["1.3"].id
    assert post(leader, sign, {"without": silent}).status_code == 302
    text = words(leader.get(page_of(asked)))
    assert "Ngày 20/02" in text
    assert "Đơn vị không giải trình" in text
    assert "<textarea" not in leader.get(page_of(asked)).get_data(as_text=True)
    assert post(officer, sign, {}).status_code == 403


@pytest.mark.parametrize("change", ["an answer", "a document", "nothing"])
def test_the_leader_signs_only_what_the_leader_read(asked: Province, change: str) -> None:
    for code, text in talk.ANSWERS.items():
        talk.explain(asked, code, text)
    leader, form_id = asked.client("leader.sa"), asked.form_id("SA")
    page = leader.get(f"/assessments/{form_id}/explanation/check").get_data(as_text=True)
    seen = page.split('name="seen" value="', 1)[1].split('"', 1)[0]
    if change == "an answer":
        talk.explain(asked, "1.1", "Nội dung lãnh đạo chưa đọc")
    elif change == "a document":
        with asked.acting("officer.sa"):
            sheet, leaf = answering.place(db.session.get_one(m.Assessment, form_id), "1.3")
            evidence.add(sheet, leaf, Document(title="Văn bản lãnh đạo chưa đọc"))
    answer = post(leader, f"/assessments/{form_id}/explanation/sign", {"seen": seen})
    signed = talk.state(asked) is State.REAPPRAISAL
    assert (answer.status_code, signed) == ((302, True) if change == "nothing" else (409, False))


def test_two_who_write_at_once_see_both_texts(asked: Province) -> None:
    client = asked.client("officer.sa")
    stale = marks(asked)
    talk.explain(asked, "1.1", "Của lãnh đạo", login="leader.sa")
    data = {"text:1.1": "Của cán bộ", "mark:1.1": stale["1.1"], "was:1.1": was("")}
    answer = post(client, page_of(asked), data)
    assert answer.status_code == 409
    text = words(answer)
    assert "Của lãnh đạo" in text
    assert "Của cán bộ" in text
    script = post(client, f"{page_of(asked)}/1.1", data, headers={"Accept": "application/json"})
    assert script.status_code == 409
    assert script.json["current"]["text"] == "Của lãnh đạo"
    assert script.json["current"]["author"].startswith("Lãnh đạo")
    again = {**data, "mark:1.1": script.json["current"]["mark"]}
    kept = post(client, f"{page_of(asked)}/1.1", again, headers={"Accept": "application/json"})
    assert (kept.status_code, kept.json["progress"]) == (200, "Đã trả lời 1/2 mục")


def test_what_is_too_long_stays_on_the_page(asked: Province) -> None:
    long = "dài " * 1500
    answer = answer_all(asked.client("officer.sa"), asked, **{"1.1": long, "1.3": "Ngắn"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert long.strip() in page
    assert "1.1: Tối đa 4000 ký tự." in words(answer)
    with asked.system():
        assert db.session.scalars(select(m.Explanation.text)).all() == ["Ngắn"]


def test_a_text_typed_into_the_last_second_is_not_lost(asked: Province) -> None:
    client = asked.client("officer.sa")
    known = marks(asked)["1.1"]
    asked.move_clock(days=35)
    client = asked.client("officer.sa")
    answer = post(client, page_of(asked), {"text:1.1": "Vừa gõ xong", "mark:1.1": known, "was:1.1": was("")})
    assert answer.status_code == 409
    assert "Vừa gõ xong" in words(answer)
    assert "Đang thẩm định lại" in words(answer)


def test_a_question_waits_for_its_stage(marked: Province) -> None:
    with marked.app.app_context():
        now = clock.now()
    window(marked, Stage.EXPLANATION, opens_at=now + timedelta(days=1))
    talk.send(marked)
    client = marked.client("officer.sa")
    for path in ("/", page_of(marked), f"/assessments/{marked.form_id('SA')}"):
        text = words(client.get(path))
        assert talk.QUESTIONS["1.1"] not in text
        assert "Tổ giúp việc có câu hỏi" in text


@pytest.mark.parametrize("login", ["officer.sb", "manager.h1", "helper.h1", "helper2.p", "member.h1"])
def test_others_find_nothing_there(asked: Province, login: str) -> None:
    client = asked.client(login)
    form, sheet = asked.form_id("SA"), steps.sheet_id(asked, "SA")
    seat_of_province = login == "helper2.p"
    paths = [page_of(asked), f"/assessments/{form}/evidence/1.1", f"/assessments/{form}/explanation/check"]
    for path in paths:
        answer = client.get(path)
        if seat_of_province:
            assert answer.status_code == 200  # a seat reads all fields of its council's units
        else:
            assert answer.status_code == 404
            absent = client.get(path.replace(str(form), "999999", 1))
            assert absent.status_code == 404
    tried = {
        f"{page_of(asked)}/1.1": {"text:1.1": "x"},
        f"/assessments/{form}/explanation/sign": {},
        f"/assessments/{form}/explanation/extend": {"ends_at": "2030-01-01T10:00", "reason": "x"},
        f"/appraisal/{sheet}/{steps.leaf_id(asked, 'SA', '1.4')}/question": {"text": "x", "mark": "0"},
        f"/appraisal/{sheet}/questions": {},
    }
    for path, data in tried.items():
        assert post(client, path, data).status_code in (403, 404, 409), path
    assert talk.state(asked) is State.EXPLANATION


def test_numbers_beyond_any_row_are_absent(asked: Province) -> None:
    helper, officer = asked.client(HELPER), asked.client("officer.sa")
    form, sheet, leaf = asked.form_id("SA"), steps.sheet_id(asked, "SA"), steps.leaf_id(asked, "SA", "2.1")
    for path in (
        f"/appraisal/{BIG}/questions",
        f"/appraisal/{sheet}/{leaf}/remark",
        f"/appraisal/{sheet}/{BIG}/question",
    ):
        assert post(helper, path, {"text": "x", "audience": "team"}).status_code == 404
    for path in (
        f"/assessments/{form}/explanations/9.99",
        f"/assessments/{form}/evidence/1.1/{10**12}/remove",
        f"/assessments/{form}/evidence/1",
    ):
        assert post(officer, path, {"title": "x"}).status_code == 404
    leaf = steps.leaf_id(asked, "SA", "1.1")
    wrong = post(helper, f"/appraisal/{sheet}/{leaf}/remark", {"text": "x", "audience": "world"})
    assert wrong.status_code == 404


def test_the_helper_marks_looks_and_sends(province: Province, database: Database) -> None:
    steps.state(province, database, "claimed", lambda: steps.claim(province, "SA"))
    client = province.client(HELPER)
    sheet, leaf = steps.sheet_id(province, "SA"), steps.leaf_id(province, "SA", "1.1")
    way = f"/appraisal/{sheet}/{leaf}/question"
    empty = post(client, way, {"text": " ", "mark": "0", "action": "ask"})
    assert empty.status_code == 422
    assert "Hãy ghi nội dung cần đơn vị giải trình." in words(empty)
    assert post(client, way, {"text": "Ngày nào?", "mark": "0", "action": "ask"}).status_code == 302
    stale = post(client, way, {"text": "Của tôi", "mark": "0", "action": "ask"})
    assert stale.status_code == 409
    assert "Ngày nào?" in words(stale)
    assert "Của tôi" in words(stale)
    send = f"/appraisal/{sheet}/questions"
    listed = words(client.get(send))
    assert "1.2.1" in listed
    assert "chưa thẩm định, cũng chưa ghi câu hỏi" in listed
    assert post(client, send, {}).status_code == 409
    steps.keep_all(province, HELPER, "SA")
    listed = words(client.get(send))
    assert "Đơn vị được thông báo: Sở Tư pháp" in listed
    assert "Ngày nào?" in listed
    assert post(client, send, {}).status_code == 302
    assert talk.state(province) is State.EXPLANATION
    assert "Đơn vị giải trình đến" in words(client.get(f"/appraisal/{sheet}?leaf=1.1"))
    assert "Đơn vị đang giải trình" in words(client.get("/appraisal"))


def test_unsent_questions_keep_the_field_and_say_so(marked: Province) -> None:
    client = marked.client(HELPER)
    answer = post(client, f"/appraisal/{steps.sheet_id(marked, 'SA')}/hand-in", {})
    assert answer.status_code == 409
    assert "Còn câu hỏi chưa gửi" in words(answer)


def test_the_helper_keeps_the_first_result_and_hands_in(explained: Province) -> None:
    client = explained.client(HELPER)
    sheet = steps.sheet_id(explained, "SA")
    text = words(client.get(f"/appraisal/{sheet}?leaf=1.1"))
    assert talk.ANSWERS["1.1"] in text
    assert "Giữ kết quả thẩm định lần 1: 0,00" in text
    assert "Chờ thẩm định lại" in words(client.get("/appraisal"))
    kept = post(
        client, f"/appraisal/{sheet}/{steps.leaf_id(explained, 'SA', '1.1')}", {"action": "first", "version": "0"}
    )
    assert kept.status_code == 302
    assert kept.location.endswith("leaf=1.2.1")
    other = words(client.get(f"/appraisal/{sheet}?leaf=1.4"))
    assert "Chỉ thẩm định lại những mục đã yêu cầu đơn vị giải trình." in other
    data = {"in-met": "1", "version": "0", "action": "save"}
    assert post(client, f"/appraisal/{sheet}/{steps.leaf_id(explained, 'SA', '1.3')}", data).status_code == 302
    ready = words(client.get(f"/appraisal/{sheet}/hand-in"))
    assert "Đã giải trình 2/2 mục được yêu cầu" in ready
    assert post(client, f"/appraisal/{sheet}/hand-in", {}).status_code == 302
    assert talk.state(explained) is State.APPRAISED


def test_the_council_reads_the_thread_and_leaves_a_remark(explained: Province) -> None:
    client = explained.client("member.p")
    sheet, leaf = steps.sheet_id(explained, "SA"), steps.leaf_id(explained, "SA", "1.1")
    text = words(client.get(f"/approval/sheets/{sheet}"))
    assert talk.QUESTIONS["1.1"] in text
    assert talk.ANSWERS["1.1"] in text
    way = f"/appraisal/{sheet}/{leaf}/remark"
    empty = post(client, way, {"text": "", "audience": "unit"})
    assert empty.status_code == 422
    assert "Hãy ghi nhận xét." in words(empty)
    assert post(client, way, {"text": "Đã xem bản gốc", "audience": "unit"}).status_code == 302
    assert "Đã xem bản gốc" in words(client.get(f"/approval/sheets/{sheet}"))
    unit = explained.client("officer.sa")
    assert "Đã xem bản gốc" not in words(unit.get(f"/assessments/{explained.form_id('SA')}"))
    with explained.acting("admin"):
        from services import supervision

        supervision.release(db.session.get_one(m.Assessment, explained.form_id("SA")), Layer.COUNCIL)
    assert "Đã xem bản gốc" in words(unit.get(f"/assessments/{explained.form_id('SA')}"))


def test_a_superior_gives_more_time_on_a_page_of_its_own(explained: Province) -> None:
    client = explained.client("admin")
    form = explained.form_id("SA")
    way = f"/assessments/{form}/explanation/extend"
    assert way in client.get(f"/progress/{form}").get_data(as_text=True)
    with explained.app.app_context():
        late = clock.now() + timedelta(days=300)
        good = clock.now() + timedelta(days=24)
    refused = post(client, way, {"ends_at": f"{late:%Y-%m-%dT%H:%M}", "reason": "Bão"})
    assert refused.status_code == 422
    assert "thẩm định lần 2" in words(refused)
    assert post(client, way, {"ends_at": f"{good:%Y-%m-%dT%H:%M}", "reason": ""}).status_code == 422
    assert post(client, way, {"ends_at": f"{good:%Y-%m-%dT%H:%M}", "reason": "Bão"}).status_code == 302
    assert talk.state(explained) is State.EXPLANATION


def test_further_documents_are_named_beside_the_answer(asked: Province) -> None:
    client = asked.client("officer.sa")
    way = f"/assessments/{asked.form_id('SA')}/evidence/1.1"
    bad = post(client, way, {"title": "", "number": "12/KH"})
    assert bad.status_code == 422
    assert 'value="12/KH"' in bad.get_data(as_text=True)
    assert post(client, way, {"title": "Kế hoạch số 12", "number": "12/KH"}).status_code == 302
    assert "Kế hoạch số 12" in words(client.get(way))
    assert "1 tài liệu bổ sung" in words(client.get(page_of(asked)))
    with asked.acting("officer.sa"):
        link = db.session.scalars(select(m.EvidenceLink.id)).one()
    helper = asked.client(HELPER)
    work = f"/appraisal/{steps.sheet_id(asked, 'SA')}?leaf=1.1"
    assert "Kế hoạch số 12" not in words(helper.get(work))
    talk.explain(asked, "1.1", "Xem tài liệu")
    talk.explain(asked, "1.3", "Có")
    talk.sign(asked)
    assert "Kế hoạch số 12" in words(helper.get(work))
    assert post(client, f"{way}/{link}/remove", {}).status_code == 409


def test_the_number_of_statements_does_not_hang_on_the_questions(marked: Province) -> None:
    talk.send(marked)
    few = statements(marked, marked.client("officer.sa"), page_of(marked))
    helper = marked.client(HELPER)
    work = f"/appraisal/{steps.sheet_id(marked, 'SA')}?leaf=1.1"
    desk = statements(marked, helper, work)
    form_id = marked.form_id("SA")
    with marked.system(), talk.system_writing():
        form = db.session.get_one(m.Assessment, form_id)
        admin = db.session.scalars(select(m.Account.id).where(m.Account.username == "admin")).one()
        for code in ("1.2.1", "1.2.2", "1.4", "1.5"):
            db.session.add(
                m.Question(
                    assessment_id=form.id,
                    unit_id=form.unit_id,
                    criteria_set_id=form.criteria_set_id,
                    criterion_id=steps.leaf_of(form.criteria_set_id, code).id,
                    text="Thêm",
                    author_id=admin,
                    asked_at=form.round.opened_at,
                    sent_at=form.round.opened_at,
                )
            )
    assert statements(marked, marked.client("officer.sa"), page_of(marked)) == few
    assert statements(marked, helper, work) == desk
    assert few <= 20
    assert desk <= 30
