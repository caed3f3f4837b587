"""Files as people send them, read as the imports read them."""

from __future__ import annotations

import io
from collections.abc import Sequence

import openpyxl
import pytest

from services.tabular import LAYOUTS, Fault, FileFault, Table, read_table

HEADER = "code,name,kind,parent_code,valid_from,valid_to"


def read(content: str | bytes, layout: str = "units") -> Table:
    data = content.encode() if isinstance(content, str) else content
    return read_table(io.BytesIO(data), LAYOUTS[layout])


def faults_of(content: str | bytes, layout: str = "units") -> list[Fault]:
    with pytest.raises(FileFault) as caught:
        read(content, layout)
    return caught.value.faults


def workbook(rows: Sequence[Sequence[object]], *, skip_rows: int = 0) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    for number, row in enumerate(rows, start=1 + skip_rows):
        for column, value in enumerate(row, start=1):
            sheet.cell(number, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()
