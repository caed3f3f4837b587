"""Cells become values, or faults under the heading of the file."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from rules.message import M
from services.tabular import Faults, RowCells
from tests.support.tables import read, workbook


def one_row(**cells: str) -> tuple[RowCells, Faults]:
    """Read one row of scores with the given cells and nothing else."""
    values = {"round_code": "2024", "unit_code": "S01", "criterion_code": "1.1", "layer": "self"} | cells
    line = ",".join('"' + text.replace('"', '""') + '"' for text in values.values())
    table = read(f"{','.join(values)}\n{line}\n", "scores")
    faults = Faults()
    return RowCells(table, table.rows[0], faults), faults


@pytest.mark.parametrize(
    ("text", "value"), [("2024-10-31", dt.date(2024, 10, 31)), ("31/10/2024", dt.date(2024, 10, 31)), ("", None)]
)
def test_dates_read_in_both_forms(text: str, value: dt.date | None) -> None:
    cells, faults = one_row(note=text)
    assert (cells.date("note"), faults.total) == (value, 0)


@pytest.mark.parametrize("text", ["31/02/2024", "10/31/2024", "2024", "hôm nay", "２０２４-01-01", "2024-10-31 07:00"])
def test_what_is_no_date_is_a_fault(text: str) -> None:
    cells, faults = one_row(note=text)
    assert cells.date("note") is None
    assert [(fault.row, fault.column) for fault in faults.found] == [(2, "note")]


@pytest.mark.parametrize("text", ["7,25", "7.25"])
def test_a_comma_and_a_point_are_one(text: str) -> None:
    cells, faults = one_row(stated_points=text)
    assert (cells.decimal("stated_points", places=2), faults.total) == (Decimal("7.25"), 0)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "1e3", "-1", "７", "7.255", "1.234,5", "0x1", "7 25", "101"])
def test_what_is_no_such_number_is_a_fault(text: str) -> None:
    cells, faults = one_row(stated_points=text)
    assert cells.decimal("stated_points", places=2, maximum=Decimal(100)) is None
    assert faults.total == 1
    assert not cells.ok


def test_a_typed_thousand_is_unclear_but_a_number_cell_is_not() -> None:
    cells, faults = one_row(numerator="1.234")
    assert cells.decimal("numerator", places=4, figure=True) is None
    assert faults.total == 1
    keys = ["round_code", "unit_code", "criterion_code", "layer", "numerator"]
    table = read(workbook([keys, ["2024", "S01", "1.1", "self", 1.234]]), "scores")
    assert RowCells(table, table.rows[0], Faults()).decimal("numerator", places=4, figure=True) == Decimal("1.234")


def test_every_kind_of_cell_notes_its_fault_under_the_heading_of_the_file() -> None:
    table = read(
        "Mã kỳ đánh giá,unit_code,criterion_code,layer,Lý do,met,count,note\n"
        'bad code!,S01,1.1,nobody,too long,maybe,1.5,"{""a"": 1, ""a"": 2}"\n',
        "scores",
    )
    faults = Faults()
    cells = RowCells(table, table.rows[0], faults)
    assert cells.code("round_code") == ""
    assert cells.choice("layer", {"self": 10, "superior": 20}) is None
    assert cells.text("reason", max_length=3) == ""
    assert cells.boolean("met") is None
    assert cells.integer("count") is None
    assert cells.json("note") is None
    assert cells.text("option", required=True) == ""
    cells.fault(None, M("x"))
    assert [(fault.row, fault.column) for fault in faults.found] == [
        (2, "Mã kỳ đánh giá"), (2, "layer"), (2, "Lý do"), (2, "met"), (2, "count"), (2, "note"), (2, "option"), (2, None),
    ]  # fmt: skip
    assert "self, superior" in str(faults.found[1].message)


def test_good_cells_read_as_what_they_are() -> None:
    cells, faults = one_row(layer="SELF", met="Có", count="3", note='{"per": "0.5", "n": 2, "x": 0.1}')
    assert cells.choice("layer", {"self": 10}) == 10
    assert cells.boolean("met") is True
    assert cells.integer("count") == 3
    assert cells.json("note") == {"per": "0.5", "n": 2, "x": "0.1"}
    assert cells.code("unit_code") == "S01"
    assert faults.total == 0


@pytest.mark.parametrize(("text", "items"), [("1 3", ["1", "3"]), ("1; 3;", ["1", "3"]), ("2", ["2"]), ("", [])])
def test_a_list_reads_with_any_separator(text: str, items: list[str]) -> None:
    assert one_row(parts=text)[0].items("parts") == items


@pytest.mark.parametrize("text", ["[1]", "NaN", '{"a": NaN}', "{", "[" * 5000])
def test_what_is_no_json_object_is_a_fault(text: str) -> None:
    cells, faults = one_row(note=text)
    assert cells.json("note") is None
    assert faults.total == 1
