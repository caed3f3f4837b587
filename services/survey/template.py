"""The table of units and items to be filled in by who holds the survey: present rates stand in it already."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

import models as m
from i18n import render
from rules.message import M
from rules.vocabulary import Layer, Method
from services.round_file import leaves
from services.survey.matrix import LAYOUT, headings
from services.workbook.layout import Kind, Marks
from services.workbook.paper import FIRST_ROW, Head, Paper

_HINT = M(
    "Enter the mean rate of each unit and item in percent, from 0 to 100 (for 85 % type 85), then upload the file: first you see "
    "what would change. An empty cell changes nothing; grey cells take no value."
)


def write(session: Session, round_: m.Round) -> bytes:
    """Write the table of a round, in a constant number of statements."""
    found = session.execute(
        select(m.Assessment.id, m.Assessment.criteria_set_id, m.Unit.code, m.Unit.name)
        .join(m.Unit, m.Unit.id == m.Assessment.unit_id)
        .where(m.Assessment.round_id == round_.id)
        .order_by(m.Assessment.group_id, m.Unit.code)
    ).all()
    c = m.Criterion
    ids: dict[tuple[int, str], int] = {}
    names: dict[str, str] = {}
    for set_id, id_, code, name in session.execute(
        select(c.set_id, c.id, c.code, c.name)
        .where(c.set_id.in_({set_id for _, set_id, _, _ in found}), c.is_leaf, c.method == Method.SURVEY)
        .order_by(c.path, c.set_id)
    ):
        ids[set_id, code] = id_
        names.setdefault(code, name)
    exempt = leaves(session, select(m.Exemption.assessment_id, m.Exemption.criterion_id), m.Exemption, round_)
    given: dict[tuple[int, int], str] = {}
    for score in session.scalars(
        select(m.Score)
        .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
        .where(m.Assessment.round_id == round_.id, m.Score.layer == Layer.SURVEY)
    ):
        given[score.assessment_id, score.criterion_id] = score.inputs.get("rate", "")
    paper = Paper(Marks(Kind.SURVEY, round_.code, "", "", round_.name))
    codes, unit_code, unit_name = list(names), *(heading.title for heading in LAYOUT.headings)
    heads = [
        Head("", unit_code, 10),
        Head("", unit_name, 32),
        *(Head("", text, 18) for text in headings(list(names.items()))),
    ]
    sheet = paper.sheet(render(M("Survey")), round_.name, render(_HINT), heads, fixed=2, hidden=0)
    for row, (form_id, set_id, code, name) in enumerate(found, start=FIRST_ROW):
        paper.text(sheet, row, 0, code)
        paper.text(sheet, row, 1, name)
        for column, item in enumerate(codes, start=2):
            item_id = ids.get((set_id, item))
            open_ = item_id is not None and (form_id, item_id) not in exempt
            value = given.get((form_id, item_id or 0), "").replace(".", ",")
            paper.figure(sheet, row, column, value, open_=open_, limit="100")
    return paper.done()
