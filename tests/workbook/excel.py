"""A workbook as Excel saves it, MADE BY HAND after its OOXML: no Excel stood at hand.

The parts, their order, namespaces and habits are those that Excel writes: ``mc:Ignorable`` with ``x14ac``, ``spans`` and
``x14ac:dyDescent`` on rows, shared strings with rich text runs and phonetic hints, ``t="str"`` and ``<f>`` with cached values,
shared formulas, ``calcChain.xml``, booleans, theme and document properties.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from xml.sax.saxutils import escape

from openpyxl.workbook import Workbook

_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_RELATIONS = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_AC = (
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" mc:Ignorable="x14ac xr xr2 xr3" '
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
    'xmlns:xr="http://schemas.microsoft.com/office/spreadsheetml/2014/revision" '
    'xmlns:xr2="http://schemas.microsoft.com/office/spreadsheetml/2015/revision2" '
    'xmlns:xr3="http://schemas.microsoft.com/office/spreadsheetml/2016/revision3"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006"
_SHEET_ML = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@dataclass
class Formula:
    """A formula with the value that Excel kept of it; None where none was kept."""

    text: str
    cached: float | str | None


def save(book: Workbook) -> bytes:
    """Write the cells of a workbook anew as Excel does; its sheets, their order and which are hidden stay."""
    strings: list[str] = []
    chain: list[str] = []
    parts: dict[str, str] = {}
    for number, sheet in enumerate(book.worksheets, start=1):
        rows = []
        for cells in sheet.iter_rows():
            filled = [cell for cell in cells if cell.value is not None]
            if filled:
                inner = "".join(_cell(cell.coordinate, cell.value, strings, chain, number) for cell in filled)
                rows.append(
                    f'<row r="{cells[0].row}" spans="1:{len(cells)}" ht="45" x14ac:dyDescent="0.25">{inner}</row>'
                )
        parts[f"xl/worksheets/sheet{number}.xml"] = (
            f'{_HEAD}<worksheet {_MAIN} {_RELATIONS} {_AC} xr:uid="{{00000000-0001-0000-0000-00000000000{number}}}">'
            f'<dimension ref="{sheet.dimensions}"/><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
            f'<sheetFormatPr defaultRowHeight="15" x14ac:dyDescent="0.25"/><sheetData>{"".join(rows)}</sheetData>'
            '<sheetProtection sheet="1" objects="1" scenarios="1" formatColumns="0" formatRows="0"/>'
            '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/></worksheet>'
        )
    states = "".join(
        f'<sheet name="{escape(sheet.title)}" sheetId="{n}"'
        f'{" state=" + chr(34) + "hidden" + chr(34) if sheet.sheet_state == "hidden" else ""} r:id="rId{n}"/>'
        for n, sheet in enumerate(book.worksheets, start=1)
    )
    parts["xl/workbook.xml"] = (
        f'{_HEAD}<workbook {_MAIN} {_RELATIONS}><fileVersion appName="xl" lastEdited="7" lowestEdited="7" rupBuild="22228"/>'
        f'<workbookPr defaultThemeVersion="166925"/><sheets>{states}</sheets><calcPr calcId="191029"/></workbook>'
    )
    shared = "".join(_string(text) for text in strings)
    parts["xl/sharedStrings.xml"] = (
        f'{_HEAD}<sst {_MAIN} count="{len(strings)}" uniqueCount="{len(strings)}">{shared}</sst>'
    )
    parts["xl/calcChain.xml"] = f"{_HEAD}<calcChain {_MAIN}>{''.join(chain)}</calcChain>"
    parts["xl/styles.xml"] = (
        f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="1"><fill><patternFill patternType="none"/></fill></fills><borders count="1"><border/></borders>'
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf xfId="0"/></cellXfs></styleSheet>'
    )
    parts["docProps/app.xml"] = (
        f'{_HEAD}<Properties xmlns="{_OFFICE}/extended-properties"><Application>Microsoft Excel</Application></Properties>'
    )
    sheets = range(1, len(book.worksheets) + 1)
    links = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in sheets]
    links += [
        ("rId90", "styles", "styles.xml"),
        ("rId91", "sharedStrings", "sharedStrings.xml"),
        ("rId92", "calcChain", "calcChain.xml"),
    ]
    parts["xl/_rels/workbook.xml.rels"] = _links(links)
    parts["_rels/.rels"] = _links([("rId1", "officeDocument", "xl/workbook.xml")])
    parts["[Content_Types].xml"] = (
        f'{_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET_ML}.sheet.main+xml"/></Types>'
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "_rels/.rels", *(n for n in parts if n.startswith(("xl/", "docProps/")))):
            archive.writestr(name, parts[name])
    return file.getvalue()


def _cell(place: str, value: object, strings: list[str], chain: list[str], sheet: int) -> str:
    if isinstance(value, Formula):
        chain.append(f'<c r="{place}" i="{sheet}" l="1"/>')
        kind = ' t="str"' if isinstance(value.cached, str) else ""
        kept = "" if value.cached is None else f"<v>{escape(str(value.cached))}</v>"
        return f'<c r="{place}"{kind}><f t="shared" ref="{place}" si="0">{escape(value.text)}</f>{kept}</c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{place}" s="0"><v>{value!r}</v></c>'
    strings.append(str(value))
    return f'<c r="{place}" s="0" t="s"><v>{len(strings) - 1}</v></c>'


def _string(text: str) -> str:
    """Write every third string in two rich text runs with a phonetic hint, which is no part of the text."""
    body = escape(text).replace("\n", "\r\n")
    if len(text) % 3 or len(text) < 2:
        return f'<si><t xml:space="preserve">{body}</t></si>'
    first, rest = escape(text[:1]), escape(text[1:]).replace("\n", "\r\n")
    return (
        f'<si><r><rPr><b/><sz val="11"/></rPr><t xml:space="preserve">{first}</t></r>'
        f'<r><t xml:space="preserve">{rest}</t></r><rPh sb="0" eb="1"><t>カナ</t></rPh></si>'
    )


def _links(links: list[tuple[str, str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{id_}" Type="{_OFFICE}/relationships/{kind}" Target="{target}"/>'
        for id_, kind, target in links
    )
    return f'{_HEAD}<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{inner}</Relationships>'
