"""What the scoring page shows, to whom, at which cost."""

from __future__ import annotations

import gzip
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer
from tests.assessment.support import (
    FULL,
    contents,
    move_to_deadline,
    person,
    scores,
    statements,
    vietnamese,
)
from tests.support.world import Province

STATIC = Path(__file__).parents[2] / "static"


def _row(page: str, code: str) -> str:
    """Return the table row of a leaf, without tags."""
    row = page.split(f'id="i-{code}"', 1)[1].split("</tr>", 1)[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", row))


def _publish_last_year(province: Province, unit: str, leaves: dict[str, tuple[str, str, str]]) -> None:
    """Put an edition of the year before into force: code -> name, points, self points."""
    with province.app.app_context(), system_scope("test"), system_act(Verb.PUBLISH, "test") as publishing:
        group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "commune")).one()
        author = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        round_ = m.Round(code="2023", name="Năm 2023", year=2023, cut_off_on=group.round.cut_off_on)
        db.session.add(round_)
        db.session.flush()
        past = m.RankingGroup(
            round_id=round_.id,
            code="commune",
            name=group.name,
            level_id=group.level_id,
            criteria_set_id=group.criteria_set_id,
        )
        db.session.add(past)
        db.session.flush()
        edition = m.Edition(
            group_id=past.id,
            number=1,
            decision_number="1/QĐ",
            decision_on=group.round.cut_off_on,
            published_at=publishing.now,
            published_by_id=author.id,
            settings={},
            digest="0" * 64,
        )
        db.session.add(edition)
        db.session.flush()
        unit_id = db.session.scalars(select(m.Unit.id).where(m.Unit.code == unit)).one()
        for position, (code, (name, points, own)) in enumerate(leaves.items()):
            db.session.add(
                m.EditionLeaf(
                    edition_id=edition.id,
                    unit_id=unit_id,
                    position=position,
                    code=code,
                    field_code=code.split(".")[0],
                    kind="criterion",
                    name=name,
                    maximum=Decimal(10),
                    self_points=Decimal(own),
                    points=Decimal(points),
                    remark="Thiếu minh chứng",
                )
            )


def test_each_leaf_shows_its_inputs_and_the_survey_none(province: Province) -> None:
    fields = set(contents(person(province, "officer.x11").page()))
    assert {"1.2.1:numerator", "1.2.1:denominator", "1.4:count", "9.1:count", "1.1:note", "1.1:version"} <= fields
    assert not {name for name in fields if name.startswith(("8.1:", "9.2:", "1.2:"))}


def test_the_round_decides_whether_other_points_are_offered(province: Province) -> None:
    officer = person(province, "officer.x11")
    assert "1.1:stated" in contents(officer.page())
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ROUND, "test"):
        db.session.scalars(select(m.Round)).one().stated_points_allowed = False
    assert "1.1:stated" not in contents(officer.page())
    answer = officer.leaf("1.1", {"option": "0", "stated": "5", "reason": "x"})
    assert set(answer.json["faults"]) == {"stated"}


def test_an_exempt_leaf_says_why_and_has_no_inputs(province: Province) -> None:
    page = person(province, "officer.vp").page()
    assert "Đơn vị không có thủ tục hành chính" in _row(page, "2.1")
    assert not {name for name in contents(page) if name.startswith("2.")}


def test_last_years_value_stands_beside_the_same_leaf_only(province: Province) -> None:
    _publish_last_year(
        province,
        "X11",
        {"1.3": ("Gắn với thi đua", "7.5", "10"), "1.4": ("Một tiêu chí khác", "3.25", "3.25")},
    )
    page = person(province, "officer.x11").page()
    assert "Năm 2023" in page
    assert "7,50" in _row(page, "1.3")
    assert "10,00" in _row(page, "1.3")
    assert "Thiếu minh chứng" in _row(page, "1.3")
    assert "3,25" not in _row(page, "1.4")
    assert "7,50" not in person(province, "officer.x12").page()


def test_the_page_says_progress_and_deadline_in_words(province: Province) -> None:
    officer = person(province, "officer.x11")
    officer.leaf("1.3", {"met": "1"})
    page = officer.page()
    assert "1/6 mục" in page
    assert "10,00/60,00 điểm" in page
    assert vietnamese("evidence missing") in _row(page, "1.3")
    assert re.search(r"hạn cuối \d\d:\d\d \d\d/\d\d/\d{4}", page)
    assert re.search(r"còn \d+ ngày", page)


