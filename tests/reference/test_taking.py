"""A helper takes reference figures over: one on the desk, many by list; never over a decision, never unseen."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Layer
from services import appraisal, supervision
from services.score import Entry, StaleEntry
from services.sheet import leaves_of
from tests.appraisal import steps
from tests.appraisal.web import BIG, more_units, post, statements, words
from tests.reference.desk import HEAD, bring, confirm, row, upload
from tests.support.world import Province

HELPER = "helper2.p"
REASON = "Theo số liệu của Hệ thống một cửa ngày 01/12/2024."


def flat(answer: Any) -> str:
    return re.sub(r"\s+", " ", words(answer))


def desk_of(province: Province, unit: str, code: str = "2.2") -> str:
    return f"/appraisal/{steps.sheet_id(province, unit, code[0])}?leaf={code}"


def list_of(province: Province, code: str = "2.2") -> str:
    return f"/appraisal/reference?leaf={steps.leaf_id(province, 'SA', code)}"


def tickets(page: Any) -> list[str]:
    return re.findall(r'name="ticket" value="([0-9]+(?:\.[0-9]+){5})"', page.get_data(as_text=True))


def take_one(province: Province, client: Any, unit: str, code: str = "2.2", **changed: str) -> Any:
    page = client.get(desk_of(province, unit, code))
    version = re.search(
        r'name="ticket" value="[0-9.]+">\s*<input type="hidden" name="version" value="(\d+)"',
        page.get_data(as_text=True),
    )
    assert version is not None
    data = {"ticket": tickets(page)[0], "version": version[1], **changed}
    address = f"/appraisal/{steps.sheet_id(province, unit, code[0])}/{steps.leaf_id(province, unit, code)}/reference"
    return post(client, address, data, follow_redirects=True)


def appraised(province: Province, unit: str, code: str = "2.2") -> tuple[Any, Any, str] | None:
    found = steps.scores(province, unit, Layer.APPRAISAL).get(code)
    return None if found is None else (dict(found.inputs), found.points, found.reason)


# On the desk


def test_one_button_takes_the_figures_over_with_their_source_as_the_reason(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    answer = take_one(locked, locked.client(HELPER), "SA")
    assert answer.status_code == 200
    assert appraised(locked, "SA") == ({"numerator": "85", "denominator": "100"}, Decimal("8.5"), REASON)
    text = flat(answer)
    assert "Kết quả thẩm định đang dùng số liệu này" in text
    assert "Dùng số liệu đối chiếu cho" not in text


def test_figures_equal_to_the_claim_owe_no_reason(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 90, 100))
    take_one(locked, locked.client(HELPER), "SA")
    assert appraised(locked, "SA") == ({"numerator": "90", "denominator": "100"}, Decimal(9), "")


def test_other_figures_of_equal_points_name_their_source_too(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 180, 200))
    take_one(locked, locked.client(HELPER), "SA")
    assert appraised(locked, "SA") == ({"numerator": "180", "denominator": "200"}, Decimal(9), REASON)


def test_the_reason_is_vietnamese_whoever_works_in_english(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    client = locked.client(HELPER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    take_one(locked, client, "SA")
    kept = appraised(locked, "SA")
    assert kept is not None
    assert kept[2] == REASON


def test_an_own_appraisal_is_replaced_only_as_it_was_seen(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    client = locked.client(HELPER)
    page = client.get(desk_of(locked, "SA"))
    steps.appraise(locked, HELPER, "SA", "2.2", Entry({"numerator": "70", "denominator": "100"}, reason="Theo hồ sơ"))
    address = f"/appraisal/{steps.sheet_id(locked, 'SA', '2')}/{steps.leaf_id(locked, 'SA', '2.2')}/reference"
    answer = post(client, address, {"ticket": tickets(page)[0], "version": "0"}, follow_redirects=True)
    assert "Chưa lưu gì" in flat(answer)
    assert appraised(locked, "SA") == ({"numerator": "70", "denominator": "100"}, Decimal(7), "Theo hồ sơ")
    # Seen as it is now, it is.
    take_one(locked, client, "SA")
    assert appraised(locked, "SA") == ({"numerator": "85", "denominator": "100"}, Decimal("8.5"), REASON)


def test_figures_replaced_meanwhile_are_not_taken_over_unseen(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    client = locked.client(HELPER)
    ticket = tickets(client.get(desk_of(locked, "SA")))[0]
    bring(locked, "admin", row("SA", "2.2", 10, 100))
    assert "Chưa lưu gì" in flat(take_one(locked, client, "SA", ticket=ticket))
    assert appraised(locked, "SA") is None


@pytest.mark.parametrize(
    "ticket", ["", "abc", "1.2.3.4", "1.2.3.4.5", "1.2.3.4.5.6.7", "1.2.3.4.-5.6", f"{BIG}.1.1.1.1.1", "1.2.3.4.5.6"]
)
def test_a_ticket_of_nothing_is_a_bad_request(locked: Province, ticket: str) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    assert take_one(locked, locked.client(HELPER), "SA", ticket=ticket).status_code == 400
    assert appraised(locked, "SA") is None


def test_another_helper_and_another_council_take_nothing(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    ticket = tickets(locked.client(HELPER).get(desk_of(locked, "SA")))[0]
    address = f"/appraisal/{steps.sheet_id(locked, 'SA', '2')}/{steps.leaf_id(locked, 'SA', '2.2')}/reference"
    assert post(locked.client("helper1.p"), address, {"ticket": ticket, "version": "0"}).status_code == 403
    assert post(locked.client("helper.h1"), address, {"ticket": ticket, "version": "0"}).status_code == 404
    assert post(locked.client("helper.h1"), "/appraisal/reference", {"ticket": ticket}).status_code == 404
    assert post(locked.client("officer.sa"), address, {"ticket": ticket, "version": "0"}).status_code == 403
    assert appraised(locked, "SA") is None


# Many units by list


def test_the_list_shows_claim_and_figures_their_sum_and_who_is_left_out(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 95, 100) + row("SNV", "2.2", 50, 100))
    answer = locked.client(HELPER).get(list_of(locked))
    text = flat(answer)
    assert "Sẽ thẩm định 2 đơn vị theo số liệu đối chiếu" in text
    assert "9,00 → 8,50 (−0,50, giảm)" in text
    assert "9,00 → 9,50 (+0,50, tăng)" in text
    assert re.search(r"Tổng mức thay đổi so với điểm đề nghị: không đổi", text)
    assert "Sở Nội vụ: Đơn vị chưa chấm mục này" in text.replace("Sở Nội vụ :", "Sở Nội vụ:")
    assert len(tickets(answer)) == 2
    assert appraised(locked, "SA") is None, "looking changes nothing"


def test_exactly_the_ticked_ones_are_taken_over(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 90, 100))
    client = locked.client(HELPER)
    first, _ = tickets(client.get(list_of(locked)))
    answer = post(client, "/appraisal/reference", {"ticket": first}, follow_redirects=True)
    assert "Đã dùng 1 số liệu đối chiếu" in flat(answer)
    assert appraised(locked, "SA") == ({"numerator": "85", "denominator": "100"}, Decimal("8.5"), REASON)
    assert appraised(locked, "SB") is None


def test_nothing_ticked_is_nothing_done(locked: Province) -> None:
    answer = post(locked.client(HELPER), "/appraisal/reference", {}, follow_redirects=True)
    assert "Chưa chọn" in flat(answer)


def test_what_changed_in_between_fails_by_name_and_the_rest_is_done(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 80, 100))
    client = locked.client(HELPER)
    given = tickets(client.get(list_of(locked)))
    bring(locked, "admin", row("SA", "2.2", 10, 100))
    answer = post(client, "/appraisal/reference", {"ticket": given})
    text = flat(answer)
    assert answer.status_code == 200
    assert "Sở Tư pháp 2.2" in text
    assert "vừa thay đổi" in text
    assert "Sở Xây dựng" not in text
    assert appraised(locked, "SA") is None
    kept = appraised(locked, "SB")
    assert kept is not None
    assert kept[1] == Decimal(8)


def test_a_claim_that_a_superior_changed_meanwhile_is_not_decided_unseen(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    client = locked.client(HELPER)
    given = tickets(client.get(list_of(locked)))
    id_ = steps.sheet_id(locked, "SA", "2")
    with locked.acting("admin"):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, "2.2")
        supervision.score(sheet, leaf, Entry({"numerator": "20", "denominator": "100"}, reason="Theo báo cáo"))
    answer = post(client, "/appraisal/reference", {"ticket": given})
    assert answer.status_code == 409
    assert "Sở Tư pháp 2.2" in flat(answer)
    assert appraised(locked, "SA") is None


def test_the_claim_is_asked_again_under_the_lock(locked: Province) -> None:
    """Between the look at the list's tickets and the lock a claim may still change: the save itself compares."""
    id_ = steps.sheet_id(locked, "SA", "2")
    with steps.seated(locked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = next(one for one in leaves_of([sheet])[id_] if one.criterion.code == "2.2")
        seen = appraisal.Ticket.of(sheet, leaf)
        assert seen is not None
        entry = Entry({"numerator": "85", "denominator": "100"}, reason="x")
        with pytest.raises(StaleEntry):
            appraisal.save(sheet, leaf.criterion, entry, replace(seen, claim_version=seen.claim_version - 1))
        assert appraisal.save(sheet, leaf.criterion, entry, seen).points == Decimal("8.5")


def test_a_decision_is_never_overwritten_by_list(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 85, 100))
    client = locked.client(HELPER)
    given = tickets(client.get(list_of(locked)))
    steps.appraise(locked, HELPER, "SA", "2.2", Entry({"numerator": "70", "denominator": "100"}, reason="Theo hồ sơ"))
    text = flat(client.get(list_of(locked)))
    assert "Sở Tư pháp : Đã thẩm định: hãy xem riêng" in text.replace("Sở Tư pháp:", "Sở Tư pháp :")
    post(client, "/appraisal/reference", {"ticket": given})
    assert appraised(locked, "SA") == ({"numerator": "70", "denominator": "100"}, Decimal(7), "Theo hồ sơ")
    assert appraised(locked, "SB") is not None


