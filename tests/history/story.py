"""One commune's form from the first figure to the closed field, told through the services: what its history has to say."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import approval, assessment, evidence, supervision
from services import approval_board as board
from services.approval import Minutes
from services.evidence import Document
from services.score import Entry
from tests.appraisal import steps
from tests.permissions.stages import acting_as, by
from tests.support.world import Province

UNIT = "X11"
MINUTES = Minutes("07/BB-HĐ", date(2024, 12, 20))
FIRST_NOTE = "Kế hoạch số 05 ban hành ngày 10 tháng 01"
LATER_NOTE = "Kế hoạch số 15 ban hành ngày 10 tháng 01"
SUPERIOR_REASON = "Kế hoạch ban hành trong tháng 02"
HELPER_REASON = "Báo cáo chỉ ghi 30 nhiệm vụ"
COUNCIL_REASON = "Chưa áp dụng trong năm"
BACK_REASON = "Xem lại số nhiệm vụ"


def form(province: Province, unit: str = UNIT) -> m.Assessment:
    return db.session.get_one(m.Assessment, province.form_id(unit))


def save(province: Province, code: str, **typed: Any) -> None:
    """Let the officer save one leaf over what stands there."""
    with province.acting("officer.x11"):
        found = form(province)
        leaf = steps.leaf_of(found.criteria_set_id, code)
        present = db.session.scalar(
            select(m.Score).where(
                m.Score.assessment_id == found.id, m.Score.criterion_id == leaf.id, m.Score.layer == Layer.SELF
            )
        )
        assessment.save(found, {code: Entry(version=present.version if present else 0, **typed)})


def name_evidence(province: Province, code: str = "1.1", number: str = "05/KH-UBND", page: str = "3") -> None:
    with province.acting("officer.x11"):
        found = form(province)
        evidence.add(found, evidence.leaf(found, code), Document(number=number, title="Kế hoạch năm", page=page))


def remove_evidence(province: Province, code: str = "1.1") -> None:
    with province.acting("officer.x11"):
        found = form(province)
        evidence.remove(found, evidence.leaf(found, code), evidence.uses(found)[0].link_id)


def lend_signature(province: Province) -> str:
    """Let the leader lend the signature to the officer; return the key of the authority."""
    with province.system(), system_act(Verb.MANAGE_ACCOUNTS, "test") as giving:
        lent = m.Delegation(
            post_id=by(m.Post, account_id=by(m.Account, username="leader.x11").id).id,
            receiver_id=by(m.Account, username="officer.x11").id,
            unit_id=by(m.Unit, code=UNIT).id,
            verbs=[Verb.SIGN.value, Verb.READ.value],
            valid_from=giving.now.date() - timedelta(days=1),
            valid_to=giving.now.date() + timedelta(days=60),
            reason="đi họp",
        )
        db.session.add(lent)
        db.session.flush()
        return f"delegation:{lent.id}"


def sign(province: Province, login: str = "leader.x11", key: str | None = None) -> None:
    context: AbstractContextManager[Any] = acting_as(province, login, key) if key else province.acting(login)
    with context:
        assessment.sign(form(province))


def superior(province: Province, code: str = "1.1", **typed: Any) -> None:
    with province.acting("manager.h1"):
        sheet = db.session.get_one(m.FieldSheet, steps.sheet_id(province, UNIT, code.split(".", maxsplit=1)[0]))
        supervision.score(sheet, steps.leaf_of(sheet.criteria_set_id, code), Entry(**typed))


def claimed(province: Province) -> None:
    """Everything is scored once, 1.1 twice, with a document; the officer signs for the leader."""
    for code, entry in steps.CLAIMS.items():
        note = FIRST_NOTE if code == "1.1" else entry.note or "Có hồ sơ"
        save(province, code, inputs=dict(entry.inputs), note=note)
    save(province, "1.1", inputs={"option": "0"}, note=LATER_NOTE)
    name_evidence(province)
    sign(province, "officer.x11", lend_signature(province))


def judged(province: Province) -> None:
    """The superior corrects 1.1, the helper lowers 1.2.1, the council 1.3; field 1 is handed in, approved and closed."""
    claimed(province)
    superior(province, inputs={"option": "1"}, reason=SUPERIOR_REASON)
    steps.lock(province)
    entry = Entry({"numerator": "40", "denominator": "48"}, reason=HELPER_REASON)
    steps.appraise(province, "helper.h1", UNIT, "1.2.1", entry)
    steps.keep_all(province, "helper.h1", UNIT)
    steps.hand_in(province, "helper.h1", UNIT)
    change(province, "1.3", Entry({"met": "0"}, reason=COUNCIL_REASON))
    decide(province, "member.h1", close=False)
    decide(province, "chair.h1", close=True)


def change(province: Province, code: str, entry: Entry) -> None:
    id_ = steps.sheet_id(province, UNIT)
    with steps.seated(province, "member.h1"):
        sheet = db.session.get_one(m.FieldSheet, id_)
        approval.change(sheet, steps.leaf_of(sheet.criteria_set_id, code), entry)


def decide(province: Province, login: str, *, close: bool) -> None:
    id_ = steps.sheet_id(province, UNIT)
    with steps.seated(province, login) as person:
        tickets = [row.ticket for row in board.rows(person, [db.session.get_one(m.FieldSheet, id_)])]
        done = approval.close(tickets) if close else approval.approve(tickets, MINUTES)
        assert (done.count, done.failed) == (1, [])


def send_back(province: Province) -> None:
    id_ = steps.sheet_id(province, UNIT)
    with steps.seated(province, "member.h1"):
        approval.send_back(db.session.get_one(m.FieldSheet, id_), BACK_REASON)


def release(province: Province, layer: Layer) -> None:
    with province.acting("manager.h1"):
        supervision.release(form(province), layer)


def snapshots(province: Province, unit: str = UNIT) -> list[m.Snapshot]:
    """Return the snapshots of a form in the order they were taken, with their content."""
    form_id = province.form_id(unit)
    with province.system():
        found = db.session.scalars(
            select(m.Snapshot).where(m.Snapshot.assessment_id == form_id).order_by(m.Snapshot.id)
        ).all()
        for one in found:
            assert one.content
            db.session.expunge(one)
        return list(found)
