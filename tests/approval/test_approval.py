"""The service of approval: minutes, council changes, sending back, closing, reopening."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import Actor
from permissions.gate import Refused
from rules.verdict import Refusal
from rules.vocabulary import Basis, Layer, State
from services import approval
from services import approval_board as board
from services.approval import Minutes, MinutesFault
from services.score import Entry, EntryFault, StaleEntry
from tests.appraisal import steps
from tests.support.database import Database
from tests.support.world import Province

MEMBER, CHAIR, HELPER = "member.p", "chair.p", "helper1.p"
MINUTES = Minutes("05/BB-HĐ", date(2024, 12, 20))


@pytest.fixture
def handed(province: Province, database: Database) -> Province:
    """Field 1 of two departments is with the council; of one the plan was appraised down from 5 to 0."""
    return steps.state(province, database, "handed", lambda: steps.hand_in_two(province))


@contextmanager
def table(province: Province, login: str, *units: str) -> Iterator[tuple[Actor, list[board.UnitRow]]]:
    """Sit at the council's table with the sheets of field 1 of these units."""
    ids = [steps.sheet_id(province, unit) for unit in units]
    with steps.seated(province, login) as person:
        yield person, board.rows(person, [db.session.get_one(m.FieldSheet, id_) for id_ in ids])


def sheet(province: Province, unit: str) -> m.FieldSheet:
    with province.system():
        found = db.session.get_one(m.FieldSheet, steps.sheet_id(province, unit))
        db.session.expunge(found)
        return found


def figures(province: Province, unit: str) -> dict[Basis, Decimal]:
    with province.system():
        query = select(m.Subtotal.basis, m.Subtotal.achieved).where(
            m.Subtotal.sheet_id == steps.sheet_id(province, unit)
        )
        return dict(db.session.execute(query).all())


def approve(province: Province, *units: str, login: str = MEMBER) -> approval.Done:
    with table(province, login, *units) as (_, rows):
        return approval.approve([row.ticket for row in rows], MINUTES)


def change(province: Province, unit: str, code: str, entry: Entry, login: str = MEMBER) -> None:
    with table(province, login, unit) as (_, (row,)):
        approval.change(row.sheet, steps.leaf_of(row.sheet.criteria_set_id, code), entry)


# Approving


def test_the_table_shows_what_approving_then_makes(handed: Province) -> None:
    with table(handed, MEMBER, "SA", "SB") as (_, rows):
        shown = {row.unit_name: (row.result, row.change) for row in rows}
    done = approve(handed, "SA", "SB")
    assert (done.count, done.failed) == (2, [])
    for name, unit in (("Sở Tư pháp", "SA"), ("Sở Xây dựng", "SB")):
        after = figures(handed, unit)
        assert shown[name] == (after[Basis.COUNCIL], after[Basis.APPRAISED] - after[Basis.SELF])
        assert sheet(handed, unit).state is State.APPROVED
    assert shown["Sở Tư pháp"][1] == -5


def test_the_council_s_figure_exists_only_where_the_council_decided(handed: Province) -> None:
    assert Basis.COUNCIL not in figures(handed, "SA")
    approve(handed, "SA")
    assert (Basis.COUNCIL in figures(handed, "SA"), Basis.COUNCIL in figures(handed, "SB")) == (True, False)
    found = sheet(handed, "SA")
    assert (found.minutes_number, found.minutes_on) == ("05/BB-HĐ", date(2024, 12, 20))


@pytest.mark.parametrize(
    ("number", "held_on", "faults"),
    [
        ("", date(2024, 12, 20), {"minutes_number"}),
        (" \t", None, {"minutes_number", "minutes_on"}),
        ("5", None, {"minutes_on"}),
        ("5", date(1024, 12, 20), {"minutes_on"}),
        ("5\x00", date(2024, 12, 20), {"minutes_number"}),
        pytest.param("5" * 81, date(2024, 12, 20), {"minutes_number"}, id="long"),
        ("5", "tomorrow", {"minutes_on"}),
    ],
)
def test_minutes_need_a_number_and_a_day_that_was(
    handed: Province, number: str, held_on: Any, faults: set[str]
) -> None:
    with table(handed, MEMBER, "SA") as (person, _):
        day = (person.now + timedelta(days=1, hours=8)).date() if held_on == "tomorrow" else held_on
        with pytest.raises(MinutesFault) as fault:
            approval.read_minutes(number, day)
    assert set(fault.value.faults) == faults


