"""Reading a whole form, in a fixed number of statements whatever it holds. The statements are built once."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Text, and_, bindparam, cast, func, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from models.situation import situation
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.policies import judge_all
from rules.criteria import stored_rule
from rules.groups import SumCapped
from rules.text import nfc
from rules.totals import Caps
from rules.totals import Subtotal as Figures
from rules.verbs import Verb
from rules.vocabulary import Audience, Basis, CriterionKind, Layer, State
from services.form import Heading, Last, Leaf, Line, Part, Reading, Said
from services.reference import Figure

#: What the screens of a form offer, judged together.
VERBS = (Verb.READ, Verb.SCORE, Verb.ATTACH, Verb.SIGN, Verb.TAKE_BACK)
_FORM_ID: BindParameter[int] = bindparam("form_id")
_SET_ID: BindParameter[int] = bindparam("set_id")
_UNIT_ID: BindParameter[int] = bindparam("unit_id")
_YEAR: BindParameter[int] = bindparam("year")

_FORM = (
    select(m.Assessment)
    .where(m.Assessment.id == _FORM_ID)
    .options(joinedload(m.Assessment.round), joinedload(m.Assessment.unit))
)
#: Every row of the set with what this form says of its leaves besides scores: exemption and number of documents.
_CRITERIA = (
    select(
        m.Criterion.id,
        m.Criterion.code,
        m.Criterion.name,
        m.Criterion.field_code,
        m.Criterion.parent_id,
        m.Criterion.kind,
        m.Criterion.method,
        m.Criterion.max_points,
        m.Criterion.evidence_required,
        m.Criterion.is_leaf,
        cast(m.Criterion.rule_json, Text).label("rule"),
        func.coalesce(m.Exemption.reason, "").label("exempt"),
        select(func.count(m.EvidenceLink.id))
        .where(m.EvidenceLink.assessment_id == _FORM_ID, m.EvidenceLink.criterion_id == m.Criterion.id)
        .scalar_subquery()
        .label("evidence"),
    )
    .outerjoin(m.Exemption, and_(m.Exemption.criterion_id == m.Criterion.id, m.Exemption.assessment_id == _FORM_ID))
    .where(m.Criterion.set_id == _SET_ID)
    .order_by(m.Criterion.path)
)
_SHEETS = (
    select(
        m.FieldSheet.field_id,
        m.FieldSheet.state,
        m.Subtotal.basis,
        m.Subtotal.achieved,
        m.Subtotal.maximum,
        m.Subtotal.leaves,
        m.Subtotal.scored,
        m.Subtotal.bonus,
        m.Subtotal.penalty,
    )
    .outerjoin(m.Subtotal, m.Subtotal.sheet_id == m.FieldSheet.id)
    .where(m.FieldSheet.assessment_id == _FORM_ID)
)
_SCORES = (
    select(
        m.Score.criterion_id,
        m.Score.layer,
        m.Score.inputs,
        m.Score.computed_points,
        m.Score.stated_points,
        m.Score.points,
        m.Score.not_applicable,
        m.Score.note,
        m.Score.reason,
        m.Score.version,
        func.coalesce(m.Account.full_name, ""),
        m.Score.author_for,
        m.Score.updated_at,
    )
    .outerjoin(m.Account, m.Account.id == m.Score.author_id)
    .where(m.Score.assessment_id == _FORM_ID)
)
_REMARKS = (
    select(m.Remark.criterion_id, m.Remark.text)
    .where(m.Remark.assessment_id == _FORM_ID, m.Remark.audience == Audience.UNIT)
    .order_by(m.Remark.id)
)
_REFERENCE = select(
    m.ReferenceFigure.criterion_id,
    m.ReferenceFigure.id,
    m.ReferenceFigure.version,
    m.ReferenceFigure.inputs,
    m.ReferenceFigure.source,
    m.ReferenceFigure.as_of,
).where(m.ReferenceFigure.assessment_id == _FORM_ID)
_LAST_EDITION = (
    select(m.Edition.id)
    .join(m.RankingGroup, m.RankingGroup.id == m.Edition.group_id)
    .join(m.Round, m.Round.id == m.RankingGroup.round_id)
    .join(m.EditionLeaf, and_(m.EditionLeaf.edition_id == m.Edition.id, m.EditionLeaf.unit_id == _UNIT_ID))
    .where(m.Edition.in_force, m.Round.year < _YEAR)
    .order_by(m.Round.year.desc())
    .limit(1)
    .scalar_subquery()
)
_LAST = (
    select(
        m.Round.name.label("round"),
        m.EditionLeaf.code,
        m.EditionLeaf.name,
        m.EditionLeaf.points,
        m.EditionLeaf.self_points,
        m.EditionLeaf.not_applicable,
        m.EditionLeaf.remark,
    )
    .join(m.Edition, m.Edition.id == m.EditionLeaf.edition_id)
    .join(m.RankingGroup, m.RankingGroup.id == m.Edition.group_id)
    .join(m.Round, m.Round.id == m.RankingGroup.round_id)
    .where(m.EditionLeaf.unit_id == _UNIT_ID, m.EditionLeaf.edition_id == _LAST_EDITION)
)


def find(assessment_id: int) -> m.Assessment:
    """Return a form with its unit and round; one outside the reader's scope is hidden like an absent one."""
    form = db.session.scalar(_FORM, {"form_id": assessment_id})
    if form is None:
        raise hidden()
    return form


