"""A restriction to fields holds for documents too: one that is used in another field is not changed by way of the own one."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.access.steps import restrict
from tests.assessment.support import Person, person
from tests.evidence.samples import pdf
from tests.evidence.sending import post, send, sent
from tests.permissions.crawl import digest
from tests.support.world import Province

FIELD_2 = "chỉ được cập nhật lĩnh vực 2"
AMENDED = {"title": "Tên khác", "number": "9", "issued_on": "", "issuer": "Sở khác", "link": "", "page": "3"}


@pytest.fixture
def officer(province: Province) -> Person:
    """An officer restricted to field 2, whose commune has a document at item 1.3 and another one at 2.1."""
    who = person(province, "officer.x11")
    sent(who, "1.3", "Kế hoạch.pdf")
    sent(who, "2.1", "Báo cáo.pdf", pdf() + b"\n%2")
    restrict(province, "officer.x11", fields=("2",))
    return who


def uses(province: Province) -> dict[tuple[str, str], int]:
    """Return the link of each use, by title and item."""
    with province.system():
        rows = db.session.execute(
            select(m.Evidence.title, m.Criterion.code, m.EvidenceLink.id)
            .join(m.EvidenceLink, m.EvidenceLink.evidence_id == m.Evidence.id)
            .join(m.Criterion, m.Criterion.id == m.EvidenceLink.criterion_id)
        )
        return {(title, code): id_ for title, code, id_ in rows}


def use_again(province: Province, who: Person) -> int:
    """Use the document of item 1.3 at item 2.1 as well; return that link."""
    with province.system():
        document = db.session.scalars(select(m.Evidence.id).where(m.Evidence.title == "Kế hoạch")).one()
    assert post(who, "evidence/2.1", {"document": document, "page": "1"}).status_code == 302
    return uses(province)["Kế hoạch", "2.1"]


def refused(province: Province, who: Person, path: str, fields: dict[str, Any]) -> None:
    before = digest(province)
    answer = post(who, path, fields)
    assert answer.status_code == 403, path
    assert FIELD_2 in answer.get_json()["why"]
    assert digest(province) == before


def test_a_document_of_another_field_is_not_renamed_by_way_of_the_own_one(province: Province, officer: Person) -> None:
    link = use_again(province, officer)
    refused(province, officer, f"evidence/2.1/{link}", AMENDED)
    # The page that proves the own item is the own item's.
    only_page = {**dict.fromkeys(AMENDED, ""), "title": "Kế hoạch", "page": "5"}
    assert post(officer, f"evidence/2.1/{link}", only_page).status_code == 302
    assert post(officer, f"evidence/2.1/{link}/remove", {}).status_code == 302
    assert ("Kế hoạch", "1.3") in uses(province)


def test_its_file_gets_no_new_version_either(province: Province, officer: Person) -> None:
    link = use_again(province, officer)
    before = digest(province)
    answer = send(officer, "2.1", "Sửa.pdf", pdf() + b"\n%3", version_of=link)
    assert answer.status_code == 403
    assert FIELD_2 in answer.get_json()["why"]
    assert digest(province) == before


def test_items_of_another_field_get_and_lose_nothing(province: Province, officer: Person) -> None:
    found = uses(province)
    there, here = found["Kế hoạch", "1.3"], found["Báo cáo", "2.1"]
    refused(province, officer, f"evidence/1.3/{there}", AMENDED)
    refused(province, officer, f"evidence/1.3/{there}/remove", {})
    refused(province, officer, "evidence/1.4", AMENDED)
    refused(province, officer, f"evidence/2.1/{here}/items", {"item": "1.4"})
    assert uses(province) == found


def test_the_own_fields_documents_are_amended(province: Province, officer: Person) -> None:
    link = uses(province)["Báo cáo", "2.1"]
    assert post(officer, f"evidence/2.1/{link}", AMENDED).status_code == 302
    assert send(officer, "2.1", "Sửa.pdf", pdf() + b"\n%3", version_of=link).status_code == 201
    assert ("Tên khác", "2.1") in uses(province)
