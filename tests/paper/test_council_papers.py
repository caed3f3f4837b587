"""Minutes of a council and the explanation report of a unit."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Function, Layer, Stage
from tests.support.papers import by_first, docx_rows, docx_text, paper, pdf_rows, pdf_text, screen_rows, squeeze
from tests.support.results import put, world
from tests.support.world import Province

TABLES = (pytest.param("pdf", pdf_rows, id="pdf"), pytest.param("docx", docx_rows, id="docx"))


def _words(data: bytes) -> str:
    return squeeze(pdf_text(data) if data.startswith(b"%PDF") else docx_text(data))


@pytest.fixture
def council(closed: Province) -> tuple[Province, int]:
    """The council of district 1, whose communes are closed; of X12 an item was lowered twice."""
    with world(closed) as building:
        for seat in db.session.scalars(select(m.Seat)):
            seat.valid_from = date(2024, 2, 1)  # the council met on 15/01/2025
        put(building, "X12", Layer.APPRAISAL, {"1.5": {"count": "1"}}, reason="Một sáng kiến trùng năm trước")
        put(building, "X12", Layer.COUNCIL, {"1.5": {"count": "0"}}, reason="Sáng kiến chưa được công nhận")
    return closed, closed.id_of(m.Council, name="Hội đồng huyện 1")


@pytest.mark.parametrize(("file", "read"), TABLES)
def test_the_minutes_hold_the_table_of_the_field(council: tuple[Province, int], file: str, read: object) -> None:
    province, id_ = council
    client = province.client("member.h1")
    shown = {
        row[1]: row for row in screen_rows(client.get(f"/approval/{id_}/1").get_data(as_text=True)) if len(row) == 8
    }
    data = paper(client, f"/papers/minutes/{id_}/1/minutes.{file}")
    rows = read(data)
    units = {row[1]: row for row in rows if len(row) == 7 and row[0] in ("1", "2")}
    assert set(units) == {"Xã Ấp Bắc", "Xã Đức Hòa"} <= set(shown)
    for name, row in units.items():
        _, _, state, claimed, appraised, _, result, _ = shown[name]
        assert state.startswith(row[2])
        assert claimed.split(" ")[0] == row[3]
        assert appraised.split(" ")[0] == row[4]
        assert result == row[6]
    changed = by_first(rows)["1.5"]
    assert changed[3:] == [
        "10,00",
        "5,00",
        "0,00",
        "Thẩm định: Một sáng kiến trùng năm trước Hội đồng: Sáng kiến chưa được công nhận",
    ]
    words = _words(data)
    assert "Số: 01/BB-HĐTĐ" in words
    assert "ngày 15 tháng 01 năm 2025" in words
    for name in ("Chủ tịch Huyện", "Ủy viên Huyện", "Tổ viên Huyện"):
        assert name in words
    assert "Tổ viên Huyện Hai" not in words
    assert "THƯ KÝ" in words
    assert "CHỦ TỊCH HỘI ĐỒNG" in words
    assert "DỰ THẢO" not in words


def test_minutes_before_the_decision_are_a_draft(council: tuple[Province, int]) -> None:
    province, id_ = council
    with world(province):
        sheet = db.session.scalars(
            select(m.FieldSheet)
            .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .where(m.Unit.code == "X12", m.Criterion.code == "1")
        ).one()
        sheet.state, sheet.minutes_number, sheet.minutes_on = "appraised", None, None
        sheet_id = sheet.id
    client = province.client("chair.h1")
    one = _words(paper(client, f"/papers/minutes/sheets/{sheet_id}/minutes.pdf"))
    assert "DỰ THẢO" in one
    assert "chưa quyết định" in one
    assert "Số: ……/BB-HĐTĐ" in one
    assert "Xã Ấp Bắc" not in one
    assert "DỰ THẢO" in _words(paper(client, f"/papers/minutes/{id_}/1/minutes.docx"))


@pytest.mark.parametrize(("last", "listed"), [(date(2025, 1, 14), False), (date(2025, 1, 15), True)])
def test_minutes_name_who_sat_there_on_the_day_of_the_meeting(
    council: tuple[Province, int], last: date, *, listed: bool
) -> None:
    """The meeting was on 15/01/2025; since then a member left and another came."""
    province, id_ = council
    left, came = province.id_of(m.Account, username="member.h1"), province.id_of(m.Account, username="helper.h2")
    with world(province):
        seat = db.session.scalars(select(m.Seat).where(m.Seat.account_id == left, m.Seat.council_id == id_)).one()
        seat.valid_to = last
        later = date(2025, 1, 16)
        db.session.add(
            m.Seat(account_id=came, council_id=id_, unit_id=seat.unit_id, function=Function.MEMBER, valid_from=later)
        )
    chair = province.client("chair.h1")
    words = _words(paper(chair, f"/papers/minutes/{id_}/1/minutes.docx"))
    assert ("Ủy viên Huyện" in words, "Tổ viên Huyện Hai" in words) == (listed, False)
    with world(province):
        for sheet in db.session.scalars(select(m.FieldSheet)):
            sheet.state, sheet.minutes_number, sheet.minutes_on = "appraised", None, None
    words = _words(paper(chair, f"/papers/minutes/{id_}/1/minutes.docx"))
    assert ("Ủy viên Huyện" in words, "Tổ viên Huyện Hai" in words) == (False, True)


def test_minutes_of_a_day_before_any_seat_leave_the_members_to_be_filled_in(council: tuple[Province, int]) -> None:
    province, id_ = council
    with world(province):
        for seat in db.session.scalars(select(m.Seat)):
            seat.valid_from = date(2025, 2, 1)
    words = _words(paper(province.client("chair.h1"), f"/papers/minutes/{id_}/1/minutes.docx"))
    assert "Thành phần tham dự: ……" in words


def test_minutes_are_the_councils_own(council: tuple[Province, int]) -> None:
    province, id_ = council
    form = province.form_id("X11")
    with province.system():
        sheet = db.session.scalars(select(m.FieldSheet.id).where(m.FieldSheet.assessment_id == form)).first()
    for login, status in (("chair.p", 404), ("officer.x11", 403), ("helper.h1", 403), ("admin", 403)):
        client = province.client(login)
        for address in (f"{id_}/1", f"sheets/{sheet}"):
            paper(client, f"/papers/minutes/{address}/minutes.pdf", status=status)
    member = province.client("member.h1")
    for address in (f"{id_}/77", f"{10**9}/1", f"{id_}/1", f"sheets/{10**9}"):
        wanted = 200 if address == f"{id_}/1" else 404
        paper(member, f"/papers/minutes/{address}/minutes.docx", status=wanted)
    assert f'href="/papers/minutes/{id_}/1/minutes.pdf' in member.get(f"/approval/{id_}/1").get_data(as_text=True)


def _form(province: Province, unit: str) -> int:
    """Return this year's form of a unit that has one of last year too."""
    round_id = province.id_of(m.Round, code="2024")
    return province.id_of(m.Assessment, round_id=round_id, unit_id=province.id_of(m.Unit, code=unit))