def test_a_sheet_that_changed_since_it_was_shown_fails_by_name(handed: Province) -> None:
    with table(handed, MEMBER, "SA", "SB") as (_, rows):
        tickets = [row.ticket for row in rows]
    change(handed, "SA", "1.1", Entry({"option": "1"}, reason="Kế hoạch có thật"), login=CHAIR)
    with table(handed, MEMBER):
        done = approval.approve(tickets, MINUTES)
    assert (done.count, [failure.unit_name for failure in done.failed]) == (1, ["Sở Tư pháp"])
    assert (sheet(handed, "SA").state, sheet(handed, "SB").state) == (State.APPRAISED, State.APPROVED)


def test_only_what_was_handed_in_is_approved(province: Province) -> None:
    steps.claim(province, "SA")
    steps.lock(province)
    done = approve(province, "SA")
    assert (done.count, len(done.failed)) == (0, 1)
    assert sheet(province, "SA").state is State.APPRAISAL


@pytest.mark.parametrize("login", [HELPER, "helper2.p"])
def test_helpers_approve_nothing(handed: Province, login: str) -> None:
    assert len(approve(handed, "SA", login=login).failed) == 1
    assert sheet(handed, "SA").state is State.APPRAISED


def test_a_member_of_the_unit_decides_nothing_there(handed: Province) -> None:
    steps.add_post(handed, MEMBER, "SA")
    done = approve(handed, "SA", "SB")
    assert (done.count, [failure.unit_name for failure in done.failed]) == (1, ["Sở Tư pháp"])


def test_another_council_s_sheet_does_not_exist(handed: Province) -> None:
    with table(handed, MEMBER, "SA") as (_, rows):
        tickets = [row.ticket for row in rows]
    with steps.seated(handed, "member.h1"), pytest.raises(Refused) as refused:
        approval.approve(tickets, MINUTES)
    assert refused.value.verdict.refusal is Refusal.HIDDEN


# Changing


def test_the_council_s_points_stand_over_the_appraised_ones(handed: Province) -> None:
    change(handed, "SA", "1.1", Entry({"option": "0"}, reason="Có kế hoạch tháng 01"))
    assert steps.scores(handed, "SA", Layer.APPRAISAL)["1.1"].points == 0
    before = figures(handed, "SA")[Basis.APPRAISED]
    approve(handed, "SA")
    assert figures(handed, "SA")[Basis.COUNCIL] == before + 10


def test_a_change_needs_a_reason(handed: Province) -> None:
    with pytest.raises(Refused) as refused:
        change(handed, "SA", "1.1", Entry({"option": "0"}, reason="  "))
    assert refused.value.verdict.refusal is Refusal.REASON


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry({"option": "2"}, reason="Như cũ"), ""),  # the appraised points already
        (Entry(reason="Không số liệu"), ""),
        (Entry({"option": "9"}, reason="Sai"), "option"),
        (Entry(stated="10,01", reason="Quá"), "stated"),
        (Entry(not_applicable=True, reason="Không đề nghị"), "not_applicable"),
    ],
)
def test_a_change_must_be_one_and_be_possible(handed: Province, entry: Entry, field: str) -> None:
    with pytest.raises(EntryFault) as fault:
        change(handed, "SA", "1.1", entry)
    assert set(fault.value.faults["1.1"]) == {field}
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}


def test_two_members_do_not_overwrite_each_other(handed: Province) -> None:
    change(handed, "SA", "1.1", Entry({"option": "0"}, reason="Một"))
    with pytest.raises(StaleEntry):
        change(handed, "SA", "1.1", Entry({"option": "1"}, reason="Hai"), login=CHAIR)
    assert steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].points == 10


