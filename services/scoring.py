"""A whole form as it is read: every leaf with all that the reader may see of it, in a fixed number of statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Text, and_, cast, func, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from models.situation import Situation, situation
from permissions.actor import Actor
from permissions.gate import hidden
from permissions.policies import judge_all
from rules.criteria import Rule, stored_rule
from rules.groups import SumCapped
from rules.message import Message
from rules.process import Verb, Verdict
from rules.rounding import half_up
from rules.text import nfc
from rules.totals import Caps, Totals, subtotals, totals
from rules.totals import Leaf as Counted
from rules.totals import Subtotal as Figures
from rules.vocabulary import Basis, CriterionKind, Layer, Method, State

#: What the screens of a form offer, judged together.
VERBS = (Verb.READ, Verb.SCORE, Verb.ATTACH, Verb.SIGN, Verb.TAKE_BACK)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A criterion that is scored, with its rule."""

    id: int
    code: str
    name: str
    field_code: str
    kind: CriterionKind
    method: Method
    maximum: Decimal
    evidence_required: bool
    rule: Rule

    @property
    def self_scored(self) -> bool:
        """The unit enters it: not the survey, not a penalty."""
        return self.method is not Method.SURVEY and self.kind is not CriterionKind.PENALTY


@dataclass(frozen=True, slots=True)
class Heading:
    """A criterion between field and leaves."""

    code: str
    name: str
    maximum: Decimal


@dataclass(frozen=True, slots=True)
class Said:
    """What one layer says of one leaf. ``author`` is empty where the reader may not know the person."""

    layer: Layer
    inputs: Mapping[str, Any]
    computed: Decimal | None
    stated: Decimal | None
    points: Decimal | None
    not_applicable: bool
    note: str
    reason: str
    version: int
    author: str
    at: datetime

    def arithmetic(self, rule: Rule) -> Message | None:
        """How the computed points came about; None where nothing was computed."""
        return rule.points(self.inputs).arithmetic if self.inputs else None


@dataclass(frozen=True, slots=True)
class Last:
    """The same leaf in the last published round: what counted, what the unit had claimed, the remark."""

    points: Decimal | None
    self_points: Decimal | None
    not_applicable: bool
    remark: str


@dataclass(frozen=True, slots=True)
class Line:
    """One leaf of the form."""

    leaf: Leaf
    exempt: str = ""
    said: Mapping[Layer, Said] = field(default_factory=dict)
    last: Last | None = None
    evidence: int = 0

    @property
    def own(self) -> Said | None:
        return self.said.get(Layer.SELF)

    @property
    def others(self) -> list[Said]:
        """The layers above the unit's own that the reader may see, the lowest first."""
        return [self.said[layer] for layer in sorted(self.said) if layer is not Layer.SELF]

    @property
    def editable(self) -> bool:
        return self.leaf.self_scored and not self.exempt

    @property
    def open(self) -> bool:
        """The unit has still to score it: nobody has, and it is no bonus, which nobody has to claim."""
        claimed = Layer.SELF in self.said or Layer.SUPERIOR in self.said
        return self.editable and not claimed and self.leaf.kind is not CriterionKind.BONUS

    @property
    def unproved(self) -> bool:
        """Points are claimed that need evidence, and none is named."""
        own = self.own
        return own is not None and self.leaf.evidence_required and not self.evidence and bool(own.points)


@dataclass(frozen=True, slots=True)
class Part:
    """One field of the form with its lines; ``figures`` are the stored subtotals by basis."""

    code: str
    name: str
    kind: CriterionKind
    maximum: Decimal | None
    state: State
    figures: Mapping[Basis, Figures]
    rows: list[Heading | Line]

    @property
    def lines(self) -> Iterator[Line]:
        return (row for row in self.rows if isinstance(row, Line))

    @property
    def own(self) -> Figures:
        return self.figures.get(Basis.SELF, Figures())

    @property
    def unproved(self) -> int:
        return sum(line.unproved for line in self.lines)

    @property
    def first_open(self) -> str | None:
        """Code of the first leaf that is still to be scored."""
        return next((line.leaf.code for line in self.lines if line.open), None)


