"""What a received file really is: judged by its bytes, never by its name; nothing of it is unpacked, decoded or run."""

from __future__ import annotations

import mmap
import re
import shutil
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import filetype
from PIL import Image

from config import EvidenceSettings
from rules.files import KINDS, Kind, endings, named_fault
from rules.message import M, Message
from services import archive
from services.archive import Flaw, Limits, UnsafeArchive

#: Office files of a size that people send; pictures in them are packed already, so real ratios stay below 30.
OFFICE = Limits(entries=5000, unpacked=300 * 1024 * 1024, ratio=200, ratio_free=1024 * 1024)
#: An archive in an archive (a workbook inside a report) is met; one more inside that is not.
MAX_NESTING = 2
MAX_PART = 1024 * 1024
HEAD = 8192

_OFFICE_PARTS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
#: The types of documents with macros, and of the part that holds them, whatever its name.
_MACRO_TYPES = (b"macroenabled", b"vbaproject")
_OPEN_DOCUMENT = {KINDS[word].media_type.encode(): word for word in ("odt", "ods")}
_OLE_STREAMS = {"WordDocument": "doc", "Workbook": "xls", "Book": "xls", "PowerPoint Document": "ppt"}
_IMAGES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}
_GPS_DIRECTORY = 0x8825
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#: What begins a page, a drawing or a script.
_ACTIVE = re.compile(rb"<!doctype|<html|<head|<body|<script|<svg|<\?xml|<\?php|<%|#!", re.IGNORECASE)
#: What no PDF and no image says in its first lines, long enough not to occur by chance.
_MARKUP = re.compile(rb"<!doctype|<html|<head>|<body>|<script|<\?php", re.IGNORECASE)
_END_OF_ZIP = struct.Struct("<4s4H2LH")
#: What a damaged archive or picture raises while it is looked into; the file is then named as damaged.
_BREAKAGES = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError)

_EMPTY = M("The file is empty: choose it again.")
_DAMAGED = M("The file is damaged: open it on your computer, save it anew and send that.")
_MACROS = M("The file holds macros, which are not taken: save it without macros (.docx, .xlsx, .pptx), or as PDF.")
_PASSWORD = M("The file is protected by a password: send it without, or as PDF.")
_HUGE = M("The file unpacks to far more than it is: save it as PDF and send that.")
_TWO = M("The file is of two kinds at once, which is not taken: save it as PDF and send that.")
_FLAWS = {Flaw.BROKEN: _DAMAGED, Flaw.PROTECTED: _PASSWORD, Flaw.TOO_BIG: _HUGE}


class UnfitFile(Exception):
    """The file is not taken; ``message`` says why and what to do."""

    def __init__(self, message: Message) -> None:
        self.message = message
        super().__init__(str(message))


@dataclass(frozen=True, slots=True)
class Content:
    """What a file holds; ``has_location`` tells that a photo says where it was taken."""

    kind: Kind
    has_location: bool = False


def judge(path: Path, name: str, settings: EvidenceSettings) -> Content:
    """Return what a file holds, or raise ``UnfitFile``."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise UnfitFile(_EMPTY)
    word = _word(path, head)
    if word is None or word not in settings.kinds:
        raise UnfitFile(_not_taken(head, settings))
    kind = KINDS[word]
    located = _judge_image(path, kind, settings) if kind.media_type in _IMAGES else False
    if fault := named_fault(name, kind):
        raise UnfitFile(fault)
    return Content(kind, located)


def _word(path: Path, head: bytes) -> str | None:
    """Return the word of the kind by the bytes, None for what is never taken."""
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    if head.startswith(_OLE):
        return _ole(path)
    guess = filetype.guess_mime(head)
    word = "pdf" if head.startswith(b"%PDF-") else _IMAGES.get(guess or "")
    if word is None:
        return None
    # A file that another program would read as a page or an archive hides something.
    if _MARKUP.search(head[:1024]) or _ends_as_archive(path):
        raise UnfitFile(_TWO)
    return word


def _ends_as_archive(path: Path) -> bool:
    """Tell whether the file ends as a zip archive does; its directory stands at its end, whatever is before."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - _END_OF_ZIP.size - 0xFFFF))
        tail = file.read()
    place = tail.rfind(b"PK\x05\x06")
    if place < 0 or len(tail) - place < _END_OF_ZIP.size:
        return False
    comment = _END_OF_ZIP.unpack_from(tail, place)[-1]
    return place + _END_OF_ZIP.size + int(comment) == len(tail)


def _not_taken(head: bytes, settings: EvidenceSettings) -> Message:
    allowed = ", ".join(endings(settings.kinds))
    if _ACTIVE.search(head.lstrip(b"\xef\xbb\xbf\x00 \t\r\n")[:1024]):
        return M(
            "The file is a web page, drawing or script, which is not taken. Taken are: {endings}.", endings=allowed
        )
    return M("This kind of file is not taken. Taken are: {endings}.", endings=allowed)


