"""Published editions and their frozen rows, read only; they are made, corrected and withdrawn on the publication screen."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select

import models as m
from admin.base import ScopedModelView
from admin.listing import Filter, Shown, yes_no
from admin.round import round_filter
from extensions import db
from rules.verbs import Verb
from services.tabular import Kind


class EditionView(ScopedModelView):
    """The editions of all rounds."""

    read_verbs = (Verb.READ_PROVISIONAL,)
    creates = edits = deletes = False
    shown = (
        Shown("group", _l("Ranking group"), m.RankingGroup.name),
        Shown("round", _l("Round"), m.Round.name, m.Round.year),
        Shown("number", _l("Edition"), m.Edition.number, m.Edition.number, Kind.INTEGER),
        Shown("decision_number", _l("Decision number"), m.Edition.decision_number),
        Shown("decision_on", _l("Decision date"), m.Edition.decision_on, m.Edition.decision_on, Kind.DATE),
        Shown("published_at", _l("Published"), m.Edition.published_at, m.Edition.published_at, Kind.DATETIME),
        Shown("in_force", _l("In force"), m.Edition.in_force, cell=yes_no),
        Shown("withdrawn_at", _l("Withdrawn"), m.Edition.withdrawn_at, m.Edition.withdrawn_at, Kind.DATETIME),
    )
    also = (
        Shown("withdrawn_reason", _l("Reason of the withdrawal"), m.Edition.withdrawn_reason),
        Shown("imported", _l("Brought in from a file"), m.Edition.imported, cell=yes_no),
        Shown("digest", _l("Digest of its rows (SHA-256)"), m.Edition.digest),
    )
    order = (m.Edition.published_at.desc(),)
    searched_here = (m.Edition.decision_number,)
    filters = (round_filter(m.RankingGroup.round_id),)

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.RankingGroup, m.RankingGroup.id == m.Edition.group_id).join(
            m.Round, m.Round.id == m.RankingGroup.round_id
        )

    def row_links(self) -> list[tuple[str, str]]:
        return [(_("Rows"), self.get_url("admin_edition_row.index_view") + "?flt0_edition=")]


def edition_options() -> list[tuple[int, str]]:
    """Options of a filter by edition."""
    rows = db.session.execute(
        select(m.Edition.id, m.Round.name, m.RankingGroup.name, m.Edition.number)
        .join(m.RankingGroup, m.RankingGroup.id == m.Edition.group_id)
        .join(m.Round, m.Round.id == m.RankingGroup.round_id)
        .order_by(m.Edition.id.desc())
    )
    return [(id_, f"{round_} – {group} – {number}") for id_, round_, group, number in rows]


class EditionRowView(ScopedModelView):
    """The published line of each unit, with names of its year."""

    read_verbs = (Verb.READ_PROVISIONAL,)
    creates = edits = deletes = False
    shown = (
        Shown("unit_name", _l("Unit"), m.EditionRow.unit_name),
        Shown("unit_code", _l("Code"), m.EditionRow.unit_code),
        Shown("parent_name", _l("Superior unit"), m.EditionRow.parent_name),
        Shown("achieved", _l("Achieved"), m.EditionRow.achieved, m.EditionRow.achieved, Kind.DECIMAL),
        Shown("maximum", _l("Applicable maximum"), m.EditionRow.maximum, m.EditionRow.maximum, Kind.DECIMAL),
        Shown("index", _l("Index (%)"), m.EditionRow.index, m.EditionRow.index, Kind.DECIMAL),
        Shown("rank", _l("Rank"), m.EditionRow.rank, m.EditionRow.rank, Kind.INTEGER),
        Shown("class_name", _l("Class"), m.EditionRow.class_name),
    )
    also = (
        Shown("kind_name", _l("Kind"), m.EditionRow.kind_name),
        Shown("level_name", _l("Level"), m.EditionRow.level_name),
        Shown("bonus", _l("Bonus"), m.EditionRow.bonus, kind=Kind.DECIMAL),
        Shown("penalty", _l("Penalty"), m.EditionRow.penalty, kind=Kind.DECIMAL),
        Shown("rank_in_parent", _l("Rank under its superior"), m.EditionRow.rank_in_parent, kind=Kind.INTEGER),
        Shown("printed_rank", _l("Rank as printed"), m.EditionRow.printed_rank, kind=Kind.INTEGER),
        Shown("printed_class", _l("Class as printed"), m.EditionRow.printed_class),
    )
    order = (m.EditionRow.edition_id.desc(), m.EditionRow.position)
    searched_here = (m.EditionRow.unit_name, m.EditionRow.unit_code)
    filters = (Filter("edition", _l("Edition"), lambda value: m.EditionRow.edition_id == int(value), edition_options),)
