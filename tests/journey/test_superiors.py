"""Those above the units at the browser: a district's manager, an observer of the province, Sở Nội vụ in its catalogues."""

from __future__ import annotations

from datetime import datetime, timedelta

from playwright.sync_api import expect

from models import clock
from permissions.identity import LOCAL_TIME
from tests.journey import others, peer
from tests.journey.person import Browsers, people
from tests.support.world import Province

X11, X12 = "Xã Ấp Bắc", "Xã Đức Hòa"
OF_DISTRICT_2 = ("Xã Ấp Nam", "Phường Định Quán")
#: Lists that a district's manager opens.
LISTS = ("/", "/progress/", "/results/provisional", "/admin/unit/", "/admin/score/", "/admin/council/", "/admin/audit/")
ASKED = "Đề nghị hoàn thành trước thứ Sáu."
EXTENDED = "Xã bị ảnh hưởng của mưa lũ."
ENTERED = "Huyện xác nhận theo báo cáo số 12."


def _now(province: Province) -> datetime:
    with province.system():
        return clock.now().astimezone(LOCAL_TIME)


def test_district_urges_extends_and_enters_its_own_value(new_context: Browsers, province: Province) -> None:
    come = people(new_context, province.app)
    others.enter(province, "X12", {"1.1": {"option": "1"}, "1.5": {"count": "1"}})
    with come("manager.h1") as manager:
        manager.menu("Progress")
        manager.picture("huyen-tien-do")
        for unit in (X11, X12):
            manager.page.get_by_role("checkbox", name=unit, exact=True).check()
        manager.press("Remind")
        manager.fill("What to tell the unit", ASKED)
        manager.press("Remind")
        manager.told(manager.words.several("Done for %(num)s unit.", "Done for %(num)s units.", 2))

        manager.page.get_by_role("link", name=X12, exact=True).click()
        manager.page.get_by_role("main").get_by_text(manager.words("Extend the deadline"), exact=True).first.click()
        until = _now(province) + timedelta(days=20)
        manager.fill("New end", f"{until:%Y-%m-%dT17:00}")
        manager.page.get_by_label(manager.words("Reason"), exact=True).locator("visible=true").fill(EXTENDED)
        manager.picture("huyen-gia-han")
        manager.press("Extend the deadline")
        manager.told(f"{until:%d/%m/%Y}")

        manager.page.get_by_text(manager.words("Self-assessed and superior's points, item by item")).click()
        manager.link("Enter as superior: %(code)s", code="1.5").click()
        manager.page.get_by_role("textbox", name="sáng kiến", exact=True).fill("2")
        manager.fill("Reason", ENTERED)
        manager.picture("huyen-nhap-diem")
        manager.press("Save the superior's value")
        peer.sees_nothing_of(manager, OF_DISTRICT_2, only=LISTS)
    with come("officer.x12") as officer:
        officer.told(ASKED)
        officer.told(EXTENDED)
        officer.told(f"{until:%d/%m/%Y}")
        officer.picture("home")
        officer.page.get_by_role("list").get_by_role("link", name="Năm 2024").click()
        officer.told(ENTERED)


def test_observer_reads_and_changes_nothing(new_context: Browsers, province: Province) -> None:
    come = people(new_context, province.app)
    others.enter(province, "X12", others.CLAIMS["X12"])
    with come("observer") as observer:
        observer.menu("Results")
        observer.link("Provisional").click()
        observer.fill_choice("Round and group", "Năm 2024 – Cấp xã")
        observer.fill_choice("Basis", observer.words("self-assessed"))
        observer.press("Show")
        observer.told(X12)
        observer.picture("tam-tinh")
        observer.menu("Progress")
        observer.told(X12)
        expect(observer.page.get_by_role("checkbox")).to_have_count(0)
        for verb in ("Remind", "Close early", "Release to the unit"):
            expect(observer.button(verb)).to_have_count(0)


def test_catalogues_of_the_province(new_context: Browsers, province: Province) -> None:
    come = people(new_context, province.app)
    with come("admin") as admin:
        for screen, picture in (
            ("Windows", "thoi-han"),
            ("Accounts", "tai-khoan"),
            ("Councils", "hoi-dong"),
            ("Criteria sets", "bo-chi-so"),
        ):
            admin.menu("Administration")
            admin.picture("quan-tri" if picture == "thoi-han" else "")
            admin.page.get_by_role("main").get_by_role("link", name=admin.words(screen), exact=True).click()
            admin.picture(picture if picture in ("thoi-han", "tai-khoan") else "")
            if screen == "Councils":
                row = admin.page.get_by_role("row").filter(has_text="Hội đồng tỉnh")
                row.get_by_role("link", name=admin.words("Assignments")).click()
                admin.told("Tổ viên Hai")
                admin.picture("phan-cong")
        row = admin.page.get_by_role("row").filter(has_text="Bộ chỉ số Cấp xã 2024")
        row.get_by_role("link", name=admin.words("Criteria")).click()
        admin.told("1.2.1")
        admin.picture("bo-chi-so")
        admin.page.get_by_role("link", name=f"{admin.words('Open')}: 1.2.1", exact=True).click()
        admin.page.get_by_role("textbox", name="Số nhiệm vụ hoàn thành", exact=True).last.fill("41")
        admin.page.get_by_role("textbox", name="Số nhiệm vụ trong kế hoạch", exact=True).last.fill("48")
        admin.press("Show the points")
        admin.told("8,5417")
        admin.picture("thu-cham", part=admin.page.get_by_role("region", name=admin.words("Try it")))
