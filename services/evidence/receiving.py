"""A file on its way in: written aside, measured, judged by its content and scanned, before any row knows of it."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from flask import current_app

from config import EvidenceSettings
from rules.files import Kind, size_text
from rules.message import M, Message
from rules.vocabulary import Scan
from services import scanner
from services.evidence import content
from services.evidence.content import UnfitFile
from services.evidence.typed import DocumentFault
from services.scanner import Opinion
from services.storage import Storage, incoming, storage

CHUNK = 256 * 1024
SUFFIX = ".part"


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that may be kept; its bytes stand in a temporary file until they are stored."""

    path: Path
    name: str
    sha256: str
    size: int
    kind: Kind
    has_location: bool
    opinion: Opinion

    def store(self, target: Storage) -> None:
        """Hand the bytes to the storage; the temporary file is gone then."""
        try:
            target.put(self.path, self.sha256)
        except OSError as error:
            current_app.logger.exception("evidence could not be stored")
            raise DocumentFault({"file": NO_SPACE}) from error


NO_SPACE = M("The server cannot take files now; nothing was stored. Tell Sở Nội vụ, and send the file again later.")


def too_large(settings: EvidenceSettings) -> Message:
    """Say how large a file may be."""
    return M(
        "The file is larger than {limit}: scan it in grey at 150 to 200 dots per inch, or split it.",
        limit=size_text(settings.file_bytes),
    )


@contextmanager
def arrive(stream: IO[bytes], name: str, settings: EvidenceSettings) -> Iterator[Arrived]:
    """Receive a stream; raises ``DocumentFault`` with a sentence at "file". What was not stored is gone at the end."""
    config = current_app.config["PARINDEX"]
    free = storage().free()
    if free is not None and free < settings.free_bytes:
        current_app.logger.error("evidence refused: %s bytes free, the floor is %s", free, settings.free_bytes)
        raise DocumentFault({"file": NO_SPACE})
    path = incoming(config) / f"{secrets.token_hex(16)}{SUFFIX}"
    try:
        sha256, size = _write(stream, path, settings)
        try:
            found = content.judge(path, name, settings)
        except UnfitFile as unfit:
            raise DocumentFault({"file": unfit.message}) from unfit
        opinion = _scan(path, name, settings)
        yield Arrived(path, name, sha256, size, found.kind, found.has_location, opinion)
    finally:
        with suppress(OSError):  # stored already, or the disk is lost; what stays is swept
            path.unlink()


def _write(stream: IO[bytes], path: Path, settings: EvidenceSettings) -> tuple[str, int]:
    """Write the stream aside and sync it; return its SHA-256 and its size."""
    digest, size = hashlib.sha256(), 0
    try:
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        with path.open("xb") as file:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > settings.file_bytes:
                    raise DocumentFault({"file": too_large(settings)})
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        current_app.logger.exception("evidence could not be received")
        raise DocumentFault({"file": NO_SPACE}) from error
    return digest.hexdigest(), size


def _scan(path: Path, name: str, settings: EvidenceSettings) -> Opinion:
    """Ask the scanner; what it finds is refused here, and nothing of it is kept."""
    with path.open("rb") as file:
        opinion = scanner.opinion(settings, file)
    if opinion.scan is Scan.REFUSED:
        current_app.logger.warning("virus scanner found %r in an upload named %r", opinion.note, name)
        raise DocumentFault(
            {"file": M("The virus scanner found {what} in this file; it was not kept.", what=opinion.note)}
        )
    if opinion.scan is Scan.HELD:
        current_app.logger.error("virus scanner: %s; a file is held", opinion.note)
    return opinion
