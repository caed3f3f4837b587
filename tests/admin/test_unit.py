"""Units on the generated screens: look-up, place in the tree, moving a subtree, search and order."""

from __future__ import annotations

import unicodedata

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.admin.desk import Desk, rows
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "admin")


def _paths(province: Province) -> dict[str, str]:
    with province.system():
        return dict(db.session.execute(select(m.Unit.code, m.Unit.path)).all())


def _edit(province: Province, code: str, **changed: str) -> tuple[str, dict[str, object]]:
    with province.system():
        unit = db.session.scalars(select(m.Unit).where(m.Unit.code == code)).one()
        parent = db.session.get(m.Unit, unit.parent_id) if unit.parent_id else None
        fields = {
            "version": unit.version,
            "code": unit.code,
            "name": unit.name,
            "kind": unit.kind_id,
            "parent": parent.code if parent else "",
        }
        return f"unit/edit/?id={unit.id}", {**fields, **changed}


def _kind(province: Province) -> int:
    return province.id_of(m.UnitKind, name="xã")


@pytest.mark.parametrize("typed", ["H1", "h1", "Huyện Đông Thành (H1)", "Huyện Đông Thành", "huyện đông thành"])
def test_a_new_unit_finds_its_superior_by_code_or_name(province: Province, desk: Desk, typed: str) -> None:
    desk.saved("unit/new/", code="X13", name="Xã Mới", kind=_kind(province), parent=typed)
    paths = _paths(province)
    assert paths["X13"] == f"{paths['H1']}{province.id_of(m.Unit, code='X13')}."


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("đông", "Đông Thạnh"),
        ("huyen dong thanh", "Đông Thạnh"),
        ("Đông Thành", "Đông Thành (H1)"),
        ("Đông Thánh", "Đông Thánh"),
        ("", ""),
    ],
)
def test_an_unclear_superior_is_asked_back(province: Province, desk: Desk, typed: str, said: str) -> None:
    assert said in desk.refused("unit/new/", code="X13", name="Xã Mới", kind=_kind(province), parent=typed)
    assert "X13" not in _paths(province)


def test_moving_a_unit_moves_everything_below_it(province: Province, desk: Desk) -> None:
    before = _paths(province)
    path, fields = _edit(province, "H1", parent="H2")
    desk.saved(path, **fields)
    after = _paths(province)
    top = f"{before['H2']}{before['H1'].split('.')[-2]}."
    assert after["H1"] == top
    for code in ("X11", "X12"):
        assert after[code] == top + before[code].removeprefix(before["H1"])
    assert {code: after[code] for code in ("P", "SA", "H2", "X21")} == {c: before[c] for c in ("P", "SA", "H2", "X21")}
    with province.system():
        moved = db.session.scalars(
            select(m.AuditEntry.object_id).where(
                m.AuditEntry.object_type == "Unit", m.AuditEntry.verb == "manage_catalogue"
            )
        ).all()
        ids = {str(province.id_of(m.Unit, code=code)) for code in ("H1", "X11", "X12")}
        assert set(moved) == ids


@pytest.mark.parametrize("below", ["X11", "H1"])
def test_a_unit_never_stands_under_itself(province: Province, desk: Desk, below: str) -> None:
    before = _paths(province)
    path, fields = _edit(province, "H1", parent=below)
    assert desk.refused(path, **fields)
    assert _paths(province) == before


def test_there_is_one_top(province: Province, desk: Desk) -> None:
    before = _paths(province)
    path, fields = _edit(province, "H1", parent="")
    assert desk.refused(path, **fields)
    assert _paths(province) == before
    path, fields = _edit(province, "P", name="Tỉnh Vĩnh Long")
    desk.saved(path, **fields)


