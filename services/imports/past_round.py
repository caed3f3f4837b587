"""A round that was held before this software: it has editions, no forms."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db

#: Common names of the classes and their lower bounds, for a group that has none yet.
CLASSES = (("Xuất sắc", 90), ("Tốt", 80), ("Khá", 70), ("Trung bình", 60), ("Yếu", 0))


def past_round(code: str, name: str, year: int, places: int = 2, *, illustrative: bool = False) -> m.Round:
    """Find a round or make it as one that is over: it can no longer be opened."""
    round_ = db.session.scalar(select(m.Round).where(m.Round.code == code))
    if round_ is None:
        round_ = m.Round(
            code=code,
            name=name,
            year=year,
            cut_off_on=date(year, 12, 31),
            opened_at=datetime(year, 12, 31, tzinfo=UTC),
            shown_places=places,
            illustrative=illustrative,
        )
        db.session.add(round_)
        db.session.flush()
    return round_


def past_group(round_: m.Round, level: m.Level) -> m.RankingGroup:
    """Find the ranking group of a level or make it, with the common classes and a criteria set of that year."""
    group = db.session.scalar(
        select(m.RankingGroup)
        .where(m.RankingGroup.round_id == round_.id, m.RankingGroup.level_id == level.id)
        .order_by(m.RankingGroup.code != level.code, m.RankingGroup.id)
        .limit(1)
    )
    if group is None:
        group = m.RankingGroup(
            round_id=round_.id,
            code=level.code,
            name=level.name,
            level_id=level.id,
            criteria_set_id=_set(level, round_.year).id,
        )
        group.classes = [m.ClassBand(name=name, lower_bound=Decimal(bound)) for name, bound in CLASSES]
        db.session.add(group)
        db.session.flush()
    return group


def _set(level: m.Level, year: int) -> m.CriteriaSet:
    """Find the set of that year or, where only results are known, make one without rows; either way it is frozen."""
    code = f"{level.code}_{year}"
    set_ = db.session.scalar(select(m.CriteriaSet).where(m.CriteriaSet.code == code))
    if set_ is None:
        name = f"Bộ chỉ số cải cách hành chính {level.name} năm {year} (chỉ có kết quả)"
        set_ = m.CriteriaSet(code=code, name=name[:200], level_id=level.id)
        db.session.add(set_)
    set_.frozen = True
    db.session.flush()
    return set_


def field_names(group: m.RankingGroup) -> dict[str, str]:
    """Return the names of the fields of a group's set by their codes."""
    criterion = m.Criterion
    found = db.session.execute(
        select(criterion.code, criterion.name).where(
            criterion.set_id == group.criteria_set_id, criterion.parent_id.is_(None)
        )
    )
    return dict(found.all())
