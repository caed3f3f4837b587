"""Questions of the demo's helpers, what units answered, and what was decided on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from rules.message import M
from rules.vocabulary import Audience, Layer, State
from rules.vocabulary import Stage as RoundStage
from services.demo import words
from services.demo.claims import notify, score_row
from services.demo.plan import Plan
from services.demo.stage import Stage
from services.score import read
from services.weighing import as_claimed

#: The field whose items are asked about, and of how many.
FIELD = "1"
ASKED = 3
#: Days from the day of loading: asked, answered, signed, decided again.
SENT, ANSWERED, SIGNED, DECIDED = -3, -2, -2, -1
#: A unit whose second appraisal is behind it: its fields are with the council.
SETTLED = ("S05",)


def load(stage: Stage, round_: m.Round, forms: Sequence[m.Assessment]) -> None:
    """Ask, answer and decide again, as far as each unit's plan goes; the first appraisals are there."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    for form in forms:
        code = codes[form.unit_id]
        plan = stage.plans[code]
        if plan in (Plan.EXPLAINING, Plan.REAPPRAISING) or code in SETTLED:
            _tell(stage, round_, form, code, plan)
    db.session.flush()


def _tell(stage: Stage, round_: m.Round, form: m.Assessment, code: str, plan: Plan) -> None:
    fields = {field.id: field.code for field in stage.criteria[form.criteria_set_id]}
    sheets = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id))
    sheet = next(one for one in sheets if fields[one.field_id] == FIELD)
    leaves = {leaf.id: leaf for leaf in stage.leaves(form.criteria_set_id) if leaf.field_code == FIELD}
    layers: dict[int, dict[Layer, m.Score]] = {}
    for score in db.session.scalars(
        select(m.Score).where(m.Score.assessment_id == form.id, m.Score.criterion_id.in_(leaves)).order_by(m.Score.id)
    ):
        layers.setdefault(score.criterion_id, {})[score.layer] = score
    # Asked is where less was given than claimed, then the first items of the field.
    judged = [id_ for id_ in leaves if {Layer.SELF, Layer.APPRAISAL} <= set(layers.get(id_, ()))]
    judged.sort(key=lambda id_: layers[id_][Layer.SELF].points == layers[id_][Layer.APPRAISAL].points)
    for place, id_ in enumerate(judged[:ASKED]):
        said = layers[id_]
        question = _ask(stage, form, leaves[id_], said[Layer.APPRAISAL], settled=code in SETTLED)
        if plan is Plan.EXPLAINING and place:
            continue  # one answer is written, as a draft
        db.session.add(question)
        db.session.flush()
        _answer(stage, form, code, question, signed=plan is not Plan.EXPLAINING)
        if code in SETTLED or (plan is Plan.REAPPRAISING and not place):
            _decide(stage, round_, form, leaves[id_], said)
    _bring(stage, form, code, plan, sheet)
    span = stage.days.window("department", RoundStage.EXPLANATION)
    told = M(
        "The helper team asks for an explanation of {count} items of field {field}. Answer and sign between {opens} and {closes}.",
        count=len(judged[:ASKED]),
        field=f"{FIELD}. {sheet.field.name}",
        opens=f"{span[0].astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}",
        closes=f"{span[1].astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}",
    )
    notify(stage, form, told, "", SENT)


def _ask(stage: Stage, form: m.Assessment, leaf: m.Criterion, given: m.Score, *, settled: bool) -> m.Question:
    chance = stage.chance("question", form.unit.code, leaf.code)
    helper = stage.benches[form.unit_id].helpers[leaf.id]
    key = {"assessment_id": form.id, "unit_id": form.unit_id, "criteria_set_id": form.criteria_set_id}
    question = m.Question(
        **key,
        criterion_id=leaf.id,
        turn=1,
        text=chance.choice(words.QUESTIONS),
        points=given.points,
        author_id=helper,
        asked_at=stage.days.at(SENT, 8),
        sent_at=stage.days.at(SENT, 9),
        settled_at=stage.days.at(DECIDED, 11) if settled else None,
    )
    db.session.add(question)
    audience = Audience.UNIT if chance.random() < 0.4 else Audience.TEAM
    db.session.add(
        m.Remark(
            **key,
            criterion_id=leaf.id,
            audience=audience,
            layer=Layer.APPRAISAL,
            text=words.REMARKS[audience],
            author_id=helper,
            created_at=stage.days.at(SENT, 8, 30),
        )
    )
    return question


def _answer(stage: Stage, form: m.Assessment, code: str, question: m.Question, *, signed: bool) -> None:
    chance = stage.chance("answer", code, question.criterion_id)
    question.changed_at = stage.days.at(ANSWERED, 10)
    db.session.add(
        m.Explanation(
            question_id=question.id,
            assessment_id=form.id,
            unit_id=form.unit_id,
            criterion_id=question.criterion_id,
            text=chance.choice(words.ANSWERS),
            author_id=stage.officer(code),
            updated_at=question.changed_at,
            signed_at=stage.days.at(SIGNED, 16) if signed else None,
        )
    )


def _decide(stage: Stage, round_: m.Round, form: m.Assessment, leaf: m.Criterion, said: dict[Layer, m.Score]) -> None:
    """Give what was claimed after all, or let the first appraisal stand."""
    persuaded = stage.chance("again", form.unit.code, leaf.code).random() < 0.6
    kept = said[Layer.SELF] if persuaded else said[Layer.APPRAISAL]
    reason = words.PERSUADED if persuaded else said[Layer.APPRAISAL].reason or words.AGREED[1]
    reading = read(leaf, replace(as_claimed(kept), reason=reason), Layer.REAPPRAISAL, round_)
    helper = stage.benches[form.unit_id].helpers[leaf.id]
    db.session.add(score_row(form, leaf, Layer.REAPPRAISAL, reading, helper, stage.days.at(DECIDED, 10)))


def _bring(stage: Stage, form: m.Assessment, code: str, plan: Plan, sheet: m.FieldSheet) -> None:
    if plan is Plan.EXPLAINING:
        sheet.state = State.EXPLANATION
        return
    sheet.explained_at = stage.days.at(SIGNED, 16)
    sheet.explained_by_id = stage.leader(code)
    if plan is Plan.REAPPRAISING:
        sheet.state = State.REAPPRAISAL
    told = M(
        "{name} signed the explanation of {count} items; {without} without an answer.",
        name=stage.accounts[f"ld.{code.lower()}"].full_name,
        count=ASKED,
        without=0,
    )
    notify(stage, form, told, "", SIGNED)
