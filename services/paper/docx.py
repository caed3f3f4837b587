"""A paper as DOCX, to be worked on further: the same texts, margins, heads and repeated headings as the PDF.

Tables are written as XML elements: python-docx looks a cell up anew for each access, which a form of 76 leaves makes slow.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from services.paper.model import MOTTO, STATE_NAME, Align, Block, Head, Kind, Look, Paper, Row, Signature, Table

FONT = "Times New Roman"
#: Twentieths of a point in a millimetre.
TWIPS = 56.7
_CENTRE = "center"
_MARGINS = {"top_margin": 20, "bottom_margin": 20, "left_margin": 30, "right_margin": 15}
#: Widths in millimetres of the lines under the motto and under the agency.
_MOTTO_LINE, _AGENCY_LINE = 62, 22


def write_docx(paper: Paper, made_at: datetime) -> bytes:
    """Write a paper."""
    paper = paper.clean()
    document = Document()
    _set_up(document, paper, made_at)
    body = document.element.body
    end = body.sectPr
    for element in _elements(paper):
        end.addprevious(element)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _set_up(document: Any, paper: Paper, made_at: datetime) -> None:
    properties = document.core_properties
    properties.title, properties.language = paper.title[:255], "vi-VN"
    properties.author = paper.head.agency[:255] if paper.head is not None else ""
    properties.comments, properties.created, properties.modified = "", made_at, made_at
    for name, size in (("Normal", 13), ("Heading 1", 14), ("Heading 2", 13)):
        style = document.styles[name]
        style.font.name, style.font.size = FONT, Pt(size)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        for script in ("ascii", "hAnsi", "eastAsia", "cs"):
            fonts.set(qn(f"w:{script}"), FONT)
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(0), Pt(6)
        style.paragraph_format.line_spacing = 1.0
        if name != "Normal":
            style.font.bold, style.font.color.rgb = True, None
            for color in style.element.rPr.findall(qn("w:color")):
                style.element.rPr.remove(color)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "vi-VN")
    section = document.sections[0]
    sides = (Mm(297), Mm(210)) if paper.landscape else (Mm(210), Mm(297))
    section.orientation = WD_ORIENT.LANDSCAPE if paper.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = sides
    for name, width in _MARGINS.items():
        setattr(section, name, Mm(width))
    section.header_distance = section.footer_distance = Mm(10)
    # The number stands in the middle above the text, from the second page on.
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple", {qn("w:instr"): "PAGE"})
    field.append(_run("2"))
    number._p.append(field)  # noqa: SLF001 - python-docx has no fields of its own
    for foot in (section.footer, section.first_page_footer):
        foot.paragraphs[0]._p.append(_run(paper.foot, size=9))  # noqa: SLF001 - one way to write a run


# The parts of a paper, in their order


def _elements(paper: Paper) -> Iterable[Any]:
    width = (297 if paper.landscape else 210) - 45
    if paper.head is not None:
        yield _head(paper.head, width, landscape=paper.landscape)
        yield _paragraph("")
    if paper.mark:
        yield _paragraph(paper.mark, align=_CENTRE, bold=True, after=12, border=True)
    yield _paragraph("\n".join(paper.titles), style="Heading1", align=_CENTRE, keep=True)
    if paper.under:
        yield _paragraph(paper.under, align=_CENTRE, italic=True, keep=True)
    yield _ruled(width, 30) if paper.head is not None else _paragraph("")
    for number, block in enumerate(paper.blocks, start=1):
        yield from _block(block, width, tail=number == len(paper.blocks))
    for block in paper.closing:
        yield from _block(block, width, keep=True)
    if paper.signatures:
        yield _paragraph("", keep=True)
        yield _signatures(paper, width)


def _block(block: Block, width: float, *, keep: bool = False, tail: bool = False) -> Iterable[Any]:
    """Write a block; ``keep`` holds all of it to what follows, ``tail`` the end of a table, which goes with the signatures."""
    if isinstance(block, Table):
        yield _table(block, width, keep=keep, tail=tail)
        yield _paragraph("", size=6, keep=keep or tail)
    elif block.kind is Kind.HEADING:
        yield _paragraph(block.text, style="Heading2", keep=True)
    else:
        note = block.kind is Kind.NOTE
        loose = note or "\n" in block.text  # a line that ends before its time must not be stretched
        yield _paragraph(
            block.text, align="left" if loose else "both", italic=note, size=11.5 if note else None, keep=keep
        )


def _head(head: Head, width: float, *, landscape: bool) -> Any:
    left = width * (0.5 if landscape else 0.42)
    right = width - left
    issuer = [
        *([_paragraph(head.superior.upper(), align=_CENTRE, size=12, after=0)] if head.superior else []),
        _paragraph(head.agency.upper(), align=_CENTRE, size=12, bold=True, after=0),
        _ruled(left - 4, _AGENCY_LINE),
    ]
    state = [
        _paragraph(STATE_NAME, align=_CENTRE, size=12, bold=True, after=0),
        _paragraph(MOTTO, align=_CENTRE, size=13, bold=True, after=0),
        _ruled(right - 4, _MOTTO_LINE),
    ]
    below = [
        [_paragraph(head.number, align=_CENTRE, after=0)],
        [_paragraph(head.place_date, align=_CENTRE, italic=True, after=0)],
    ]
    return _grid([left, right], [[issuer, state], below])


def _signatures(paper: Paper, width: float) -> Any:
    cells: list[list[Any]] = []
    if paper.recipients:
        # One paragraph a line, so that each stands flush left.
        cells.append(
            [
                _paragraph("Nơi nhận:", size=12, bold=True, italic=True, after=0, keep=True),
                *(_paragraph(one, size=11, after=0) for one in paper.recipients),
            ]
        )
    cells += [_signature(one) for one in paper.signatures]
    if len(cells) == 1:
        cells.insert(0, [_paragraph("")])
    return _grid([width / len(cells)] * len(cells), [cells])


def _signature(one: Signature) -> list[Any]:
    lines = [_paragraph(one.title.upper(), align=_CENTRE, bold=True, after=0, keep=True)]
    if one.hint:
        lines.append(_paragraph(one.hint, align=_CENTRE, italic=True, after=0, keep=True))
    if one.notes:
        lines.append(_paragraph("\n".join(one.notes), align=_CENTRE, size=11.5, before=8, after=20, keep=True))
    else:
        lines += [_paragraph("", keep=True) for _ in range(3)]
    return [*lines, _paragraph(one.name, align=_CENTRE, bold=True, after=0)]


# Tables


def _table(table: Table, width: float, *, keep: bool = False, tail: bool = False) -> Any:
    total = sum(column.share for column in table.columns)
    widths = [width * column.share / total for column in table.columns]
    element = _table_element(widths, borders=True)
    titles = [
        _cell([_text_of(c.title, Align.CENTRE, table.size, bold=True, keep=True)], w, middle=True)
        for c, w in _zip(table, widths)
    ]
    element.append(_tr(titles, header=True, whole=True))
    last = len(table.rows) - 1
    for number, row in enumerate(table.rows):
        element.append(
            _row(
                row,
                table,
                widths,
                keep=keep or (tail and number > last - 2) or (row.look in (Look.FIELD, Look.GROUP) and number < last),
            )
        )
    return element


def _zip(table: Table, widths: Sequence[float]) -> Iterable[tuple[Any, float]]:
    return zip(table.columns, widths, strict=True)


def _row(row: Row, table: Table, widths: Sequence[float], *, keep: bool) -> Any:
    cells = []
    bold, italic = row.look in (Look.FIELD, Look.TOTAL), row.look is Look.GROUP
    for number, text in enumerate(row.cells):
        place = number and number + row.span - 1
        span = 1 if number else row.span
        content = _text_of(text, table.columns[place].align, table.size, bold=bold, italic=italic, keep=keep)
        fill = "EBEBEB" if row.look is Look.FIELD else ""
        cells.append(_cell([content], sum(widths[place : place + span]), span=span, fill=fill))
    return _tr(cells, whole=row.whole)


def _text_of(
    text: str, align: Align, size: float, *, bold: bool = False, italic: bool = False, keep: bool = False
) -> Any:
    return _paragraph(text, align=align.value, bold=bold, italic=italic, size=size, after=0, keep=keep)


def _grid(widths: Sequence[float], rows: Sequence[Sequence[list[Any]]]) -> Any:
    """Return a table without lines that only sets texts side by side."""
    element = _table_element(widths, borders=False)
    for row in rows:
        element.append(_tr([_cell(cell, width) for cell, width in zip(row, widths, strict=True)], whole=True))
    return element


def _table_element(widths: Sequence[float], *, borders: bool) -> Any:
    element = OxmlElement("w:tbl")
    properties = _add(element, "w:tblPr")
    _add(properties, "w:tblW", type="dxa", w=_twips(sum(widths)))
    if borders:
        lines = _add(properties, "w:tblBorders")
        for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
            _add(lines, f"w:{side}", val="single", sz="4", space="0", color="000000")
    _add(properties, "w:tblLayout", type="fixed")
    margins = _add(properties, "w:tblCellMar")
    for side, width in (("top", 0.6), ("left", 1), ("bottom", 0.6), ("right", 1)):
        _add(margins, f"w:{side}", w=_twips(width if borders or side in ("left", "right") else 0), type="dxa")
    grid = _add(element, "w:tblGrid")
    for width in widths:
        _add(grid, "w:gridCol", w=_twips(width))
    return element


def _tr(cells: Iterable[Any], *, header: bool = False, whole: bool = False) -> Any:
    element = OxmlElement("w:tr")
    properties = _add(element, "w:trPr")
    if whole:
        _add(properties, "w:cantSplit")
    if header:
        _add(properties, "w:tblHeader")
    for cell in cells:
        element.append(cell)
    return element


def _cell(content: list[Any], width: float, *, span: int = 1, fill: str = "", middle: bool = False) -> Any:
    element = OxmlElement("w:tc")
    properties = _add(element, "w:tcPr")
    _add(properties, "w:tcW", w=_twips(width), type="dxa")
    if span > 1:
        _add(properties, "w:gridSpan", val=str(span))
    if fill:
        _add(properties, "w:shd", val="clear", color="auto", fill=fill)
    if middle:
        _add(properties, "w:vAlign", val="center")
    for one in content:
        element.append(one)
    return element


# Paragraphs


def _paragraph(
    text: str,
    *,
    style: str = "",
    align: str = "left",
    bold: bool = False,
    italic: bool = False,
    size: float | None = None,
    before: float = 0,
    after: float | None = None,
    keep: bool = False,
    border: bool = False,
) -> Any:
    element = OxmlElement("w:p")
    properties = _add(element, "w:pPr")
    if style:
        _add(properties, "w:pStyle", val=style)
    if keep:
        _add(properties, "w:keepNext")
    if border:
        lines = _add(properties, "w:pBdr")
        for side in ("top", "left", "bottom", "right"):
            _add(lines, f"w:{side}", val="single", sz="6", space="4", color="000000")
    if before or after is not None:
        _add(properties, "w:spacing", before=str(int(before * 20)), after=str(int((after or 0) * 20)))
    if border:
        _add(properties, "w:ind", left=_twips(25), right=_twips(25))
    if align != "left":
        _add(properties, "w:jc", val=align)
    if text:
        element.append(_run(text, bold=bold, italic=italic, size=size))
    elif size is not None:
        _add(_add(properties, "w:rPr"), "w:sz", val=str(int(size * 2)))
    return element


def _run(text: str, *, bold: bool = False, italic: bool = False, size: float | None = None) -> Any:
    element = OxmlElement("w:r")
    properties = _add(element, "w:rPr")
    if bold:
        _add(properties, "w:b")
    if italic:
        _add(properties, "w:i")
    if size is not None:
        _add(properties, "w:sz", val=str(int(size * 2)))
        _add(properties, "w:szCs", val=str(int(size * 2)))
    for number, line in enumerate(text.split("\n")):
        if number:
            _add(element, "w:br")
        for part, piece in enumerate(line.split("\t")):
            if part:
                _add(element, "w:tab")
            written = OxmlElement("w:t")
            written.text = piece
            written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            element.append(written)
    return element


def _ruled(width: float, length: float) -> Any:
    """Return an empty line whose upper border is a rule of ``length`` millimetres in the middle of ``width``."""
    element = OxmlElement("w:p")
    properties = _add(element, "w:pPr")
    _add(_add(properties, "w:pBdr"), "w:top", val="single", sz="6", space="1", color="000000")
    _add(properties, "w:spacing", before="40", after="60", line="120", lineRule="exact")
    side = _twips(max(0, (width - length) / 2))
    _add(properties, "w:ind", left=side, right=side)
    _add(_add(properties, "w:rPr"), "w:sz", val="8")
    return element


def _add(parent: Any, tag: str, **attributes: str) -> Any:
    element = OxmlElement(tag, {qn(f"w:{name}"): value for name, value in attributes.items()} or None)
    parent.append(element)
    return element


def _twips(millimetres: float) -> str:
    return str(round(millimetres * TWIPS))
