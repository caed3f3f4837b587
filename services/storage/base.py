"""What every storage of files can do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Protocol


class Missing(Exception):
    """Nothing is stored under this key."""


class StorageDown(OSError):
    """The storage does not answer, or cannot take more."""


@dataclass(frozen=True, slots=True)
class Stored:
    """One stored file: its key (the SHA-256 of its bytes), its size in bytes, and when it was last put."""

    key: str
    size: int
    modified: datetime


class Storage(Protocol):
    """Bytes by key. Keys are SHA-256 in hexadecimal letters; a key is put again freely, its bytes are the same."""

    def put(self, source: Path, key: str) -> None:
        """Take a temporary file in: when this returns the bytes survive a crash, and the temporary file is gone."""

    def open(self, key: str) -> BinaryIO:
        """Return the bytes, at their beginning and seekable; raises ``Missing``."""

    def find(self, key: str) -> Stored | None:
        """Tell of a key as ``list`` does, as it is now; None where nothing is stored under it."""

    def delete(self, key: str) -> None:
        """Forget a key; one that is not there is no error."""

    def list(self) -> Iterator[Stored]:
        """Yield everything that is stored."""

    def free(self) -> int | None:
        """Return the free space in bytes; None where the storage does not tell."""
