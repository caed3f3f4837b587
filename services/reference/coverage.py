"""Which leaves rest on reference figures: nothing in the criteria says so, the figures that are there do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from services.reference.figure import Figure
from services.reference.reach import Reach
from services.reference.reading import claims
from services.round_file import Leaf, exempt_leaves


@dataclass(frozen=True, slots=True)
class Item:
    """One leaf of a group with figures: for how many of its units, from where and of when, how many differ from the claim."""

    criterion_id: int
    code: str
    name: str
    maximum: Decimal
    units: int
    missing: tuple[str, ...]
    sources: tuple[tuple[str, date, int], ...]
    differing: int
    #: The reader may bring figures of it now, for some unit at least.
    open: bool

    @property
    def given(self) -> int:
        return self.units - len(self.missing)


@dataclass(frozen=True, slots=True)
class Coverage:
    """The leaves of one ranking group with figures; ``others`` are those without, of which the reader may bring some now."""

    group_id: int
    group_name: str
    items: tuple[Item, ...]
    others: tuple[m.Criterion, ...]

    @property
    def open(self) -> bool:
        return bool(self.others) or any(item.open for item in self.items)


def coverage(session: Session, round_: m.Round, now: datetime) -> list[Coverage]:
    """Count the figures of each leaf over the reader's units it applies to, in a constant number of statements."""
    groups = session.execute(
        select(m.RankingGroup.id, m.RankingGroup.name, m.RankingGroup.criteria_set_id)
        .where(m.RankingGroup.round_id == round_.id)
        .order_by(m.RankingGroup.id)
    ).all()
    leaves: dict[int, list[m.Criterion]] = {}
    for leaf in session.scalars(
        select(m.Criterion)
        .where(m.Criterion.set_id.in_([set_id for *_, set_id in groups]), m.Criterion.is_leaf)
        .order_by(m.Criterion.set_id, m.Criterion.path)
    ):
        if leaf.self_scored:
            leaves.setdefault(leaf.set_id, []).append(leaf)
    forms: dict[int, list[tuple[m.Assessment, str]]] = {}
    for form, name in session.execute(
        select(m.Assessment, m.Unit.name)
        .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
        .where(m.Assessment.round_id == round_.id)
        .order_by(m.Unit.code)
    ):
        forms.setdefault(form.group_id, []).append((form, name))
    reach = Reach(session, [form for of_group in forms.values() for form, _ in of_group], now)
    f = m.ReferenceFigure
    figures: dict[Leaf, Any] = {
        (row.assessment_id, row.criterion_id): row
        for row in session.execute(
            select(f.assessment_id, f.criterion_id, f.id, f.version, f.inputs, f.source, f.as_of)
            .join(m.Assessment, m.Assessment.id == f.assessment_id)
            .where(m.Assessment.round_id == round_.id)
        )
    }
    exempt, claimed = exempt_leaves(session, round_), claims(session, round_)
    found = []
    for id_, name, set_id in groups:
        if id_ not in forms:
            continue  # none of its units is in the reader's scope
        items, others = [], []
        for leaf in leaves.get(set_id, []):
            asked = [(form.id, unit) for form, unit in forms[id_] if (form.id, leaf.id) not in exempt]
            open_ = any(reach.why_not(form, leaf) is None for form, _ in forms[id_] if (form.id, leaf.id) not in exempt)
            if any((form_id, leaf.id) in figures for form_id, _ in asked):
                items.append(_item(leaf, asked, figures, claimed, open_=open_))
            elif open_:
                others.append(leaf)
        found.append(Coverage(id_, name, tuple(items), tuple(others)))
    return found


def _item(
    leaf: m.Criterion,
    asked: Sequence[tuple[int, str]],
    figures: Mapping[Leaf, Any],
    claimed: Mapping[Leaf, m.Score],
    *,
    open_: bool,
) -> Item:
    rows = [(form_id, figures[form_id, leaf.id]) for form_id, _ in asked if (form_id, leaf.id) in figures]
    rule = leaf.rule
    return Item(
        leaf.id,
        leaf.code,
        leaf.name,
        leaf.max_points or Decimal(0),
        len(asked),
        tuple(unit for form_id, unit in asked if (form_id, leaf.id) not in figures),
        _sources(row for _, row in rows),
        sum(Figure.of(row, rule).differs(claimed.get((form_id, leaf.id))) for form_id, row in rows),
        open_,
    )


def _sources(rows: Iterable[Any]) -> tuple[tuple[str, date, int], ...]:
    """Return source and date with the number of figures, the newest first."""
    counted = Counter((row.source, row.as_of) for row in rows)
    ordered = sorted(counted.items(), key=lambda item: (-item[0][1].toordinal(), item[0][0]))
    return tuple((source, as_of, number) for (source, as_of), number in ordered)
