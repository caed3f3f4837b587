"""Appraisal and approval in a browser: the keys, points that follow, a save that stays, a phone, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Dialog, Page, expect

import models as m
from rules.vocabulary import Layer
from services.score import Entry
from tests.appraisal import steps
from tests.support.database import Database
from tests.support.world import PASSWORD, Province


@pytest.fixture
def handed(app: Flask, province: Province, database: Database) -> Province:
    """Field 1 of two departments is with the council; a third one waits for its helper.

    ``app`` first: it is part of every browser and would set the database back.
    """

    def build() -> None:
        steps.claim(province, "VP", {code: steps.CLAIMS[code] for code in steps.FIELD_1})
        steps.hand_in_two(province)

    return steps.state(province, database, "handed and waiting", build)


@pytest.fixture
def sign_in(new_context: Callable[..., BrowserContext]) -> Iterator[Callable[..., Page]]:
    """``sign_in("helper1.p", width=390)`` opens a browser of that person."""

    def enter(login: str, **options: object) -> Page:
        page = new_context(**options).new_page()
        page.goto("/login")
        page.fill("#username", login)
        page.fill("#password", PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/login" not in url)
        return page

    return enter


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def test_a_field_is_appraised_with_the_keyboard_alone(handed: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("helper1.p")
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}")
    expect(page.locator("h2#leaf-name")).to_contain_text("1.1")
    page.keyboard.press("g")  # keep the claim of 1.1 and go on
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.1")
    page.keyboard.press("j")
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.2")
    page.keyboard.press("k")
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.1")

    page.focus("#in-numerator")
    page.keyboard.type("40")
    page.keyboard.press("Tab")
    page.keyboard.type("48")
    outcome = page.locator("[data-outcome]")
    expect(outcome).to_contain_text("8,54 → 8,33 (−0,21, giảm)")
    expect(outcome).to_contain_text("Bắt buộc nêu lý do.")
    page.keyboard.press("Enter")  # saving without a reason is refused, nothing typed is lost
    expect(page.locator("[data-panel] .problems")).to_be_focused()
    expect(page.locator("#in-numerator")).to_have_value("40")
    page.focus("#reason")
    page.keyboard.type("jkg: một nhiệm vụ chưa xong")  # letters, no keys, while typing
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-panel] .notice-good")).to_be_visible()
    expect(page.locator("[data-item]")).to_contain_text("8,54 → 8,33 (−0,21, giảm)")
    expect(page.locator("[data-progress]")).to_contain_text("2/6")
    assert page.url.endswith("leaf=1.2.1")
    assert set(steps.scores(handed, "VP", Layer.APPRAISAL)) == {"1.1", "1.2.1"}
    page.keyboard.press("j")  # nothing is unsaved: no question holds the reader back
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.2")


def test_keys_can_be_switched_off(handed: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("helper1.p")
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}?leaf=1.3")
    page.locator("[data-keys] input").uncheck()
    page.locator("h1").click()
    page.keyboard.press("g")
    page.keyboard.press("j")
    expect(page.locator("h2#leaf-name")).to_contain_text("1.3")
    assert steps.scores(handed, "VP", Layer.APPRAISAL) == {}


def test_another_s_save_is_shown_and_nothing_typed_is_lost(handed: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("helper1.p")
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}?leaf=1.1")
    steps.appraise(handed, "helper1.p", "VP", "1.1", Entry({"option": "0"}, reason="Có từ tháng 01"))
    page.get_by_label("Không ban hành").check()
    page.fill("#reason", "Không tìm thấy")
    page.get_by_role("button", name="Lưu", exact=True).click()
    problems = page.locator("[data-panel] .problems")
    expect(problems).to_contain_text("Có từ tháng 01")
    expect(page.locator("#reason")).to_have_value("Không tìm thấy")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.locator("[data-panel] .notice-good")).to_be_visible()
    assert steps.scores(handed, "VP", Layer.APPRAISAL)["1.1"].points == 0


def test_leaving_with_unsaved_figures_asks_first(handed: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("helper1.p")
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}?leaf=1.2.1")
    asked: list[str] = []

    def answer(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.locator("#in-numerator").press_sequentially("40")
    page.get_by_role("link", name="Mục sau").click()
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.2")
    assert asked == ["beforeunload"]


def test_all_works_without_script(handed: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("helper1.p", java_script_enabled=False)
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}?leaf=1.1")
    page.get_by_role("link", name="Lấy số liệu của đơn vị").click()
    expect(page.get_by_label("Trong tháng 02")).to_be_checked()
    page.get_by_role("button", name="Lưu và sang mục sau").click()
    expect(page.locator("h2#leaf-name")).to_contain_text("1.2.1")
    page.goto(f"/appraisal/keep?sheet={steps.sheet_id(handed, 'VP')}")
    page.get_by_role("button", name="Giữ các điểm này").click()
    page.goto(f"/appraisal/{steps.sheet_id(handed, 'VP')}/hand-in")
    page.get_by_role("button", name="Trình Hội đồng").click()
    expect(page.locator("main")).to_contain_text("Đã trình hội đồng")

    council = sign_in("chair.p", java_script_enabled=False)
    council.goto(f"/approval/{handed.id_of(m.Council, name='Hội đồng tỉnh')}/1")
    council.get_by_role("button", name="Phê duyệt đơn vị đã chọn…").click()
    expect(council.locator("main")).to_contain_text("3 đơn vị")
    council.fill("#minutes_number", "07/BB")
    council.fill("#minutes_on", "2024-12-20")
    council.get_by_role("button", name="Phê duyệt các đơn vị này").click()
    expect(council.locator("main")).to_contain_text("Đã phê duyệt 3 đơn vị.")


PAGES = {
    "helper1.p": (
        "/appraisal",
        "/appraisal/{VP}",
        "/appraisal/{SA}?leaf=1.1",
        "/appraisal/keep?sheet={VP}",
        "/appraisal/{VP}/hand-in",
    ),
    "chair.p": (
        "/approval",
        "/approval/{council}/1",
        "/approval/sheets/{SA}?leaf=1.1",
        "/approval/approve?sheet={SA}&sheet={VP}",
        "/approval/close?sheet={SA}",
    ),
}


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_is_accessible(
    handed: Province, sign_in: Callable[..., Page], login: str, width: int
) -> None:
    page = sign_in(login, viewport={"width": width, "height": 900})
    names = {unit: steps.sheet_id(handed, unit) for unit in ("SA", "VP")}
    for path in PAGES[login]:
        page.goto(path.format(**names, council=handed.id_of(m.Council, name="Hội đồng tỉnh")))
        assert serious(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        expect(page.locator("h1")).to_have_count(1)
        assert not re.search(r"%\(|\{\w+\}", page.locator("main").inner_text()), path
