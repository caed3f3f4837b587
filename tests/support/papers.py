"""Reading papers back: the cells of a tagged PDF and of a DOCX, and those of the table on a screen."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import Any

from docx import Document
from flask.testing import FlaskClient

from tools import poppler

_TEXT = re.compile(r'^\s*"(.*)"$')
_TAG_LINE = re.compile(r"^(\s*)([A-Z][A-Za-z0-9]*)\b")
_HTML_ROW = re.compile(r"<tr[^>]*>(.*?)</tr>", re.DOTALL)
_HTML_CELL = re.compile(r"<t[dh][^>]*>(.*?)</t[dh]>", re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


def paper(client: FlaskClient, path: str, status: int = 200) -> bytes:
    """Fetch a paper."""
    answer = client.get(path)
    assert answer.status_code == status, f"{path}: {answer.status_code}"
    return answer.get_data()


def pdf_text(data: bytes) -> str:
    """Return the words of a PDF in the order of reading."""
    return poppler.read("pdftotext", data, "-enc", "UTF-8")


def pdf_rows(data: bytes) -> list[list[str]]:
    """Return the cells of the tables of a tagged PDF, row by row, from its tags: what a screen reader speaks."""
    rows: list[list[str]] = []
    depth = None  # how far the present cell stands in
    for line in poppler.read("pdfinfo", data, "-struct-text").splitlines():
        if text := _TEXT.match(line):
            if depth is not None:
                rows[-1][-1] += " " + text.group(1)
        elif tag := _TAG_LINE.match(line):
            if tag.group(2) == "TR":
                rows.append([])
            if tag.group(2) in ("TH", "TD"):
                rows[-1].append("")
                depth = len(tag.group(1))
            elif depth is not None and len(tag.group(1)) <= depth:
                depth = None
    return [[squeeze(cell) for cell in row] for row in rows]


def docx_rows(data: bytes) -> list[list[str]]:
    """Return the cells of the tables of a DOCX file, each merged cell once."""
    tables = Document(io.BytesIO(data)).tables
    rows = [row for table in tables for row in table._tbl.tr_lst]
    return [[squeeze(" ".join(_words(cell))) for cell in row.tc_lst] for row in rows]


def docx_text(data: bytes) -> str:
    """Return the words of a DOCX file, in its order."""
    return "\n".join(_words(Document(io.BytesIO(data)).element.body))


def _words(element: Any) -> list[str]:
    found = []
    for paragraph in element.iter("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}p"):
        parts = []
        for node in paragraph.iter():
            kind = node.tag.rpartition("}")[2]
            parts.append(node.text or "" if kind == "t" else "\n" if kind == "br" else "")
        found.append("".join(parts))
    return found


def screen_rows(page: str) -> list[list[str]]:
    """Return the cells of the tables of a page, row by row, as they are read."""
    return [
        [squeeze(unescape(_TAG.sub(" ", cell))) for cell in _HTML_CELL.findall(row)] for row in _HTML_ROW.findall(page)
    ]


def squeeze(text: str) -> str:
    """Return a text with single spaces."""
    return " ".join(text.split())


def by_first(rows: list[list[str]]) -> dict[str, list[str]]:
    """Return the rows by their first cell; of equal ones the first."""
    found: dict[str, list[str]] = {}
    for row in rows:
        if row:
            found.setdefault(row[0], row)
    return found
