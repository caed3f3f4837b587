"""Looking as a user in the browser, both sides: the banner on every page, the end of it, and what the user reads."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Locator, Page, expect

import models as m
from tests.auth.test_browser import sign_in
from tests.support.world import Province

Context = Callable[..., BrowserContext]
REASON = "Anh Ba hỏi vì sao không thấy nút ký"


def _serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def _sideways(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def _inside(new_context: Context, login: str, width: int) -> Page:
    page = new_context(viewport={"width": width, "height": 844}).new_page()
    page.goto("/login")
    sign_in(page, login)
    return page


def _begins(looker: Page) -> Locator:
    """Begin from the list of accounts, with a reason, for a while; return the banner."""
    looker.goto("/admin/account/?search=leader.x11")
    looker.get_by_role("link", name="Xem như người dùng này").click()
    looker.get_by_label("Lý do").fill(REASON)
    looker.get_by_label("30 phút").check()
    looker.get_by_role("button", name="Bắt đầu xem").click()
    banner = looker.get_by_role("complementary", name="Đang xem như người khác")
    expect(banner).to_contain_text("Lãnh đạo Xã Ấp Bắc")
    return banner


def test_the_banner_stands_on_every_page_and_no_act_is_taken(new_context: Context, province: Province) -> None:
    looker = _inside(new_context, "admin", 1280)
    banner = _begins(looker)
    form = province.form_id("X11")
    for width in (1280, 390):
        looker.set_viewport_size({"width": width, "height": 800})
        for path in ("/", f"/assessments/{form}", "/results/", "/account/", "/nowhere"):
            looker.goto(path)
            assert looker.title().startswith("Đang xem như Lãnh đạo Xã Ấp Bắc:")
            assert not _sideways(looker), (width, path)
            assert _serious(looker) == [], (width, path)
            looker.mouse.wheel(0, 2000)
            expect(banner).to_be_in_viewport(ratio=1)
    looker.goto("/password")
    for name in ("old", "new", "again"):
        looker.locator(f"[name={name}]").fill("mot mat khau khac dai")
    looker.locator("main form button").click()
    expect(looker.locator("main")).to_contain_text("không thay đổi được gì")
    expect(banner).to_be_in_viewport()


def test_it_begins_with_a_reason_ends_by_the_button_and_the_user_is_told(
    new_context: Context, province: Province
) -> None:
    person = _inside(new_context, "leader.x11", 390)
    looker = _inside(new_context, "admin", 1280)
    looker.goto(f"/looking/new?account={province.id_of(m.Account, username='leader.x11')}")
    looker.get_by_role("button", name="Bắt đầu xem").click()
    expect(looker.get_by_role("alert")).to_contain_text("Lý do")
    assert _serious(looker) == []

    banner = _begins(looker)
    person.goto("/")
    expect(person.locator("main")).to_contain_text("Nguyễn Quản Trị đang xem hệ thống như anh/chị thấy")

    banner.get_by_role("button", name="Kết thúc xem").click()
    expect(banner).to_have_count(0)
    expect(looker.locator("main")).to_contain_text("Đã kết thúc xem như Lãnh đạo Xã Ấp Bắc")
    looker.goto("/admin/account/")
    expect(looker.get_by_role("heading", level=1)).to_have_text("Tài khoản")

    person.goto("/")
    person.get_by_role("link", name="Ai đã xem").first.click()
    row = person.locator("#looks tbody tr")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("Nguyễn Quản Trị")
    expect(row).to_contain_text(REASON)
    assert _serious(person) == []
    assert not _sideways(person)
