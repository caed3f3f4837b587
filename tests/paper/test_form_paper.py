"""The scoring form on paper: what its reader sees on the screen, no more; blank for those who write by hand."""

from __future__ import annotations

import re
from html import unescape

import pytest

from rules.vocabulary import Layer
from tests.assessment.support import FULL, Person, person
from tests.support.papers import by_first, docx_rows, docx_text, paper, pdf_rows, pdf_text, squeeze
from tests.support.results import put, world
from tests.support.world import Province
from tools import poppler

LEAF = re.compile(r'<tr class="leaf[^"]*" id="i-([\d.]+)"[^>]*>(.*?)</tr>', re.DOTALL)
NOTE = "Kế hoạch số 12, đã gửi Sở Nội vụ trước hạn"
#: What people type that a typesetter or an XML file could take for its own language.
HOSTILE = (
    '#read("/etc/passwd")',
    "*đậm* _nghiêng_ $x^2$ `mã` @nhãn <nhãn>",
    "#set page(width: 1cm) #pagebreak() \\ // chú thích /* … */",
    "<w:t>&lt;b&gt; ]]> <!-- x --> &amp; <script>alert(1)</script>",
    "= Đầu mục\n- gạch\n+ số\n/ thuật ngữ: nghĩa",
    "{{ 7*7 }} {% raw %} %(name)s {name} ${jndi}",
)
#: Letters with two marks, composed as the keyboard sends them.
STACKED = "Ẩm ẫ ẵ ậ ặ ể ễ ệ ổ ỗ ộ ớ ờ ở ỡ ợ ứ ừ ử ữ ự ỳ ỵ ỷ ỹ Đ đ ƠƯ ơư"


@pytest.fixture
def officer(province: Province) -> Person:
    """An officer of X11 who has filled in the whole form."""
    filled = person(province, "officer.x11")
    assert filled.send(FULL | {"1.1:note": NOTE}).status_code == 302
    return filled


def screen_points(page: str) -> dict[str, str]:
    """Return the points of each leaf as the scoring page shows them."""
    found = {}
    for code, row in LEAF.findall(page):
        points = re.search(r'<b class="points"[^>]*>([^<]*)</b>', row)
        if points is not None:
            found[code] = unescape(points.group(1))
    return found


MILLIMETRE = 72 / 25.4
#: Width of the last column in millimetres, that of the notes.
NOTES = 41


def _papers(someone: Person, kind: str = "form") -> tuple[bytes, bytes]:
    address = f"/papers/forms/{someone.form_id}/{kind}"
    return paper(someone.client, f"{address}.pdf"), paper(someone.client, f"{address}.docx")


def test_points_on_paper_are_those_of_the_screen(officer: Person) -> None:
    page = officer.page()
    shown = screen_points(page)
    assert {code for code in shown if shown[code] != "–"} == {code for code in shown if not code.startswith("9")}
    pdf, docx = (by_first(rows) for rows in (pdf_rows(_papers(officer)[0]), docx_rows(_papers(officer)[1])))
    for code, points in shown.items():
        assert pdf[code][4] == docx[code][4] == points, code
    assert pdf["1.2.1"][3].startswith("Số nhiệm vụ hoàn thành: 41 Số nhiệm vụ trong kế hoạch: 48")
    # The sums of the fields and of the whole stand on the page in the same figures.
    words = squeeze(unescape(re.sub("<[^>]+>", " ", page)))
    for field in ("1. Chỉ đạo, điều hành", "2. Thủ tục hành chính"):
        assert f"{pdf[field][3]}/{pdf[field][1]} điểm" in words
    total = pdf["Cộng trong thang 100"]
    assert f"{total[3]}/{total[2]} điểm" in words
    check = squeeze(officer.client.get(f"{officer.url}/check").get_data(as_text=True))
    assert f"<b>{pdf['Chỉ số (%)'][3]}" in check


def test_both_files_hold_the_same_cells(officer: Person) -> None:
    for kind in ("form", "blank"):
        pdf, docx = _papers(officer, kind)
        tables = [row for row in docx_rows(docx) if len(row) > 3]
        once = []
        for row in pdf_rows(pdf):  # headings come again on each page: the DOCX writes them once
            if row not in once or row[0] not in ("Mã",):
                once.append(row)
        assert [row for row in once if len(row) > 3] == tables


