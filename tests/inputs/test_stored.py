"""IN-02, IN-12, IN-15: what people wrote stands on every page, paper and export as it was written, and does nothing."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from playwright.sync_api import Page
from sqlalchemy import String, select, update

from extensions import db
from models import clock
from tests.admin.desk import Desk
from tests.inputs.strike import Range
from tests.permissions import full as full_world
from tests.permissions.crawl import text_of
from tests.support.database import Database
from tests.support.world import Province

#: Each template language would make 94011 of its sum; each context of a page would end and begin a script.
SUM = "31337*3"
SCRIPT = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>"
WILD = f'{SCRIPT}{{{{{SUM}}}}}${{{SUM}}}<%={SUM}%>#{{{SUM}}}#read("/etc/passwd")#eval("{SUM}")</title></textarea>\'-alert(3)-\''
#: Texts of people; codes, keys, digests and folded copies are not.
TEXTS = {
    *("name", "full_name", "text", "note", "reason", "title", "page", "remark", "source", "returned_reason"),
    *("withdrawn_reason", "unit_name", "parent_name", "author_name", "authority", "actor_name", "class_name"),
    *("kind_name", "level_name", "hint", "guidance", "legal_basis", "evidence_hint", "issuer", "number"),
}


def _poison() -> None:
    """The full province, each text of it followed by as much of the wild one as its column holds."""
    full_world.build()
    connection = db.session.connection()
    for table in db.metadata.sorted_tables:
        for column in table.columns:
            long = isinstance(column.type, String) and (column.type.length or 0) >= 100
            if not long or column.name not in TEXTS or column.unique or column.primary_key:
                continue
            keys = list(table.primary_key.columns)
            for row in connection.execute(select(*keys, column).where(column.is_not(None))).all():
                room = (column.type.length or 0) - len(row[-1])
                where = [key == value for key, value in zip(keys, row[:-1], strict=True)]
                connection.execute(update(table).where(*where).values({column.name: row[-1] + WILD[: max(0, room)]}))
    db.session.commit()


@pytest.fixture
def poisoned(database: Database) -> Province:
    database.start_from("poisoned", _poison)
    with database.app.app_context():
        clock.set_offset(timedelta())
    return Province(database.app)


#: What a page may not hold unless it is escaped.
RAW = re.compile(r"<img src=x|<script>alert|</title></textarea>'-alert|onerror=alert\(1\)>(?!&)")


def test_in_02_in_12_written_texts_are_shown_and_do_nothing(poisoned: Province) -> None:
    """Every page, workbook, CSV and paper that its first reader opens: the words stand there, escaped, and no sum is worked out."""
    range_ = Range.of(poisoned)
    shown = set()
    asked = [range_.own(rule) for rule in range_.rules("GET")]
    asked += [(crawler, url.replace(".pdf", ".docx")) for crawler, url in asked if ".pdf" in url]
    for crawler, url in asked:
        answer = crawler.client.get(url, buffered=True)
        assert answer.status_code < 500, url
        text = text_of(answer)
        assert "94011" not in text, f"{url} works out what somebody wrote"
        assert "root:x:0" not in text, f"{url} reads a file"
        if answer.mimetype == "text/html":
            assert RAW.search(text) is None, f"{url}: {RAW.search(text)}"
        if SUM in text:
            shown.add(answer.mimetype.rpartition(".")[2])
    assert {"text/html", "text/csv", "application/pdf", "sheet", "document"} <= shown


@pytest.mark.parametrize("login", ["admin", "officer.x11", "chair.p"])
def test_in_02_no_script_of_others_runs_in_a_browser(poisoned: Province, page: Page, login: str) -> None:
    """A trap for dialogs; the browser fixture fails by itself on a fault of a script or a breach of the content policy."""
    fired: list[str] = []
    page.on("dialog", lambda dialog: (fired.append(dialog.message), dialog.dismiss()))
    range_ = Range.of(poisoned)
    crawler = next(c for c in range_.crawlers if c.reader and c.reader.login == login)
    page.context.add_cookies(
        [
            {"name": cookie.key, "value": cookie.value, "url": "http://127.0.0.1"}
            for cookie in crawler.client._cookies.values()
        ]
    )
    opened = 0
    for rule in range_.rules("GET"):
        url = next(url for kind, url, _ in crawler.urls(rule) if kind == "own")
        answer = crawler.client.get(url, buffered=True)
        if answer.status_code != 200 or answer.mimetype != "text/html" or SUM not in answer.get_data(as_text=True):
            continue
        page.goto(url, wait_until="domcontentloaded")
        opened += 1
        if opened == 25:
            break
    assert opened > 5
    assert fired == []


def test_in_02_what_a_request_gives_back_is_escaped(poisoned: Province) -> None:
    """Reflected: searches, filters, the way back, refused forms, the address of a page that does not exist."""
    range_ = Range.of(poisoned)
    for rule in range_.rules("GET"):
        crawler, url = range_.own(rule)
        names = range_.names.args[rule.endpoint] - {"id", "csrf_token"}
        query = dict.fromkeys(names, SCRIPT)
        if names:
            answer = crawler.client.get(url.partition("?")[0], query_string=query, buffered=True)
            if answer.mimetype == "text/html":
                assert RAW.search(answer.get_data(as_text=True)) is None, url
    answer = range_.crawlers[0].client.get(f"/{SCRIPT}")
    assert RAW.search(answer.get_data(as_text=True)) is None
    desk = Desk.of(poisoned, "admin")
    page = desk.post("level/new/", code=SCRIPT, name=SCRIPT, position=SCRIPT).get_data(as_text=True)
    assert RAW.search(page) is None
    assert "&lt;script&gt;alert(2)" in page


# IN-15

FORMULAS = (
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://evil.example")',
    "-5",
    "−5 xã",
)


def test_in_15_no_cell_of_an_export_is_a_formula(province: Province) -> None:
    desk = Desk.of(province, "admin")
    for place, text in enumerate(FORMULAS):
        desk.saved("level/new/", code=f"f{place}", name=text, position=str(20 + place))
    answer = desk.client.get("/admin/level/export/csv/").get_data(as_text=True)
    cells = [cell for row in csv.reader(io.StringIO(answer.lstrip("\ufeff"))) for cell in row]
    assert not [cell for cell in cells if re.match(r"[=+@\t\r]|-(?![0-9.,]+$)", cell)]
    assert sum(cell.lstrip("'") in FORMULAS for cell in cells) == len(FORMULAS), "the words are there, made harmless"
    book = openpyxl.load_workbook(io.BytesIO(desk.client.get("/admin/level/export/xlsx/").data))
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert not [cell.coordinate for cell in values if cell.data_type == "f"]
    assert sum(str(cell.value).lstrip("'") in FORMULAS for cell in values) >= len(FORMULAS)


def test_in_15_a_negative_number_stays_a_number() -> None:
    from services.tabular import Column, Kind, write_csv, write_xlsx

    columns, rows = [Column("points", "Điểm", Kind.DECIMAL, 2)], [[Decimal("-1.25")]]
    text = b"".join(part.encode() if isinstance(part, str) else part for part in write_csv(columns, rows)).decode(
        "utf-8-sig"
    )
    assert text.splitlines()[-1].strip('"') in ("-1.25", "-1,25")
    with write_xlsx("Điểm", columns, rows) as file:
        book = openpyxl.load_workbook(file)
        assert -1.25 in [cell.value for row in book.worksheets[0].iter_rows() for cell in row]
        book.close()
