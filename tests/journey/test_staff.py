"""Staff changes from both sides at the browser (Điều 8): four rows listed and sent, each decided, and what it comes to."""

from __future__ import annotations

import io
from datetime import date
from itertools import pairwise
from pathlib import Path

import openpyxl
from playwright.sync_api import Locator, expect
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import act
from rules.verbs import Verb
from rules.vocabulary import Function
from tests.journey.person import Browsers, Person, people
from tests.staff import steps
from tests.support.world import PASSWORD, Province

NEW, NEW_LOGIN = "Đặng Thị Ánh Tuyết", "tuyetdta.x11"
NEW_PASSWORD = "hoa sen trên hồ nước trong"
OFFICER, HELPER, LEADER = "Cán bộ Xã Ấp Bắc", "Người Sắp Hưu", "leader.x11"
ANSWER = "Chưa có quyết định thôi việc."


def _two_more(province: Province) -> None:
    """Put two more people into the unit: one will retire, of one it is said that it left."""
    unit, since = province.id_of(m.Unit, code="X11"), steps.today(province, -30)
    with province.acting("admin"), act(Verb.MANAGE_ACCOUNTS) as doing:
        known = db.session.scalars(select(m.Account).where(m.Account.username == "officer.x11")).one()
        for login, name in (("huu.x11", HELPER), ("nghi.x11", "Người Ở Lại")):
            person = m.Account(
                username=login, full_name=name, unit_id=unit, password_hash=known.password_hash,
                must_change_password=False, created_at=doing.now,
            )  # fmt: skip
            db.session.add(person)
            db.session.flush()
            db.session.add(m.Post(account_id=person.id, unit_id=unit, function=Function.OFFICER, valid_from=since))


def _row(admin: Person, name: str) -> Locator:
    return admin.page.get_by_role("region", name=name)


def test_a_list_is_sent_decided_and_lived(new_context: Browsers, province: Province, tmp_path: Path) -> None:
    come, day = people(new_context, province.app), steps.today(province)
    _two_more(province)
    with come(LEADER) as leader:
        leader.menu("Staff changes")
        _list(leader, tmp_path, day)
        leader.press("Send to Sở Nội vụ")
        leader.told(leader.words("Waits for Sở Nội vụ"))
        leader.picture("bien-dong-don-vi")
    with come("admin") as admin:
        secret = _decide(admin)
    with come("officer.x11") as moved:
        moved.told("Xã Đức Hòa")
        expect(moved.page.get_by_role("main")).not_to_contain_text("Xã Ấp Bắc")
        assert moved.page.goto(f"/assessments/{province.form_id('X11')}").status == 404  # type: ignore[union-attr]
    _new_person(new_context, province, secret)
    _retired_person(new_context)
    with come(LEADER) as leader:
        leader.told(leader.words("Staff changes"))  # the notice names nobody: officers read it too
        assert ANSWER not in leader.text()
        leader.menu("Staff changes")
        for name, word in ((NEW, "Done"), (OFFICER, "Done"), (HELPER, "Done"), ("Người Ở Lại", "Not accepted")):
            row = leader.page.get_by_role("row").filter(has_text=name).filter(has_text=leader.words(word))
            expect(row).to_have_count(1)
        leader.told(ANSWER)
    _trail(province)
    with come("admin") as admin:
        _story(admin)


def _list(leader: Person, tmp_path: Path, day: date) -> None:
    """Three rows by the two forms, the fourth by a file."""
    main = leader.page.get_by_role("main")
    new = main.locator("form").filter(has_text=leader.words("Somebody new"))
    new.get_by_label(leader.words("Full name"), exact=True).fill(NEW)
    new.get_by_label(leader.words("Function"), exact=True).select_option(label=leader.words("Unit officer"))
    new.get_by_label(leader.words("From which day"), exact=True).fill(day.isoformat())
    leader.press("Add newcomer")
    for person, what, to in (
        ("officer.x11", "Moved to another unit", "Xã Đức Hòa"),
        ("nghi.x11", "Left the service", ""),
    ):
        goes = main.locator("form").filter(has_text=leader.words("Somebody who goes"))
        who = goes.get_by_label(leader.words("Person"), exact=True)
        who.select_option(value=who.locator("option", has_text=person).get_attribute("value"))
        goes.get_by_label(leader.words("What happens"), exact=True).select_option(label=leader.words(what))
        goes.get_by_label(leader.words("From which day"), exact=True).fill(day.isoformat())
        goes.locator("[name=going-destination]").fill(to)
        leader.press("Add to the draft")
    with leader.page.expect_download() as given:
        leader.link("Download present staff (Excel)").click()
    book = openpyxl.load_workbook(io.BytesIO(Path(given.value.path()).read_bytes()))
    sheet = book.active
    assert sheet is not None
    row = next(row for row in sheet.iter_rows() if row[1].value == "huu.x11")
    row[0].value, row[5].value = leader.words("Retired"), day
    path = tmp_path / "nhan-su.xlsx"
    book.save(path)
    leader.page.get_by_label(leader.words("File of staff changes")).set_input_files(path)
    leader.press("Look at the rows")
    leader.told(HELPER)
    add = leader.words.several("Add this %(num)s row to the draft", "Add these %(num)s rows to the draft", 1)
    leader.page.get_by_role("button", name=add, exact=True).click()