def read(form: m.Assessment, actor: Actor) -> Reading:
    """Read a whole form for one person; ``may[Verb.READ]`` says whether that person may."""
    seen = situation(db.session(), form, actor.now)
    may = judge_all(db.session(), actor, VERBS, form, seen=seen)
    sheets, said = _sheets(form), _said(form)
    last_round, last = _last(form)
    remarks = _remarks(form) if seen.phase.locked else {}
    central = {row.criterion_id: row for row in db.session.execute(_REFERENCE, {"form_id": form.id})}
    parts: dict[str, Part] = {}
    caps = Caps()
    for row in db.session.execute(_CRITERIA, {"form_id": form.id, "set_id": form.criteria_set_id}):
        if row.parent_id is None:
            state, figures = sheets.get(row.id, (State.APPRAISAL, {}))
            parts[row.code] = Part(row.code, row.name, row.kind, row.max_points, seen.of_stored(state), figures, [])
            if row.kind is CriterionKind.ADJUSTMENT:
                rule = stored_rule(row.method, row.rule, row.max_points)
                caps = rule.caps if isinstance(rule, SumCapped) else caps
        elif not row.is_leaf:
            parts[row.field_code].rows.append(Heading(row.code, row.name, row.max_points))
        else:
            known = last.get(row.code)
            same = known[1] if known and known[0] == nfc(row.name).strip() else None
            spoken = remarks.get(row.id, ())
            leaf, kept = _leaf(row), central.get(row.id)
            figure = None if kept is None else Figure.of(kept, leaf.rule)
            line = Line(leaf, row.exempt, said.get(row.id, {}), same, row.evidence, spoken, figure)
            parts[row.field_code].rows.append(line)
    state = seen.of_states(sheet_state for sheet_state, _ in sheets.values())
    limits = None if actor.authority is None else actor.authority.limits
    fields = None if limits is None else limits.fields
    return Reading(form, seen, state, may, list(parts.values()), last_round, caps, fields)


def _leaf(row: Any) -> Leaf:
    rule = stored_rule(row.method, row.rule, row.max_points)
    return Leaf(
        row.id,
        row.code,
        row.name,
        row.field_code,
        row.kind,
        row.method,
        row.max_points,
        row.evidence_required,
        rule,
    )


def _sheets(form: m.Assessment) -> dict[int, tuple[State, dict[Basis, Figures]]]:
    """Return state and visible subtotals of each field's sheet, by the id of the field."""
    found: dict[int, tuple[State, dict[Basis, Figures]]] = {}
    for row in db.session.execute(_SHEETS, {"form_id": form.id}):
        _, known = found.setdefault(row.field_id, (row.state, {}))
        if row.basis is not None:
            known[row.basis] = Figures(*row[3:])
    return found


def _said(form: m.Assessment) -> dict[int, dict[Layer, Said]]:
    found: dict[int, dict[Layer, Said]] = {}
    for row in db.session.execute(_SCORES, {"form_id": form.id}):
        said = Said(*row[1:])
        found.setdefault(row[0], {})[said.layer] = said
    return found


def _remarks(form: m.Assessment) -> dict[int, list[str]]:
    """Return what was remarked to the unit and released to the reader, by leaf."""
    found: dict[int, list[str]] = {}
    for criterion_id, text in db.session.execute(_REMARKS, {"form_id": form.id}):
        found.setdefault(criterion_id, []).append(text)
    return found


def _last(form: m.Assessment) -> tuple[str, dict[str, tuple[str, Last]]]:
    """Return the unit's leaves of the newest edition in force of an earlier round: name of the round, code -> leaf.

    A leaf is the same one only where code and name agree: sets change between years.
    """
    found: dict[str, tuple[str, Last]] = {}
    round_name = ""
    for row in db.session.execute(_LAST, {"unit_id": form.unit_id, "year": form.round.year}):
        round_name = row[0]
        found[row.code] = (nfc(row[2]).strip(), Last(*row[3:]))
    return round_name, found
