"""The round 2023 of the demo: published, with every leaf, so that scoring pages show last year's value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.standings import published_index
from rules.totals import Leaf, subtotals, totals
from rules.vocabulary import CriterionKind
from services.demo import figures, words
from services.demo.stage import LEVELS, Stage
from services.edition import FieldLine, LeafLine, Line, store_edition
from services.imports.past_round import past_group, past_round
from services.imports.unit_kinds import ensure_levels
from services.publication import caps_of
from services.round import units_of

DECISION = "412/QĐ-UBND"
DECIDED_ON = date(2024, 3, 18)
ZERO = Decimal(0)


def load(stage: Stage) -> None:
    """Publish the results of 2023 of all units of that year."""
    round_ = past_round("2023", "Kỳ đánh giá năm 2023", 2023, illustrative=True)
    act: Act = replace(stage.act, now=datetime(2024, 3, 18, 2, tzinfo=UTC))
    author = stage.account("snv.quantri")
    without = set(db.session.scalars(select(m.UnitGroupMember.unit_id)))
    codes = {unit.id: code for code, unit in stage.units.items()}
    for level in ensure_levels(set(LEVELS)).values():
        group = past_group(round_, level)
        lines = [_line(stage, group, codes[unit_id], without=unit_id in without) for unit_id in units_of(round_, group)]
        store_edition(act, group, lines, DECISION, DECIDED_ON, imported=True, published_by_id=author)
    db.session.flush()


def _line(stage: Stage, group: m.RankingGroup, code: str, *, without: bool) -> Line:
    """Make up the line of one unit; ``without``: it has no administrative procedures, so whole blocks do not apply."""
    chance = stage.chance(2023, code)
    quality = 0.15 + 0.75 * chance.random()
    criteria = stage.criteria[group.criteria_set_id]
    leaves = [
        _leaf(stage, code, leaf, quality, excluded=without and bool(leaf.rule.not_applicable_for))
        for leaf in stage.leaves(group.criteria_set_id)
    ]
    found = subtotals(
        Leaf(
            line.code,
            line.field_code,
            CriterionKind(line.kind),
            line.maximum,
            line.points,
            not_applicable=line.not_applicable,
        )
        for line in leaves
    )
    fields = [criterion for criterion in criteria if criterion.parent_id is None]
    made = totals(found, caps=caps_of(fields))
    return Line(
        unit_id=stage.units[code].id,
        achieved=made.achieved,
        maximum=made.maximum,
        index=published_index(made, 2),
        bonus=made.bonus,
        penalty=made.penalty,
        fields=tuple(
            FieldLine(field.code, field.name, found[field.code].achieved, found[field.code].maximum)
            for field in fields
            if field.kind is not CriterionKind.ADJUSTMENT
        ),
        leaves=tuple(leaves),
    )


def _leaf(stage: Stage, code: str, leaf: m.Criterion, quality: float, *, excluded: bool) -> LeafLine:
    chance = stage.chance(2023, code, leaf.code)
    claimed = counted = None
    not_applicable = excluded
    remark = ""
    claims = leaf.kind not in (CriterionKind.BONUS, CriterionKind.PENALTY) or chance.random() < 0.2
    if claims and not excluded:
        inputs = figures.claim(leaf, quality, chance)
        outcome = leaf.rule.points(leaf.rule.read(inputs))
        claimed = counted = outcome.points
        not_applicable = outcome.not_applicable
        if leaf.self_scored and chance.random() < 0.12:
            less = leaf.rule.points(leaf.rule.read(figures.lowered(leaf, inputs, chance))).points
            if less is not None and less != claimed:
                counted, remark = less, chance.choice(words.LOWERED)
    return LeafLine(
        code=leaf.code,
        field_code=leaf.field_code,
        kind=leaf.kind.value,
        name=leaf.name,
        maximum=leaf.max_points or ZERO,
        self_points=claimed if leaf.self_scored else None,
        points=None if not_applicable else counted if counted is not None else ZERO,
        not_applicable=not_applicable,
        scored=counted is not None,
        remark=remark,
    )
