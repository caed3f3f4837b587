"""The pages of staff changes: a constant number of statements, sound for everybody, and never sideways."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext

from tests.staff import steps
from tests.staff.steps import ADMIN, LEADER, OFFICER
from tests.support.database import Database
from tests.support.world import PASSWORD, Province
from tests.test_statements import MOST, Counter


def test_the_number_of_statements_does_not_hang_on_the_rows(province: Province, database: Database) -> None:
    leader, admin, day = province.client(LEADER), province.client(ADMIN), steps.today(province)
    counter = Counter(database)

    def counted() -> list[int]:
        found = []
        for client, path in ((leader, "/staff/"), (admin, "/staff-requests/"), (admin, f"/staff-requests/{number}")):
            with counter.counting() as statements:
                assert client.get(path).status_code == 200
            found.append(len(statements))
        return found

    steps.newcomer(leader, "Người Thứ Nhất", day)
    steps.goes(leader, steps.account_id(province, OFFICER), "moved", day, destination="Sở Y tế")
    number = steps.send(province, leader)
    steps.newcomer(leader, "Người Thứ Hai", day)
    few = counted()
    for n in range(12):
        steps.newcomer(leader, f"Người Số {n}", day)
    steps.goes(leader, steps.account_id(province, LEADER), "retired", day)
    number = steps.send(province, leader)
    steps.newcomer(leader, "Người Sau Cùng", day)
    assert counted() == few
    assert max(few) <= MOST


@pytest.mark.parametrize("width", [1280, 390])
def test_no_page_has_a_serious_fault_or_scrolls_sideways(
    new_context: Callable[..., BrowserContext], province: Province, width: int
) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    steps.newcomer(leader, "Nguyễn Thị Một Tên Rất Dài Để Xem Có Vừa Không", day, email="mot-dia-chi-rat-dai@x.vn")
    steps.goes(
        leader, steps.account_id(province, OFFICER), "moved", day, destination="Ủy ban nhân dân huyện Đông Thạnh"
    )
    number = steps.send(province, leader)
    steps.decide(province.client(ADMIN), steps.rows(province)[0], do="refuse", answer="Chưa có quyết định. " * 10)
    steps.newcomer(leader, "Lê Văn Nháp", day)
    row = steps.rows(province)[-1].id
    for login, paths in (
        (LEADER, ("/staff/", f"/staff/rows/{row}")),
        (ADMIN, ("/staff-requests/", f"/staff-requests/{number}")),
    ):
        page = new_context(viewport={"width": width, "height": 800}).new_page()
        page.goto("/login")
        page.locator("[name=username]").fill(login)
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("main form button").click()
        page.wait_for_url("**/")
        for path in paths:
            page.goto(path)
            found = [
                one["id"] for one in Axe().run(page).response["violations"] if one["impact"] in ("serious", "critical")
            ]
            assert found == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
