"""Hand out the bytes of a file: to whom the read floor shows its row, scanned, and only as they were when they came."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import BinaryIO

from flask import current_app

import models as m
from extensions import db
from permissions.actor import current_actor
from permissions.gate import Refused, hidden
from rules.files import KINDS
from rules.message import M, Message
from rules.verbs import Role
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Scan
from services.storage import Missing, storage

CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Opened:
    """A file to hand out: its bytes at their beginning, the name it came with, its media type and whether a page may show it."""

    stream: BinaryIO
    name: str
    media_type: str
    size: int
    viewable: bool


def find(file_id: int) -> m.EvidenceFile:
    """Return a version that the reader may have. Raises ``Refused``: hidden like an absent one, or held, with its sentence."""
    file = db.session.get(m.EvidenceFile, file_id)
    if file is None:  # absent, or cut by the read floor: both look alike
        raise hidden()
    if file.scan is Scan.REFUSED:
        raise _refused(
            M("The virus scanner found something in this file: nobody gets it."),
            M("The unit has to send a clean file."),
        )
    if file.scan is Scan.HELD and not _own(file):
        raise _refused(
            M("This file is held until the virus scanner has looked at it."),
            M("Come back later, or ask Sở Nội vụ."),
        )
    return file


def open_file(file_id: int) -> Opened:
    """Return the bytes of a version, compared with the SHA-256 they came with. Raises ``Refused``."""
    file = find(file_id)
    try:
        stream = storage().open(file.sha256)
    except Missing as error:
        current_app.logger.critical("evidence file %s: its bytes %s are missing", file.id, file.sha256)
        raise _damaged() from error
    if digest_of(stream) != file.sha256:
        stream.close()
        current_app.logger.critical("evidence file %s: its bytes are not those of %s", file.id, file.sha256)
        raise _damaged()
    stream.seek(0)
    kind = KINDS[file.kind]
    return Opened(stream, file.name, kind.media_type, file.size, kind.viewable)


def digest_of(stream: BinaryIO) -> str:
    """Return the SHA-256 of what is left of a stream."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


def _own(file: m.EvidenceFile) -> bool:
    """Tell whether the reader is of the unit that brought the file."""
    actor = current_actor()
    authority = None if actor is None else actor.authority
    return authority is not None and authority.role in (Role.OFFICER, Role.LEADER) and authority.unit_id == file.unit_id


def _damaged() -> Refused:
    return _refused(
        M("The stored file is not the one that was handed in, so it is not shown."),
        M("Tell Sở Nội vụ: it has to come back from a backup copy."),
    )


def _refused(why: Message, next_step: Message) -> Refused:
    return Refused(Verdict(False, Refusal.STATE, why, next_step))