def test_a_change_is_taken_back(handed: Province) -> None:
    change(handed, "SA", "1.1", Entry({"option": "0"}, reason="Một"))
    version = steps.scores(handed, "SA", Layer.COUNCIL)["1.1"].version
    with table(handed, MEMBER, "SA") as (_, (row,)):
        leaf = steps.leaf_of(row.sheet.criteria_set_id, "1.1")
        approval.undo_change(row.sheet, leaf, version, "Nhầm đơn vị")
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}


def test_an_approved_field_is_not_changed(handed: Province) -> None:
    approve(handed, "SA")
    with pytest.raises(Refused) as refused:
        change(handed, "SA", "1.1", Entry({"option": "0"}, reason="Muộn"))
    assert refused.value.verdict.refusal is Refusal.STATE


# Sending back, closing, reopening


def test_what_is_sent_back_loses_minutes_and_council_points_and_says_why(handed: Province) -> None:
    change(handed, "SA", "1.1", Entry({"option": "0"}, reason="Một"))
    approve(handed, "SA")
    with table(handed, MEMBER, "SA") as (_, (row,)):
        approval.send_back(row.sheet, "Thiếu đối chiếu mục 1.2.1")
    found = sheet(handed, "SA")
    assert (found.state, found.returned_reason) == (State.APPRAISAL, "Thiếu đối chiếu mục 1.2.1")
    assert (found.minutes_number, found.minutes_on) == (None, None)
    assert steps.scores(handed, "SA", Layer.COUNCIL) == {}
    assert Basis.COUNCIL not in figures(handed, "SA")
    with handed.system():
        gone = db.session.scalars(
            select(m.AuditEntry).where(m.AuditEntry.operation == "delete", m.AuditEntry.object_type == "Score")
        ).one()
        assert (gone.verb, gone.reason) == ("send_back", "Thiếu đối chiếu mục 1.2.1")


def test_what_was_sent_back_may_be_worked_on_as_long_as_approval_lasts(handed: Province) -> None:
    handed.move_clock(days=31)  # appraisal is over, approval is not
    with table(handed, MEMBER, "SA") as (_, (row,)):
        approval.send_back(row.sheet, "Xem lại")
    version = steps.scores(handed, "SA", Layer.APPRAISAL)["1.1"].version
    steps.appraise(handed, HELPER, "SA", "1.1", Entry({"option": "1"}, version=version))
    steps.hand_in(handed, HELPER, "SA")
    found = sheet(handed, "SA")
    assert (found.state, found.returned_reason) == (State.APPRAISED, None)


@pytest.mark.parametrize("reason", ["", "x" * 1001, "a\x00b"])
def test_sending_back_needs_a_usable_reason(handed: Province, reason: str) -> None:
    with table(handed, MEMBER, "SA") as (_, (row,)), pytest.raises((Refused, approval.ReasonFault)):
        approval.send_back(row.sheet, reason)
    assert sheet(handed, "SA").state is State.APPRAISED


def test_the_chair_closes_what_is_approved_and_the_rest_is_named(handed: Province) -> None:
    approve(handed, "SB")
    with table(handed, CHAIR, "SA", "SB") as (_, rows):
        done = approval.close([row.ticket for row in rows])
    assert (done.count, [failure.unit_name for failure in done.failed]) == (1, ["Sở Tư pháp"])
    assert sheet(handed, "SB").state is State.CLOSED


def test_a_member_closes_nothing(handed: Province) -> None:
    approve(handed, "SA")
    with table(handed, MEMBER, "SA") as (_, rows):
        assert len(approval.close([row.ticket for row in rows]).failed) == 1


def test_a_superior_reopens_a_closed_field_with_a_reason(handed: Province) -> None:
    approve(handed, "SA")
    with table(handed, CHAIR, "SA") as (_, rows):
        approval.close([row.ticket for row in rows])
    id_ = steps.sheet_id(handed, "SA")
    with handed.acting("admin"):
        with pytest.raises(Refused):
            approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "")
        approval.reopen_field(db.session.get_one(m.FieldSheet, id_), "Sót tài liệu")
    found = sheet(handed, "SA")
    assert (found.state, found.returned_reason, found.minutes_number) == (State.APPRAISAL, "Sót tài liệu", None)
