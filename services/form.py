"""A form as somebody reads it: its leaves with all layers in sight, its fields with their sums. Plain data, read by services.scoring."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import models as m
from models.situation import Situation
from rules.behalf import named
from rules.criteria import Rule
from rules.message import Message
from rules.rounding import half_up
from rules.totals import Caps, Totals, totals
from rules.totals import Subtotal as Figures
from rules.verbs import Verb
from rules.verdict import Verdict
from rules.vocabulary import Basis, CriterionKind, Layer, Method, State
from services.reference import Figure


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
    """What one layer says of one leaf; ``giver`` is in whose place its author acted."""

    layer: Layer
    inputs: Mapping[str, Any]
    computed: Decimal | None
    stated: Decimal | None
    points: Decimal | None
    not_applicable: bool
    note: str
    reason: str
    version: int
    name: str
    giver: str
    at: datetime

    @property
    def author(self) -> Message | str:
        """Who said it, and in whose place; empty where the reader may not know the person."""
        return named(self.name, self.giver)

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
    #: Remarks to the unit that the reader may see.
    remarks: Sequence[str] = ()
    #: What a lead department holds about it.
    reference: Figure | None = None

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
    #: Codes of the fields that a restriction leaves the reader to write in; None for all.
    fields: frozenset[str] | None = None

    def writes(self, field_code: str) -> bool:
        """Tell whether no restriction keeps the reader from writing in a field."""
        return self.fields is None or field_code in self.fields

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
