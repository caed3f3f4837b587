"""Import of units, kinds, changes and groups: what is refused, where, and what a sound file makes."""

from __future__ import annotations

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

import models as m
from extensions import db
from permissions.actor import system_scope
from tests.support.imports import as_csv, as_xlsx, places, refused, take

DATA = Path(__file__).parents[2] / "data"
HEADER = "code,name,kind,parent_code,valid_from,valid_to"
ROOT = ("P", "Tỉnh Mẫu", "tỉnh", "", "", "")
DISTRICT = ("H", "Huyện Đông", "huyện", "P", "", "")


def unit_rows() -> list[tuple[object, ...]]:
    with system_scope("test"):
        parent = m.Unit.__table__.alias()
        rows = db.session.execute(
            select(m.Unit.code, m.Unit.name, m.UnitKind.name, parent.c.code, m.Unit.valid_from, m.Unit.valid_to)
            .join(m.UnitKind, m.UnitKind.id == m.Unit.kind_id)
            .join(parent, parent.c.id == m.Unit.parent_id, isouter=True)
            .order_by(m.Unit.code)
        )
        return [tuple(row) for row in rows]


@pytest.fixture
def context(app: Flask):
    with app.app_context():
        yield


@pytest.mark.parametrize(
    ("rows", "expected", "word"),
    [
        ([ROOT, ("", "Huyện A", "huyện", "P", "", "")], [(3, "code")], "empty"),
        ([ROOT, ("H 1", "Huyện A", "huyện", "P", "", "")], [(3, "code")], "code has letters"),
        ([ROOT, ("H" * 33, "Huyện A", "huyện", "P", "", "")], [(3, "code")], "shorten"),
        ([ROOT, DISTRICT, ("H", "Huyện B", "huyện", "P", "", "")], [(4, "code")], "already in row"),
        ([ROOT, ("H", "", "huyện", "P", "", "")], [(3, "name")], "empty"),
        ([ROOT, ("H", "x" * 201, "huyện", "P", "", "")], [(3, "name")], "shorten"),
        ([ROOT, ("H", "Huyện A", "quận", "P", "", "")], [(3, "kind")], "not known"),
        ([ROOT, ("H", "Huyện A", "huyện", "Q", "", "")], [(3, "parent_code")], "Neither"),
        ([ROOT, ("H", "Huyện A", "huyện", "", "", "")], [(3, "parent_code")], "Only the province"),
        ([ROOT, ("H", "Huyện A", "huyện", "H", "", "")], [(3, "parent_code")], "back to it"),
        ([ROOT, ("H", "A", "huyện", "G", "", ""), ("G", "B", "huyện", "H", "", "")], [(3, "parent_code"), (4, "parent_code")], "back to it"),
        ([(*ROOT[:5], "2090-12-31"), DISTRICT], [(2, "valid_to")], "no last day"),
        ([ROOT, ("H", "Huyện A", "huyện", "P", "31/02/2024", "")], [(3, "valid_from")], "Not a date"),
        ([ROOT, ("H", "Huyện A", "huyện", "P", "2024-02-01", "2024-01-31")], [(3, "valid_to")], "before the first day"),
    ],
)  # fmt: skip
def test_a_fault_has_its_row_and_column_and_nothing_is_taken(context, rows, expected, word) -> None:
    faults = refused("units", as_csv(HEADER, *rows))
    assert places(faults) == expected
    assert all(word in str(fault.message) for fault in faults)
    assert unit_rows() == []
    assert refused("units", as_xlsx(HEADER, *rows)) == faults


def test_all_faults_come_at_once_in_the_order_of_the_file(context) -> None:
    rows = [("", "A", "tỉnh", "", "", ""), ("H", "B", "quận", "Q", "x", ""), ("H", "C", "xã", "R", "", "")]
    assert places(refused("units", as_csv(HEADER, *rows))) == [
        (2, "code"),
        (3, "valid_from"),
        (3, "kind"),
        (4, "code"),
        (4, "parent_code"),
    ]


def test_a_chain_of_units_without_end_is_a_fault_not_a_crash(context) -> None:
    chain = [ROOT, *((f"U{n}", f"Xã {n}", "xã", f"U{n - 1}" if n else "P", "", "") for n in range(3000))]
    assert refused("units", as_csv(HEADER, *chain))
    assert unit_rows() == []


