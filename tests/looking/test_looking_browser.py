"""Looking as a user in the browser, both sides: the banner on every page, the end of it, and what the user reads."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.auth.test_browser import sign_in
from tests.support.world import Province

Context = Callable[..., BrowserContext]
REASON = "Anh Ba hỏi vì sao không thấy nút ký"


def _serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [one["id"] for one in found if one["impact"] in ("serious", "critical")]


def _sideways(page: Page) -> bool:
    return bool(page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def test_support_looks_as_a_user_who_is_told(new_context: Context, province: Province) -> None:
    person = new_context(viewport={"width": 390, "height": 844}).new_page()
    person.goto("/login")
    sign_in(person, "leader.x11")
    looker = new_context(viewport={"width": 1280, "height": 900}).new_page()
    looker.goto("/login")
    sign_in(looker, "admin")

    # From the list of accounts, with a reason, for a while.
    looker.goto("/admin/account/?search=leader.x11")
    looker.get_by_role("link", name="Xem như người dùng này").click()
    looker.get_by_role("button", name="Bắt đầu xem").click()
    expect(looker.get_by_role("alert")).to_contain_text("Lý do")
    looker.get_by_label("Lý do").fill(REASON)
    looker.get_by_label("30 phút").check()
    assert _serious(looker) == []
    looker.get_by_role("button", name="Bắt đầu xem").click()

    # What the user sees, with the banner on each page, on a phone too; a long form is scrolled under it.
    banner = looker.get_by_role("complementary", name="Đang xem như người khác")
    form = province.form_id("X11")
    for width in (1280, 390):
        looker.set_viewport_size({"width": width, "height": 800})
        for path in ("/", f"/assessments/{form}", "/results/", "/account/", "/không-có"):
            looker.goto(path)
            expect(banner).to_be_in_viewport()
            expect(banner).to_contain_text("Lãnh đạo Xã Ấp Bắc")
            assert looker.title().startswith("Đang xem như Lãnh đạo Xã Ấp Bắc:")
            assert not _sideways(looker), (width, path)
            assert _serious(looker) == [], (width, path)
            looker.mouse.wheel(0, 2000)
            expect(banner).to_be_in_viewport()
            expect(banner.get_by_role("button", name="Kết thúc xem")).to_be_in_viewport()

    # An act is refused with its reason.
    looker.goto("/password")
    for name in ("old", "new", "again"):
        looker.locator(f"[name={name}]").fill("mot mat khau khac dai")
    looker.locator("main form button").click()
    expect(looker.locator("main")).to_contain_text("không thay đổi được gì")

    # The user reads it at once, without reloading anything by itself.
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
