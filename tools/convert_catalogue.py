"""Bring the collected lists of units and criteria into the import layouts of docs/formats.md, once.

    python -m tools.convert_catalogue SOURCE [TARGET]

SOURCE holds ``units/`` and ``criteria/`` as collected; TARGET (``data`` by default) gets what ``flask import`` reads.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterable
from pathlib import Path

PROVINCE = ("VL", "Tỉnh Vĩnh Long", "tỉnh")
#: Kinds in their order of rank, with the level whose criteria set assesses them.
KINDS = (
    ("tỉnh", "province", "Cấp tỉnh"),
    ("sở", "department", "Sở, ban, ngành"),
    ("cơ quan ngang sở", "department", "Sở, ban, ngành"),
    ("thành phố", "district", "Cấp huyện"),
    ("thị xã", "district", "Cấp huyện"),
    ("huyện", "district", "Cấp huyện"),
    ("phường", "commune", "Cấp xã"),
    ("thị trấn", "commune", "Cấp xã"),
    ("xã", "commune", "Cấp xã"),
)
GROUP = ("no_procedures", "Đơn vị không có thủ tục hành chính")
#: The departments the sentence ``not_applicable_for`` names: Văn phòng UBND tỉnh, Thanh tra tỉnh.
GROUP_UNITS = ("S01", "S17")
CRITERIA_FILES = ("departments", "districts", "communes")
CRITERIA_COLUMNS = (
    "level",
    "code",
    "parent_code",
    "kind",
    "name",
    "max_points",
    "scoring_method",
    "scoring_rule_json",
    "evidence_required",
)


def convert(source: Path, target: Path) -> None:
    """Write every file of the catalogue anew; the same source gives the same bytes."""
    (target / "criteria").mkdir(parents=True, exist_ok=True)
    units = list(_units(source / "units"))
    _write(target / "unit_kinds.csv", ("name", "level_code", "level_name"), KINDS)
    _write(target / "units.csv", ("code", "name", "kind", "parent_code", "valid_from", "valid_to"), units)
    _write(
        target / "unit_changes.csv",
        ("from_code", "to_code", "effective_on", "how"),
        _changes(source / "units", {unit[0] for unit in units}),
    )
    _write(
        target / "unit_groups.csv",
        ("group_code", "group_name", "unit_code"),
        ((*GROUP, unit) for unit in GROUP_UNITS),
    )
    for name in CRITERIA_FILES:
        rows = (_criterion(row) for row in _read(source / "criteria" / f"{name}.csv"))
        _write(target / "criteria" / f"{name}.csv", CRITERIA_COLUMNS, rows)


def _units(folder: Path) -> Iterable[tuple[str, ...]]:
    """Give the province, its departments and districts, and the communes under their districts."""
    yield (*PROVINCE, "", "", "")
    for name in ("departments_2024", "districts_2024", "communes_2024"):
        for row in _read(folder / f"{name}.csv"):
            parent = row.get("district_local_code", PROVINCE[0])
            yield row["local_code"], row["name"], row["kind"], parent, row.get("valid_from", ""), row["valid_to"]


def _changes(folder: Path, codes: set[str]) -> Iterable[tuple[str, ...]]:
    """Give the changes between units of the catalogue, without those that lead to the province of 2025."""
    for row in _read(folder / "commune_changes.csv"):
        if row["from_local_code"] in codes and row["to_local_code"] in codes:
            yield row["from_local_code"], row["to_local_code"], row["effective_on"], row["how"]


def _criterion(row: dict[str, str]) -> tuple[str, ...]:
    """Keep the layout's columns; the sentence on who is exempt becomes the code of the group of units."""
    rule = json.loads(row["scoring_rule_json"])
    if "not_applicable_for" in rule:
        rule["not_applicable_for"] = GROUP[0]
    values = row | {"scoring_rule_json": json.dumps(rule, ensure_ascii=False)}
    return tuple(values[column] for column in CRITERIA_COLUMNS)


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=Path, help="folder with units/ and criteria/ as collected")
    parser.add_argument("target", type=Path, nargs="?", default=Path("data"), help="where the catalogue goes")
    arguments = parser.parse_args()
    convert(arguments.source, arguments.target)
