"""IN-05 to IN-08, IN-17, IN-18: scores, sums, letters, limits and sizes of what is typed."""

from __future__ import annotations

import unicodedata
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Date, String, select

import models as m
from extensions import db
from models.base import Points
from models.criteria import criterion_path
from rules.text import CONTROLS, TURNING, WIDTHLESS, tidy
from tests.admin.desk import Desk, form_of, problems
from tests.assessment.support import person, scores
from tests.permissions.crawl import views_of
from tests.permissions.stages import writing
from tests.support.world import Province

# IN-05

#: What counts as other points of a leaf with the maximum 10, in either language; everything else is refused.
TAKEN = {
    "0": "0",
    "0,0": "0",
    "00": "0",
    "7": "7",
    "07": "7",
    "7,5": "7.5",
    "7.5": "7.5",
    "7,50": "7.5",
    "7.25": "7.25",
    "10": "10",
    "10,0": "10",
    "10.00": "10",
    " 7,25 ": "7.25",
    "\t7": "7",
    "0,01": "0.01",
    "9,99": "9.99",
}
REFUSED = (
    *("-0", "-1", "−1", "–1", "+1", "10,01", "10.01", "11", "100", "7,255", "7.255", "0,001", "1e1", "1E1", "1e-1"),
    *(
        "NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "∞",
        "0x7",
        "0b1",
        "0o7",
        "7f",
        "7d",
        "1/2",
        "½",
        "7%",
        "7 5",
        "7_5",
    ),
    *(
        "1,000",
        "1.000",
        "1,0,0",
        "1.0.0",
        "7,",
        ",5",
        ".5",
        "7.",
        ",",
        ".",
        "-",
        "١",
        "٧",
        "７",
        "७",
        "Ⅶ",
        "⁷",
        "bảy",
        "7đ",
    ),
    *(
        "7;5",
        "7'5",
        "7\n5",
        "'7",
        '"7"',
        "=7",
        "$7",
        "(7)",
        "7\x00",
        "\x007",
        "true",
        "null",
        "None",
        "[]",
        "9" * 16,
        "9" * 400,
    ),
)


@pytest.mark.parametrize("locale", ["vi", "en"])
def test_in_05_a_score_is_read_by_one_grammar(province: Province, locale: str) -> None:
    assert len(TAKEN) + len(REFUSED) >= 60
    officer = person(province, "officer.x11")
    officer.client.post("/language", data={"locale": locale, "csrf_token": officer.token()})
    version = 0
    for typed, points in TAKEN.items():
        answer = officer.leaf("1.1", {"option": "0", "stated": typed, "reason": "Theo văn bản"}, version)
        assert answer.status_code == 200, (typed, answer.json)
        row = scores(province, "X11")["1.1"]
        assert row.stated_points == Decimal(points), typed
        version = row.version
    for typed in REFUSED:
        answer = officer.leaf("1.1", {"option": "0", "stated": typed, "reason": "Theo văn bản"}, version)
        assert answer.status_code == 422, (typed, answer.json)
        assert answer.json["faults"]["stated"].strip(), typed
    row = scores(province, "X11")["1.1"]
    assert (row.stated_points, row.version) == (Decimal("9.99"), version)


def test_in_05_nothing_is_not_zero(province: Province) -> None:
    officer = person(province, "officer.x11")
    officer.leaf("1.1", {"option": "0", "stated": "", "reason": ""})
    assert scores(province, "X11")["1.1"].stated_points is None, "no other points: those of the option count"
    assert scores(province, "X11")["1.1"].points == 10
    version = scores(province, "X11")["1.1"].version
    answer = officer.leaf("1.1", {"option": "0", "stated": "0", "reason": "Thiếu tài liệu"}, version)
    assert answer.status_code == 200, answer.json
    assert scores(province, "X11")["1.1"].stated_points == 0
    assert scores(province, "X11")["1.1"].points == 0


# IN-06


def test_in_06_sums_are_worked_out_here(province: Province) -> None:
    """A form that brings its own points, sums, weights and rank changes none of them."""
    officer = person(province, "officer.x11")
    forged = dict.fromkeys(("points", "computed_points", "achieved", "maximum", "max_points", "rank", "index"), "999")
    answer = officer.leaf("1.1", {"option": "1", **forged})
    assert answer.status_code in (200, 422)
    answer = officer.send({"1.1:option": "1", "points": "999", "1.points": "999", "total": "999", "1:points": "999"})
    assert answer.status_code in (200, 302, 422)
    assert scores(province, "X11")["1.1"].points == 5
    with province.system():
        form = db.session.get(m.Assessment, officer.form_id)
        sums = db.session.scalars(select(m.Subtotal).where(m.Subtotal.assessment_id == form.id)).all()
        assert {row.achieved for row in sums if row.achieved} <= {Decimal(5)}


