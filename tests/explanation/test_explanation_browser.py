"""One story in a browser: asked, answered, signed, appraised again, handed in; and what a page must not lose."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from rules.vocabulary import Layer, State
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.support.database import Database
from tests.support.world import PASSWORD, Province


@pytest.fixture
def claimed(app: Flask, province: Province, database: Database) -> Province:
    """Sở Tư pháp has signed a full form; ``app`` first, it is part of every browser and would set the database back."""
    return steps.state(province, database, "claimed", lambda: steps.claim(province, "SA"))


@pytest.fixture
def asked(app: Flask, province: Province, database: Database) -> Province:
    return steps.state(province, database, "asked", lambda: talk.asked(province))


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


def sound(page: Page, width: int) -> None:
    """The page fits, has one heading, no serious fault for axe and no unfilled sentence."""
    found = Axe().run(page).response["violations"]
    serious = [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    expect(page.locator("h1")).to_have_count(1)
    assert not re.search(r"%\(|\{\w+\}", page.locator("main").inner_text()), page.url


def helper_asks(province: Province, sign_in: Callable[..., Page]) -> None:
    """The helper marks two items with a question, keeps the others and sends."""
    helper = sign_in(talk.HELPER)
    work = f"/appraisal/{steps.sheet_id(province, 'SA')}"
    for code, text in talk.QUESTIONS.items():
        helper.goto(f"{work}?leaf={code}")
        helper.get_by_text("Yêu cầu đơn vị giải trình").click()
        helper.fill("#ask-text", text)
        helper.get_by_role("button", name="Ghi câu hỏi này").click()
        expect(helper.locator("#ask-text")).to_have_value(text)
    steps.keep_all(province, talk.HELPER, "SA")
    helper.goto(work)
    helper.get_by_role("link", name="Gửi 2 câu hỏi…").click()
    expect(helper.locator("main")).to_contain_text("Đơn vị được thông báo: Sở Tư pháp")
    helper.get_by_role("button", name="Gửi câu hỏi").click()
    expect(helper.locator("main")).to_contain_text("Đơn vị giải trình đến")


def officer_answers(province: Province, sign_in: Callable[..., Page]) -> None:
    """The officer answers on a phone; each answer is saved by itself."""
    officer = sign_in("officer.sa", viewport={"width": 390, "height": 844})
    officer.get_by_role("link", name="2 mục cần giải trình").click()
    sound(officer, 390)
    for code, text in talk.ANSWERS.items():
        row = officer.locator(f'article[data-code="{code}"]')
        row.locator("textarea").fill(text)
        expect(row.locator("[data-words]")).to_have_text("chưa lưu")
        officer.locator("h1").click()
        row.locator("textarea").blur()
        expect(row.locator("[data-words]")).to_contain_text("đã lưu")
    expect(officer.locator("[data-progress]")).to_have_text("Đã trả lời 2/2 mục")
    expect(officer.locator("#summary")).to_have_text("Mọi thay đổi đã lưu")


def leader_signs(province: Province, sign_in: Callable[..., Page]) -> None:
    """The leader checks and signs."""
    leader = sign_in("leader.sa")
    leader.get_by_role("link", name="2 mục cần giải trình").click()
    leader.get_by_role("button", name="Kiểm tra và ký duyệt").click()
    expect(leader.locator("h1")).to_have_text("Kiểm tra bản giải trình")
    sound(leader, 1280)
    leader.get_by_role("button", name="Ký duyệt giải trình").click()
    expect(leader.locator("main")).to_contain_text("Đã ký duyệt giải trình 2 mục")
    expect(leader.locator("textarea")).to_have_count(0)


def helper_decides(province: Province, sign_in: Callable[..., Page]) -> None:
    """The helper reads the answers, decides with the keyboard and hands the field in."""
    helper = sign_in(talk.HELPER)
    work = f"/appraisal/{steps.sheet_id(province, 'SA')}"
    helper.goto(f"{work}?leaf=1.1")
    expect(helper.locator(".thread")).to_contain_text(talk.ANSWERS["1.1"])
    helper.keyboard.press("g")  # no first appraisal: the claim is kept
    expect(helper.locator("h2#leaf-name")).to_contain_text("1.2.1")
    helper.goto(f"{work}?leaf=1.3&show=explained")
    helper.get_by_label("Chưa đạt").or_(helper.get_by_label("Không đạt")).first.check()
    helper.fill("#reason", "Quy chế chưa áp dụng")
    helper.get_by_role("button", name="Lưu", exact=True).click()
    expect(helper.locator("[data-panel] .notice-good")).to_be_visible()
    helper.keyboard.press("k")
    expect(helper.locator("h2#leaf-name")).to_contain_text("1.1")  # the list is narrowed to what was explained
    sound(helper, 1280)
    helper.get_by_role("link", name="Trình hội đồng…").click()
    expect(helper.locator("main")).to_contain_text("Đã giải trình 2/2 mục được yêu cầu")
    sound(helper, 1280)
    helper.get_by_role("button", name="Trình Hội đồng").click()
    expect(helper.locator("main")).to_contain_text("Đã trình hội đồng")


def council_reads(province: Province, sign_in: Callable[..., Page]) -> None:
    """The council reads the whole conversation under the item."""
    council = sign_in("member.p", viewport={"width": 390, "height": 844})
    council.goto(f"/approval/sheets/{steps.sheet_id(province, 'SA')}")
    council.get_by_text("Giải trình và nhận xét").first.click()
    expect(council.locator(".answer-said").first).to_have_text(re.compile(re.escape(talk.ANSWERS["1.1"])))
    sound(council, 390)


def test_asked_answered_signed_appraised_again_handed_in(claimed: Province, sign_in: Callable[..., Page]) -> None:
    for step in (helper_asks, officer_answers, leader_signs, helper_decides, council_reads):
        step(claimed, sign_in)
    assert talk.state(claimed) is State.APPRAISED
    assert {code: row.points for code, row in steps.scores(claimed, "SA", Layer.REAPPRAISAL).items()} == {
        "1.1": 5,
        "1.3": 0,
    }


def test_two_texts_stand_side_by_side_and_none_is_lost(asked: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("officer.sa")
    page.goto(f"/assessments/{asked.form_id('SA')}/explanations")
    talk.explain(asked, "1.1", "Của lãnh đạo", login="leader.sa")
    row = page.locator('article[data-code="1.1"]')
    row.locator("textarea").fill("Của cán bộ")
    row.locator("textarea").blur()
    expect(row.locator(".conflict")).to_contain_text("Của lãnh đạo")
    expect(row.locator("textarea")).to_have_value("Của cán bộ")
    sound(page, 1280)
    row.get_by_role("button", name="Giữ").first.click()
    expect(row.locator("[data-words]")).to_contain_text("đã lưu")
    assert talk.texts(asked, "leader.sa", talk.m.Explanation) == {"Của cán bộ"}


def test_what_was_typed_without_a_network_is_saved_later(asked: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("officer.sa")
    page.goto(f"/assessments/{asked.form_id('SA')}/explanations")
    row = page.locator('article[data-code="1.1"]')
    page.route("**/explanations/1.1", lambda route: route.abort())
    row.locator("textarea").fill("Gõ khi mất mạng")
    row.locator("textarea").blur()
    expect(row.locator("[data-words]")).to_contain_text("mất kết nối")
    expect(page.locator("#summary")).to_contain_text("1 thay đổi chưa lưu")
    page.unroute("**/explanations/1.1")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(row.locator("textarea")).to_have_value("Gõ khi mất mạng")
    expect(row.locator("[data-words]")).to_contain_text("đã lưu")
    assert talk.texts(asked, "leader.sa", talk.m.Explanation) == {"Gõ khi mất mạng"}


def test_it_all_works_without_script(asked: Province, sign_in: Callable[..., Page]) -> None:
    page = sign_in("leader.sa", java_script_enabled=False)
    page.goto(f"/assessments/{asked.form_id('SA')}/explanations")
    page.fill('[name="text:1.1"]', "Một câu")
    page.get_by_role("button", name="Kiểm tra và ký duyệt").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Ký duyệt giải trình").click()
    expect(page.locator("main")).to_contain_text("Đã ký duyệt giải trình 2 mục")
    assert talk.state(asked) is State.REAPPRAISAL
