"""The superior's own layer: with a reason, beside the unit's value, and told to the unit (Điều 4.1)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import act
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import score as scores
from services.score import Entry
from tests.admin.desk import Desk, form_of, rows
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "manager.h1")


@pytest.fixture
def path(desk: Desk) -> str:
    answer = desk.client.get("/admin/score/superior/?round=1&unit=X11&code=1.2.1")
    assert answer.status_code == 302
    return answer.location.removeprefix("/admin/")


ENTRY = {"version": "0", "figure_numerator": "9", "figure_denominator": "10", "reason": "Thiếu một báo cáo"}


def _scores(province: Province) -> dict[Layer, Decimal | None]:
    with province.system():
        return dict(db.session.execute(select(m.Score.layer, m.Score.points)).all())


def _score_self(province: Province) -> None:
    form_id = province.form_id("X11")
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, form_id)
        query = select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == "1.2.1")
        leaf = db.session.scalars(query).one()
        with act(Verb.SCORE, form) as scoring:
            scores.put(scoring, form, Layer.SELF, [(leaf, Entry({"numerator": "10", "denominator": "10"}))], form.round)


def test_the_superior_enters_its_own_layer_and_the_unit_is_told(province: Province, desk: Desk, path: str) -> None:
    _score_self(province)
    desk.saved(path, **ENTRY)
    assert _scores(province) == {Layer.SELF: Decimal(10), Layer.SUPERIOR: Decimal(9)}
    with province.system():
        told = db.session.scalars(select(m.Notice)).one()
        assert told.unit_id == province.id_of(m.Unit, code="X11")
        assert "Thiếu một báo cáo" in str(told.params)
    page = desk.get(path)
    assert "Thiếu một báo cáo" in page
    assert form_of(page)["figure_numerator"] == "9"
    listed = rows(desk.get("score/"))
    assert "Cán bộ Xã Ấp Bắc" in listed
    assert "Phạm Huyện Một" in listed


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"reason": "   "},
        {"figure_numerator": "11"},
        {"figure_numerator": "NaN"},
        {"figure_denominator": ""},
        {"stated": "99"},
        {"stated": "1e3"},
        {"stated": "1,234"},
        {"version": "7"},
        {"version": "abc", "stated": "-1"},
    ],
)
def test_a_faulty_entry_is_refused_and_kept_on_the_page(
    province: Province, desk: Desk, path: str, wrong: dict[str, str]
) -> None:
    answer = desk.post(path, **{**ENTRY, **wrong})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    for name, value in {**ENTRY, **wrong}.items():
        if name.startswith("figure_") or name == "stated":
            assert form_of(page)[name] == value
    assert _scores(province) == {}


def test_a_stale_entry_is_told(province: Province, desk: Desk, path: str) -> None:
    desk.saved(path, **ENTRY)
    assert desk.refused(path, **{**ENTRY, "figure_numerator": "8"})
    assert _scores(province) == {Layer.SUPERIOR: Decimal(9)}


def test_only_below_and_only_by_superiors(province: Province, desk: Desk) -> None:
    for unit in ("X21", "H2", "P"):
        page = desk.get(f"score/superior/?round=1&unit={unit}&code=1.2.1")
        assert 'role="alert"' in page
    foreign = province.form_id("X21")
    with province.system():
        leaf = db.session.scalars(select(m.Criterion.id).where(m.Criterion.code == "1.2.1")).all()[-1]
    assert desk.post(f"score/superior/?form={foreign}&leaf={leaf}", **ENTRY).status_code == 404
    own = Desk.of(province, "observer")
    assert own.status("score/superior/") == 403
    assert own.status("score/") == 200
    assert _scores(province) == {}


def test_after_the_field_was_handed_in_the_page_says_why_not(province: Province, desk: Desk, path: str) -> None:
    province.move_clock(days=11)
    desk = Desk.of(province, "manager.h1")
    desk.saved(path, **ENTRY)
    with province.system():
        from permissions.gate import system_act

        with system_act(Verb.IMPORT, "test"):
            field = province.id_of(m.Criterion, set_id=province.id_of(m.CriteriaSet, code="commune_2024"), code="1")
            sheet = db.session.scalars(
                select(m.FieldSheet).where(
                    m.FieldSheet.assessment_id == province.form_id("X11"), m.FieldSheet.field_id == field
                )
            ).one()
            sheet.state = m.assessment.SHEET_STATES[1]
    page = desk.get(path)
    assert 'class="notice notice-warn"' in page
    assert 'name="reason"' not in page
    assert desk.post(path, **{**ENTRY, "version": "1", "figure_numerator": "8"}).status_code in (409, 422)
    assert _scores(province) == {Layer.SUPERIOR: Decimal(9)}


def test_the_unit_itself_is_not_its_own_superior(province: Province) -> None:
    desk = Desk.of(province, "manager.h1")
    assert 'role="alert"' in desk.get("score/superior/?round=1&unit=X11&code=9.2.9")
    answer = desk.client.get("/admin/score/superior/?round=1&unit=H1&code=1.2.1")
    assert answer.status_code == 302
    assert 'class="notice notice-warn"' in desk.get(answer.location.removeprefix("/admin/"))
