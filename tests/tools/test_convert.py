"""The converter keeps what the sources say, and the catalogue it made adds up."""

from __future__ import annotations

import csv
import json
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from services.tabular import LAYOUTS, Faults, RowCells, Table, read_table
from tools.convert_catalogue import convert

DATA = Path(__file__).parents[2] / "data"
SOURCES = {
    "units/departments_2024.csv": "local_code,name,short_name,kind,valid_to,note\n"
    "S01,Văn phòng,VP,cơ quan ngang sở,2025-02-28,x\n",
    "units/districts_2024.csv": "local_code,name,kind,valid_from,valid_to\nH01,Huyện A,huyện,2004-01-01,2025-06-30\n",
    "units/communes_2024.csv": "local_code,name,kind,district_local_code,valid_to\n"
    "X001,Xã A,xã,H01,2025-06-30\nX002,Xã B,xã,H01,2024-10-31\n",
    "units/commune_changes.csv": "effective_on,from_local_code,to_local_code,how\n"
    "2024-11-01,X002,X001,whole\n2025-07-01,X001,N001,part\n",
} | {
    f"criteria/{name}.csv": "level,code,parent_code,kind,name,max_points,scoring_method,scoring_rule_json,"
    'evidence_required,source\na,1,,field,"Một, hai",1,sum,"{""type"": ""sum"", ""not_applicable_for"": ""ai đó""}",0,s\n'
    for name in ("departments", "districts", "communes")
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def converted(tmp_path: Path) -> Path:
    for name, text in SOURCES.items():
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8-sig")
    convert(tmp_path / "source", tmp_path / "data")
    return tmp_path / "data"


def test_units_come_in_one_layout_below_the_province(converted: Path) -> None:
    assert [tuple(row.values()) for row in rows_of(converted / "units.csv")] == [
        ("VL", "Tỉnh Vĩnh Long", "tỉnh", "", "", ""),
        ("S01", "Văn phòng", "cơ quan ngang sở", "VL", "", "2025-02-28"),
        ("H01", "Huyện A", "huyện", "VL", "2004-01-01", "2025-06-30"),
        ("X001", "Xã A", "xã", "H01", "", "2025-06-30"),
        ("X002", "Xã B", "xã", "H01", "", "2024-10-31"),
    ]


def test_changes_stay_between_units_of_the_catalogue(converted: Path) -> None:
    assert [tuple(row.values()) for row in rows_of(converted / "unit_changes.csv")] == [
        ("X002", "X001", "2024-11-01", "whole")
    ]


def test_a_criterion_names_the_exempt_group_by_code_and_loses_its_source(converted: Path) -> None:
    (row,) = rows_of(converted / "criteria" / "departments.csv")
    assert "source" not in row
    assert json.loads(row["scoring_rule_json"]) == {"type": "sum", "not_applicable_for": "no_procedures"}
    assert row["name"] == "Một, hai"


def test_the_same_source_gives_the_same_bytes(converted: Path, tmp_path: Path) -> None:
    convert(tmp_path / "source", tmp_path / "again")
    for path in converted.rglob("*.csv"):
        assert path.read_bytes() == (tmp_path / "again" / path.relative_to(converted)).read_bytes()


# The tracked catalogue, read as an import reads it


def table(name: str, layout: str) -> Table:
    with (DATA / name).open("rb") as file:
        return read_table(file, LAYOUTS[layout])


def test_the_province_of_2024_is_whole() -> None:
    cells = {row.cells["code"]: row.cells for row in table("units.csv", "units").rows}
    levels = {row.cells["name"]: row.cells["level_code"] for row in table("unit_kinds.csv", "unit_kinds").rows}
    assert Counter(levels[unit["kind"]] for unit in cells.values()) == {
        "province": 1, "department": 18, "district": 8, "commune": 107,
    }  # fmt: skip
    above = {"department": "province", "district": "province", "commune": "district"}
    for unit in cells.values():
        level = levels[unit["kind"]]
        if level == "province":
            assert unit["parent_code"] == ""
        else:
            assert levels[cells[unit["parent_code"]]["kind"]] == above[level]


def test_a_commune_ends_the_day_before_it_went_over() -> None:
    ends = {row.cells["code"]: row.cells["valid_to"] for row in table("units.csv", "units").rows}
    changes = table("unit_changes.csv", "unit_changes").rows
    assert {row.cells["from_code"] for row in changes} == {code for code, end in ends.items() if end == "2024-10-31"}
    assert {row.cells["effective_on"] for row in changes} == {"2024-11-01"}
    assert all(ends[row.cells["to_code"]] == "2025-06-30" for row in changes)


def test_groups_name_known_units() -> None:
    codes = {row.cells["code"] for row in table("units.csv", "units").rows}
    assert {row.cells["unit_code"] for row in table("unit_groups.csv", "unit_groups").rows} <= codes


@pytest.mark.parametrize("name", ["departments", "districts", "communes"])
def test_a_criteria_set_adds_up_to_a_hundred(name: str) -> None:
    criteria = table(f"criteria/{name}.csv", "criteria")
    groups = {row.cells["group_code"] for row in table("unit_groups.csv", "unit_groups").rows}
    faults = Faults()
    points: dict[str, Decimal | None] = {}
    parents: dict[str, str] = {}
    for row in criteria.rows:
        cells = RowCells(criteria, row, faults)
        points[cells.code("code", required=True)] = cells.decimal("max_points", places=2)
        parents[cells.code("code")] = cells.code("parent_code")
        rule = cells.json("scoring_rule_json", required=True)
        assert rule is not None
        assert rule["type"] == row.cells["scoring_method"]
        assert rule.get("not_applicable_for", "no_procedures") in groups
    assert faults.total == 0
    for code in set(parents.values()) - {"", "9"}:
        assert points[code] == sum(points[child] or 0 for child, parent in parents.items() if parent == code)
    assert sum(points[code] or 0 for code, parent in parents.items() if not parent) == 100
    assert points["9"] is None
