"""Criteria sets: every method by its form, the check of the set, the try, the freeze, the clone."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Method
from tests.admin.desk import Desk, form_of, problems
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "admin")


@pytest.fixture
def copy(province: Province, desk: Desk) -> int:
    """A clone of the communes' set, which no round uses yet."""
    source = province.id_of(m.CriteriaSet, code="commune_2024")
    desk.saved(f"criteria-set/clone/?id={source}", code="commune_2025", name="Bộ chỉ số Cấp xã 2025")
    return province.id_of(m.CriteriaSet, code="commune_2025")


def _rows(province: Province, set_code: str) -> dict[str, tuple[object, ...]]:
    with province.system():
        set_ = db.session.scalars(select(m.CriteriaSet).where(m.CriteriaSet.code == set_code)).one()
        return {
            c.code: (c.path, c.kind, c.name, c.max_points, c.method, c.rule_json, c.evidence_required, c.is_leaf)
            for c in db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == set_.id))
        }


def _row(province: Province, set_id: int, code: str) -> str:
    return f"criteria-set/row/?id={province.id_of(m.Criterion, set_id=set_id, code=code)}"


def test_a_clone_is_the_same_set_again(province: Province, desk: Desk, copy: int) -> None:
    assert _rows(province, "commune_2025") == _rows(province, "commune_2024")
    tree = desk.get(f"criteria-set/tree/?id={copy}")
    assert "Đơn vị không có thủ tục hành chính" in tree  # exclusions come along
    assert problems(tree) == ""


def test_every_form_gives_back_the_rule_it_shows(province: Province, desk: Desk, copy: int) -> None:
    before = _rows(province, "commune_2025")
    for code in before:
        path = _row(province, copy, code)
        answer = desk.client.post(f"/admin/{path}", data=form_of(desk.get(path)))
        assert answer.status_code == 302, (code, problems(answer.get_data(as_text=True)))

    def meaning(found: dict[str, tuple[object, ...]]) -> dict[str, object]:
        with province.app.app_context():
            return {
                code: m.Criterion(method=row[4], rule_json=row[5], max_points=row[3]).rule
                for code, row in found.items()
            }

    after = _rows(province, "commune_2025")
    assert meaning(after) == meaning(before)
    assert [row[:5] + row[6:] for row in after.values()] == [row[:5] + row[6:] for row in before.values()]


#: Method, what is typed, figures for a try, and what comes out.
TYPED: tuple[tuple[str, str, dict[str, str], dict[str, str], str], ...] = (
    (
        "choice",
        "2",
        {
            "rule_options-0-label": "Có",
            "rule_options-0-points": "2",
            "rule_options-1-label": "Không",
            "rule_options-1-points": "0,5",
        },
        {"try_option": "1"},
        "0,50",
    ),
    (
        "bands",
        "2",
        {
            "rule_when_denominator_zero": "full",
            "rule_bands-0-low": "80",
            "rule_bands-0-low_included": "y",
            "rule_bands-0-points": "2",
            "rule_bands-1-high": "80",
            "rule_bands-1-points": "1,5",
        },
        {"try_numerator": "79", "try_denominator": "100"},
        "1,50",
    ),
    (
        "proportional",
        "2",
        {"rule_numerator": "a", "rule_denominator": "b", "rule_when_denominator_zero": "zero"},
        {"try_numerator": "1", "try_denominator": "8"},
        "0,25",
    ),
    ("all_or_nothing", "2", {"rule_condition": "Đạt"}, {"try_met": "1"}, "2,00"),
    ("deduct_step", "2", {"rule_per": "0,25", "rule_unit": "lỗi"}, {"try_count": "3"}, "1,25"),
    ("accumulate", "2", {"rule_per": "0.5", "rule_unit": "việc"}, {"try_count": "9"}, "2,00"),
    (
        "checklist",
        "2",
        {
            "rule_items-0-label": "Một",
            "rule_items-0-points": "1,5",
            "rule_items-1-label": "Hai",
            "rule_items-1-points": "0,5",
        },
        {"try_parts": "1"},
        "0,50",
    ),
    ("survey", "2", {"rule_survey": "SIPAS"}, {"try_rate": "85,5"}, "1,71"),
)


@pytest.mark.parametrize(("method", "maximum", "rule", "figures", "points"), TYPED)
def test_a_rule_is_tried_before_it_is_saved(
    province: Province,
    desk: Desk,
    copy: int,
    method: str,
    maximum: str,
    rule: dict[str, str],
    figures: dict[str, str],
    points: str,
) -> None:
    path = f"criteria-set/row/new/?set={copy}&method={method}"
    fields = {
        "method": method,
        "code": "1.6",
        "name": "Tiêu chí mới",
        "kind": "criterion",
        "max_points": maximum,
        **rule,
    }
    before = _rows(province, "commune_2025")
    tried = desk.post(path, **fields, **figures, _try="1").get_data(as_text=True)
    assert f"<b>{points}</b>" in tried
    assert 'value="Tiêu chí mới"' in tried
    assert _rows(province, "commune_2025") == before
    desk.saved(path, **fields)
    saved = _rows(province, "commune_2025")["1.6"]
    assert (saved[3], saved[4], saved[7]) == (Decimal(maximum), Method(method), True)
    tree = desk.get(f"criteria-set/tree/?id={copy}")
    assert "62" in problems(tree)  # field 1 still says 60


