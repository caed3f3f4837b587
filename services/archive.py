"""Judges a zip archive by its directory alone, before anything in it is unpacked: workbooks to import and Office evidence."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum


class Flaw(Enum):
    """What is wrong with an archive."""

    BROKEN = "broken"
    PROTECTED = "protected"
    TOO_BIG = "too_big"


class UnsafeArchive(Exception):
    """The archive is not unpacked."""

    def __init__(self, flaw: Flaw) -> None:
        self.flaw = flaw
        super().__init__(flaw.value)


@dataclass(frozen=True, slots=True)
class Limits:
    """How much an archive may hold; sizes in bytes, ``ratio`` is unpacked to packed."""

    entries: int
    unpacked: int
    ratio: int
    #: Small parts may be packed tightly without harm.
    ratio_free: int


def directory(archive: zipfile.ZipFile, limits: Limits) -> Sequence[zipfile.ZipInfo]:
    """Return the entries of an archive that keeps the limits, or raise ``UnsafeArchive``."""
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UnsafeArchive(Flaw.PROTECTED)
    if len(entries) > limits.entries or sum(entry.file_size for entry in entries) > limits.unpacked:
        raise UnsafeArchive(Flaw.TOO_BIG)
    for entry in entries:
        if entry.file_size > max(limits.ratio_free, entry.compress_size * limits.ratio):
            raise UnsafeArchive(Flaw.TOO_BIG)
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnsafeArchive(Flaw.BROKEN)
    names = {entry.filename for entry in entries}
    if len(names) != len(entries) or "" in names:
        raise UnsafeArchive(Flaw.BROKEN)
    return entries
