"""Tables come in whole and clean or not at all, with every fault at its place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rules.message import M
from services.tabular import LAYOUTS, Fault, Faults, FileFault
from services.tabular.faults import MAX_FAULTS
from tests.support.tables import HEADER, faults_of, read

FORMATS = Path(__file__).parents[2] / "docs" / "formats.md"


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_described_in_the_documentation(name: str) -> None:
    """A heading of the section names the layout, and its table lists exactly the columns with their Vietnamese headings."""
    section = FORMATS.read_text(encoding="utf-8").split(f"\n### {name}\n")[1].split("\n### ")[0].split("\n## ")[0]
    documented = re.findall(r"^\| `(\w+)`(\*?) \| ([^|]+?) \|", section, flags=re.MULTILINE)
    layout = LAYOUTS[name]
    headings = [(heading.key, "" if heading.needed else "*", heading.title) for heading in layout.headings]
    if layout.numbered is not None:
        headings.append((f"{layout.numbered.key}_1", "*", f"{layout.numbered.title} 1"))
    assert documented == headings


@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\nX001,Phường 9,phường,H01,,2025-06-30\n".encode(),
        f"\ufeff{HEADER}\r\nX001,Phường 9,phường,H01,,2025-06-30\r\n".encode(),
        f"{HEADER}\nX001,Phường 9,phường,H01,,2025-06-30".replace(",", ";").encode(),
        "Mã đơn vị;TÊN ĐƠN VỊ; Loại  đơn vị *;Mã đơn vị cấp trên;Hiệu lực từ ngày;Hiệu lực đến ngày\r\n"
        "X001;Phường 9;phường;H01;;2025-06-30".encode(),
        '"code","name","kind","parent_code","valid_from","valid_to"\n'
        '"X001","\u00a0Phường 9 ","phường","H01","","2025-06-30"\n'.encode(),
        # letters followed by their marks, as some systems write them
        f"{HEADER}\nX001,Phươ\u0300ng 9,phươ\u0300ng,H01,,2025-06-30\n".encode(),
    ],
    ids=["plain", "excel-utf8", "semicolons", "vietnamese-headings", "libreoffice-quoted", "decomposed"],
)
def test_the_same_table_in_many_guises(content: bytes) -> None:
    table = read(content)
    assert [row.number for row in table.rows] == [2]
    assert dict(table.rows[0].cells) == {
        "code": "X001",
        "name": "Phường 9",
        "kind": "phường",
        "parent_code": "H01",
        "valid_from": "",
        "valid_to": "2025-06-30",
    }


def test_rows_are_numbered_as_the_spreadsheet_numbers_them() -> None:
    table = read(f'{HEADER}\n\nA,"hai\ndòng",xã,VL\n,,,,,\nB,x,xã,VL\n')
    assert [(row.number, row.cells["code"]) for row in table.rows] == [(3, "A"), (5, "B")]
    assert table.rows[0].cells["name"] == "hai\ndòng"


def test_a_title_above_the_headings_is_passed_over() -> None:
    table = read(f"Danh sách đơn vị; năm 2024\n{HEADER}\nA,Xã A,xã,VL,,\n")
    assert [(row.number, row.cells["name"]) for row in table.rows] == [(3, "Xã A")]


def test_every_fault_of_the_headings_is_named_at_once() -> None:
    faults = faults_of("code,CODE,name,colour,kind\nA,A,Xã A,x,xã\n")
    assert [(fault.row, fault.column) for fault in faults] == [(1, "CODE"), (1, "colour"), (1, "parent_code")]
    assert "Mã đơn vị cấp trên" in str(faults[2].message)


def test_a_heading_in_both_languages_is_doubled() -> None:
    assert [fault.column for fault in faults_of("code,Mã đơn vị,name,kind,parent_code\nA,A,a,xã,VL\n")] == ["Mã đơn vị"]


def test_a_cell_below_no_heading_is_refused() -> None:
    faults = faults_of("code,name,kind,parent_code\nA,Xã A,xã,VL,,lost\n")
    assert [(fault.row, fault.column) for fault in faults] == [(2, "F")]


@pytest.mark.parametrize(
    ("content", "word", "row"),
    [
        (b"", "empty", None),
        (HEADER.encode(), "no data", None),
        (b"\n\n", "no data", None),
        (f"{HEADER}\nA,Phường 9,x,VL,,".encode("utf-16"), "UTF-8", None),
        (f"{HEADER}\nA,Xã Tân Hòa,x,VL,,".encode("cp1258", errors="replace"), "UTF-8", None),
        (f'{HEADER}\nA,"Xã A,xã,VL,,\nB,Xã B,xã,VL,,'.encode(), "quotation", 2),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old Excel", None),
        (b"PK\x03\x04" + bytes(100), "damaged", None),
        (b"code," * 5000 + b"\nA", "columns", 1),
        (f"{HEADER}\n".encode() + b"A,a,x,VL,,\n" * 20_001, "rows", None),
        (f"{HEADER}\n".encode() + b"A" * (10 * 1024 * 1024), "larger", None),
    ],
    ids=["empty", "heading", "blank", "utf16", "cp1258", "quotes", "xls", "zip", "wide", "long", "large"],
)
def test_a_file_that_cannot_be_read_is_one_clear_fault(content: bytes, word: str, row: int | None) -> None:
    (fault,) = faults_of(content)
    assert word in str(fault.message)
    assert fault.row == row


def test_as_many_rows_as_allowed_are_read() -> None:
    assert len(read(f"{HEADER}\n".encode() + b"A,a,x,VL,,\n" * 20_000).rows) == 20_000


@pytest.mark.parametrize("bad", ["\x00", "\x07", "\x1b", "\u202e", "\x85"])
def test_invisible_characters_are_refused_where_they_stand(bad: str) -> None:
    faults = faults_of(f"{HEADER}\nA,Xã A,xã,VL,,\nB,Xã{bad}B,xã,VL,,\n")
    assert [(fault.row, fault.column) for fault in faults] == [(3, "name")]


def test_results_take_one_column_per_field() -> None:
    heading = "round_code,round_name,year,level,unit_code,achieved,maximum,index,field_1,Lĩnh vực 12"
    table = read(f"{heading}\n2023,Năm 2023,2023,commune,X001,80,100,80,9.5,7\n", "results")
    assert table.columns[-2:] == ("field_1", "field_12")
    assert faults_of(f"{heading},field_01\n{'1,' * 10}1\n", "results")[0].column == "field_01"


# Faults


def test_a_fault_says_its_place() -> None:
    message = M("Must not be empty; fill it in")
    assert str(Fault(3, "name", message).sentence) == "Row 3, column “name”: Must not be empty; fill it in"
    assert str(Fault(3, None, message).sentence).startswith("Row 3: ")
    assert str(Fault(None, "name", message).sentence).startswith("Column “name”: ")
    assert Fault(None, None, message).sentence == message


def test_many_faults_are_counted_and_the_first_are_shown() -> None:
    faults = Faults()
    for row in range(MAX_FAULTS + 5):
        faults.add(row, None, M("x"))
    with pytest.raises(FileFault) as caught:
        faults.raise_if_any()
    assert len(caught.value.faults) == MAX_FAULTS
    assert caught.value.sentences[-1].params == {"count": 5}
    Faults().raise_if_any()
