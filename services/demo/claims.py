"""What the units of the demo have entered: self-assessments, signatures, extensions, and what their superiors did."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select

import models as m
from extensions import db
from i18n import LOCAL_TIME
from models.notice import stored
from rules.message import M, Message
from rules.vocabulary import CriterionKind, Layer
from rules.vocabulary import Stage as RoundStage
from services.demo import calendar, figures, words
from services.demo.plan import Plan
from services.demo.stage import Stage
from services.score import Entry, Reading, read

#: Scores of one form by leaf.
Scores = dict[int, m.Score]


def load(stage: Stage, round_: m.Round, forms: Sequence[m.Assessment]) -> dict[int, Scores]:
    """Enter self-assessments as far as each unit's plan goes; return them by form."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    exempt: dict[int, set[int]] = {}
    for form_id, criterion_id in db.session.execute(select(m.Exemption.assessment_id, m.Exemption.criterion_id)):
        exempt.setdefault(form_id, set()).add(criterion_id)
    entered: dict[int, Scores] = {}
    for form in forms:
        code = codes[form.unit_id]
        leaves = [
            c for c in stage.leaves(form.criteria_set_id) if c.self_scored and c.id not in exempt.get(form.id, ())
        ]
        entered[form.id] = {leaf.id: _claim(stage, round_, form, code, leaf) for leaf in _reached(stage, code, leaves)}
        _sign(stage, form, code)
    db.session.add_all(score for scores in entered.values() for score in scores.values())
    db.session.flush()
    _superiors(stage, round_, forms, codes, entered)
    return entered


def _reached(stage: Stage, code: str, leaves: Sequence[m.Criterion]) -> Iterable[m.Criterion]:
    """Choose the leaves the unit has entered: from the first on, bonuses only where there is something to claim."""
    plan, chance = stage.plans[code], stage.chance("reach", code)
    if plan is Plan.NOT_BEGUN:
        return
    last = len(leaves) if plan.complete else round(len(leaves) * (0.35 + 0.4 * chance.random()))
    for position, leaf in enumerate(leaves):
        bonus = leaf.kind is CriterionKind.BONUS
        skipped = chance.random() < (0.75 if bonus else 0.05)
        if position < last and not (skipped and (bonus or not plan.complete)):
            yield leaf


def _claim(stage: Stage, round_: m.Round, form: m.Assessment, code: str, leaf: m.Criterion) -> m.Score:
    chance = stage.chance(2024, code, leaf.code)
    quality = stage.chance("quality", code).random()
    inputs = figures.claim(leaf, 0.2 + 0.75 * quality, chance)
    note = chance.choice(words.NOTES) if chance.random() < 0.25 else ""
    entry = Entry(inputs=inputs, note=note)
    odd = chance.random()
    if odd < 0.04 and leaf.rule.may_be_not_applicable:
        entry = Entry(not_applicable=True, note=words.NOT_APPLICABLE)
    elif odd > 0.985 and leaf.max_points is not None and leaf.kind is not CriterionKind.BONUS:
        entry = Entry(inputs=inputs, note=note, stated=_round_points(leaf), reason=words.STATED)
    moment = stage.days.at(chance.randint(-20, -11), chance.randint(8, 16), chance.randint(0, 59))
    return score_row(form, leaf, Layer.SELF, read(leaf, entry, Layer.SELF, round_), stage.officer(code), moment)


def _round_points(leaf: m.Criterion) -> str:
    assert leaf.max_points is not None  # noqa: S101 - asked before
    return f"{leaf.max_points * 9 / 10:.2f}"


def score_row(
    form: m.Assessment, leaf: m.Criterion, layer: Layer, reading: Reading, author_id: int, moment: object
) -> m.Score:
    """Make the row that ``services.score.put`` would make of a reading."""
    return m.Score(
        assessment_id=form.id,
        unit_id=form.unit_id,
        criteria_set_id=form.criteria_set_id,
        criterion_id=leaf.id,
        layer=layer,
        inputs=dict(reading.inputs),
        computed_points=reading.computed,
        stated_points=reading.stated,
        points=reading.points,
        not_applicable=reading.not_applicable,
        note=reading.note,
        reason=reading.reason,
        author_id=author_id,
        updated_at=moment,
    )


