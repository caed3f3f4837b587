"""How one seat stands to many field sheets at once: the facts of ``policies.judge``, read in a constant number of statements.

Lists and previews ask here, so that their buttons and refusals cost the same for ten sheets and for ten thousand; every write is
judged anew by the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from models.situation import Situation
from permissions import conflicts
from permissions.actor import Actor, Authority
from permissions.policies import stage_open
from permissions.restrictions import why_not
from rules.verbs import Relation, Verb
from rules.verdict import Facts, Verdict, decide


@dataclass(frozen=True, slots=True)
class Range:
    """What one assignment covers: a criterion with all below it, for one unit or for every unit of the council."""

    set_id: int
    path: str
    unit_id: int | None

    def covers(self, sheet: m.FieldSheet, criterion: m.Criterion) -> bool:
        end = self.path[:-1] + "/"
        return self._meets(sheet) and self.path <= criterion.path < end

    def touches(self, sheet: m.FieldSheet, field_path: str) -> bool:
        """Tell whether some of the field, or all of it, is covered."""
        return self._meets(sheet) and (self.path.startswith(field_path) or field_path.startswith(self.path))

    def _meets(self, sheet: m.FieldSheet) -> bool:
        return self.set_id == sheet.criteria_set_id and self.unit_id in (None, sheet.unit_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """The facts of one seat over the sheets of its council."""

    actor: Actor
    authority: Authority
    ranges: tuple[Range, ...]
    units: frozenset[int]
    #: Units of the council's round in which the person is at home (Điều 13).
    conflicts: frozenset[int]
    field_paths: Mapping[int, str]
    field_codes: Mapping[int, str]

    def covers(self, sheet: m.FieldSheet, criterion: m.Criterion) -> bool:
        """Tell whether an assignment covers this leaf of this unit."""
        return any(one.covers(sheet, criterion) for one in self.ranges)

    def touches(self, sheet: m.FieldSheet) -> bool:
        """Tell whether something of this sheet's field is assigned."""
        return any(one.touches(sheet, self.field_paths[sheet.field_id]) for one in self.ranges)

    def judge(
        self,
        verb: Verb,
        sheet: m.FieldSheet,
        seen: Situation,
        criteria: Sequence[m.Criterion] = (),
        reason: str | None = None,
    ) -> Verdict:
        """Answer "may I?" for one sheet, as ``policies.judge`` would."""
        state = seen.of_sheet(sheet)
        return decide(
            verb,
            Facts(
                role=self.authority.role,
                relation=Relation.COUNCIL if sheet.unit_id in self.units else Relation.NONE,
                state=state,
                stage_open=stage_open(verb, sheet, seen, state),
                assigned=all(self.covers(sheet, one) for one in criteria) if criteria else self.touches(sheet),
                conflict=sheet.unit_id in self.conflicts,
                reason=reason,
                lent=self.authority.lent,
                restricted=why_not(self.actor, verb, (self.field_codes[sheet.field_id],)),
            ),
        )


def standing(session: Session, actor: Actor, sheets: Iterable[m.FieldSheet]) -> Standing:
    """Read the facts of the actor's seat over these sheets, in four statements; raises ``ValueError`` without a seat."""
    authority = actor.authority
    if authority is None or authority.seat_id is None:
        raise ValueError("a standing is that of a seat")
    sheets = list(sheets)
    ranges = session.execute(
        select(m.Criterion.set_id, m.Criterion.path, m.Assignment.unit_id)
        .join(m.Assignment, m.Assignment.criterion_id == m.Criterion.id)
        .where(m.Assignment.seat_id == authority.seat_id)
    )
    units = session.scalars(select(m.CouncilUnit.unit_id).where(m.CouncilUnit.council_id == authority.council_id))
    fields = session.execute(
        select(m.Criterion.id, m.Criterion.path, m.Criterion.code).where(
            m.Criterion.id.in_({sheet.field_id for sheet in sheets})
        )
    ).all()
    assert authority.council_round_id is not None  # noqa: S101 - a seat has its council's round
    homes = conflicts.units_of(session, actor, authority.council_round_id, {sheet.unit_id for sheet in sheets})
    return Standing(
        actor,
        authority,
        tuple(Range(set_id, path, unit_id) for set_id, path, unit_id in ranges),
        frozenset(units),
        homes,
        {id_: path for id_, path, _ in fields},
        {id_: code for id_, _, code in fields},
    )
