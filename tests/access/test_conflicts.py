"""Nobody appraises or approves the own unit, whatever seats one holds: one rule for the gate, the lists and the matrix (Điều 13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions import trail
from permissions.conflicts import at_home
from permissions.policies import judge
from permissions.standing import standing
from rules.verbs import Verb
from rules.vocabulary import Function, Layer, State
from services import council as councils
from tests.admin.desk import Desk, statements
from tests.admin.desk import form_of as form_of_page
from tests.assessment.support import person
from tests.evidence.sending import sent
from tests.lending.support import lend
from tests.permissions.stages import acting_as, bring, by, form_of, give_post, leaf_of, sheet_of, today_here, writing
from tests.staff.steps import decide, reported, today
from tests.support.database import Database
from tests.support.world import Province

HELPER = "helper1.p"


def me() -> int:
    return by(m.Account, username=HELPER).id


def a_post_today() -> None:
    give_post("SA", HELPER, Function.OFFICER)


def a_post_that_ended_during_the_round() -> None:
    _opened_days_ago(20)
    give_post("SA", HELPER, Function.LEADER, since=-50, until=-5)


def a_post_lent_during_the_round() -> None:
    _opened_days_ago(20)
    post = db.session.scalars(
        select(m.Post).where(m.Post.unit_id == by(m.Unit, code="SA").id, m.Post.function == "leader")
    ).one()
    db.session.add(
        m.Delegation(
            post_id=post.id,
            receiver_id=me(),
            unit_id=post.unit_id,
            verbs=["read", "sign"],
            valid_from=today_here() - timedelta(days=10),
            valid_to=today_here() - timedelta(days=8),
            reason="Đi công tác",
        )
    )


def the_self_score() -> None:
    form = form_of("SA")
    db.session.add(
        m.Score(
            assessment_id=form.id,
            unit_id=form.unit_id,
            criteria_set_id=form.criteria_set_id,
            criterion_id=leaf_of(form, "2.1").id,
            layer=Layer.SELF,
            points=1,
            author_id=me(),
            updated_at=_now(),
        )
    )


def the_signature() -> None:
    form = form_of("SA")
    form.signed_by_id = me()


def the_signature_of_the_explanation() -> None:
    sheet = sheet_of(form_of("SA"), "1")
    sheet.explained_at, sheet.explained_by_id = _now(), me()


def a_signature_of_an_explanation_that_was_opened_again() -> None:
    form = form_of("SA")
    db.session.add(
        m.Snapshot(
            assessment_id=form.id,
            unit_id=form.unit_id,
            criteria_set_id=form.criteria_set_id,
            field_id=sheet_of(form, "1").field_id,
            verb=Verb.SIGN_EXPLANATION.value,
            layer=Layer.SUPERIOR,
            at=_now(),
            author_id=me(),
            content={},
        )
    )


def an_answer_to_a_question() -> None:
    form = form_of("SA")
    leaf = leaf_of(form, "1.4")
    question = m.Question(
        assessment_id=form.id,
        unit_id=form.unit_id,
        criteria_set_id=form.criteria_set_id,
        criterion_id=leaf.id,
        text="Vì sao?",
        author_id=by(m.Account, username="helper2.p").id,
        asked_at=_now(),
        sent_at=_now(),
    )
    db.session.add(question)
    db.session.flush()
    db.session.add(
        m.Explanation(
            question_id=question.id,
            assessment_id=form.id,
            unit_id=form.unit_id,
            criterion_id=leaf.id,
            text="Vì",
            author_id=me(),
            updated_at=_now(),
        )
    )


def the_account_that_the_unit_keeps() -> None:
    by(m.Account, username=HELPER).unit_id = by(m.Unit, code="SA").id


def a_document_brought_for_the_form() -> None:
    form = form_of("SA")
    document = m.Evidence(unit_id=form.unit_id, title="Kế hoạch", author_id=me(), created_at=_now())
    db.session.add(document)
    db.session.flush()
    db.session.add(
        m.EvidenceLink(
            assessment_id=form.id,
            unit_id=form.unit_id,
            criteria_set_id=form.criteria_set_id,
            criterion_id=leaf_of(form, "1.4").id,
            evidence_id=document.id,
        )
    )


def a_self_score_that_a_colleague_wrote_over() -> None:
    """What is left of the first hand is the trail."""
    the_self_score()
    _in_the_trail("update")
    db.session.flush()
    by(m.Score, author_id=me()).author_id = by(m.Account, username="officer.sa").id


def a_self_score_that_was_refused() -> None:
    _in_the_trail("refused")


def _in_the_trail(operation: str) -> None:
    trail.append(
        db.session(),
        {
            "at": _now(),
            "actor_id": me(),
            "actor_name": "Tổ viên Một",
            "assessment_id": form_of("SA").id,
            "verb": Verb.SCORE.value,
            "operation": operation,
            "object_type": "Score",
            "object_id": "1",
            "changes": {},
        },
    )


def nothing() -> None:
    pass


def a_post_that_ended_before_the_round() -> None:
    give_post("SA", HELPER, Function.OFFICER, since=-50, until=-1)


def a_delegation_revoked_before_it_began() -> None:
    a_post_lent_during_the_round()
    db.session.flush()
    lent = db.session.scalars(select(m.Delegation)).one()
    lent.revoked_at = _now() - timedelta(days=12)


def _now() -> object:
    from models import clock

    return clock.now()


def _opened_days_ago(days: int) -> None:
    round_ = db.session.scalars(select(m.Round)).one()
    assert round_.opened_at is not None
    round_.opened_at -= timedelta(days=days)


TIES = (
    a_post_today,
    a_post_that_ended_during_the_round,
    a_post_lent_during_the_round,
    the_self_score,
    the_signature,
    the_signature_of_the_explanation,
    a_signature_of_an_explanation_that_was_opened_again,
    an_answer_to_a_question,
    the_account_that_the_unit_keeps,
    a_document_brought_for_the_form,
    a_self_score_that_a_colleague_wrote_over,
)
NO_TIES = (
    nothing,
    a_post_that_ended_before_the_round,
    a_delegation_revoked_before_it_began,
    a_self_score_that_was_refused,
)


@pytest.mark.parametrize("tie", [*TIES, *NO_TIES], ids=lambda tie: tie.__name__)
def test_who_is_at_home_in_a_unit_judges_it_nowhere(province: Province, tie: Callable[[], None]) -> None:
    """The gate, the lists of many sheets and the assignment matrix give one answer."""
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    with writing(province):
        tie()
    seat = province.id_of(m.Seat, account_id=province.id_of(m.Account, username=HELPER))
    with acting_as(province, HELPER, f"seat:{seat}") as actor:
        sheets = {unit: sheet_of(form_of(unit), "1") for unit in ("SA", "SB")}
        one = {unit: judge(db.session(), actor, Verb.APPRAISE, sheet).ok for unit, sheet in sheets.items()}
        stand = standing(db.session(), actor, sheets.values())
    assert one == {"SA": tie not in TIES, "SB": True}
    own_unit = province.id_of(m.Unit, code="SA")
    assert stand.conflicts == ({own_unit} if tie in TIES else set())
    with province.acting("admin"):
        council = db.session.scalars(select(m.Council).where(m.Council.name == "Hội đồng tỉnh")).one()
        board = councils.board(council, actor.now)
        (own,) = [one for one in board.seats if one.id == seat]
        assert own.conflicts == stand.conflicts


def test_who_borrows_a_seat_has_the_givers_ties_too(province: Province) -> None:
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    with writing(province):
        form_of("SA").signed_by_id = me()
        seat = db.session.scalars(select(m.Seat).where(m.Seat.account_id == me())).one()
        db.session.add(
            m.Delegation(
                seat_id=seat.id,
                receiver_id=by(m.Account, username="helper2.p").id,
                unit_id=seat.unit_id,
                verbs=["read", "appraise"],
                valid_from=today_here(),
                valid_to=today_here(),
                reason="Nghỉ phép",
            )
        )
    key = f"delegation:{province.id_of(m.Delegation, reason='Nghỉ phép')}"
    with acting_as(province, "helper2.p", key) as actor:
        verdicts = [judge(db.session(), actor, Verb.APPRAISE, sheet_of(form_of(unit), "1")).ok for unit in ("SA", "SB")]
    assert verdicts == [False, True]


def _at_home(province: Province, login: str, unit: str) -> bool:
    with province.system():
        person, round_ = by(m.Account, username=login).id, by(m.Round, code="2024").id
        return (person, by(m.Unit, code=unit).id) in at_home(db.session(), [person], round_, _now())  # type: ignore[arg-type]


def test_what_was_lent_keeps_its_receiver(province: Province) -> None:
    """A delegation that runs is not handed to somebody else: who has it would be at home nowhere."""
    key = lend(province, "officer.x11", "helper.h1", Verb.SCORE)
    path = f"delegation/edit/?id={key.partition(':')[2]}"
    desk = Desk.of(province, "admin")
    shown = form_of_page(desk.get(path)).to_dict(flat=False)
    said = desk.refused(path, **{**shown, "receiver": "officer.x12"})
    assert "Ủy quyền này đã bắt đầu" in said
    later = (today(province) + timedelta(days=1)).isoformat()
    assert "Ủy quyền này đã bắt đầu" in desk.refused(path, **{**shown, "valid_from": later, "valid_to": later})
    assert _at_home(province, "helper.h1", "X11")
    desk.saved(path, **{**shown, "reason": "Đi công tác dài ngày"})


@pytest.mark.parametrize("changed", [{"unit": "X21"}, {"account": "officer.x21"}, {"function": "leader"}])
def test_a_post_that_has_begun_stays_what_it_was(province: Province, changed: dict[str, str]) -> None:
    with writing(province):
        give_post("X11", "helper.h1", Function.OFFICER, since=-30)
    post = province.id_of(m.Post, account_id=province.id_of(m.Account, username="helper.h1"))
    desk = Desk.of(province, "admin")
    shown = {**form_of_page(desk.get(f"post/edit/?id={post}")).to_dict(), "reason": "Ghi nhầm"}
    assert "Chức danh này đã bắt đầu" in desk.refused(f"post/edit/?id={post}", **{**shown, **changed})
    desk.post("post/delete/", id=post, confirmed="yes", reason="Ghi nhầm")
    assert _at_home(province, "helper.h1", "X11")
    desk.saved(f"post/edit/?id={post}", **{**shown, "valid_to": today(province)})


def test_a_slip_in_a_post_to_come_is_mended(province: Province) -> None:
    with writing(province):
        give_post("X11", "helper.h1", Function.OFFICER, since=3)
    post = province.id_of(m.Post, account_id=province.id_of(m.Account, username="helper.h1"))
    desk = Desk.of(province, "admin")
    shown = {**form_of_page(desk.get(f"post/edit/?id={post}")).to_dict(), "reason": "Ghi nhầm"}
    desk.saved(f"post/edit/?id={post}", **{**shown, "unit": "X12"})
    desk.saved("post/delete/", id=post, confirmed="yes", reason="Ghi nhầm")


def test_a_move_dated_back_leaves_the_work_of_the_own_hands(province: Province) -> None:
    sent(person(province, "officer.x11"), "1.3")
    with writing(province):
        _opened_days_ago(10)
    row, = reported(
        province, {"login": "officer.x11", "move": "moved", "day": today(province, -20), "destination": "X12"}
    )  # fmt: skip
    assert decide(province.client("admin"), row, to_unit="X12", function="officer").status_code == 200
    assert _at_home(province, "officer.x11", "X11")


def test_it_costs_one_statement_for_any_number_of_units(province: Province, database: Database) -> None:
    with province.acting("admin"):
        now, round_id = _now(), db.session.scalars(select(m.Round.id)).one()
        ids = db.session.scalars(select(m.Account.id)).all()
        units = db.session.scalars(select(m.Unit.id)).all()
        for some in (units[:1], units):
            with statements(database.engine) as seen:
                at_home(db.session(), ids, round_id, now, unit_ids=some)  # type: ignore[arg-type]
            assert len(seen) == 1
