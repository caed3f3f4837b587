"""What is wrong with a file, as lines that name row, column and remedy."""

from __future__ import annotations

from dataclasses import dataclass

from rules.message import M, Message

#: A person reads a screen of faults, not a hundred thousand; the rest is counted.
MAX_FAULTS = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the row as the spreadsheet counts it (header = 1), the column as its heading reads, the remedy.

    ``row`` is None when the whole file or a whole column is meant, ``column`` when a whole row or the file is meant.
    """

    row: int | None
    column: str | None
    message: Message

    @property
    def sentence(self) -> Message:
        """Say place and remedy in one sentence."""
        if self.row is not None and self.column is not None:
            return M("Row {row}, column “{column}”: {fault}", row=self.row, column=self.column, fault=self.message)
        if self.row is not None:
            return M("Row {row}: {fault}", row=self.row, fault=self.message)
        if self.column is not None:
            return M("Column “{column}”: {fault}", column=self.column, fault=self.message)
        return self.message


class FileFault(Exception):
    """A file that cannot be taken: nothing of it was applied.

    ``faults`` holds the first ``MAX_FAULTS`` in the order of the file, ``total`` how many there are.
    """

    def __init__(self, faults: list[Fault], total: int | None = None) -> None:
        self.faults = faults
        self.total = len(faults) if total is None else total
        super().__init__("; ".join(str(fault.sentence) for fault in faults[:3]))

    @property
    def sentences(self) -> list[Message]:
        """Return the faults as sentences, the last one counting those left out."""
        lines = [fault.sentence for fault in self.faults]
        if self.total > len(self.faults):
            lines.append(M("And {count} more faults of the same file", count=self.total - len(self.faults)))
        return lines


class Faults:
    """Collects faults while a file is read, so that one run shows all of them."""

    def __init__(self) -> None:
        self.found: list[Fault] = []
        self.total = 0

    def add(self, row: int | None, column: str | None, message: Message) -> None:
        """Note one fault."""
        self.total += 1
        if len(self.found) < MAX_FAULTS:
            self.found.append(Fault(row, column, message))

    def raise_if_any(self) -> None:
        """Refuse the file when a fault was found (FileFault)."""
        if self.total:
            raise FileFault(sorted(self.found, key=lambda fault: fault.row or 0), self.total)
