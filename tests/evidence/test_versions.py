"""Nothing that was handed in is replaced: a new file is a new version, and what relied on an old one keeps it (FI-12)."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused, system_act
from rules.verbs import Verb
from rules.vocabulary import Stage, State
from services import evidence, scoring, supervision
from services.evidence import Document
from services.evidence.same import elsewhere
from services.evidence.upload import receive
from services.round import open_in
from tests.assessment.support import move_to_deadline, person
from tests.evidence.samples import pdf
from tests.evidence.sending import links, rows, send, sent, stored
from tests.support.world import Province


def versions(province: Province) -> list[tuple[int, str]]:
    return [(file.number, file.name) for file in rows(province, m.EvidenceFile)]


def relied_on(province: Province) -> list[tuple[Stage, int, int]]:
    """Stage, turn and version of each link."""
    numbers = {file.id: file.number for file in rows(province, m.EvidenceFile)}
    return [(link.stage, link.turn, numbers[link.file_id]) for link in links(province)]


def test_a_draft_moves_to_the_new_version_and_the_old_one_is_kept(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    first = sent(officer, name="Kế hoạch.pdf", content=pdf("1"))
    officer.post("evidence/1.1", document=first["document_id"])
    second = sent(officer, name="Kế hoạch sửa.pdf", content=pdf("2"), version_of=first["link_id"])
    assert (second["number"], second["link_id"], second["document_id"]) == (2, first["link_id"], first["document_id"])
    assert versions(province) == [(1, "Kế hoạch.pdf"), (2, "Kế hoạch sửa.pdf")]
    assert {link.file_id for link in links(province)} == {second["file_id"]}
    assert officer.client.get(first["url"]).data == pdf("1")
    assert officer.client.get(second["url"]).data == pdf("2")
    again = sent(officer, content=pdf("2"), version_of=first["link_id"])
    assert (again["repeated"], again["file_id"]) == (True, second["file_id"])
    assert len(stored(store)) == 2


def test_a_document_without_a_file_gets_its_first(province: Province) -> None:
    officer = person(province, "officer.x11")
    officer.post("evidence/1.3", title="Kế hoạch")
    told = sent(officer, version_of=links(province)[0].id)
    assert (told["number"], told["title"]) == (1, "Kế hoạch")


def test_a_locked_form_keeps_its_version_when_another_round_goes_on(province: Province) -> None:
    officer = person(province, "officer.x11")
    first = sent(officer, content=pdf("1"))
    move_to_deadline(province, "X11", 1)
    officer = person(province, "officer.x11")
    new_form = next_round(province)
    officer.form_id = new_form
    officer.url = f"/assessments/{new_form}"
    assert officer.post("evidence/1.3", document=first["document_id"]).status_code == 302
    new_link = next(link.id for link in links(province) if link.assessment_id == new_form)
    second = sent(officer, content=pdf("2"), version_of=new_link)
    old, new = links(province)
    assert (old.file_id, new.file_id) == (first["file_id"], second["file_id"])
    officer.post(f"evidence/1.3/{new_link}/remove")
    assert [file.number for file in rows(province, m.EvidenceFile)] == [
        1,
        2,
    ]  # the locked form still names the document
    helper = province.client("helper.h1")
    assert helper.get(first["url"]).status_code == 200
    assert helper.get(second["url"]).status_code == 404  # what came later is not before the council


def next_round(province: Province) -> int:
    """Open another round with the same sets, which units score now; return X11's form."""
    with province.system(), system_act(Verb.IMPORT, "test") as opening:
        this = db.session.scalars(select(m.Round)).one()
        round_ = m.Round(code="2025", name="Năm 2025", year=2025, cut_off_on=this.cut_off_on.replace(year=2025))
        db.session.add(round_)
        db.session.flush()
        group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "commune")).one()
        copy = m.RankingGroup(
            round_id=round_.id,
            code=group.code,
            name=group.name,
            level_id=group.level_id,
            criteria_set_id=group.criteria_set_id,
        )
        copy.classes = [m.ClassBand(name="Đạt", lower_bound=group.classes[0].lower_bound)]
        db.session.add(copy)
        db.session.add(
            m.Window(
                round_id=round_.id,
                level_id=group.level_id,
                stage=Stage.SELF_SCORING,
                opens_at=clock.now() - timedelta(days=1),
                closes_at=clock.now() + timedelta(days=30),
            )
        )
        db.session.flush()
        open_in(opening, round_)
        db.session.flush()
        unit = select(m.Unit.id).where(m.Unit.code == "X11").scalar_subquery()
        return db.session.scalars(
            select(m.Assessment.id).where(m.Assessment.round_id == round_.id, m.Assessment.unit_id == unit)
        ).one()


