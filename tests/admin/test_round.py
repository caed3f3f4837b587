"""Rounds, groups with their classes, windows, and opening a round from the screen."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from tests.admin.desk import Desk, form_of, problems
from tests.support.world import Province


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "admin")


ROUND = {
    "code": "2025",
    "name": "Năm 2025",
    "year": "2025",
    "cut_off_on": "2025-12-31",
    "shown_places": "2",
    "typed_places": "2",
    "tie_rule": "dense",
    "rank_by": "index",
}
CLASSES = {
    "classes-0-name": "Tốt",
    "classes-0-lower_bound": "79,5",
    "classes-1-name": "Yếu",
    "classes-1-lower_bound": "0",
    "classes-2-name": "",
    "classes-2-lower_bound": "",
}


@pytest.fixture
def round_id(province: Province, desk: Desk) -> int:
    desk.saved("round/new/", **ROUND)
    return province.id_of(m.Round, code="2025")


def _group(province: Province, round_id: int) -> dict[str, object]:
    return {
        "round": round_id,
        "code": "communes",
        "name": "Cấp xã",
        "level": province.id_of(m.Level, code="commune"),
        "criteria_set": province.id_of(m.CriteriaSet, code="commune_2024"),
    }


def _window(province: Province, round_id: int, **changed: str) -> dict[str, object]:
    level = province.id_of(m.Level, code="commune")
    times = {"opens_at": "2026-01-05T08:00", "closes_at": "2026-02-05T17:00"}
    return {"round": round_id, "level": level, "stage": "self_scoring", **times, **changed}


def _bands(province: Province) -> dict[str, Decimal]:
    with province.system():
        group = province.id_of(m.RankingGroup, code="communes")
        rows = db.session.execute(
            select(m.ClassBand.name, m.ClassBand.lower_bound).where(m.ClassBand.group_id == group)
        )
        return dict(rows.all())


def test_a_round_opens_when_nothing_is_missing(province: Province, desk: Desk, round_id: int) -> None:
    path = f"round/open/?id={round_id}"
    assert problems(desk.get(path))
    assert desk.refused(path)
    desk.saved("ranking-group/new/", **_group(province, round_id), **CLASSES)
    assert "Cấp xã" in problems(desk.get(path))  # no window yet
    desk.saved("window/new/", **_window(province, round_id))
    assert problems(desk.get(path)) == ""
    desk.saved(path)
    with province.system():
        made = db.session.scalar(select(func.count(m.Assessment.id)).where(m.Assessment.round_id == round_id))
        assert made == len(("X11", "X12", "X21", "X22"))
    assert desk.refused(path)  # once


def test_times_are_those_of_the_province(province: Province, desk: Desk, round_id: int) -> None:
    desk.saved("window/new/", **_window(province, round_id))
    with province.system():
        window = db.session.scalars(select(m.Window).where(m.Window.round_id == round_id)).one()
        assert window.closes_at.isoformat() == "2026-02-05T10:00:00+00:00"
        id_ = window.id
    assert form_of(desk.get(f"window/edit/?id={id_}"))["closes_at"] == "2026-02-05T17:00"
    assert "17:00 05/02/2026" in desk.get(f"window/details/?id={id_}")


@pytest.mark.parametrize("closes_at", ["2026-01-05T08:00", "2026-01-01T08:00", "tomorrow", "", "0001-01-01T00:00"])
def test_a_window_closes_after_it_opens(province: Province, desk: Desk, round_id: int, closes_at: str) -> None:
    assert desk.refused("window/new/", **_window(province, round_id, closes_at=closes_at))


def test_classes_are_lines_of_the_group(province: Province, desk: Desk, round_id: int) -> None:
    desk.saved("ranking-group/new/", **_group(province, round_id), **CLASSES)
    assert _bands(province) == {"Tốt": Decimal("79.5"), "Yếu": Decimal(0)}
    path = f"ranking-group/edit/?id={province.id_of(m.RankingGroup, code='communes')}"
    shown = form_of(desk.get(path))
    assert [shown[f"classes-{n}-name"] for n in range(4)] == ["Tốt", "Yếu", "", ""]
    changed = {"classes-0-name": "Yếu", "classes-0-lower_bound": "79.5", "classes-1-name": "Tốt"}
    desk.saved(path, **{**shown.to_dict(), **changed})
    assert _bands(province) == {"Yếu": Decimal("79.5"), "Tốt": Decimal(0)}


@pytest.mark.parametrize(
    "wrong",
    [
        {"classes-0-name": ""},
        {"classes-0-lower_bound": "x"},
        {"classes-0-lower_bound": "0"},
        {"classes-0-name": "Yếu"},
        {"classes-1-lower_bound": "1"},
        {"kinds": "2"},
    ],
)
def test_wrong_classes_and_kinds_are_refused(
    province: Province, desk: Desk, round_id: int, wrong: dict[str, str]
) -> None:
    assert desk.refused("ranking-group/new/", **_group(province, round_id), **{**CLASSES, **wrong})


def test_kinds_narrow_a_group(province: Province, desk: Desk, round_id: int) -> None:
    ward = province.id_of(m.UnitKind, name="phường")
    desk.saved("ranking-group/new/", **_group(province, round_id), **CLASSES, kinds=[str(ward)])
    path = f"ranking-group/edit/?id={province.id_of(m.RankingGroup, code='communes')}"
    shown = form_of(desk.get(path))
    assert shown.getlist("kinds") == [str(ward)]
    desk.saved(path, **{name: value for name, value in shown.items() if name != "kinds"})
    with province.system():
        assert db.session.scalars(select(m.RankingGroupKind)).all() == []


def test_an_open_round_keeps_its_groups_and_cut_off(province: Province, desk: Desk) -> None:
    id_ = province.id_of(m.Round, code="2024")
    shown = form_of(desk.get(f"round/edit/?id={id_}")).to_dict()
    assert desk.refused(f"round/edit/?id={id_}", **{**shown, "cut_off_on": "2023-12-31"})
    desk.saved(f"round/edit/?id={id_}", **{**shown, "name": "Kỳ đánh giá năm 2024"})
    assert desk.refused("ranking-group/new/", **_group(province, id_), **CLASSES)
    group = province.id_of(m.RankingGroup, code="commune")
    desk.saved("ranking-group/delete/", id=group, confirmed="yes")
    desk.saved("round/delete/", id=id_, confirmed="yes")
    assert province.id_of(m.RankingGroup, code="commune") == group
