"""The write gate: no act, no write; what the act covers and nothing else; the trace in the same transaction; one clock."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from flask import g
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

import models as m
from extensions import db
from models import clock
from permissions.gate import Refused, WriteRefused, act, system_act
from permissions.policies import LAYERS, WRITES
from rules.process import Refusal
from rules.verbs import Verb
from rules.vocabulary import Layer, Stage, State
from services import account as accounts
from services import score as scores
from services import supervision
from services.score import Entry, EntryFault, StaleEntry
from tests.permissions.full import mark
from tests.permissions.stages import acting_as, bring, by, form_of, leaf_of, sheet_of, writing
from tests.support.world import PASSWORD, Province

MODELS = tuple(mapper.class_ for mapper in db.Model.registry.mappers)


def loaded(model: type[Any], id_: int) -> Any:
    return db.session.get_one(model, id_, populate_existing=True)


def evidence(unit: str, title: str = "Kế hoạch") -> m.Evidence:
    return m.Evidence(
        unit_id=by(m.Unit, code=unit).id,
        title=title,
        author_id=by(m.Account, username=f"officer.{unit.lower()}").id,
        created_at=clock.now(),
    )


def new_score(unit: str, layer: Layer = Layer.SELF, code: str = "1.3", **more: Any) -> m.Score:
    form = form_of(unit)
    return m.Score(
        assessment_id=form.id,
        unit_id=form.unit_id,
        criteria_set_id=form.criteria_set_id,
        criterion_id=leaf_of(form, code).id,
        layer=layer,
        points=1,
        reason="vì",
        author_id=by(m.Account, username=f"officer.{unit.lower()}").id,
        updated_at=clock.now(),
        **more,
    )


def put(act_: Any, form: m.Assessment, code: str = "1.3", **entry: Any) -> m.Score | None:
    leaf = db.session.scalars(
        select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == code)
    ).one()
    entry.setdefault("inputs", {"met": "1"})
    layer = min(LAYERS[act_.verb])
    return scores.put(act_, form, layer, [(leaf, Entry(**entry))], form.round)[0]


def trail(province: Province, **columns: Any) -> list[m.AuditEntry]:
    """The audit rows with these values, oldest first."""
    with province.system():
        entries = db.session.scalars(
            select(m.AuditEntry)
            .filter_by(**columns)
            .where(m.AuditEntry.verb != Verb.IMPORT.value)
            .order_by(m.AuditEntry.id)
        ).all()
        changes = dict(db.session.execute(select(m.AuditEntry.id, m.AuditEntry.changes)).all())
        db.session.expunge_all()
    for entry in entries:
        entry.__dict__["changes"] = changes[entry.id]
    return list(entries)


# No act, no write


@pytest.mark.parametrize("login", ["admin", "officer.x11"])
def test_without_an_act_nothing_is_made_changed_or_deleted(full: Province, login: str) -> None:
    for model in MODELS:
        with full.acting(login):
            db.session.add(model())
            with pytest.raises(WriteRefused, match="outside any act"):
                db.session.flush()
            db.session.rollback()
            row = db.session.scalars(select(model).limit(1)).first()
            if row is not None:
                db.session.delete(row)
                with pytest.raises(WriteRefused, match="outside any act"):
                    db.session.flush()
                db.session.rollback()
    with full.acting(login):
        unit = db.session.scalars(select(m.Unit).limit(1)).one()
        unit.name = "Tên khác"
        with pytest.raises(WriteRefused, match="outside any act"):
            db.session.commit()


def test_an_act_does_not_sweep_up_what_was_changed_before_it(province: Province) -> None:
    with province.acting("officer.x11"):
        form = form_of("X11")
        db.session.add(evidence("X11"))
        with pytest.raises(WriteRefused, match="before the act"), act(Verb.SCORE, form):
            pass


def test_system_work_needs_its_scope(province: Province) -> None:
    with province.acting("admin"), pytest.raises(WriteRefused, match="system scope"), system_act(Verb.IMPORT, "x"):
        pass


def test_nobody_acts(province: Province) -> None:
    with province.app.app_context():
        form = form_of("X11")
        with pytest.raises(Refused) as refused, act(Verb.SCORE, form):
            pass
    assert refused.value.verdict.refusal is Refusal.HIDDEN


def test_a_foreign_form_is_refused_as_if_it_were_absent(province: Province) -> None:
    with province.acting("officer.x11"):
        form = form_of("X12")  # in hand by a fault of the program; the gate reads it again and finds nothing
        with pytest.raises(Refused) as foreign, act(Verb.SCORE, form):
            pass
        form.id = 10**9
        db.session.expunge(form)
        with pytest.raises(Refused) as absent, act(Verb.SCORE, form):
            pass
    assert foreign.value.verdict == absent.value.verdict


# What the act covers


#: For verbs over a form: who has them, and in which state.
ACTS: dict[Verb, tuple[str, State]] = {
    Verb.SCORE: ("officer.x11", State.DRAFT),
    Verb.ATTACH: ("officer.x11", State.DRAFT),
    Verb.SIGN: ("leader.x11", State.DRAFT),
    Verb.TAKE_BACK: ("leader.x11", State.SIGNED),
    Verb.SCORE_SUPERIOR: ("manager.h1", State.DRAFT),
    Verb.EXTEND: ("manager.h1", State.DRAFT),
    Verb.REOPEN: ("manager.h1", State.APPRAISAL),
    Verb.CLOSE_EARLY: ("admin", State.SIGNED),
    Verb.REMIND: ("manager.h1", State.DRAFT),
    Verb.RELEASE: ("manager.h1", State.APPRAISAL),
    Verb.EXEMPT: ("admin", State.DRAFT),
    Verb.APPRAISE: ("helper.h1", State.APPRAISAL),
    Verb.HAND_IN: ("helper.h1", State.APPRAISAL),
    Verb.CHANGE: ("member.h1", State.APPRAISED),
    Verb.SEND_BACK: ("member.h1", State.APPRAISED),
    Verb.APPROVE: ("member.h1", State.APPRAISED),
    Verb.CLOSE_FIELD: ("chair.h1", State.APPROVED),
    Verb.REOPEN_FIELD: ("manager.h1", State.APPRAISED),
}


@pytest.mark.parametrize("verb", ACTS, ids=str)
def test_an_act_writes_its_own_tables_units_and_layers_only(province: Province, verb: Verb) -> None:
    login, state = ACTS[verb]
    bring(province, "X11", state)

    def attempt(make: Callable[[], Any]) -> str:
        """Add a row inside the act; return why the gate refused it, or nothing where it was let through to SQL."""
        with province.acting(login):
            form = loaded(m.Assessment, form_of("X11").id)
            field = sheet_of(form, "1").id
            subject = (
                form if verb.value in ("sign", "take_back", "reopen", "close_early") else loaded(m.FieldSheet, field)
            )
            try:
                with act(verb, subject, reason="vì"):
                    db.session.add(make())
            except WriteRefused as refused:
                return str(refused)
            except Exception:  # noqa: BLE001 - an empty row fails in SQL: it was past the gate
                return ""
            return ""

    for model in MODELS:
        if model not in WRITES[verb]:
            assert "does not write" in attempt(model), model
    stranger = province.id_of(m.Unit, code="X12")
    for model in WRITES[verb] - {m.Subtotal}:
        assert "beyond its unit" in attempt(lambda model=model: model(unit_id=stranger)), model
        assert "beyond its unit" in attempt(model), "a row of no unit"
    if m.Score in WRITES[verb]:
        for layer in Layer:
            refused = attempt(lambda layer=layer: new_score("X11", layer))
            assert (refused == "") is (layer in LAYERS[verb]), (layer, refused)


def test_a_row_cannot_be_moved_to_or_from_another_unit(full: Province) -> None:
    with full.acting("officer.x11"):
        own = db.session.scalars(select(m.Evidence)).first()
        assert own is not None
        other = by(m.Unit, code="X12").id
        with (
            pytest.raises(WriteRefused, match="beyond its unit"),
            act(Verb.ATTACH, loaded(m.Assessment, form_of("X11").id)),
        ):
            own.unit_id = other
    with full.acting("officer.x11"):
        foreign = by(m.Evidence, title=mark("evidence", "X12"), id=_evidence_id(full, "X12"))
        with (
            pytest.raises(WriteRefused, match="beyond its unit"),
            act(Verb.ATTACH, loaded(m.Assessment, form_of("X11").id)),
        ):
            foreign.unit_id = by(m.Unit, code="X11").id


def _evidence_id(full: Province, unit: str) -> int:
    with full.system():
        ids = db.session.scalars(select(m.Evidence.id).where(m.Evidence.title == mark("evidence", unit))).all()
        return min(ids)


def test_a_council_is_kept_within_its_keeper(province: Province) -> None:
    """Else a district could put another district's commune before its own council, and read it there."""

    def attempt(make: Callable[[m.Council], Any]) -> None:
        with province.acting("manager.h1"):
            council = loaded(m.Council, by(m.Council, name="Hội đồng huyện 1").id)
            with act(Verb.MANAGE_COUNCIL, council):
                db.session.add(make(council))

    def unit(code: str) -> int:
        return by(m.Unit, code=code).id

    stranger = province.id_of(m.Council, name="Hội đồng huyện 2")
    seat = {
        "function": "helper",
        "valid_from": clock_day(province),
        "account_id": province.id_of(m.Account, username="manager.h1"),
    }
    leaf = province.id_of(m.Criterion, code="1", set_id=province.id_of(m.CriteriaSet, code="commune_2024"))
    other_seat = province.id_of(m.Seat, account_id=province.id_of(m.Account, username="helper.h2"))
    for make in (
        lambda c: m.CouncilUnit(council_id=c.id, round_id=c.round_id, unit_id=unit("X21")),
        lambda c: m.CouncilUnit(council_id=stranger, round_id=c.round_id, unit_id=unit("X11")),
        lambda c: m.Seat(council_id=stranger, unit_id=unit("H2"), **seat),
        lambda c: m.Assignment(seat_id=other_seat, criterion_id=leaf, owner_unit_id=unit("H2")),
        lambda c: m.Council(round_id=c.round_id, unit_id=unit("H2"), name="Lấn quyền"),
    ):
        with pytest.raises(WriteRefused, match="beyond its unit"):
            attempt(make)
    attempt(lambda c: m.Seat(council_id=c.id, unit_id=unit("H1"), **seat))
    attempt(
        lambda c: m.Assignment(
            seat_id=by(m.Seat, account_id=by(m.Account, username="helper.h1").id).id,
            criterion_id=leaf,
            unit_id=unit("X11"),
            owner_unit_id=unit("H1"),
        )
    )
    assert [entry.object_type for entry in trail(province, verb="manage_council")] == ["Seat", "Assignment"]


