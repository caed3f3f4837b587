"""Addresses and posts that no form makes: always a sentence or a plain refusal, never a fault, nothing changed."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, func, select

import models as m
from extensions import db
from tests.admin.desk import LISTS, Desk, form_of
from tests.support.world import Province

BIG = "9" * 30
IDS = ("abc", "-1", BIG, "1&id=2", "1%002", "%EF%BC%91", "", "1%27%20OR%201=1")
QUERIES = (
    "page=-1",
    f"page={10**21}",
    "page=abc",
    f"page_size={BIG}&sort=99&desc=1",
    f"sort={BIG}",
    "search=%00",
    "search=%25%25_%5C",
    "search=" + "a" * 5000,
    "search=" + "%20".join("a" * 3 for _ in range(300)),
    "search=%ED%A0%80",
    f"flt0_round={BIG}&flt0_level=abc&flt1_level=%00&flt2_unit=%00&flt4_since=x&flt99_x=1&flt_=1&fltabc",
    "flt0_level=1%27%20OR%201=1&flt4_since=9999-99-99&flt5_until=0001-01-01",
    "url=//evil.example/",
    "url=%0d%0aSet-Cookie:x=1",
)


def test_no_id_brings_a_fault(province: Province) -> None:
    desk = Desk.of(province, "admin")
    for name in LISTS:
        for id_ in IDS:
            for page in ("details", "edit"):
                assert desk.status(f"{name}/{page}/?id={id_}") == 404, (name, page, id_)


def test_no_query_brings_a_fault(province: Province) -> None:
    desk = Desk.of(province, "admin")
    for name in LISTS:
        for query in QUERIES:
            assert desk.status(f"{name}/?{query}") in (200, 400), (name, query)


@pytest.mark.parametrize("name", ["unit", "score", "audit", "round"])
def test_no_query_brings_a_fault_to_an_export(province: Province, name: str) -> None:
    desk = Desk.of(province, "admin")
    for query in QUERIES:
        assert desk.status(f"{name}/export/csv/?{query}") in (200, 400), query
    assert desk.status(f"{name}/export/exe/") == 404


@pytest.mark.parametrize(
    "path",
    [
        "criteria-set/tree/?id=",
        "criteria-set/row/?id=",
        "criteria-set/row/new/?set=",
        "criteria-set/clone/?id=",
        "round/open/?id=",
        "council/assignments/?id=",
        "council/units/?id=",
        "council/seat/?seat=1&id=",
        "council/seat/?id=1&seat=",
        "account/access/?id=",
        "delegation/new/?post=",
        "delegation/new/?seat=",
        "score/superior/?id=",
        "score/superior/?leaf=1&form=",
        "score/superior/?form=1&leaf=",
        "score/superior/?round=1&unit=H1&code=",
        "unit/ajax/lookup/?name=",
        "unit/ajax/lookup/?name=parent&offset=0&limit=1&query=",
        "unit/ajax/lookup/?name=parent&query=a&offset=",
        "unit/ajax/lookup/?name=parent&query=a&limit=",
    ],
)
def test_no_own_page_brings_a_fault(province: Province, path: str) -> None:
    desk = Desk.of(province, "admin")
    for value in ("", "abc", "-1", "0", "999999999", BIG, "1%00", "%EF%BC%91", "' OR 1=1 --"):
        assert desk.status(path + value) in (200, 302, 400, 404), value


#: What no form of a screen offers, in the names of the columns.
FORGED = {
    "id": "1",
    "path": "1.",
    "password_hash": "x",
    "must_change_password": "",
    "frozen": "y",
    "opened_at": "2020-01-01T00:00",
    "unit_id": "1",
    "parent_id": "1",
    "owner_unit_id": "1",
    "author_id": "1",
    "created_at": "2020-01-01T00:00",
    "is_leaf": "y",
    "state": "closed",
    "name_search": "x",
    "name_sort": "x",
}


@pytest.mark.parametrize("name", ["unit", "account", "round", "criteria-set", "council", "post", "ranking-group"])
def test_columns_outside_the_form_are_not_taken(province: Province, name: str) -> None:
    """Post each form unchanged but with every other column added: nothing changes, not even a version."""
    desk = Desk.of(province, "admin")
    path = f"{name}/edit/?id={2 if name in ('account', 'post') else 1}"  # nobody changes the own ones
    shown = form_of(desk.get(path)).to_dict(flat=False)
    if "reason" in shown:
        shown["reason"] = ["vì"]
    before = _digest(province)
    answer = desk.client.post(f"/admin/{path}", data={**FORGED, **shown})
    assert answer.status_code == 302
    assert _digest(province) == before


TEXTS = (
    "",
    " ",
    "\x00",
    "a\x00b",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "😀" * 50,
    "x" * 100_000,
    "\u202etxt",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "=1+1",
    BIG,
    "-1",
    "NaN",
    "1e3",
    "１２",
)


@pytest.mark.parametrize(
    "path",
    [
        "unit/new/",
        "round/new/",
        "ranking-group/new/",
        "window/new/",
        "council/new/",
        "seat/new/",
        "account/new/",
        "post/new/",
        "level/new/",
        "unit-change/new/",
        "unit-group-member/new/",
    ],
)
def test_no_text_in_any_field_brings_a_fault(province: Province, path: str) -> None:
    desk = Desk.of(province, "admin")
    names = [name for name in form_of(desk.get(path)) if name != "csrf_token"]
    assert len(names) >= 2
    for text in TEXTS:
        answer = desk.post(path, **dict.fromkeys(names, text))
        assert answer.status_code in (200, 302, 422), text
        if answer.status_code == 422:
            assert "<script>alert" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(province: Province, method: str) -> None:
    desk = Desk.of(province, "admin")
    for name in LISTS:
        answer = desk.client.open(f"/admin/{name}/", method=method, headers={"X-CSRFToken": desk.csrf})
        assert answer.status_code == 405


def test_reading_changes_nothing(province: Province) -> None:
    desk = Desk.of(province, "admin")
    before = _digest(province)
    for name in LISTS:
        for page in ("", "new/", "edit/?id=1", "details/?id=1", "export/csv/"):
            desk.status(f"{name}/{page}")
    assert _digest(province) == before


def _digest(province: Province) -> dict[str, object]:
    """Rows and versions of every table, aside from sessions and from the trail, which notes refusals and files."""
    metadata: MetaData = db.metadata
    found: dict[str, object] = {}
    with province.system():
        for table in metadata.sorted_tables:
            if table.name not in ("login_session", "login_throttle", "read_count", "audit_entry", "audit_head"):
                versions = func.sum(table.c.version) if "version" in table.c else func.count()
                found[table.name] = tuple(db.session.execute(select(func.count(), versions).select_from(table)).one())
    return found


def test_the_digest_sees_a_change(province: Province) -> None:
    before = _digest(province)
    Desk.of(province, "admin").saved("level/new/", code="new", name="Mới", position="9")
    assert _digest(province) != before
    assert m.Level.__tablename__ in before
