"""Results as each role sees them: published tables for all, details for the own unit, provisional for those in charge."""

from __future__ import annotations

import csv
import io
import re
from fractions import Fraction
from html import unescape

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from rules.rounding import half_up
from rules.vocabulary import Layer
from services.publication import withdraw
from tests.support.results import by_hand, close, edition_of, published, put, world
from tests.support.world import Province

ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)


def _text(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.get_data(as_text=True)


def _screen(page: str) -> list[list[str]]:
    """Read the results table of a page: its headings, then its rows."""
    table = page.split('<table class="stack results">', 1)[1].split("</table>", 1)[0]
    strip = re.compile(r"<[^>]+>|[▲▼]")
    return [[unescape(strip.sub("", cell)).strip() for cell in CELL.findall(row)] for row in ROW.findall(table)]


def _csv(client: FlaskClient, path: str) -> tuple[str, list[list[str]]]:
    rows = list(csv.reader(io.StringIO(client.get(path).get_data().decode("utf-8-sig"))))
    return rows[0][0], rows[1:]


def _column(rows: list[list[str]], title: str) -> dict[str, str]:
    place, unit = rows[0].index(title), rows[0].index("Đơn vị")
    return {row[unit]: row[place] for row in rows[1:]}


# Published


@pytest.mark.parametrize(
    "login", ["officer.x12", "leader.sa", "manager.h2", "chair.p", "helper.h1", "auditor", "admin"]
)
def test_everybody_sees_the_published_table(done: Province, login: str) -> None:
    rows = _screen(_text(done.client(login), "/results/"))
    assert [row[rows[0].index("Đơn vị")] for row in rows[1:]] == [
        "Xã Ấp Bắc",
        "Xã Ấp Nam",
        "Xã Đức Hòa",
        "Phường Định Quán",
    ]
    assert _column(rows, "Hạng") == {"Xã Ấp Bắc": "1", "Xã Ấp Nam": "1", "Xã Đức Hòa": "2", "Phường Định Quán": "–"}


def test_figures_equal_an_independent_sum_on_screen_and_in_files(done: Province) -> None:
    client = done.client("officer.x11")
    screen = _screen(_text(client, "/results/"))
    _, file = _csv(client, "/results/published.csv")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/results/published.xlsx").get_data()))
    sheet = [[cell.value for cell in row] for row in book.active.iter_rows(min_row=2)]
    for unit, code in (("Xã Ấp Bắc", "X11"), ("Xã Đức Hòa", "X12"), ("Xã Ấp Nam", "X21"), ("Phường Định Quán", "X22")):
        exact = by_hand(done, code)
        for title in ("Chỉ số (%)", "Điểm đạt"):
            assert _column(screen, title)[unit] == str(half_up(exact, 2)).replace(".", ",")
            assert Fraction(_column(file, title)[unit]) == exact
        place = sheet[0].index("Điểm đạt")
        value = next(row[place] for row in sheet[1:] if unit in row)
        assert value == float(exact)  # a number cell, not text
    assert [row[0] for row in sheet[1:]] == [1, 1, 2, None]


def test_files_hold_the_rows_of_the_screen_in_its_order(done: Province) -> None:
    client = done.client("officer.x11")
    for query in ("", "?q=ap", "?sort=-unit", "?sort=index", "?q=dinh+quan&sort=achieved", "?sort=nonsense"):
        screen = _screen(_text(client, f"/results/{query}"))
        line, file = _csv(client, f"/results/published.csv{query}")
        assert screen[0] == file[0]
        unit = screen[0].index("Đơn vị")
        assert [row[unit] for row in screen] == [row[unit] for row in file]
        assert "15/QĐ-UBND" in line
        assert ("Tìm" in line) == ("q=" in query)
        assert ("Sắp xếp" in line) == ("sort=" in query and "nonsense" not in query)


def test_search_needs_no_marks_and_order_puts_rows_without_value_last(done: Province) -> None:
    client = done.client("officer.x11")
    found = _screen(_text(client, "/results/?q=DINH+quan"))
    assert list(_column(found, "Hạng")) == ["Phường Định Quán"]
    assert "Không có đơn vị" in _text(client, "/results/?q=khong+co")
    for order in ("rank", "-rank"):
        assert list(_column(_screen(_text(client, f"/results/?sort={order}")), "Hạng"))[-1] == "Phường Định Quán"


def test_a_commune_has_a_rank_in_its_district_too(done: Province) -> None:
    rows = _screen(_text(done.client("officer.x11"), "/results/"))
    assert _column(rows, "Hạng trong cấp trên") == {
        "Xã Ấp Bắc": "1",
        "Xã Ấp Nam": "1",
        "Xã Đức Hòa": "2",
        "Phường Định Quán": "–",
    }


@pytest.mark.parametrize(
    "path",
    [
        "/results/?edition=abc",
        "/results/?edition=99999999999999999999999",
        "/results/?edition=-1",
        "/results/published.csv?edition=7777",
        "/results/published.pdf",
        "/results/years?level=x",
        "/results/editions/7777/units/1",
    ],
)
def test_what_does_not_exist_is_not_found(done: Province, path: str) -> None:
    assert done.client("officer.x11").get(path).status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        "?q=%00",
        "?q=%25",
        "?sort=%00",
        "?q=" + "x" * 5000,
        "?sort=-",
        "?q=%ED%A0%80",
        "?_scheme=x",
        "?kind=1&endpoint=2",
    ],
)
def test_hostile_queries_change_nothing(done: Province, query: str) -> None:
    client = done.client("officer.x11")
    assert client.get(f"/results/{query}").status_code == 200
    assert client.get(f"/results/published.xlsx{query}").status_code == 200


