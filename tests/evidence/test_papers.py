"""Documents found again, put on several items in one act, put right, listed; other units see nothing of them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from services.evidence.offers import SHOWN
from tests.appraisal import steps
from tests.assessment.support import FULL, Person, move_to_deadline, person
from tests.evidence.samples import pdf
from tests.evidence.sending import links, post, rows, send, sent
from tests.support.world import Province


def _officer(province: Province) -> Person:
    return person(province, "officer.x11")


def _words(who: Person, path: str) -> str:
    answer = who.client.get(f"{who.url}/{path}")
    assert answer.status_code == 200, answer.status
    return unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def _codes(province: Province, document_id: int) -> set[str]:
    with province.system():
        query = select(m.Criterion.code).join(m.EvidenceLink, m.EvidenceLink.criterion_id == m.Criterion.id)
        return set(db.session.scalars(query.where(m.EvidenceLink.evidence_id == document_id)))


@pytest.mark.parametrize("find", ["ke hoach", "KẾ HOẠCH", "12/qđ", "12/QĐ-UBND"])
def test_a_document_is_found_by_title_without_marks_and_by_number(province: Province, find: str) -> None:
    officer = _officer(province)
    sent(officer, "1.3", title="Kế hoạch năm", number="12/QĐ-UBND")
    sent(officer, "1.3", "b.pdf", pdf("bao cao"), title="Báo cáo quý", number="7/BC-UBND")
    page = officer.client.get(f"{officer.url}/evidence/2.2", query_string={"find": find}).get_data(as_text=True)
    assert len(re.findall(r'name="document" value="\d+"', page)) == 1
    assert "Kế hoạch năm" in page
    assert "Báo cáo quý" not in page


@pytest.mark.parametrize("find", ["%", "_", "\x00", "'" * 300, "\\"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(province: Province, find: str) -> None:
    officer = _officer(province)
    officer.post("evidence/1.3", title="Kế hoạch năm")
    answer = officer.client.get(f"{officer.url}/evidence/2.2", query_string={"find": find})
    assert answer.status_code == 200
    found = 'name="document"' in answer.get_data(as_text=True)
    assert found is (find.strip("\x00") == "")


def test_many_documents_are_cut_and_the_page_says_so(province: Province) -> None:
    officer = _officer(province)
    for number in range(SHOWN + 2):
        officer.post("evidence/1.3", title=f"Tài liệu {number}")
    words = _words(officer, "evidence/2.2")
    assert f"Đang hiện {SHOWN} trong {SHOWN + 2} tài liệu" in words


def test_another_units_documents_are_never_offered(province: Province) -> None:
    sent(person(province, "officer.x12"), title="Tài liệu của xã khác")
    assert "Tài liệu của xã khác" not in _words(_officer(province), "evidence/1.3?find=xa+khac")


def test_a_document_goes_on_several_items_in_one_act_with_the_version_used(province: Province) -> None:
    officer = _officer(province)
    told = sent(officer, "1.3")
    assert officer.post(f"evidence/1.3/{told['link_id']}/items", item=["1.1", "2.2", "1.1"]).status_code == 302
    assert _codes(province, told["document_id"]) == {"1.1", "1.3", "2.2"}
    assert {link.file_id for link in links(province)} == {told["file_id"]}
    with province.system():
        query = select(m.AuditEntry.at).where(m.AuditEntry.object_type.ilike("%link%"))
        moments = list(db.session.scalars(query))
    assert (len(moments), len(set(moments))) == (3, 2), "the two further items came in one act"
    officer.post(f"evidence/1.3/{told['link_id']}/items", item=["1.1", "2.2"])  # again: nothing twice
    assert len(links(province)) == 3


@pytest.mark.parametrize("bad", ["8.1", "9.2", "1", "7.7", ""])
def test_one_item_that_takes_no_evidence_stops_the_whole_act(province: Province, bad: str) -> None:
    officer = _officer(province)
    told = sent(officer, "1.3")
    assert officer.post(f"evidence/1.3/{told['link_id']}/items", item=["1.1", bad]).status_code == 404
    assert _codes(province, told["document_id"]) == {"1.3"}


def test_nothing_ticked_is_said(province: Province) -> None:
    officer = _officer(province)
    told = sent(officer, "1.3")
    answer = officer.client.post(
        f"{officer.url}/evidence/1.3/{told['link_id']}/items",
        data={"csrf_token": officer.token()},
        follow_redirects=True,
    )
    assert "Hãy chọn ít nhất một mục" in answer.get_data(as_text=True)


def test_the_page_that_proves_and_the_title_are_put_right(province: Province) -> None:
    officer = _officer(province)
    told = sent(officer, "1.3", title="Kế hoach", page="")
    fixed = {"title": "Kế hoạch", "number": "5/KH", "issued_on": "02/01/2024", "page": "trang 7"}
    assert officer.post(f"evidence/1.3/{told['link_id']}", **fixed).status_code == 302
    document = rows(province, m.Evidence)[0]
    assert (document.title, document.number, document.title_search) == ("Kế hoạch", "5/KH", "ke hoach")
    assert links(province)[0].page == "trang 7"


def test_a_wrong_correction_is_told_at_its_field_and_changes_nothing(province: Province) -> None:
    officer = _officer(province)
    told = sent(officer, "1.3", title="Kế hoạch", page="trang 1")
    answer = officer.post(f"evidence/1.3/{told['link_id']}", title="", page="trang 9", issued_on="hôm qua")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="e{told["link_id"]}-title-error"' in page
    assert f'id="e{told["link_id"]}-issued_on-error"' in page
    assert 'value="hôm qua"' in page
    assert links(province)[0].page == "trang 1"


def test_strangers_reach_no_document_of_the_form(province: Province) -> None:
    told = sent(_officer(province), "1.3")
    other = person(province, "officer.x12")
    for path in (f"evidence/1.3/{told['link_id']}", f"evidence/1.3/{told['link_id']}/items"):
        assert other.post(path, title="x", item="1.1").status_code == 404  # a link of another form
    form_id = province.form_id("X11")
    for path in ("evidence", f"evidence/1.3/{told['link_id']}/items"):
        assert other.client.get(f"/assessments/{form_id}/{path}").status_code == 404
    assert _codes(province, told["document_id"]) == {"1.3"}


def test_a_locked_form_takes_no_correction_and_no_further_item(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    officer = _officer(province)
    told = sent(officer, "1.3", title="Kế hoạch")
    move_to_deadline(province, "X11", 1)
    assert post(officer, f"evidence/1.3/{told['link_id']}", {"title": "Khác"}, plain=True).status_code == 409
    assert post(officer, f"evidence/1.3/{told['link_id']}/items", {"item": "1.1"}, plain=True).status_code == 409
    assert send(officer, "1.3", "khac.pdf", b"%PDF-1.7 other").status_code == 409
    assert rows(province, m.Evidence)[0].title == "Kế hoạch"
    assert _codes(province, told["document_id"]) == {"1.3"}
    words = _words(officer, f"evidence/1.3/{told['link_id']}/items")
    assert "Hãy đề nghị cấp trên mở lại phiếu" in words


def test_superiors_see_who_lacks_evidence_by_name_and_number(province: Province) -> None:
    officer = _officer(province)
    officer.send(FULL)
    sent(officer, "1.3")
    board = person(province, "manager.h1", "X11")
    page = board.client.get("/progress/").get_data(as_text=True)
    row = page[page.index("Xã Ấp Bắc") :]
    assert "thiếu 5 minh chứng" in row.split("</tr>")[0]
    assert page.count("minh chứng") == 1, "the other forms claim nothing yet"
    words = _words(board, "evidence")
    assert "1. Chỉ đạo, điều hành: thiếu 4 minh chứng" in words
    assert "2. Thủ tục hành chính: thiếu 1 minh chứng" in words


@pytest.mark.parametrize("path", ["evidence/1.3", "evidence", "evidence/1.3/{link}/items"])
def test_pages_ask_the_database_as_often_for_one_document_as_for_many(province: Province, path: str) -> None:
    officer = _officer(province)
    first = sent(officer, "1.3")

    def count() -> int:
        with steps.counted(province) as asked:
            assert officer.client.get(f"{officer.url}/{path.format(link=first['link_id'])}").status_code == 200
        return len(asked)

    count()
    few = count()
    for number in range(6):
        code = "1.3" if number % 2 else "1.1"
        told = sent(officer, code, f"{number}.pdf", pdf(f"{number}"), title=f"Tài liệu {number}")
        sent(officer, code, "v2.pdf", pdf(f"{number}, mended"), version_of=told["link_id"])
    assert count() == few