def _decide(admin: Person) -> str:
    """Decide all four; return the one-time password of the new person."""
    admin.told("4")
    admin.menu("Staff changes")
    admin.page.get_by_role("main").get_by_role("row").get_by_role("link").first.click()
    row = _row(admin, OFFICER)
    row.get_by_label(admin.words("Unit"), exact=True).fill("Xã Đức Hòa (X12)")
    row.get_by_label(admin.words("Function"), exact=True).select_option(label=admin.words("Unit officer"))
    admin.picture("bien-dong-xu-ly")
    row.get_by_role("button", name=admin.words("Carry out")).click()
    _row(admin, HELPER).get_by_role("button", name=admin.words("Carry out")).click()
    row = _row(admin, "Người Ở Lại")
    row.get_by_role("button", name=admin.words("Do not accept")).click()
    admin.told(admin.words("Tell the unit why: the leader reads it at the row."))
    row.locator("textarea").fill(ANSWER)
    row.get_by_role("button", name=admin.words("Do not accept")).click()
    row = _row(admin, NEW)
    expect(row.get_by_label(admin.words("Login"), exact=True)).to_have_value(NEW_LOGIN)
    row.get_by_role("button", name=admin.words("Carry out")).click()
    secret = admin.page.get_by_role("main").locator("code").inner_text()
    admin.link("I have noted it").click()
    expect(admin.button("Carry out")).to_have_count(0)
    assert secret not in admin.text()
    return secret


def _new_person(new_context: Browsers, province: Province, secret: str) -> None:
    page = new_context().new_page()
    page.goto("/login")
    page.locator("[name=username]").fill(NEW_LOGIN)
    page.locator("[name=password]").fill(secret)
    page.locator("main form button").click()
    page.wait_for_url("**/password")
    for name, value in (("old", secret), ("new", NEW_PASSWORD), ("again", NEW_PASSWORD)):
        page.locator(f"main [name={name}]").fill(value)
    page.locator("main form button").click()
    page.wait_for_url("**/")
    page.get_by_role("list").get_by_role("link", name="Năm 2024").click()
    page.wait_for_url(f"**/assessments/{province.form_id('X11')}")


def _retired_person(new_context: Browsers) -> None:
    page = new_context().new_page()
    page.goto("/login")
    page.locator("[name=username]").fill("huu.x11")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    assert page.url.endswith("/login")


def _story(admin: Person) -> None:
    """The day on one page: in their order who asked, who decided what about whom and why, and who came in afterwards."""
    admin.page.goto("/admin/audit/day/")
    lines = admin.page.locator(".trail-story > li summary").all_inner_texts()
    for earlier, later in pairwise(
        (
            ("Lãnh đạo Xã Ấp Bắc", admin.words("Report staff changes"), HELPER),
            ("Nguyễn Quản Trị", OFFICER, admin.words("Moved to another unit").lower()),
            ("Nguyễn Quản Trị", HELPER, admin.words("Retired").lower()),
            ("Nguyễn Quản Trị", "Người Ở Lại", ANSWER),
            ("Nguyễn Quản Trị", NEW, admin.words("Recruited").lower()),
            (NEW, admin.words("Signed in")),
        )
    ):
        assert _line(lines, earlier) < _line(lines, later), (earlier, later)


def _line(lines: list[str], words: tuple[str, ...]) -> int:
    found = [at for at, line in enumerate(lines) if all(word.lower() in line.lower() for word in words)]
    assert found, (words, lines)
    return found[0]


def _trail(province: Province) -> None:
    """Who was not there reads the day: who asked, who decided, why, and what was changed by it."""
    with province.system():
        entry = m.AuditEntry
        columns = (entry.actor_name, entry.verb, entry.object_type, entry.operation, entry.reason, entry.unit_id)
        told = db.session.execute(select(*columns).where(entry.verb.in_(("report_staff", "manage_accounts")))).all()
        number = db.session.scalars(select(m.StaffRequest.id)).one()
        changed = db.session.execute(
            select(entry.changes).where(entry.object_type == "StaffChange", entry.verb == "manage_accounts")
        ).scalars()
        decisions = sorted(values["decision"][1] for values in changed)
    asked = [row for row in told if row.verb == "report_staff"]
    assert {row.actor_name for row in asked} == {"Lãnh đạo Xã Ấp Bắc"}
    assert {row.unit_id for row in asked} == {province.id_of(m.Unit, code="X11")}
    assert [row.operation for row in asked if row.object_type == "StaffChange"] == ["create"] * 4
    assert [row.operation for row in asked if row.object_type == "StaffRequest"] == ["create", "update"]
    decided = [row for row in told if row.verb == "manage_accounts" and f"số {number} của Xã Ấp Bắc" in row.reason]
    assert {row.actor_name for row in decided} == {"Nguyễn Quản Trị"}
    assert decisions == ["done", "done", "done", "refused"]
    for name, written in (
        (NEW, {("Account", "create"), ("Post", "create")}),
        (OFFICER, {("Account", "update"), ("Post", "create"), ("Post", "update")}),
        (HELPER, {("Account", "update"), ("Post", "update")}),
        (ANSWER, set()),
    ):
        about = {(row.object_type, row.operation) for row in decided if name in row.reason}
        assert about == written | {("StaffChange", "update"), ("Notice", "create")}, name
