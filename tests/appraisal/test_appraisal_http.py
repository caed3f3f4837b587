"""The pages of appraisal from outside: what is refused, what is kept, what is ignored, what it costs."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from models.situation import situations
from permissions.policies import judge
from permissions.standing import standing
from rules.verbs import Verb
from rules.vocabulary import Layer, State
from services.score import Entry
from tests.appraisal import steps
from tests.appraisal.steps import CLAIMS, FIELD_1
from tests.appraisal.web import BIG, more_units, post, statements, words
from tests.support.database import Database
from tests.support.world import Province

HELPER = "helper1.p"


@pytest.fixture
def locked(province: Province, database: Database) -> Province:
    """Sở Tư pháp has signed a full form; the deadline is over."""
    return steps.state(province, database, "claimed", lambda: steps.claim(province, "SA"))


def desk(province: Province, unit: str, code: str) -> str:
    return f"/appraisal/{steps.sheet_id(province, unit)}/{steps.leaf_id(province, unit, code)}"


def ticket(client: FlaskClient, page: str) -> str:
    found = re.search(r'name="ticket" value="([0-9.]+)"', client.get(page).get_data(as_text=True))
    assert found is not None
    return found[1]


def test_the_queue_names_fields_units_progress_and_who_did_not_submit(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", CLAIMS["1.1"])
    answer = locked.client(HELPER).get("/appraisal")
    text = words(answer)
    assert f"đã thẩm định 1/{len(FIELD_1)} mục" in text
    assert text.count("không nộp") == 5  # all but Sở Tư pháp
    assert "Thủ tục hành chính" not in text  # another helper's field


def test_before_the_deadline_the_queue_is_empty_and_says_why(province: Province) -> None:
    steps.claim(province, "SA")
    text = words(province.client(HELPER).get("/appraisal"))
    assert "Chưa có phiếu để thẩm định" in text
    assert "Sở Tư pháp" not in text


@pytest.mark.parametrize(
    "query", ["field=abc", f"unit={BIG}", "state=%00", "page=0", f"page={BIG}", "page=-1", "field="]
)
def test_hostile_filters_are_no_fault(locked: Province, query: str) -> None:
    assert locked.client(HELPER).get(f"/appraisal?{query}").status_code == 200


def test_the_filter_narrows(locked: Province) -> None:
    unit = locked.id_of(m.Unit, code="SA")
    text = locked.client(HELPER).get(f"/appraisal?unit={unit}&state=new").get_data(as_text=True)
    rows = re.findall(r'<th scope="row"><a[^>]*>([^<]+)', text)
    assert rows == ["Sở Tư pháp"]


def test_a_save_goes_to_the_next_leaf(locked: Province) -> None:
    client = locked.client(HELPER)
    answer = post(client, desk(locked, "SA", "1.1"), {"action": "next", "version": "0", "in-option": "1"})
    assert (answer.status_code, answer.location.endswith("leaf=1.2.1")) == (302, True)


def test_a_missing_reason_is_said_at_its_field_and_the_figures_stay(locked: Province) -> None:
    client = locked.client(HELPER)
    data = {"action": "save", "version": "0", "in-numerator": "40,5", "in-denominator": "48"}
    answer = post(client, desk(locked, "SA", "1.2.1"), data)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "Điểm khác với điểm đề nghị: hãy nêu lý do." in text
    assert 'aria-describedby="reason-hint reason-error"' in text
    assert 'value="40,5"' in text
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


@pytest.mark.parametrize("typed", ["-1", "NaN", "Infinity", "1e3", "\uff11\uff12", "11", "10,001", "0\x00"])
def test_points_that_cannot_be_are_refused_with_what_was_typed(locked: Province, typed: str) -> None:
    data = {"action": "save", "version": "0", "in-option": "1", "stated": typed, "reason": "Lý do còn nguyên"}
    answer = post(locked.client(HELPER), desk(locked, "SA", "1.1"), data)
    assert answer.status_code == 422
    assert "Lý do còn nguyên" in words(answer)
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


@pytest.mark.parametrize("typed", ["7,25", "7.25"])
def test_comma_and_point_are_both_read(locked: Province, typed: str) -> None:
    data = {"action": "save", "version": "0", "in-option": "1", "stated": typed, "reason": "Đối chiếu"}
    assert post(locked.client(HELPER), desk(locked, "SA", "1.1"), data).status_code == 302
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].points == Decimal("7.25")


def test_giving_zero_asks_for_the_reason_and_takes_it(locked: Province) -> None:
    client, path = locked.client(HELPER), desk(locked, "SA", "1.3")
    data = {"action": "zero", "version": "0", "in-met": "1"}
    assert post(client, path, data).status_code == 422
    assert post(client, path, {**data, "reason": "Thiếu văn bản"}).status_code == 302
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.3"].points == 0


def test_a_text_with_a_character_no_database_keeps_is_refused(locked: Province) -> None:
    data = {"action": "save", "version": "0", "in-option": "2", "reason": "a\x00b"}
    assert post(locked.client(HELPER), desk(locked, "SA", "1.1"), data).status_code == 422


def test_a_stale_save_shows_both_values_and_the_second_try_counts(locked: Province) -> None:
    client, path = locked.client(HELPER), desk(locked, "SA", "1.1")
    steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "0"}, reason="Có kế hoạch tháng 01"))
    data = {"action": "save", "version": "0", "in-option": "2", "reason": "Không có kế hoạch"}
    answer = post(client, path, data)
    text = words(answer)
    assert answer.status_code == 409
    assert all(part in text for part in ("Tổ viên Một đã lưu lúc", "Có kế hoạch tháng 01", "Không có kế hoạch"))
    version = re.search(r'name="version" value="(\d+)"', answer.get_data(as_text=True))
    assert version is not None
    assert post(client, path, {**data, "version": version[1]}).status_code == 302
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].reason == "Không có kế hoạch"


def test_figures_given_beside_another_claim_are_not_saved_unseen(locked: Province) -> None:
    client = locked.client(HELPER)
    page = f"/appraisal/{steps.sheet_id(locked, 'SA')}?leaf=1.1"
    data = {"action": "save", "version": "0", "ticket": ticket(client, page), "in-option": "2", "reason": "Không có"}
    stale = post(client, desk(locked, "SA", "1.1"), {**data, "ticket": data["ticket"] + "9"})
    assert stale.status_code == 409
    assert "Không có" in words(stale)
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}
    assert post(client, desk(locked, "SA", "1.1"), data).status_code == 302


def test_the_script_gets_the_panel_and_the_words_of_the_queue(locked: Province) -> None:
    client, path = locked.client(HELPER), desk(locked, "SA", "1.1")
    data = {"action": "save", "version": "0", "in-option": "2", "reason": "Không có"}
    answer = post(client, path, data, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert set(answer.json) == {"html", "item", "progress"}
    assert "−5,00, giảm" in answer.json["item"]
    assert f"1/{len(FIELD_1)}" in answer.json["progress"]
    assert len(answer.data) < 16_000


def test_points_are_computed_without_saving(locked: Province) -> None:
    path = desk(locked, "SA", "1.2.2") + "/compute"
    answer = post(locked.client(HELPER), path, {"in-numerator": "25", "in-denominator": "100"})
    assert "−5,00, giảm" in answer.json["html"]
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


def test_keeping_one_claim_takes_what_was_on_the_screen(locked: Province) -> None:
    client = locked.client(HELPER)
    page = f"/appraisal/{steps.sheet_id(locked, 'SA')}?leaf=1.2.1"
    data = {"action": "keep", "version": "0", "ticket": ticket(client, page)}
    stale = {**data, "ticket": data["ticket"] + "9"}
    assert post(client, desk(locked, "SA", "1.2.1"), stale).status_code == 409
    assert post(client, desk(locked, "SA", "1.2.1"), data).status_code == 302
    given, claimed = (steps.scores(locked, "SA", layer)["1.2.1"] for layer in (Layer.APPRAISAL, Layer.SELF))
    assert (given.points, given.inputs) == (claimed.points, claimed.inputs)


def test_forged_fields_change_nothing(locked: Province) -> None:
    data = {
        "action": "save", "version": "0", "in-option": "1", "layer": "50", "points": "10", "computed_points": "10",
        "unit_id": "1", "state": "closed", "author_id": "1", "not_applicable": "0",
    }  # fmt: skip
    assert post(locked.client(HELPER), desk(locked, "SA", "1.1"), data).status_code == 302
    assert steps.scores(locked, "SA", Layer.COUNCIL) == {}
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].points == 5
    with locked.system():
        assert db.session.get_one(m.FieldSheet, steps.sheet_id(locked, "SA")).state is State.APPRAISAL


@pytest.mark.parametrize(
    ("login", "unit", "code", "status"),
    [
        ("helper.h1", "SA", "1.1", 404),  # another council's unit
        ("helper2.p", "SA", "1.1", 403),  # another's field
        ("officer.sa", "SA", "1.1", 403),  # no helper at all
        ("member.p", "SA", "1.1", 403),
        ("admin", "SA", "1.1", 403),
    ],
)
def test_who_may_not_save(locked: Province, login: str, unit: str, code: str, status: int) -> None:
    data = {"action": "save", "version": "0", "in-option": "1"}
    assert post(locked.client(login), desk(locked, unit, code), data).status_code == status
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


@pytest.mark.parametrize(
    "path",
    [f"/appraisal/{BIG}", "/appraisal/0", "/appraisal/999999", f"/appraisal/keep?sheet={BIG}", "/appraisal/keep?sheet=abc",
     f"/appraisal/keep?leaf={10**17}"],
)  # fmt: skip
def test_unknown_numbers_do_not_exist(locked: Province, path: str) -> None:
    assert locked.client(HELPER).get(path).status_code == 404


def test_a_leaf_of_another_field_is_not_on_this_sheet(locked: Province) -> None:
    client = locked.client(HELPER)
    sheet_id = steps.sheet_id(locked, "SA")
    for path in (f"/appraisal/{sheet_id}?leaf=2.1", f"/appraisal/{sheet_id}?leaf=%00"):
        assert client.get(path).status_code == 404
    path = f"/appraisal/{sheet_id}/{steps.leaf_id(locked, 'SA', '2.1')}"
    assert post(client, path, {"version": "0", "in-parts": "0"}).status_code == 404


def test_another_council_s_sheet_looks_like_none(locked: Province) -> None:
    client = locked.client("helper.h1")
    answer, absent = client.get(f"/appraisal/{steps.sheet_id(locked, 'SA')}"), client.get("/appraisal/999999")
    assert answer.status_code == absent.status_code == 404
    own = re.compile(r"<code>\w+</code>|/appraisal/\d+|[\w.-]{60,}")  # number of the request, address, token
    first, second = (own.sub("", one.get_data(as_text=True)) for one in (answer, absent))
    assert first == second


def test_without_a_token_nothing_is_saved(locked: Province) -> None:
    assert locked.client(HELPER).post(desk(locked, "SA", "1.1"), data={"in-option": "1"}).status_code == 400


def test_a_conflict_of_interest_is_said_on_the_desk(locked: Province) -> None:
    steps.add_post(locked, HELPER, "SA")
    client = locked.client(HELPER)
    with locked.system():
        seat = db.session.scalars(select(m.Seat.id).join(m.Account).where(m.Account.username == HELPER)).one()
    post(client, "/authority", {"authority": f"seat:{seat}"})
    text = words(client.get(f"/appraisal/{steps.sheet_id(locked, 'SA')}"))
    assert "không được chấm" in text or "không được thẩm định" in text or "nên" in text
    assert "data-appraise" not in text
    data = {"action": "save", "version": "0", "in-option": "1"}
    assert post(client, desk(locked, "SA", "1.1"), data).status_code == 403


def test_claims_are_kept_by_list_over_http(locked: Province) -> None:
    client = locked.client(HELPER)
    page = client.get(f"/appraisal/keep?sheet={steps.sheet_id(locked, 'SA')}").get_data(as_text=True)
    tickets = re.findall(r'name="ticket" value="([0-9.]+)"', page)
    assert len(tickets) == len(FIELD_1)
    assert f"Sẽ giữ điểm đề nghị của {len(FIELD_1)} mục." in page
    assert "tổng thay đổi: 0,00" in page
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}  # the preview did nothing
    answer = post(client, "/appraisal/keep", {"ticket": tickets[:-1]})
    assert answer.status_code == 302
    assert set(steps.scores(locked, "SA", Layer.APPRAISAL)) == set(FIELD_1) - {"1.5"}  # the unticked one is left
    again = post(client, "/appraisal/keep", {"ticket": tickets})
    assert (again.status_code, words(again).count("Sở Tư pháp")) == (200, len(FIELD_1) - 1)


@pytest.mark.parametrize("bad", ["x", "1.2.3", "1.2.3.4.5", "1.2.3.\u0664", f"{BIG}.1.1.1"])
def test_tickets_that_are_none_are_refused(locked: Province, bad: str) -> None:
    assert post(locked.client(HELPER), "/appraisal/keep", {"ticket": bad}).status_code == 400


def test_a_ticket_of_another_council_does_not_exist(locked: Province) -> None:
    sheet_id, leaf_id = steps.sheet_id(locked, "SA"), steps.leaf_id(locked, "SA", "1.1")
    answer = post(locked.client("helper.h1"), "/appraisal/keep", {"ticket": f"{sheet_id}.{leaf_id}.1.1"})
    assert answer.status_code == 404


def test_one_leaf_is_kept_in_every_unit(province: Province) -> None:
    for unit in ("SA", "SB"):
        steps.claim(province, unit)
    steps.lock(province)
    client = province.client(HELPER)
    page = client.get(f"/appraisal/keep?leaf={steps.leaf_id(province, 'SA', '1.3')}").get_data(as_text=True)
    tickets = re.findall(r'name="ticket" value="([0-9.]+)"', page)
    assert post(client, "/appraisal/keep", {"ticket": tickets}).status_code == 302
    assert [set(steps.scores(province, unit, Layer.APPRAISAL)) for unit in ("SA", "SB")] == [{"1.3"}, {"1.3"}]


def test_handing_in_names_what_is_missing_and_who_has_it(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", CLAIMS["1.1"])
    client, path = locked.client(HELPER), f"/appraisal/{steps.sheet_id(locked, 'SA')}/hand-in"
    answer = post(client, path, {})
    assert answer.status_code == 409
    assert words(answer).count("người phụ trách: Tổ viên Một") == len(FIELD_1) - 1
    steps.keep_all(locked, HELPER, "SA")
    assert post(client, path, {}).status_code == 302
    assert post(client, path, {}).status_code == 409  # it is with the council already
    text = words(client.get(f"/appraisal/{steps.sheet_id(locked, 'SA')}"))
    assert "Hội đồng có thể trả lại lĩnh vực cho anh/chị, kèm lý do." in text


# Cost, and the one judge behind both ways to ask


def test_more_units_and_leaves_cost_no_more_statements(province: Province) -> None:
    steps.claim(province, "SA")
    steps.lock(province)
    client = province.client(HELPER)
    sheet_id, leaf = steps.sheet_id(province, "SA"), steps.leaf_id(province, "SA", "1.1")
    pages = ("/appraisal", f"/appraisal/{sheet_id}", f"/appraisal/keep?leaf={leaf}", f"/appraisal/{sheet_id}/hand-in")
    before = [statements(province, client, page) for page in pages]
    more_units(province, 30)
    assert "Đơn vị 29" in client.get("/appraisal").get_data(as_text=True)
    after = [statements(province, client, page) for page in pages]
    assert after == before
    assert max(after) < 30


@pytest.mark.parametrize("login", [HELPER, "helper2.p", "member.p", "chair.p"])
def test_many_sheets_are_judged_as_one_is(locked: Province, login: str) -> None:
    """The list's verdicts and the gate's are the same, for every verb of a seat, every sheet and every leaf."""
    steps.keep_all(locked, HELPER, "SA")
    steps.hand_in(locked, HELPER, "SA")
    steps.add_post(locked, login, "SB")
    with steps.seated(locked, login) as person:
        session = db.session()
        sheets = session.scalars(select(m.FieldSheet)).all()
        stand = standing(session, person, sheets)
        forms = session.scalars(select(m.Assessment)).all()
        seen = situations(session, forms, person.now)
        for sheet in sheets:
            leaves = session.scalars(
                select(m.Criterion).where(
                    m.Criterion.set_id == sheet.criteria_set_id, m.Criterion.code.in_(["1.1", "2.1"])
                )
            ).all()
            for verb in (
                Verb.READ,
                Verb.APPRAISE,
                Verb.HAND_IN,
                Verb.CHANGE,
                Verb.SEND_BACK,
                Verb.APPROVE,
                Verb.CLOSE_FIELD,
            ):
                for criteria in ([], *([leaf] for leaf in leaves)):
                    one = judge(session, person, verb, sheet, criteria=criteria, reason="-")
                    assert stand.judge(verb, sheet, seen[sheet.assessment_id], criteria, "-") == one
