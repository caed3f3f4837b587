"""The service of appraisal: reasons, proposals, kept claims, handing in."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Refused
from rules.verdict import Refusal
from rules.vocabulary import Basis, Layer, State
from services import appraisal, supervision
from services.score import Entry, EntryFault, StaleEntry
from tests.appraisal import steps
from tests.appraisal.steps import CLAIMS, FIELD_1
from tests.support.database import Database
from tests.support.world import Province

HELPER = "helper1.p"


@pytest.fixture
def locked(province: Province, database: Database) -> Province:
    """Sở Tư pháp has signed a full form; the deadline is over."""
    return steps.state(province, database, "claimed", lambda: steps.claim(province, "SA"))


def test_points_follow_the_figures_and_the_claim_stays(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.2.1", Entry({"numerator": "36", "denominator": "48"}, reason="Thiếu 5"))
    given = steps.scores(locked, "SA", Layer.APPRAISAL)["1.2.1"]
    claimed = steps.scores(locked, "SA", Layer.SELF)["1.2.1"]
    assert (given.points, given.inputs["numerator"]) == (0, "36")  # 75 % is below the floor of 80 %
    assert claimed.points == Decimal("8.5417")


def test_other_points_than_the_claim_need_a_reason(locked: Province) -> None:
    with pytest.raises(EntryFault) as fault:
        steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "2"}))
    assert set(fault.value.faults["1.1"]) == {"reason"}
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


def test_the_same_points_from_other_figures_need_none(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.2.2", Entry({"numerator": "60", "denominator": "200"}))
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.2.2"].points == 10


def test_zero_for_a_missing_proof_needs_its_reason(locked: Province) -> None:
    entry = Entry(dict(CLAIMS["1.3"].inputs), stated="0")
    with pytest.raises(EntryFault):
        steps.appraise(locked, HELPER, "SA", "1.3", entry)
    steps.appraise(locked, HELPER, "SA", "1.3", replace(entry, reason="Không có văn bản"))
    given = steps.scores(locked, "SA", Layer.APPRAISAL)["1.3"]
    assert (given.points, given.computed_points, given.stated_points) == (0, 10, 0)


def test_where_nothing_was_claimed_zero_speaks_for_itself_and_points_need_a_reason(province: Province) -> None:
    steps.lock(province)
    steps.appraise(province, HELPER, "SB", "1.3", Entry({"met": "0"}))
    with pytest.raises(EntryFault):
        steps.appraise(province, HELPER, "SB", "1.1", Entry({"option": "0"}))


def test_the_superior_s_value_is_the_claim(locked: Province) -> None:
    sheet_id = steps.sheet_id(locked, "SA")
    with locked.acting("admin"):
        sheet = db.session.get_one(m.FieldSheet, sheet_id)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.1")
        supervision.score(sheet, leaf, Entry({"option": "0"}, reason="Đã kiểm tra"))
    with pytest.raises(EntryFault):  # the unit's own 5 points are now other points
        steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "1"}))
    steps.keep_all(locked, HELPER, "SA")
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].points == 10


@pytest.mark.parametrize("reason", ["", "Đơn vị có báo cáo"])
def test_a_proposal_that_is_turned_down_needs_a_reason(province: Province, reason: str) -> None:
    steps.claim(province, "SA", {"1.4": Entry(not_applicable=True, note="Không có báo cáo định kỳ")})
    steps.lock(province)
    if reason:
        steps.appraise(province, HELPER, "SA", "1.4", Entry({"count": "0"}, reason=reason))
        assert steps.scores(province, "SA", Layer.APPRAISAL)["1.4"].points == 10
    else:
        with pytest.raises(EntryFault):
            steps.appraise(province, HELPER, "SA", "1.4", Entry({"count": "0"}))


def test_a_confirmed_proposal_leaves_the_maximum(province: Province) -> None:
    steps.claim(province, "SA", {"1.4": Entry(not_applicable=True, note="Không có báo cáo định kỳ")})
    steps.lock(province)
    steps.appraise(province, HELPER, "SA", "1.4", Entry(not_applicable=True))
    sheet_id = steps.sheet_id(province, "SA")
    with province.system():
        maxima = dict(
            db.session.execute(
                select(m.Subtotal.basis, m.Subtotal.maximum).where(m.Subtotal.sheet_id == sheet_id)
            ).all()
        )
    assert (maxima[Basis.SELF], maxima[Basis.APPRAISED]) == (60, 50)


def test_a_helper_takes_no_leaf_out_by_itself(locked: Province) -> None:
    with pytest.raises(EntryFault) as fault:
        steps.appraise(locked, HELPER, "SA", "1.4", Entry(not_applicable=True, reason="Không cần"))
    assert "not_applicable" in fault.value.faults["1.4"]


def test_a_denominator_of_zero_is_the_helper_s_finding(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.2.1", Entry({"numerator": "0", "denominator": "0"}, reason="Không có"))
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.2.1"].not_applicable


def test_a_stale_version_changes_nothing(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "1"}))
    with pytest.raises(StaleEntry):
        steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "2"}, reason="Trễ"))
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].points == 5


def test_taking_back_leaves_not_appraised(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "1"}))
    sheet_id = steps.sheet_id(locked, "SA")
    version = steps.scores(locked, "SA", Layer.APPRAISAL)["1.1"].version
    with steps.seated(locked, HELPER):
        sheet = db.session.get_one(m.FieldSheet, sheet_id)
        appraisal.clear(sheet, steps.leaf_of(sheet.criteria_set_id, "1.1"), version)
    assert steps.scores(locked, "SA", Layer.APPRAISAL) == {}


def test_penalties_are_entered_by_the_helper_of_group_9_with_a_reason(locked: Province) -> None:
    with pytest.raises(EntryFault):
        steps.appraise(locked, "helper2.p", "SA", "9.2", Entry({"count": "2"}))
    steps.appraise(locked, "helper2.p", "SA", "9.2", Entry({"count": "2"}, reason="Nộp chậm hai ngày"))
    assert steps.scores(locked, "SA", Layer.APPRAISAL)["9.2"].points == Decimal("0.5")


# Who may not


@pytest.mark.parametrize(
    ("login", "unit", "code", "refusal"),
    [
        ("helper2.p", "SA", "1.1", Refusal.RIGHT),  # field 1 is another's
        ("helper1.p", "SA", "2.1", Refusal.RIGHT),
        ("member.p", "SA", "1.1", Refusal.RIGHT),  # appraises nothing
    ],
)
def test_only_the_assigned_helper_appraises(
    locked: Province, login: str, unit: str, code: str, refusal: Refusal
) -> None:
    with pytest.raises(Refused) as refused:
        steps.appraise(locked, login, unit, code, CLAIMS[code])
    assert refused.value.verdict.refusal is refusal


def test_before_the_lock_there_is_no_sheet(province: Province) -> None:
    steps.claim(province, "SA")
    sheet_id = steps.sheet_id(province, "SA")
    with steps.seated(province, HELPER):
        assert db.session.get(m.FieldSheet, sheet_id) is None


def test_who_holds_a_post_in_the_unit_judges_nothing_there(locked: Province) -> None:
    steps.add_post(locked, HELPER, "SA")
    with pytest.raises(Refused) as refused:
        steps.appraise(locked, HELPER, "SA", "1.1", CLAIMS["1.1"])
    assert refused.value.verdict.refusal is Refusal.RIGHT
    steps.appraise(locked, HELPER, "SB", "1.3", Entry({"met": "0"}))  # elsewhere it may


def test_after_the_window_appraisal_is_closed(locked: Province) -> None:
    locked.move_clock(days=31)
    with pytest.raises(Refused) as refused:
        steps.appraise(locked, HELPER, "SA", "1.1", CLAIMS["1.1"])
    assert refused.value.verdict.refusal is Refusal.STATE


# Keeping claims


def test_the_preview_lists_exactly_what_keeping_then_does(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "2"}, reason="Trễ"))
    sheet_id = steps.sheet_id(locked, "SA")
    with steps.seated(locked, HELPER) as person:
        found = appraisal.keeping(person, [db.session.get_one(m.FieldSheet, sheet_id)])
        listed = {line.leaf.criterion.code for line in found.lines}
        assert (found.change, found.points) == (0, sum(line.leaf.claim.points for line in found.lines))
        kept = appraisal.keep([line.ticket for line in found.lines])
    assert (kept.count, kept.failed) == (len(FIELD_1) - 1, [])
    given, claimed = (steps.scores(locked, "SA", layer) for layer in (Layer.APPRAISAL, Layer.SELF))
    assert listed == set(FIELD_1) - {"1.1"}
    assert {code: given[code].points for code in listed} == {code: claimed[code].points for code in listed}
    assert given["1.1"].points == 0  # what was decided by hand stays


def test_missing_claims_and_proposals_are_named_and_left_out(province: Province) -> None:
    steps.claim(province, "SA", {"1.1": CLAIMS["1.1"], "1.4": Entry(not_applicable=True, note="Không có báo cáo")})
    steps.lock(province)
    sheet_id = steps.sheet_id(province, "SA")
    with steps.seated(province, HELPER) as person:
        found = appraisal.keeping(person, [db.session.get_one(m.FieldSheet, sheet_id)])
        assert [line.leaf.criterion.code for line in found.lines] == ["1.1"]
        assert {line.leaf.criterion.code for line in found.left_out} == set(FIELD_1) - {"1.1"}
        assert all(line.why for line in found.left_out)


def test_what_changed_since_the_preview_fails_by_name_and_the_rest_is_kept(locked: Province) -> None:
    sheet_id = steps.sheet_id(locked, "SA")
    with steps.seated(locked, HELPER) as person:
        found = appraisal.keeping(person, [db.session.get_one(m.FieldSheet, sheet_id)])
        tickets = [line.ticket for line in found.lines]
    with locked.acting("admin"):
        sheet = db.session.get_one(m.FieldSheet, sheet_id)
        leaf = steps.leaf_of(sheet.criteria_set_id, "1.1")
        supervision.score(sheet, leaf, Entry({"option": "2"}, reason="Đã kiểm tra"))
    with steps.seated(locked, HELPER) as person:
        kept = appraisal.keep(tickets)
        assert [line.leaf.criterion.code for line in kept.failed] == ["1.1"]
    assert kept.count == len(tickets) - 1
    assert "1.1" not in steps.scores(locked, "SA", Layer.APPRAISAL)


def test_other_points_than_the_figures_are_kept_with_their_reason(province: Province) -> None:
    steps.claim(province, "SA", {"1.1": replace(CLAIMS["1.1"], stated="7.5", reason="Kế hoạch ban hành hai lần")})
    steps.lock(province)
    steps.keep_all(province, HELPER, "SA")
    given = steps.scores(province, "SA", Layer.APPRAISAL)["1.1"]
    assert (given.points, given.stated_points, given.reason) == (
        Decimal("7.5"),
        Decimal("7.5"),
        "Kế hoạch ban hành hai lần",
    )


def test_several_units_at_once_each_in_its_own_transaction(province: Province) -> None:
    for unit in ("SA", "SB"):
        steps.claim(province, unit)
    steps.lock(province)
    steps.add_post(province, HELPER, "SB")
    ids = [steps.sheet_id(province, unit) for unit in ("SA", "SB")]
    with steps.seated(province, HELPER) as person:
        sheets = [db.session.get_one(m.FieldSheet, id_) for id_ in ids]
        found = appraisal.keeping(person, sheets)
        assert {line.unit_name for line in found.lines} == {"Sở Tư pháp"}
        assert {line.unit_name for line in found.left_out} == {"Sở Xây dựng"}
        forged = [appraisal.Ticket(ids[1], line.ticket.criterion_id, 1, 1) for line in found.lines[:1]]
        kept = appraisal.keep([*(line.ticket for line in found.lines), *forged])
        assert (kept.count, [line.unit_name for line in kept.failed]) == (len(FIELD_1), ["Sở Xây dựng"])
    assert steps.scores(province, "SB", Layer.APPRAISAL) == {}


# Handing in


def test_an_incomplete_field_is_not_handed_in(locked: Province) -> None:
    steps.appraise(locked, HELPER, "SA", "1.1", CLAIMS["1.1"])
    with pytest.raises(appraisal.Incomplete) as left:
        steps.hand_in(locked, HELPER, "SA")
    assert str(left.value) == ", ".join(code for code in FIELD_1 if code != "1.1")


def test_a_handed_in_field_is_locked_for_its_helper(locked: Province) -> None:
    steps.keep_all(locked, HELPER, "SA")
    steps.hand_in(locked, HELPER, "SA")
    with pytest.raises(Refused) as refused:
        steps.appraise(locked, HELPER, "SA", "1.1", Entry({"option": "2"}, reason="Trễ", version=1))
    assert refused.value.verdict.refusal is Refusal.STATE
    with locked.system():
        assert db.session.get_one(m.FieldSheet, steps.sheet_id(locked, "SA")).state is State.APPRAISED


def test_survey_leaves_and_claimed_bonuses_keep_a_field_open(province: Province) -> None:
    steps.claim(province, "SA", {**CLAIMS, "9.1": Entry({"count": "1"})})
    steps.claim(province, "SB")
    steps.lock(province)
    for unit, field in (("SA", "8"), ("SA", "9")):
        with pytest.raises(appraisal.Incomplete):
            steps.hand_in(province, "helper2.p", unit, field)
    steps.survey(province, "SA")
    steps.hand_in(province, "helper2.p", "SA", "8")
    steps.keep_all(province, "helper2.p", "SA", "9")
    steps.hand_in(province, "helper2.p", "SA", "9")
    steps.hand_in(province, "helper2.p", "SB", "9")  # no bonus claimed: nothing is missing