def clock_day(province: Province) -> Any:
    with province.app.app_context():
        return clock.now().date()


def test_a_refused_write_leaves_nothing_of_the_act(province: Province) -> None:
    with province.acting("officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)

        def overreach() -> None:
            with act(Verb.SCORE, form) as scoring:
                put(scoring, form)
                db.session.add(m.Notice(unit_id=form.unit_id))

        with pytest.raises(WriteRefused):
            overreach()
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Score)) == 0
    assert trail(province) == []


# The trace


def test_each_change_leaves_its_trace_with_who_what_and_why(province: Province) -> None:
    with acting_as(province, "officer.x11") as actor:
        g.request_id = "abc123"
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            first = put(scoring, form, code="1.4", inputs={"count": "1"}, note="lần đầu").version
            moment = scoring.now
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "2"}, note="lần đầu", version=first)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "2"}, note="lần đầu", version=first + 1)  # nothing new
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={}, version=first + 1)  # emptied: not scored again
    made, changed, deleted = trail(province, object_type="Score")
    assert [entry.operation for entry in (made, changed, deleted)] == ["create", "update", "delete"]
    assert len({entry.object_id for entry in (made, changed, deleted)}) == 1
    assert (made.actor_id, made.actor_name) == (actor.account_id, "Cán bộ Xã Ấp Bắc")
    assert (made.authority, made.verb) == ("officer · Xã Ấp Bắc", "score")
    assert (made.unit_id, made.at, made.request_id) == (province.id_of(m.Unit, code="X11"), moment, "abc123")
    assert made.changes["points"] == [None, "7.5000"]
    assert changed.changes["points"] == ["7.5000", "5.0000"]
    assert changed.changes["inputs"] == [{"count": "1"}, {"count": "2"}]
    assert "note" not in changed.changes, "what stayed is not told"
    assert deleted.changes["points"] == ["5.0000", None]


