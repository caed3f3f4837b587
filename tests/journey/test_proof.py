"""What makes a score believable, in one story: files for several items, a question, an answer with one more file, a second look."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Layer, Stage, State
from services.score import Entry
from services.verify import verify
from tests.appraisal import steps
from tests.evidence import browser_files as files
from tests.explanation import steps as talk
from tests.journey import others
from tests.journey.person import Browsers, Person, people
from tests.journey.test_round import SA_CLAIMS
from tests.support.world import Province

ITEMS = ("1.3", "1.1", "2.2")
QUESTION = "Đề nghị bổ sung quy chế thi đua đã ban hành."
ANSWER = "Quy chế kèm theo là bản đã ký số."


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the officer's own computer."""
    return tmp_path_factory.mktemp("desk")


def send(page: Page, *paths: Path) -> None:
    """Choose files on the page of an item and send them."""
    page.locator("#u-file").set_input_files(list(paths))
    page.get_by_role("button", name=f"Gửi {len(paths)} tệp").click()


def state_of(page: Page, name: str) -> object:
    return page.locator("[data-card]", has_text=name).locator("[data-words]")


def test_files_question_answer_and_second_appraisal(new_context: Browsers, province: Province, desk: Path) -> None:
    come = people(new_context, province.app)
    others.enter(province, "SA", SA_CLAIMS)
    with come("officer.sa") as officer:
        brings_proof(officer, province, desk)
    others.sign(province, "SA")
    steps.lock(province)
    steps.appraise(province, talk.HELPER, "SA", "1.3", Entry({"met": "0"}, reason="Chưa thấy quy chế"))
    talk.ask(province, "1.3", QUESTION)
    steps.keep_all(province, talk.HELPER, "SA")
    talk.send(province)
    with come("officer.sa") as officer:
        answers_with_a_file(officer, province, desk)
    with come("leader.sa") as leader:
        leader.go(f"/assessments/{province.form_id('SA')}/explanation/check")
        leader.page.get_by_role("button", name="Ký duyệt giải trình").click()
        leader.told("Đã ký duyệt giải trình 1 mục")
    with come(talk.HELPER) as helper:
        looks_again(helper, province)
    assert talk.state(province) is State.APPRAISED
    # All that applies was claimed: the item given 0 at first has its ten points again.
    assert {code: row.points for code, row in steps.scores(province, "SA", Layer.REAPPRAISAL).items()} == {"1.3": 10}
    with province.system():
        assert verify(db.session()).faults == []


def brings_proof(officer: Person, province: Province, desk: Path) -> None:
    """A PDF, a photo and a Word document on one item, a false PDF refused, the PDF used on two further items."""
    page, form = officer.page, f"/assessments/{province.form_id('SA')}"
    officer.go(f"{form}/evidence/{ITEMS[0]}")
    send(page, files.pdf(desk), files.photo(desk, side=600), files.word(desk))
    for name in ("Kế hoạch CCHC.pdf", "Ảnh niêm yết.jpg", "Báo cáo năm.docx"):
        expect(state_of(page, name)).to_contain_text("Đã nhận")
    officer.go(f"{form}/evidence/{ITEMS[0]}")
    send(page, files.false_pdf(desk))
    expect(page.locator("[data-card]", has_text="Quyết định.pdf")).to_have_attribute("data-state", "refused")
    expect(state_of(page, "Quyết định.pdf")).to_contain_text("Tệp là trang web (HTML)")
    officer.go(f"{form}/evidence/{ITEMS[0]}")
    documents = page.locator(".documents > li", has_text="Kế hoạch CCHC.pdf")
    documents.get_by_role("link", name=re.compile("Dùng cho mục khác")).click()
    for code in ITEMS[1:]:
        page.get_by_role("checkbox", name=re.compile(f"^{re.escape(code)} ")).check()
    page.get_by_role("button", name="Dùng cho các mục đã chọn").click()
    page.wait_for_url(f"**/evidence/{ITEMS[0]}")
    officer.picture("minh-chung")
    with province.system():
        assert len(db.session.scalars(select(m.EvidenceFile.id)).all()) == 3
        assert len(db.session.scalars(select(m.EvidenceLink.id)).all()) == 5


def answers_with_a_file(officer: Person, province: Province, desk: Path) -> None:
    """The answer is typed, and the file that was missing is sent beside it; what was signed stays as it was."""
    page = officer.page
    officer.go(f"/assessments/{province.form_id('SA')}/explanations")
    officer.told(QUESTION)
    row = page.locator('article[data-code="1.3"]')
    row.locator("textarea").fill(ANSWER)
    row.locator("textarea").blur()
    expect(row.locator("[data-words]")).to_contain_text("đã lưu")
    officer.picture("giai-trinh")
    row.get_by_role("link", name=re.compile("Bổ sung tài liệu")).click()
    send(page, files.pdf(desk, "Quy chế thi đua.pdf"))
    expect(state_of(page, "Quy chế thi đua.pdf")).to_contain_text("Đã nhận")
    page.get_by_role("link", name="Về trang giải trình").click()
    expect(row).to_contain_text("1 tài liệu bổ sung")
    with province.system():
        stages = db.session.scalars(select(m.EvidenceLink.stage).order_by(m.EvidenceLink.id)).all()
    assert stages == [Stage.SELF_SCORING] * 5 + [Stage.EXPLANATION]


def looks_again(helper: Person, province: Province) -> None:
    """The helper opens the new file beside the score, keeps the claim after all and hands the field in."""
    page = helper.page
    helper.go(f"/appraisal/{steps.sheet_id(province, 'SA')}?leaf=1.3")
    helper.told(ANSWER)
    page.locator(".papers li", has_text="Quy chế thi đua.pdf").get_by_role(
        "button", name=re.compile("Xem tại đây")
    ).click()
    expect(page.locator("canvas").first).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("^Giữ điểm đề nghị")).click()
    helper.go(f"/appraisal/{steps.sheet_id(province, 'SA')}/hand-in")
    helper.told("Đã giải trình 1/1 mục được yêu cầu")
    page.get_by_role("button", name="Trình Hội đồng").click()
    helper.told("Đã trình hội đồng")
