"""The pages of approval from outside."""

from __future__ import annotations

import re
from typing import Any

import pytest

import models as m
from extensions import db
from rules.vocabulary import Layer, State
from tests.appraisal import steps
from tests.appraisal.web import BIG, more_units, post, statements, words
from tests.support.database import Database
from tests.support.world import Province

MINUTES = {"minutes_number": "05/BB-HĐ", "minutes_on": "2024-12-20"}


@pytest.fixture
def handed(province: Province, database: Database) -> Province:
    """Field 1 of two departments is with the council; of one the plan was appraised down from 5 to 0."""
    return steps.state(province, database, "handed", lambda: steps.hand_in_two(province))


def state(province: Province, unit: str) -> State:
    with province.system():
        return db.session.get_one(m.FieldSheet, steps.sheet_id(province, unit)).state


def council(province: Province, name: str = "Hội đồng tỉnh") -> int:
    return province.id_of(m.Council, name=name)


def tickets(answer: Any) -> list[str]:
    return re.findall(r'name="ticket" value="([0-9a-f.]+)"', answer.get_data(as_text=True))


def leaf_path(province: Province, unit: str = "SA", code: str = "1.1") -> str:
    return f"/approval/sheets/{steps.sheet_id(province, unit)}/{steps.leaf_id(province, unit, code)}"


def test_the_overview_counts_fields_by_state(handed: Province) -> None:
    text = " ".join(words(handed.client("member.p").get("/approval")).split())
    assert "1. Chỉ đạo, điều hành đã phê duyệt 0/4 đơn vị : Đang thẩm định 2, Đã trình Hội đồng 2" in text
    assert "Phiếu đã khóa: 6 trên 6 đơn vị" in text


def test_a_field_shows_all_units_with_claim_appraisal_and_change(handed: Province) -> None:
    text = " ".join(words(handed.client("member.p").get(f"/approval/{council(handed)}/1")).split())
    assert "46,04 /60,00 41,04 /60,00 −5,00 (giảm) 41,04 nếu phê duyệt lúc này" in text
    assert "1 mục thay đổi 1.1 5,00 → 0,00 (−5,00, giảm) Không ban hành" in text


def test_the_minutes_are_compulsory_and_what_was_typed_stays(handed: Province) -> None:
    client = handed.client("member.p")
    ids = [steps.sheet_id(handed, unit) for unit in ("SA", "SB")]
    preview = client.get(f"/approval/approve?sheet={ids[0]}&sheet={ids[1]}")
    assert "2 đơn vị" in words(preview)
    assert "−5,00" in words(preview)
    answer = post(client, "/approval/approve", {"ticket": tickets(preview), "minutes_number": "05/BB-HĐ"})
    assert answer.status_code == 422
    assert 'value="05/BB-HĐ"' in answer.get_data(as_text=True)
    assert "Hãy nhập ngày biên bản" in words(answer)
    assert (state(handed, "SA"), state(handed, "SB")) == (State.APPRAISED, State.APPRAISED)
    assert post(client, "/approval/approve", {"ticket": tickets(answer), **MINUTES}).status_code == 302
    assert (state(handed, "SA"), state(handed, "SB")) == (State.APPROVED, State.APPROVED)


@pytest.mark.parametrize("day", ["20/12/2024", "2024-12-20"])
def test_a_day_is_read_as_people_and_browsers_write_it(handed: Province, day: str) -> None:
    client = handed.client("member.p")
    listed = tickets(client.get(f"/approval/approve?sheet={steps.sheet_id(handed, 'SA')}"))
    data = {"ticket": listed, "minutes_number": "05", "minutes_on": day}
    assert post(client, "/approval/approve", data).status_code == 302


def test_units_that_cannot_be_approved_are_named(handed: Province) -> None:
    client = handed.client("member.p")
    ids = [steps.sheet_id(handed, unit) for unit in ("SA", "VP")]
    preview = client.get(f"/approval/approve?sheet={ids[0]}&sheet={ids[1]}")
    assert len(tickets(preview)) == 1
    assert "Không gồm: 1" in words(preview)
    assert "Văn phòng UBND tỉnh" in words(preview)