def test_a_blank_form_holds_no_value(officer: Person) -> None:
    filled, blank = _papers(officer)[0], _papers(officer, "blank")
    rows = by_first(pdf_rows(blank[0]))
    assert NOTE in pdf_text(filled).replace("\n", " ")
    for words in (pdf_text(blank[0]), docx_text(blank[1])):
        assert NOTE not in words.replace("\n", " ")
        assert "41" not in words
        assert "%" not in words.replace("(%)", "").replace("Tỷ lệ (%)", "")
    leaves = [row for code, row in rows.items() if re.fullmatch(r"[\d.]+", code) and len(row) == 7]
    assert len(leaves) >= 10
    assert all(row[4:] == ["", "", ""] for row in leaves)
    assert "□ Trong tháng 01 (10) □ Trong tháng 02 (5)" in rows["1.1"][3]
    assert rows["1.2.1"][3] == "Số nhiệm vụ hoàn thành: …… Số nhiệm vụ trong kế hoạch: ……"


def test_a_signed_form_names_its_signer_and_receipt(officer: Person, province: Province) -> None:
    leader = person(province, "leader.x11")
    unsigned = pdf_text(_papers(leader)[0])
    assert "THỦ TRƯỞNG ĐƠN VỊ" in unsigned
    assert "Số biên nhận" not in unsigned
    for code in ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2"):
        officer.post(
            f"evidence/{code}", title=f"Tài liệu {code}", number="15/KH-UBND", issued_on="05/01/2024", page="3"
        )
    assert leader.post("sign", confirmed="yes").status_code == 302
    receipt = leader.client.get(f"{leader.url}/receipt").get_data(as_text=True)
    number = re.search(r"<dd><b>([\d-]+)</b></dd>", receipt)
    assert number is not None
    for words in (pdf_text(_papers(leader)[0]), docx_text(_papers(leader)[1])):
        assert f"Số biên nhận: {number.group(1)}" in words
        assert "Lãnh đạo Xã Ấp Bắc" in words


def test_evidence_is_named_with_number_day_and_page(officer: Person) -> None:
    officer.post("evidence/1.3", title="Kế hoạch", number="15/KH-UBND", issued_on="05/01/2024", issuer="Sở X", page="3")
    officer.post("evidence/1.3", title="Báo cáo năm", page="Phụ lục II")
    pdf, docx = _papers(officer)
    named = "- Kế hoạch (số 15/KH-UBND ngày 05/01/2024 của Sở X), trang 3 - Báo cáo năm, Phụ lục II"
    assert by_first(pdf_rows(pdf))["1.3"][5] == by_first(docx_rows(docx))["1.3"][5] == named


def test_the_head_names_the_agencies_of_the_unit(officer: Person) -> None:
    for words in (pdf_text(_papers(officer)[0]), docx_text(_papers(officer)[1])):
        assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in words
        assert "Độc lập - Tự do - Hạnh phúc" in words
        assert "ỦY BAN NHÂN DÂN HUYỆN ĐÔNG THÀNH" in words
        assert "ỦY BAN NHÂN DÂN XÃ ẤP BẮC" in words
        assert "Ấp Bắc, ngày" in words


def test_a_department_is_an_agency_and_dated_from_the_province(province: Province) -> None:
    words = pdf_text(_papers(person(province, "officer.sa"))[0])
    assert "ỦY BAN NHÂN DÂN TỈNH MẪU" in words
    assert "SỞ TƯ PHÁP" in words
    assert "ỦY BAN NHÂN DÂN SỞ" not in words
    assert "Vĩnh Long, ngày" in words


def test_layers_of_the_council_stand_on_no_form(province: Province) -> None:
    with world(province) as building:
        put(building, "X11", Layer.SELF, {"1.3": {"met": "1"}}, note="Lời của đơn vị")
        put(building, "X11", Layer.SUPERIOR, {"1.3": {"met": "0"}}, reason="Lời của cấp trên")
        put(building, "X11", Layer.APPRAISAL, {"1.3": {"met": "0"}}, note="Lời của tổ giúp việc")
        put(building, "X11", Layer.COUNCIL, {"1.3": {"met": "0"}}, reason="Lời của hội đồng")
    for login in ("officer.x11", "manager.h1", "admin"):
        reader = Person(province, login, province.form_id("X11"))
        for words in (squeeze(pdf_text(_papers(reader)[0])), squeeze(docx_text(_papers(reader)[1]))):
            assert "Lời của đơn vị" in words
            assert "Lời của cấp trên" in words
            assert "tổ giúp việc" not in words.replace("Tổ giúp việc", "")
            assert "hội đồng" not in words