def ask(province: Province, code: str = "1.3", turn: int = 1) -> None:
    """Lock X11's form and put a sent question on a leaf, as the helper team leaves it."""
    move_to_deadline(province, "X11", 1)
    with province.system(), system_act(Verb.IMPORT, "test") as asking:
        form = db.session.get_one(m.Assessment, person_form(province))
        leaf = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == code)
        ).one()
        author = db.session.scalars(select(m.Account.id).where(m.Account.username == "helper.h1")).one()
        for question in db.session.scalars(select(m.Question)).all():
            question.settled_at = asking.now
        db.session.flush()
        db.session.add(
            m.Question(
                assessment_id=form.id,
                unit_id=form.unit_id,
                criteria_set_id=form.criteria_set_id,
                criterion_id=leaf.id,
                turn=turn,
                text="Vì sao?",
                author_id=author,
                asked_at=asking.now,
                sent_at=asking.now,
            )
        )
        for sheet in db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id)).all():
            if sheet.field.code == leaf.field_code:
                sheet.state = State.EXPLANATION
        db.session.flush()


def person_form(province: Province) -> int:
    unit = db.session.scalars(select(m.Unit.id).where(m.Unit.code == "X11")).one()
    return (
        db.session.scalars(
            select(m.Assessment.id).where(m.Assessment.unit_id == unit).order_by(m.Assessment.id)
        ).first()
        or 0
    )


def answer(province: Province, turn: int) -> None:
    """Sign an answer to the question of a turn."""
    with province.system(), system_act(Verb.IMPORT, "test") as signing:
        question = db.session.scalars(select(m.Question).where(m.Question.turn == turn)).one()
        db.session.add(
            m.Explanation(
                question_id=question.id,
                assessment_id=question.assessment_id,
                unit_id=question.unit_id,
                criterion_id=question.criterion_id,
                text="Vì thế.",
                author_id=question.author_id,
                updated_at=signing.now,
                signed_at=signing.now,
            )
        )


def test_an_explanation_adds_and_leaves_what_was_signed(province: Province, store: Path) -> None:
    first = sent(person(province, "officer.x11"), content=pdf("1"))
    ask(province)
    officer = person(province, "officer.x11")
    second = sent(officer, content=pdf("2"), version_of=first["link_id"])
    assert relied_on(province) == [(Stage.SELF_SCORING, 1, 1), (Stage.EXPLANATION, 1, 2)]
    third = sent(officer, content=pdf("3"), version_of=second["link_id"])
    assert relied_on(province) == [(Stage.SELF_SCORING, 1, 1), (Stage.EXPLANATION, 1, 3)]
    new = sent(officer, content=pdf("4"), title="Tài liệu bổ sung")
    assert officer.post(f"evidence/1.3/{first['link_id']}/remove").status_code == 409  # handed in with the form
    assert officer.post(f"evidence/1.3/{new['link_id']}/remove").status_code == 302
    assert send(officer, "1.1", content=pdf("5")).status_code == 409  # nothing is asked there
    assert send(officer, "2.2", content=pdf("5")).status_code == 409  # nor in that field
    helper = person(province, "helper.h1", "X11")
    assert helper.client.get(first["url"]).status_code == 200
    assert helper.client.get(third["url"]).status_code == 404  # a draft of the unit until the answer is signed
    answer(province, 1)
    assert helper.client.get(third["url"]).data == pdf("3")


def test_a_second_question_leaves_what_the_first_answer_relied_on(province: Province) -> None:
    first = sent(person(province, "officer.x11"), content=pdf("1"))
    ask(province)
    second = sent(person(province, "officer.x11"), content=pdf("2"), version_of=first["link_id"])
    answer(province, 1)
    ask(province, turn=2)
    officer = person(province, "officer.x11")
    assert officer.post(f"evidence/1.3/{second['link_id']}/remove").status_code == 409
    third = sent(officer, content=pdf("3"), version_of=second["link_id"])
    assert relied_on(province) == [(Stage.SELF_SCORING, 1, 1), (Stage.EXPLANATION, 1, 2), (Stage.EXPLANATION, 2, 3)]
    helper = person(province, "helper.h1", "X11")
    assert helper.client.get(second["url"]).status_code == 200
    assert helper.client.get(third["url"]).status_code == 404
    answer(province, 2)
    assert helper.client.get(third["url"]).status_code == 200


