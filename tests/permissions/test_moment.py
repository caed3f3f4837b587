"""One clock and one lock: deadlines to the second, and two people at once (on both databases)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm.exc import StaleDataError

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused, act
from rules.verbs import Verb
from rules.verdict import Refusal
from rules.vocabulary import Stage
from services import supervision
from services.score import StaleEntry
from tests.permissions.stages import (
    acting_as,
    by,
    evidence_id,
    form_of,
    loaded,
    put,
    trail,
    writing,
)
from tests.support.world import Province


@pytest.mark.parametrize(("seconds", "open_"), [(-1, True), (1, False)])
def test_the_deadline_holds_to_the_second(province: Province, seconds: int, open_: bool) -> None:
    """``closes_at`` itself is outside; the database clock is asked at the act, whatever the page showed before."""
    with province.app.app_context():
        level = by(m.Level, code="commune").id
        closes = by(m.Window, stage=Stage.SELF_SCORING, level_id=level).closes_at
        ahead = closes - clock.now()
    with province.acting("officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        province.move_clock(seconds=ahead.total_seconds() + seconds)
        if open_:
            with act(Verb.SCORE, form) as scoring:
                put(scoring, form)
        else:
            with pytest.raises(Refused) as refused, act(Verb.SCORE, form):
                pass
            assert refused.value.verdict.refusal is Refusal.STATE
            assert "reopen" in str(refused.value.verdict.next_step)


@pytest.mark.parametrize(("seconds", "open_"), [(-1, False), (1, True)])
def test_nothing_is_entered_before_the_window_opens(province: Province, seconds: int, open_: bool) -> None:
    with writing(province) as now:
        for window in db.session.scalars(select(m.Window).where(m.Window.stage == Stage.SELF_SCORING)):
            window.opens_at = now.now + timedelta(days=1)
        ahead = timedelta(days=1)
    province.move_clock(seconds=ahead.total_seconds() + seconds)
    with province.acting("officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        if open_:
            with act(Verb.SCORE, form):
                pass
        else:
            with pytest.raises(Refused), act(Verb.SCORE, form):
                pass


@pytest.mark.parametrize(("seconds", "open_"), [(-1, True), (1, False)])
def test_an_extension_moves_the_deadline_of_its_unit_alone(province: Province, seconds: int, open_: bool) -> None:
    with province.acting("manager.h1"):
        form = loaded(m.Assessment, form_of("X11").id)
        supervision.extend(form, Stage.SELF_SCORING, clock.now() + timedelta(days=15), "lũ lụt")
    province.move_clock(days=15, seconds=seconds)
    for login, unit, wanted in (("officer.x11", "X11", open_), ("officer.x12", "X12", False)):
        with province.acting(login):
            form = loaded(m.Assessment, form_of(unit).id)
            with nullcontext() if wanted else pytest.raises(Refused), act(Verb.SCORE, form):
                pass


# Two at once


def race(
    province: Province, first: Callable[[threading.Event], None], second: Callable[[], None]
) -> list[BaseException]:
    """Run ``first`` up to where it sets its event, then ``second``, which has to wait for it; return what they raised."""
    inside, faults = threading.Event(), []

    def run(task: Callable[[], None]) -> None:
        try:
            task()
        except BaseException as fault:  # noqa: BLE001 - handed to the test
            faults.append(fault)

    holder = threading.Thread(target=run, args=(lambda: first(inside),))
    waiter = threading.Thread(target=run, args=(second,))
    holder.start()
    assert inside.wait(10)
    waiter.start()
    waiter.join(0.4)
    assert waiter.is_alive(), "the second did not wait for the first"
    released.set()
    holder.join(20)
    waiter.join(20)
    released.clear()
    assert not holder.is_alive()
    assert not waiter.is_alive()
    return faults


released = threading.Event()


def sign(province: Province, inside: threading.Event | None = None) -> None:
    with acting_as(province, "leader.x11") as actor:
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SIGN, form) as signing:
            form.signed_at, form.signed_by_id = signing.now, actor.account_id
            db.session.flush()
            if inside is not None:
                inside.set()
                assert released.wait(10)


def save(province: Province, inside: threading.Event | None = None, note: str = "") -> None:
    with acting_as(province, "officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, note=note)
            if inside is not None:
                inside.set()
                assert released.wait(10)


def test_a_save_that_meets_a_signature_is_judged_by_the_signed_form(province: Province) -> None:
    faults = race(province, lambda inside: sign(province, inside), lambda: save(province))
    assert [type(fault) for fault in faults] == [Refused]
    assert isinstance(faults[0], Refused)
    assert faults[0].verdict.refusal is Refusal.STATE
    assert "leader" in str(faults[0].verdict.next_step)
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Score)) == 0


def test_a_signature_that_meets_a_save_comes_after_it(province: Province) -> None:
    assert race(province, lambda inside: save(province, inside), lambda: sign(province)) == []
    saved, signed = trail(province, object_type="Score")[0], trail(province, object_type="Assessment")[0]
    assert saved.id < signed.id
    assert saved.at < signed.at, "the clock was asked after the lock was held"


def test_of_two_first_saves_of_a_leaf_one_wins_and_the_other_is_shown_it(province: Province) -> None:
    shown: list[str] = []

    def second() -> None:
        with acting_as(province, "officer.x11"):
            form = loaded(m.Assessment, form_of("X11").id)
            try:
                with act(Verb.SCORE, form) as scoring:
                    put(scoring, form, note="người thứ hai")
            except StaleEntry as stale:
                shown.extend(row.note for row in stale.current.values() if row is not None)

    assert race(province, lambda inside: save(province, inside, note="người thứ nhất"), second) == []
    assert shown == ["người thứ nhất"]
    assert len(trail(province, object_type="Score")) == 1


def test_a_deadline_that_passes_while_one_waits_is_over(province: Province) -> None:
    def hold(inside: threading.Event) -> None:
        save(province, inside)

    def late() -> None:
        with acting_as(province, "officer.x11"):
            form = loaded(m.Assessment, form_of("X11").id)
            province.move_clock(days=11)
            with act(Verb.SCORE, form):
                pass

    faults = race(province, hold, late)
    assert [type(fault) for fault in faults] == [Refused]


def test_a_row_changed_by_somebody_else_is_not_overwritten(full: Province) -> None:
    """The version of the row itself, under the lock of the form: a row read before the other's save is stale."""
    id_ = evidence_id(full, "X11")

    def theirs() -> None:
        with full.acting("leader.x11"), act(Verb.ATTACH, loaded(m.Assessment, form_of("X11").id)):
            loaded(m.Evidence, id_).title = "Bản của người khác"

    with full.acting("officer.x11"):
        mine = loaded(m.Evidence, id_)
        other = threading.Thread(target=theirs)
        other.start()
        other.join(20)
        with pytest.raises(StaleDataError), act(Verb.ATTACH, loaded(m.Assessment, form_of("X11").id)):
            mine.title = "Bản của tôi"
    with full.system():
        assert db.session.get_one(m.Evidence, id_).title == "Bản của người khác"


def test_a_role_taken_away_is_gone_on_the_next_request(full: Province) -> None:
    client = full.client("manager.h1")
    assert client.get("/progress/").status_code == 200
    with writing(full):
        post = by(m.Post, account_id=by(m.Account, username="manager.h1").id)
        post.valid_to = date(2020, 1, 1)
        post.valid_from = date(2019, 1, 1)
    assert client.get("/progress/").status_code == 403
