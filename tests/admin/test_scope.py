"""What a district's manager finds on the generated screens: its own subtree, and no trace of the other district."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from decimal import Decimal

import openpyxl
import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Layer
from tests.admin.desk import LISTS, Desk, rows, statements
from tests.support.database import Database
from tests.support.world import Province

#: What must nowhere be seen by the manager of H1: names, codes, logins and documents of the other district.
STRANGERS = ("Đông Thạnh", "Ấp Nam", "Định Quán", "X21", "X22", "huyện 2", "Huyện Hai", "manager.h2", "BÍ MẬT X21")
OPEN_TO_DISTRICTS = ("council", "seat", "unit", "score", "evidence", "edition", "edition-row", "audit")


def _fill(province: Province, units: tuple[str, ...] = ("X11", "X21", "SA"), many: int = 1) -> None:
    """Give some units scores, evidence and traces, as if their people had entered them."""
    with province.system(), system_act(Verb.IMPORT, "test data"):
        for code in units:
            unit = db.session.scalars(select(m.Unit).where(m.Unit.code == code)).one()
            officer = db.session.scalars(select(m.Account).where(m.Account.username == f"officer.{code.lower()}")).one()
            form = db.session.scalars(select(m.Assessment).where(m.Assessment.unit_id == unit.id)).one()
            leaves = db.session.scalars(
                select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.is_leaf)
            ).all()
            key = {"assessment_id": form.id, "unit_id": unit.id, "criteria_set_id": form.criteria_set_id}
            for leaf in leaves[: many * 2]:
                db.session.add(
                    m.Score(
                        **key,
                        criterion_id=leaf.id,
                        layer=Layer.SELF,
                        inputs={},
                        computed_points=Decimal(1),
                        points=Decimal(1),
                        note=f"BÍ MẬT {code}",
                        author_id=officer.id,
                        updated_at=datetime.now(UTC),
                    )
                )
            for number in range(many):
                db.session.add(
                    m.Evidence(
                        unit_id=unit.id,
                        number=f"{number}/KH",
                        title=f"Kế hoạch BÍ MẬT {code}",
                        author_id=officer.id,
                        created_at=datetime.now(UTC),
                    )
                )
        db.session.flush()


@pytest.fixture
def filled(province: Province) -> Province:
    _fill(province)
    return province


def _traces(text: str) -> list[str]:
    return [stranger for stranger in STRANGERS if stranger in text]


def _sheet(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data))
    return "\n".join(str(cell.value) for row in book.active.rows for cell in row)


@pytest.mark.parametrize("name", OPEN_TO_DISTRICTS)
def test_no_trace_of_the_other_district(filled: Province, name: str) -> None:
    mine, all_of_it = Desk.of(filled, "manager.h1"), Desk.of(filled, "admin")
    for path in (
        f"{name}/",
        f"{name}/?search=a",
        f"{name}/?search=X2",
        f"{name}/?sort=0&desc=1",
        f"{name}/export/csv/",
    ):
        page = mine.client.get(f"/admin/{path}")
        assert page.status_code == 200
        assert _traces(page.get_data(as_text=True)) == []
    assert _traces(_sheet(mine.client.get(f"/admin/{name}/export/xlsx/").get_data())) == []
    if name not in ("edition", "edition-row"):  # nothing was published yet
        assert _traces(all_of_it.get(f"{name}/export/csv/")) != []


@pytest.mark.parametrize("name", OPEN_TO_DISTRICTS)
def test_every_row_in_the_list_can_be_opened_and_no_other(filled: Province, name: str) -> None:
    mine, all_of_it = Desk.of(filled, "manager.h1"), Desk.of(filled, "admin")
    of_page = re.compile(r"details/\?[^\"]*?id=(\d+)\"")
    seen = set(of_page.findall(mine.get(f"{name}/?page_size=100")))
    every = seen | set(of_page.findall(all_of_it.get(f"{name}/?page_size=100")))
    for id_ in every:
        expected = 200 if id_ in seen else 404
        assert mine.status(f"{name}/details/?id={id_}") == expected
        if name in ("council", "seat"):
            assert mine.status(f"{name}/edit/?id={id_}") == expected
    assert mine.status(f"{name}/details/?id=999999999") == 404


def test_the_count_counts_the_own_rows(filled: Province) -> None:
    with filled.system():
        mine = db.session.scalars(select(m.Unit.code).where(m.Unit.code.in_(["H1", "X11", "X12"]))).all()
    assert f"{len(mine)} dòng" in Desk.of(filled, "manager.h1").get("unit/")


def test_a_foreign_row_is_neither_changed_nor_deleted(filled: Province) -> None:
    desk = Desk.of(filled, "manager.h1")
    id_ = filled.id_of(m.Council, name="Hội đồng huyện 2")
    before = _all_of(filled, m.Council)
    for path in (f"council/edit/?id={id_}", f"council/units/?id={id_}"):
        assert desk.post(path, name="Của tôi", unit="H1", round="1", version="1").status_code == 404
    assert desk.post("council/delete/", id=id_, confirmed="yes").status_code == 404
    assert _all_of(filled, m.Council) == before


@pytest.mark.parametrize("typed", ["H2", "Huyện Đông Thạnh (H2)", "Đông Thạnh", "7"])
def test_a_foreign_unit_in_a_form_is_as_if_it_did_not_exist(filled: Province, typed: str) -> None:
    desk = Desk.of(filled, "manager.h1")
    before = _all_of(filled, m.Council)
    said = desk.refused("council/new/", round="1", unit=typed, name="Hội đồng mới")
    assert "Đông Thạnh" not in said.replace(typed, "")
    assert _all_of(filled, m.Council) == before


def test_a_foreign_council_in_a_form_is_not_a_choice(filled: Province) -> None:
    desk = Desk.of(filled, "manager.h1")
    foreign = filled.id_of(m.Council, name="Hội đồng huyện 2")
    before = _all_of(filled, m.Seat)
    answer = desk.post("seat/new/", council=foreign, account="officer.x11", function="helper", valid_from="2024-01-01")
    assert answer.status_code in (404, 422)
    assert _all_of(filled, m.Seat) == before


@pytest.mark.parametrize("query", ["H2", "dong thanh", "ap", "a", "%", "_", ""])
def test_look_ups_offer_only_the_own_subtree(filled: Province, query: str) -> None:
    desk = Desk.of(filled, "manager.h1")
    for path in ("council/ajax/lookup/?name=unit", "seat/ajax/lookup/?name=account"):
        answer = desk.client.get(f"/admin/{path}&query={query}&limit=1000000")
        assert answer.status_code == 200
        assert _traces(answer.get_data(as_text=True).encode().decode("unicode_escape", "ignore")) == []
        assert [label for _id, label in answer.json if "H2" in label or "x2" in label.lower()] == []


def test_a_look_up_never_gives_more_than_a_screenful(filled: Province) -> None:
    desk = Desk.of(filled, "admin")
    everyone = desk.client.get("/admin/seat/ajax/lookup/?name=account&query=&limit=1000000").json
    with filled.system():
        assert len(everyone) < len(db.session.scalars(select(m.Account.id)).all())


def test_filters_offer_only_what_the_reader_sees(filled: Province) -> None:
    options = re.compile(r"<option value=\"\d+\"[^>]*>([^<]*)</option>")
    of = {login: set(options.findall(Desk.of(filled, login).get("seat/"))) for login in ("manager.h1", "manager.h2")}
    assert "Hội đồng huyện 1" in of["manager.h1"]
    assert "Hội đồng huyện 2" in of["manager.h2"]
    assert of["manager.h1"] & of["manager.h2"] == set()


def test_a_filter_for_a_foreign_value_tells_nothing(filled: Province) -> None:
    desk = Desk.of(filled, "manager.h1")
    foreign = filled.id_of(m.Council, name="Hội đồng huyện 2")
    there, nowhere = desk.get(f"seat/?flt0_council={foreign}"), desk.get("seat/?flt0_council=99999")
    assert rows(there) == rows(nowhere)


def test_an_auditor_reads_that_something_changed_but_no_value(filled: Province) -> None:
    desk = Desk.of(filled, "admin")
    unit = filled.id_of(m.Unit, code="X11")
    with filled.system():
        row = db.session.get_one(m.Unit, unit)
        fields = {"version": row.version, "code": "X11", "kind": row.kind_id, "parent": "H1"}
    desk.saved(f"unit/edit/?id={unit}", name="Xã Giá Trị Mới", **fields)
    with filled.system():
        entry = db.session.scalars(select(m.AuditEntry.id).order_by(m.AuditEntry.id.desc())).first()
    assert "Xã Giá Trị Mới" in desk.get(f"audit/details/?id={entry}")
    auditor = Desk.of(filled, "auditor").get(f"audit/details/?id={entry}")
    assert "Nguyễn Quản Trị" in auditor
    assert "<code>name</code>" not in auditor
    assert "Ấp Bắc" not in auditor


@pytest.mark.parametrize("login", ["officer.x11", "leader.sa", "helper.h1", "chair.p"])
def test_nobody_else_has_a_generated_screen(province: Province, login: str) -> None:
    desk = Desk.of(province, login)
    assert desk.status("") == 403
    assert {desk.status(f"{name}/") for name in LISTS} == {403}


def test_every_address_asks_for_a_sign_in(province: Province) -> None:
    client = province.app.test_client()
    paths = {
        rule.rule.replace("<export_type>", "csv")
        for rule in province.app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and "static" not in rule.rule
    }
    assert len(paths) > 4 * len(LISTS)
    for path in paths:
        answer = client.open(path, method="GET")
        assert answer.status_code in (302, 405), path
        if answer.status_code == 302:
            assert "/login" in answer.location


@pytest.mark.parametrize("name", LISTS)
def test_a_list_asks_as_often_for_many_rows_as_for_few(province: Province, database: Database, name: str) -> None:
    desk = Desk.of(province, "admin")

    def count() -> int:
        desk.get(f"{name}/?page_size=100")
        with statements(database.engine) as seen:
            desk.get(f"{name}/?page_size=100")
        return len(seen)

    few = count()
    _fill(province, ("X11", "X12", "X21", "X22", "SA", "SB"), many=5)
    _more(province)
    assert count() == few
    assert few <= 8


def _more(province: Province) -> None:
    """Twenty more rows of what the small province has few of."""
    with province.system(), system_act(Verb.IMPORT, "test data"):
        unit = db.session.scalars(select(m.Unit).where(m.Unit.code == "SA")).one()
        for number in range(20):
            group = m.UnitGroup(code=f"g{number}", name=f"Nhóm {number}")
            kind = m.UnitKind(name=f"kiểu {number}", level_id=1)
            round_ = m.Round(
                code=f"r{number}",
                name=f"Kỳ {number}",
                year=1990 + number,
                cut_off_on=datetime(2020, 1, 1, tzinfo=UTC).date(),
            )
            set_ = m.CriteriaSet(code=f"s{number}", name=f"Bộ {number}", level_id=1)
            db.session.add_all([group, kind, round_, set_])
            db.session.flush()
            db.session.add(m.UnitGroupMember(group_id=group.id, unit_id=unit.id))
            db.session.add(m.Council(round_id=round_.id, unit_id=unit.id, name=f"Hội đồng {number}"))
        db.session.flush()


def _all_of(province: Province, model: type[m.Unit]) -> list[tuple[object, ...]]:
    with province.system():
        table = model.__table__
        return [tuple(row) for row in db.session.execute(select(*table.c).order_by(table.c.id))]