def test_the_reason_is_kept_with_the_change(province: Province) -> None:
    with province.acting("manager.h1"):
        form = loaded(m.Assessment, form_of("X11").id)
        supervision.extend(form, Stage.SELF_SCORING, clock.now() + timedelta(days=15), "  Mất điện hai ngày  ")
    entries = trail(province, verb="extend")
    assert {entry.object_type for entry in entries} == {"Extension", "Notice"}
    assert {entry.reason for entry in entries} == {"Mất điện hai ngày"}
    assert {entry.authority for entry in entries} == {"manager · Huyện Đông Thành"}
    assert {entry.unit_id for entry in entries} == {province.id_of(m.Unit, code="X11")}


def test_what_is_done_for_another_names_both(province: Province) -> None:
    with writing(province) as now:
        giver = by(m.Account, username="leader.x11")
        delegation = m.Delegation(
            post_id=by(m.Post, account_id=giver.id).id,
            receiver_id=by(m.Account, username="officer.x11").id,
            unit_id=by(m.Unit, code="X11").id,
            verbs=[Verb.SIGN.value],
            valid_from=now.now.date() - timedelta(days=1),
            valid_to=now.now.date() + timedelta(days=2),
            reason="đi họp",
        )
        db.session.add(delegation)
        db.session.flush()
        key = f"delegation:{delegation.id}"
    with acting_as(province, "officer.x11", key) as actor:
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SIGN, form) as signing:
            form.signed_at, form.signed_by_id = signing.now, actor.account_id
    (entry,) = trail(province, object_type="Assessment")
    assert entry.actor_name == "Cán bộ Xã Ấp Bắc"
    assert entry.authority == "leader · Xã Ấp Bắc · thay mặt Lãnh đạo Xã Ấp Bắc"


