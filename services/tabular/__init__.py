"""Tables in and out: CSV and XLSX files read by layout into checked rows; exports that spreadsheets open right."""

from services.tabular.cells import RowCells
from services.tabular.faults import Fault, Faults, FileFault
from services.tabular.layouts import LAYOUTS, Layout
from services.tabular.reading import Row, Table, read_table
from services.tabular.writing import (
    CSV_TYPE,
    DOCX_TYPE,
    PDF_TYPE,
    XLSX_TYPE,
    Column,
    Kind,
    download_headers,
    write_csv,
    write_xlsx,
)

__all__ = [
    "CSV_TYPE",
    "DOCX_TYPE",
    "LAYOUTS",
    "PDF_TYPE",
    "XLSX_TYPE",
    "Column",
    "Fault",
    "Faults",
    "FileFault",
    "Kind",
    "Layout",
    "Row",
    "RowCells",
    "Table",
    "download_headers",
    "read_table",
    "write_csv",
    "write_xlsx",
]
