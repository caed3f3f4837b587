"""Files in a folder of the server: ``<first two letters>/<sha256>``, written aside, synced, then renamed."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from services.storage.base import Missing, Stored

_KEY = re.compile(r"[0-9a-f]{64}")


class FolderStorage:
    """The default storage. ``put`` expects its temporary file on the same disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a key: {key!r}")
        return self.folder / key[:2] / key

    def put(self, source: Path, key: str) -> None:
        path = self._path(key)
        if not path.parent.is_dir():
            path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
            _sync(self.folder)
        with source.open("rb") as file:
            os.fsync(file.fileno())
        source.chmod(0o440)
        # Over a file that is there already come the same bytes, whole; its age begins anew, so that no sweep takes it.
        source.replace(path)
        _sync(path.parent)

    def open(self, key: str) -> BinaryIO:
        try:
            return self._path(key).open("rb")
        except FileNotFoundError as error:
            raise Missing(key) from error

    def find(self, key: str) -> Stored | None:
        try:
            facts = self._path(key).stat()
        except FileNotFoundError:
            return None
        return Stored(key, facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)

    def list(self) -> Iterator[Stored]:
        for folder in sorted(self.folder.glob("[0-9a-f][0-9a-f]")):
            for path in sorted(folder.iterdir()):
                # None: taken away meanwhile
                if _KEY.fullmatch(path.name) and (found := self.find(path.name)) is not None:
                    yield found

    def free(self) -> int | None:
        place = self.folder
        while not place.exists():
            place = place.parent
        return shutil.disk_usage(place).free


def _sync(folder: Path) -> None:
    """Make the names in a folder survive a crash."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