def test_parents_may_stand_below_their_children_and_paths_hold_the_tree(context) -> None:
    take("units", as_csv(HEADER, ("X", "Xã Một", "xã", "H", "", ""), DISTRICT, ROOT, delimiter=";"))
    with system_scope("test"):
        units = {unit.code: unit for unit in db.session.scalars(select(m.Unit))}
    assert units["X"].path == f"{units['P'].id}.{units['H'].id}.{units['X'].id}."
    # A moved unit takes its subtree along.
    take("units", as_csv(HEADER, ("G", "Huyện Tây", "huyện", "P", "", ""), ("H", "Huyện Đông", "huyện", "G", "", "")))
    with system_scope("test"):
        path = db.session.scalar(select(m.Unit.path).where(m.Unit.code == "X"))
        above = db.session.scalar(select(m.Unit.path).where(m.Unit.code == "G"))
    assert path == f"{above}{units['H'].id}.{units['X'].id}."


def test_the_known_top_neither_ends_nor_goes_under_another_unit(context) -> None:
    """The posts of all who administer are held there."""
    take("units", as_csv(HEADER, ROOT, DISTRICT))
    before = unit_rows()
    above = ("Q", "Tỉnh Gộp", "tỉnh", "", "", "")
    for rows, expected in (
        ([(*ROOT[:3], "Q", "", ""), above], [(2, "parent_code")]),
        ([(*ROOT[:3], "H", "", "")], [(2, "parent_code")]),
        ([(*ROOT[:5], "2090-12-31")], [(2, "valid_to")]),
    ):
        assert places(refused("units", as_csv(HEADER, *rows))) == expected
    assert unit_rows() == before


def test_known_codes_are_updated_missing_ones_stay_and_a_missing_column_changes_nothing(context) -> None:
    take("units", as_csv(HEADER, ROOT, ("H", "Huyện Đông", "huyện", "P", "2020-01-01", "2024-12-31")))
    again = as_csv("code,name,kind,parent_code", ("H", "Huyện Tây", "huyện", "P"))
    report = take("units", again)
    assert (report.added, report.updated, report.unchanged) == (0, 1, 0)
    assert unit_rows() == [
        ("H", "Huyện Tây", "huyện", "P", date(2020, 1, 1), date(2024, 12, 31)),
        ("P", "Tỉnh Mẫu", "tỉnh", None, None, None),
    ]
    report = take("units", again)
    assert (report.added, report.updated, report.unchanged) == (0, 0, 1)
    take("units", as_csv(HEADER, ("H", "Huyện Tây", "huyện", "P", "2020-01-01", "")))
    assert unit_rows()[0][-1] is None  # an empty cell says "still valid"


def test_composed_and_decomposed_text_are_one(context) -> None:
    content = as_csv(HEADER, ROOT, DISTRICT)
    take("units", unicodedata.normalize("NFD", content.decode()).encode())
    before = unit_rows()
    assert before[0][1:3] == ("Huyện Đông", "huyện")
    report = take("units", content)
    assert (report.added, report.updated) == (0, 0)
    assert unit_rows() == before


def test_a_dry_run_tells_the_changes_and_makes_none(context) -> None:
    report = take("units", as_csv(HEADER, ROOT, DISTRICT), dry_run=True)
    assert [(change.row, change.new) for change in report.changes] == [(2, True), (3, True)]
    assert unit_rows() == []
    with system_scope("test"):
        assert db.session.scalar(select(func.count()).select_from(m.UnitKind)) == 0
        assert db.session.scalar(select(func.count()).select_from(m.AuditEntry)) == 0


def test_the_command_imports_into_an_empty_database_and_again_changes_nothing(app: Flask) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["import", "units", str(DATA / "units.csv")])
    assert first.exit_code == 0, first.output
    with app.app_context():
        before = unit_rows()
        assert len(before) == 1 + 18 + 8 + 107
        with system_scope("test"):
            audited = db.session.scalar(select(func.count()).select_from(m.AuditEntry))
            entry = db.session.scalars(select(m.AuditEntry).limit(1)).one()
            assert (entry.actor_id, entry.verb) == (None, "import")
    assert runner.invoke(args=["import", "units", str(DATA / "units.csv")]).exit_code == 0
    with app.app_context(), system_scope("test"):
        assert unit_rows() == before
        assert db.session.scalar(select(func.count()).select_from(m.AuditEntry)) == audited


