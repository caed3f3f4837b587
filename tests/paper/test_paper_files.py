"""The files themselves: tagged and archivable PDF in one font, DOCX with the same page, constant statements, quick."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from docx import Document
from docx.oxml.ns import qn

import models as m
from config import Config
from extensions import db
from rules.vocabulary import Layer
from services.paper import Paper, write_docx, write_pdf
from services.paper.agency import agency, bare, dated, place_of
from services.paper.model import Align, Column, Head, Kind, Look, Row, Signature, Table, Text
from tests.assessment.support import person, statements
from tests.support.papers import docx_rows, docx_text, paper, pdf_rows, pdf_text
from tests.support.results import FULL, edition_of, put, world
from tests.support.world import Province
from tests.test_statements import NOTED
from tools import poppler

NOW = datetime(2025, 1, 20, 3, 0, tzinfo=UTC)


def sample(rows: int = 90, *, landscape: bool = False) -> Paper:
    """Return a paper of several pages with everything a paper may hold."""
    leaves = [Row((f"{n}", f"Tiêu chí thứ {n}", "1,00")) for n in range(1, rows + 1)]
    table = Table(
        (Column("Mã", 10), Column("Tiêu chí", 60), Column("Điểm", 15, Align.RIGHT)),
        [Row(("A. Lĩnh vực", "90,00"), Look.FIELD, span=2), *leaves, Row(("Cộng", "90,00"), Look.TOTAL, span=2)],
    )
    return Paper(
        name="mau",
        title="Phiếu mẫu",
        titles=("PHIẾU MẪU",),
        head=Head("Ủy ban nhân dân huyện", "Ủy ban nhân dân xã", "Số: 1", "Ấp Bắc, ngày 01 tháng 02 năm 2025"),
        blocks=(Text("Đoạn văn."), Text("Đề mục", Kind.HEADING), table),
        closing=(Text("Câu cuối./."),),
        recipients=("- Lưu: VT.",),
        signatures=(Signature("Thủ trưởng", "(ký tên)", "Nguyễn Văn A"),),
        foot="Chân trang",
        landscape=landscape,
    )


def test_the_pdf_is_tagged_titled_and_in_vietnamese() -> None:
    data = write_pdf(sample(), NOW)
    catalog = re.search(rb"<</Type/Catalog.*?endobj", data, re.DOTALL)
    assert catalog is not None
    assert b"/Lang(vi-VN)" in catalog.group()
    assert b"/StructTreeRoot" in catalog.group()
    assert b"/MarkInfo<</Marked true" in catalog.group()
    assert b"<pdfaid:part>2" in data
    assert b"<pdfaid:conformance>A" in data
    assert b"<pdfuaid:part>1" in data
    facts = poppler.read("pdfinfo", data)
    assert re.search(r"^Title: +Phiếu mẫu$", facts, re.MULTILINE)
    assert re.search(r"^Page size: +595\.\d+ x 841\.\d+ pts \(A4\)$", facts, re.MULTILINE)
    assert "JavaScript:      no" in facts
    tags = poppler.read("pdfinfo", data, "-struct")
    assert re.search(r"^ *H1\b", tags, re.MULTILINE)
    assert "/Scope /Column" in tags


def test_the_pdf_carries_its_one_font_whole() -> None:
    lines = poppler.read("pdffonts", write_pdf(sample(), NOW)).splitlines()[2:]
    assert lines
    for line in lines:
        assert "LiberationSerif" in line
        embedded, _subset, mapped = line.split()[-5:-2]
        assert (embedded, mapped) == ("yes", "yes"), line


def test_heads_repeat_pages_are_numbered_and_the_signature_is_not_alone() -> None:
    pages = pdf_text(write_pdf(sample(), NOW)).split("\f")[:-1]
    assert len(pages) >= 3
    assert all("Tiêu chí" in page.split("Tiêu chí thứ")[0] for page in pages[1:-1])
    assert all("Chân trang" in page for page in pages)
    assert [page.lstrip().startswith(f"{n}\n") for n, page in enumerate(pages, 1)] == [False] + [True] * (
        len(pages) - 1
    )
    for rows in range(20, 60):  # wherever the table ends
        last = pdf_text(write_pdf(sample(rows), NOW)).split("\f")[-2]
        assert "Câu cuối" in last
        assert "Nguyễn Văn A" in last


@pytest.mark.parametrize("landscape", [False, True])
def test_the_docx_has_the_same_page(landscape: bool) -> None:
    data = write_docx(sample(landscape=landscape), NOW)
    document = Document(io.BytesIO(data))
    section = document.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == (
        [297, 210] if landscape else [210, 297]
    )
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(margin.mm) for margin in margins] == [20, 20, 30, 15]
    assert document.styles["Normal"].font.name == "Times New Roman"
    assert {lang.get(qn("w:val")) for lang in document.styles.element.iter(qn("w:lang"))} == {"vi-VN"}
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml
    table = document.tables[1]._tbl
    assert [bool(row.xpath("./w:trPr/w:tblHeader")) for row in table.tr_lst[:3]] == [True, False, False]
    assert docx_rows(data)[2:][:3] == [
        ["Mã", "Tiêu chí", "Điểm"],
        ["A. Lĩnh vực", "90,00"],
        ["1", "Tiêu chí thứ 1", "1,00"],
    ]


def test_characters_that_no_file_holds_are_left_out() -> None:
    odd = Paper("x", "Tên\x00", ("A\x0bB",), blocks=(Text("một\x00hai\ud800ba\r\nbốn\uffff"),))
    assert "mộthaiba\nbốn" in docx_text(write_docx(odd, NOW))
    assert "mộthaiba" in pdf_text(write_pdf(odd, NOW))


@pytest.mark.parametrize(
    "odd", ["\ufeff", "\uf001", "\uf004", "\ue000", "\u00ad", "\u202e", "\u2028", "😀", "\U000f0000"]
)
def test_letters_that_no_archive_takes_never_stop_a_paper(odd: str) -> None:
    paper = Paper("x", f"Tên{odd}", ("A",), blocks=(Text(f"một{odd}hai"), Table((Column("B", 1),), [Row((odd,))])))
    data = write_pdf(paper, NOW)
    assert b"<pdfaid:part>2" in data
    assert "một" in pdf_text(data)
    assert "một" in docx_text(write_docx(paper, NOW))


def test_the_same_paper_makes_the_same_file() -> None:
    assert write_pdf(sample(), NOW) == write_pdf(sample(), NOW)


@pytest.mark.parametrize(
    ("unit", "wanted", "place"),
    [
        ("Tỉnh Vĩnh Long", "Ủy ban nhân dân tỉnh Vĩnh Long", "Vĩnh Long"),
        ("Thị xã Bình Minh", "Ủy ban nhân dân thị xã Bình Minh", "Bình Minh"),
        ("Phường 1", "Ủy ban nhân dân phường 1", "Phường 1"),
        ("Sở Nội vụ", "Sở Nội vụ", "Nơi khác"),
        ("Thanh tra tỉnh", "Thanh tra tỉnh", "Nơi khác"),
        ("Xãn", "Xãn", "Nơi khác"),
    ],
)
def test_agencies_and_places_follow_the_names_of_units(province: Province, unit: str, wanted: str, place: str) -> None:
    with province.app.test_request_context():
        assert agency(unit) == wanted
        assert place_of(unit, "Nơi khác") == place


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2025, 1, 2), "ngày 02 tháng 01 năm 2025"),
        (date(2025, 3, 20), "ngày 20 tháng 3 năm 2025"),
        (None, "ngày …… tháng …… năm ……"),
    ],
)
def test_days_are_written_as_documents_write_them(province: Province, day: date | None, words: str) -> None:
    with province.app.test_request_context():
        assert dated(day) == words


def test_the_place_is_a_setting(province: Province) -> None:
    assert Config.from_environment({"PARINDEX_PLACE": " Tân Ngãi "}).place == "Tân Ngãi"
    assert bare(province.app.config["PARINDEX"].province_name) == "Vĩnh Long"


# What papers cost


@contextmanager
def _counted(province: Province) -> Iterator[list[str]]:
    with statements(province) as sent:
        yield sent


def test_a_form_costs_the_same_statements_however_much_it_holds(province: Province) -> None:
    officer = person(province, "officer.x11")
    counts = []
    for fill in (False, True):
        if fill:
            with world(province) as building:
                put(building, "X11", Layer.SELF, FULL, note="Ghi chú")
            for code in ("1.1", "1.3", "1.5"):
                officer.post(f"evidence/{code}", title=f"Tài liệu {code}")
        for kind in ("form", "blank", "explanation"):
            officer.client.get("/")
            with _counted(province) as sent:
                paper(officer.client, f"/papers/forms/{officer.form_id}/{kind}.pdf")
                counts.append((kind, len(sent)))
    assert counts[:3] == counts[3:]
    assert max(count for _, count in counts) <= 20 + NOTED


def test_tables_of_many_units_cost_as_many_statements_as_of_few(done: Province) -> None:
    edition = edition_of(done)
    client = done.client("admin")
    with _counted(done) as few:
        paper(client, f"/papers/editions/{edition}/appendix.pdf")
    with world(done):
        row = db.session.query(m.EditionRow).filter_by(edition_id=edition).first()
        for code in ("SNV", "SA", "SB"):
            unit = db.session.query(m.Unit).filter_by(code=code).one()
            kept = {column.key: getattr(row, column.key) for column in m.EditionRow.__mapper__.column_attrs}
            kept |= {
                "id": None,
                "unit_id": unit.id,
                "unit_name": unit.name,
                "position": 100 + unit.id,
                "index": Decimal(1),
            }
            db.session.add(m.EditionRow(**kept))
    with _counted(done) as many:
        data = paper(client, f"/papers/editions/{edition}/appendix.pdf")
    assert len([row for row in pdf_rows(data) if len(row) > 8]) == 8
    assert len(many) == len(few)


def test_a_paper_of_76_leaves_takes_under_a_second() -> None:
    long = "Kế hoạch cải cách hành chính năm 2024, đã gửi Sở Nội vụ trước hạn; " * 3
    rows = [Row((f"1.{n}", long, "1,00", long, "0,50", long, long)) for n in range(76)]
    columns = tuple(Column(name, 30) for name in "ABCDEFG")
    full = Paper("x", "Phiếu", ("PHIẾU",), blocks=(Table(columns, rows),), landscape=True)
    for write in (write_pdf, write_docx):
        write(full, NOW)
        spent = []
        for n in range(3):
            changed = Paper("x", f"Phiếu {n}", (f"PHIẾU {n}",), blocks=full.blocks, landscape=True)
            start = time.perf_counter()
            write(changed, NOW)
            spent.append(time.perf_counter() - start)
        assert min(spent) < 1
