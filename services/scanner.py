"""Asks a virus scanner: a small client of clamd's protocol, over TCP or a socket of the machine.

Without the setting there is no scanner and every file is taken as clean (docs/operations.md says what that means).
"""

from __future__ import annotations

import re
import socket
import struct
from dataclasses import dataclass
from typing import BinaryIO

from config import EvidenceSettings
from rules.vocabulary import Scan

#: clamd refuses chunks above its StreamMaxLength only by their sum; its own client sends as much at once.
CHUNK = 128 * 1024
#: An answer is one line.
MAX_ANSWER = 4096


@dataclass(frozen=True, slots=True)
class Opinion:
    """What the scanner said; ``note`` names what it found, or why the file is held."""

    scan: Scan
    note: str = ""


def opinion(settings: EvidenceSettings, file: BinaryIO) -> Opinion:
    """Ask about the bytes of a file from its present place on; a scanner that does not answer holds the file."""
    if not settings.clamd:
        return Opinion(Scan.CLEAN)
    try:
        answer = _instream(settings, file)
    except OSError as error:
        return Opinion(Scan.HELD, f"no answer: {type(error).__name__}")
    if answer == "stream: OK":
        return Opinion(Scan.CLEAN)
    if found := re.fullmatch(r"stream: (.+) FOUND", answer):
        return Opinion(Scan.REFUSED, found[1][:200])
    return Opinion(Scan.HELD, answer[:200] or "empty answer")


def answers(settings: EvidenceSettings) -> bool:
    """Tell whether the scanner is there and willing."""
    try:
        with _connected(settings) as link:
            link.sendall(b"zPING\0")
            return _line(link) == "PONG"
    except OSError:
        return False


def _instream(settings: EvidenceSettings, file: BinaryIO) -> str:
    with _connected(settings) as link:
        try:
            link.sendall(b"zINSTREAM\0")
            while chunk := file.read(CHUNK):
                link.sendall(struct.pack("!I", len(chunk)) + chunk)
            link.sendall(struct.pack("!I", 0))
        except (BrokenPipeError, ConnectionResetError):
            pass  # it had enough before the end (size limit): its answer says so
        return _line(link)


def _connected(settings: EvidenceSettings) -> socket.socket:
    if settings.clamd.startswith("unix:"):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        link.settimeout(settings.clamd_seconds)
        try:
            link.connect(settings.clamd.removeprefix("unix:"))
        except OSError:
            link.close()
            raise
        return link
    host, _, port = settings.clamd.removeprefix("tcp://").rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=settings.clamd_seconds)


def _line(link: socket.socket) -> str:
    """Read an answer up to the zero byte that ends it."""
    read = b""
    while b"\0" not in read and len(read) < MAX_ANSWER:
        part = link.recv(MAX_ANSWER)
        if not part:
            break
        read += part
    return read.partition(b"\0")[0].decode("utf-8", "replace").strip()
