"""Tables come in whole and clean or not at all, with every fault at its place."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable
from decimal import Decimal

import openpyxl
import pytest
import xlsxwriter

from rules.message import M
from services.tabular import LAYOUTS, Fault, Faults, FileFault, RowCells, Table, read_table
from services.tabular.faults import MAX_FAULTS

UNITS = LAYOUTS["units"]
HEADER = "code,name,kind,parent_code,valid_from,valid_to"


def read(content: str | bytes, layout: str = "units") -> Table:
    data = content.encode() if isinstance(content, str) else content
    return read_table(io.BytesIO(data), LAYOUTS[layout])


def faults_of(content: str | bytes, layout: str = "units") -> list[Fault]:
    with pytest.raises(FileFault) as caught:
        read(content, layout)
    return caught.value.faults


def workbook(rows: list[list[object]], *, skip_rows: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(rows, start=1 + skip_rows):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def one_row(**cells: str) -> tuple[RowCells, Faults]:
    """Read one row of scores with the given cells and nothing else."""
    values = {"round_code": "2024", "unit_code": "S01", "criterion_code": "1.1", "layer": "self"} | cells
    line = ",".join('"' + text.replace('"', '""') + '"' for text in values.values())
    table = read(f"{','.join(values)}\n{line}\n", "scores")
    faults = Faults()
    return RowCells(table, table.rows[0], faults), faults


# Reading CSV


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
    ids="empty heading blank utf16 cp1258 quotes xls zip wide long large".split(),
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


# Reading XLSX


def test_cells_of_a_workbook_read_as_excel_shows_them() -> None:
    values = [0.1, 0.1 + 0.2, 12.0, 3, 1e15, 66.675, True, dt.date(2024, 10, 31), dt.datetime(2024, 10, 31, 7, 30), " ê "]
    heading = [heading.key for heading in LAYOUTS["scores"].headings][: len(values)]
    table = read(workbook([heading, values]), "scores")
    assert list(table.rows[0].cells.values()) == [
        "0.1", "0.3", "12", "3", "1000000000000000", "66.675", "TRUE", "2024-10-31", "2024-10-31 07:30:00", "ê",
    ]  # fmt: skip


def test_rows_of_a_workbook_keep_their_numbers() -> None:
    table = read(workbook([HEADER.split(","), [None], ["A", "Xã A", "xã", "VL"]], skip_rows=2))
    assert [row.number for row in table.rows] == [5]


def test_a_failing_formula_is_named_instead_of_read_as_empty() -> None:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    notes = book.add_worksheet("Ẩn")
    notes.hide()
    notes.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    sheet = book.add_worksheet("Đơn vị")
    sheet.activate()
    sheet.set_first_sheet()
    sheet.write_row(0, 0, HEADER.split(","))
    sheet.write_row(1, 0, ["A", "Xã A", "xã", "VL"])
    sheet.write_row(2, 0, ["B", "Xã B", "xã"])
    sheet.write_formula(2, 3, "=NA()", None, "#N/A")
    book.close()
    assert [(fault.row, fault.column) for fault in faults_of(file.getvalue())] == [(3, "parent_code")]


# Hostile workbooks: the process must outlive them, so each is answered before the reader sees it


def altered(change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> bytes:
    """Take a good workbook, change its parts, add others."""
    good = zipfile.ZipFile(io.BytesIO(workbook([HEADER.split(","), ["A", "Xã A", "xã", "VL"]])))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in good.namelist():
            archive.writestr(name, change(name, good.read(name)))
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return file.getvalue()


def in_sheet(old: bytes, new: bytes) -> bytes:
    def change(name: str, content: bytes) -> bytes:
        if not name.endswith("sheet1.xml"):
            return content
        assert old in content
        return content.replace(old, new)

    return altered(change)


def test_the_workbook_that_is_altered_here_is_good() -> None:
    assert len(read(altered(lambda _name, content: content)).rows) == 1


ENTITIES = b"""<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]><worksheet"""
EXTERNAL = b"""<!DOCTYPE worksheet SYSTEM "http://127.0.0.1:9/x.dtd"><worksheet"""


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="A1048576"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="3"><c r="ZZ3"><v>1</v></c></row></sheetData>'), "beyond"),
        (in_sheet(b"</sheetData>", b'<row r="1048576"><c r="A1"/><c><v>1</v></c></row></sheetData>'), "damaged"),
        (in_sheet(b"</sheetData>", b'<row r="3">' + b"<c/>" * 200 + b"<c><v>1</v></c></row></sheetData>"), "beyond"),
        (in_sheet(b"<worksheet", ENTITIES), "damaged"),
        (in_sheet(b"<worksheet", EXTERNAL), "damaged"),
        (in_sheet(b"</sheetData>", b""), "damaged"),
        (altered(lambda _name, content: content, {f"xl/x{i}.xml": b"<a/>" for i in range(300)}), "too much"),
        (altered(lambda _name, content: content, {"xl/media/a.bin": bytes(30 * 1024 * 1024)}), "too much"),
        (altered(lambda name, content: content if "workbook" in name else b"no xml"), "damaged"),
        (altered(lambda _name, content: content)[:-40], "damaged"),
    ],
    ids="corner deep wide unnamed crowd entities external unclosed entries bomb noise cut".split(),
)
def test_a_hostile_workbook_is_one_clear_fault(content: bytes, word: str) -> None:
    (fault,) = faults_of(content)
    assert word in str(fault.message)


def shared_text(rows: int) -> bytes:
    """Make a workbook whose cells all show one long text that the file holds once."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEADER.split(","))
    for row in range(1, rows + 1):
        sheet.write_row(row, 0, ["A", "x" * 32_000, "xã", "VL"])
    book.close()
    return file.getvalue()


def test_a_shared_text_is_counted_each_time_a_cell_shows_it() -> None:
    assert len(read(shared_text(10)).rows) == 10
    (fault,) = faults_of(shared_text(3_000))
    assert "too much" in str(fault.message)


def test_far_cells_that_only_carry_a_style_do_no_harm() -> None:
    styled = b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>'
    assert len(read(in_sheet(b"</sheetData>", styled)).rows) == 1


def test_the_zip_directory_cannot_lie_about_sizes() -> None:
    content = bytearray(altered(lambda _name, part: part))
    directory = content.rindex(b"xl/worksheets/sheet1.xml") - 46  # the fixed part of an entry stands before its name
    assert content[directory : directory + 4] == b"PK\x01\x02"
    content[directory + 24 : directory + 28] = (1).to_bytes(4, "little")
    (fault,) = faults_of(bytes(content))
    assert "damaged" in str(fault.message)


def test_what_looks_like_another_format_is_not_read_as_one() -> None:
    content = altered(lambda _name, part: part, {"content.xml": b"<x/>", "mimetype": b"application/x"})
    assert len(read(content).rows) == 1


# Typed cells


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


@pytest.mark.parametrize("text", ["[1]", "NaN", '{"a": NaN}', "{", "[" * 5000])
def test_what_is_no_json_object_is_a_fault(text: str) -> None:
    cells, faults = one_row(note=text)
    assert cells.json("note") is None
    assert faults.total == 1


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
