"""The scoring page in a browser: the keyboard alone, states in words, nothing lost; and without script."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.assessment.support import FULL, move_to_deadline, person, scores
from tests.support.world import PASSWORD, Province

Context = Callable[..., BrowserContext]
SERIOUS = ("serious", "critical")


@pytest.fixture
def sign_in(new_context: Context, province: Province) -> Callable[..., Page]:
    """``sign_in("officer.x11", width=390)`` gives a page of a browser of its own, signed in."""

    def make(login: str, *, width: int = 1280, script: bool = True) -> Page:
        context = new_context(viewport={"width": width, "height": 800}, java_script_enabled=script)
        page = context.new_page()
        page.goto("/login")
        _sign_in(page, login)
        return page

    return make


def _sign_in(page: Page, login: str) -> None:
    page.locator("[name=username]").fill(login)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.wait_for_url(lambda url: "/login" not in url)


def _field(page: Page, name: str) -> object:
    return page.locator(f'[name="{name}"]')


def _state(page: Page, code: str) -> object:
    return page.locator(f'tr[data-code="{code}"] [data-words]')


def _open(page: Page, province: Province, unit: str = "X11") -> None:
    page.goto(f"/assessments/{province.form_id(unit)}")


def test_the_form_is_filled_with_the_keyboard_alone(sign_in: Callable[..., Page], province: Province) -> None:
    page = sign_in("officer.x11")
    _open(page, province)
    page.locator('[name="1.1:option"]').first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")  # saves and goes on
    expect(_field(page, "1.2.1:numerator")).to_be_focused()
    page.keyboard.type("41")
    page.keyboard.press("ArrowDown")
    expect(_field(page, "1.2.1:denominator")).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(_field(page, "1.2.1:numerator")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("48")
    page.keyboard.press("Enter")
    expect(_field(page, "1.2.2:numerator")).to_be_focused()
    expect(page.locator('tr[data-code="1.2.1"] [data-points]')).to_have_text("8,54")
    expect(page.locator('tr[data-code="1.2.1"] [data-arithmetic]')).to_contain_text("41/48 = 85,42 %")
    expect(_state(page, "1.2.1")).to_have_text(re.compile(r"đã lưu \d\d:\d\d"))
    expect(page.locator('li[data-part="1"] [data-items]')).to_have_text("2/6 mục")
    expect(page.locator("[data-whole]")).to_contain_text("18,54/80,00")
    assert set(scores(province, "X11")) == {"1.1", "1.2.1"}


def test_escape_brings_back_what_was_saved(sign_in: Callable[..., Page], province: Province) -> None:
    person(province, "officer.x11").leaf("1.4", {"count": "2"})
    page = sign_in("officer.x11")
    _open(page, province)
    _field(page, "1.4:count").fill("9")
    expect(_state(page, "1.4")).to_have_text("chưa lưu")
    expect(page.locator("#summary")).to_have_text("1 thay đổi chưa lưu")
    _field(page, "1.4:count").press("Escape")
    expect(_field(page, "1.4:count")).to_have_value("2")
    expect(page.locator("#summary")).to_have_text("Mọi thay đổi đã lưu")


def test_an_invalid_value_stays_with_its_sentence_and_is_mended(
    sign_in: Callable[..., Page], province: Province
) -> None:
    page = sign_in("officer.x11")
    _open(page, province)
    _field(page, "1.2.1:numerator").fill("50")
    _field(page, "1.2.1:denominator").fill("48")
    _field(page, "1.2.1:denominator").press("Enter")
    expect(_state(page, "1.2.1")).to_have_text("không hợp lệ")
    expect(_field(page, "1.2.1:numerator")).to_have_attribute("aria-invalid", "true")
    expect(_field(page, "1.2.1:numerator")).to_have_value("50")
    expect(page.locator('[id="1.2.1:numerator-error"]')).to_contain_text("50")
    assert not scores(province, "X11")
    _field(page, "1.2.1:numerator").fill("40")
    _field(page, "1.2.1:numerator").press("Enter")
    expect(_state(page, "1.2.1")).to_have_text(re.compile("đã lưu"))
    expect(page.locator('[id="1.2.1:numerator-error"]')).to_have_count(0)


def test_two_people_at_one_leaf_see_both_values(sign_in: Callable[..., Page], province: Province) -> None:
    page = sign_in("officer.x11")
    _open(page, province)
    person(province, "leader.x11").leaf("1.4", {"count": "0"})
    _field(page, "1.4:count").fill("3")
    _field(page, "1.4:count").press("Enter")
    conflict = page.locator('tr[data-code="1.4"] .conflict')
    expect(conflict).to_contain_text("Lãnh đạo Xã Ấp Bắc")
    expect(conflict).to_contain_text("10,00")
    expect(_field(page, "1.4:count")).to_have_value("3")
    conflict.get_by_text("Lấy giá trị đã lưu").click()
    expect(_field(page, "1.4:count")).to_have_value("0")
    expect(conflict).to_have_count(0)
    _field(page, "1.4:count").fill("2")
    _field(page, "1.4:count").press("Enter")
    expect(_state(page, "1.4")).to_have_text(re.compile("đã lưu"))
    assert scores(province, "X11")["1.4"].inputs == {"count": "2"}


def test_what_was_typed_survives_the_end_of_the_session(sign_in: Callable[..., Page], province: Province) -> None:
    page = sign_in("officer.x11")
    _open(page, province)
    page.context.clear_cookies()
    _field(page, "1.4:count").fill("2")
    _field(page, "1.4:count").press("Enter")
    dialog = page.locator("#sign-in-again")
    expect(dialog).to_contain_text("Phiên làm việc đã hết")
    assert not scores(province, "X11")
    dialog.locator("[name=username]").fill("officer.x11")
    dialog.locator("[name=password]").fill(PASSWORD)
    dialog.get_by_role("button", name="Đăng nhập").click()
    expect(dialog).to_be_hidden()
    expect(_field(page, "1.4:count")).to_have_value("2")
    expect(_state(page, "1.4")).to_have_text(re.compile("đã lưu"))
    assert scores(province, "X11")["1.4"].inputs == {"count": "2"}


def test_after_the_deadline_the_text_stays_and_the_reason_is_said(
    sign_in: Callable[..., Page], province: Province
) -> None:
    move_to_deadline(province, "X11", -60)
    page = sign_in("officer.x11")
    _open(page, province)
    move_to_deadline(province, "X11", 1)
    _field(page, "1.4:count").fill("2")
    _field(page, "1.4:count").press("Enter")
    expect(_state(page, "1.4")).to_contain_text("chưa lưu:")
    expect(_field(page, "1.4:count")).to_have_value("2")
    assert not scores(province, "X11")


def test_documents_are_named_in_the_panel_beside_the_form(sign_in: Callable[..., Page], province: Province) -> None:
    page = sign_in("officer.x11")
    _open(page, province)
    page.locator('[name="1.3:met"]').first.check()
    expect(page.locator('tr[data-code="1.3"] [data-missing]')).to_have_text("thiếu minh chứng")
    expect(page.locator('li[data-part="1"] [data-unproved]')).to_have_text(", thiếu 1 minh chứng")
    page.locator('[name="1.3:met"]').first.press("Control+Enter")
    panel = page.locator("#panel")
    panel.locator("summary", has_text="Nêu tài liệu không kèm tệp").click()
    panel.locator("#d-link").fill("javascript:alert(1)")
    panel.locator("#d-title").fill("Quyết định khen thưởng")
    panel.get_by_role("button", name="Thêm tài liệu").click()
    expect(panel.locator("#d-link-error")).to_be_visible()
    expect(panel.locator("#d-title")).to_have_value("Quyết định khen thưởng")
    panel.locator("#d-link").fill("")
    panel.get_by_role("button", name="Thêm tài liệu").click()
    expect(panel.locator(".documents")).to_contain_text("Quyết định khen thưởng")
    page.keyboard.press("Escape")
    expect(page.locator('tr[data-code="1.3"] [data-evidence]')).to_be_focused()
    expect(page.locator('tr[data-code="1.3"] [data-evidence]')).to_have_text("1")
    expect(page.locator('tr[data-code="1.3"] [data-missing]')).to_have_text("")


def test_the_next_open_item_and_the_check_lead_through_the_form(
    sign_in: Callable[..., Page], province: Province
) -> None:
    person(province, "officer.x11").send({name: value for name, value in FULL.items() if not name.startswith("1.4")})
    page = sign_in("leader.x11")
    _open(page, province)
    page.locator("[data-next-open]").click()
    expect(_field(page, "1.4:count")).to_be_focused()
    box = _field(page, "1.4:count").bounding_box()
    bar = page.locator(".bar").bounding_box()
    assert box["y"] + box["height"] <= bar["y"]
    page.keyboard.type("0")
    page.get_by_role("button", name="Kiểm tra").click()
    page.wait_for_url("**/check")
    assert scores(province, "X11")["1.4"].inputs == {"count": "0"}
    expect(page.locator(".findings-bad")).to_contain_text("1.3")


def test_without_script_the_form_is_filled_checked_and_signed(sign_in: Callable[..., Page], province: Province) -> None:
    page = sign_in("leader.x11", script=False)
    _open(page, province)
    for name, value in FULL.items():
        if name.endswith((":option", ":met", ":parts")):
            page.locator(f'[name="{name}"][value="{value}"]').check()
        else:
            _field(page, name).fill(value)
    for code in ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2"):
        page.locator(f'tr[data-code="{code}"] .claim summary').click()
        _field(page, f"{code}:note").fill("Xem báo cáo năm")
    page.get_by_role("button", name="Lưu nháp").click()
    expect(page.locator('tr[data-code="1.2.1"] [data-points]')).to_have_text("8,54")
    page.get_by_role("button", name="Kiểm tra").click()
    page.get_by_role("button", name="Ký duyệt").click()
    page.locator("main").get_by_role("button", name="Ký duyệt").click()
    expect(page.locator("h1")).to_contain_text("Biên nhận")


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_serious_fault_or_scrolls_sideways(
    sign_in: Callable[..., Page], province: Province, width: int
) -> None:
    officer = person(province, "officer.x11")
    officer.send({**FULL, "1.1:note": "Đã nêu", "1.4:stated": "5", "1.4:reason": "Theo báo cáo"})
    officer.post("evidence/1.3", title="Kế hoạch " + "rất dài " * 20, link="https://x.vn/" + "y" * 300)
    page = sign_in("officer.x11", width=width)
    form = f"/assessments/{officer.form_id}"
    for address in ("/", form, f"{form}/check", f"{form}/evidence/1.3", "/password", "/authority"):
        page.goto(address)
        found = [
            f"{address}: {one['id']}: {one['nodes'][0]['html'][:120]}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in SERIOUS
        ]
        assert not found, "\n".join(found)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
