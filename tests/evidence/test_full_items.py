"""An item takes as many files as the setting says, by whichever way they come to it; the sentence names the item."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.assessment.support import Person, person, vietnamese
from tests.evidence.samples import pdf
from tests.evidence.sending import links, refusal, send, sent
from tests.support.world import Province


@pytest.fixture
def officer(province: Province, settings: Callable[..., None]) -> Person:
    """An officer whose item 1.3 holds the two files it may hold."""
    settings(files_per_item=2)
    officer = person(province, "officer.x11")
    for one in "12":
        sent(officer, content=pdf(one))
    return officer


def full(code: str) -> str:
    sentence = "Item {code} has {count} files already, as many as it may: remove one first."
    return vietnamese(sentence, code=code, count=2)


def files(officer: Person) -> list[int]:
    """How many files each item holds."""
    return sorted(Counter(link.criterion_id for link in links(officer.province) if link.file_id is not None).values())


def test_one_more_upload_is_refused_until_one_goes(officer: Person) -> None:
    assert refusal(send(officer, content=pdf("3"))) == full("1.3")
    assert sent(officer, content=pdf("2"))["repeated"]
    first = links(officer.province)[0]
    sent(officer, content=pdf("4"), version_of=first.id)  # a new version is no further file
    officer.post(f"evidence/1.3/{first.id}/remove")
    sent(officer, content=pdf("5"))


def test_a_document_with_a_file_is_not_used_again_there(officer: Person) -> None:
    told = sent(officer, "1.1", content=pdf("3"))
    answer = officer.post("evidence/1.3", document=str(told["document_id"]), page="trang 7")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert page.count(full("1.3")) == 2  # at the top, and at the choice
    assert f'value="{told["document_id"]}" checked' in page
    assert 'value="trang 7"' in page
    assert files(officer) == [1, 2]


def test_a_document_without_a_file_may_be_named_and_gets_none(officer: Person) -> None:
    assert officer.post("evidence/1.3", title="Kế hoạch").status_code == 302
    named = links(officer.province)[-1]
    assert refusal(send(officer, content=pdf("3"), version_of=named.id)) == full("1.3")
    assert files(officer) == [2]


def test_spread_over_items_it_goes_on_all_or_none(officer: Person) -> None:
    told = sent(officer, "1.1", content=pdf("3"))
    answer = officer.post(f"evidence/1.1/{told['link_id']}/items", item=["2.2", "1.3"])
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert full("1.3") in page
    assert page.count(" checked>") == 2  # what was ticked stays
    assert files(officer) == [1, 2]
    assert officer.post(f"evidence/1.1/{told['link_id']}/items", item=["2.2"]).status_code == 302