@pytest.mark.parametrize("kind", ["form", "blank", "explanation"])
@pytest.mark.parametrize("login", ["officer.x12", "manager.h2", "leader.sa", "helper.h1", "chair.p"])
def test_a_foreign_form_answers_as_an_absent_one(province: Province, login: str, kind: str) -> None:
    client = province.client(login)
    foreign = client.get(f"/papers/forms/{province.form_id('X11')}/{kind}.pdf")
    absent = client.get(f"/papers/forms/{10**9}/{kind}.pdf")
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert "Ấp Bắc" not in foreign.get_data(as_text=True)


def test_there_is_no_third_kind_of_file(officer: Person) -> None:
    assert officer.client.get(f"/papers/forms/{officer.form_id}/form.odt").status_code == 404


@pytest.mark.parametrize("text", [*HOSTILE, STACKED])
def test_what_was_typed_is_printed_as_it_is(province: Province, text: str) -> None:
    pdf, docx = _noted(province, text)
    assert by_first(docx_rows(docx))["1.3"][6] == squeeze(text)
    assert tight(text) in tight(pdf_text(pdf))
    assert "root:" not in pdf_text(pdf)


@pytest.mark.parametrize("part", ["n", "a1-", "https://vinhlong.gov.vn/a?b=c&d=", "ậ"])
def test_a_text_without_a_space_stays_in_its_column_and_is_whole(province: Province, part: str) -> None:
    text = part * (4000 // len(part))
    pdf, docx = _noted(province, text)
    assert by_first(docx_rows(docx))["1.3"][6] == text
    words = re.findall(
        r'xMin="([\d.]+)"[^>]*xMax="([\d.]+)"[^>]*>(.*?)</word>', poppler.read("pdftotext", pdf, "-bbox")
    )
    left, right = ((297 - 15 - wide) * MILLIMETRE for wide in (NOTES, 0))
    in_column = [unescape(word) for start, _, word in words if float(start) >= left]
    assert "".join(word for word in in_column if word in text) == text
    assert max(float(end) for _, end, _ in words) <= right


def test_a_letter_without_a_shape_is_a_box_in_the_pdf_and_itself_in_the_docx(province: Province) -> None:
    pdf, docx = _noted(province, "gia đình 👨‍👩‍👧 漢字 đủ")
    assert by_first(pdf_rows(pdf))["1.3"][6] == "gia đình □□□ □□ đủ"
    assert by_first(docx_rows(docx))["1.3"][6] == "gia đình 👨‍👩‍👧 漢字 đủ"
    assert b"pdfuaid:part" in pdf


def _noted(province: Province, text: str) -> tuple[bytes, bytes]:
    """Return the papers of a form on which the unit wrote this note."""
    someone = person(province, "officer.x11")
    assert someone.send({"1.3:met": "1", "1.3:note": text}).status_code == 302
    return _papers(someone)


def tight(text: str) -> str:
    return re.sub(r"\s+", "", text)


def test_the_paper_of_an_english_reader_is_vietnamese(officer: Person) -> None:
    with officer.client.session_transaction() as session:
        session["locale"] = "en"
    assert "PHIẾU TỰ ĐÁNH GIÁ, CHẤM ĐIỂM" in pdf_text(_papers(officer)[0])
    assert by_first(pdf_rows(_papers(officer)[0]))["1.1"][4] == "10,00"


def test_the_screens_lead_to_the_papers(officer: Person) -> None:
    for kind in ("form", "blank"):
        for file in ("pdf", "docx"):
            assert f'href="/papers/forms/{officer.form_id}/{kind}.{file}"' in officer.page()
    answer = officer.client.get(f"/papers/forms/{officer.form_id}/form.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert "filename*=UTF-8''Phi%E1%BA%BFu%20t%E1%BB%B1" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
