"""Reference figures come in by file: template, every fault by its place, preview beside the claims, exactly that applied."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import openpyxl
import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from tests.appraisal import steps
from tests.appraisal.web import words
from tests.assessment.support import vietnamese
from tests.reference.desk import HEAD, SOURCE, bring, confirm, kept, round_id, row, signed, upload
from tests.support.database import Database
from tests.support.results import world
from tests.support.tables import workbook
from tests.support.world import Province, token


def test_a_file_is_previewed_beside_the_claims_then_applied(locked: Province) -> None:
    client = locked.client("admin")
    status, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100) + row("SB", "2.2", 90, 100))
    assert status == 200
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    # 85 of 100 files on 10 points, where 90 of 100 were claimed.
    assert "8,50 (−0,50, thấp hơn điểm đề nghị)" in text
    assert "9,00 (bằng điểm đề nghị)" in text
    assert f"{SOURCE}, 01/12/2024" in text
    assert kept(locked) == {}, "nothing is written before it is confirmed"
    status, page = confirm(locked, client, page)
    assert status == 200
    assert "Đã nhập 2 số liệu đối chiếu" in page
    assert kept(locked) == {
        ("SA", "2.2"): {"numerator": "85", "denominator": "100"},
        ("SB", "2.2"): {"numerator": "90", "denominator": "100"},
    }


def test_figures_change_no_points(locked: Province) -> None:
    form = locked.form_id("SA")

    def sums() -> list[tuple[object, ...]]:
        with locked.system():
            query = select(m.Subtotal.basis, m.Subtotal.achieved, m.Subtotal.scored).where(
                m.Subtotal.assessment_id == form
            )
            return sorted(map(tuple, db.session.execute(query).all()))

    before = sums()
    bring(locked, "admin", row("SA", "2.2", 1, 100))
    assert sums() == before


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("2023,SA,2.2,85,100,x,2024-12-01", "round_code"),
        (",SA,2.2,85,100,x,2024-12-01", "round_code"),
        ("2024,Q99,2.2,85,100,x,2024-12-01", "unit_code"),
        ("2024,SA,2.9,85,100,x,2024-12-01", "criterion_code"),
        ("2024,SA,1.2,85,100,x,2024-12-01", "criterion_code"),  # a heading, not a leaf
        ("2024,SA,8.1,85,100,x,2024-12-01", "criterion_code"),  # the survey
        ("2024,SA,9.2,85,100,x,2024-12-01", "criterion_code"),  # a penalty
        ("2024,VP,2.2,85,100,x,2024-12-01", "criterion_code"),  # does not apply to it
        ("2024,SB,2.2,85,100,x,2024-12-01", "criterion_code"),  # stands already in row 2
        ("2024,SA,2.2,101,100,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,-1,100,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,NaN,100,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,1e2,100,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,1.234,2000,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,=1+1,100,x,2024-12-01", "numerator"),
        ("2024,SA,2.2,85,,x,2024-12-01", "denominator"),
        ("2024,SA,2.1,85,100,x,2024-12-01", "numerator"),  # a checklist has no numerator
        ("2024,SA,2.2,85,100,,2024-12-01", "source"),
        (f"2024,SA,2.2,85,100,{'x' * 301},2024-12-01", "source"),
        ("2024,SA,2.2,85,100,x,", "as_of"),
        ("2024,SA,2.2,85,100,x,2024-13-01", "as_of"),
        ("2024,SA,2.2,85,100,x,2999-01-01", "as_of"),
    ],
)
def test_every_fault_is_named_by_row_and_column_and_nothing_written(locked: Province, line: str, column: str) -> None:
    status, page = upload(locked, locked.client("admin"), HEAD + row("SB", "2.2", 90, 100) + line + "\n")
    assert status == 422
    assert f"Dòng 3, cột “{column}”" in page, re.findall(r"Dòng[^<]+", page)
    assert 'name="signed"' not in page
    assert kept(locked) == {}


def test_a_row_without_figures_is_a_fault(locked: Province) -> None:
    status, page = upload(locked, locked.client("admin"), HEAD + row("SA", "2.2", "", ""))
    assert (status, "Dòng 2:" in page) == (422, True)


def test_a_formula_without_a_saved_value_is_no_empty_cell(locked: Province) -> None:
    """A file of a program that counts nothing itself: openpyxl keeps no value of a formula."""
    heads, cells = (line.split(",") for line in (HEAD + row("SA", "2.2", 85, 100)).strip().splitlines())
    cells[heads.index("denominator")] = "=90+10"
    status, page = upload(locked, locked.client("admin"), workbook([heads, cells]))
    assert status == 422
    assert vietnamese("This formula has no saved value: type the value itself.") in page
    assert kept(locked) == {}


def test_all_faults_come_at_once(locked: Province) -> None:
    _, page = upload(
        locked, locked.client("admin"), HEAD + row("Q1", "2.2", 85, 100, "") + row("Q2", "9", 1, 1, as_of="x")
    )
    assert page.count("Dòng 2, cột") == 2
    assert page.count("Dòng 3, cột") == 2


def test_what_the_survey_and_penalties_say_is_a_sentence_of_their_own(locked: Province) -> None:
    client = locked.client("admin")
    assert "được nhập ở mục riêng" in upload(locked, client, HEAD + row("SA", "8.1", 1, 2))[1]
    assert "Điểm trừ do Tổ giúp việc nhập" in upload(locked, client, HEAD + row("SA", "9.2", 1, 2))[1]


@pytest.mark.parametrize(
    "content", [b"", b"\x00\x01", "a,b\n1,2\n".encode("utf-16"), b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0old"]
)
def test_what_is_no_table_is_a_sentence(locked: Province, content: bytes) -> None:
    status, page = upload(locked, locked.client("admin"), content)
    assert (status, "Không nhận được tệp" in page) == (422, True)


def test_text_of_a_file_comes_out_as_text(locked: Province) -> None:
    """Script in a source is shown, never run; a name that looks like a formula is text."""
    client = locked.client("admin")
    evil = "<script>alert(1)</script>"
    _, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100, evil), name="<script>x</script>.csv")
    assert "<script>alert" not in page
    assert "<script>x" not in page
    assert confirm(locked, client, page)[0] == 200
    for login, address in (
        ("admin", "/reference/"),
        ("officer.sa", f"/assessments/{locked.form_id('SA')}"),
        ("officer.sa", f"/assessments/{locked.form_id('SA')}/check"),
        ("helper2.p", f"/appraisal/{steps.sheet_id(locked, 'SA', '2')}?leaf=2.2"),
    ):
        text = locked.client(login).get(address).get_data(as_text=True)
        assert "alert(1)" in text, address
        assert "<script>alert" not in text, address


def test_a_later_file_replaces_and_the_trail_keeps_what_stood_there(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 90, 100))
    client = locked.client("admin")
    _, page = upload(locked, client, HEAD + row("SA", "2.2", 80, 100, "Kho bạc") + row("SB", "2.2", 90, 100))
    assert "Sở Xây dựng" not in page, "what is as before is only counted"
    assert "8,00" in page
    assert "8,50" in page
    assert confirm(locked, client, page)[0] == 200
    assert kept(locked)["SA", "2.2"] == {"numerator": "80", "denominator": "100"}
    form = locked.form_id("SA")
    with locked.system():
        entry = m.AuditEntry
        entries = db.session.execute(
            select(entry.operation, entry.changes, entry.assessment_id, entry.layer)
            .where(entry.verb == "import_reference")
            .order_by(entry.id)
        ).all()
        assert [one.operation for one in entries] == ["create", "create", "update"]
        last = entries[-1]
        assert last.changes["inputs"][0] == {"numerator": "85", "denominator": "100"}
        assert last.changes["source"] == [SOURCE, "Kho bạc"]
        assert (last.assessment_id, last.layer) == (form, None)


def test_the_same_file_again_changes_nothing(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    status, page = upload(locked, locked.client("admin"), HEAD + row("SA", "2.2", 85, 100))
    assert (status, 'name="signed"' in page) == (200, False)
    assert "Mọi số liệu trong tệp đều đã có" in page


def test_a_preview_that_no_longer_fits_is_refused_whole(locked: Province) -> None:
    client = locked.client("admin")
    _, old = upload(locked, client, HEAD + row("SA", "2.2", 80, 100) + row("SB", "2.2", 80, 100))
    bring(locked, "admin", row("SA", "2.2", 85, 100))
    assert confirm(locked, client, old)[0] == 409
    assert kept(locked) == {("SA", "2.2"): {"numerator": "85", "denominator": "100"}}


def test_a_preview_is_good_for_its_person_round_and_kind_alone(locked: Province) -> None:
    client = locked.client("admin")
    _, page = upload(locked, client, HEAD + row("SA", "2.2", 85, 100))
    mark = signed(page)
    for forged in ("", "abc", mark[:-2] + "xx", "a" + mark):
        answer = client.post(
            f"/reference/{round_id(locked)}/apply", data={"signed": forged, "csrf_token": token(client, "/password")}
        )
        assert answer.status_code == 302
    # The survey does not take it for one of its own, nor another person for theirs.
    answer = client.post(
        f"/survey/{round_id(locked)}/apply", data={"signed": mark, "csrf_token": token(client, "/password")}
    )
    assert answer.status_code == 302
    other = locked.client("helper2.p")
    assert confirm(locked, other, page)[0] == 200
    assert kept(locked) == {}


# Helpers


# Coverage and template


def test_the_page_names_the_items_with_figures_how_many_differ_and_who_lacks_them(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 85, 100) + row("SB", "2.2", 90, 100, as_of="2024-11-30"))
    text = words(locked.client("admin").get("/reference/"))
    assert "2.2 Giải quyết đúng hạn" in text
    assert re.search(r"10,00\s+2/3\s+1\s", text), "two of three departments (one is exempt), one differs"
    assert f"{SOURCE}, 01/12/2024 (1)" in text
    assert f"{SOURCE}, 30/11/2024 (1)" in text
    assert "Sở Nội vụ" in text.split("30/11/2024")[1]
    helper = words(locked.client("helper2.p").get("/reference/"))
    assert "2/3" in helper
    assert "Cấp xã" not in helper, "no group of another council"


def test_a_helper_whose_council_has_no_locked_form_reads_why(province: Province) -> None:
    text = words(province.client("helper2.p").get("/reference/"))
    assert "Chưa có phiếu nào anh/chị được xem" in text


def test_without_a_round_the_page_says_so(database: Database, province: Province) -> None:
    with world(province):
        for one in db.session.scalars(select(m.Round)):
            one.opened_at = None
    assert "Chưa có kỳ đánh giá nào" in words(province.client("admin").get("/reference/"))


def book(province: Province, login: str, query: str = "") -> list[list[str]]:
    answer = province.client(login).get(f"/reference/{round_id(province)}/template.xlsx{query}")
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
    return [["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]


def test_the_template_holds_units_and_items_and_comes_back_as_it_went(locked: Province) -> None:
    leaf = steps.leaf_id(locked, "SA", "2.2")
    head, *lines = book(locked, "admin", f"?leaf={leaf}")
    place = {name: n for n, name in enumerate(head)}
    assert [line[place["Mã đơn vị"]] for line in lines] == ["SA", "SB", "SNV"], "the exempt unit is not in it"
    assert {line[place["Tên tiêu chí"]] for line in lines} == {"Giải quyết đúng hạn"}
    for line, numerator in zip(lines, ("85,5", "90", "70"), strict=True):
        for name, value in (
            ("Tử số", numerator),
            ("Mẫu số", "100"),
            ("Nguồn số liệu", SOURCE),
            ("Ngày số liệu", "01/12/2024"),
        ):
            line[place[name]] = value
    filled = "\n".join(";".join(line) for line in [head, *lines])
    client = locked.client("admin")
    status, page = upload(locked, client, filled)
    assert status == 200, page
    assert confirm(locked, client, page)[0] == 200
    assert kept(locked)["SA", "2.2"] == {"numerator": "85.5", "denominator": "100"}
    # Downloaded anew it holds them, and uploaded as it is it changes nothing.
    answer = client.get(f"/reference/{round_id(locked)}/template.xlsx")
    status, page = upload(locked, client, answer.get_data(), "mau.xlsx")
    assert (status, "Nhập" in page and 'name="signed"' in page) == (200, False), page


def test_every_kind_of_input_goes_out_and_comes_back(locked: Province) -> None:
    head = "round_code,unit_code,criterion_code,numerator,denominator,option,met,count,parts,source,as_of\n"
    lines = (
        "2024,SA,1.1,,,2,,,,S,2024-12-01\n2024,SA,1.3,,,,1,,,S,2024-12-01\n2024,SA,1.5,,,,,2,,S,2024-12-01\n"
        "2024,SA,2.1,,,,,,2,S,2024-12-01\n2024,SB,2.1,,,,,,0,S,2024-12-01\n2024,SA,1.2.2,1234.5,2000.25,,,,,S,2024-12-01\n"
    )
    client = locked.client("admin")
    status, page = upload(locked, client, head + lines)
    assert status == 200, page
    confirm(locked, client, page)
    before = kept(locked)
    assert before["SA", "2.1"] == {"parts": ["1"]}
    assert before["SB", "2.1"] == {"parts": []}
    assert len(before) == 6
    answer = client.get(f"/reference/{round_id(locked)}/template.xlsx")
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.get_data())).active.iter_rows(values_only=True))
    only = [line for line in rows if line[-1] is not None]  # empty rows are to be filled in first
    filled = "\n".join(";".join("" if cell is None else str(cell) for cell in line) for line in only)
    status, page = upload(locked, client, filled)
    assert (status, 'name="signed"' in page) == (200, False), page


def test_a_helpers_template_holds_only_what_it_may_bring(locked: Province) -> None:
    head, *lines = book(locked, "helper2.p")
    place = {name: n for n, name in enumerate(head)}
    assert {line[place["Mã tiêu chí"]] for line in lines} == {"2.1", "2.2", "9.1"}
    assert {line[place["Mã đơn vị"]] for line in lines} == {"SA", "SB", "SNV", "VP", "H1", "H2"}
    exempt = [line for line in lines if line[place["Mã đơn vị"]] == "VP"]
    assert {line[place["Mã tiêu chí"]] for line in exempt} == {"9.1"}


def test_the_days_are_those_of_the_province(locked: Province) -> None:
    """Today counts by the database's clock, in local time; the day after is still to come."""
    with locked.app.app_context():
        today = (clock.now() + timedelta(hours=7)).date()
    client = locked.client("admin")
    assert upload(locked, client, HEAD + row("SA", "2.2", 1, 2, as_of=f"{today}"))[0] == 200
    assert upload(locked, client, HEAD + row("SA", "2.2", 1, 2, as_of=f"{today + timedelta(days=1)}"))[0] == 422