# Explanation: X11 is asked on 1.1 (sent) and 1.3 (not sent), see tests/permissions/full.py


@pytest.mark.parametrize(("file", "read"), TABLES)
def test_the_report_holds_question_points_answer_and_further_evidence(full: Province, file: str, read: object) -> None:
    with world(full):
        for question in db.session.scalars(select(m.Question).where(m.Question.sent_at.is_not(None))):
            question.points = Decimal("7.125")
    form = _form(full, "X11")
    data = paper(full.client("leader.x11"), f"/papers/forms/{form}/explanation.{file}")
    row = by_first(read(data))["1.1"]
    assert row[4] == "7,13"
    assert row[5] == "[question X11]"
    assert row[6] == "[explanation X11]"
    assert "[" in row[7]
    words = _words(data)
    assert "GIẢI TRÌNH" in words.upper()
    assert "question not sent" not in words
    assert "X12]" not in words


def test_further_evidence_stands_beside_the_question_that_it_answers(full: Province) -> None:
    form = _form(full, "X11")
    with world(full):
        first = db.session.scalars(
            select(m.Question).where(m.Question.assessment_id == form, m.Question.sent_at.is_not(None))
        ).one()
        first.settled_at = first.sent_at
        db.session.flush()
        again = {name: getattr(first, name) for name in ("assessment_id", "unit_id", "criteria_set_id", "criterion_id")}
        db.session.add(
            m.Question(
                **again,
                turn=2,
                text="Hỏi lần hai",
                author_id=first.author_id,
                asked_at=first.sent_at,
                sent_at=first.sent_at,
            )
        )
        link = db.session.scalars(
            select(m.EvidenceLink).where(
                m.EvidenceLink.assessment_id == form, m.EvidenceLink.stage == Stage.EXPLANATION
            )
        ).one()
        db.session.add(
            m.EvidenceLink(
                **again, evidence_id=link.evidence_id, file_id=link.file_id, stage=link.stage, turn=2, page="trang hai"
            )
        )
    data = paper(full.client("leader.x11"), f"/papers/forms/{form}/explanation.docx")
    rows = {row[5]: row[7] for row in docx_rows(data) if len(row) == 8}
    assert "[page X11]" in rows["[question X11]"]
    assert "trang hai" not in rows["[question X11]"]
    assert "trang hai" in rows["Hỏi lần hai"]
    assert "[page X11]" not in rows["Hỏi lần hai"]


def test_drafts_of_the_explanation_are_the_units_own(full: Province) -> None:
    form = _form(full, "X12")
    with world(full):
        for explanation in db.session.scalars(select(m.Explanation).where(m.Explanation.assessment_id == form)):
            explanation.signed_at = None
    full.move_clock(days=11)  # self-scoring is over, the explanation is not
    seat = full.client("helper.h1").get(f"/papers/forms/{form}/explanation.pdf")
    assert seat.status_code == 200
    words = _words(seat.get_data())
    assert "[question X12]" in words
    assert "[explanation X12]" not in words
    assert "(chưa giải trình)" in words
    assert "question not sent" not in words  # the team reads it on its desk; a report holds what was sent


def test_a_form_without_questions_says_so(province: Province) -> None:
    client = province.client("officer.x21")
    for file in ("pdf", "docx"):
        data = paper(client, f"/papers/forms/{province.form_id('X21')}/explanation.{file}")
        assert "Không có tiêu chí nào phải giải trình." in _words(data)