def test_nothing_published_is_a_sentence(province: Province) -> None:
    client = province.client("officer.x11")
    assert "Chưa có kết quả" in _text(client, "/results/")
    assert "Chưa có kết quả" in _text(client, "/results/years")
    assert client.get("/results/published.csv").status_code == 404


def test_units_see_neither_withdrawn_editions_nor_their_details(done: Province) -> None:
    edition_id = edition_of(done)
    with done.acting("admin"):
        withdraw(edition_id, "Sai số liệu")
    unit = done.id_of(m.Unit, code="X11")
    for login in ("officer.x11", "manager.h1", "observer"):
        client = done.client(login)
        assert client.get(f"/results/?edition={edition_id}").status_code == 404
        assert client.get(f"/results/published.csv?edition={edition_id}").status_code == 404
        assert client.get(f"/results/editions/{edition_id}/units/{unit}").status_code == 404
        assert "Chưa có kết quả" in _text(client, "/results/")
    assert "đã thu hồi" in _text(done.client("admin"), f"/results/?edition={edition_id}").lower()


# The own detail


@pytest.mark.parametrize(
    ("login", "status"),
    [
        ("officer.x11", 200),
        ("leader.x11", 200),
        ("manager.h1", 200),
        ("admin", 200),
        ("observer", 200),
        ("helper.h1", 200),
        ("officer.x12", 404),
        ("leader.x21", 404),
        ("manager.h2", 404),
        ("officer.h1", 404),
        ("helper.h2", 404),
        ("chair.p", 404),
        ("auditor", 403),
    ],
)
def test_the_detail_is_for_the_unit_and_those_above(done: Province, login: str, status: int) -> None:
    edition_id = edition_of(done)
    unit = done.id_of(m.Unit, code="X11")
    page = _text(done.client(login), f"/results/editions/{edition_id}/units/{unit}", status)
    assert ("Đủ minh chứng, khớp hồ sơ X11" in page) == (status == 200)


