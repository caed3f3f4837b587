"""A role changes while pages of another role are open: what they send is never saved in the new role unseen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, expect
from sqlalchemy import select
from werkzeug.test import TestResponse

import models as m
from extensions import db
from rules.verbs import Verb
from tests.assessment.support import Person, person
from tests.lending.support import choose, lend, words
from tests.permissions.stages import by, writing
from tests.support.world import _HASH, PASSWORD, Province, token

GIVERS = {"leader.x11": "Lãnh đạo Xã Ấp Bắc", "officer.x11": "Cán bộ Xã Ấp Bắc"}


@pytest.fixture
def lent(province: Province) -> list[str]:
    """A guest of the commune, without a post, whom two lend their scoring; the keys of the two roles."""
    with writing(province) as act:
        guest = m.Account(
            username="guest",
            full_name="Khách Xã Ấp Bắc",
            unit_id=by(m.Unit, code="X11").id,
            password_hash=_HASH,
            must_change_password=False,
            created_at=act.now,
        )
        db.session.add(guest)
    return [lend(province, giver, "guest", Verb.SCORE) for giver in GIVERS]


def revoke(province: Province, key: str) -> None:
    with writing(province) as act:
        by(m.Delegation, id=int(key.partition(":")[2])).revoked_at = act.now


def save(who: Person, csrf: str, *, script: bool = True) -> TestResponse:
    """Save one leaf as a page that got this token does: the script leaf by leaf, or the form as a whole."""
    data = {"1.5:count": "3", "1.5:version": "0", "1.5:was": "", "csrf_token": csrf}
    if script:
        return who.client.post(f"{who.url}/scores/1.5", data=data, headers={"Accept": "application/json"})
    headers = {"Sec-Fetch-Site": "same-origin"}
    return who.client.post(f"{who.url}/scores", data=data, headers=headers)


def givers(province: Province) -> list[str]:
    """Return in whose place each score was written."""
    with province.system():
        return list(db.session.scalars(select(m.Score.author_for).order_by(m.Score.id)))


def page_token(client: FlaskClient) -> str:
    return token(client, "/password")


def test_a_page_of_the_role_before_saves_nothing(province: Province, lent: list[str]) -> None:
    guest = person(province, "guest", "X11")
    choose(guest.client, lent[0])
    first_tab = page_token(guest.client)
    choose(guest.client, lent[1])
    assert save(guest, first_tab).status_code == 400
    assert givers(province) == []
    back = save(guest, first_tab, script=False)
    assert back.status_code == 400
    assert 'value="3"' in back.get_data(as_text=True), "what was typed comes back, unsaved"
    assert "chưa lưu" in words(back).lower()
    assert givers(province) == []
    assert save(guest, page_token(guest.client)).status_code == 200
    assert givers(province) == [GIVERS["officer.x11"]]


def test_the_same_role_chosen_again_keeps_its_pages(province: Province, lent: list[str]) -> None:
    guest = person(province, "guest", "X11")
    choose(guest.client, lent[1])
    first_tab = page_token(guest.client)
    choose(guest.client, lent[1])
    assert save(guest, first_tab).status_code == 200


def test_the_end_of_a_role_that_nobody_chose_is_noticed(province: Province, lent: list[str]) -> None:
    guest = person(province, "guest", "X11")
    assert guest.client.get(guest.url).status_code == 200
    first_tab = page_token(guest.client)
    revoke(province, lent[0])
    assert save(guest, first_tab).status_code == 403
    told = words(guest.client.get("/"))
    assert "Anh/chị không còn vai trò vừa làm việc" in told
    assert save(guest, first_tab).status_code == 400, "another tab has gone on in the role that is left"
    assert givers(province) == []
    assert save(guest, page_token(guest.client)).status_code == 200
    assert givers(province) == [GIVERS["officer.x11"]]


def test_autosave_in_a_tab_of_the_role_before(
    new_context: Callable[..., BrowserContext], province: Province, lent: list[str]
) -> None:
    context = new_context()
    first = context.new_page()
    first.goto("/login")
    first.locator("main [name=username]").fill("guest")
    first.locator("main [name=password]").fill(PASSWORD)
    first.locator("main form button").click()
    first.wait_for_url(lambda url: not url.partition("?")[0].endswith("/login"))
    first.goto(f"/assessments/{province.form_id('X11')}")
    second = context.new_page()

    def choose_there(key: str) -> None:
        second.goto("/authority")
        second.locator(f'main [value="{key}"]').check()
        second.locator("main form button").first.click()
        second.wait_for_url(lambda url: not url.endswith("/authority"))

    choose_there(lent[1])
    first.locator('[name="1.4:count"]').fill("2")
    first.locator('[name="1.4:count"]').press("Enter")
    dialog = first.locator("#sign-in-again")
    expect(dialog).to_be_visible()
    expect(dialog.locator("[data-why]")).to_contain_text("vai trò khác")
    dialog.locator("[data-later]").click()
    # The panel of documents would be one of the other role: it stays shut.
    first.locator('tr[data-code="1.5"] a[data-evidence]').click()
    expect(dialog).to_be_visible()
    expect(first.locator("#panel")).to_be_hidden()
    dialog.locator("[data-later]").click()
    assert givers(province) == []
    choose_there(lent[0])
    first.locator('[name="1.5:count"]').fill("1")
    first.locator('[name="1.5:count"]').press("Enter")
    expect(first.locator("#summary")).to_have_text("Mọi thay đổi đã lưu")
    assert givers(province) == [GIVERS["leader.x11"]] * 2
