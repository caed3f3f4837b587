"""Signing in as a person sees it: the second factor, the list of sessions, and signing in again over a page being filled in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pyotp
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.assessment.support import scores
from tests.auth.support import PASSWORD, Person, code
from tests.support.world import Province

Context = Callable[..., BrowserContext]


@pytest.fixture
def open_page(new_context: Context, province: Province) -> Callable[..., Page]:
    def make(login: str, *, width: int = 1280, script: bool = True) -> Page:
        page = new_context(viewport={"width": width, "height": 800}, java_script_enabled=script).new_page()
        page.goto("/login")
        sign_in(page, login)
        return page

    return make


def sign_in(page: Page, login: str) -> None:
    page.locator("main [name=username]").fill(login)
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: not url.partition("?")[0].endswith("/login"))


def enrol(page: Page, province: Province) -> pyotp.TOTP:
    page.goto("/account/factor")
    page.locator("main [name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Thiết lập xác thực hai lớp").click()
    expect(page.locator(".seed svg")).to_be_visible()
    totp = pyotp.TOTP((page.locator(".secret code").text_content() or "").replace(" ", ""))
    page.locator("main [name=code]").fill(code(province, totp))
    page.get_by_role("button", name="Bật xác thực hai lớp").click()
    expect(page.locator(".codes li")).to_have_count(10)
    return totp


def test_a_person_sets_up_a_second_factor_and_signs_in_with_it(
    open_page: Callable[..., Page], province: Province
) -> None:
    """AU-11: from the account page to the next sign-in."""
    page = open_page("officer.x11")
    page.get_by_role("link", name="Tài khoản của tôi").click()
    page.get_by_role("link", name="Thiết lập xác thực hai lớp").click()
    totp = enrol(page, province)
    page.get_by_role("link", name="Tôi đã ghi lại").click()
    expect(page.locator("main")).to_contain_text("còn 10 mã dự phòng")
    page.get_by_role("button", name="Đăng xuất").click()
    province.move_clock(minutes=1)
    sign_in(page, "officer.x11")
    expect(page.locator("h1")).to_have_text("Xác thực hai lớp")
    page.locator("main [name=code]").fill("000000")
    page.get_by_role("button", name="Tiếp tục", exact=True).first.click()
    expect(page.locator(".problems")).to_be_visible()
    page.locator("main [name=code]").fill(code(province, totp))
    page.locator("main form button").click()
    expect(page.locator("h1")).to_contain_text("Việc của tôi")


def test_a_person_ends_a_session_of_another_device(open_page: Callable[..., Page], province: Province) -> None:
    """SE-07: the list names this one; the other browser is out at its next click."""
    phone, here = open_page("officer.x11", width=390), open_page("officer.x11")
    here.goto("/account/")
    lines = here.locator("main tbody tr")
    expect(lines).to_have_count(2)
    expect(lines.first).to_contain_text("phiên này")
    lines.nth(1).get_by_role("button", name="Kết thúc").click()
    expect(here.locator("main tbody tr")).to_have_count(1)
    phone.goto("/results/")
    expect(phone).to_have_url(re.compile("/login"))


def test_a_long_form_is_saved_after_signing_in_on_its_page(open_page: Callable[..., Page], province: Province) -> None:
    """SE-05: many rows typed, the session over; a dialog, a wrong password first, the code of the factor, and all is saved."""
    page = open_page("officer.x11")
    totp = enrol(page, province)
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.context.set_offline(True)  # the line is down while all this is typed, and the session runs out
    page.locator('[name="1.2.1:numerator"]').fill("41")
    page.locator('[name="1.2.1:denominator"]').fill("48")
    page.locator('[name="1.4:count"]').fill("2")
    page.locator('[name="1.5:count"]').fill("1")
    province.move_clock(minutes=20)
    page.context.set_offline(False)
    page.locator('[name="1.5:count"]').press("Enter")
    dialog = page.locator("#sign-in-again")
    expect(dialog).to_be_visible()
    dialog.locator("[name=username]").fill("officer.x11")
    dialog.locator("[name=password]").fill("sai mật khẩu")
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog.locator("[data-why]")).to_contain_text("chưa đúng")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog.locator("[name=code]")).to_be_visible()
    dialog.locator("[name=code]").fill(code(province, totp))
    dialog.locator("[name=code]").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#summary")).to_have_text("Mọi thay đổi đã lưu")
    assert set(scores(province, "X11")) == {"1.2.1", "1.4", "1.5"}
    assert page.url.endswith(f"/assessments/{province.form_id('X11')}")


def test_somebody_else_does_not_send_what_was_typed(open_page: Callable[..., Page], province: Province) -> None:
    """SE-05: the page belongs to who opened it."""
    page = open_page("officer.x11")
    page.goto(f"/assessments/{province.form_id('X11')}")
    province.move_clock(minutes=20)
    page.locator('[name="1.4:count"]').fill("2")
    page.locator('[name="1.4:count"]').press("Enter")
    dialog = page.locator("#sign-in-again")
    dialog.locator("[name=username]").fill("leader.x11")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog.locator("[data-why]")).to_contain_text("tài khoản khác")
    assert not scores(province, "X11")
    dialog.get_by_role("button", name="Để sau").click()
    expect(page.locator('[name="1.4:count"]')).to_have_value("2")


def test_any_form_that_says_so_is_kept_and_sent_after_signing_in(
    open_page: Callable[..., Page], province: Province
) -> None:
    """SE-05: `data-keep` on a plain form: its text survives leaving the page, and is not sent into an ended session."""
    page = open_page("manager.h1")
    address = f"/progress/{province.form_id('X11')}/leaves/1.4"
    page.goto(address)
    page.locator("main [name=reason]").fill("Theo báo cáo số 5 của xã")
    page.goto("/")
    page.goto(address)
    expect(page.locator("main [name=reason]")).to_have_value("Theo báo cáo số 5 của xã")
    expect(page.locator(".restored")).to_be_visible()
    page.locator('main input[name$="count"]').fill("1")
    province.move_clock(minutes=20)
    page.locator("main form button").last.click()
    dialog = page.locator("#sign-in-again")
    expect(dialog).to_be_visible()
    dialog.locator("[name=username]").fill("manager.h1")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(lambda url: not url.endswith(address))
    from rules.vocabulary import Layer

    assert scores(province, "X11", Layer.SUPERIOR)["1.4"].reason == "Theo báo cáo số 5 của xã"
    page.goto(address)
    expect(page.locator(".restored")).to_have_count(0)


def test_without_script_the_sheet_comes_back_after_the_door(open_page: Callable[..., Page], province: Province) -> None:
    """SE-05: a plain form, a plain door, the values in their fields, marked; then saved."""
    page = open_page("officer.x11", script=False)
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.locator('[name="1.4:count"]').fill("2")
    province.move_clock(minutes=20)
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.locator("main")).to_contain_text("Nội dung vừa gõ được giữ")
    page.locator("main [name=username]").fill("officer.x11")
    page.locator("main [name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.locator('[name="1.4:count"]')).to_have_value("2")
    expect(page.locator('tr[data-code="1.4"] [data-words]')).to_have_text("chưa lưu")
    assert not scores(province, "X11")
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.locator('tr[data-code="1.4"] [data-points]')).to_have_text("5,00")


def test_nothing_is_shown_by_going_back_after_signing_out(open_page: Callable[..., Page], province: Province) -> None:
    """SE-10."""
    page = open_page("officer.x11")
    page.goto(f"/assessments/{province.form_id('X11')}")
    expect(page.locator("#scoring")).to_be_visible()
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/login")
    page.go_back()
    expect(page).to_have_url(re.compile("/login"))
    expect(page.locator("#scoring")).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_are_accessible_and_fit_a_phone(
    open_page: Callable[..., Page], province: Province, width: int
) -> None:
    """No serious fault, nothing sideways: door, account, second factor, codes, access of an account."""
    page = open_page("officer.x11", width=width)
    looked = [("/account/factor", None), ("/account/", None)]
    enrol(page, province)
    _look(page, width, "codes")
    for address, _ in looked:
        page.goto(address)
        _look(page, width, address)
    admin = open_page("admin", width=width)
    admin.goto(f"/admin/account/access/?id={Person(province, 'x').province.id_of(_account(), username='officer.x11')}")
    _look(admin, width, "access")
    admin.context.clear_cookies()
    admin.goto("/login")
    _look(admin, width, "door")


def _account() -> type:
    import models

    return models.Account


def _look(page: Page, width: int, name: str) -> None:
    found = [
        f"{name}: {one['id']}: {one['nodes'][0]['html'][:160]}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    assert not found, "\n".join(found)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, name
