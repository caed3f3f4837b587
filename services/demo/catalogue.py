"""The units and criteria of Vĩnh Long, through the same imports that a user has."""

from __future__ import annotations

import csv
import io
from datetime import date

from services.demo.stage import LEVELS, YEARS, Stage, data_folder, import_file
from services.imports import Options
from services.imports.core import units_by_code

#: Later ends are left out: the units of the demo live as long as the demo.
LAST_DAY = date(2024, 12, 31)


def load(stage: Stage) -> None:
    """Import units, groups, changes and a criteria set per level and year."""
    folder = data_folder()
    import_file(stage.act, "unit_kinds", folder / "unit_kinds.csv", Options())
    import_file(stage.act, "units", folder / "units.csv", Options(), without_later_ends)
    for kind in ("unit_changes", "unit_groups"):
        import_file(stage.act, kind, folder / f"{kind}.csv", Options())
    for level, name in LEVELS.items():
        for year in YEARS:
            options = Options(set_code=f"{level}_{year}", year=year)
            import_file(stage.act, "criteria", folder / "criteria" / f"{name}.csv", options)
    stage.units = units_by_code()
    stage.read_criteria()


def without_later_ends(text: str) -> str:
    """Leave out the last day of units that ended after 2024."""
    rows = list(csv.DictReader(io.StringIO(text)))
    for row in rows:
        if row["valid_to"] and date.fromisoformat(row["valid_to"]) > LAST_DAY:
            row["valid_to"] = ""
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
