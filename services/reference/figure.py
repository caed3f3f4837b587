"""One reference figure as it stands beside a claim: its points by the item's own rule, its source and date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from sqlalchemy import select

import models as m
from extensions import db
from rules.criteria import Rule
from rules.message import Message
from services.round_file import Leaf


class Claimed(Protocol):
    """What a layer says of a leaf: a score row, or a line of a form that was read."""

    @property
    def inputs(self) -> Mapping[str, Any]: ...
    @property
    def points(self) -> Decimal | None: ...
    @property
    def not_applicable(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """The central figures of one leaf of one form. ``version`` 0: read from a file, not kept yet.

    ``points`` are those that the rule gives for ``inputs``, none where these take the leaf out of the maximum.
    """

    id: int
    version: int
    inputs: Mapping[str, Any]
    source: str
    as_of: date
    points: Decimal | None
    not_applicable: bool
    arithmetic: Message

    @classmethod
    def of(cls, row: Any, rule: Rule) -> Figure:
        """Count a kept figure by the rule of its leaf."""
        return cls.counted(rule, row.inputs, row.source, row.as_of, row.id, row.version)

    @classmethod
    def counted(
        cls, rule: Rule, inputs: Mapping[str, Any], source: str, as_of: date, id_: int = 0, version: int = 0
    ) -> Figure:
        """Count inputs in their stored form."""
        outcome = rule.points(dict(inputs))
        return cls(id_, version, inputs, source, as_of, outcome.points, outcome.not_applicable, outcome.arithmetic)

    def differs(self, said: Claimed | None) -> bool:
        """Tell whether something was said and its points are other than those by these figures."""
        return said is not None and (said.points, said.not_applicable) != (self.points, self.not_applicable)

    def same_inputs(self, said: Claimed | None) -> bool:
        return said is not None and dict(said.inputs) == dict(self.inputs)

    def change(self, said: Claimed | None) -> Decimal | None:
        """Return how far these points lie above what was said; None where one of the two has no points."""
        if said is None or said.points is None or self.points is None:
            return None
        return self.points - said.points


def figures_of(form_ids: Iterable[int], criteria: Iterable[m.Criterion]) -> dict[Leaf, Figure]:
    """Return the figures of these leaves of these forms within the reader's scope; one statement."""
    known = {criterion.id: criterion for criterion in criteria}
    f = m.ReferenceFigure
    rows = db.session.execute(
        select(f.assessment_id, f.criterion_id, f.id, f.version, f.inputs, f.source, f.as_of).where(
            f.assessment_id.in_(set(form_ids)), f.criterion_id.in_(known)
        )
    )
    return {(row.assessment_id, row.criterion_id): Figure.of(row, known[row.criterion_id].rule) for row in rows}
