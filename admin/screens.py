"""The list of generated screens, in the order of the menu."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

import models as m
from admin import criteria, round, unit


def screens() -> list[Any]:
    """Make the views; call inside an application context."""
    rounds, units = _l("Rounds and criteria"), _l("Units")
    return [
        round.RoundView(m.Round, _l("Rounds"), rounds, "round"),
        round.RankingGroupView(m.RankingGroup, _l("Ranking groups"), rounds, "ranking_group"),
        round.WindowView(m.Window, _l("Windows"), rounds, "window"),
        criteria.CriteriaSetView(m.CriteriaSet, _l("Criteria sets"), rounds, "criteria_set"),
        unit.UnitView(m.Unit, _l("Units"), units, "unit"),
        unit.UnitKindView(m.UnitKind, _l("Kinds of units"), units, "unit_kind"),
        unit.LevelView(m.Level, _l("Levels"), units, "level"),
        unit.UnitGroupView(m.UnitGroup, _l("Groups of units"), units, "unit_group"),
        unit.UnitGroupMemberView(m.UnitGroupMember, _l("Members of groups"), units, "unit_group_member"),
        unit.UnitChangeView(m.UnitChange, _l("Changes of units"), units, "unit_change"),
    ]