def test_faults_of_a_rule_stand_at_their_fields(province: Province, desk: Desk, copy: int) -> None:
    path = f"criteria-set/row/new/?set={copy}&method=bands"
    fields = {"method": "bands", "code": "1.6", "name": "x", "kind": "criterion", "max_points": "2"}
    rule = {"rule_bands-0-low": "80", "rule_bands-0-points": "3", "rule_when_denominator_zero": ""}
    page = desk.post(path, **fields, **rule)
    assert page.status_code == 422
    text = page.get_data(as_text=True)
    assert 'id="rule_bands-error"' in text
    assert 'id="rule_when_denominator_zero-error"' in text
    assert 'value="80"' in text  # what was typed stays
    assert "1.6" not in _rows(province, "commune_2025")


@pytest.mark.parametrize("code", ["1.1", "7.1", "abc", "1..2", "", "1.1.1.1.1", "-1", "99999.1"])
def test_a_code_has_its_place(province: Province, desk: Desk, copy: int, code: str) -> None:
    path = f"criteria-set/row/new/?set={copy}&method=all_or_nothing"
    fields = {"method": "all_or_nothing", "name": "x", "kind": "criterion", "max_points": "2", "rule_condition": "x"}
    before = _rows(province, "commune_2025")
    assert desk.refused(path, code=code, **fields)
    assert _rows(province, "commune_2025") == before


def test_a_leaf_with_children_is_no_leaf_and_becomes_one_again(province: Province, desk: Desk, copy: int) -> None:
    path = f"criteria-set/row/new/?set={copy}&method=all_or_nothing"
    fields = {
        "method": "all_or_nothing",
        "name": "x",
        "kind": "subcriterion",
        "max_points": "10",
        "rule_condition": "x",
    }
    desk.saved(path, code="1.3.1", **fields)
    assert _rows(province, "commune_2025")["1.3"][7] is False
    assert "1.3" in problems(desk.get(f"criteria-set/tree/?id={copy}"))  # its method must now be the sum
    child = province.id_of(m.Criterion, set_id=copy, code="1.3.1")
    parent = province.id_of(m.Criterion, set_id=copy, code="1.3")
    desk.saved("criteria-set/row/remove/", id=parent, confirmed="yes")
    assert "1.3" in _rows(province, "commune_2025")  # something stands under it
    desk.saved("criteria-set/row/remove/", id=child, confirmed="yes")
    assert _rows(province, "commune_2025")["1.3"][7] is True


def test_exclusions_are_ticked_at_the_row(province: Province, desk: Desk, copy: int) -> None:
    path, group = _row(province, copy, "1.4"), province.id_of(m.UnitGroup, code="no_procedures")
    data = form_of(desk.get(path))
    assert "excluded" not in data
    data.add("excluded", str(group))
    assert desk.client.post(f"/admin/{path}", data=data).status_code == 302
    assert form_of(desk.get(path))["excluded"] == str(group)


def test_a_frozen_set_is_read_and_tried_but_never_changed(province: Province, desk: Desk) -> None:
    frozen = province.id_of(m.CriteriaSet, code="commune_2024")
    path = _row(province, frozen, "1.2.1")
    before = _rows(province, "commune_2024")
    page = desk.get(path)
    assert re.search(r'<input disabled id="code"', page)
    tried = desk.post(path, _try="1", try_numerator="41", try_denominator="48").get_data(as_text=True)
    assert "<b>8,54</b>" in tried
    assert desk.refused(path, **{**form_of(page).to_dict(), "name": "Tên khác"})
    id_ = province.id_of(m.Criterion, set_id=frozen, code="1.1")
    desk.saved("criteria-set/row/remove/", id=id_, confirmed="yes")
    desk.saved("criteria-set/delete/", id=frozen, confirmed="yes")
    new = f"criteria-set/row/new/?set={frozen}&method=all_or_nothing"
    rule = {"method": "all_or_nothing", "rule_condition": "x", "max_points": "1"}
    assert desk.refused(new, code="1.9", name="x", kind="criterion", **rule)
    assert _rows(province, "commune_2024") == before


def test_a_stale_row_is_refused(province: Province, desk: Desk, copy: int) -> None:
    path = _row(province, copy, "1.4")
    first = form_of(desk.get(path))
    assert desk.client.post(f"/admin/{path}", data={**first.to_dict(), "name": "Một"}).status_code == 302
    assert desk.refused(path, **{**first.to_dict(), "name": "Hai"})
    assert _rows(province, "commune_2025")["1.4"][2] == "Một"


def test_a_method_is_chosen_first_and_may_be_changed(province: Province, desk: Desk, copy: int) -> None:
    for method in Method:
        assert f'value="{method.value}"' in desk.get(f"criteria-set/row/new/?set={copy}")
        assert desk.get(f"criteria-set/row/new/?set={copy}&method={method.value}")
    path = _row(province, copy, "1.4")
    data = form_of(desk.get(f"{path}&method=all_or_nothing"))
    assert (data["method"], data["name"]) == ("all_or_nothing", "Báo cáo định kỳ")
    desk.saved(f"{path}&method=all_or_nothing", **{**data.to_dict(), "rule_condition": "Đủ báo cáo"})
    row = _rows(province, "commune_2025")["1.4"]
    assert row[4] is Method.ALL_OR_NOTHING
    assert row[5]["may_be_not_applicable"] is True  # what every method has stays
