"""Files as people send them, imported as the command imports them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pytest

from i18n import render
from services.imports import Options, Report, run
from services.tabular import Fault, FileFault
from tests.support.tables import workbook

Row = Sequence[object]


def as_csv(header: str, *rows: Row, delimiter: str = ",") -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(header.split(","))
    writer.writerows(rows)
    return out.getvalue().encode()


def as_xlsx(header: str, *rows: Row) -> bytes:
    return workbook([header.split(","), *rows])


def take(kind: str, content: bytes, *, dry_run: bool = False, author: str = "", **options: Any) -> Report:
    return run(kind, io.BytesIO(content), Options(**options), dry_run=dry_run, author=author)


def refused(kind: str, content: bytes, **options: Any) -> list[Fault]:
    """Import what must be refused; every fault has a sentence in Vietnamese that leaves no English behind."""
    with pytest.raises(FileFault) as caught:
        take(kind, content, **options)
    for fault in caught.value.faults:
        assert render(fault.message) != str(fault.message), f"no Vietnamese for {fault.message.id!r}"
    return caught.value.faults


def places(faults: Sequence[Fault]) -> list[tuple[int | None, str | None]]:
    return [(fault.row, fault.column) for fault in faults]
