"""From the survey file to the published table in a browser: Sở Nội vụ publishes, an officer reads it on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from rules.vocabulary import Layer
from tests.support.results import COMMUNES, FULL, close, edition_of, group_id, put, world
from tests.support.world import PASSWORD, Province

PHONE = {"width": 390, "height": 844}


def _sign_in(page: Page, login: str) -> None:
    page.goto("/login")
    page.fill("[name=username]", login)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page).not_to_have_url("/login")


def _sound(page: Page, path: str) -> None:
    """Open a page: no serious fault for a screen reader, and nothing beside the edge."""
    page.goto(path)
    found = Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


def test_survey_file_to_published_rank(
    new_context: Callable[..., BrowserContext], province: Province, tmp_path: Path
) -> None:
    with world(province) as building:
        for unit in COMMUNES:
            put(building, unit, Layer.SELF, FULL)
    file = tmp_path / "survey.csv"
    rates = {"X11": "95", "X12": "80", "X21": "80", "X22": "20"}
    lines = [f"2024,{unit},8.1,survey,{rate}" for unit, rate in rates.items()]
    file.write_text("\n".join(["round_code,unit_code,criterion_code,layer,rate", *lines]))

    office = new_context().new_page()
    _sign_in(office, "admin")
    office.goto("/survey/")
    office.get_by_label("Tệp kết quả điều tra xã hội học").set_input_files(file)
    office.get_by_role("button", name="Xem trước thay đổi").click()
    expect(office.get_by_role("row", name="Xã Ấp Bắc")).to_contain_text("19,00")
    office.get_by_role("button", name="Nhập 4 giá trị này").click()
    expect(office.get_by_text("Đã nhập 4 giá trị")).to_be_visible()

    group = group_id(province)
    office.goto(f"/publication/{group}")
    expect(office.get_by_label("Số quyết định")).to_have_count(0)
    with world(province) as building:
        close(building, *COMMUNES)
    office.reload()
    office.get_by_label("Số quyết định").fill("15/QĐ-UBND")
    office.get_by_label("Ngày quyết định").fill("2025-01-20")
    office.get_by_role("button", name="Công bố", exact=True).click()
    office.get_by_role("dialog").get_by_role("button", name="Công bố").click()
    expect(office.get_by_text("Đã công bố bản số 1.")).to_be_visible()

    officer = new_context(viewport=PHONE).new_page()
    _sign_in(officer, "officer.x12")
    officer.goto("/results/")
    row = officer.get_by_role("row").filter(has_text="Xã Đức Hòa")
    expect(row).to_contain_text("96,00")
    row.get_by_role("link").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("Xã Đức Hòa – Năm 2024")
    expect(officer.get_by_text("8.1 Mức độ hài lòng")).to_be_visible()
    officer.goto("/results/?q=duc+hoa")
    assert officer.get_by_role("row").filter(has_text="Xã Ấp Bắc").count() == 0


@pytest.mark.parametrize("size", [{"width": 1280, "height": 900}, PHONE], ids=["desk", "phone"])
def test_pages_are_sound_for_everybody(
    new_context: Callable[..., BrowserContext], done: Province, size: dict[str, int]
) -> None:
    page = new_context(viewport=size).new_page()
    edition, group = edition_of(done), group_id(done)
    _sign_in(page, "admin")
    for path in (
        "/survey/",
        "/publication/",
        f"/publication/{group}",
        f"/publication/{group_id(done, 'department')}",
        f"/publication/editions/{edition}/withdraw",
        "/results/?sort=-index",
        "/results/?q=khong+co",
        "/results/years",
        f"/results/provisional?group={group}",
    ):
        _sound(page, path)
    page.goto("/results/")
    page.get_by_role("link", name="Xã Ấp Bắc").click()
    _sound(page, page.url)
