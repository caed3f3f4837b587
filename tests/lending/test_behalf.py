"""Every act shows "thay mặt": wherever a person is named beside an act, the one in whose place it acted is named too."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.verbs import Verb
from rules.vocabulary import Audience, State
from services import appraisal, approval
from services.explanation import answering, asking, thread
from services.explanation.texts import mark
from services.score import Entry
from tests.appraisal import steps
from tests.assessment.support import FULL, Person, person
from tests.evidence.sending import sent
from tests.explanation.steps import present
from tests.lending.support import BEHALF, borrower, choose, lend, words
from tests.permissions.stages import acting_as, by, form_of, sheet_of, writing
from tests.support.papers import docx_text, paper, pdf_text, squeeze
from tests.support.world import Province

UNIT = (Verb.SCORE, Verb.ATTACH, Verb.SIGN, Verb.TAKE_BACK, Verb.EXPLAIN, Verb.SIGN_EXPLANATION)
HELPER = "Trần Lãnh Đạo, thay mặt Tổ viên Huyện"
MEMBER = "Trần Lãnh Đạo, thay mặt Ủy viên Huyện"
NOTES = {f"{code}:note": "Xem báo cáo năm" for code in ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2")}


def lent_seat(province: Province, giver: str) -> str:
    return lend(
        province,
        giver,
        "observer",
        Verb.APPRAISE,
        Verb.ASK,
        Verb.SEND_QUESTIONS,
        Verb.REMARK,
        Verb.HAND_IN,
        Verb.CHANGE,
        Verb.APPROVE,
        until=100,
        seat=True,
    )


@pytest.fixture
def officer(province: Province) -> Person:
    """The officer at its form in the leader's place; everything is entered so."""
    who = person(province, "officer.x11")
    assert choose(who.client, lend(province, "leader.x11", "officer.x11", *UNIT, until=100)).status_code == 302
    assert who.send({**FULL, **NOTES}).status_code == 302
    return who


def signed(officer: Person) -> None:
    page = officer.client.get(f"{officer.url}/check").get_data(as_text=True)
    seen = page.split('name="seen" value="', 1)[1].split('"', 1)[0]
    assert officer.post("sign", seen=seen, confirmed="yes").status_code == 302


def test_points_saved_at_the_same_time_name_both(province: Province, officer: Person) -> None:
    leader = person(province, "leader.x11")
    stale = leader.leaf("1.3", {"met": "0"}, version=0)
    assert stale.status_code == 409
    assert stale.json["current"]["author"] == BEHALF
    plain = leader.send({"1.3:met": "0", "1.3:version": "0"})
    assert plain.status_code == 409
    assert BEHALF in words(plain)


def test_whoever_goes_on_in_the_own_role_is_named_alone_again(province: Province, officer: Person) -> None:
    own = person(province, "officer.x11")
    with province.system():
        version = db.session.scalars(
            select(m.Score.version)
            .join(m.Criterion, m.Criterion.id == m.Score.criterion_id)
            .where(m.Criterion.code == "1.3")
        ).one()
    assert own.leaf("1.3", {"met": "0"}, version).status_code == 200
    with province.system():
        of_leaf = dict(
            db.session.execute(
                select(m.Criterion.code, m.Score.author_for).join(m.Criterion, m.Criterion.id == m.Score.criterion_id)
            ).all()
        )
    assert (of_leaf["1.3"], of_leaf["1.4"]) == ("", "Lãnh đạo Xã Ấp Bắc")


def test_receipt_paper_and_notice_name_who_signed_for_whom(province: Province, officer: Person) -> None:
    signed(officer)
    assert BEHALF in words(officer.client.get(f"{officer.url}/receipt"))
    address = f"/papers/forms/{officer.form_id}/form"
    manager = province.client("manager.h1")
    for client in (officer.client, manager):
        assert squeeze(BEHALF) in squeeze(pdf_text(paper(client, f"{address}.pdf")))
        assert squeeze(BEHALF) in squeeze(docx_text(paper(client, f"{address}.docx")))
    assert f"{BEHALF} đã ký" in words(province.client("leader.x11").get("/"))
    assert officer.post("take-back", confirmed="yes").status_code == 302
    assert words(province.client("leader.x11").get("/")).count(BEHALF) == 2
    with province.system():
        assert db.session.get_one(m.Assessment, officer.form_id).signed_for == ""


def test_history_and_audit_tell_it_of_every_act(province: Province, officer: Person) -> None:
    signed(officer)
    leader = province.client("leader.x11")
    with province.system():
        snapshot = db.session.scalars(select(m.Snapshot)).one()
        assert (snapshot.author_name, snapshot.on_behalf_of) == ("Cán bộ Xã Ấp Bắc", "Lãnh đạo Xã Ấp Bắc")
        entries = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.verb.in_(("score", "sign")))).all()
        assert {entry.on_behalf_of for entry in entries} == {"Lãnh đạo Xã Ấp Bắc"}
        number = snapshot.id
    for path in ("history", "leaves/1.3/history"):
        assert "thay mặt Lãnh đạo Xã Ấp Bắc" in words(leader.get(f"{officer.url}/{path}"))
    assert BEHALF in words(leader.get(f"{officer.url}/history/{number}")), "each leaf of what was signed"


def test_versions_of_a_file_name_both(province: Province, officer: Person) -> None:
    sent(officer)
    assert BEHALF in words(officer.client.get(f"{officer.url}/evidence/1.3"))