def _sign(stage: Stage, form: m.Assessment, code: str) -> None:
    """Sign the form, and close it early where its level is still open and its appraisal has begun."""
    plan = stage.plans[code]
    if not plan.signed:
        return
    signed_at = stage.days.at(calendar.SIGNED, 14, int(code[1:]) % 60)
    form.signed_at = signed_at
    form.signed_by_id = stage.leader(code)
    form.receipt = f"{form.id:06d}-{signed_at.astimezone(LOCAL_TIME):%Y%m%d-%H%M%S}"
    if plan.judged and not late(code):
        form.closed_at = stage.days.at(calendar.CLOSED_EARLY, 9)
        text = M("Your signed form was closed early; its appraisal may begin.")
        notify(stage, form, text, "", calendar.CLOSED_EARLY)


def late(code: str) -> bool:
    """Tell whether a unit was locked by its level's deadline, not early: its appraisal is only a day old."""
    return code in ("H04", "H08")


def _superiors(
    stage: Stage, round_: m.Round, forms: Sequence[m.Assessment], codes: dict[int, str], entered: dict[int, Scores]
) -> None:
    """Reminders, extensions, a reopening, and values of the superior's own layer with their reason."""
    for form in forms:
        code = codes[form.unit_id]
        plan = stage.plans[code]
        if plan is Plan.NOT_BEGUN:
            reminder = M("Reminder: complete and sign off your self-assessment in time.")
            notify(stage, form, reminder, words.REMINDED, -3)
        elif plan is Plan.EXTENDED:
            _extend(stage, form, calendar.EXTENDED_TO, words.EXTENDED, -3)
            notify(stage, form, M("Your deadline was extended. Reason: {reason}", reason=words.EXTENDED), "", -3)
        elif plan is Plan.REOPENED:
            _extend(stage, form, calendar.REOPENED_TO, words.REOPENED, calendar.REOPENED)
            reopened = M("Your form was reopened. Reason: {reason}", reason=words.REOPENED)
            notify(stage, form, reopened, "", calendar.REOPENED)
        if code.startswith("X") and plan is Plan.APPRAISING:
            _superior_value(stage, round_, form, entered[form.id])
    db.session.flush()


def _extend(stage: Stage, form: m.Assessment, until: int, reason: str, given: int) -> None:
    db.session.add(
        m.Extension(
            assessment_id=form.id,
            unit_id=form.unit_id,
            stage=RoundStage.SELF_SCORING,
            ends_at=stage.days.at(until, 17),
            reason=reason,
            author_id=stage.account("snv.quantri"),
            created_at=stage.days.at(given, 10),
        )
    )


def _superior_value(stage: Stage, round_: m.Round, form: m.Assessment, scores: Scores) -> None:
    """Let the district correct one figure of a commune (Điều 4.1)."""
    leaf = next(
        (
            leaf
            for leaf in stage.leaves(form.criteria_set_id)
            if leaf.field_code == "6" and leaf.id in scores and "numerator" in scores[leaf.id].inputs
        ),
        None,
    )
    if leaf is None:
        return
    district = next(code for code, unit in stage.units.items() if unit.id == form.unit.parent_id)
    found = figures.lowered(leaf, dict(scores[leaf.id].inputs), stage.chance("superior", form.unit.code))
    reading = read(leaf, Entry(inputs=found, reason=words.SUPERIOR), Layer.SUPERIOR, round_)
    author = stage.account(f"qt.{district.lower()}")
    score = score_row(form, leaf, Layer.SUPERIOR, reading, author, stage.days.at(calendar.CLOSED_EARLY, 15))
    db.session.add(score)
    told = M("Your superior entered its own value for {code}. Reason: {reason}", code=leaf.code, reason=words.SUPERIOR)
    notify(stage, form, told, "", calendar.CLOSED_EARLY)
    scores[leaf.id] = score  # the claim that the helper judges


def notify(stage: Stage, form: m.Assessment, message: Message, text: str, day: int) -> None:
    """Leave a notice for a unit, as the services do."""
    db.session.add(
        m.Notice(
            unit_id=form.unit_id,
            assessment_id=form.id,
            message_id=message.id,
            params=stored(message.params),
            text=text,
            author_id=stage.account("snv.quantri"),
            created_at=stage.days.at(day, 10),
        )
    )
