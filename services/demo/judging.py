"""What survey, helpers and councils of the demo have entered so far."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select

import models as m
from extensions import db
from rules.message import M
from rules.vocabulary import CriterionKind, Layer, Method, State
from services.demo import calendar, explaining, figures, words
from services.demo.claims import Scores, late, notify, score_row
from services.demo.plan import WITHOUT_SURVEY, Plan
from services.demo.stage import Stage
from services.score import Entry, read
from services.weighing import as_claimed

#: Fields whose appraisal is done where some of a form is already with the council, and those only begun.
DONE_FIRST = ("1", "2", "5")
BEGUN = ("3", "4")
#: The field a council sent back.
RETURNED = "7"
SURVEY_FIELD = "8"
#: Plans in which one field was asked about and all others are only begun.
ASKING = (Plan.EXPLAINING, Plan.REAPPRAISING)


def load(stage: Stage, round_: m.Round, forms: Sequence[m.Assessment], entered: dict[int, Scores]) -> None:
    """Enter the survey, the appraisals and the council's decisions; bring the field sheets to their states."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    exempt: dict[int, set[int]] = {}
    for form_id, criterion_id in db.session.execute(select(m.Exemption.assessment_id, m.Exemption.criterion_id)):
        exempt.setdefault(form_id, set()).add(criterion_id)
    sheets: dict[int, list[m.FieldSheet]] = {}
    ids = [form.id for form in forms]
    for sheet in db.session.scalars(
        select(m.FieldSheet).where(m.FieldSheet.assessment_id.in_(ids)).order_by(m.FieldSheet.id)
    ):
        sheets.setdefault(sheet.assessment_id, []).append(sheet)
    for form in forms:
        code = codes[form.unit_id]
        leaves = [leaf for leaf in stage.leaves(form.criteria_set_id) if leaf.id not in exempt.get(form.id, ())]
        surveyed = _survey(stage, round_, form, code, leaves)
        if stage.plans[code].judged:
            _judge(stage, round_, form, code, leaves, entered[form.id], sheets[form.id], surveyed=surveyed)
    db.session.flush()


def _survey(stage: Stage, round_: m.Round, form: m.Assessment, code: str, leaves: Sequence[m.Criterion]) -> bool:
    """Enter the survey's mean rates; tell whether this unit has them."""
    if form.unit.parent_id in {stage.units[district].id for district in WITHOUT_SURVEY}:
        return False
    quality = stage.chance("quality", code).random()
    for leaf in leaves:
        if leaf.method is Method.SURVEY:
            inputs = figures.claim(leaf, quality, stage.chance("survey", code, leaf.code))
            reading = read(leaf, Entry(inputs=inputs), Layer.SURVEY, round_)
            moment = stage.days.at(-7, 15)
            db.session.add(score_row(form, leaf, Layer.SURVEY, reading, stage.account("snv.quantri"), moment))
    return True


def _judge(
    stage: Stage,
    round_: m.Round,
    form: m.Assessment,
    code: str,
    leaves: Sequence[m.Criterion],
    scores: Scores,
    sheets: Sequence[m.FieldSheet],
    *,
    surveyed: bool,
) -> None:
    plan, bench = stage.plans[code], stage.benches[form.unit_id]
    moment = stage.days.at(calendar.LATE_APPRAISED if late(code) else calendar.APPRAISED, 15)
    appraised: Scores = {}
    fields = {field.id: field.code for field in stage.criteria[form.criteria_set_id] if field.parent_id is None}
    handed_in = _handed_in(stage, code, fields.values(), surveyed=surveyed)
    for leaf in leaves:
        asked = plan in ASKING and leaf.field_code == explaining.FIELD
        begun = (
            asked
            or leaf.field_code in handed_in
            or (leaf.field_code in BEGUN and stage.chance("begun", code, leaf.code).random() < 0.4)
        )
        entry = _appraisal(stage, code, leaf, scores.get(leaf.id)) if begun else None
        if entry is not None:
            reading = read(leaf, entry, Layer.APPRAISAL, round_)
            author = bench.helpers[leaf.id]
            appraised[leaf.id] = score_row(form, leaf, Layer.APPRAISAL, reading, author, moment)
    db.session.add_all(appraised.values())
    for sheet in sheets:
        _bring(stage, sheet, plan, fields[sheet.field_id], handed_in)
    if plan in (Plan.APPROVED, Plan.CLOSED):
        _decide(stage, round_, form, code, leaves, appraised, moment)
    if plan is Plan.CLOSED and code in ("S03", "H02"):
        form.released = Layer.COUNCIL
        told = M("Results of a stage were released to you: {layer}.", layer=Layer.COUNCIL.title)
        notify(stage, form, told, "", -1)