def test_the_command_ends_with_1_and_names_row_column_and_remedy(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "units.csv"
    file.write_bytes(as_csv(HEADER, ROOT, ("H", "Huyện A", "huyện", "Q", "", "")))
    result = app.test_cli_runner().invoke(args=["import", "units", str(file)])
    assert result.exit_code == 1
    assert "Dòng 3, cột “parent_code”:" in result.output
    file.write_bytes(as_csv(HEADER, ROOT))
    dry = app.test_cli_runner().invoke(args=["import", "units", "--dry-run", str(file)])
    assert dry.exit_code == 0
    assert "P Tỉnh Mẫu" in dry.output
    with app.app_context():
        assert unit_rows() == []


def test_the_province_of_2024_and_its_mergers(app: Flask) -> None:
    runner = app.test_cli_runner()
    for kind, name in (("units", "units"), ("unit-changes", "unit_changes"), ("unit-groups", "unit_groups")):
        assert runner.invoke(args=["import", kind, str(DATA / f"{name}.csv")]).exit_code == 0
    with app.app_context(), system_scope("test"):
        sort, level, unit = m.UnitKind, m.Level, m.Unit
        communes = db.session.scalars(
            select(unit).join(sort, sort.id == unit.kind_id).join(level, level.id == sort.level_id)
            .where(level.code == "commune")
        ).all()  # fmt: skip
        assert len([c for c in communes if c.valid_on(date(2023, 12, 31))]) == 107
        assert len([c for c in communes if c.valid_on(date(2024, 12, 31))]) == 102
        changes = db.session.scalars(select(m.UnitChange)).all()
        ended = {c.id for c in communes if not c.valid_on(date(2024, 11, 1)) and c.valid_on(date(2024, 10, 31))}
        assert {change.from_unit_id for change in changes} == ended
        assert len(ended) == 5
        groups = db.session.scalars(select(m.UnitGroupMember)).all()
        assert {member.unit.code for member in groups} == {"S01", "S17"}


@pytest.mark.parametrize(
    ("kind", "header", "row", "column"),
    [
        ("unit_changes", "from_code,to_code,effective_on,how", ("H", "Z", "2024-11-01", "whole"), "to_code"),
        ("unit_changes", "from_code,to_code,effective_on,how", ("H", "H", "2024-11-01", "whole"), "to_code"),
        ("unit_changes", "from_code,to_code,effective_on,how", ("H", "P", "", "whole"), "effective_on"),
        ("unit_changes", "from_code,to_code,effective_on,how", ("H", "P", "2024-11-01", "half"), "how"),
        ("unit_groups", "group_code,group_name,unit_code", ("g", "Nhóm", "Z"), "unit_code"),
        ("unit_groups", "group_code,group_name,unit_code", ("g" * 33, "Nhóm", "H"), "group_code"),
        ("unit_groups", "group_code,group_name,unit_code", ("g", "", "H"), "group_name"),
        ("unit_kinds", "name,level_code,level_name", ("ấp", "", "Cấp ấp"), "level_code"),
        ("unit_kinds", "name,level_code,level_name", ("ấp", "x" * 33, "Cấp ấp"), "level_code"),
    ],
)
def test_faults_of_the_small_files(context, kind: str, header: str, row: tuple[str, ...], column: str) -> None:
    take("units", as_csv(HEADER, ROOT, DISTRICT))
    assert places(refused(kind, as_csv(header, row))) == [(2, column)]


def test_one_name_per_group_and_level(context) -> None:
    take("units", as_csv(HEADER, ROOT, DISTRICT))
    groups = as_csv("group_code,group_name,unit_code", ("g", "Nhóm", "H"), ("g", "Khác", "P"))
    assert places(refused("unit_groups", groups)) == [(3, "group_name")]
    kinds = as_csv("name,level_code,level_name", ("ấp", "hamlet", "Cấp ấp"), ("khóm", "hamlet", "Cấp khóm"))
    assert places(refused("unit_kinds", kinds)) == [(3, "level_name")]
