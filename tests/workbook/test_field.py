"""A helper appraises a field over the units of the council in one workbook: its own cells only, all or nothing (Điều 7.3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import supervision
from services.score import Entry
from tests.appraisal import steps
from tests.appraisal.web import more_units
from tests.support.database import Database
from tests.support.world import Province
from tests.workbook.support import Desk, can_apply, counts, keys, signed, text


@pytest.fixture
def province(province: Province, database: Database) -> Province:
    """SA and SB have scored themselves and signed; the deadline has passed."""

    def build() -> None:
        for unit in ("SA", "SB"):
            steps.claim(province, unit)

    return steps.state(province, database, "workbook_field", build)


def desk(province: Province, login: str = "helper1.p", code: str = "1", unit: str = "SA") -> Desk:
    return Desk(province.client(login), f"/appraisal/workbook/{steps.leaf_id(province, unit, code)}")


@pytest.fixture
def helper(province: Province) -> Desk:
    return desk(province)


def appraised(province: Province, unit: str) -> dict[str, m.Score]:
    return steps.scores(province, unit, Layer.APPRAISAL)


def test_a_whole_field_is_appraised_in_one_file(province: Province, helper: Desk) -> None:
    book = helper.download()
    assert counts(helper.upload(book)) == (0, 0, 0, 24)  # six leaves of the four departments
    book.put(
        {
            ("1.1", "in:1", "SA"): "Trong tháng 02",
            ("1.2.1", "in:1", "SA"): 40,
            ("1.2.1", "in:2", "SA"): 48,
            ("1.2.1", "reason", "SA"): "Một nhiệm vụ chưa hoàn thành",
            ("1.1", "in:1", "SB"): "Trong tháng 02",
            ("1.3", "stated", "SB"): 0,
            ("1.3", "reason", "SB"): "Thiếu tài liệu kiểm chứng",
        }
    )
    page = helper.upload(book)
    assert page.status_code == 200, text(page)
    assert counts(page)[:3] == (0, 0, 4)
    assert "40/48" in text(page)
    assert appraised(province, "SA") == {}
    assert helper.apply(page).status_code == 302
    assert {code: row.points for code, row in appraised(province, "SA").items()} == {
        "1.1": Decimal(5),
        "1.2.1": Decimal("8.3333"),
    }
    assert appraised(province, "SB")["1.3"].points == 0
    assert appraised(province, "SB")["1.3"].reason == "Thiếu tài liệu kiểm chứng"
    with province.system():
        trail = db.session.scalars(
            select(m.AuditEntry).where(m.AuditEntry.object_type == "Score", m.AuditEntry.verb == "appraise")
        ).all()
        assert len(trail) == 4
    assert counts(helper.upload(helper.raw()))[:3] == (0, 0, 0)


def test_the_claim_stands_beside_and_only_the_own_cells_are_open(province: Province, helper: Desk) -> None:
    book = helper.download()
    row = [cell.value for cell in book.sheet[book.row("1.2.1", "SA")]]
    assert "Sở Tư pháp" in row
    assert 8.5417 in row
    assert "Số nhiệm vụ hoàn thành: 41\nSố nhiệm vụ trong kế hoạch: 48" in row
    assert "Xem báo cáo số 12" in row
    assert not book.cell("1.2.1", "in:1", "SA").protection.locked
    assert not book.cell("1.2.1", "reason", "SA").protection.locked
    assert book.cell("1.2.1", "na", "SA").protection.locked, "the unit did not propose it"
    open_rows = {cell.row for row in book.sheet.iter_rows() for cell in row if not cell.protection.locked}
    units = {book.sheet.cell(number, book.columns["unit"]).value for number in open_rows}
    assert units == {"SA", "SB", "SNV", "VP"}


def test_only_what_is_assigned_is_open(province: Province) -> None:
    with province.system(), system_act(Verb.MANAGE_COUNCIL, "test"):
        seat = db.session.scalars(
            select(m.Seat).join(m.Account, m.Account.id == m.Seat.account_id).where(m.Account.username == "helper1.p")
        ).one()
        for given in db.session.scalars(select(m.Assignment).where(m.Assignment.seat_id == seat.id)):
            db.session.delete(given)
        form = db.session.get_one(m.Assessment, _form(province, "SA"))
        leaf = steps.leaf_of(form.criteria_set_id, "1.2")
        db.session.add(
            m.Assignment(seat_id=seat.id, criterion_id=leaf.id, unit_id=form.unit_id, owner_unit_id=seat.unit_id)
        )
    helper = desk(province)
    book = helper.download()
    assert not book.cell("1.2.1", "in:1", "SA").protection.locked
    assert book.cell("1.1", "in:1", "SA").protection.locked
    with pytest.raises(LookupError):
        book.row("1.2.1", "SB")
    place = book.place("1.1", "code", "SA")
    page = helper.upload(book.put({("1.1", "in:1", "SA"): "Trong tháng 02"}))
    assert page.status_code == 422
    assert f"Ô {place} (mục 1.1, Sở Tư pháp): Mục này của đơn vị do người khác phụ trách" in text(page)
    assert desk(province, "helper2.p").client.get(f"{helper.url}").status_code == 404


def _form(province: Province, unit: str) -> int:
    return province.form_id(unit)


@pytest.mark.parametrize(
    ("cells", "place", "word"),
    [
        ({("1.1", "in:1", "SA"): "Trong tháng 01"}, ("1.1", "reason", "SA"), "hãy nêu lý do"),
        ({("1.1", "stated", "SA"): 5}, ("1.1", "reason", "SA"), "hãy nêu lý do"),
        ({("1.4", "na", "SA"): "Có"}, ("1.4", "na", "SA"), "Đơn vị không đề nghị"),
        ({("1.5", "reason", "SA"): "chỉ có lời"}, ("1.5", "code", "SA"), "giữ điểm đề nghị"),
        ({("1.2.1", "in:1", "SA"): 49, ("1.2.1", "in:2", "SA"): 48}, ("1.2.1", "in:1", "SA"), "49"),
    ],
)
def test_faults_of_an_appraisal_are_named_with_cell_and_unit(
    province: Province, helper: Desk, cells: dict[tuple[str, ...], Any], place: tuple[str, ...], word: str
) -> None:
    book = helper.download()
    cell = book.place(*place)
    page = helper.upload(book.put({("1.1", "in:1", "SB"): "Trong tháng 02", **cells}))
    assert page.status_code == 422
    assert counts(page)[:3] == (1, 0, 1)
    fault = text(page).split(f"Ô {cell} (mục {place[0]}, Sở Tư pháp): ")
    assert len(fault) == 2, text(page)
    assert word in fault[1]
    assert not can_apply(page)
    assert appraised(province, "SB") == {}


def test_a_conflict_with_a_colleague_is_decided_and_emptied_rows_take_back(province: Province, helper: Desk) -> None:
    steps.appraise(province, "helper1.p", "SA", "1.1", Entry({"option": "1"}))
    steps.appraise(province, "helper1.p", "SA", "1.5", Entry({"count": "1"}))
    helper = desk(province)
    book = helper.download()
    version = appraised(province, "SA")["1.1"].version
    steps.appraise(province, "helper1.p", "SA", "1.1", Entry({"option": "2"}, reason="Không ban hành", version=version))
    book.put(
        {
            ("1.1", "in:1", "SA"): "Trong tháng 01",
            ("1.1", "reason", "SA"): "Có văn bản",
            ("1.5", "in:1", "SA"): None,
            ("1.1", "in:1", "SB"): "Trong tháng 02",
        }
    )
    page = helper.upload(book)
    assert counts(page)[:3] == (0, 1, 2)
    assert "Tổ viên Một" in text(page)
    assert "Không ban hành" in text(page)
    assert helper.apply(page).status_code == 422
    assert helper.apply(page, **{keys(page)[0]: "take"}).status_code == 302
    assert {code: row.inputs for code, row in appraised(province, "SA").items()} == {"1.1": {"option": "0"}}
    assert "1.1" in appraised(province, "SB")


def test_what_was_filled_in_beside_an_earlier_claim_is_decided_anew(province: Province, helper: Desk) -> None:
    """The superior changes the claim while the helper works without a network: its figures answer what it did not see."""
    book = helper.download().put(
        {("1.1", "in:1", "SA"): "Không ban hành", ("1.1", "reason", "SA"): "Không thấy kế hoạch"}
    )
    id_ = steps.sheet_id(province, "SA", "1")
    with province.acting("admin"):
        sheet = db.session.get_one(m.FieldSheet, id_)
        supervision.score(sheet, steps.leaf_of(sheet.criteria_set_id, "1.1"), Entry({"option": "0"}, reason="Đã có"))
    page = helper.upload(book)
    assert counts(page)[:3] == (0, 1, 0)
    assert helper.apply(page).status_code == 422
    assert helper.apply(page, **{keys(page)[0]: "keep"}).status_code == 302
    assert appraised(province, "SA") == {}
    assert counts(helper.upload(helper.raw()))[:3] == (0, 0, 0)


def test_one_sheet_that_was_handed_in_meanwhile_stops_the_whole_file(province: Province, helper: Desk) -> None:
    book = helper.download().put({("1.1", "in:1", "SA"): "Trong tháng 02", ("1.1", "in:1", "SB"): "Trong tháng 02"})
    page = helper.upload(book)
    assert can_apply(page)
    steps.keep_all(province, "helper1.p", "SB")
    steps.hand_in(province, "helper1.p", "SB")
    answer = helper.apply(page)
    assert answer.status_code == 409
    assert appraised(province, "SA") == {}, "all or nothing over the whole file"
    page = helper.upload(book)
    assert page.status_code == 409 or counts(page)[2] == 1
    page = helper.upload(book.put({("1.1", "in:1", "SB"): "Không ban hành", ("1.1", "reason", "SB"): "vì"}))
    assert page.status_code == 422
    assert "mục 1.1, Sở Xây dựng" in text(page)
    page = helper.client.get(helper.url)
    assert "Sở Xây dựng" in text(page), "sheets that are closed are named on the page"
    assert '<a href="/appraisal" aria-current="page">' in page.get_data(as_text=True)


def test_units_that_are_closed_for_the_same_reason_stand_together(province: Province, helper: Desk) -> None:
    for unit in ("SB", "SA"):
        steps.keep_all(province, "helper1.p", unit)
        steps.hand_in(province, "helper1.p", unit)
    assert "<b>Sở Tư pháp, Sở Xây dựng</b>: " in helper.client.get(helper.url).get_data(as_text=True)


def test_who_belongs_to_the_unit_finds_its_rows_closed(province: Province) -> None:
    steps.add_post(province, "helper1.p", "SA")
    with steps.seated(province, "helper1.p"):
        pass
    client = province.client("helper1.p")
    with province.system():
        seat = db.session.scalars(
            select(m.Seat.id)
            .join(m.Account, m.Account.id == m.Seat.account_id)
            .where(m.Account.username == "helper1.p")
        ).one()
    with client.session_transaction() as session:
        session["authority"] = f"seat:{seat}"
    helper = Desk(client, f"/appraisal/workbook/{steps.leaf_id(province, 'SA', '1')}")
    book = helper.download()
    assert book.cell("1.1", "in:1", "SA").protection.locked
    assert not book.cell("1.1", "in:1", "SB").protection.locked
    page = helper.upload(book.put({("1.1", "in:1", "SA"): "Trong tháng 02"}))
    assert page.status_code == 422
    assert "Sở Tư pháp" in text(page)


def test_survey_values_are_not_entered_here(province: Province) -> None:
    helper = desk(province, "helper2.p", "8.1")
    book = helper.download()
    assert book.cell("8.1", "in:1", "SA").protection.locked
    page = helper.upload(book.put({("8.1", "in:1", "SA"): 90}))
    assert "điều tra" in text(page)
    assert page.status_code == 422


def test_the_file_of_another_field_or_seat_is_refused(province: Province, helper: Desk) -> None:
    other = desk(province, "helper2.p", "2")
    page = helper.upload(other.raw())
    assert page.status_code == 422
    assert "2. Thủ tục hành chính" in text(page)
    parcel = signed(helper.upload(helper.download().put({("1.1", "in:1", "SA"): "Trong tháng 02"})))
    assert other.apply_signed(parcel).status_code == 302
    stranger = Desk(province.client("helper.h1"), helper.url)
    for answer in (stranger.client.get(stranger.url), stranger.upload(b"PK"), stranger.apply_signed(parcel)):
        assert answer.status_code == 404
    for login, code in (("officer.sa", 403), ("member.p", 403), ("admin", 403)):
        assert Desk(province.client(login), helper.url).client.get(helper.url).status_code == code
    assert appraised(province, "SA") == {}


def test_after_the_window_nothing_is_written(province: Province, helper: Desk) -> None:
    province.move_clock(days=29, hours=23)
    late = desk(province)
    page = late.upload(late.download().put({("1.1", "in:1", "SA"): "Trong tháng 02"}))
    assert can_apply(page)
    province.move_clock(days=30, minutes=5)
    late = desk(province)
    assert late.apply_signed(signed(page)).status_code == 409
    assert appraised(province, "SA") == {}
    assert late.download().cell("1.1", "in:1", "SA").protection.locked


def test_many_units_cost_as_many_statements_as_few(province: Province, helper: Desk) -> None:
    def cost() -> tuple[int, int, int]:
        helper.client.get(helper.url)
        with steps.counted(province) as read:
            book = helper.download()
        with steps.counted(province) as shown:
            helper.client.get(helper.url)
        with steps.counted(province) as looked:
            assert helper.upload(book).status_code == 200
        return len(read), len(shown), len(looked)

    few = cost()
    more_units(province, 20)
    assert cost() == few