# Archives: DOCX, XLSX, PPTX, ODT, ODS


def _office(path: Path) -> str | None:
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as opened:
            names = {entry.filename for entry in _entries(opened, _Budget())}
            if "mimetype" in names:
                return _OPEN_DOCUMENT.get(_part(opened, "mimetype").strip())
            if "[Content_Types].xml" not in names:
                return None
            types = _part(opened, "[Content_Types].xml").replace(b"\0", b"").lower()  # also where it is UTF-16
            if any(mark in types for mark in _MACRO_TYPES):
                raise UnfitFile(_MACROS)
            words = [word for part, word in _OFFICE_PARTS.items() if part in names]
            return words[0] if len(words) == 1 else None
    except UnsafeArchive as unsafe:
        raise UnfitFile(_FLAWS[unsafe.flaw]) from unsafe
    except _BREAKAGES as error:
        raise UnfitFile(_DAMAGED) from error


@dataclass(slots=True)
class _Budget:
    """What all archives in one file may unpack to together, in bytes."""

    left: int = OFFICE.unpacked

    def spend(self, size: int) -> None:
        self.left -= size
        if self.left < 0:
            raise UnsafeArchive(Flaw.TOO_BIG)


def _entries(opened: zipfile.ZipFile, budget: _Budget, depth: int = 1) -> Sequence[zipfile.ZipInfo]:
    """Return the entries of an archive and look into the archives among them, all within one budget."""
    entries = archive.directory(opened, OFFICE)
    for entry in entries:
        budget.spend(entry.file_size)
        if _is_macro(entry.filename):
            raise UnfitFile(_MACROS)
    for entry in entries:
        if entry.is_dir() or not _begins_archive(opened, entry):
            continue
        if depth == MAX_NESTING:
            raise UnsafeArchive(Flaw.TOO_BIG)
        # An archive is read from its end, which packed bytes cannot do: unpacked once, to the disk.
        with tempfile.TemporaryFile() as unpacked:
            with opened.open(entry) as part:
                shutil.copyfileobj(part, unpacked)
            with zipfile.ZipFile(unpacked) as inner:
                _entries(inner, budget, depth + 1)
    return entries


def _begins_archive(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with opened.open(entry) as part:
        return part.read(4) == b"PK\x03\x04"


def _part(opened: zipfile.ZipFile, name: str) -> bytes:
    """Return a part that is small in every sound file."""
    if opened.getinfo(name).file_size > MAX_PART:
        raise UnsafeArchive(Flaw.TOO_BIG)
    return opened.read(name)


def _is_macro(name: str) -> bool:
    lowered = name.lower()
    return lowered.endswith(("vbaproject.bin", "vbadata.xml")) or lowered.startswith(
        ("basic/", "scripts/", "xl/macrosheets/")
    )


# Office before 2007


def _ole(path: Path) -> str | None:
    """Tell the kind by the names of its streams; they stand in the file's directory as two-byte letters."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:

        def names(stream: str) -> bool:
            return content.find(stream.encode("utf-16-le") + b"\0\0") >= 0

        if names("EncryptedPackage"):
            raise UnfitFile(_PASSWORD)
        if names("_VBA_PROJECT") or names("_VBA_PROJECT_CUR"):
            raise UnfitFile(_MACROS)
        return next((word for stream, word in _OLE_STREAMS.items() if names(stream)), None)


# Images


def _judge_image(path: Path, kind: Kind, settings: EvidenceSettings) -> bool:
    """Read the header alone: how many pixels it asks for, and whether it says where the photo was taken."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=(_FORMATS[kind.word],)) as image:
                pixels = image.width * image.height
                exif = image.info.get("exif")
                xmp = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        pixels, exif, xmp = settings.image_pixels + 1, None, b""
    except Exception as error:  # a damaged header raises whatever its reader stumbles over
        raise UnfitFile(_DAMAGED) from error
    if pixels > settings.image_pixels:
        raise UnfitFile(
            M(
                "The image has more than {count} million pixels: save it smaller.",
                count=settings.image_pixels // 1_000_000,
            )
        )
    marked = xmp if isinstance(xmp, bytes) else str(xmp).encode()
    return b"GPSLatitude" in marked or _names_a_place(exif)


_FORMATS = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}


def _names_a_place(exif: bytes | None) -> bool:
    if not exif:
        return False
    marks = Image.Exif()
    try:
        marks.load(exif)
        return bool(marks.get_ifd(_GPS_DIRECTORY))
    except Exception:  # noqa: BLE001 - broken marks name no place
        return False
