"""Documents that prove a leaf: named, used again, removed while the form is a draft; links are never fetched."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from tests.assessment.support import Person, move_to_deadline, person
from tests.support.world import Province

DOCUMENT = {
    "number": "12/KH-UBND",
    "issued_on": "31/12/2024",
    "issuer": "UBND xã",
    "title": "Kế hoạch cải cách hành chính",
    "link": "https://vinhlong.gov.vn/van-ban/12",
    "page": "trang 3",
}


def _all(province: Province) -> tuple[list[m.Evidence], int]:
    with province.system():
        documents = list(db.session.scalars(select(m.Evidence).order_by(m.Evidence.id)))
        links = db.session.scalar(select(func.count()).select_from(m.EvidenceLink)) or 0
        db.session.expunge_all()
    return documents, links


def _link_id(province: Province, code: str) -> int:
    with province.system():
        query = select(m.EvidenceLink.id).join(m.Criterion, m.Criterion.id == m.EvidenceLink.criterion_id)
        return db.session.scalars(query.where(m.Criterion.code == code)).one()


def _officer(province: Province) -> Person:
    return person(province, "officer.x11")


def test_a_document_is_named_and_counted_beside_the_leaf(province: Province) -> None:
    officer = _officer(province)
    assert officer.post("evidence/1.3", **DOCUMENT).status_code == 302
    documents, links = _all(province)
    assert links == 1
    assert [(d.number, d.issued_on, d.issuer, d.title, d.link) for d in documents] == [
        ("12/KH-UBND", date(2024, 12, 31), "UBND xã", "Kế hoạch cải cách hành chính", DOCUMENT["link"])
    ]
    page = officer.client.get(f"{officer.url}/evidence/1.3").get_data(as_text=True)
    assert "trang 3" in page
    assert f'href="{DOCUMENT["link"]}" rel="noopener noreferrer"' in page
    assert "Minh chứng 1.3: 1" in officer.page()


def test_a_document_serves_several_leaves_and_goes_with_its_last_use(province: Province) -> None:
    officer = _officer(province)
    officer.post("evidence/1.3", **DOCUMENT)
    document_id = _all(province)[0][0].id
    for _ in range(2):  # pressed twice: one use
        officer.post("evidence/1.1", document=document_id, page="mục II")
    assert (len(_all(province)[0]), _all(province)[1]) == (1, 2)
    officer.post(f"evidence/1.3/{_link_id(province, '1.3')}/remove")
    assert (len(_all(province)[0]), _all(province)[1]) == (1, 1)
    officer.post(f"evidence/1.1/{_link_id(province, '1.1')}/remove")
    assert _all(province) == ([], 0)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 501),
        ("title", "a\x00b"),
        ("number", "x" * 81),
        ("issuer", "x" * 201),
        ("page", "x" * 121),
        ("issued_on", "31/02/2024"),
        ("issued_on", "tháng 12"),
        ("issued_on", "01/01/0001"),
        ("issued_on", "31/12/9999"),
        ("issued_on", "３１/12/2024"),
        ("link", "javascript:alert(1)"),
        ("link", "ftp://vinhlong.gov.vn/x"),
        ("link", "file:///etc/passwd"),
        ("link", "//vinhlong.gov.vn"),
        ("link", "https://"),
        ("link", "https://a b.vn"),
        ("link", "http://[::1"),
        ("link", "https://ten:matkhau@vinhlong.gov.vn"),
        ("link", "https://x.vn/" + "y" * 1000),
    ],
)
def test_a_bad_field_is_told_at_the_field_and_all_typed_stays(province: Province, field: str, value: str) -> None:
    officer = _officer(province)
    answer = officer.post("evidence/1.3", **{**DOCUMENT, field: value})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="d-{field}-error"' in page
    assert _all(province) == ([], 0)
    kept = "number" if field != "number" else "title"
    assert f'value="{DOCUMENT[kept]}"' in page


def test_texts_are_stored_composed(province: Province) -> None:
    _officer(province).post("evidence/1.3", title=unicodedata.normalize("NFD", "Quyết định"))
    assert _all(province)[0][0].title == unicodedata.normalize("NFC", "Quyết định")


def test_a_script_in_a_title_stays_text(province: Province) -> None:
    officer = _officer(province)
    officer.post("evidence/1.3", title="<script>alert(1)</script>")
    assert "<script>alert" not in officer.client.get(f"{officer.url}/evidence/1.3").get_data(as_text=True)


def test_another_units_document_is_not_there(province: Province) -> None:
    person(province, "officer.x12").post("evidence/1.3", **DOCUMENT)
    document_id, link_id = _all(province)[0][0].id, _link_id(province, "1.3")
    officer = _officer(province)
    assert officer.post("evidence/1.3", document=document_id).status_code == 404
    assert officer.post(f"evidence/1.3/{link_id}/remove").status_code == 404
    assert DOCUMENT["link"] not in officer.client.get(f"{officer.url}/evidence/1.3").get_data(as_text=True)
    assert _all(province)[1] == 1


def test_a_link_is_removed_only_from_its_own_leaf(province: Province) -> None:
    officer = _officer(province)
    officer.post("evidence/1.3", **DOCUMENT)
    assert officer.post(f"evidence/1.1/{_link_id(province, '1.3')}/remove").status_code == 404
    assert _all(province)[1] == 1


@pytest.mark.parametrize("value", ["", "abc", "-1", "1e3", "99999999999999999999"])
def test_a_choice_that_is_no_document_is_a_plain_refusal(province: Province, value: str) -> None:
    assert _officer(province).post("evidence/1.3", document=value).status_code in (302, 404)
    assert _all(province) == ([], 0)


@pytest.mark.parametrize("code", ["8.1", "9.2", "1", "7.7"])
def test_only_leaves_the_unit_scores_take_evidence(province: Province, code: str) -> None:
    assert _officer(province).post(f"evidence/{code}", **DOCUMENT).status_code == 404


def test_a_locked_form_keeps_its_evidence_as_it_is(province: Province) -> None:
    move_to_deadline(province, "X11", -60)
    officer = _officer(province)
    officer.post("evidence/1.3", **DOCUMENT)
    link_id = _link_id(province, "1.3")
    move_to_deadline(province, "X11", 1)
    assert officer.post("evidence/1.1", **DOCUMENT).status_code == 409
    assert officer.post(f"evidence/1.3/{link_id}/remove").status_code == 409
    page = officer.client.get(f"{officer.url}/evidence/1.3").get_data(as_text=True)
    assert DOCUMENT["title"] in page
    assert 'name="title"' not in page
    assert _all(province)[1] == 1


@pytest.mark.parametrize("login", ["manager.h1", "admin", "observer"])
def test_who_stands_above_reads_documents_and_adds_none(province: Province, login: str) -> None:
    _officer(province).post("evidence/1.3", **DOCUMENT)
    other = person(province, login, "X11")
    assert DOCUMENT["title"] in other.client.get(f"{other.url}/evidence/1.3").get_data(as_text=True)
    assert other.post("evidence/1.3", **DOCUMENT).status_code == 403
    assert _all(province)[1] == 1
