"""The list by file: the template with present staff comes back marked; every fault has its place, and all or nothing is taken."""

from __future__ import annotations

import io
from datetime import date

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from i18n import translations_of
from rules.vocabulary import StaffMove
from tests.staff import steps
from tests.staff.steps import LEADER, OFFICER
from tests.support.world import Province

HEADER = "Biến động,Tên đăng nhập,Họ và tên,Thư điện tử,Vai trò,Có hiệu lực từ ngày,Nơi đến,Ghi chú"


def upload(client: FlaskClient, content: bytes, name: str = "nhan-su.csv") -> TestResponse:
    return steps.post(client, "/staff/file", "/staff/", file=FileStorage(io.BytesIO(content), name))


def csv(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines)).encode()


def apply(client: FlaskClient, preview: TestResponse) -> TestResponse:
    signed = preview.get_data(as_text=True).split('name="signed" value="', 1)[1].split('"', 1)[0]
    return steps.post(client, "/staff/file/apply", "/staff/", signed=signed)


def title(move: StaffMove) -> str:
    return translations_of("vi").gettext(move.title.id)


def marked(client: FlaskClient, changes: dict[str, tuple[StaffMove, date, str]]) -> bytes:
    """Download the template and mark people in it as somebody does in Excel."""
    book = openpyxl.load_workbook(io.BytesIO(client.get("/staff/template.xlsx").get_data()))
    sheet = book.active
    assert sheet is not None
    head = next(row for row in sheet.iter_rows() if row[1].value == "Tên đăng nhập")
    at = {cell.value: cell.column for cell in head}
    for row in sheet.iter_rows(min_row=head[0].row + 1):
        found = changes.get(str(row[1].value))
        if found is not None:
            number = row[0].row
            sheet.cell(number, at["Biến động"], title(found[0]))
            sheet.cell(number, at["Có hiệu lực từ ngày"], found[1])
            sheet.cell(number, at["Nơi đến"], found[2])
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_the_template_comes_back_marked(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    content = marked(leader, {OFFICER: (StaffMove.MOVED, day, "Sở Y tế")})
    preview = upload(leader, content, "nhan-su.xlsx")
    assert preview.status_code == 200, steps.text(preview)
    assert steps.requests(province) == [], "nothing is written before it is confirmed"
    assert apply(leader, preview).status_code == 200
    (row,) = steps.rows(province)
    assert (row.move, row.full_name, row.effective_on, row.destination) == (
        StaffMove.MOVED,
        "Cán bộ Xã Ấp Bắc",
        day,
        "Sở Y tế",
    )
    assert apply(leader, preview).status_code == 409, "confirmed twice"
    assert len(steps.rows(province)) == 1


def test_the_template_untouched_says_nothing(province: Province) -> None:
    leader = province.client(LEADER)
    answer = upload(leader, leader.get("/staff/template.xlsx").get_data(), "nhan-su.xlsx")
    assert answer.status_code == 422
    assert "Không dòng nào" in steps.text(answer)


def test_a_newcomer_and_a_leaver_by_csv(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    content = csv(
        f"recruited,,Trần Thị Mới,moi@x.vn,officer,{day.isoformat()},,",
        f"Nghỉ hưu,{OFFICER.upper()},bất kỳ,,,{day:%d/%m/%Y},,Đủ tuổi",
    )
    apply(leader, upload(leader, content))
    new, retired = steps.rows(province)
    assert (new.full_name, new.email, new.function) == ("Trần Thị Mới", "moi@x.vn", "officer")
    assert (retired.move, retired.full_name, retired.note) == (StaffMove.RETIRED, "Cán bộ Xã Ấp Bắc", "Đủ tuổi")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        (",,Trần Thị Quên,q@x.vn,officer,,,", "Dòng 3, cột “Biến động”"),
        ("bay mất,officer.x11,,,,{day},,", "Dòng 3, cột “Biến động”"),
        (",officer.x11,,,,{day},,", "Dòng 3, cột “Biến động”"),
        ("retired,officer.x12,,,,{day},,", "Dòng 3, cột “Tên đăng nhập”"),
        ("retired,khong.co,,,,{day},,", "Dòng 3, cột “Tên đăng nhập”"),
        ("moved,officer.x11,,,,{day},,", "Dòng 3, cột “Nơi đến”"),
        ("left,officer.x11,,,,2024-02-31,,", "Dòng 3, cột “Có hiệu lực từ ngày”"),
        ("left,officer.x11,,,,,,", "Dòng 3, cột “Có hiệu lực từ ngày”"),
        ("left,officer.x11,,,,1999-01-01,,", "Dòng 3, cột “Có hiệu lực từ ngày”"),
        ("recruited,,,,officer,{day},,", "Dòng 3, cột “Họ và tên”"),
        ("recruited,,Lê C,,manager,{day},,", "Dòng 3, cột “Vai trò”"),
        ("recruited,moi.x11,Lê C,,officer,{day},,", "Dòng 3, cột “Tên đăng nhập”"),
        ("retired,leader.x11,,,,{day},,", "Dòng 3, cột “Tên đăng nhập”"),
    ],
)
def test_every_fault_has_its_place_and_nothing_is_taken(province: Province, line: str, place: str) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    answer = upload(leader, csv(f"retired,leader.x11,,,,{day},,", line.format(day=day)))
    assert answer.status_code == 422
    assert place in steps.text(answer)
    assert steps.requests(province) == []


def test_absent_and_foreign_logins_read_alike(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    said = [steps.text(upload(leader, csv(f"retired,{login},,,,{day},,"))) for login in ("officer.x12", "khong.co")]
    assert said[0] == said[1]


@pytest.mark.parametrize("content", [b"", b"\x00\x01", b"PK\x03\x04rest", b"a,b\n1,2\n"])
def test_a_file_that_is_none_is_told(province: Province, content: bytes) -> None:
    answer = upload(province.client(LEADER), content)
    assert answer.status_code == 422


def test_a_preview_of_another_unit_or_altered_is_not_taken(province: Province) -> None:
    leader, day = province.client(LEADER), steps.today(province)
    preview = upload(leader, csv(f"recruited,,Trần Thị Mới,,officer,{day},,"))
    other = province.client("leader.x12")
    assert "không còn hiệu lực" in steps.text(apply(other, preview))
    assert steps.requests(province) == []
