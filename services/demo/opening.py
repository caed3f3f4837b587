"""The round 2024 of the demo: groups with their classes, windows around the day of loading, forms."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Stage as RoundStage
from services.demo.stage import LEVELS, Stage
from services.imports.past_round import CLASSES
from services.imports.unit_kinds import ensure_levels
from services.round import open_in

STAGES = tuple(RoundStage)


def load(stage: Stage) -> tuple[m.Round, list[m.Assessment]]:
    """Make and open the round; return it with its forms in the order of the units."""
    round_ = m.Round(
        code="2024", name="Kỳ đánh giá năm 2024", year=2024, cut_off_on=date(2024, 12, 31), illustrative=True
    )
    db.session.add(round_)
    db.session.flush()
    sets = {set_.code: set_ for set_ in db.session.scalars(select(m.CriteriaSet))}
    for code, level in sorted(ensure_levels(set(LEVELS)).items(), key=lambda item: item[1].position):
        group = m.RankingGroup(
            round_id=round_.id, code=code, name=level.name, level_id=level.id, criteria_set_id=sets[f"{code}_2024"].id
        )
        group.classes = [m.ClassBand(name=name, lower_bound=Decimal(bound)) for name, bound in CLASSES]
        db.session.add(group)
        for step in STAGES:
            opens_at, closes_at = stage.days.window(code, step)
            db.session.add(
                m.Window(round_id=round_.id, level_id=level.id, stage=step, opens_at=opens_at, closes_at=closes_at)
            )
    db.session.flush()
    open_in(stage.act, round_)
    form = m.Assessment
    forms = db.session.scalars(select(form).where(form.round_id == round_.id).order_by(form.id)).all()
    return round_, list(forms)
