"""One department and one commune through the whole round, in the browser, an own account and browser for each step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from fractions import Fraction

import models as m
from extensions import db
from models import clock
from permissions.identity import LOCAL_TIME
from services.verify import verify
from tests.journey import council_steps, figures, others, peer, province_steps, unit_steps
from tests.journey.person import Browsers, Person, people
from tests.support.world import Province

SA, X11 = "Sở Tư pháp", "Xã Ấp Bắc"
SA_CLAIMS: unit_steps.Claims = {
    "1.1": {"option": "0"},
    "1.2.1": {"numerator": "41", "denominator": "48"},
    "1.2.2": {"numerator": "31", "denominator": "100"},
    "1.3": {"met": "1"},
    "1.4": {"count": "1"},
    "1.5": {"count": "1"},
    "2.1": {"parts": ["0"]},
    "2.2": {"numerator": "1234", "denominator": "1300"},
    "9.1": {"count": "1"},
}
X11_CLAIMS: unit_steps.Claims = {
    "1.1": {"option": "1"},
    "1.2.1": {"numerator": "37", "denominator": "41"},
    "1.2.2": {"numerator": "22", "denominator": "90"},
    "1.3": {"met": "1"},
    "1.4": {"not_applicable": "Năm 2024 xã không phải gửi báo cáo định kỳ."},
    "1.5": {"count": "2"},
    "2.1": {"parts": ["0", "1"]},
    "2.2": {"numerator": "871", "denominator": "903"},
}
PROVED = ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2")
#: The institute's mean rates in percent.
RATES = {
    "SNV": "80,5", "SA": "85,37", "SB": "77", "VP": "90", "X11": "81,2", "X12": "66,66", "X21": "70", "X22": "71,5",
}  # fmt: skip
FIELD_1, FIELD_2, FIELD_8, FIELD_9 = (
    "1. Chỉ đạo, điều hành",
    "2. Thủ tục hành chính",
    "8. Điều tra xã hội học",
    "9. Điểm thưởng, điểm trừ",
)
FIELDS = (FIELD_1, FIELD_2, FIELD_8, FIELD_9)
DEPARTMENTS, COMMUNES = "Bộ chỉ số Sở, ban, ngành 2024", "Bộ chỉ số Cấp xã 2024"
REMARK = "Báo cáo số 15 chỉ xác nhận 40 nhiệm vụ."
DECIDED = "Sáng kiến thứ hai đã được công nhận tại phiên họp."
BACK = "Xem lại hình thức công khai trên mạng."
#: What nobody but those in charge may read before publication, nor a neighbour after it.
PRIVATE = (*unit_steps.DOCUMENT.values(), REMARK, DECIDED, BACK, X11_CLAIMS["1.4"]["not_applicable"])

DEPARTMENT, COMMUNE = "Sở, ban, ngành", "Cấp xã"
UNITS = {
    DEPARTMENT: ("Sở Nội vụ", SA, "Sở Xây dựng", "Văn phòng UBND tỉnh"),
    COMMUNE: (X11, "Xã Đức Hòa", "Xã Ấp Nam", "Phường Định Quán"),
}
#: The field that does not apply to a unit without procedures.
SKIPPED = {"Văn phòng UBND tỉnh": "2"}
#: One item does not apply to X11, one field not to the office: the applicable maxima that occur.
MAXIMA = {DEPARTMENT: {80, 100}, COMMUNE: {90, 100}}
#: Who entered nothing is listed apart, without rank.
APART = ("Sở Nội vụ", "Xã Ấp Nam", "Phường Định Quán")

Come = Callable[..., Person]


def test_round(new_context: Browsers, province: Province) -> None:
    come = people(new_context, province.app)
    others.seat_chair(province)
    for unit, claims in others.CLAIMS.items():
        others.enter(province, unit, claims)
    others.sign(province, "SB")
    others.sign(province, "X12")

    self_assessment(come, province)
    neighbours_see_nothing(come, province)
    with come("admin") as admin:
        province_steps.close_early(admin, SA, "tien-do")
    province.move_clock(days=11)
    with come("admin") as admin:
        province_steps.import_survey(admin, RATES, "2024", "dieu-tra")
    appraisal(come)
    neighbours_see_nothing(come, province)
    approval(come)
    others.finish(province, *others.COUNCIL_OF)
    neighbours_see_nothing(come, province)
    with come("admin") as admin:
        province_steps.publish(admin, DEPARTMENT, today(province), "cong-bo")
        province_steps.publish(admin, COMMUNE, today(province))
    published(come)
    neighbours_see_the_public_table(come, province)
    with province.system():
        report = verify(db.session())
    assert report.faults == []
    assert report.editions == 2


def today(province: Province) -> date:
    with province.system():
        return clock.now().astimezone(LOCAL_TIME).date()


def self_assessment(come: Come, province: Province) -> None:
    with come("officer.sa") as officer:
        officer.go(f"/assessments/{province.form_id('SA')}")
        unit_steps.type_form(officer, SA_CLAIMS, "cham-diem")
        prove(officer, (*PROVED, "9.1"))
        officer.press("Check")
        officer.told(officer.words("Nothing stands against signing off."))
        officer.picture("kiem-tra")
    with come("officer.x11", script=False) as officer:
        officer.go(f"/assessments/{province.form_id('X11')}")
        unit_steps.fill_form(officer, X11_CLAIMS)
        prove(officer, PROVED)
        officer.press("Check")
        officer.told(officer.words("Nothing stands against signing off."))
    for unit, picture in (("SA", "ky-duyet"), ("X11", "")):
        with come(f"leader.{unit.lower()}") as leader:
            leader.go(f"/assessments/{province.form_id(unit)}/check")
            leader.confirm("Sign off")
            leader.told(leader.words("Receipt number"))
            leader.picture(picture)


def prove(officer: Person, codes: tuple[str, ...]) -> None:
    """Name one document on the first leaf and use it again on the others."""
    unit_steps.name_document(officer, codes[0])
    unit_steps.back_to_form(officer)
    for code in codes[1:]:
        unit_steps.use_document(officer, code)
        unit_steps.back_to_form(officer)


def appraisal(come: Come) -> None:
    """Helpers keep most claims, lower one with a reason, confirm one, enter a penalty, and hand in."""
    with come("helper1.p") as helper:
        council_steps.open_sheet(helper, SA, FIELD_1)
        council_steps.keep_claims(helper, "giu-nguyen")
        council_steps.open_sheet(helper, SA, FIELD_1)
        figures = {"Số nhiệm vụ hoàn thành": "40"}
        council_steps.appraise(helper, "1.2.1", figures, REMARK, "tham-dinh")
        council_steps.hand_in(helper)
    with come("helper2.p") as helper:
        for field in (FIELD_2, FIELD_8, FIELD_9):
            council_steps.open_sheet(helper, SA, field)
            if field != FIELD_8:
                council_steps.keep_claims(helper)
                council_steps.open_sheet(helper, SA, field)
            if field == FIELD_9:
                council_steps.appraise(helper, "9.2", {"ngày": "1"}, "Nộp chậm một ngày.")
            council_steps.hand_in(helper)
    with come("helper.h1") as helper:
        for field in FIELDS:
            council_steps.open_sheet(helper, X11, field)
            if field in (FIELD_1, FIELD_2):
                council_steps.keep_claims(helper)
                council_steps.open_sheet(helper, X11, field)
            if field == FIELD_1:
                council_steps.confirm_not_applicable(helper, "1.4")
            council_steps.hand_in(helper)


def approval(come: Come) -> None:
    """The council changes one leaf, sends one field back and gets it again, approves with minutes, and closes."""
    held_on = date(2025, 5, 5)  # reads the same in any order of day and month
    with come("member.p") as member:
        council_steps.open_field(member, DEPARTMENTS, FIELD_1)
        council_steps.change(member, SA, "1.5", {"sáng kiến": "2"}, DECIDED, "hoi-dong-sua")
        council_steps.open_field(member, DEPARTMENTS, FIELD_1)
        council_steps.approve(member, [SA], held_on, "phe-duyet")
        council_steps.open_field(member, DEPARTMENTS, FIELD_2)
        council_steps.send_back(member, SA, BACK)
    with come("helper2.p") as helper:
        council_steps.open_returned(helper, SA, FIELD_2, BACK)
        council_steps.appraise(helper, "2.1", {"Trên mạng": "on"}, "Đã công khai đủ, xác minh lại.")
        council_steps.hand_in(helper)
    with come("member.p") as member:
        for field in (FIELD_2, FIELD_8, FIELD_9):
            council_steps.open_field(member, DEPARTMENTS, field)
            council_steps.approve(member, [SA], held_on)
    with come("chair.p") as chair:
        for field in FIELDS:
            council_steps.open_field(chair, DEPARTMENTS, field)
            council_steps.close(chair, [SA])
    with come("member.h1") as member:
        for field in FIELDS:
            council_steps.open_field(member, COMMUNES, field)
            council_steps.approve(member, [X11], held_on)
    with come("chair.h1") as chair:
        for field in FIELDS:
            council_steps.open_field(chair, COMMUNES, field)
            council_steps.close(chair, [X11])


def published(come: Come) -> None:
    """Hold the published tables against an independent sum over the exported scores; the unit reads its own detail."""
    with come("admin") as admin:
        keys = province_steps.keys(admin)
        scores = figures.table(province_steps.export_scores(admin), keys.unit)
        tables = {group: province_steps.export_results(admin, group) for group in (DEPARTMENT, COMMUNE)}
    for group, units in UNITS.items():
        own = {unit: figures.result(figures.leaves(scores, unit, keys, SKIPPED.get(unit, ""))) for unit in units}
        assert {own[unit].maximum for unit in units} == MAXIMA[group]
        ranks = figures.ranks({unit: one for unit, one in own.items() if unit not in APART})
        found = {row.unit: row for row in tables[group]}
        assert set(found) == set(units)
        for unit, one in own.items():
            row = found[unit]
            assert (row.achieved, row.maximum, row.index) == (one.achieved, one.maximum, one.index), unit
            assert row.rank == ranks.get(unit), unit
            assert unit in APART or row.grade == one.grade, unit
    with come("leader.sa") as leader:
        province_steps.read_own_detail(leader, SA, DEPARTMENT)
        leader.told(REMARK)
        leader.told(DECIDED)
        leader.picture("ket-qua-don-vi")
        leader.told(figures.shown(own_index(tables[DEPARTMENT], SA)))
    with come("officer.x11") as officer:
        officer.menu("Results")
        officer.picture("ket-qua-dien-thoai", narrow=True)


def own_index(table: list[province_steps.Line], unit: str) -> Fraction:
    return next(line.index for line in table if line.unit == unit)


def neighbours_see_nothing(come: Come, province: Province) -> None:
    """Officers of the other department and of the other commune of the district open every page they can reach."""
    for login, unit, name in (("officer.sb", "SA", SA), ("officer.x12", "X11", X11)):
        form = f"/assessments/{province.form_id(unit)}"
        with come(login) as neighbour:
            closed = (form, f"{form}/check", f"{form}/receipt", f"{form}/evidence/1.1")
            peer.sees_nothing_of(neighbour, (name, *map(str, PRIVATE)), closed)


def neighbours_see_the_public_table(come: Come, province: Province) -> None:
    """After publication a neighbour reads the line of the table, and still no remark, evidence or leaf of the other."""
    for login, unit, name in (("officer.sb", "SA", SA), ("officer.x12", "X11", X11)):
        with come(login) as neighbour:
            read = peer.pages(neighbour)
            assert any(name in page for path, page in read.items() if path.startswith("/results"))
            public = ("/results", "/papers/editions/")  # the table, on the screen and on paper
            assert not [path for path, page in read.items() if name in page and not path.startswith(public)]
            form = f"/assessments/{province.form_id(unit)}"
            detail = f"/results/editions/1/units/{province.id_of(m.Unit, code=unit)}"
            peer.sees_nothing_of(neighbour, map(str, PRIVATE), (form, f"{form}/check", detail))
