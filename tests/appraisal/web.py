"""A browser without script at the tables of appraisal and approval."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from tests.appraisal import steps
from tests.support.world import Province, token

#: More than any key can hold.
BIG = 10**21


def post(client: FlaskClient, path: str, data: dict[str, Any], **options: Any) -> Any:
    """Post a form with its token."""
    return client.post(path, data={**data, "csrf_token": token(client, "/password")}, **options)


def words(answer: Any) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)))


def statements(province: Province, client: FlaskClient, path: str) -> int:
    client.get(path)
    with steps.counted(province) as sent:
        assert client.get(path).status_code == 200
    return len(sent)


def more_units(province: Province, count: int) -> None:
    """Add units like Sở Tư pháp to the council, each with the same claims."""
    with province.system(), system_act(Verb.IMPORT, "test"):
        form = db.session.scalars(
            select(m.Assessment).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == "SA")
        ).one()
        scores = db.session.scalars(select(m.Score).where(m.Score.assessment_id == form.id)).all()
        sheets = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id)).all()
        seat = db.session.scalars(select(m.CouncilUnit).where(m.CouncilUnit.unit_id == form.unit_id)).one()
        for number in range(count):
            unit = m.Unit(
                code=f"N{number}", name=f"Đơn vị {number}", kind_id=form.unit.kind_id, parent_id=form.unit.parent_id
            )
            db.session.add(unit)
            db.session.flush()
            unit.path = f"{form.unit.path.split('.')[0]}.{unit.id}."
            made = m.Assessment(
                round_id=form.round_id, unit_id=unit.id, group_id=form.group_id, criteria_set_id=form.criteria_set_id
            )
            db.session.add(made)
            db.session.add(m.CouncilUnit(council_id=seat.council_id, round_id=form.round_id, unit_id=unit.id))
            db.session.flush()
            key = {"assessment_id": made.id, "unit_id": unit.id, "criteria_set_id": form.criteria_set_id}
            db.session.add_all(m.FieldSheet(**key, field_id=sheet.field_id) for sheet in sheets)
            db.session.add_all(
                m.Score(
                    **key, criterion_id=score.criterion_id, layer=score.layer, inputs=score.inputs, author_id=score.author_id,
                    computed_points=score.computed_points, points=score.points, updated_at=score.updated_at,
                )
                for score in scores
            )  # fmt: skip