@dataclass(frozen=True, slots=True)
class Reading:
    """A form as this person may read it, and what the person may do with it now."""

    form: m.Assessment
    seen: Situation
    state: State
    may: Mapping[Verb, Verdict]
    parts: list[Part]
    last_round: str = ""
    caps: Caps = Caps()  # noqa: RUF009 - frozen

    @property
    def lines(self) -> Iterator[Line]:
        return (line for part in self.parts for line in part.lines)

    def line(self, code: str) -> Line | None:
        return next((line for line in self.lines if line.leaf.code == code), None)

    @property
    def own(self) -> Totals:
        """What the unit claims so far, over the leaves it scores itself."""
        return totals({part.code: part.own for part in self.parts}, caps=self.caps)

    @property
    def index(self) -> Decimal | None:
        """The index of the claim, rounded as the round shows it."""
        exact = self.own.index
        return None if exact is None else half_up(exact, self.form.round.shown_places)


def find(assessment_id: int) -> m.Assessment:
    """Return a form with its unit and round; one outside the reader's scope is hidden like an absent one."""
    query = (
        select(m.Assessment)
        .where(m.Assessment.id == assessment_id)
        .options(joinedload(m.Assessment.round), joinedload(m.Assessment.unit))
    )
    form = db.session.scalar(query)
    if form is None:
        raise hidden()
    return form


def read(form: m.Assessment, actor: Actor) -> Reading:
    """Read a whole form for one person. A person without the right to read it is told so by ``Refused``."""
    seen = situation(db.session(), form, actor.now)
    may = judge_all(db.session(), actor, VERBS, form, seen=seen)
    sheets = _sheets(form)
    said, exempt, evidence = _said(form), _exempt(form), _evidence(form)
    last_round, last = _last(form)
    parts: dict[str, Part] = {}
    caps = Caps()
    for row in _criteria(form):
        if row.parent_id is None:
            state, figures = sheets.get(row.id, (State.APPRAISAL, {}))
            shown = seen.phase if not seen.phase.locked else _published(seen, state)
            parts[row.code] = Part(row.code, row.name, row.kind, row.max_points, shown, figures, [])
            if row.kind is CriterionKind.ADJUSTMENT:
                rule = stored_rule(row.method, row.rule, row.max_points)
                caps = rule.caps if isinstance(rule, SumCapped) else caps
        elif not row.is_leaf:
            parts[row.field_code].rows.append(Heading(row.code, row.name, row.max_points or ZERO))
        else:
            known = last.get(row.code)
            parts[row.field_code].rows.append(
                Line(
                    _leaf(row),
                    exempt.get(row.id, ""),
                    said.get(row.id, {}),
                    known[1] if known and known[0] == nfc(row.name).strip() else None,
                    evidence.get(row.id, 0),
                )
            )
    state = seen.of_states(sheet_state for sheet_state, _ in sheets.values())
    return Reading(form, seen, state, may, list(parts.values()), last_round, caps)


def _published(seen: Situation, state: State) -> State:
    return State.PUBLISHED if state is State.CLOSED and seen.published else state


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


def _criteria(form: m.Assessment) -> Any:
    c = m.Criterion
    return db.session.execute(
        select(
            c.id,
            c.code,
            c.name,
            c.field_code,
            c.parent_id,
            c.kind,
            c.method,
            c.max_points,
            c.evidence_required,
            c.is_leaf,
            cast(c.rule_json, Text).label("rule"),
        )
        .where(c.set_id == form.criteria_set_id)
        .order_by(c.path)
    )


def _sheets(form: m.Assessment) -> dict[int, tuple[State, dict[Basis, Figures]]]:
    """Return state and visible subtotals of each field's sheet, by the id of the field."""
    sheet, subtotal = m.FieldSheet, m.Subtotal
    query = (
        select(
            sheet.field_id,
            sheet.state,
            subtotal.basis,
            subtotal.achieved,
            subtotal.maximum,
            subtotal.leaves,
            subtotal.scored,
            subtotal.bonus,
            subtotal.penalty,
        )
        .outerjoin(subtotal, subtotal.sheet_id == sheet.id)
        .where(sheet.assessment_id == form.id)
    )
    found: dict[int, tuple[State, dict[Basis, Figures]]] = {}
    for row in db.session.execute(query):
        _, known = found.setdefault(row.field_id, (row.state, {}))
        if row.basis is not None:
            known[row.basis] = Figures(*row[3:])
    return found


def _said(form: m.Assessment) -> dict[int, dict[Layer, Said]]:
    s, account = m.Score, m.Account
    query = (
        select(
            s.criterion_id,
            s.layer,
            s.inputs,
            s.computed_points,
            s.stated_points,
            s.points,
            s.not_applicable,
            s.note,
            s.reason,
            s.version,
            func.coalesce(account.full_name, ""),
            s.updated_at,
        )
        .outerjoin(account, account.id == s.author_id)
        .where(s.assessment_id == form.id)
    )
    found: dict[int, dict[Layer, Said]] = {}
    for row in db.session.execute(query):
        said = Said(*row[1:])
        found.setdefault(row.criterion_id, {})[said.layer] = said
    return found


