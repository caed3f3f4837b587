"""All the words of what a reader may download: of a paper those printed, of a workbook those of its cells and sheets."""

from __future__ import annotations

import io
import zipfile

import openpyxl

from tests.support.papers import docx_text, pdf_text


def words_of(data: bytes, path: str) -> str:
    """Return the words of an answer. Evidence stays as it was sent: it need not be what its name says."""
    if path.startswith("/files/"):
        return data.decode("utf-8", "replace")
    if data[:5] == b"%PDF-":
        return pdf_text(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            paper = "word/document.xml" in archive.namelist()
        return docx_text(data) if paper else _cells(data)
    return data.decode("utf-8", "replace")


def _cells(data: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    cells = [str(value) for sheet in book for row in sheet.iter_rows(values_only=True) for value in row if value]
    return "\n".join([*book.sheetnames, *cells])
