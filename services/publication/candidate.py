"""What a ranking group would publish now: its forms, exact lines from the council's subtotals, and the ranking over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from models.situation import Situation, situations
from rules.groups import SumCapped
from rules.standings import published_index
from rules.totals import Caps, Subtotal, totals
from rules.vocabulary import BASIS_LAYERS, Basis, CriterionKind, Layer, Method, State
from services.edition import FieldLine, FrozenRow, LeafLine, Line, Settings, digest, freeze, next_number
from services.subtotal import LeafRow, Points, leaf_rows, leaves_on, read_layers

ZERO = Decimal(0)
REMARK_LENGTH = 4000


@dataclass(frozen=True, slots=True)
class Form:
    """One unit's form with where each field stands."""

    assessment: m.Assessment
    unit_name: str
    situation: Situation
    sheets: Mapping[int, m.FieldSheet]
    entered: bool

    @property
    def unit_id(self) -> int:
        return self.assessment.unit_id

    def state(self, field_id: int) -> State:
        """State of one field of the form; a field without a sheet is not open."""
        sheet = self.sheets.get(field_id)
        return State.NOT_OPEN if sheet is None else self.situation.of_sheet(sheet)


@dataclass(frozen=True, slots=True)
class Candidate:
    """The forms of a group and, once every field has its approval, the rows as they would be frozen (without leaves).

    ``seen`` marks exactly this content and edition number: what a person looked at is what gets published.
    """

    group: m.RankingGroup
    settings: Settings
    fields: Sequence[m.Criterion]
    forms: Sequence[Form]
    lines: Sequence[Line]
    rows: Sequence[FrozenRow]
    number: int
    seen: str


def prepare(session: Session, group: m.RankingGroup, now: datetime) -> Candidate:
    """Work out what the group would publish, in a constant number of statements."""
    fields = session.scalars(
        select(m.Criterion)
        .where(m.Criterion.set_id == group.criteria_set_id, m.Criterion.parent_id.is_(None))
        .order_by(m.Criterion.path)
    ).all()
    settings = Settings.of(group)
    forms = _forms(session, group, now)
    lines = _lines(session, group, fields, forms, settings)
    rows = freeze(session, lines, settings)
    number = next_number(session, group.id)
    seen = digest({"group": group.id, "number": number, "settings": settings.to_json()}, rows)
    return Candidate(group, settings, fields, forms, lines, rows, number, seen)


def _forms(session: Session, group: m.RankingGroup, now: datetime) -> list[Form]:
    found = session.execute(
        select(m.Assessment, m.Unit.name)
        .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
        .where(m.Assessment.group_id == group.id)
        .order_by(m.Unit.code)
    ).all()
    ids = [assessment.id for assessment, _ in found]
    sheets: dict[int, dict[int, m.FieldSheet]] = {}
    for sheet in session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id.in_(ids))):
        sheets.setdefault(sheet.assessment_id, {})[sheet.field_id] = sheet
    where = situations(session, [assessment for assessment, _ in found], now)
    entered = set(
        session.scalars(
            select(m.Score.assessment_id)
            .where(m.Score.assessment_id.in_(ids), m.Score.layer.in_((Layer.SELF, Layer.SUPERIOR)))
            .distinct()
        )
    )
    return [Form(a, name, where[a.id], sheets.get(a.id, {}), a.id in entered) for a, name in found]


def _lines(
    session: Session, group: m.RankingGroup, fields: Sequence[m.Criterion], forms: Sequence[Form], settings: Settings
) -> list[Line]:
    """Make the line of every form whose fields all have the council's subtotal; none while one is missing anywhere."""
    subtotals: dict[int, dict[int, Subtotal]] = {}
    kept, sheet = m.Subtotal, m.FieldSheet
    for assessment_id, field_id, achieved, maximum, bonus, penalty, leaves, scored in session.execute(
        select(
            kept.assessment_id,
            sheet.field_id,
            kept.achieved,
            kept.maximum,
            kept.bonus,
            kept.penalty,
            kept.leaves,
            kept.scored,
        )
        .join(sheet, sheet.id == kept.sheet_id)
        .join(m.Assessment, m.Assessment.id == kept.assessment_id)
        .where(m.Assessment.group_id == group.id, kept.basis == Basis.COUNCIL)
    ):
        subtotals.setdefault(assessment_id, {})[field_id] = Subtotal(achieved, maximum, leaves, scored, bonus, penalty)
    if any(len(subtotals.get(form.assessment.id, {})) < len(fields) for form in forms):
        return []
    caps = caps_of(fields)
    return [_line(form, subtotals[form.assessment.id], fields, caps, settings) for form in forms]