@pytest.mark.parametrize(("login", "unit"), [("manager.h1", "X11"), ("admin", "X11"), ("observer", "SA")])
def test_who_stands_above_reads_the_draft_without_inputs(province: Province, login: str, unit: str) -> None:
    person(province, f"officer.{unit.lower()}").leaf("1.3", {"met": "1", "note": "Có quyết định"})
    page = person(province, login, unit).page()
    assert 'id="scoring"' not in page
    assert "Có quyết định" in _row(page, "1.3")
    assert "tag-draft" in page


@pytest.mark.parametrize("login", ["officer.x12", "manager.h2", "helper.h2", "helper.h1", "auditor", "leader.h1"])
def test_others_find_nothing(province: Province, login: str) -> None:
    answer = province.client(login).get(f"/assessments/{province.form_id('X11')}")
    assert answer.status_code in (403, 404)
    assert "Ấp Bắc" not in answer.get_data(as_text=True)


def test_absent_and_foreign_forms_look_the_same(province: Province) -> None:
    client = province.client("officer.x11")
    pages = [
        client.get(f"/assessments/{form_id}").get_data(as_text=True) for form_id in (province.form_id("X12"), 10**9)
    ]
    same = [re.sub(r"<code>[0-9a-f]+</code>|value=\"[^\"]*\"|nonce=\"[^\"]*\"", "", page) for page in pages]
    assert same[0] == same[1]


def test_the_council_reads_the_form_once_it_is_locked(province: Province) -> None:
    move_to_deadline(province, "X11", 1)
    assert province.client("helper.h1").get(f"/assessments/{province.form_id('X11')}").status_code == 200


def test_a_unit_reads_the_appraisal_only_after_its_release(province: Province) -> None:
    person(province, "officer.x11").leaf("1.3", {"met": "1"})
    with province.app.app_context(), system_scope("test"), system_act(Verb.IMPORT, "test") as importing:
        own = db.session.scalars(select(m.Score)).one()
        copied = {name: getattr(own, name) for name in ("assessment_id", "unit_id", "criteria_set_id", "criterion_id")}
        db.session.add(
            m.Score(
                **copied,
                layer=Layer.APPRAISAL,
                inputs={"met": "0"},
                computed_points=Decimal(0),
                points=Decimal(0),
                note="Chưa thấy quy định",
                author_id=own.author_id,
                updated_at=importing.now,
            )
        )
    officer = person(province, "officer.x11")
    assert "Chưa thấy quy định" not in officer.page()
    with province.app.app_context(), system_scope("test"), system_act(Verb.RELEASE, "test"):
        db.session.get_one(m.Assessment, officer.form_id).released = Layer.APPRAISAL
    row = _row(officer.page(), "1.3")
    assert "Chưa thấy quy định" in row
    assert "−10,00" in row


# What it costs.


def test_the_page_takes_the_same_statements_whatever_is_in_the_form(province: Province) -> None:
    officer = person(province, "officer.x11")
    with statements(province) as few:
        officer.page()
    officer.send(FULL)
    for code in ("1.1", "1.3", "2.2"):
        officer.post(f"evidence/{code}", title="Kế hoạch năm")
    with statements(province) as many:
        officer.page()
    assert len(scores(province, "X11")) == 8
    assert len(many) == len(few) <= 20


def test_the_first_load_fits_150_kib_and_a_save_5_kib(province: Province) -> None:
    officer = person(province, "officer.x11")
    officer.send(FULL)
    page = officer.page()
    assets = [address.partition("?")[0] for address in re.findall(r'(?:href|src)="(/static/[^"]+)"', page)]
    assert "/static/js/scoring.js" in assets
    size = sum(len(gzip.compress((STATIC / one.removeprefix("/static/")).read_bytes())) for one in assets)
    # A leaf of the small province stands for the 76 of a real form.
    leaf = len(gzip.compress(page.encode())) / 13 * 76
    assert size + leaf < 150 * 1024
    version = scores(province, "X11")["1.2.1"].version
    answer = officer.leaf("1.2.1", {"numerator": "42", "denominator": "48", "note": "x" * 500}, version)
    assert answer.status_code == 200
    assert len(answer.data) + sum(len(f"{name}: {value}") for name, value in answer.headers) < 5 * 1024


def test_the_time_of_a_save_is_local(province: Province) -> None:
    answer = person(province, "officer.x11").leaf("1.3", {"met": "1"})
    with province.system():
        local = clock.now() + timedelta(hours=7)
    near: set[Any] = {f"{local + timedelta(minutes=shift):%H:%M}" for shift in (-1, 0)}
    assert answer.json["state"].removeprefix("đã lưu ") in near
