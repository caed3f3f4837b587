"""A person with a workbook: downloads it, types into its cells with another library than ours, uploads it, decides, applies."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from typing import Any

import openpyxl
from flask.testing import FlaskClient
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from werkzeug.test import TestResponse

from tests.support.world import token

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: The row of the hidden names of the columns, counted as the spreadsheet does.
NAMES_ROW = 3


@dataclass
class Book:
    """A workbook in somebody's hands; rows are found by the item's code (and the unit's), columns by their hidden names."""

    book: Workbook

    @classmethod
    def of(cls, data: bytes) -> Book:
        return cls(openpyxl.load_workbook(io.BytesIO(data)))

    @property
    def sheet(self) -> Worksheet:
        return self.book.worksheets[0]

    @property
    def columns(self) -> dict[str, int]:
        found = {str(cell.value): cell.column for cell in self.sheet[NAMES_ROW] if cell.value}
        return {("key" if name == "parindex:key" else name): column for name, column in found.items()}

    def row(self, code: str, unit: str = "") -> int:
        columns = self.columns
        for number in range(NAMES_ROW + 2, self.sheet.max_row + 1):
            here = self.sheet.cell(number, columns["code"]).value
            there = self.sheet.cell(number, columns["unit"]).value if "unit" in columns else ""
            if (here, there) == (code, unit) and self.sheet.cell(number, columns["key"]).value:
                return number
        raise LookupError((code, unit))

    def cell(self, code: str, name: str, unit: str = "") -> Any:
        return self.sheet.cell(self.row(code, unit), self.columns[name])

    def put(self, cells: Mapping[tuple[str, ...], Any]) -> Book:
        """Type values: (code, column) or (code, column, unit) -> value; None empties."""
        for place, value in cells.items():
            self.cell(*place).value = value
        return self

    def place(self, code: str, name: str, unit: str = "") -> str:
        return str(self.cell(code, name, unit).coordinate)

    @property
    def bytes(self) -> bytes:
        file = io.BytesIO()
        self.book.save(file)
        return file.getvalue()


@dataclass
class Desk:
    """Somebody signed in at the workbook page of one form or field."""

    client: FlaskClient
    url: str

    def download(self) -> Book:
        return Book.of(self.raw())

    def raw(self) -> bytes:
        answer = self.client.get(f"{self.url}.xlsx")
        assert answer.status_code == 200, text(answer)
        assert answer.mimetype == XLSX
        return answer.data

    def upload(self, file: Book | bytes, name: str = "phieu.xlsx") -> TestResponse:
        data = file if isinstance(file, bytes) else file.bytes
        return self.client.post(
            self.url,
            data={"csrf_token": token(self.client, "/password"), "file": (io.BytesIO(data), name)},
            content_type="multipart/form-data",
        )

    def apply(self, page: TestResponse, **choices: str) -> TestResponse:
        """Confirm a preview; ``choices``: key of a conflict -> keep or take."""
        return self.apply_signed(signed(page), **choices)

    def apply_signed(self, parcel: str, **choices: str) -> TestResponse:
        data = {f"choice:{key}": word for key, word in choices.items()}
        return self.client.post(
            f"{self.url}/apply", data={**data, "signed": parcel, "csrf_token": token(self.client, "/password")}
        )

    def fill(self, file: Book | bytes, **choices: str) -> TestResponse:
        """Upload and confirm; both must succeed."""
        page = self.upload(file)
        assert page.status_code == 200, text(page)
        answer = self.apply(page, **choices)
        assert answer.status_code == 302, text(answer)
        return answer


def signed(page: TestResponse) -> str:
    found = re.search(r'name="signed" value="([^"]+)"', page.get_data(as_text=True))
    assert found, text(page)
    return found[1]


def can_apply(page: TestResponse) -> bool:
    return 'name="signed"' in page.get_data(as_text=True)


def text(page: TestResponse) -> str:
    """Return the words of a page."""
    body = page.get_data(as_text=True)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body[body.find("<main") :])).split())


def counts(page: TestResponse) -> tuple[int, int, int, int]:
    """Return the head of a preview: faults, conflicts, changes, as before."""
    found = re.findall(r"<li><b>(\d+)</b>", page.get_data(as_text=True))
    assert len(found) == 4, text(page)
    faults, conflicts, changes, unchanged = map(int, found)
    return faults, conflicts, changes, unchanged


def keys(page: TestResponse) -> list[str]:
    """Return the keys of the conflicts to decide."""
    return list(dict.fromkeys(re.findall(r'name="choice:([^"]+)"', page.get_data(as_text=True))))
