"""Writing tables: CSV as a stream, XLSX with real numbers and dates; nothing in them can run as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import IO
from urllib.parse import quote

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from services.tabular.limits import MAX_CELL_TEXT

#: Vietnam has one time zone and no summer time.
VIETNAM_TIME = dt.timezone(dt.timedelta(hours=7))

#: What a spreadsheet may take for a formula at the start of a text, full-width signs included.
_RUNS = "[=+\\-@\t\r\n\x00＝＋－＠]"
_DANGEROUS = re.compile(f"'*{_RUNS}")
#: A text that write_csv protected; the reader takes one apostrophe away, so that a round trip changes nothing.
NEUTRALISED = re.compile(f"'+{_RUNS}")
#: Characters that no XML file may hold.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CSV_BATCH_BYTES = 32 * 1024
_ILLEGAL_IN_SHEET_NAME = re.compile(r"[\[\]:*?/\\]")
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PDF_TYPE = "application/pdf"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_EXTENSIONS = {CSV_TYPE: "csv", XLSX_TYPE: "xlsx", PDF_TYPE: "pdf", DOCX_TYPE: "docx"}


class Kind(StrEnum):
    """What a column holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    DATETIME = "datetime"


@dataclass(frozen=True, slots=True)
class Column:
    """One column of an export.

    ``title`` is in the reader's language, ``places`` are those shown of decimals, ``width`` is in characters.
    """

    key: str
    title: str
    kind: Kind = Kind.TEXT
    places: int = 2
    width: int | None = None


_WIDTHS = {Kind.TEXT: 32, Kind.INTEGER: 10, Kind.DECIMAL: 12, Kind.DATE: 12, Kind.DATETIME: 18}


def could_run(text: str) -> bool:
    """Tell whether a spreadsheet could take this text for a formula."""
    return _DANGEROUS.match(text) is not None


def neutralise(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could take for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def write_csv(
    columns: Sequence[Column], rows: Iterable[Sequence[object]], *, as_of: str | None = None
) -> Iterator[bytes]:
    """Give a CSV file piece by piece: UTF-8 with a byte order mark, commas, CRLF, decimals with a point, ISO dates.

    ``rows`` hold their values in the order of ``columns``; None is an empty cell. ``as_of`` is a line above the
    headings that says what the figures are and of when.
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write("\ufeff")
    if as_of is not None:
        writer.writerow([neutralise(as_of)])
    writer.writerow([neutralise(column.title) for column in columns])
    for row in rows:
        writer.writerow([_csv_cell(column, value) for column, value in zip(columns, row, strict=True)])
        if buffer.tell() >= _CSV_BATCH_BYTES:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _csv_cell(column: Column, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{_padded(value, column.places):f}"
    if isinstance(value, dt.datetime):
        return _local(value).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, int):
        return str(int(value))
    return neutralise(printable(value))


def printable(value: object) -> str:
    """Return text with plain line ends and without what no file can hold."""
    return _NOT_XML.sub("", str(value).replace("\r\n", "\n").replace("\r", "\n"))


def _padded(value: Decimal, places: int) -> Decimal:
    """Show at least ``places`` decimals; what has more keeps them: an export never rounds."""
    if -int(value.as_tuple().exponent) >= places:
        return value
    return value.quantize(Decimal(1).scaleb(-places))


def write_xlsx(
    title: str, columns: Sequence[Column], rows: Iterable[Sequence[object]], *, as_of: str | None = None
) -> IO[bytes]:
    """Write a workbook of one sheet to a temporary file and return it, rewound; closing it removes it.

    Numbers, dates and text keep their kind. ``as_of`` is a line above the headings that says what the figures are and
    of when. Rows are written one by one, so memory does not grow with them.
    """
    file = tempfile.TemporaryFile()  # noqa: SIM115 - handed to the caller, who streams and closes it
    # Every cell is written by its kind (write_string and so on): no text is ever taken for a formula or a link.
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet = book.add_worksheet(sheet_name(title))
    header_row = 0 if as_of is None else 1
    for position, column in enumerate(columns):
        sheet.set_column(position, position, column.width or max(_WIDTHS[column.kind], len(column.title) + 3))
    if as_of is not None:
        sheet.write_string(0, 0, as_of, book.add_format({"italic": True}))
    heading = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for position, column in enumerate(columns):
        sheet.write_string(header_row, position, column.title, heading)
    formats = _Formats(book, columns)
    last = header_row
    for last, row in enumerate(rows, start=header_row + 1):
        for position, (column, value) in enumerate(zip(columns, row, strict=True)):
            if value is not None:
                _write_cell(sheet, last, position, value, formats, column)
    sheet.freeze_panes(header_row + 1, 0)
    sheet.autofilter(header_row, 0, last, len(columns) - 1)
    book.close()
    file.seek(0)
    return file


class _Formats:
    """The cell formats of one workbook."""

    def __init__(self, book: Workbook, columns: Sequence[Column]) -> None:
        self.text = book.add_format({"valign": "top", "text_wrap": True})
        self.quoted = book.add_format({"valign": "top", "text_wrap": True, "quote_prefix": True})
        self.integer = book.add_format({"num_format": "0"})
        self.date = book.add_format({"num_format": "dd/mm/yyyy"})
        self.datetime = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self.decimals: dict[int, Format] = {}
        for places in {column.places for column in columns}:
            self.decimals[places] = book.add_format({"num_format": f"0.{'0' * places}" if places else "0"})


def _write_cell(sheet: Worksheet, row: int, position: int, value: object, formats: _Formats, column: Column) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(row, position, float(value), formats.decimals[column.places])
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, position, _local(value), formats.datetime)
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, position, value, formats.date)
    elif isinstance(value, int):
        sheet.write_number(row, position, int(value), formats.integer)
    else:
        text = printable(value)
        if len(text) > MAX_CELL_TEXT:
            text = text[: MAX_CELL_TEXT - 1] + "…"
        # The mark that Excel itself keeps for "this is text": editing the cell does not wake a formula.
        sheet.write_string(row, position, text, formats.quoted if _DANGEROUS.match(text) else formats.text)


def _local(moment: dt.datetime) -> dt.datetime:
    """Return the time on a Vietnamese clock, without zone, as spreadsheets want it; naive times are that already."""
    return moment if moment.tzinfo is None else moment.astimezone(VIETNAM_TIME).replace(tzinfo=None)


def sheet_name(title: str) -> str:
    """Make a name Excel takes for a sheet: at most 31 characters, none of the seven it refuses."""
    plain = _NOT_XML.sub("", _ILLEGAL_IN_SHEET_NAME.sub(" ", title))
    name = " ".join(plain.split())[:31].strip("' ")
    return "Sheet1" if not name or name.casefold() == "history" else name


def download_headers(ascii_name: str, title: str, content_type: str = XLSX_TYPE) -> dict[str, str]:
    """Return the headers of a download under a plain name and, for browsers that know RFC 5987, a Vietnamese one.

    Names come without extension; the content type gives it.
    """
    extension = _EXTENSIONS[content_type]
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", ascii_name).strip("-.") or "export"
    full = re.sub(r'[\x00-\x1f\x7f"*/:<>?\\|\u202a-\u202e\u2066-\u2069\ud800-\udfff]+', " ", title).strip(" .") or plain
    return {
        "Content-Type": content_type,
        "Content-Disposition": (
            f"attachment; filename=\"{plain}.{extension}\"; filename*=UTF-8''{quote(f'{full}.{extension}', safe='')}"
        ),
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
