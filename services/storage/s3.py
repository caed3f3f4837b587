"""Files on S3-compatible storage, through obstore: ``<prefix>/<sha256>`` in a bucket of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from config import EvidenceSettings
from services.storage.base import Missing, StorageDown, Stored

if TYPE_CHECKING:
    from obstore.store import S3Config

#: What is read at once; a file this small is held in memory, a larger one in a temporary file.
CHUNK = 1024 * 1024


@contextmanager
def _told() -> Iterator[None]:
    """Tell an absent key and a storage that is down in the words of every storage."""
    try:
        yield
    except FileNotFoundError as error:
        raise Missing from error
    except BaseError as error:
        raise StorageDown(str(error)) from error


class S3Storage:
    """A bucket. An object is there whole or not at all, and its bytes are safe when the server has answered."""

    def __init__(self, store: S3Store) -> None:
        self.store = store

    def put(self, source: Path, key: str) -> None:
        try:
            with _told():
                obstore.put(self.store, key, source)
        except Missing as error:  # not the key: the bucket
            raise StorageDown("the bucket does not exist") from error
        source.unlink()

    def open(self, key: str) -> BinaryIO:
        held = tempfile.SpooledTemporaryFile(max_size=CHUNK)  # noqa: SIM115 - handed on open, its reader closes it
        try:
            with _told():
                for part in obstore.get(self.store, key).stream(min_chunk_size=CHUNK):
                    held.write(part)
        except BaseException:
            held.close()
            raise
        held.seek(0)
        return cast("BinaryIO", held)

    def find(self, key: str) -> Stored | None:
        try:
            with _told():
                entry = obstore.head(self.store, key)
        except Missing:
            return None
        return Stored(key, entry["size"], entry["last_modified"])

    def delete(self, key: str) -> None:
        with _told():
            obstore.delete(self.store, key)

    def list(self) -> Iterator[Stored]:
        with _told():
            for batch in obstore.list(self.store):
                for entry in batch:
                    yield Stored(entry["path"].rpartition("/")[2], entry["size"], entry["last_modified"])

    def free(self) -> int | None:
        return None


@lru_cache(maxsize=4)
def s3_storage(settings: EvidenceSettings) -> S3Storage:
    """Return the bucket that the settings name; its connections are kept."""
    bucket, _, prefix = settings.url.removeprefix("s3://").partition("/")
    access: S3Config = {"region": settings.s3_region}
    if settings.s3_endpoint:
        access["endpoint"] = settings.s3_endpoint
    if settings.s3_key:
        access |= {"access_key_id": settings.s3_key, "secret_access_key": settings.s3_secret}
    store = S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        config=access,
        client_options={"allow_http": settings.s3_endpoint.startswith("http://"), "timeout": timedelta(minutes=2)},
        retry_config={"max_retries": 2, "retry_timeout": timedelta(seconds=20)},
    )
    return S3Storage(store)