def _line(
    form: Form, parts: Mapping[int, Subtotal], fields: Sequence[m.Criterion], caps: Caps, settings: Settings
) -> Line:
    made = totals({field.code: parts[field.id] for field in fields}, caps=caps)
    return Line(
        unit_id=form.unit_id,
        achieved=made.achieved,
        maximum=made.maximum,
        index=published_index(made, settings.places),
        bonus=made.bonus,
        penalty=made.penalty,
        apart=not form.entered and not settings.rank_unentered,
        fields=tuple(
            FieldLine(field.code, field.name, parts[field.id].achieved, parts[field.id].maximum)
            for field in fields
            if field.kind is not CriterionKind.ADJUSTMENT
        ),
    )


def caps_of(fields: Iterable[m.Criterion]) -> Caps:
    """Return the caps of bonus and penalty that the set's group outside the 100 carries."""
    for field in fields:
        if field.method is Method.SUM_CAPPED and isinstance(rule := field.rule, SumCapped):
            return rule.caps
    return Caps()


def with_leaves(session: Session, candidate: Candidate) -> list[Line]:
    """Return the lines with every leaf as it counts, and the remark of the layer that counts."""
    set_id = candidate.group.criteria_set_id
    leaves = leaf_rows(session, {set_id}).get(set_id, [])
    names: dict[int, str] = dict(
        session.execute(select(m.Criterion.id, m.Criterion.name).where(m.Criterion.set_id == set_id)).all()
    )
    ids = {form.unit_id: form.assessment.id for form in candidate.forms}
    layers, exempt = read_layers(session, set(ids.values()))
    remarks = _remarks(session, ids.values())
    return [
        replace(
            line,
            leaves=tuple(
                _leaves(
                    leaves,
                    names,
                    layers.get(ids[line.unit_id], {}),
                    exempt.get(ids[line.unit_id], set()),
                    remarks.get(ids[line.unit_id], {}),
                )
            ),
        )
        for line in candidate.lines
    ]


def _leaves(
    rows: Sequence[LeafRow],
    names: Mapping[int, str],
    layers: Mapping[int, Mapping[Layer, Points]],
    exempt: set[int],
    remarks: Mapping[tuple[int, Layer], str],
) -> Iterable[LeafLine]:
    for row, leaf in zip(rows, leaves_on(Basis.COUNCIL, rows, layers, exempt), strict=True):
        given = layers.get(row.id, {})
        counting = next((layer for layer in BASIS_LAYERS[Basis.COUNCIL] if layer in given), None)
        own = given.get(Layer.SELF)
        yield LeafLine(
            code=row.code,
            field_code=row.field_code,
            kind=row.kind.value,
            name=names[row.id],
            maximum=row.maximum,
            self_points=own.points if own is not None else None,
            points=None if leaf.not_applicable else leaf.points if leaf.points is not None else ZERO,
            not_applicable=leaf.not_applicable,
            scored=leaf.points is not None,
            remark=remarks.get((row.id, counting), "") if counting is not None else "",
        )


def _remarks(session: Session, assessment_ids: Iterable[int]) -> dict[int, dict[tuple[int, Layer], str]]:
    """Read what those above the unit wrote beside their points; the unit's own note is no remark on it."""
    score = m.Score
    remarks: dict[int, dict[tuple[int, Layer], str]] = {}
    for assessment_id, criterion_id, layer, reason, note in session.execute(
        select(score.assessment_id, score.criterion_id, score.layer, score.reason, score.note).where(
            score.assessment_id.in_(list(assessment_ids)),
            score.layer > Layer.SELF,
            (score.reason != "") | (score.note != ""),
        )
    ):
        text = "\n".join(part for part in dict.fromkeys((reason, note)) if part)
        remarks.setdefault(assessment_id, {})[criterion_id, layer] = (
            text if len(text) <= REMARK_LENGTH else text[: REMARK_LENGTH - 1] + "…"
        )
    return remarks