def test_secrets_are_named_never_shown(province: Province) -> None:
    with acting_as(province, "officer.x11") as actor:
        assert accounts.change_password(actor.account_id, PASSWORD, "mot cau khac that la dai", "x") == {}
    (entry,) = trail(province, object_type="Account")
    assert entry.changes["password_hash"] == ["•••", "•••"]
    assert "argon2" not in str(entry.changes)
    assert entry.authority == "officer · Xã Ấp Bắc"


@pytest.mark.parametrize("when", ["before the flush", "after the flush", "by the database"])
def test_change_and_trace_stand_or_fall_together(province: Province, when: str) -> None:
    def fail() -> None:
        form = loaded(m.Assessment, form_of("X11").id)
        with act(Verb.SCORE, form) as scoring:
            put(scoring, form)
            if when == "after the flush":
                db.session.flush()
            if when == "by the database":
                db.session.flush()
                db.session.add(new_score("X11"))  # the same leaf and layer again
                db.session.flush()
            raise RuntimeError

    with province.acting("officer.x11"), pytest.raises(IntegrityError if when == "by the database" else RuntimeError):
        fail()
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Score)) == 0
        assert db.session.scalar(select(func.count()).select_from(m.Subtotal).where(m.Subtotal.scored > 0)) == 0
    assert trail(province) == []


def test_reading_and_refused_acts_leave_no_trace(province: Province) -> None:
    with province.acting("officer.x11"):
        form = loaded(m.Assessment, form_of("X11").id)
        with pytest.raises(Refused), act(Verb.SIGN, form):
            pass
        with pytest.raises(EntryFault), act(Verb.SCORE, form) as scoring:
            put(scoring, form, code="1.4", inputs={"count": "-1"})
    assert trail(province) == []


# One clock


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
    id_ = _evidence_id(full, "X11")

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