def test_dates_stand_in_their_order(province: Province, desk: Desk) -> None:
    path, fields = _edit(province, "X11", valid_from="2025-07-01", valid_to="2025-06-30")
    assert desk.refused(path, **fields)
    path, fields = _edit(province, "X11", valid_from="2025-07-01", valid_to="2025-07-01")
    desk.saved(path, **fields)
    assert "01/07/2025" in rows(desk.get("unit/?search=X11"))


@pytest.mark.parametrize("typed", ["ấp bắc", "ap bac", "ẤP BẮC", "bac ap", "x11"])
def test_a_search_needs_no_marks_and_no_order(desk: Desk, typed: str) -> None:
    for form in ("NFC", "NFD"):
        found = rows(desk.get(f"unit/?search={unicodedata.normalize(form, typed)}"))
        assert "Xã Ấp Bắc" in found
        assert "Xã Ấp Nam" not in found


def test_names_stand_in_vietnamese_order(desk: Desk) -> None:
    found = rows(desk.get("unit/"))
    places = [
        found.index(name) for name in ("Huyện Đông Thành", "Huyện Đông Thạnh", "Xã Ấp Bắc", "Xã Ấp Nam", "Xã Đức Hòa")
    ]
    assert places == sorted(places)
    backwards = rows(desk.get("unit/?sort=0&desc=1"))
    assert backwards.index("Xã Đức Hòa") < backwards.index("Xã Ấp Nam")


def test_a_filter_and_an_export_hold_together(desk: Desk) -> None:
    level = "flt0_level=4"
    listed, exported = rows(desk.get(f"unit/?{level}")), desk.get(f"unit/export/csv/?{level}")
    for name, there in (("Xã Ấp Bắc", True), ("Phường Định Quán", True), ("Sở Tư pháp", False)):
        assert (name in listed) is there
        assert (name in exported) is there


def test_what_is_used_is_not_deleted_and_says_so(province: Province, desk: Desk) -> None:
    used, new = province.id_of(m.UnitKind, name="xã"), {"name": "thị trấn", "level": "4"}
    answer = desk.post("unit-kind/delete/", id=used, confirmed="yes")
    assert answer.status_code == 302
    page = desk.get("unit-kind/")
    assert "FOREIGN KEY" not in page.upper()
    assert 'class="notice notice-bad"' in page or "Lỗi" in page
    desk.saved("unit-kind/new/", **new)
    unused = province.id_of(m.UnitKind, name="thị trấn")
    assert "thị trấn" in desk.post("unit-kind/delete/", id=unused).get_data(as_text=True)  # asks first
    assert "thị trấn" in rows(desk.get("unit-kind/"))
    desk.saved("unit-kind/delete/", id=unused, confirmed="yes")
    assert "thị trấn" not in rows(desk.get("unit-kind/"))


def test_a_unit_is_never_deleted(province: Province, desk: Desk) -> None:
    assert desk.post("unit/delete/", id=province.id_of(m.Unit, code="X11"), confirmed="yes").status_code == 404
    assert "X11" in _paths(province)


def test_a_small_catalogue_is_edited_in_its_list(province: Province, desk: Desk) -> None:
    id_ = province.id_of(m.Level, code="commune")
    assert desk.post("level/ajax/update/", list_form_pk=id_, name="Xã, phường").status_code == 200
    assert "Xã, phường" in rows(desk.get("level/"))
    assert desk.post("level/ajax/update/", list_form_pk=id_, position="-5").status_code == 422
    assert desk.post("level/ajax/update/", list_form_pk=[id_, id_], name="x").status_code == 400


def test_the_unit_at_the_top_does_not_end(province: Province, desk: Desk) -> None:
    """With it every administrator's post would go: nobody could open it again."""
    path, fields = _edit(province, "P", valid_to="2090-12-31")
    assert "Đơn vị đứng đầu không có ngày cuối" in desk.refused(path, **fields)
    with province.system():
        assert db.session.scalars(select(m.Unit.valid_to).where(m.Unit.code == "P")).one() is None
    path, fields = _edit(province, "X12", valid_to="2090-12-31")
    desk.saved(path, **fields)
