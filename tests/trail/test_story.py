"""The audit of a day tells the story to somebody who was not there; an auditor reads it without values."""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from config import AuditSettings
from extensions import db
from models import clock
from permissions import trail
from permissions.gate import act
from rules.verbs import Verb
from rules.vocabulary import Stage
from services import supervision
from services.trail import story, watch
from tests.permissions.stages import acting_as, form_of, loaded, put
from tests.support.world import Province


def text_of(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1])).split())


@pytest.fixture
def happened(province: Province) -> Province:
    """A morning: X11 scores, its district gives it two weeks more, and somebody knocks at a door that is not theirs."""
    with acting_as(province, "officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "1"}, note="chậm một báo cáo")
    with province.acting("manager.h1"):
        form = loaded(m.Assessment, form_of("X11").id)
        supervision.extend(form, Stage.SELF_SCORING, clock.now() + timedelta(days=15), "Mất điện hai ngày")
    assert province.client("officer.x12").get("/admin/account/").status_code == 403
    return province


def test_the_day_tells_who_did_what_to_what_and_why(happened: Province) -> None:
    told = text_of(happened.client("admin").get("/admin/audit/day/").get_data(as_text=True))
    assert "Cán bộ Xã Ấp Bắc" in told
    assert "Phạm Huyện Một" in told
    assert "Huyện Đông Thành" in told
    assert "Lý do : Mất điện hai ngày" in told.replace("Lý do:", "Lý do :")
    assert "7,5" in told or "7.5000" in told
    assert "Bị từ chối" in told
    assert "“1.4”" in told, "the leaf by its code, not by a number"


def test_one_act_is_one_line(happened: Province) -> None:
    page = happened.client("admin").get("/admin/audit/day/").get_data(as_text=True)
    with happened.system():
        rows = db.session.scalars(select(m.AuditEntry.id).where(m.AuditEntry.verb == "extend")).all()
    assert len(rows) > 1
    assert page.count("Mất điện hai ngày</span>") == 1


def test_a_manager_reads_the_day_of_its_units_alone(happened: Province) -> None:
    other = happened.client("manager.h2").get("/admin/audit/day/").get_data(as_text=True)
    assert "Mất điện" not in other
    assert "Ấp Bắc" not in other
    assert "Mất điện" in happened.client("manager.h1").get("/admin/audit/day/").get_data(as_text=True)


def test_an_auditor_reads_the_story_without_values(happened: Province) -> None:
    page = happened.client("auditor").get("/admin/audit/day/").get_data(as_text=True)
    told = text_of(page)
    assert "Phạm Huyện Một" in told
    assert "7.5000" not in told
    assert "chậm một báo cáo" not in told
    assert "→" not in told


@pytest.mark.parametrize("login", ["officer.x11", "helper.h1", "observer"])
def test_nobody_else_opens_it(province: Province, login: str) -> None:
    assert province.client(login).get("/admin/audit/day/").status_code == 403


@pytest.mark.parametrize("on", ["", "x", "2024-13-01", "0001-01-01", "9999-12-31", "2024-01-01\x00"])
def test_any_day_answers(province: Province, on: str) -> None:
    answer = province.client("admin").get("/admin/audit/day/", query_string={"on": on})
    assert answer.status_code == 200


def test_refusals_files_and_reasons_are_filtered(happened: Province) -> None:
    client = happened.client("admin")

    def rows(query: str) -> str:
        return text_of(client.get(f"/admin/audit/?{query}").get_data(as_text=True))

    refused = rows("flt0_result=refused")
    assert "Cán bộ Xã Đức Hòa" in refused
    assert "Phạm Huyện Một" not in refused
    assert "Phạm Huyện Một" in rows("flt0_reason=mất điện".replace("mất", "Mất"))
    officer = happened.id_of(m.Account, username="officer.x11")
    own = rows(f"flt0_account={officer}")
    assert "Cán bộ Xã Ấp Bắc" in own
    assert "Phạm Huyện Một" not in own


def test_an_alarm_stands_in_a_box_with_the_way_to_its_entries(
    province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    province.app.extensions.pop(watch._READS, None)
    config = province.app.config["PARINDEX"]
    monkeypatch.setitem(province.app.config, "PARINDEX", dataclasses.replace(config, audit=AuditSettings(reads=25)))
    client = province.client("officer.x11")
    for _ in range(30):
        client.get("/help/")
    officer = province.id_of(m.Account, username="officer.x11")
    for page in ("/", "/admin/audit/"):
        shown = province.client("admin").get(page).get_data(as_text=True)
        box = shown.split("trail-alarms", 1)[1].split("</section>")[0]
        assert "Cảnh báo" in box
        assert "Cán bộ Xã Ấp Bắc" in box
        assert "25" in box
        assert f"flt0_account={officer}" in box
    assert "trail-alarms" not in province.client("manager.h1").get("/").get_data(as_text=True)


def test_a_long_day_is_told_in_parts_and_nothing_is_left_out(happened: Province) -> None:
    with happened.acting("admin"), act(Verb.MANAGE_ACCOUNTS) as doing:
        for number in range(story.MOST):
            trail.append(
                db.session(),
                trail.of_act(doing)
                | {"operation": "ended", "object_type": "Account", "object_name": f"Phiên {number}"},
            )
    client = happened.client("admin")
    last = client.get("/admin/audit/day/").get_data(as_text=True)
    assert "Mất điện hai ngày" not in last
    link = re.compile(r'href="(/admin/audit/day/\?[^"]*below=[0-9]+)"')
    (earlier,) = link.findall(last)
    first = client.get(html.unescape(earlier)).get_data(as_text=True)
    assert "Mất điện hai ngày" in first
    assert link.findall(first) == []
    told = [
        *dict.fromkeys(re.findall(r"“Phiên ([0-9]+)”", first)),
        *dict.fromkeys(re.findall(r"“Phiên ([0-9]+)”", last)),
    ]
    assert told == [str(number) for number in range(story.MOST)]
    for odd in ("x", "-1", "9" * 40, ""):
        assert client.get(f"/admin/audit/day/?below={odd}").status_code == 200


def test_the_day_costs_the_same_however_much_happened(happened: Province, statements: Callable[[], list[str]]) -> None:
    client = happened.client("admin")
    client.get("/admin/audit/day/")
    few = statements()
    client.get("/admin/audit/day/")
    count = len(few)
    for n in range(5):
        with happened.acting("manager.h1"):
            form = loaded(m.Assessment, form_of("X12").id)
            supervision.extend(form, Stage.SELF_SCORING, clock.now() + timedelta(days=15 + n), "Thêm")
    many = statements()
    client.get("/admin/audit/day/")
    assert len(many) == count


def test_who_keeps_no_accounts_finds_no_login_by_asking(happened: Province) -> None:
    def found(login: str, asked: str) -> bool:
        page = happened.client(login).get("/admin/audit/", query_string={"flt0_actor": asked})
        return "Phạm Huyện Một" in text_of(page.get_data(as_text=True))

    assert found("admin", "manager.h1")
    assert not found("auditor", "manager.h1")
    assert found("auditor", "phạm huyện")
