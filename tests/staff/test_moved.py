"""Moved while a form is open: nothing more can be saved there, and what was typed is not lost without a word."""

from __future__ import annotations

import io
import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage

import models as m
from extensions import db
from services.sheet import authors
from tests.assessment.support import person, vietnamese
from tests.evidence.samples import pdf
from tests.evidence.sending import post as post_file
from tests.permissions.crawl import digest
from tests.staff import steps
from tests.staff.steps import ADMIN, LEADER, OFFICER
from tests.support.world import PASSWORD, Province, token

ROLE_OVER = "The role you were working in is no longer yours: it was revoked, or its time is over. Nothing was saved."
NOT_SAVED = "What was sent was not saved: it is not open to you, or no longer. Your unit or role may have changed."


def move(province: Province, login: str = OFFICER, function: str = "officer") -> None:
    """Report and decide that somebody of X11 moves to X12 today."""
    leader = province.client(LEADER)
    day = steps.today(province)
    answer = steps.goes(leader, steps.account_id(province, login), "moved", day, destination="Xã Đức Hòa")
    assert answer.status_code == 200, steps.text(answer)
    steps.send(province, leader)
    row = steps.rows(province)[-1]
    answer = steps.decide(province.client(ADMIN), row, to_unit="X12", function=function)
    assert answer.status_code == 200, steps.text(answer)


def test_nothing_more_is_saved_in_the_unit_left(province: Province) -> None:
    """Each item by itself, the whole form, a document, a signature; from the tab that is open and from a second one."""
    who = person(province, OFFICER)
    client, form = who.client, province.form_id("X11")
    who.leaf("1.4", {"count": "2"})
    csrf = token(client, "/password")
    old = province.client(OFFICER)  # signed in elsewhere: a token of another session
    stale = token(old, "/password")
    move(province)
    before = digest(province)
    base = f"/assessments/{form}"
    typed = {"1.5:count": "3", "1.5:version": "0", "1.5:was": ""}
    # What stood open is told that the role is over; whoever loads another page meanwhile, that nothing is there any more.
    for code, said, asked in ((403, ROLE_OVER, lambda: csrf), (404, NOT_SAVED, lambda: token(client, "/account/"))):
        given = asked()
        body = {**typed, "csrf_token": given}
        answer = client.post(f"{base}/scores/1.5", data=body, headers={"Accept": "application/json"})
        assert answer.status_code == code
        assert vietnamese(said) in answer.get_json()["why"]
        answer = client.post(f"{base}/scores", data=body)
        assert answer.status_code == code
        assert vietnamese(said) in steps.text(answer)
        assert client.post(f"{base}/sign", data={"csrf_token": given}).status_code in (403, 404)
        fields = {"csrf_token": given, "title": "Kế hoạch", "file": FileStorage(io.BytesIO(pdf()), "Kế hoạch.pdf")}
        answer = post_file(who, "evidence/1.3/files", fields)
        assert answer.status_code == code
        assert vietnamese(said) in answer.get_json()["why"]
    for path in ("scores", "scores/1.5", "evidence/1.3/files", "sign"):
        assert client.post(f"{base}/{path}", data={**typed, "csrf_token": stale}).status_code in (400, 403, 404), path
    assert digest(province) == before


def test_only_the_form_of_the_new_unit_is_there(province: Province) -> None:
    client = province.client(OFFICER)
    assert f"/assessments/{province.form_id('X11')}" in client.get("/").get_data(as_text=True)
    move(province)
    page = client.get("/").get_data(as_text=True)
    assert f"/assessments/{province.form_id('X12')}" in page
    assert f"/assessments/{province.form_id('X11')}" not in page
    assert "Chuyên viên đơn vị, Xã Đức Hòa" in page
    assert client.get(f"/assessments/{province.form_id('X12')}").status_code == 200


def test_a_leader_who_moved_signs_nothing_there(province: Province) -> None:
    client, form = province.client(LEADER), province.form_id("X11")
    csrf = token(client, "/password")
    move(province, LEADER, "leader")
    before = digest(province)
    for path in (f"/assessments/{form}/sign", f"/assessments/{form}/take-back", "/staff/rows"):
        answer = client.post(path, data={"csrf_token": csrf, "confirmed": "yes"})
        assert answer.status_code in (404, 422), path
    assert digest(province) == before


def test_history_stays_with_the_unit_that_was_left(province: Province) -> None:
    """What the person entered keeps author and unit, and the unit goes on reading the name."""
    who = person(province, OFFICER)
    who.leaf("1.4", {"count": "2"})
    author = steps.account_id(province, OFFICER)
    unit = province.id_of(m.Unit, code="X11")
    move(province)
    with province.system():
        (score,) = db.session.scalars(select(m.Score)).all()
        assert (score.author_id, score.unit_id) == (author, unit)
        entries = db.session.execute(
            select(m.AuditEntry.actor_id, m.AuditEntry.unit_id, m.AuditEntry.actor_name).where(
                m.AuditEntry.object_type == "Score"
            )
        ).all()
        assert [tuple(entry) for entry in entries] == [(author, unit, "Cán bộ Xã Ấp Bắc")]
    with province.acting(LEADER):
        assert authors(db.session.scalars(select(m.Score)).all()) == {author: "Cán bộ Xã Ấp Bắc"}
    leader = province.client(LEADER)
    history = steps.text(leader.get(f"/assessments/{province.form_id('X11')}/leaves/1.4/history"))
    assert "Cán bộ Xã Ấp Bắc" in history
    assert "Cán bộ Xã Ấp Bắc" in steps.text(leader.get("/staff/")), "at the row that was reported"


def test_the_open_page_says_so_and_keeps_what_was_typed(
    new_context: Callable[..., BrowserContext], province: Province
) -> None:
    context = new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto("/login")
    page.locator("[name=username]").fill(OFFICER)
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.locator('[name="1.5:count"]').fill("4")
    move(province)
    page.locator('[name="1.5:count"]').press("Enter")
    state = page.locator('tr[data-code="1.5"] [data-words]')
    expect(state).to_contain_text(vietnamese(ROLE_OVER))
    expect(page.locator('[name="1.5:count"]')).to_have_value("4")
    expect(state).to_contain_text(re.compile("chưa lưu", re.IGNORECASE))
    with province.system():
        assert db.session.scalar(select(func.count(m.Score.id))) == 0
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/")
    expect(page.get_by_role("main")).to_contain_text("Xã Đức Hòa")
