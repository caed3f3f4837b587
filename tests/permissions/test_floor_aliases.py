"""The read floor follows a table into its aliases, however a statement joins them (Điều 4.2)."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import aliased, joinedload

import models as m
from extensions import db
from rules.vocabulary import Layer
from tests.permissions.full import RELEASED
from tests.support.world import Province


def test_an_alias_joined_by_a_condition_is_cut(province: Province) -> None:
    other = aliased(m.Unit)
    with province.acting("officer.x11"):
        rows = db.session.execute(select(m.Unit.code, other.code).join(other, other.id != 0)).all()
        assert rows == [("X11", "X11")]


def test_an_alias_joined_from_outside_is_cut(province: Province) -> None:
    parent = aliased(m.Unit)
    query = select(m.Unit.code, parent.code).join(parent, parent.id == m.Unit.parent_id, isouter=True)
    with province.acting("manager.h1"):
        assert set(db.session.execute(query)) == {("H1", None), ("X11", "H1"), ("X12", "H1")}


def test_an_alias_in_a_condition_of_another_is_cut(province: Province) -> None:
    other = aliased(m.Unit)
    above = select(other.id).where(other.id == m.Unit.parent_id).exists()
    with province.acting("manager.h1"):
        assert set(db.session.scalars(select(m.Unit.code).where(above))) == {"X11", "X12"}


@pytest.mark.parametrize("unit", sorted(RELEASED))
def test_layers_not_released_stay_hidden_in_an_alias(full: Province, unit: str) -> None:
    score = aliased(m.Score)
    query = select(score.layer).join(m.Assessment, m.Assessment.id == score.assessment_id)
    joined = select(score.layer).select_from(m.Assessment).join(score, score.assessment_id == m.Assessment.id)
    with full.acting(f"officer.{unit.lower()}"):
        plain = sorted(db.session.scalars(select(m.Score.layer)))
        assert sorted(db.session.scalars(query)) == plain
        assert sorted(db.session.scalars(joined)) == plain
        assert max(plain) == RELEASED[unit]
        assert Layer.SELF in plain


def test_what_a_loader_option_brings_is_cut(province: Province) -> None:
    with province.acting("manager.h1"):
        query = select(m.Unit).options(joinedload(m.Unit.parent)).where(m.Unit.code == "H1")
        assert db.session.scalars(query).one().parent is None


def test_a_count_over_an_alias_is_cut(province: Province) -> None:
    other = aliased(m.Unit)
    with province.acting("officer.x11"):
        assert db.session.scalar(select(func.count()).select_from(other)) == 1
