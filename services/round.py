"""Opening a round: its criteria sets freeze, and every unit valid at the cut-off date gets its form."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import or_, select

import models as m
from extensions import db
from permissions.gate import Act, act
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Layer, Stage, State
from services import subtotal


class RoundFault(Exception):
    """Why a round cannot open: sentences with the remedy."""

    def __init__(self, faults: list[Message]) -> None:
        super().__init__("; ".join(map(str, faults)))
        self.faults = faults


def check(round_: m.Round) -> list[Message]:
    """Return what is missing before the round can open."""
    groups = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.round_id == round_.id)).all()
    windows = set(
        db.session.execute(
            select(m.Window.level_id, m.Window.stage).where(
                m.Window.round_id == round_.id, m.Window.stage == Stage.SELF_SCORING
            )
        ).all()
    )
    classed = set(
        db.session.scalars(select(m.ClassBand.group_id).where(m.ClassBand.group_id.in_([g.id for g in groups])))
    )
    faults = []
    if round_.opened_at is not None:
        faults.append(M("The round is already open."))
    if not groups:
        faults.append(M("Add at least one ranking group."))
    for group in groups:
        if (group.level_id, Stage.SELF_SCORING) not in windows:
            faults.append(M("{group}: enter the window of self-scoring for its level.", group=group.name))
        if group.id not in classed:
            faults.append(M("{group}: enter the classes.", group=group.name))
    return faults


def open_round(round_: m.Round) -> int:
    """Open a round; return the number of forms made. Raises ``RoundFault`` and ``Refused``."""
    with act(Verb.MANAGE_ROUND) as opening:
        return open_in(opening, round_)


def open_in(opening: Act, round_: m.Round) -> int:
    """Open a round inside an act already begun."""
    faults = check(round_)
    if faults:
        raise RoundFault(faults)
    round_.opened_at = opening.now
    made: list[m.Assessment] = []
    for group in db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.round_id == round_.id)).all():
        group.criteria_set.frozen = True
        made.extend(
            m.Assessment(
                round_id=round_.id,
                unit_id=unit_id,
                group_id=group.id,
                criteria_set_id=group.criteria_set_id,
                released=Layer.SUPERIOR,
            )
            for unit_id in units_of(round_, group)
        )
    db.session.add_all(made)
    db.session.flush()
    subtotal.refresh(db.session(), _sheets(made))
    return len(made)


def units_of(round_: m.Round, group: m.RankingGroup) -> Sequence[int]:
    """Return the units that belong to a ranking group: of its level and kinds, valid at the round's cut-off date."""
    unit, kind, narrowed = m.Unit, m.UnitKind, m.RankingGroupKind
    kinds = db.session.scalars(select(narrowed.kind_id).where(narrowed.group_id == group.id)).all()
    query = (
        select(unit.id)
        .join(kind, kind.id == unit.kind_id)
        .where(
            kind.level_id == group.level_id,
            or_(unit.valid_from.is_(None), unit.valid_from <= round_.cut_off_on),
            or_(unit.valid_to.is_(None), unit.valid_to >= round_.cut_off_on),
        )
        .order_by(unit.code)
    )
    return db.session.scalars(query.where(kind.id.in_(kinds)) if kinds else query).all()


def _sheets(assessments: list[m.Assessment]) -> list[m.FieldSheet]:
    """Make the field sheets and the exemptions that follow from groups of units."""
    criterion, exclusion, member = m.Criterion, m.CriterionExclusion, m.UnitGroupMember
    set_ids = {assessment.criteria_set_id for assessment in assessments}
    fields: dict[int, list[int]] = {}
    for set_id, field_id in db.session.execute(
        select(criterion.set_id, criterion.id)
        .where(criterion.set_id.in_(set_ids), criterion.parent_id.is_(None))
        .order_by(criterion.path)
    ):
        fields.setdefault(set_id, []).append(field_id)
    excluded = db.session.execute(
        select(criterion.set_id, criterion.path, member.unit_id, m.UnitGroup.name)
        .join(exclusion, exclusion.criterion_id == criterion.id)
        .join(m.UnitGroup, m.UnitGroup.id == exclusion.group_id)
        .join(member, member.group_id == exclusion.group_id)
        .where(criterion.set_id.in_(set_ids))
    ).all()
    leaves = db.session.execute(
        select(criterion.set_id, criterion.id, criterion.path).where(criterion.set_id.in_(set_ids), criterion.is_leaf)
    ).all()
    sheets: list[m.FieldSheet] = []
    for form in assessments:
        key = {
            "assessment_id": form.id,
            "unit_id": form.unit_id,
            "criteria_set_id": form.criteria_set_id,
        }
        sheets.extend(
            m.FieldSheet(**key, field_id=field_id, state=State.APPRAISAL)
            for field_id in fields.get(form.criteria_set_id, [])
        )
        for set_id, leaf_id, path in leaves:
            reasons = [
                name
                for in_set, above, unit_id, name in excluded
                if in_set == set_id and unit_id == form.unit_id and path.startswith(above)
            ]
            if set_id == form.criteria_set_id and reasons:
                db.session.add(m.Exemption(**key, criterion_id=leaf_id, reason=reasons[0]))
    db.session.add_all(sheets)
    db.session.flush()
    return sheets
