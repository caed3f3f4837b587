"""Any two hand-overs of a form beside each other: only what differs, by words, and what was not compared."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import assessment
from services.score import Entry
from tests.appraisal import steps
from tests.appraisal.web import BIG
from tests.history import story
from tests.history.test_leaf import told
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def closed(province: Province, database: Database) -> Province:
    return steps.state(province, database, "history", lambda: story.judged(province))


def base(province: Province, unit: str = story.UNIT) -> str:
    return f"/assessments/{province.form_id(unit)}/history"


def compare(province: Province, left: object, right: object, **more: str) -> str:
    return f"{base(province)}/compare?{urlencode({'left': left, 'right': right, **more})}"


def ids(province: Province) -> dict[str, int]:
    """Return the hand-overs by their verb; the last one of each."""
    return {one.verb: one.id for one in story.snapshots(province)}


def part(text: str, code: str) -> str:
    """Return what a comparison says of one leaf."""
    start = re.search(rf" {re.escape(code)} [A-ZĐ]", text)
    assert start is not None, f"{code} is not in {text}"
    rest = text[start.end() :]
    end = re.search(r" \d\.\d(\.\d)? [A-ZĐ]| Tổng của ", rest)
    return rest[: end.start()] if end else rest


def test_two_hand_overs_of_one_field_show_only_what_differs(closed: Province) -> None:
    kept = ids(closed)
    text = told(closed.client("helper.h1"), compare(closed, kept["hand_in"], kept["approve"]))
    assert "1 mục khác nhau" in text
    assert "10,00 → 0,00 (−10,00) giảm" in part(text, "1.3")
    assert story.COUNCIL_REASON in part(text, "1.3")
    assert "1.2.1" not in text, "the helper's figures are the same in both"
    assert "Chỉ một trong hai bản có: Hội đồng quyết định" in text


def test_the_whole_form_against_a_field_compares_what_both_hold(closed: Province) -> None:
    kept = ids(closed)
    text = told(closed.client("helper.h1"), compare(closed, kept["sign"], kept["hand_in"]))
    assert "Không so sánh vì chỉ có ở bản thứ nhất: lĩnh vực 2, 8, 9" in text
    assert "10,00 → 5,00 (−5,00) giảm" in part(text, "1.1")
    assert "8,54" in part(text, "1.2.1")
    assert story.HELPER_REASON in part(text, "1.2.1")
    assert "1.4" not in text


def test_a_hand_over_with_the_present(province: Province) -> None:
    story.claimed(province)
    with province.acting("leader.x11"):
        assessment.take_back(story.form(province))
    story.save(province, "1.4", inputs={"count": "2"}, note="Chậm hai báo cáo quý")
    story.remove_evidence(province)
    story.name_evidence(province, number="06/KH-UBND", page="9")
    text = told(province.client("officer.x11"), compare(province, ids(province)["sign"], "now"))
    assert "2 mục khác nhau" in text
    assert "7,50 → 5,00 (−2,50) giảm" in part(text, "1.4")
    assert "1 → 2" in part(text, "1.4")
    assert "[-Có hồ sơ-][+Chậm hai báo cáo quý+]" in part(text, "1.4")
    assert "[-05/KH-UBND Kế hoạch năm, trang, mục: 3-]" in part(text, "1.1")
    assert "[+06/KH-UBND Kế hoạch năm, trang, mục: 9+]" in part(text, "1.1")
    assert "(−2,50) giảm" in text[text.index("Tổng của lĩnh vực") :]
    back = told(province.client("officer.x11"), compare(province, "now", ids(province)["sign"]))
    assert "5,00 → 7,50 (+2,50) tăng" in part(back, "1.4")


def test_identical_states_say_so(closed: Province) -> None:
    kept = ids(closed)
    for left, right in ((kept["approve"], kept["close_field"]), (kept["sign"], kept["sign"]), ("now", "now")):
        text = told(closed.client("helper.h1"), compare(closed, left, right))
        assert "Hai bản giống hệt nhau" in text


def test_one_field_is_chosen(closed: Province) -> None:
    kept = ids(closed)
    helper = closed.client("helper.h1")
    assert "mục khác nhau" in told(helper, compare(closed, kept["sign"], "now", field="1"))
    assert "giống hệt nhau" in told(helper, compare(closed, kept["sign"], "now", field="2"))
    assert "không có lĩnh vực nào chung" in told(helper, compare(closed, kept["hand_in"], "now", field="2"))
    assert helper.get(compare(closed, kept["sign"], "now", field="77")).status_code == 404


def test_the_unit_compares_only_what_was_released_to_it(closed: Province) -> None:
    kept, unit = ids(closed), closed.client("leader.x11")
    for verb in ("hand_in", "approve", "close_field"):
        assert unit.get(compare(closed, kept["sign"], kept[verb])).status_code == 404
        assert unit.get(f"{base(closed)}/{kept[verb]}").status_code == 404
    listed = told(unit, base(closed))
    assert "Trình Hội đồng" not in listed
    now = told(unit, compare(closed, kept["sign"], "now"))
    assert "Entered" not in now
    assert "Phạm Huyện Một" not in now
    assert story.HELPER_REASON not in now
    assert "10,00 → 5,00" not in part(now, "1.1") or "cấp trên" in part(now, "1.1").lower()
    story.release(closed, Layer.APPRAISAL)
    assert "Trình Hội đồng" in told(unit, base(closed))
    assert story.HELPER_REASON in told(unit, compare(closed, kept["sign"], kept["hand_in"]))
    assert unit.get(compare(closed, kept["sign"], kept["approve"])).status_code == 404
    assert story.COUNCIL_REASON not in told(unit, compare(closed, kept["sign"], "now"))


def test_a_council_reads_nothing_of_a_form_that_is_a_draft(province: Province) -> None:
    story.claimed(province)
    signed = ids(province)["sign"]
    for path in (base(province), f"{base(province)}/{signed}", compare(province, signed, "now")):
        assert province.client("helper.h1").get(path).status_code == 404


@pytest.mark.parametrize("login", ["officer.x12", "leader.sa", "manager.h2", "helper.h2"])
def test_another_s_hand_overs_answer_like_ones_that_are_not_there(closed: Province, login: str) -> None:
    kept, client = ids(closed), closed.client(login)
    for path in (base(closed), f"{base(closed)}/{kept['sign']}", compare(closed, kept["sign"], "now")):
        assert client.get(path).status_code == 404


def test_a_hand_over_of_another_form_is_not_one_of_this(closed: Province) -> None:
    """Also to a reader of both: an address mixes no two forms."""
    foreign = ids(closed)["sign"]
    other = f"/assessments/{closed.form_id('X12')}/history"
    admin = closed.client("admin")
    assert admin.get(f"{other}/{foreign}").status_code == 404
    assert admin.get(f"{other}/compare?left={foreign}&right=now").status_code == 404


HOSTILE = ["0", "-1", "1.5", "1e9", "٣", "NOW", "null", "1 OR 1=1", "../1", "%00", "<script>", str(BIG), str(2**63)]


@pytest.mark.parametrize("value", HOSTILE)
def test_hostile_sides_name_nothing(closed: Province, value: str) -> None:
    client = closed.client("helper.h1")
    for left, right in ((value, "now"), ("now", value), (value, value)):
        assert client.get(compare(closed, left, right)).status_code == 404


def test_two_states_must_be_chosen(closed: Province) -> None:
    client = closed.client("helper.h1")
    for query in ("", "?compared=yes", "?compared=yes&left=now", "?right=now&compared=yes"):
        text = told(client, f"{base(closed)}/compare{query}")
        assert ("Hãy chọn hai thời điểm" in text) is ("compared" in query)


def test_the_list_leads_to_each_hand_over_as_it_was(closed: Province) -> None:
    client = closed.client("helper.h1")
    listed = told(client, base(closed))
    for words in ("Ký duyệt – cả phiếu", "Trình Hội đồng – lĩnh vực 1", "Phê duyệt – lĩnh vực 1", "thay mặt"):
        assert words in listed
    signed = told(client, f"{base(closed)}/{ids(closed)['sign']}")
    assert story.LATER_NOTE in signed
    assert "05/KH-UBND" in signed
    assert story.SUPERIOR_REASON not in signed, "the superior came after the signature"


def test_a_form_without_hand_overs_says_so(province: Province) -> None:
    assert "chưa được chuyển giao lần nào" in told(province.client("officer.x11"), base(province))


def test_content_that_this_release_does_not_read_is_said(closed: Province) -> None:
    kept = ids(closed)
    with closed.system(), system_act(Verb.IMPORT, "test"):
        db.session.get_one(m.Snapshot, kept["sign"]).content = {"version": 99, "fields": "?"}
    client = closed.client("helper.h1")
    assert "không có nội dung đọc được" in told(client, f"{base(closed)}/{kept['sign']}")
    assert "không so sánh được" in told(client, compare(closed, kept["sign"], "now"))


def test_statements_are_the_same_for_few_leaves_and_many_differences(closed: Province) -> None:
    kept, client = ids(closed), closed.client("helper.h1")
    same = counted(closed, client, compare(closed, kept["approve"], kept["close_field"]))
    differing = counted(closed, client, compare(closed, kept["sign"], kept["approve"]))
    assert same == differing
    assert counted(closed, client, compare(closed, kept["sign"], "now")) <= 24


def counted(province: Province, client: FlaskClient, path: str) -> int:
    client.get(path)
    with steps.counted(province) as sent:
        assert client.get(path).status_code == 200
    return len(sent)


def test_every_screen_that_shows_a_leaf_leads_to_its_history(closed: Province) -> None:
    form, sheet = closed.form_id(story.UNIT), steps.sheet_id(closed, story.UNIT)
    leaf, whole = f"/assessments/{form}/leaves/1.1/history", base(closed)
    for login, path, wanted in (
        ("officer.x11", f"/assessments/{form}", (whole,)),
        ("officer.x11", f"/assessments/{form}/evidence/1.1", (leaf,)),
        ("leader.x11", f"/assessments/{form}/receipt", (whole,)),
        ("helper.h1", f"/appraisal/{sheet}?leaf=1.1", (leaf, whole)),
        ("member.h1", f"/approval/sheets/{sheet}", (leaf, whole)),
        ("manager.h1", f"/progress/{form}", (leaf, whole)),
    ):
        text = closed.client(login).get(path).get_data(as_text=True)
        assert all(f'href="{address}"' in text for address in wanted), path
        assert all(closed.client(login).get(address).status_code == 200 for address in wanted)


def test_an_unused_entry_is_a_leaf_of_its_own(province: Province) -> None:
    """A second form of the same unit's level has nothing of the first."""
    story.save(province, "1.4", inputs={"count": "1"}, note="x")
    other = f"/assessments/{province.form_id('X12')}/leaves/1.4/history"
    assert "Chưa có nội dung nào" in told(province.client("officer.x12"), other)
    assert Entry().empty