def test_a_change_between_list_and_approval_is_named(handed: Province) -> None:
    client = handed.client("member.p")
    ids = [steps.sheet_id(handed, unit) for unit in ("SA", "SB")]
    listed = tickets(client.get(f"/approval/approve?sheet={ids[0]}&sheet={ids[1]}"))
    data = {"version": "0", "in-option": "1", "reason": "Có văn bản"}
    assert post(handed.client("chair.p"), leaf_path(handed), data).status_code == 302
    answer = post(client, "/approval/approve", {"ticket": listed, **MINUTES})
    assert answer.status_code == 200
    assert "Sở Tư pháp" in words(answer)
    assert (state(handed, "SA"), state(handed, "SB")) == (State.APPRAISED, State.APPROVED)


def test_a_change_without_a_reason_keeps_what_was_typed(handed: Province) -> None:
    client = handed.client("member.p")
    answer = post(
        client, leaf_path(handed, code="1.2.1"), {"version": "0", "in-numerator": "45,5", "in-denominator": "48"}
    )
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Hãy nêu lý do" in text
    assert 'aria-describedby="reason-error"' in text
    assert 'value="45,5"' in text
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}


def test_a_stale_change_shows_both_values(handed: Province) -> None:
    data = {"version": "0", "in-option": "1", "reason": "Có văn bản"}
    assert post(handed.client("chair.p"), leaf_path(handed), data).status_code == 302
    answer = post(handed.client("member.p"), leaf_path(handed), {**data, "in-option": "0", "reason": "Khác"})
    assert answer.status_code == 409
    assert all(part in words(answer) for part in ("Chủ tịch Tỉnh đã lưu lúc", "Có văn bản", "Khác"))
    assert steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].points == 5


def test_a_change_is_taken_back_with_a_reason(handed: Province) -> None:
    client = handed.client("member.p")
    post(client, leaf_path(handed), {"version": "0", "in-option": "1", "reason": "Có văn bản"})
    back = {"version": str(steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].version), "action": "undo"}
    assert post(client, leaf_path(handed), {**back, "reason": " "}).status_code == 422
    assert post(client, leaf_path(handed), {**back, "reason": "Nhầm"}).status_code == 302
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}


@pytest.mark.parametrize("reason", ["", "x" * 1001, "a\x00b"])
def test_sending_back_asks_for_a_usable_reason_at_its_field(handed: Province, reason: str) -> None:
    path = f"/approval/sheets/{steps.sheet_id(handed, 'SA')}/send-back"
    answer = post(handed.client("member.p"), path, {"reason": reason})
    assert answer.status_code == 422
    assert 'id="back-reason-error"' in answer.get_data(as_text=True)
    assert state(handed, "SA") is State.APPRAISED


def test_what_is_sent_back_stands_first_in_the_helper_s_queue(handed: Province) -> None:
    path = f"/approval/sheets/{steps.sheet_id(handed, 'SB')}/send-back"
    assert post(handed.client("member.p"), path, {"reason": "Thiếu đối chiếu"}).status_code == 302
    page = handed.client("helper1.p").get("/appraisal").get_data(as_text=True)
    assert "Thiếu đối chiếu" in page
    rows = re.findall(r'<h2>([^<]+)|<th scope="row"><a[^>]*>([^<]+)', page)
    assert rows[:2] == [("Hội đồng trả lại", ""), ("", "Sở Xây dựng – 1. Chỉ đạo, điều hành")]


def test_the_chair_closes_and_the_rest_is_named(handed: Province) -> None:
    chair = handed.client("chair.p")
    ids = [steps.sheet_id(handed, unit) for unit in ("SA", "SB")]
    approving = chair.get(f"/approval/approve?sheet={ids[0]}")
    post(chair, "/approval/approve", {"ticket": tickets(approving), **MINUTES})
    preview = chair.get(f"/approval/close?sheet={ids[0]}&sheet={ids[1]}")
    assert len(tickets(preview)) == 1
    assert "Sở Xây dựng" in words(preview)
    assert post(chair, "/approval/close", {"ticket": tickets(preview)}).status_code == 302
    assert state(handed, "SA") is State.CLOSED


