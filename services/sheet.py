"""Field sheets with their leaves and what each layer says of them: the ground of appraisal and approval (Điều 7.3, 7.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, or_, select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from permissions.actor import Actor, system_scope
from permissions.gate import hidden
from permissions.standing import Range
from rules.vocabulary import BASIS_LAYERS, Basis, CriterionKind, Function, Layer, Method

ZERO = Decimal(0)
#: The highest number a key can hold; an address beyond it names nothing.
MAX_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf of one unit's sheet; ``exemption`` is the reason why it does not apply, or None.

    ``question`` is the one that is not settled yet.
    """

    criterion: m.Criterion
    layers: Mapping[Layer, m.Score]
    exemption: str | None = None
    question: m.Question | None = None

    @property
    def own(self) -> m.Score | None:
        """What the unit says itself."""
        return self.layers.get(Layer.SELF)

    @property
    def claim(self) -> m.Score | None:
        """What the helper starts from: the superior's value where there is one, else the unit's (Điều 4.1)."""
        return self.layers.get(Layer.SUPERIOR) or self.own

    @property
    def appraised(self) -> m.Score | None:
        """What counts as appraised, the survey included."""
        return next((self.layers[layer] for layer in BASIS_LAYERS[Basis.APPRAISED] if layer in self.layers), None)

    @property
    def council(self) -> m.Score | None:
        return self.layers.get(Layer.COUNCIL)

    @property
    def result(self) -> m.Score | None:
        """What stands if the council approves now."""
        return self.council or self.appraised

    @property
    def survey(self) -> bool:
        return self.criterion.method is Method.SURVEY

    @property
    def penalty(self) -> bool:
        return self.criterion.kind is CriterionKind.PENALTY

    @property
    def bonus(self) -> bool:
        return self.criterion.kind is CriterionKind.BONUS

    @property
    def required(self) -> bool:
        """Tell whether the field cannot be handed in without it: all that apply, and each bonus that was claimed."""
        return self.exemption is None and not self.penalty and (not self.bonus or self.claim is not None)

    @property
    def done(self) -> bool:
        return self.appraised is not None

    @property
    def asked(self) -> bool:
        """Tell whether the unit was asked to explain the leaf and the field was not handed in since."""
        return self.question is not None and self.question.sent_at is not None

    @property
    def marked(self) -> bool:
        """Tell whether a question stands that was not sent to the unit yet."""
        return self.question is not None and self.question.sent_at is None

    @property
    def layer(self) -> Layer:
        """The layer that the helper writes: the second once the leaf has one or was asked about; a lower one would not count."""
        return Layer.REAPPRAISAL if self.asked or Layer.REAPPRAISAL in self.layers else Layer.APPRAISAL

    @property
    def given(self) -> m.Score | None:
        """What the helper team entered in the layer it writes."""
        return self.layers.get(self.layer)

    @property
    def first(self) -> m.Score | None:
        """The first appraisal."""
        return self.layers.get(Layer.APPRAISAL)

    @property
    def second(self) -> m.Score | None:
        """The second appraisal, after an explanation."""
        return self.layers.get(Layer.REAPPRAISAL)

    @property
    def outdated(self) -> bool:
        """Tell whether the claim became another one after it was appraised: by a superior, or on a reopened form."""
        given, claim = self.second or self.first, self.claim
        if given is None or claim is None or claim.updated_at <= given.updated_at:
            return False
        return self.differs(given.points, not_applicable=given.not_applicable)

    @property
    def undecided(self) -> bool:
        """Tell whether the leaf was asked about and not appraised again since, nor since the unit changed what it answers."""
        question = self.question
        if question is None or question.sent_at is None:
            return False
        since = max(question.sent_at, question.changed_at or question.sent_at)
        return self.second is None or self.second.updated_at < since

    @property
    def waiting(self) -> bool:
        """Tell whether the leaf keeps its field from the next hand-over.

        Not appraised, not as the claim stands now, or asked about and not decided again. A leaf marked with a question needs
        no points: the unit is asked first.
        """
        if self.asked:
            return self.exemption is None and (self.undecided or self.outdated)
        return self.required and not self.marked and (not self.done or self.outdated)

    def differs(self, points: Decimal | None, *, not_applicable: bool) -> bool:
        """Tell whether these points are other than the claimed ones; where nothing was claimed, 0 is no other."""
        claim = self.claim
        if claim is None:
            return not_applicable or points != ZERO
        return (points, not_applicable) != (claim.points, claim.not_applicable)

    def change(self, given: m.Score | None) -> Decimal:
        """Return what a layer moves against the claim, in points of the index: a penalty moves down."""
        claimed = self.claim.points if self.claim is not None and self.claim.points is not None else ZERO
        moved = ZERO if given is None else (given.points or ZERO) - claimed
        return -moved if self.penalty else moved


def sheet_of(sheet_id: int) -> m.FieldSheet:
    """Return a sheet within the reader's scope; any other does not exist for it."""
    sheet = db.session.get(m.FieldSheet, sheet_id) if sheet_id <= MAX_ID else None
    if sheet is None:
        raise hidden()
    return sheet