def test_what_was_handed_in_stays_in_the_store_when_the_form_is_reopened(province: Province, store: Path) -> None:
    """The unit takes it off its reopened form; the hand-over that names it can still be proved."""
    officer = person(province, "officer.x11")
    told = sent(officer, content=pdf("1"))
    move_to_deadline(province, "X11", 1)
    with province.acting("manager.h1"):
        form = db.session.get_one(m.Assessment, officer.form_id)
        supervision.reopen(form, clock.now() + timedelta(days=5), "Bổ sung minh chứng")
    officer = person(province, "officer.x11")
    young = sent(officer, "1.1", content=pdf("2"))
    assert officer.post(f"evidence/1.3/{told['link_id']}/remove").status_code == 302
    assert officer.post(f"evidence/1.1/{young['link_id']}/remove").status_code == 302
    assert links(province) == []
    (kept,) = rows(province, m.EvidenceFile)
    assert kept.id == told["file_id"]
    assert officer.client.get(told["url"]).data == pdf("1")
    assert officer.client.get(young["url"]).status_code == 404
    assert officer.post("evidence/1.3", document=told["document_id"]).status_code == 302  # and it serves again


def test_another_units_link_is_not_there(province: Province) -> None:
    told = sent(person(province, "officer.x12"))
    officer = person(province, "officer.x11")
    assert send(officer, version_of=told["link_id"], content=pdf("2")).status_code == 404
    assert send(officer, version_of=10**9, content=pdf("2")).status_code == 404
    assert versions(province) == [(1, "Kế hoạch.pdf")]


def test_the_service_takes_the_field_of_an_explanation_as_its_target(province: Province) -> None:
    sent(person(province, "officer.x11"))
    ask(province)
    with province.acting("officer.x11"):
        form = scoring.find(person_form(province))
        asked, other = evidence.leaf(form, "1.3"), evidence.leaf(form, "1.1")
        sheet = evidence.target_now(form, asked)
        assert isinstance(sheet, m.FieldSheet)
        with pytest.raises(Refused):
            evidence.add(sheet, other, Document(title="Không ai hỏi"))
        evidence.add(sheet, asked, Document(title="Giải trình thêm"))
        taken = receive(sheet, asked, _stream(), "Bổ sung.pdf", Document())
        assert [(use.title, use.stage) for use in evidence.uses(form, asked.id)][1:] == [
            ("Giải trình thêm", Stage.EXPLANATION),
            ("Bổ sung", Stage.EXPLANATION),
        ]
        assert taken.number == 1


def _stream() -> Any:
    return io.BytesIO(pdf("bo sung"))


def test_the_same_file_elsewhere_is_shown_to_the_appraiser(province: Province) -> None:
    """Of its own council's units and the unit's earlier rounds; other councils' units stay unknown."""
    content = pdf("chung")
    for login, code in (("officer.x11", "1.3"), ("officer.x12", "1.1"), ("officer.x21", "1.1"), ("officer.sa", "1.1")):
        sent(person(province, login), code, content=content)
    sent(person(province, "officer.x11"), "1.1", content=pdf("rieng"))
    move_to_deadline(province, "X11", 1)
    with province.acting("helper.h1"):
        own = db.session.scalars(
            select(m.EvidenceLink).where(m.EvidenceLink.assessment_id == person_form_of("X11"))
        ).all()
        found = elsewhere(own)
        assert [[(one.name, one.codes) for one in here.units] for here in found.values()] == [
            [("Xã Đức Hòa", ("1.1",))]
        ]
        assert [here.rounds for here in found.values()] == [[]]
    with province.acting("officer.x11"):
        own = db.session.scalars(select(m.EvidenceLink)).all()
        assert elsewhere(own) == {}  # a unit learns nothing of others


def person_form_of(code: str) -> Any:
    return (
        select(m.Assessment.id).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == code)
    ).scalar_subquery()


def test_last_years_file_again_is_shown(province: Province) -> None:
    sent(person(province, "officer.x11"), content=pdf("1"))
    move_to_deadline(province, "X11", 1)
    officer = person(province, "officer.x11")
    officer.form_id = next_round(province)
    officer.url = f"/assessments/{officer.form_id}"
    sent(officer, "1.1", content=pdf("1"))
    with province.acting("officer.x11"):
        new = db.session.scalars(select(m.EvidenceLink).where(m.EvidenceLink.assessment_id == officer.form_id)).all()
        (found,) = elsewhere(new).values()
        assert [(one.name, one.codes) for one in found.rounds] == [("Năm 2024", ("1.3",))]
