"""Receive the file of a document: a new one on a leaf, or a new version of one that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

import models as m
from rules.vocabulary import Scan
from services.evidence.documents import Document, Target


@dataclass(frozen=True, slots=True)
class Received:
    """What came of an upload; ``repeated`` tells that the same file was there already and nothing was added."""

    link_id: int
    file_id: int
    document_id: int
    number: int
    name: str
    title: str
    size: int
    kind: str
    scan: Scan
    has_location: bool
    repeated: bool


def receive(
    target: Target,
    criterion: m.Criterion,
    stream: BinaryIO,
    name: str,
    typed: Document,
    *,
    replaces: int | None = None,
) -> Received:
    """Take a file to a leaf, as a new document or, with ``replaces`` (a link), as a new version of that document's file.

    Raises ``DocumentFault`` with a sentence at "file" or at a field of the document, and ``Refused``.
    """
    raise NotImplementedError
