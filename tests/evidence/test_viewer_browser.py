"""Documents beside the score: a page of a PDF is drawn, a photo is shown, a script in a PDF does nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.appraisal import steps
from tests.assessment.support import Person, move_to_deadline, person
from tests.evidence import browser_files as files
from tests.evidence.sending import sent
from tests.support.world import Province

#: Tells whether something other than white stands on the canvas.
INK = """canvas => { const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let dark = 0; for (let at = 0; at < data.length; at += 4) if (data[at] < 128 && data[at + 3] > 128) dark += 1; return dark; }"""


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("desk")


def _send(who: Person, code: str, path: Path, **fields: str) -> None:
    sent(who, code, path.name, path.read_bytes(), **fields)


def _officer(province: Province) -> Person:
    return person(province, "officer.x11")


def test_the_page_that_proves_the_item_is_drawn_beside_the_documents(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    officer = _officer(province)
    _send(officer, "1.3", files.pdf(desk), page="phụ lục, trang 3")
    page = sign_in("officer.x11")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{officer.url}/evidence/1.3")
    expect(page.locator(".view-button")).to_be_visible()
    assert not [url for url in asked if "pdfjs" in url], "pdf.js waits until somebody opens a document"
    page.locator(".view-button").click()
    viewer = page.locator("#viewer")
    expect(viewer.locator("[data-told]")).to_have_text("Trang 3 trong 3")
    assert viewer.locator("canvas").evaluate(INK) > 1000
    expect(viewer.locator("[data-text]")).to_contain_text(files.PAGES[2])
    page.keyboard.press("PageUp")
    expect(viewer.locator("[data-told]")).to_have_text("Trang 2 trong 3")
    expect(viewer.locator("[data-text]")).to_contain_text(files.PAGES[1])
    before = viewer.locator("canvas").bounding_box()["width"]
    page.keyboard.press("+")
    expect(viewer.locator("[data-scale]")).to_have_text("125 %")
    page.wait_for_function(
        "width => document.querySelector('#viewer canvas').getBoundingClientRect().width > width", arg=before
    )
    viewer.locator("#viewer-page").fill("1")
    viewer.locator("#viewer-page").press("Enter")
    expect(viewer.locator("[data-told]")).to_have_text("Trang 1 trong 3")
    viewer.get_by_role("button", name="Xoay").click()
    page.wait_for_function("() => { const c = document.querySelector('#viewer canvas'); return c.width > c.height; }")
    left, right = page.locator("#proof").bounding_box(), viewer.bounding_box()
    assert left["x"] + left["width"] <= right["x"] + 1, "the documents stay in sight beside it"
    page.keyboard.press("Escape")
    expect(viewer).not_to_be_visible()
    expect(page.locator(".view-button")).to_be_focused()


def test_a_photo_is_shown_and_a_word_document_is_only_downloaded(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    officer = _officer(province)
    _send(officer, "1.3", files.photo(desk))
    _send(officer, "1.3", files.word(desk))
    page = sign_in("officer.x11")
    page.goto(f"{officer.url}/evidence/1.3")
    expect(page.locator(".view-button")).to_have_count(1)
    expect(page.locator(".documents li", has_text="Báo cáo năm.docx")).to_contain_text("tải về rồi mở bằng")
    page.locator(".view-button").click()
    image = page.locator("#viewer [data-image]")
    expect(image).to_be_visible()
    assert image.evaluate("image => image.naturalWidth") == 1600
    wide = image.bounding_box()["width"]
    page.locator("#viewer").get_by_role("button", name="Lớn hơn").click()
    assert image.bounding_box()["width"] > wide


def test_a_script_in_a_pdf_does_nothing(sign_in: Callable[..., Page], province: Province, desk: Path) -> None:
    officer = _officer(province)
    _send(officer, "1.3", files.pdf_with_script(desk))
    page = sign_in("officer.x11")
    said: list[str] = []
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.context.on("page", lambda opened: said.append(opened.url))
    page.goto(f"{officer.url}/evidence/1.3")
    address = page.url
    page.locator(".view-button").click()
    expect(page.locator("#viewer [data-told]")).to_have_text("Trang 1 trong 1")
    assert page.locator("#viewer canvas").evaluate(INK) > 100
    page.wait_for_timeout(500)
    assert said == []
    assert page.url == address
    assert not page.evaluate(
        "[...document.scripts, ...performance.getEntriesByType('resource')].some(x => /sandbox/.test(x.src ?? x.name))"
    )


def test_in_the_panel_the_viewer_stands_beside_and_escape_closes_it_alone(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    officer = _officer(province)
    _send(officer, "1.3", files.pdf(desk))
    page = sign_in("officer.x11")
    page.goto(officer.url)
    page.locator('tr[data-code="1.3"] [data-evidence]').click()
    page.locator("#panel .view-button").click()
    expect(page.locator("#viewer [data-told]")).to_have_text("Trang 1 trong 3")
    page.keyboard.press("Escape")
    expect(page.locator("#viewer")).not_to_be_visible()
    expect(page.locator("#panel")).to_be_visible()
    page.locator("#panel .view-button").click()
    expect(page.locator("#viewer [data-told]")).to_have_text("Trang 1 trong 3")


def test_the_helper_and_the_council_read_it_beside_the_score(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    officer = _officer(province)
    steps.claim(province, "X11", sign=False)
    _send(officer, "1.1", files.pdf(desk), page="tr. 2", title="Kế hoạch của xã")
    other = person(province, "officer.x12")
    steps.claim(province, "X12", sign=False)
    _send(other, "1.1", desk / "Kế hoạch CCHC.pdf", title="Kế hoạch chung")
    move_to_deadline(province, "X11", 60)
    sheet = steps.sheet_id(province, "X11")
    page = sign_in("helper.h1")
    page.goto(f"/appraisal/{sheet}?leaf=1.1")
    expect(page.locator(".same-notes")).to_contain_text("Xã Đức Hòa (mục 1.1)")
    page.locator(".papers .view-button").click()
    expect(page.locator("#viewer [data-told]")).to_have_text("Trang 2 trong 3")
    reason = page.locator("#reason")
    reason.scroll_into_view_if_needed()
    reason.fill("Đã xem trang 2 của kế hoạch")
    expect(page.locator("#viewer canvas")).to_be_visible()
    own, viewer = reason.bounding_box(), page.locator("#viewer").bounding_box()
    assert own["x"] + own["width"] <= viewer["x"], "the decision is typed beside the document"
    found = Axe().run(page).response["violations"]
    assert not [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
    council = sign_in("member.h1")
    council.goto(f"/approval/sheets/{sheet}")
    council.locator("summary", has_text="1 tài liệu").click()
    council.locator(".papers .view-button").click()
    expect(council.locator("#viewer [data-told]")).to_have_text("Trang 2 trong 3")


def test_on_a_phone_the_viewer_takes_the_screen_and_gives_it_back(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    officer = _officer(province)
    _send(officer, "1.3", files.pdf(desk), title="Kế hoạch " + "rất dài " * 30)
    page = sign_in("officer.x11", width=390)
    page.goto(f"{officer.url}/evidence/1.3")
    page.locator(".view-button").click()
    viewer = page.locator("#viewer")
    expect(viewer.locator("[data-told]")).to_have_text("Trang 1 trong 3")
    assert viewer.bounding_box()["width"] == 390
    assert viewer.locator("[data-box]").bounding_box()["height"] > 400
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    found = Axe().run(page).response["violations"]
    assert not [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
    viewer.get_by_role("button", name="Đóng tài liệu").click()
    expect(viewer).not_to_be_visible()