def sheets_of(ids: Iterable[int]) -> list[m.FieldSheet]:
    """Return those of the sheets that are within the reader's scope, in the order of their units."""
    return list(
        db.session.scalars(
            select(m.FieldSheet)
            .join(m.Unit, m.Unit.id == m.FieldSheet.unit_id)
            .where(m.FieldSheet.id.in_(set(ids)))
            .order_by(m.Unit.path, m.FieldSheet.id)
        )
    )


def leaf_of(sheet: m.FieldSheet, criterion_id: int) -> m.Criterion:
    """Return a leaf of the sheet's own field; a leaf of another field or set does not exist there."""
    criterion = db.session.get(m.Criterion, criterion_id) if criterion_id <= MAX_ID else None
    if (
        criterion is None
        or not criterion.is_leaf
        or criterion.set_id != sheet.criteria_set_id
        or criterion.field_code != sheet.field.code
    ):
        raise hidden()
    return criterion


def leaves_of(sheets: Sequence[m.FieldSheet]) -> dict[int, list[Leaf]]:
    """Return the leaves of each sheet in their order, with every layer that the reader may see; four statements."""
    criteria = db.session.scalars(
        select(m.Criterion)
        .where(
            m.Criterion.set_id.in_({sheet.criteria_set_id for sheet in sheets}),
            or_(m.Criterion.is_leaf, m.Criterion.id.in_({sheet.field_id for sheet in sheets})),
        )
        .order_by(m.Criterion.path)
    ).all()
    codes = {criterion.id: criterion.code for criterion in criteria}
    by_field: dict[tuple[int, str], list[m.Criterion]] = {}
    for criterion in criteria:
        if criterion.is_leaf:
            by_field.setdefault((criterion.set_id, criterion.field_code), []).append(criterion)
    wanted = {(sheet.criteria_set_id, codes[sheet.field_id]) for sheet in sheets}
    leaf_ids = [criterion.id for key in wanted for criterion in by_field.get(key, ())]
    forms = {sheet.assessment_id for sheet in sheets}
    layers: dict[tuple[int, int], dict[Layer, m.Score]] = {}
    for score in db.session.scalars(
        select(m.Score).where(m.Score.assessment_id.in_(forms), m.Score.criterion_id.in_(leaf_ids))
    ):
        layers.setdefault((score.assessment_id, score.criterion_id), {})[score.layer] = score
    exemption = m.Exemption
    exempt = {
        (form_id, leaf_id): reason
        for form_id, leaf_id, reason in db.session.execute(
            select(exemption.assessment_id, exemption.criterion_id, exemption.reason).where(
                exemption.assessment_id.in_(forms)
            )
        )
    }
    open_ = _open_questions(forms)
    return {
        sheet.id: [
            Leaf(
                criterion,
                layers.get((sheet.assessment_id, criterion.id), {}),
                exempt.get((sheet.assessment_id, criterion.id)),
                open_.get((sheet.assessment_id, criterion.id)),
            )
            for criterion in by_field.get((sheet.criteria_set_id, codes[sheet.field_id]), ())
        ]
        for sheet in sheets
    }


def _open_questions(forms: Iterable[int]) -> dict[tuple[int, int], m.Question]:
    """Return the unsettled question of each leaf of these forms."""
    question = m.Question
    rows = db.session.scalars(select(question).where(question.assessment_id.in_(forms), question.settled_at.is_(None)))
    return {(asked.assessment_id, asked.criterion_id): asked for asked in rows}


@dataclass(frozen=True, slots=True)
class Helper:
    """A member of the helper team and one thing assigned to it."""

    name: str
    account_id: int
    range: Range


def helpers_of(actor: Actor) -> list[Helper]:
    """Return who appraises what in the actor's own council today."""
    council_id = actor.authority.council_id if actor.authority is not None else None
    today = _day(actor.now)
    seat, account, assignment, criterion = m.Seat, m.Account, m.Assignment, m.Criterion
    with system_scope("names of the own council's helpers: their seats are open to it, their accounts are not"):
        rows = db.session.execute(
            select(account.full_name, account.id, criterion.set_id, criterion.path, assignment.unit_id)
            .join(seat, seat.account_id == account.id)
            .join(assignment, assignment.seat_id == seat.id)
            .join(criterion, criterion.id == assignment.criterion_id)
            .where(
                seat.council_id == council_id,
                seat.function == Function.HELPER,
                seat.valid_from <= today,
                or_(seat.valid_to.is_(None), seat.valid_to >= today),
                account.active,
            )
            .order_by(account.full_name, criterion.path)
        ).all()
    return [Helper(name, id_, Range(set_id, path, unit_id)) for name, id_, set_id, path, unit_id in rows]


def in_charge(helpers: Iterable[Helper], sheet: m.FieldSheet, criterion: m.Criterion) -> list[str]:
    """Return the names of those to whom a leaf of a unit is assigned, each once."""
    return list(dict.fromkeys(one.name for one in helpers if one.range.covers(sheet, criterion)))


def authors(rows: Iterable[m.Score | m.Question | m.Explanation | m.Remark | Row[Any] | None]) -> dict[int, str]:
    """Return the names of those who wrote these rows, which the reader already sees."""
    ids = {row.author_id for row in rows if row is not None}
    if not ids:
        return {}
    with system_scope("names of the authors of rows in sight"):
        return dict(db.session.execute(select(m.Account.id, m.Account.full_name).where(m.Account.id.in_(ids))).all())


def _day(moment: datetime) -> object:
    return moment.astimezone(LOCAL_TIME).date()