def _exempt(form: m.Assessment) -> dict[int, str]:
    query = select(m.Exemption.criterion_id, m.Exemption.reason).where(m.Exemption.assessment_id == form.id)
    return dict(db.session.execute(query).all())


def _evidence(form: m.Assessment) -> dict[int, int]:
    link = m.EvidenceLink
    query = select(link.criterion_id, func.count()).where(link.assessment_id == form.id).group_by(link.criterion_id)
    return dict(db.session.execute(query).all())


def _last(form: m.Assessment) -> tuple[str, dict[str, tuple[str, Last]]]:
    """Return the unit's leaves of the newest edition in force of an earlier round: name of the round, code -> leaf.

    A leaf is the same one only where code and name agree: sets change between years.
    """
    leaf, edition, group, round_ = m.EditionLeaf, m.Edition, m.RankingGroup, m.Round
    earlier = (
        select(edition.id)
        .join(group, group.id == edition.group_id)
        .join(round_, round_.id == group.round_id)
        .join(leaf, and_(leaf.edition_id == edition.id, leaf.unit_id == form.unit_id))
        .where(edition.in_force, round_.year < form.round.year)
        .order_by(round_.year.desc())
        .limit(1)
    )
    query = (
        select(
            round_.name,
            leaf.code,
            leaf.name,
            leaf.points,
            leaf.self_points,
            leaf.not_applicable,
            leaf.remark,
        )
        .join(edition, edition.id == leaf.edition_id)
        .join(group, group.id == edition.group_id)
        .join(round_, round_.id == group.round_id)
        .where(leaf.unit_id == form.unit_id, leaf.edition_id == earlier.scalar_subquery())
    )
    found: dict[str, tuple[str, Last]] = {}
    round_name = ""
    for row in db.session.execute(query):
        round_name = row[0]
        found[row.code] = (nfc(row[2]).strip(), Last(*row[3:]))
    return round_name, found


@dataclass(frozen=True, slots=True)
class After:
    """What changed on the page besides the leaf itself once it was saved."""

    field_code: str
    bonus: bool
    figures: Figures
    own: Totals
    unproved: bool


def after_save(form: m.Assessment, criterion: m.Criterion, row: m.Score | None) -> After:
    """Read the subtotals that a saved leaf moved, and whether its points still lack evidence."""
    c, sheet, subtotal = m.Criterion, m.FieldSheet, m.Subtotal
    query = (
        select(
            c.code,
            c.kind,
            c.method,
            c.max_points,
            cast(c.rule_json, Text).label("rule"),
            subtotal.achieved,
            subtotal.maximum,
            subtotal.leaves,
            subtotal.scored,
            subtotal.bonus,
            subtotal.penalty,
        )
        .join(sheet, sheet.field_id == c.id)
        .join(subtotal, subtotal.sheet_id == sheet.id)
        .where(sheet.assessment_id == form.id, subtotal.basis == Basis.SELF)
    )
    figures: dict[str, Figures] = {}
    caps = Caps()
    for found in db.session.execute(query):
        figures[found.code] = Figures(*found[5:])
        if found.kind is CriterionKind.ADJUSTMENT:
            rule = stored_rule(found.method, found.rule, found.max_points)
            caps = rule.caps if isinstance(rule, SumCapped) else caps
    unproved = False
    if row is not None and row.points and criterion.evidence_required:
        link = m.EvidenceLink
        named = select(link.id).where(link.assessment_id == form.id, link.criterion_id == criterion.id).limit(1)
        unproved = db.session.scalar(named) is None
    return After(
        criterion.field_code,
        criterion.kind is CriterionKind.BONUS,
        figures.get(criterion.field_code, Figures()),
        totals(figures, caps=caps),
        unproved,
    )


def name_of(account_id: int | None) -> str:
    """Return a person's name; empty where the reader may not know the person."""
    return db.session.scalar(select(m.Account.full_name).where(m.Account.id == account_id)) or ""


def claimed(reading: Reading) -> dict[str, Figures]:
    """Return what the unit itself signed for, by field: its own layer alone, whatever a superior entered since."""
    leaves = (
        Counted(
            line.leaf.code,
            line.leaf.field_code,
            line.leaf.kind,
            line.leaf.maximum,
            None if line.own is None else ZERO if line.own.not_applicable else line.own.points,
            not_applicable=bool(line.exempt),
        )
        for line in reading.lines
        if line.leaf.self_scored
    )
    return subtotals(leaves)
