"""The hand-overs of the demo: what each signed form, and each field that is with the council, held when it was handed on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import Actor, Authority
from permissions.gate import Act
from rules.verbs import Role, Verb
from rules.vocabulary import Layer, State
from services import snapshot
from services.demo import calendar
from services.demo.claims import late
from services.demo.plan import Plan
from services.demo.stage import Stage

HANDED_IN = (State.APPRAISED, State.APPROVED, State.CLOSED)


def signed(stage: Stage, forms: Sequence[m.Assessment]) -> None:
    """Keep the forms as their leaders signed them; before anything is judged."""
    for form in forms:
        if form.signed_at is not None and form.signed_by_id is not None:
            given = _act(stage, Verb.SIGN, form.signed_at, form.signed_by_id, Role.LEADER, form.unit)
            snapshot.take(given, form, Layer.SUPERIOR)


def judged(stage: Stage, forms: Sequence[m.Assessment]) -> None:
    """Keep the fields of the departments furthest on as helper and council handed them on."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    far = [form for form in forms if stage.plans[codes[form.unit_id]] in (Plan.APPROVED, Plan.CLOSED)]
    own = {form.id: form for form in far if codes[form.unit_id].startswith("S")}
    sheets = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id.in_(own))).all()
    fields = {one.id: one for rows in stage.criteria.values() for one in rows if one.parent_id is None}
    for sheet in sheets:
        form = own[sheet.assessment_id]
        bench, field = stage.benches[form.unit_id], fields[sheet.field_id]
        helper = next((bench.helpers[leaf.id] for leaf in stage.leaves(sheet.criteria_set_id)
                       if leaf.field_code == field.code and leaf.id in bench.helpers), bench.chair)  # fmt: skip
        day = calendar.LATE_APPRAISED if late(codes[form.unit_id]) else calendar.APPRAISED
        if sheet.state in HANDED_IN:
            given = _act(stage, Verb.HAND_IN, stage.days.at(day, 16), helper, Role.HELPER, form.unit)
            snapshot.take(given, form, Layer.SURVEY, sheet)
        if sheet.state in (State.APPROVED, State.CLOSED):
            member = bench.members.get(field.code, bench.chair)
            given = _act(stage, Verb.APPROVE, stage.days.at(calendar.DECIDED, 11), member, Role.MEMBER, form.unit)
            snapshot.take(given, form, Layer.COUNCIL, sheet)


def _act(stage: Stage, verb: Verb, moment: datetime, account_id: int, role: Role, unit: m.Unit) -> Act:
    account = next(one for one in stage.accounts.values() if one.id == account_id)
    authority = Authority("demo", role, unit.id, unit.path, unit.name if role is Role.LEADER else "Hội đồng thẩm định")
    actor = Actor(account_id, account.full_name, moment, (authority,), authority)
    return replace(stage.act, verb=verb, now=moment, actor=actor, reason="")