def test_sheets_and_files_of_a_superior_name_both(province: Province, officer: Person) -> None:
    admin = province.client("admin")
    file = admin.get("/admin/score/export/csv/").get_data(as_text=True)
    rows = list(csv.DictReader(io.StringIO(file.lstrip("\ufeff"))))
    assert rows
    assert {(row["Người nhập"], row["Thay mặt"]) for row in rows} == {("Cán bộ Xã Ấp Bắc", "Lãnh đạo Xã Ấp Bắc")}
    assert "Lãnh đạo Xã Ấp Bắc" in words(admin.get("/admin/score/"))


@pytest.fixture
def judged(province: Province, officer: Person) -> Person:
    """Locked, and appraised in the helper's place: 1.1 down, remarked and asked about; the rest of field 1 kept."""
    signed(officer)
    steps.lock(province)
    with acting_as(province, "observer", lent_seat(province, "helper.h1")) as actor:
        sheet = db.session.get_one(m.FieldSheet, sheet_of(form_of("X11"), "1").id)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.1")
        appraisal.save(sheet, leaf, Entry({"option": "2"}, reason="Không tìm thấy kế hoạch"))
        thread.remark(sheet, leaf, Audience.TEAM, "Đã tra hai lần")
        asking.ask(sheet, leaf, "Kế hoạch ban hành ngày nào?", mark(present(sheet, leaf)))
        found = appraisal.keeping(actor, [sheet])
        assert not appraisal.keep([line.ticket for line in found.lines if line.ticket]).failed
    return officer


def work(province: Province, code: str = "1.1") -> str:
    return f"/appraisal/{steps.sheet_id(province, 'X11')}?leaf={code}"


def test_the_desk_names_both_at_points_question_and_remark(province: Province, judged: Person) -> None:
    page = words(province.client("helper.h1").get(work(province)))
    assert page.count(HELPER) == 2, "points and remark; the question stands open there to be changed"


def test_answer_and_signature_of_an_explanation_name_both(province: Province, judged: Person) -> None:
    with acting_as(province, "observer", by_receiver(province, "observer")):
        asking.send(db.session.get_one(m.FieldSheet, steps.sheet_id(province, "X11")))
    key = by_receiver(province, "officer.x11")
    with acting_as(province, "officer.x11", key):
        form = db.session.get_one(m.Assessment, judged.form_id)
        sheet, leaf = answering.place(form, "1.1")
        answering.explain(sheet, leaf, "Ban hành ngày 20/01.", mark(None))
        answering.sign(db.session.get_one(m.Assessment, judged.form_id), ())
    page = words(province.client("helper.h1").get(work(province)))
    assert BEHALF in page
    assert page.count(HELPER) == 2, "question and remark; a second appraisal is not given yet"
    client = province.client("leader.x11")
    assert f"{BEHALF} đã ký duyệt giải trình" in words(client.get("/"))
    address = f"/papers/forms/{judged.form_id}/explanation"
    assert squeeze(BEHALF) in squeeze(pdf_text(paper(client, f"{address}.pdf")))


def test_the_council_sheet_names_both_for_each_layer(province: Province, judged: Person) -> None:
    with writing(province):
        sheet_of(form_of("X11"), "1").state = State.APPRAISED
    with acting_as(province, "observer", lent_seat(province, "member.h1")):
        sheet = db.session.get_one(m.FieldSheet, steps.sheet_id(province, "X11"))
        approval.change(sheet, steps.leaf_of(sheet.criteria_set_id, "1.3"), Entry({"met": "0"}, reason="Chưa áp dụng"))
    page = words(province.client("member.h1").get(f"/approval/sheets/{steps.sheet_id(province, 'X11')}"))
    assert MEMBER in page
    assert HELPER in page


def by_receiver(province: Province, login: str) -> str:
    with province.system():
        return f"delegation:{by(m.Delegation, receiver_id=by(m.Account, username=login).id).id}"


def test_it_is_filled_in_the_act_and_by_no_form(province: Province, officer: Person) -> None:
    own = person(province, "officer.x11")
    answer = own.client.post(
        f"{own.url}/scores/1.4",
        data={
            "csrf_token": own.token(),
            "1.4:count": "2",
            "1.4:version": "1",
            "author_for": "Bí thư",
            "signed_for": "x",
        },
        headers={"Accept": "application/json"},
    )
    assert answer.status_code in (200, 409)
    with province.system():
        assert set(db.session.scalars(select(m.Score.author_for))) <= {"", "Lãnh đạo Xã Ấp Bắc"}


def test_system_work_and_ones_own_act_name_nobody_else(province: Province) -> None:
    steps.claim(province, "SA")
    steps.survey(province, "SA")
    with province.system():
        assert set(db.session.scalars(select(m.Score.author_for))) == {""}
        assert db.session.get_one(m.Assessment, province.form_id("SA")).signed_for == ""


def test_the_header_says_so_on_every_page(province: Province) -> None:
    client = borrower(province, "officer.x11", lend(province, "leader.x11", "officer.x11", Verb.SIGN))
    for path in ("/", f"/assessments/{province.form_id('X11')}", "/results/", "/account/", "/help/"):
        assert "Anh/chị đang làm việc thay mặt Lãnh đạo Xã Ấp Bắc" in words(client.get(path)), path
    assert "thay mặt" not in words(province.client("leader.x11").get("/"))