def test_a_superior_s_reopening_takes_the_council_s_points_with_it(handed: Province) -> None:
    post(handed.client("member.p"), leaf_path(handed), {"version": "0", "in-option": "1", "reason": "Có văn bản"})
    sheet_id = steps.sheet_id(handed, "SA")
    path = f"/progress/{handed.form_id('SA')}/fields/{sheet_id}/reopen"
    admin = handed.client("admin")
    assert post(admin, path, {"reason": ""}).status_code == 422
    post(admin, path, {"reason": "a\x00b"})
    assert state(handed, "SA") is State.APPRAISED
    assert post(admin, path, {"reason": "Sót tài liệu"}).status_code == 302
    assert state(handed, "SA") is State.APPRAISAL
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}


# Refusals


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("helper1.p", 403),
        ("officer.sa", 403),
        ("leader.sa", 403),
        ("admin", 403),
        ("member.h1", 404),
        ("chair.h1", 404),
    ],
)
def test_who_reads_and_decides_nothing_here(handed: Province, login: str, status: int) -> None:
    client, sheet_id = handed.client(login), steps.sheet_id(handed, "SA")
    for path in (
        f"/approval/{council(handed)}/1",
        f"/approval/sheets/{sheet_id}",
        f"/approval/approve?sheet={sheet_id}",
    ):
        assert client.get(path).status_code == status
    for path, data in (
        (leaf_path(handed), {"version": "0", "in-option": "0", "reason": "Giả"}),
        (f"/approval/sheets/{sheet_id}/send-back", {"reason": "Giả"}),
        ("/approval/approve", {"ticket": f"{sheet_id}.{'0' * 16}", **MINUTES}),
    ):
        assert post(client, path, data).status_code == status
    assert state(handed, "SA") is State.APPRAISED


def test_a_member_does_not_close(handed: Province) -> None:
    answer = handed.client("member.p").get(f"/approval/close?sheet={steps.sheet_id(handed, 'SA')}")
    assert answer.status_code == 403


def test_a_field_with_the_helper_is_not_changed(handed: Province) -> None:
    client = handed.client("member.p")
    data = {"version": "0", "in-option": "0", "reason": "Sớm"}
    assert post(client, leaf_path(handed, "VP"), data).status_code == 409


@pytest.mark.parametrize(
    "path",
    ["/approval/sheets/0", f"/approval/sheets/{BIG}", f"/approval/{BIG}/1", "/approval/approve?sheet=abc",
     f"/approval/approve?sheet={BIG}", "/approval/1/%00", "/approval/1/77", "/approval/1/1?set=abc", f"/approval/1/1?set={BIG}"],
)  # fmt: skip
def test_unknown_numbers_do_not_exist(handed: Province, path: str) -> None:
    assert handed.client("member.p").get(path).status_code == 404


@pytest.mark.parametrize("bad", ["x", "1", f"{BIG}.{'0' * 16}", "1.zz"])
def test_tickets_that_are_none_are_refused(handed: Province, bad: str) -> None:
    assert post(handed.client("member.p"), "/approval/approve", {"ticket": bad, **MINUTES}).status_code == 400


def test_forged_fields_change_nothing(handed: Province) -> None:
    data = {
        "version": "0",
        "in-option": "1",
        "reason": "Có",
        "layer": "10",
        "points": "10",
        "unit_id": "1",
        "state": "closed",
    }
    assert post(handed.client("member.p"), leaf_path(handed), data).status_code == 302
    assert steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].points == 5
    assert (
        steps.scores(handed, "SA", Layer.SELF)["1.1"].author_id
        != steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].author_id
    )
    assert state(handed, "SA") is State.APPRAISED


def test_more_units_cost_no_more_statements(handed: Province) -> None:
    client = handed.client("chair.p")
    pages = ("/approval", f"/approval/{council(handed)}/1", f"/approval/sheets/{steps.sheet_id(handed, 'SA')}?leaf=1.1")
    before = [statements(handed, client, page) for page in pages]
    more_units(handed, 30)
    assert "Đơn vị 29" in client.get(pages[1]).get_data(as_text=True)
    after = [statements(handed, client, page) for page in pages]
    assert after == before
    assert max(after) < 30
