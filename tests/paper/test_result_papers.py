"""The appendix of a decision and a unit's result sheet: the figures of the screen, for whom the screen shows them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from services.publication import withdraw
from tests.support.papers import by_first, docx_rows, docx_text, paper, pdf_rows, pdf_text, screen_rows, squeeze
from tests.support.results import edition_of, group_id
from tests.support.world import Province

TABLES = (pytest.param("pdf", pdf_rows, id="pdf"), pytest.param("docx", docx_rows, id="docx"))
#: Column of the screen -> column of the paper, which writes long names of fields under the table.
SAME = {
    "Hạng": "Hạng",
    "Điểm đạt": "Điểm đạt",
    "Điểm tối đa áp dụng": "Điểm tối đa áp dụng",
    "Điểm thưởng": "Điểm thưởng",
    "Điểm trừ": "Điểm trừ",
    "Chỉ số (%)": "Chỉ số (%)",
    "Xếp loại": "Xếp loại",
    "Hạng trong cấp trên": "Hạng trong cấp trên",
    "1. Chỉ đạo, điều hành": "Lĩnh vực 1",
    "2. Thủ tục hành chính": "Lĩnh vực 2",
    "8. Điều tra xã hội học": "Lĩnh vực 8",
}


def _ranking(rows: list[list[str]]) -> dict[str, dict[str, str]]:
    """Return the rows of a ranking table by unit, in their order."""
    start = next(place for place, row in enumerate(rows) if "Đơn vị" in row and "Hạng" in row)
    names = [name.replace("▲", "").replace("▼", "").strip() for name in rows[start]]
    body = [row for row in rows[start + 1 :] if len(row) == len(names)]
    return {row[names.index("Đơn vị")]: dict(zip(names, row, strict=True)) for row in body}


@pytest.mark.parametrize(("file", "read"), TABLES)
@pytest.mark.parametrize("login", ["officer.x12", "leader.sa", "admin", "auditor"])
def test_the_appendix_is_the_published_table(done: Province, login: str, file: str, read: object) -> None:
    client, edition = done.client(login), edition_of(done)
    screen = _ranking(screen_rows(client.get(f"/results/?edition={edition}").get_data(as_text=True)))
    printed = _ranking(read(paper(client, f"/papers/editions/{edition}/appendix.{file}")))
    assert list(printed) == list(screen) == ["Xã Ấp Bắc", "Xã Ấp Nam", "Xã Đức Hòa", "Phường Định Quán"]
    for unit, cells in screen.items():
        for on_screen, on_paper in SAME.items():
            assert printed[unit][on_paper] == cells[on_screen], (unit, on_screen)
    assert [printed[unit]["Hạng"] for unit in printed] == ["1", "1", "2", "–"]


def test_the_appendix_names_its_decision_and_its_fields(done: Province) -> None:
    address = f"/papers/editions/{edition_of(done)}/appendix"
    client = done.client("officer.x12")
    for words in (pdf_text(paper(client, f"{address}.pdf")), docx_text(paper(client, f"{address}.docx"))):
        assert "Phụ lục" in words
        assert (
            "(Kèm theo Quyết định số 15/QĐ-UBND ngày 20 tháng 01 năm 2025 của Chủ tịch Ủy ban nhân dân tỉnh Vĩnh Long)"
            in squeeze(words)
        )
        assert "1. Chỉ đạo, điều hành; 2. Thủ tục hành chính; 8. Điều tra xã hội học" in squeeze(words)
        assert "THU HỒI" not in words
        assert "DỰ THẢO" not in words


def test_a_withdrawn_edition_is_marked_and_open_to_the_publisher_only(done: Province) -> None:
    edition = edition_of(done)
    unit = done.id_of(m.Unit, code="X11")
    with done.acting("admin"):
        withdraw(edition, "Sai số liệu")
    admin, officer = done.client("admin"), done.client("officer.x11")
    for kind in (f"editions/{edition}/appendix", f"editions/{edition}/units/{unit}/result"):
        assert "ĐÃ THU HỒI" in pdf_text(paper(admin, f"/papers/{kind}.pdf"))
        assert "ĐÃ THU HỒI" in docx_text(paper(admin, f"/papers/{kind}.docx"))
        paper(officer, f"/papers/{kind}.pdf", status=404)


def _illustrative(province: Province) -> None:
    with province.system(), system_act(Verb.MANAGE_ROUND, "test"):
        for round_ in db.session.scalars(select(m.Round)):
            round_.illustrative = True


def test_made_up_figures_are_marked_whatever_else_is(done: Province) -> None:
    edition = edition_of(done)
    _illustrative(done)
    admin, address = done.client("admin"), f"/papers/editions/{edition}/appendix.docx"
    assert "SỐ LIỆU MINH HỌA" in docx_text(paper(admin, address))
    with done.acting("admin"):
        withdraw(edition, "Sai số liệu")
    words = docx_text(paper(admin, address))
    assert "ĐÃ THU HỒI" in words
    assert "SỐ LIỆU MINH HỌA" in words


def test_a_draft_of_made_up_figures_says_both(closed: Province) -> None:
    _illustrative(closed)
    words = docx_text(paper(closed.client("admin"), f"/papers/publication/{group_id(closed)}/draft.docx"))
    assert "DỰ THẢO" in words
    assert "SỐ LIỆU MINH HỌA" in words


@pytest.mark.parametrize(("file", "read"), TABLES)
def test_the_draft_is_the_preview_and_says_that_it_is_a_draft(closed: Province, file: str, read: object) -> None:
    client, group = closed.client("admin"), group_id(closed)
    screen = _ranking(screen_rows(client.get(f"/publication/{group}").get_data(as_text=True)))
    data = paper(client, f"/papers/publication/{group}/draft.{file}")
    printed = _ranking(read(data))
    assert len(printed) == 4
    for unit, name in zip(printed, screen, strict=True):
        assert name.startswith(unit)
        for column in ("Hạng", "Điểm đạt", "Điểm tối đa áp dụng", "Điểm thưởng", "Điểm trừ"):
            assert printed[unit][column] == screen[name][column]
        assert printed[unit]["Chỉ số (%)"] == screen[name]["Chỉ số"]
    assert "DỰ THẢO" in (pdf_text(data) if file == "pdf" else docx_text(data))
    paper(client, f"/papers/publication/{group_id(closed, 'district')}/draft.{file}", status=404)  # no preview yet
    paper(closed.client("manager.h1"), f"/papers/publication/{group}/draft.{file}", status=403)


@pytest.mark.parametrize(("file", "read"), TABLES)
@pytest.mark.parametrize("login", ["officer.x11", "manager.h1", "admin"])
def test_the_result_sheet_is_the_page_of_the_result(done: Province, login: str, file: str, read: object) -> None:
    edition, unit, client = edition_of(done), done.id_of(m.Unit, code="X11"), done.client(login)
    page = client.get(f"/results/editions/{edition}/units/{unit}").get_data(as_text=True)
    data = paper(client, f"/papers/editions/{edition}/units/{unit}/result.{file}")
    printed, shown = by_first(read(data)), screen_rows(page)
    leaves = [row for row in shown if row and row[0][:1].isdigit() and len(row) == 6]
    assert len(leaves) >= 14
    for name, maximum, own, points, _, remark in leaves:
        code = name.split()[0]
        row = printed.get(name) or printed[code.rstrip(".")]
        if row[0] == name:  # a field, whose first cell spans code and name
            assert row[1:4] == [maximum, own, points]
        else:
            assert [f"{row[0]} {row[1]}", *row[2:5], row[6]] == [name, maximum, own, points, remark], name
    words = squeeze(pdf_text(data) if file == "pdf" else docx_text(data))
    assert "Đủ minh chứng, khớp hồ sơ X11" in words
    assert printed["Chỉ số (%)"][1] == "98,00"
    assert printed["Hạng"][1].startswith("1/3")
    assert printed["Xếp loại"][1] == "Xuất sắc"


@pytest.mark.parametrize("login", ["officer.x12", "leader.sa", "manager.h2", "chair.p"])
def test_the_sheet_of_another_unit_answers_as_an_absent_one(done: Province, login: str) -> None:
    client, edition = done.client(login), edition_of(done)
    unit = done.id_of(m.Unit, code="X11")
    for address in (
        f"editions/{edition}/units/{unit}",
        f"editions/{edition}/units/{10**9}",
        f"editions/{10**9}/units/{unit}",
    ):
        paper(client, f"/papers/{address}/result.pdf", status=404)
        paper(client, f"/papers/{address}/result.docx", status=404)


def test_the_screens_lead_to_the_papers(done: Province) -> None:
    edition, unit, group = edition_of(done), done.id_of(m.Unit, code="X11"), group_id(done)
    admin = done.client("admin")
    pages = {
        f"/results/?edition={edition}": f"/papers/editions/{edition}/appendix",
        f"/results/editions/{edition}/units/{unit}": f"/papers/editions/{edition}/units/{unit}/result",
        f"/publication/{group}": f"/papers/editions/{edition}/appendix",
    }
    for page, address in pages.items():
        text = admin.get(page).get_data(as_text=True)
        assert f'href="{address}.pdf"' in text
        assert f'href="{address}.docx"' in text
