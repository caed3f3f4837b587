"""Saving what a unit typed: one leaf or the whole form, all or nothing, nothing lost, nothing forged."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from rules.vocabulary import Layer
from tests.assessment.support import (
    FULL,
    FULL_LEAVES,
    contents,
    move_to_deadline,
    person,
    scores,
    statements,
    vietnamese,
)
from tests.support.world import Province


def _counts(province: Province) -> tuple[int, int]:
    with province.system():
        return tuple(
            db.session.scalar(select(func.count()).select_from(model)) or 0 for model in (m.Score, m.AuditEntry)
        )


def _dialect(province: Province) -> str:
    with province.app.app_context():
        return db.engine.dialect.name


def test_the_whole_form_is_saved_without_script(province: Province) -> None:
    officer = person(province, "officer.x11")
    answer = officer.send(FULL)
    assert answer.status_code == 302
    saved = scores(province, "X11")
    assert set(saved) == FULL_LEAVES
    assert saved["1.2.1"].points == (Decimal(41) / 48 * 10).quantize(Decimal("0.0001"))
    assert saved["2.1"].points == Decimal(6)
    page = officer.page()
    assert contents(page)["1.2.1:numerator"] == "41"
    assert "41/48 = 85,42 %" in page


def test_a_save_writes_each_table_in_one_statement_and_leaves_untouched_leaves_alone(province: Province) -> None:
    officer = person(province, "officer.x11")
    page = officer.page()
    with statements(province) as sent:
        officer.send(FULL, page=page)
    # SQLite gives back the keys of new rows only one by one; there a statement costs no way over the network.
    alone = len(FULL_LEAVES) if _dialect(province) == "sqlite" else 1
    for table, count in (("score", alone), ("audit_entry", 1), ("subtotal", 1)):
        assert sum(s.startswith(f"INSERT INTO {table} ") for s in sent) == count, table
    page = officer.page()
    rows = scores(province, "X11")
    with statements(province) as sent:
        officer.send({"1.3:met": "0"}, page=page)
    assert sum(s.startswith("UPDATE score ") for s in sent) == 1
    assert not any(s.startswith("INSERT INTO score ") for s in sent)
    after = scores(province, "X11")
    assert {code for code, row in after.items() if row.version != rows[code].version} == {"1.3"}


def test_one_bad_leaf_keeps_all_others_on_the_page_and_saves_none(province: Province) -> None:
    officer = person(province, "officer.x11")
    before = _counts(province)
    answer = officer.send({**FULL, "1.2.1:numerator": "50", "1.4:note": "Đã gửi đủ"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert _counts(province) == before
    typed = contents(page)
    assert (typed["1.2.1:numerator"], typed["2.2:numerator"], typed["1.4:note"]) == ("50", "9", "Đã gửi đủ")
    sentence = "{numerator} is more than {denominator}: the part cannot exceed the whole, correct one of them."
    assert page.count(vietnamese(sentence, numerator=50, denominator=48)) == 2  # in the summary and at the field
    assert 'href="#i-1.2.1"' in page
    again = officer.send({"1.2.1:numerator": "40"}, page=page)
    assert again.status_code == 302
    assert set(scores(province, "X11")) == FULL_LEAVES


BAD_FIGURES = (
    "-1", "−1", "NaN", "Infinity", "-inf", "1e3", "１２", "٣", "1.234", "1,234.5", "0,12345", "9" * 16, "1 000", "abc",
    "<script>", "1\x002", "' OR 1=1 --", "{{7*7}}", "0x10", "½", "1,", ",5", "+1", "1_000",
)  # fmt: skip


@pytest.mark.parametrize("typed", BAD_FIGURES)
def test_a_figure_that_is_none_is_refused_with_a_sentence(province: Province, typed: str) -> None:
    officer = person(province, "officer.x11")
    before = _counts(province)
    answer = officer.leaf("1.2.1", {"numerator": typed, "denominator": "48"})
    assert answer.status_code == 422
    assert answer.json["faults"]["numerator"].strip()
    assert _counts(province) == before


@pytest.mark.parametrize("typed", ["10,01", "11", "-1", "NaN", "1e1", "7,255", "１", "Infinity"])
def test_other_points_stay_within_the_maximum_and_its_decimals(province: Province, typed: str) -> None:
    officer = person(province, "officer.x11")
    answer = officer.leaf("1.1", {"option": "0", "stated": typed, "reason": "Theo văn bản"})
    assert answer.status_code == 422
    assert "stated" in answer.json["faults"]
    assert not scores(province, "X11")


@pytest.mark.parametrize("typed", ["7,25", "7.25", " 7,25 "])
def test_comma_and_point_are_read_alike(province: Province, typed: str) -> None:
    officer = person(province, "officer.x11")
    answer = officer.leaf("1.1", {"option": "0", "stated": typed, "reason": "Theo văn bản"})
    assert answer.json["points"] == "7,25"
    assert scores(province, "X11")["1.1"].points == Decimal("7.25")


def test_other_points_need_a_reason(province: Province) -> None:
    answer = person(province, "officer.x11").leaf("1.1", {"option": "0", "stated": "5"})
    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {"reason"}


@pytest.mark.parametrize(
    ("code", "field", "value"), [("1.1", "option", "3"), ("1.3", "met", "2"), ("2.1", "parts", "7")]
)
def test_a_choice_that_is_not_offered_is_refused(province: Province, code: str, field: str, value: str) -> None:
    answer = person(province, "officer.x11").leaf(code, {field: value})
    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {field}


def test_a_checklist_of_which_nothing_is_met_is_zero_and_not_unscored(province: Province) -> None:
    officer = person(province, "officer.x11")
    officer.leaf("2.1", {"parts": ""})
    assert scores(province, "X11")["2.1"].points == 0
    assert contents(officer.page()).getlist("2.1:parts") == [""]


def test_composed_and_decomposed_text_is_stored_alike_and_saved_once(province: Province) -> None:
    officer = person(province, "officer.x11")
    note = "Quyết định ủy quyền"
    officer.leaf("1.3", {"met": "1", "note": unicodedata.normalize("NFD", note)})
    version = scores(province, "X11")["1.3"].version
    assert scores(province, "X11")["1.3"].note == unicodedata.normalize("NFC", note)
    officer.leaf("1.3", {"met": "1", "note": unicodedata.normalize("NFC", note)}, version)
    assert scores(province, "X11")["1.3"].version == version


def test_a_note_that_a_control_character_spoils_is_refused_at_its_field(province: Province) -> None:
    answer = person(province, "officer.x11").leaf("1.3", {"met": "1", "note": "a\x00b"})
    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {"note"}


def test_a_note_without_figures_is_not_dropped_in_silence(province: Province) -> None:
    answer = person(province, "officer.x11").leaf("1.3", {"note": "Sẽ bổ sung"})
    assert answer.status_code == 422
    assert set(answer.json["faults"]) == {"note"}


def test_clearing_a_leaf_makes_it_not_scored(province: Province) -> None:
    officer = person(province, "officer.x11")
    version = officer.leaf("1.4", {"count": "0"}).json["version"]
    answer = officer.leaf("1.4", {"count": "0", "clear": "1"}, version)
    assert (answer.json["version"], answer.json["open"]) == (0, True)
    assert not scores(province, "X11")


def test_forged_fields_change_nothing_but_the_leaf(province: Province) -> None:
    officer = person(province, "officer.x11")
    other = province.form_id("X12")
    forged = {"met": "1", "points": "10", "layer": "50", "unit_id": "1", "author_id": "1", "assessment_id": str(other)}
    officer.leaf("1.3", {**forged, "computed_points": "99"})
    row = scores(province, "X11")["1.3"]
    assert (row.layer, row.points, row.assessment_id, row.inputs) == (
        Layer.SELF,
        Decimal(10),
        officer.form_id,
        {"met": "1"},
    )
    assert not scores(province, "X12")
    assert not scores(province, "X11", Layer.COUNCIL)


@pytest.mark.parametrize("code", ["8.1", "9.2", "1", "1.2"])
def test_survey_penalty_and_headings_take_no_points_from_the_unit(province: Province, code: str) -> None:
    answer = person(province, "officer.x11").leaf(code, {"rate": "90", "count": "1"})
    assert answer.status_code == 422
    assert not scores(province, "X11")


def test_a_leaf_that_does_not_apply_takes_no_points(province: Province) -> None:
    answer = person(province, "officer.vp").leaf("2.2", {"numerator": "1", "denominator": "1"})
    assert answer.status_code == 422
    assert not scores(province, "VP")


@pytest.mark.parametrize("code", ["7.7", "x", "1.1.1.1.1", "%00", "1.1%00", "🙂"])
def test_an_unknown_leaf_is_a_plain_refusal(province: Province, code: str) -> None:
    officer = person(province, "officer.x11")
    answer = officer.post(f"scores/{code}", **{"7.7:met": "1", "x:met": "1", "1.1.1.1.1:met": "1"})
    assert answer.status_code in (404, 422)


def test_another_units_form_is_not_there(province: Province) -> None:
    officer = person(province, "officer.x11")
    for url in (
        f"/assessments/{province.form_id('X12')}",
        "/assessments/999999999",
        "/assessments/99999999999999999999",
    ):
        assert officer.client.get(url).status_code == 404
        for path in ("scores", "scores/1.3"):
            data = {"csrf_token": officer.token(), "1.3:met": "1"}
            assert officer.client.post(f"{url}/{path}", data=data).status_code == 404
    assert not scores(province, "X12")


@pytest.mark.parametrize("login", ["manager.h1", "admin", "observer", "helper.h1", "auditor"])
def test_nobody_but_the_unit_enters_its_self_score(province: Province, login: str) -> None:
    other = person(province, login, "X11")
    assert other.post("scores/1.3", **{"1.3:met": "1"}).status_code in (403, 404)
    assert not scores(province, "X11")


def test_a_post_without_its_token_changes_nothing(province: Province) -> None:
    officer = person(province, "officer.x11")
    assert officer.client.post(f"{officer.url}/scores", data={"1.3:met": "1"}).status_code == 400
    assert not scores(province, "X11")


# Two people at one form.


def test_a_stale_leaf_shows_both_values_and_loses_neither(province: Province) -> None:
    officer, leader = person(province, "officer.x11"), person(province, "leader.x11")
    version = officer.leaf("1.2.1", {"numerator": "40", "denominator": "48"}).json["version"]
    leader.leaf("1.2.1", {"numerator": "48", "denominator": "48", "note": "Đã bổ sung"}, version)
    answer = officer.leaf("1.2.1", {"numerator": "41", "denominator": "48"}, version)
    assert answer.status_code == 409
    current = answer.json["current"]
    assert current["inputs"] == {"numerator": "48", "denominator": "48"}
    assert (current["author"], current["note"], current["points"]) == ("Lãnh đạo Xã Ấp Bắc", "Đã bổ sung", "10,00")
    assert scores(province, "X11")["1.2.1"].inputs["numerator"] == "48"
    mine = officer.leaf("1.2.1", {"numerator": "41", "denominator": "48"}, current["version"])
    assert mine.status_code == 200
    assert scores(province, "X11")["1.2.1"].inputs["numerator"] == "41"


def test_without_script_a_stale_form_asks_which_value_to_keep(province: Province) -> None:
    officer, leader = person(province, "officer.x11"), person(province, "leader.x11")
    opened = officer.page()
    leader.leaf("1.4", {"count": "0"})
    answer = officer.send({"1.4:count": "2", "1.3:met": "1"}, page=opened)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert contents(page)["1.4:count"] == "2"
    assert "Lãnh đạo Xã Ấp Bắc" in page
    assert "1.3" not in scores(province, "X11")
    assert officer.send({"1.4:take": "theirs"}, page=page).status_code == 302
    saved = scores(province, "X11")
    assert (saved["1.4"].inputs, saved["1.3"].points) == ({"count": "0"}, Decimal(10))
    assert officer.send({"1.4:count": "2"}).status_code == 302
    assert scores(province, "X11")["1.4"].inputs == {"count": "2"}


def test_a_leaf_somebody_else_saved_does_not_stop_the_own_leaves(province: Province) -> None:
    officer, leader = person(province, "officer.x11"), person(province, "leader.x11")
    opened = officer.page()
    leader.leaf("1.4", {"count": "0"})
    assert officer.send({"1.3:met": "1"}, page=opened).status_code == 302
    assert set(scores(province, "X11")) == {"1.3", "1.4"}


# The deadline.


def test_one_second_before_the_deadline_a_save_is_taken_and_one_second_after_refused(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    officer = person(province, "officer.x11")
    opened = officer.page()
    move_to_deadline(province, "X11", -1)
    assert officer.send({"1.3:met": "1"}, page=opened).status_code == 302
    move_to_deadline(province, "X11", 1)
    answer = officer.send({"1.4:count": "3", "1.4:note": "Muộn một giây"}, page=opened)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 409
    assert "Muộn một giây" in page
    assert vietnamese("Ask your superior to reopen it.") in page
    assert set(scores(province, "X11")) == {"1.3"}


def test_after_the_deadline_a_script_is_told_why(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    officer = person(province, "officer.x11")
    token = officer.token()
    move_to_deadline(province, "X11", 1)
    answer = officer.client.post(
        f"{officer.url}/scores/1.3", data={"1.3:met": "1", "csrf_token": token}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 409
    assert answer.json["why"]
    assert not scores(province, "X11")


def test_a_leaf_that_was_emptied_and_scored_anew_is_another_one(province: Province) -> None:
    """Who still has the page of before must not put its old value over the new one unseen."""
    officer, leader = person(province, "officer.x11"), person(province, "leader.x11")
    old = officer.leaf("1.4", {"count": "2"}).json["version"]
    assert leader.leaf("1.4", {"count": "0", "clear": "1"}, old).json["version"] == 0
    province.move_clock(seconds=2)
    anew = leader.leaf("1.4", {"count": "0", "note": "Đã đối chiếu"}).json["version"]
    answer = officer.leaf("1.4", {"count": "3"}, old)
    assert answer.status_code == 409
    assert answer.json["current"]["note"] == "Đã đối chiếu"
    assert scores(province, "X11")["1.4"].points == Decimal(10)
    assert officer.leaf("1.4", {"count": "3"}, anew).status_code == 200
