"""How far the survey values of a round cover its units: n of N per item, the missing ones by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from rules.vocabulary import Layer, Method
from services.round_file import Leaf, exempt_leaves, leaves


@dataclass(frozen=True, slots=True)
class Item:
    """One survey item of a group: how many of its units have a value, and who has not."""

    code: str
    name: str
    maximum: Decimal
    units: int
    missing: tuple[str, ...]

    @property
    def given(self) -> int:
        return self.units - len(self.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The survey items of one ranking group."""

    group_id: int
    group_name: str
    items: tuple[Item, ...]

    @property
    def missing(self) -> int:
        return sum(len(item.missing) for item in self.items)


def coverage(session: Session, round_: m.Round) -> list[Coverage]:
    """Count the values of each item over the units it applies to, in a constant number of statements."""
    groups = session.execute(
        select(m.RankingGroup.id, m.RankingGroup.name, m.RankingGroup.criteria_set_id)
        .where(m.RankingGroup.round_id == round_.id)
        .order_by(m.RankingGroup.id)
    ).all()
    c = m.Criterion
    items: dict[int, list[tuple[int, str, str, Decimal]]] = {}
    for set_id, id_, code, name, maximum in session.execute(
        select(c.set_id, c.id, c.code, c.name, c.max_points)
        .where(c.set_id.in_([set_id for *_, set_id in groups]), c.is_leaf, c.method == Method.SURVEY)
        .order_by(c.set_id, c.path)
    ):
        items.setdefault(set_id, []).append((id_, code, name, maximum or Decimal(0)))
    forms: dict[int, list[tuple[int, str]]] = {}
    for group_id, form_id, name in session.execute(
        select(m.Assessment.group_id, m.Assessment.id, m.Unit.name)
        .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
        .where(m.Assessment.round_id == round_.id)
        .order_by(m.Unit.code)
    ):
        forms.setdefault(group_id, []).append((form_id, name))
    exempt = exempt_leaves(session, round_)
    given = leaves(
        session,
        select(m.Score.assessment_id, m.Score.criterion_id).where(m.Score.layer == Layer.SURVEY),
        m.Score,
        round_,
    )
    return [
        Coverage(id_, name, tuple(_items(items.get(set_id, []), forms.get(id_, []), given, exempt)))
        for id_, name, set_id in groups
    ]


def missing(session: Session, round_: m.Round) -> Sequence[tuple[str, str]]:
    """Return unit code and item code of every value that is missing, unit by unit."""
    form, item, unit = m.Assessment, m.Criterion, m.Unit
    exempt = select(m.Exemption.id).where(m.Exemption.assessment_id == form.id, m.Exemption.criterion_id == item.id)
    given = select(m.Score.id).where(
        m.Score.assessment_id == form.id, m.Score.criterion_id == item.id, m.Score.layer == Layer.SURVEY
    )
    found = session.execute(
        select(unit.code, item.code)
        .select_from(form)
        .join(unit, unit.id == form.unit_id)
        .join(item, item.set_id == form.criteria_set_id)
        .where(
            form.round_id == round_.id, item.is_leaf, item.method == Method.SURVEY, ~exempt.exists(), ~given.exists()
        )
        .order_by(unit.code, item.path)
    )
    return [(unit_code, code) for unit_code, code in found]


def _items(
    items: Iterable[tuple[int, str, str, Decimal]],
    forms: Sequence[tuple[int, str]],
    given: set[Leaf],
    exempt: set[Leaf],
) -> Iterator[Item]:
    for item_id, code, name, maximum in items:
        asked = [(form_id, unit) for form_id, unit in forms if (form_id, item_id) not in exempt]
        missing = tuple(unit for form_id, unit in asked if (form_id, item_id) not in given)
        yield Item(code, name, maximum, len(asked), missing)