# IN-07


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (unicodedata.normalize("NFD", "Quyết định"), "Quyết định"),
        ("Xã\u202e An\u202c", "Xã An"),
        ("\u200bXã\u200d An\ufeff", "Xã An"),
        ("X\u00adã A\u2060n\u200e", "Xã An"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        *(
            (picture, picture)
            for picture in ("🙂\u200d↔\ufe0f", "🙂\u200d↕\ufe0f", "🐦\u200d⬛", "👩🏽\u200d💻", "❤\ufe0f\u200d🔥")
        ),
        ("Xã\u200d😀 An 😀\u200d", "Xã😀 An 😀"),
        ("A\tB\nC", "A\tB\nC"),
    ],
)
def test_in_07_a_text_is_kept_as_it_reads(typed: str, kept: str) -> None:
    assert tidy(typed) == kept
    assert tidy(tidy(typed)) == kept
    assert TURNING.search(kept) is CONTROLS.search(kept) is None
    assert WIDTHLESS.search(kept) is None


def test_in_07_every_text_of_every_generated_form_is_kept_composed(province: Province) -> None:
    """The text fields are those of the forms' own columns; a search finds the name typed in either way."""
    desk, tried = Desk.of(province, "admin"), 0
    apart = unicodedata.normalize("NFD", "Quyết định Ấp Bắc")
    for path, column, model in _texts(province, desk):
        if column.type.length < 60 or column.name == "username":
            continue
        data = form_of(desk.get(path)).to_dict()
        data[column.name] = f"\u202e{apart}\u200b {tried}"
        answer = desk.client.post(f"/admin/{path}", data=data)
        if answer.status_code != 302:
            continue  # a name that has to fit another rule
        tried += 1
        with province.system():
            kept = db.session.scalars(select(getattr(model, column.name)).where(model.id == _row(path))).one()
        assert kept.startswith("Quyết định Ấp Bắc"), (path, column.name, kept)
    assert tried >= 5
    for search in (unicodedata.normalize("NFD", "Đức Hòa"), "Đức Hòa", "duc hoa", "Đức\u200b Hòa"):
        assert "X12" in desk.client.get("/admin/unit/", query_string={"search": search}).get_data(as_text=True), search


def test_in_07_own_forms_keep_texts_composed(province: Province) -> None:
    officer = person(province, "officer.x11")
    note = unicodedata.normalize("NFD", "Quyết định") + "\u202e\u200b"
    assert officer.leaf("1.1", {"option": "0", "note": note}).status_code == 200
    assert scores(province, "X11")["1.1"].note == "Quyết định"


# IN-08


def _row(path: str) -> int:
    return int(path.rpartition("=")[2])


def _texts(province: Province, desk: Desk) -> list[tuple[str, Any, Any]]:
    return [found for found in _columns(province, desk) if isinstance(found[1].type, String) and found[1].type.length]


def _columns(province: Province, desk: Desk) -> list[tuple[str, Any, Any]]:
    """Return (address of an edit form, column, model) of each column that a generated form offers."""
    found = []
    for view in views_of(province.app):
        if not getattr(view, "edits", False) or view.write_verb is None:
            continue
        with province.system():
            id_ = db.session.scalar(select(view.model.id).order_by(view.model.id.desc()))
        path = f"{view.url.rpartition('/')[2]}/edit/?id={id_}"
        if id_ is None or desk.status(path) != 200:
            continue
        offered = form_of(desk.get(path))
        found += [(path, column, view.model) for column in view.model.__table__.columns if column.name in offered]
    return found


def test_in_08_texts_end_where_their_column_ends(province: Province) -> None:
    """At its length a text is kept whole; one more is refused at the field, and what was typed stays."""
    desk, kept = Desk.of(province, "admin"), 0
    for path, column, model in _texts(province, desk):
        data = form_of(desk.get(path)).to_dict()
        most = column.type.length
        for text in ("ệ" * (most + 1), "x" * (most + 1), "x" * 100_000):
            answer = desk.client.post(f"/admin/{path}", data={**data, column.name: text})
            page = answer.get_data(as_text=True)
            assert answer.status_code == 422, (path, column.name)
            assert problems(page), (path, column.name)
            assert text in page, (path, column.name, "what was typed is lost")
        answer = desk.client.post(f"/admin/{path}", data={**data, column.name: "x" * most})
        assert answer.status_code in (302, 422), (path, column.name)
        if answer.status_code == 302:
            kept += 1
            with province.system():
                value = db.session.scalars(select(getattr(model, column.name)).where(model.id == _row(path))).one()
            assert len(value) == most
    assert kept >= 5


