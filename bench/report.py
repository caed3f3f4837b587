"""The table of the measurements, printed and kept in ``docs/performance.md``."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured by make bench -->", "<!-- end of what make bench wrote -->"
TARGET = 2.0
KIB = 1024


@dataclass(frozen=True)
class Line:
    """One page or act: seconds, statements and bytes, of the product and of the bare view."""

    name: str
    product: float
    bare: float
    product_statements: int
    bare_statements: int
    product_size: int
    bare_size: int

    @property
    def ratio(self) -> float:
        return self.product / self.bare

    def cells(self) -> tuple[str, ...]:
        return (
            self.name,
            f"{self.product * 1000:.1f}",
            f"{self.bare * 1000:.1f}",
            f"{self.ratio:.1f}{' (!)' if self.ratio > TARGET else ''}",
            f"{self.product_statements} / {self.bare_statements}",
            f"{self.product_size / KIB:.0f} / {self.bare_size / KIB:.0f}",
        )


HEADINGS = (
    "Page or act",
    "product, ms",
    "bare, ms",
    "ratio",
    "statements, product / bare",
    "answer, KiB, product / bare",
)


def table(lines: Sequence[Line], memory: tuple[int, int] | None) -> str:
    """Write the table in Markdown, and what a worker needs in memory."""
    rows = [HEADINGS, tuple("---" for _ in HEADINGS), *(line.cells() for line in lines)]
    text = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    if memory is not None:
        ours, theirs = (kib / KIB for kib in memory)
        text += f"\n\nMemory of a worker that has served each page three times: product {ours:.0f} MiB, bare {theirs:.0f} MiB."
    return text


def write(lines: Sequence[Line], memory: tuple[int, int] | None) -> None:
    """Put the table into the documentation, between its marks."""
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    taken = f"Measured on {datetime.now(tz=UTC):%Y-%m-%d} with Python {platform.python_version()} and PostgreSQL 15."
    DOCUMENT.write_text(f"{before}{BEGIN}\n\n{taken}\n\n{table(lines, memory)}\n\n{END}{after}", encoding="utf-8")
