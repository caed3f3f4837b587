"""Sending, reusing and finding evidence in a browser: several files, a broken line, a false name; and without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Route, expect
from sqlalchemy import func, select

import models as m
from extensions import db
from tests.assessment.support import FULL, move_to_deadline, person
from tests.evidence import browser_files as files
from tests.support.world import Province

SERIOUS = ("serious", "critical")


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the officer's own computer, apart from where the server keeps its files."""
    return tmp_path_factory.mktemp("desk")


def _leaf(page: Page, province: Province, code: str, unit: str = "X11") -> None:
    page.goto(f"/assessments/{province.form_id(unit)}/evidence/{code}")


def _kept(province: Province) -> dict[str, int]:
    with province.system():
        return {
            name: db.session.scalar(select(func.count()).select_from(model)) or 0
            for name, model in (("documents", m.Evidence), ("files", m.EvidenceFile), ("links", m.EvidenceLink))
        }


def _card(page: Page, name: str) -> object:
    return page.locator("[data-card]", has_text=name)


def _state(page: Page, name: str) -> object:
    return _card(page, name).locator("[data-words]")


def test_a_pdf_a_photo_and_a_word_document_go_one_after_another(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    expect(page.locator("[data-room]")).to_contain_text(".pdf .docx")
    expect(page.locator("[data-room]")).to_contain_text("tối đa 20 MB")
    page.locator("#u-file").set_input_files([files.pdf(desk), files.photo(desk, side=600), files.word(desk)])
    expect(page.locator("[data-card]")).to_have_count(3)
    expect(_state(page, "Kế hoạch CCHC.pdf")).to_have_text("chờ gửi")
    pdf = _card(page, "Kế hoạch CCHC.pdf")
    expect(pdf.locator("[name=title]")).to_have_value("Kế hoạch CCHC")
    pdf.locator("[name=number]").fill("12/KH-UBND")
    pdf.locator("[name=issued_on]").fill("31/01/2024")
    pdf.locator("[name=page]").fill("trang 3")
    page.get_by_role("button", name="Gửi 3 tệp").click()
    for name in ("Kế hoạch CCHC.pdf", "Ảnh niêm yết.jpg", "Báo cáo năm.docx"):
        expect(_state(page, name)).to_contain_text("Đã nhận")
    documents = page.locator("[data-documents]")
    expect(documents).to_contain_text("12/KH-UBND")
    expect(documents).to_contain_text("trang, mục: trang 3")
    assert _kept(province) == {"documents": 3, "files": 3, "links": 3}
    with page.expect_download() as download:
        documents.get_by_role("link", name="Tải về Kế hoạch CCHC.pdf").click()
    assert download.value.suggested_filename == "Kế hoạch CCHC.pdf"
    assert Path(download.value.path()).read_bytes() == (desk / "Kế hoạch CCHC.pdf").read_bytes()


def test_one_file_serves_three_items_without_a_second_upload(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    page.locator("#u-file").set_input_files(files.pdf(desk))
    page.get_by_role("button", name="Gửi 1 tệp").click()
    page.locator("[data-documents]").get_by_role("link", name="Dùng cho mục khác").click()
    page.get_by_role("checkbox", name=re.compile("^1.1 ")).check()
    page.get_by_role("button", name="Dùng cho các mục đã chọn").click()
    page.wait_for_url("**/evidence/1.3")
    _leaf(page, province, "2.2")
    page.locator("#find").fill("ke hoach")  # without marks
    page.get_by_role("button", name="Tìm").click()
    page.get_by_role("radio", name=re.compile("Kế hoạch CCHC")).check()
    page.get_by_role("button", name="Dùng cho mục này").click()
    expect(page.locator(".documents")).to_contain_text("Kế hoạch CCHC.pdf")
    assert _kept(province) == {"documents": 1, "files": 1, "links": 3}
    _leaf(page, province, "2.1")
    page.locator("#find").fill("không có tài liệu này")
    page.get_by_role("button", name="Tìm").click()
    expect(page.locator("#proof")).to_contain_text("không có tài liệu này")
    expect(page.get_by_role("radio")).to_have_count(0)


def test_a_web_page_named_pdf_is_refused_in_words_and_nothing_is_stored(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    page.locator("#u-file").set_input_files(files.false_pdf(desk))
    page.get_by_role("button", name="Gửi 1 tệp").click()
    card = _card(page, "Quyết định.pdf")
    expect(card).to_have_attribute("data-state", "refused")
    assert len(card.locator("[data-words]").inner_text().split()) > 5
    assert _kept(province) == {"documents": 0, "files": 0, "links": 0}
    folder = province.app.config["PARINDEX"].data_dir
    assert not [path for path in folder.rglob("*") if path.is_file() and b"document.domain" in path.read_bytes()]
    card.get_by_role("button", name="Bỏ khỏi danh sách").click()
    expect(page.locator("[data-card]")).to_have_count(0)


def test_what_cannot_be_taken_is_said_before_a_byte_is_sent(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    (desk / "trang.html").write_text("<p>")
    (desk / "rỗng.pdf").write_bytes(b"")
    (desk / "quá lớn.pdf").write_bytes(b"%PDF-1.7" + b"0" * (21 * 2**20))
    (desk / "lớn.pdf").write_bytes(b"%PDF-1.7" + b"0" * (6 * 2**20))
    for name in ("trang.html", "rỗng.pdf", "quá lớn.pdf", "lớn.pdf"):
        page.locator("#u-file").set_input_files(desk / name)
    expect(_state(page, "trang.html")).to_contain_text("loại tệp này không nhận")
    expect(_state(page, "rỗng.pdf")).to_contain_text("tệp rỗng")
    expect(_state(page, "quá lớn.pdf")).to_contain_text("20 MB")
    expect(_state(page, "quá lớn.pdf")).to_contain_text("150 đến 200 dpi")
    expect(_card(page, "lớn.pdf").last.locator("[data-warned]")).to_contain_text(
        "khoảng 7 phút với đường truyền chậm (128 kbit/s)"
    )
    expect(page.locator("button[data-send]")).to_have_text("Gửi 1 tệp")
    assert not sent


def test_a_broken_upload_is_repeated_and_leaves_one_row(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    tries: list[str] = []

    def cut_the_first(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) == 1:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/evidence/1.3/files", cut_the_first)
    photo = files.photo(desk)
    page.locator("#u-file").set_input_files(photo)
    page.get_by_role("button", name="Gửi 1 tệp").click()
    expect(_state(page, "Ảnh niêm yết.jpg")).to_contain_text("đường truyền bị ngắt")
    assert _kept(province) == {"documents": 0, "files": 0, "links": 0}
    page.get_by_role("button", name="Gửi lại").click()
    expect(_state(page, "Ảnh niêm yết.jpg")).to_have_text("Đã nhận.")
    page.locator("#u-file").set_input_files(photo)  # as somebody does who missed the answer
    page.get_by_role("button", name="Gửi 1 tệp").click()
    expect(_state(page, "Ảnh niêm yết.jpg").last).to_contain_text("đã có từ trước")
    assert len(tries) == 3
    assert _kept(province) == {"documents": 1, "files": 1, "links": 1}


def test_progress_is_said_and_sending_can_be_stopped(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    page.evaluate(
        """() => { window.said = []; new MutationObserver(() => {
        const words = document.querySelector("[data-card] [data-words]"); if (words) window.said.push(words.textContent);
        }).observe(document.getElementById("proof"), { subtree: true, childList: true, characterData: true }); }"""
    )
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    slow = {"offline": False, "latency": 10, "downloadThroughput": 10**7, "uploadThroughput": 400_000}
    network.send("Network.emulateNetworkConditions", slow)
    page.locator("#u-file").set_input_files(files.photo(desk, side=2400))
    page.get_by_role("button", name="Gửi 1 tệp").click()
    expect(page.locator("[data-card] progress")).to_be_visible()
    page.locator("[data-card]").get_by_role("button", name="Hủy").click()
    expect(_state(page, "Ảnh niêm yết.jpg")).to_contain_text("đã dừng")
    network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
    page.get_by_role("button", name="Gửi lại").click()
    expect(_state(page, "Ảnh niêm yết.jpg")).to_contain_text("Đã nhận")
    said = page.evaluate("window.said")
    assert any(re.fullmatch(r"đang gửi \d+ %", words) for words in said)
    assert _kept(province) == {"documents": 1, "files": 1, "links": 1}


def test_leaving_while_a_file_is_on_its_way_asks(sign_in: Callable[..., Page], province: Province, desk: Path) -> None:
    page = sign_in("officer.x11")
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.locator('tr[data-code="1.3"] [data-evidence]').click()
    panel = page.locator("#panel")
    page.route("**/evidence/1.3/files", lambda route: None)  # never answered
    panel.locator("#u-file").set_input_files(files.photo(desk, side=400))
    panel.get_by_role("button", name="Gửi 1 tệp").click()
    expect(panel.locator("[data-card]")).to_have_attribute("data-state", re.compile("sending|checking"))
    page.keyboard.press("Escape")
    question = page.locator("#question")
    expect(question).to_contain_text("Tệp đang được gửi")
    question.locator("[value=yes]").click()
    expect(panel).not_to_be_visible()
    assert _kept(province)["links"] == 0


def test_in_the_panel_the_form_counts_what_was_sent(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.locator('[name="1.3:met"]').first.check()
    expect(page.locator("[data-lacking]")).to_have_text("thiếu 1 minh chứng")
    page.locator('[name="1.3:met"]').first.press("Control+Enter")
    panel = page.locator("#panel")
    panel.locator("#u-file").set_input_files([files.pdf(desk), files.word(desk)])
    panel.get_by_role("button", name="Gửi 2 tệp").click()
    expect(panel.locator(".documents li")).to_have_count(2)
    panel.get_by_role("link", name="Dùng cho mục khác… Kế hoạch CCHC").click()
    panel.get_by_role("checkbox", name=re.compile("^2.2 ")).check()
    panel.get_by_role("button", name="Dùng cho các mục đã chọn").click()
    expect(panel.locator(".documents li")).to_have_count(2)
    panel.get_by_role("button", name="Đóng, về phiếu").click()
    expect(page.locator('tr[data-code="1.3"] [data-evidence]')).to_have_text("2")
    expect(page.locator('tr[data-code="2.2"] [data-evidence]')).to_have_text("1")
    expect(page.locator("[data-lacking]")).to_have_text("")


def test_without_script_one_file_goes_with_the_plain_form(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11", script=False)
    _leaf(page, province, "1.3")
    form = page.locator("#upload")
    form.locator("[name=file]").set_input_files(files.pdf(desk))
    form.locator("[name=page]").fill("mục II")
    form.get_by_role("button", name="Gửi tệp").click()
    expect(page.locator(".documents")).to_contain_text("Kế hoạch CCHC.pdf")
    expect(page.locator(".documents")).to_contain_text("mục II")
    form.locator("[name=file]").set_input_files(files.false_pdf(desk))
    form.locator("[name=number]").fill("7/QĐ")
    form.get_by_role("button", name="Gửi tệp").click()
    expect(page.locator("#u-file-error")).to_be_visible()
    expect(form.locator("[name=number]")).to_have_value("7/QĐ")
    assert _kept(province) == {"documents": 1, "files": 1, "links": 1}


def test_a_new_version_stands_before_the_old_one_which_stays(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    page.locator("#u-file").set_input_files(files.pdf(desk))
    page.get_by_role("button", name="Gửi 1 tệp").click()
    documents = page.locator("[data-documents]")
    documents.locator("summary", has_text="Phiên bản mới của tệp").click()
    documents.locator("input[type=file]").first.set_input_files(files.word(desk, "Kế hoạch sửa đổi.docx"))
    documents.get_by_role("button", name="Gửi 1 tệp").click()
    expect(page.locator("[data-said]")).to_contain_text("Đã nhận")
    expect(documents.locator(".file-name").first).to_contain_text("Kế hoạch sửa đổi.docx")
    documents.locator("summary", has_text="2 phiên bản").click()
    old = documents.locator("details li", has_text="Phiên bản 1")
    expect(old).to_contain_text("Cán bộ Xã Ấp Bắc")
    expect(old).to_contain_text("Kế hoạch CCHC.pdf")
    assert _kept(province) == {"documents": 1, "files": 2, "links": 1}


def test_the_list_of_missing_evidence_leads_to_each_item(sign_in: Callable[..., Page], province: Province) -> None:
    person(province, "officer.x11").send(FULL)
    page = sign_in("officer.x11")
    page.goto(f"/assessments/{province.form_id('X11')}")
    page.get_by_role("link", name="Minh chứng của phiếu").click()
    lacking = page.locator(".findings a")
    codes = {text.split()[0] for text in lacking.all_inner_texts()}
    assert codes == {"1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2"}
    lacking.filter(has_text="1.3").click()
    page.wait_for_url("**/evidence/1.3")


def test_a_locked_form_shows_its_files_and_says_why_nothing_can_be_sent(
    sign_in: Callable[..., Page], province: Province, desk: Path
) -> None:
    move_to_deadline(province, "X11", -60)
    page = sign_in("officer.x11")
    _leaf(page, province, "1.3")
    page.locator("#u-file").set_input_files(files.pdf(desk))
    move_to_deadline(province, "X11", 1)
    page.get_by_role("button", name="Gửi 1 tệp").click()
    card = _card(page, "Kế hoạch CCHC.pdf")
    expect(card).to_have_attribute("data-state", "refused")
    expect(card.locator("[data-words]")).to_contain_text("Hãy đề nghị cấp trên mở lại phiếu")
    _leaf(page, province, "1.3")
    expect(page.locator("#proof .notice")).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)
    assert _kept(province)["files"] == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_evidence_speak_to_everybody_and_fit_a_phone(
    sign_in: Callable[..., Page], province: Province, desk: Path, width: int
) -> None:
    officer = person(province, "officer.x11")
    officer.send(FULL)
    officer.post("evidence/1.1", title="Tài liệu " + "rất dài " * 20, link="https://x.vn/" + "y" * 200)
    page = sign_in("officer.x11", width=width)
    _leaf(page, province, "1.3")
    page.locator("#u-file").set_input_files(
        [files.pdf(desk, "Tên_tệp_" + "dài" * 30 + ".pdf"), files.photo(desk), files.false_pdf(desk)]
    )
    page.get_by_role("button", name="Gửi 3 tệp").click()
    expect(_state(page, "Quyết định.pdf")).to_be_visible()
    expect(page.locator(".documents li")).to_have_count(2)
    page.get_by_role("link", name=re.compile("Dùng cho mục khác")).first.evaluate("link => link.id = 'spread'")
    spread = page.locator("#spread").get_attribute("href")
    form = f"/assessments/{officer.form_id}"
    faults: list[str] = []
    for address in (None, f"{form}/evidence/1.3", f"{form}/evidence", f"{form}/evidence/1.1", spread, form):
        if address:
            page.goto(address)
        faults += [
            f"{address}: {one['id']}: {one['nodes'][0]['html'][:160]}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in SERIOUS
        ]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
    assert not faults, "\n".join(faults)