def test_a_unit_finds_no_leaf_or_note_of_another(done: Province) -> None:
    edition_id = edition_of(done)
    client = done.client("officer.x12")
    own = done.id_of(m.Unit, code="X12")
    pages = [
        _text(client, "/results/"),
        _text(client, "/results/years"),
        _text(client, f"/results/editions/{edition_id}/units/{own}"),
        client.get("/results/published.csv").get_data().decode(),
        client.get("/results/years.csv").get_data().decode(),
    ]
    for page in pages:
        assert "Đủ minh chứng" not in page
        assert "Ghi chú riêng" not in page
    links = re.findall(r"/units/(\d+)", pages[0])
    assert links == [str(own)]


def test_the_detail_adds_up_to_the_published_line(done: Province) -> None:
    edition_id = edition_of(done)
    with done.system():
        for row in db.session.scalars(select(m.EditionRow).where(m.EditionRow.edition_id == edition_id)):
            leaves = db.session.scalars(
                select(m.EditionLeaf.points).where(
                    m.EditionLeaf.edition_id == edition_id,
                    m.EditionLeaf.unit_id == row.unit_id,
                    m.EditionLeaf.kind.not_in(("bonus", "penalty")),
                )
            ).all()
            assert sum(leaf or 0 for leaf in leaves) == row.achieved


# Provisional


@pytest.mark.parametrize("login", ["officer.x11", "leader.sa", "helper.h1", "chair.p", "auditor"])
@pytest.mark.parametrize("path", ["/results/provisional", "/results/provisional.csv", "/results/provisional.xlsx"])
def test_provisional_figures_are_for_those_in_charge(province: Province, login: str, path: str) -> None:
    client = province.client(login)
    assert client.get(path).status_code == 403
    assert "provisional" not in _text(client, "/results/")


def test_provisional_tables_cover_the_leaves_that_have_points(province: Province) -> None:
    with world(province) as building:
        put(building, "X11", Layer.SELF, {"1.1": {"option": "0"}, "1.3": {"met": "0"}, "9.1": {"count": "1"}})
        put(building, "X12", Layer.SURVEY, {"8.1": {"rate": "50"}})
    client = province.client("manager.h1")
    address = f"/results/provisional?group={province.id_of(m.RankingGroup, code='commune')}&basis="
    page = _text(client, address + "self")
    rows = _screen(page)
    assert "tạm tính" in page.lower()
    assert "Hạng" not in rows[0]
    assert set(_column(rows, "Đơn vị")) == {"Xã Ấp Bắc", "Xã Đức Hòa"}
    assert _column(rows, "Điểm đạt") == {"Xã Ấp Bắc": "10,00", "Xã Đức Hòa": "thiếu"}
    assert _column(rows, "Chỉ số tạm tính (%)")["Xã Ấp Bắc"] == "51,00"  # 10 of 20, and a bonus of 1
    assert _column(rows, "Số tiêu chí có điểm")["Xã Ấp Bắc"] == "2"
    assert _column(rows, "8. Điều tra xã hội học")["Xã Ấp Bắc"] == "thiếu"
    rows = _screen(_text(client, address + "appraised"))
    assert _column(rows, "8. Điều tra xã hội học") == {"Xã Ấp Bắc": "thiếu", "Xã Đức Hòa": "10,00"}
    assert _column(rows, "Số tiêu chí có điểm") == {"Xã Ấp Bắc": "0", "Xã Đức Hòa": "1"}
    assert _column(rows, "Tổng số tiêu chí") == {"Xã Ấp Bắc": "9", "Xã Đức Hòa": "9"}
    rows = _screen(_text(client, address + "council"))
    assert _column(rows, "Điểm đạt") == {"Xã Ấp Bắc": "thiếu", "Xã Đức Hòa": "thiếu"}


def test_provisional_files_equal_the_screen(closed: Province) -> None:
    client = closed.client("admin")
    group = closed.id_of(m.RankingGroup, code="commune")
    for query in (f"?group={group}&basis=council", f"?group={group}&basis=self&q=xa&sort=-index"):
        screen = _screen(_text(client, f"/results/provisional{query}"))
        line, file = _csv(client, f"/results/provisional.csv{query}")
        assert screen[0] == file[0]
        assert _column(screen, "Số tiêu chí có điểm") == _column(file, "Số tiêu chí có điểm")
        assert list(_column(screen, "Đơn vị")) == list(_column(file, "Đơn vị"))
        assert "Tạm tính" in line


