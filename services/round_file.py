"""What files about many units of one round share: forms and leaves by code, what the process refuses, the locks.

The survey and the reference figures come this way: read against what is there, previewed, then applied all or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from models.situation import situations
from permissions.actor import current_actor
from permissions.gate import Refused
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Facts, Refusal, Verdict, decide
from services.tabular import RowCells

#: A leaf of a form: assessment and criterion.
Leaf = tuple[int, int]


class Placed(NamedTuple):
    """The form and leaf that a row is about."""

    form: m.Assessment
    unit_name: str
    item: m.Criterion


class Ground:
    """The forms and leaves of a round that the reader sees, for the rows of one file.

    ``unknown`` is what is said of a code that no leaf has, ``unfit`` tells why a leaf takes nothing of this file.
    """

    def __init__(
        self,
        session: Session,
        round_: m.Round,
        unknown: Message,
        unfit: Callable[[m.Criterion], Message | None],
    ) -> None:
        self.round = round_
        self.unknown, self.unfit = unknown, unfit
        found = session.execute(
            select(m.Assessment, m.Unit.code, m.Unit.name)
            .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
            .where(m.Assessment.round_id == round_.id)
            .order_by(m.Unit.code)
        ).all()
        self.named = {code: (form, name) for form, code, name in found}
        self.forms = [form for form, _, _ in found]
        self.items = {
            (item.set_id, item.code): item
            for item in session.scalars(
                select(m.Criterion)
                .where(m.Criterion.set_id.in_({form.criteria_set_id for form in self.forms}), m.Criterion.is_leaf)
                .order_by(m.Criterion.set_id, m.Criterion.path)
            )
        }
        self.exempt = exempt_leaves(session, round_)
        self._seen: dict[Leaf, int] = {}

    def check_round(self, cells: RowCells) -> None:
        """Refuse a row of another round."""
        code = cells.code("round_code", required=True)
        if code and code != self.round.code:
            cells.fault("round_code", M("This file is for round {code}; choose that round, or correct it", code=code))

    def place(
        self, cells: RowCells, refused: Callable[[m.Assessment, m.Criterion], tuple[str, Message] | None]
    ) -> Placed | None:
        """Find the form and leaf of a row; None where a fault was noted. A unit out of sight is an unknown one.

        ``refused`` tells what the process refuses: the column that names it, and why.
        """
        unit_code = cells.code("unit_code", required=True)
        code = cells.code("criterion_code", required=True)
        if not unit_code or not code:
            return None
        form, name = self.named.get(unit_code, (None, ""))
        if form is None:
            cells.fault("unit_code", M("No unit of this round has this code; correct it or delete the row"))
            return None
        item = self.items.get((form.criteria_set_id, code))
        if item is None:
            cells.fault("criterion_code", self.unknown)
            return None
        why = self._why_not(form, item, refused)
        if why is not None:
            cells.fault(*why)
            return None
        self._seen[form.id, item.id] = cells.number
        return Placed(form, name, item)

    def _why_not(
        self,
        form: m.Assessment,
        item: m.Criterion,
        refused: Callable[[m.Assessment, m.Criterion], tuple[str, Message] | None],
    ) -> tuple[str, Message] | None:
        unfit = self.unfit(item)
        if unfit is not None:
            return "criterion_code", unfit
        if (form.id, item.id) in self.exempt:
            return "criterion_code", M("This item does not apply to the unit; delete the row")
        if (form.id, item.id) in self._seen:
            row = self._seen[form.id, item.id]
            return "criterion_code", M("Stands already in row {row}; delete one of the two", row=row)
        return refused(form, item)


def exempt_leaves(session: Session, round_: m.Round) -> set[Leaf]:
    """Return the leaves of the round's forms that do not apply."""
    return leaves(session, select(m.Exemption.assessment_id, m.Exemption.criterion_id), m.Exemption, round_)


def leaves(session: Session, query: Any, model: type[m.Exemption | m.Score], round_: m.Round) -> set[Leaf]:
    """Return the leaves of a query's rows that belong to a round."""
    in_round = query.join(m.Assessment, m.Assessment.id == model.assessment_id).where(
        m.Assessment.round_id == round_.id
    )
    found: set[Leaf] = {(row[0], row[1]) for row in session.execute(in_round)}
    return found


def refusals(
    session: Session, verb: Verb, forms: Sequence[m.Assessment], now: datetime
) -> dict[tuple[int, str], Message]:
    """Ask the process table for each field of each form: those on which the verb is not possible any more, and why."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - views and acts let nobody else in
    role = actor.authority.role if actor.authority is not None else None
    where = situations(session, forms, now)
    refused: dict[tuple[int, str], Message] = {}
    for sheet, code in session.execute(
        select(m.FieldSheet, m.Criterion.code)
        .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
        .where(m.FieldSheet.assessment_id.in_([form.id for form in forms]))
    ):
        state = where[sheet.assessment_id].of_sheet(sheet)
        if not decide(verb, Facts(role, state=state)):
            refused[sheet.assessment_id, code] = M(
                "Field {code} of this unit is: {state}; reopen it first, with a reason", code=code, state=state.title
            )
    return refused


def locked(session: Session, round_: m.Round, form_ids: Sequence[int]) -> Sequence[m.Assessment]:
    """Lock forms, then sheets, always in this order, so that no council approves a field meanwhile."""
    forms = session.scalars(
        select(m.Assessment)
        .where(m.Assessment.id.in_(form_ids), m.Assessment.round_id == round_.id)
        .order_by(m.Assessment.id)
        .with_for_update(of=m.Assessment)
        .execution_options(populate_existing=True)
    ).all()
    session.scalars(
        select(m.FieldSheet)
        .where(m.FieldSheet.assessment_id.in_(form_ids))
        .order_by(m.FieldSheet.id)
        .with_for_update(of=m.FieldSheet)
        .execution_options(populate_existing=True)
    ).all()
    if len(forms) != len(form_ids):
        raise changed()
    return forms


def changed(why: Message | None = None) -> Refused:
    """Return the refusal of a preview that no longer fits what is there."""
    return Refused(
        Verdict(
            False,
            Refusal.STATE,
            why or M("Values or forms changed since this preview; nothing was imported."),
            M("Upload the file again and look at the new preview."),
        )
    )
