"""The demo province: Vĩnh Long 2024 with a published round 2023 and a round 2024 in every state of the process.

Everything is made up from the codes of units and criteria and from the day of loading: equal for an equal day.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from permissions.gate import system_act
from permissions.identity import LOCAL_TIME
from rules.verbs import Verb
from services import subtotal
from services.demo import (
    catalogue,
    central,
    claims,
    councils,
    explaining,
    handed,
    judging,
    lending,
    opening,
    papers,
    past,
    people,
    staffing,
)
from services.demo.calendar import Days
from services.demo.logins import LOGINS, Login
from services.demo.people import PASSWORD
from services.demo.plan import plans
from services.demo.stage import Stage

__all__ = ["LOGINS", "PASSWORD", "DemoRefused", "Login", "load", "loaded"]


class DemoRefused(Exception):
    """The database holds other data: made-up units and rounds must not mix with real ones."""


def loaded() -> bool:
    """Tell whether the demo is there."""
    with system_scope("demo"):
        query = select(m.Round.id).where(m.Round.code == "2024", m.Round.illustrative)
        return db.session.scalar(query) is not None


def load() -> bool:
    """Load the demo into an empty database, in one transaction; tell whether there was anything to do.

    Raises ``DemoRefused`` where units are there already.
    """
    if loaded():
        return False
    with system_scope("demo"):
        if db.session.scalar(select(m.Unit.id).limit(1)) is not None:
            raise DemoRefused
        with system_act(Verb.IMPORT, "demo") as act:
            days = Days(act.now.astimezone(LOCAL_TIME).date())
            _build(Stage(replace(act, now=days.at(-22)), days))
    return True


def _build(stage: Stage) -> None:
    catalogue.load(stage)
    people.load(stage)
    past.load(stage)
    round_, forms = opening.load(stage)
    codes = {unit.id: code for code, unit in stage.units.items()}
    stage.plans = plans(stage.units, [codes[form.unit_id] for form in forms])
    councils.load(stage, round_, forms)
    entered = claims.load(stage, round_, forms)
    papers.load(stage, forms, entered)
    central.load(stage, forms, entered)
    handed.signed(stage, forms)
    judging.load(stage, round_, forms, entered)
    explaining.load(stage, round_, forms)
    handed.judged(stage, forms)
    lending.load(stage)
    staffing.load(stage)
    subtotal.refresh(db.session(), list(db.session.scalars(select(m.FieldSheet))))