def test_an_exempt_field_is_not_missing(province: Province) -> None:
    group = province.id_of(m.RankingGroup, code="department")
    rows = _screen(_text(province.client("admin"), f"/results/provisional?group={group}&basis=appraised"))
    assert _column(rows, "2. Thủ tục hành chính")["Văn phòng UBND tỉnh"] == "không áp dụng"
    assert _column(rows, "2. Thủ tục hành chính")["Sở Tư pháp"] == "thiếu"


@pytest.mark.parametrize("query", ["?basis=x", "?group=abc", "?group=0", "?group=99999999999999999999"])
def test_provisional_choices_that_do_not_exist(province: Province, query: str) -> None:
    assert province.client("admin").get(f"/results/provisional{query}").status_code == 404


def test_a_manager_has_no_group_without_own_forms(province: Province) -> None:
    departments = province.id_of(m.RankingGroup, code="department")
    client = province.client("manager.h1")
    assert client.get(f"/results/provisional?group={departments}").status_code == 404
    assert "Sở, ban, ngành" not in _text(client, "/results/provisional")


# The cost


def test_pages_cost_the_same_for_few_and_for_many_units(done: Province) -> None:
    edition_id = edition_of(done)
    unit = done.id_of(m.Unit, code="X11")
    group = done.id_of(m.RankingGroup, code="commune")
    client = done.client("admin")
    paths = [
        "/results/",
        "/results/years",
        f"/results/provisional?group={group}",
        f"/results/editions/{edition_id}/units/{unit}",
        f"/publication/{group}",
        "/survey/",
    ]
    few = {path: _statements(done, client, path) for path in paths}
    _more_units(done, 30)
    published(done)
    assert len(_screen(_text(client, "/results/"))) == 1 + 34
    many = {path: _statements(done, client, path) for path in paths}
    assert many == few
    assert max(many.values()) <= 25
    assert many["/results/"] <= 9


def _statements(province: Province, client: FlaskClient, path: str) -> int:
    from sqlalchemy import event

    client.get(path)  # templates compiled, session touched
    seen: list[str] = []

    def count(connection: object, cursor: object, statement: str, *_: object) -> None:
        seen.append(statement)

    with province.app.app_context():
        event.listen(db.engine, "before_cursor_execute", count)
        try:
            assert client.get(path).status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", count)
    return len(seen)


def _more_units(province: Province, count: int) -> None:
    from services import subtotal
    from services.round import _sheets

    with world(province) as building:
        like = db.session.scalars(select(m.Unit).where(m.Unit.code == "X11")).one()
        form = db.session.scalars(select(m.Assessment).where(m.Assessment.unit_id == like.id)).one()
        units = [
            m.Unit(code=f"Y{n}", name=f"Xã Mới {n}", kind_id=like.kind_id, parent_id=like.parent_id)
            for n in range(count)
        ]
        db.session.add_all(units)
        db.session.flush()
        forms = []
        for unit in units:
            unit.path = f"{like.path.rsplit('.', 2)[0]}.{unit.id}."
            forms.append(
                m.Assessment(
                    round_id=form.round_id,
                    unit_id=unit.id,
                    group_id=form.group_id,
                    criteria_set_id=form.criteria_set_id,
                    released=Layer.SUPERIOR,
                )
            )
        db.session.add_all(forms)
        db.session.flush()
        subtotal.refresh(db.session(), _sheets(forms))
        for unit in units:
            put(building, unit.code, Layer.SELF, {"1.1": {"option": "0"}})
            put(building, unit.code, Layer.SURVEY, {"8.1": {"rate": "50"}})
        close(building, *(unit.code for unit in units))