def test_in_08_numbers_and_days_end_where_their_column_ends(province: Province) -> None:
    desk, tried = Desk.of(province, "admin"), 0
    for path, column, _model in _columns(province, desk):
        data = form_of(desk.get(path)).to_dict()
        if isinstance(column.type, Date):
            odd = ("1899-12-31", "2201-01-01", "2024-02-30", "0000-00-00", "31/12/2024x", "9" * 50)
        elif isinstance(column.type, Points) or column.type.python_type is int:
            odd = ("-1", "1e3", "NaN", "9" * 15, "9" * 16, "9" * 400, "2147483648", "9223372036854775808")
        else:
            continue
        for text in odd:
            answer = desk.client.post(f"/admin/{path}", data={**data, column.name: text})
            assert answer.status_code in (302, 422), (path, column.name, text, answer.status_code)
            tried += 1
            if answer.status_code == 422:
                assert problems(answer.get_data(as_text=True))
            else:
                data = form_of(desk.get(path)).to_dict()
    assert tried > 30


# IN-17


def test_in_17_what_is_asked_for_has_its_cap(province: Province) -> None:
    with writing(province):
        kind = db.session.scalars(select(m.UnitKind)).first()
        for number in range(130):
            unit = m.Unit(code=f"Z{number:03}", name=f"Xã Thử {number}", kind_id=kind.id, path="1.")
            db.session.add(unit)
    desk = Desk.of(province, "admin")
    for size in ("1000000", "9" * 30, "101", "-1"):
        page = desk.client.get("/admin/unit/", query_string={"page_size": size}).get_data(as_text=True)
        assert page.count("<tr") <= 102, size
    found = desk.client.get("/admin/unit/ajax/lookup/?name=parent&query=&limit=1000000").json
    assert len(found) <= 20
    long = desk.client.get("/admin/unit/", query_string={"search": "a" * 100_000})
    assert long.status_code == 200
    assert len(long.data) < 400_000


# IN-18


def _wide(province: Province, leaves: int) -> None:
    """Give the form of X11 so many items more, each to be stated and commented."""
    with writing(province):
        form = db.session.scalars(select(m.Assessment).where(m.Assessment.id == province_form[0])).one()
        parent = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == "1")
        ).one()
        model = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == "1.3")
        ).one()
        for number in range(100, 100 + leaves):
            code = f"1.{number}"
            db.session.add(
                m.Criterion(
                    set_id=form.criteria_set_id,
                    parent_id=parent.id,
                    code=code,
                    path=criterion_path(code),
                    field_code="1",
                    kind=model.kind,
                    name=f"Tiêu chí {number}",
                    max_points=Decimal(1),
                    method=model.method,
                    rule_json=model.rule_json,
                    evidence_required=False,
                    is_leaf=True,
                )
            )


province_form: list[int] = []


def test_in_18_a_full_sheet_is_taken_and_a_larger_one_says_so(province: Province) -> None:
    """300 items with a long note each, in Vietnamese, are one form; one beyond the limit changes nothing."""
    officer = person(province, "officer.x11")
    province_form[:] = [officer.form_id]
    _wide(province, 300)
    note = "Đã thực hiện đầy đủ theo kế hoạch; " * 28
    codes = [f"1.{number}" for number in range(100, 400)]
    changes = {f"{code}:met": "1" for code in codes} | {f"{code}:note": note for code in codes}
    answer = officer.send(changes)
    assert answer.status_code == 302, answer.status_code
    kept = scores(province, "X11")
    assert all(kept[code].note == note.strip() for code in codes)
    page = officer.page()
    answer = officer.send({f"{codes[0]}:note": "Khác", "x" * 10: "y" * 13_000_000}, page=page)
    assert answer.status_code == 413
    assert "Chưa có gì được lưu" in answer.get_data(as_text=True)
    assert scores(province, "X11")[codes[0]].note == note.strip()
    token = officer.token()
    part = '--x\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'
    many = "".join(
        [part.format("csrf_token", token), *(part.format(f"f{number}", 1) for number in range(6000)), "--x--"]
    )
    answer = officer.client.post(f"{officer.url}/scores", data=many, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