def _handed_in(stage: Stage, code: str, fields: Iterable[str], *, surveyed: bool) -> set[str]:
    """Return the fields whose appraisal is complete; without its survey values a field cannot be handed in."""
    done = {field for field in fields if surveyed or field != SURVEY_FIELD}
    if stage.plans[code] in ASKING:
        return set()
    if stage.plans[code] is not Plan.APPRAISING:
        return done
    # Of one half some fields are with the council already, of the other none.
    return done & set(DONE_FIRST) if int(code[1:]) % 2 else set()


def _appraisal(stage: Stage, code: str, leaf: m.Criterion, claim: m.Score | None) -> Entry | None:
    """Return what the helper enters: mostly the claim, sometimes less with a reason; None for what waits for no helper."""
    chance = stage.chance("appraisal", code, leaf.code)
    if leaf.method is Method.SURVEY:
        return None
    if leaf.kind is CriterionKind.PENALTY:
        return Entry(inputs={"count": "1"}, note=words.LOWERED[4]) if chance.random() < 0.1 else None
    if claim is None:
        return None if leaf.kind is CriterionKind.BONUS else Entry(stated="0", reason=words.LOWERED[0])
    if claim.not_applicable and not claim.inputs:
        return Entry(not_applicable=True, note=words.AGREED[0])
    if claim.stated_points is None and not claim.not_applicable and chance.random() < 0.15:
        found = figures.lowered(leaf, dict(claim.inputs), chance)
        if leaf.rule.points(leaf.rule.read(found)).points != claim.points:
            return Entry(inputs=found, reason=chance.choice(words.LOWERED))
    return as_claimed(claim)


def _bring(stage: Stage, sheet: m.FieldSheet, plan: Plan, field: str, handed_in: set[str]) -> None:
    """Set the state of a field sheet."""
    if field not in handed_in:
        return
    if plan is Plan.SENT_BACK and field == RETURNED:
        sheet.returned_reason = words.SENT_BACK
        return
    sheet.state = State.APPRAISED
    # Of approved forms the council has still some fields before it; those of closed ones are all closed.
    if plan is Plan.CLOSED or (plan is Plan.APPROVED and field not in ("6", "7")):
        sheet.state = State.CLOSED if plan is Plan.CLOSED else State.APPROVED
        sheet.minutes_number = f"0{int(field) % 5 + 1}/BB-HĐTĐ"
        sheet.minutes_on = stage.days.on(calendar.DECIDED)


def _decide(
    stage: Stage,
    round_: m.Round,
    form: m.Assessment,
    code: str,
    leaves: Sequence[m.Criterion],
    appraised: Scores,
    moment: datetime,
) -> None:
    """Let the council change a value or two of what it has approved."""
    bench = stage.benches[form.unit_id]
    chance = stage.chance("council", code)
    changed = [leaf for leaf in leaves if leaf.id in appraised and "numerator" in appraised[leaf.id].inputs]
    for leaf in changed[: chance.randint(0, 2)]:
        found = figures.lowered(leaf, dict(appraised[leaf.id].inputs), chance)
        reading = read(leaf, Entry(inputs=found, reason=chance.choice(words.DECIDED)), Layer.COUNCIL, round_)
        decided_at = max(moment, stage.days.at(calendar.DECIDED, 10))
        author = bench.members.get(leaf.field_code, bench.chair)
        db.session.add(score_row(form, leaf, Layer.COUNCIL, reading, author, decided_at))
