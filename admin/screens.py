"""The list of generated screens, in the order of the menu."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

import models as m
from admin import account, audit, council, criteria, publication, score, unit
from admin import round as round_


def screens() -> list[Any]:
    """Make the views; call inside an application context."""
    rounds, councils, people = _l("Rounds and criteria"), _l("Councils"), _l("Accounts")
    units, results = _l("Units"), _l("Data and traces")
    return [
        round_.RoundView(m.Round, _l("Rounds"), rounds, "round"),
        round_.RankingGroupView(m.RankingGroup, _l("Ranking groups"), rounds, "ranking_group"),
        round_.WindowView(m.Window, _l("Windows"), rounds, "window"),
        criteria.CriteriaSetView(m.CriteriaSet, _l("Criteria sets"), rounds, "criteria_set"),
        council.CouncilView(m.Council, _l("Councils"), councils, "council"),
        council.SeatView(m.Seat, _l("Seats"), councils, "seat"),
        account.AccountView(m.Account, _l("Accounts"), people, "account"),
        account.PostView(m.Post, _l("Posts"), people, "post"),
        account.DelegationView(m.Delegation, _l("Delegations"), people, "delegation"),
        unit.UnitView(m.Unit, _l("Units"), units, "unit"),
        unit.UnitKindView(m.UnitKind, _l("Kinds of units"), units, "unit_kind"),
        unit.LevelView(m.Level, _l("Levels"), units, "level"),
        unit.UnitGroupView(m.UnitGroup, _l("Groups of units"), units, "unit_group"),
        unit.UnitGroupMemberView(m.UnitGroupMember, _l("Members of groups"), units, "unit_group_member"),
        unit.UnitChangeView(m.UnitChange, _l("Changes of units"), units, "unit_change"),
        score.ScoreView(m.Score, _l("Scores"), results, "score"),
        score.EvidenceView(m.Evidence, _l("Evidence"), results, "evidence"),
        publication.EditionView(m.Edition, _l("Editions"), results, "edition"),
        publication.EditionRowView(m.EditionRow, _l("Published rows"), results, "edition_row"),
        audit.AuditView(m.AuditEntry, _l("Audit trail"), results, "audit"),
    ]