def test_a_field_handed_in_is_left_out_and_refused_by_name(locked: Province) -> None:
    bring(locked, "admin", row("SA", "1.2.1", 48, 48) + row("SB", "1.2.1", 48, 48))
    client = locked.client("helper1.p")
    given = tickets(client.get(list_of(locked, "1.2.1")))
    steps.keep_all(locked, "helper1.p", "SA")
    steps.hand_in(locked, "helper1.p", "SA")
    page = client.get(list_of(locked, "1.2.1"))
    assert len(tickets(page)) == 1
    answer = post(client, "/appraisal/reference", {"ticket": given})
    assert answer.status_code == 200
    assert "Sở Tư pháp" in flat(answer)
    assert appraised(locked, "SB", "1.2.1") is not None


def test_whether_an_item_applies_at_all_is_decided_by_itself(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 0, 0))
    page = locked.client(HELPER).get(list_of(locked))
    assert tickets(page) == []
    assert "Liên quan đến việc tiêu chí có áp dụng hay không" in flat(page)


def test_only_items_in_charge_are_listed(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    page = locked.client("helper1.p").get(list_of(locked))
    assert page.status_code == 200
    assert tickets(page) == []
    assert "Sở Tư pháp" not in flat(page)


@pytest.mark.parametrize("query", ["", "?leaf=", "?leaf=abc", f"?leaf={BIG}", "?leaf=999999999"])
def test_an_unknown_item_does_not_exist(locked: Province, query: str) -> None:
    assert locked.client(HELPER).get(f"/appraisal/reference{query}").status_code == 404


@pytest.mark.parametrize("code", ["8.1", "9.2", "2"])
def test_the_survey_penalties_and_headings_have_no_such_list(locked: Province, code: str) -> None:
    assert locked.client(HELPER).get(list_of(locked, code)).status_code == 404


@pytest.mark.parametrize("ticket", ["", "x", "1.2.3", "1.2.3.4.5.6.7"])
def test_a_list_with_a_ticket_of_nothing_is_a_bad_request(locked: Province, ticket: str) -> None:
    assert post(locked.client(HELPER), "/appraisal/reference", {"ticket": ticket}).status_code == 400


def test_too_long_a_list_is_refused(locked: Province) -> None:
    answer = post(locked.client(HELPER), "/appraisal/reference", {"ticket": ["1.2.3.4.5.6"] * 5001})
    assert answer.status_code == 413


def test_the_list_costs_the_same_for_many_units(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    client = locked.client(HELPER)
    few = statements(locked, client, list_of(locked))
    more_units(locked, 12)
    status, page = upload(
        locked, locked.client("admin"), HEAD + "".join(row(f"N{n}", "2.2", 85, 100) for n in range(12))
    )
    assert status == 200, page
    assert confirm(locked, locked.client("admin"), page)[0] == 200
    assert len(tickets(client.get(list_of(locked)))) == 13
    assert statements(locked, client, list_of(locked)) == few


def test_who_took_it_over_is_in_the_trail(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    take_one(locked, locked.client(HELPER), "SA")
    with locked.system():
        entry = m.AuditEntry
        found = db.session.execute(
            select(entry.actor_name, entry.operation).where(entry.verb == "appraise", entry.object_type == "Score")
        ).all()
    assert found == [("Tổ viên Hai", "create")]
