"""Steps of an explanation: Sở Tư pháp is asked on two items of field 1, answers, and is appraised again."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager

from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import current_actor
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer, State
from services import appraisal
from services.explanation import answering, asking
from services.explanation.texts import mark
from services.score import Entry
from tests.appraisal import steps
from tests.support.world import Province

HELPER = "helper1.p"
#: Question by leaf: of 1.1 the points were lowered from 5 to 0, 1.3 was not appraised at all.
QUESTIONS = {"1.1": "Kế hoạch ban hành ngày nào?", "1.3": "Đề nghị bổ sung quy chế thi đua."}
ANSWERS = {"1.1": "Kế hoạch số 12/KH ban hành ngày 20/02.", "1.3": "Quy chế kèm theo Quyết định 45/QĐ."}


def ask(province: Province, code: str, text: str, unit: str = "SA", login: str = HELPER) -> None:
    """Mark a leaf with a question, or write the marked one anew."""
    id_ = steps.sheet_id(province, unit, code.partition(".")[0])
    with steps.seated(province, login):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, code)
        asking.ask(sheet, leaf, text, mark(present(sheet, leaf)))


def present(sheet: m.FieldSheet, leaf: m.Criterion) -> m.Question | None:
    """Return the question of a leaf that is not settled, if the reader sees one."""
    return db.session.scalar(
        select(m.Question).where(
            m.Question.assessment_id == sheet.assessment_id,
            m.Question.criterion_id == leaf.id,
            m.Question.settled_at.is_(None),
        )
    )


def send(province: Province, unit: str = "SA", login: str = HELPER, field: str = "1") -> None:
    id_ = steps.sheet_id(province, unit, field)
    with steps.seated(province, login):
        asking.send(db.session.get_one(m.FieldSheet, id_))


def prepare(province: Province, unit: str = "SA") -> None:
    """A full claim, signed; the plan appraised down, the rest kept but for 1.3, and both marked with a question."""
    steps.claim(province, unit)
    steps.lock(province)
    steps.appraise(province, HELPER, unit, "1.1", Entry({"option": "2"}, reason="Không tìm thấy kế hoạch"))
    for code, text in QUESTIONS.items():
        ask(province, code, text, unit)
    steps.keep_all(province, HELPER, unit)


def asked(province: Province, unit: str = "SA") -> None:
    prepare(province, unit)
    send(province, unit)


def explain(province: Province, code: str, text: str, unit: str = "SA", login: str = "") -> None:
    """Let the unit write an answer over whatever stands there."""
    form_id = province.form_id(unit)
    with province.acting(login or f"officer.{unit.lower()}"):
        form = db.session.get_one(m.Assessment, form_id)
        sheet, leaf = answering.place(form, code)
        question = present(sheet, leaf)
        standing = None
        if question is not None:
            standing = db.session.scalar(select(m.Explanation).where(m.Explanation.question_id == question.id))
        answering.explain(sheet, leaf, text, mark(standing))


def sign(province: Province, unit: str = "SA", without: tuple[int, ...] = ()) -> int:
    form_id = province.form_id(unit)
    with province.acting(f"leader.{unit.lower()}"):
        return answering.sign(db.session.get_one(m.Assessment, form_id), without)


def explained(province: Province, unit: str = "SA", answers: Mapping[str, str] = ANSWERS) -> None:
    """Up to the leader's signature."""
    asked(province, unit)
    for code, text in answers.items():
        explain(province, code, text, unit)
    sign(province, unit)


def keep_first(province: Province, code: str, unit: str = "SA", login: str = HELPER) -> None:
    """Let the helper keep its first appraisal."""
    id_ = steps.sheet_id(province, unit)
    given = steps.scores(province, unit, Layer.REAPPRAISAL).get(code)
    with steps.seated(province, login):
        sheet = db.session.get_one(m.FieldSheet, id_)
        leaf = steps.leaf_of(sheet.criteria_set_id, code)
        appraisal.keep_first(sheet, leaf, given.version if given is not None else 0)


def decided(province: Province, unit: str = "SA") -> None:
    """Appraised again: the plan up from 0 to 5, the other item not met after all."""
    explained(province, unit)
    steps.appraise(province, HELPER, unit, "1.1", Entry({"option": "1"}))
    steps.appraise(province, HELPER, unit, "1.3", Entry({"met": "0"}, reason="Quy chế chưa áp dụng"))


def state(province: Province, unit: str = "SA", field: str = "1") -> State:
    """Return what is stored on a sheet."""
    id_ = steps.sheet_id(province, unit, field)
    with province.system():
        return db.session.get_one(m.FieldSheet, id_).state


def questions(province: Province, unit: str = "SA") -> dict[str, m.Question]:
    """Return the newest question of each leaf, whoever may see it."""
    form_id = province.form_id(unit)
    with province.system():
        rows = db.session.execute(
            select(m.Criterion.code, m.Question)
            .join(m.Criterion, m.Criterion.id == m.Question.criterion_id)
            .where(m.Question.assessment_id == form_id)
            .order_by(m.Question.turn)
        ).all()
        for _, row in rows:
            db.session.expunge(row)
        return dict(rows)


def texts(province: Province, login: str, model: type[m.Question | m.Explanation | m.Remark]) -> set[str]:
    """Return the texts of a table that a person reads, in its seat where it has one."""
    with province.acting(login):
        actor = current_actor()
        seated = actor is not None and any(one.seat_id is not None for one in actor.authorities)
    with steps.seated(province, login) if seated else province.acting(login):
        return set(db.session.scalars(select(model.text)))


def system_writing() -> AbstractContextManager[object]:
    """Write what no story writes, as an import would."""
    return system_act(Verb.IMPORT, "test")
