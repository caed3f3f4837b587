"""Nobody appraises or approves the own unit, whatever seats one holds: one rule for the gate, the lists and the matrix (Điều 13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.conflicts import at_home
from permissions.policies import judge
from permissions.standing import standing
from rules.verbs import Verb
from rules.vocabulary import Function, Layer, State
from services import council as councils
from tests.admin.desk import statements
from tests.permissions.stages import acting_as, bring, by, form_of, give_post, leaf_of, sheet_of, today_here, writing
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
)
NO_TIES = (nothing, a_post_that_ended_before_the_round, a_delegation_revoked_before_it_began)


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


def test_it_costs_one_statement_for_any_number_of_units(province: Province, database: Database) -> None:
    with province.acting("admin"):
        now, round_id = _now(), db.session.scalars(select(m.Round.id)).one()
        ids = db.session.scalars(select(m.Account.id)).all()
        units = db.session.scalars(select(m.Unit.id)).all()
        for some in (units[:1], units):
            with statements(database.engine) as seen:
                at_home(db.session(), ids, round_id, now, unit_ids=some)  # type: ignore[arg-type]
            assert len(seen) == 1
