"""Evidence files by the rules: which kinds are taken, what their names may be, and how a name is kept as data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rules.message import M, Message

MAX_NAME = 255
#: Letters that no name carries on: controls, marks that turn or hide text, half characters, line ends, unassigned ones.
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
_SEPARATORS = str.maketrans({"/": "_", "\\": "_"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its word, what people call it, its media type, and the endings its name may have."""

    word: str
    title: Message
    media_type: str
    endings: tuple[str, ...]
    #: A browser can show it in the page.
    viewable: bool = False


PDF = Kind("pdf", M("PDF"), "application/pdf", ("pdf",), viewable=True)
JPEG = Kind("jpg", M("JPEG photo"), "image/jpeg", ("jpg", "jpeg", "jpe"), viewable=True)
PNG = Kind("png", M("PNG image"), "image/png", ("png",), viewable=True)
WEBP = Kind("webp", M("WebP image"), "image/webp", ("webp",), viewable=True)
_OOXML = "application/vnd.openxmlformats-officedocument."
DOCX = Kind("docx", M("Word document"), f"{_OOXML}wordprocessingml.document", ("docx",))
XLSX = Kind("xlsx", M("Excel workbook"), f"{_OOXML}spreadsheetml.sheet", ("xlsx",))
PPTX = Kind("pptx", M("PowerPoint presentation"), f"{_OOXML}presentationml.presentation", ("pptx",))
ODT = Kind("odt", M("OpenDocument text"), "application/vnd.oasis.opendocument.text", ("odt",))
ODS = Kind("ods", M("OpenDocument workbook"), "application/vnd.oasis.opendocument.spreadsheet", ("ods",))
DOC = Kind("doc", M("Word document before 2007"), "application/msword", ("doc",))
XLS = Kind("xls", M("Excel workbook before 2007"), "application/vnd.ms-excel", ("xls",))
PPT = Kind("ppt", M("PowerPoint presentation before 2007"), "application/vnd.ms-powerpoint", ("ppt",))

KINDS: dict[str, Kind] = {kind.word: kind for kind in (PDF, DOCX, XLSX, PPTX, DOC, XLS, PPT, ODT, ODS, JPEG, PNG, WEBP)}


def endings(kinds: Iterable[str]) -> list[str]:
    """Return the endings of the kinds, with their dots, for the choice of a file and for sentences."""
    return [f".{ending}" for word in kinds for ending in KINDS[word].endings]


def ending_of(name: str) -> str:
    """Return the ending of a name in lower case, without its dot; empty where it has none."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if dot and stem else ""


def stem_of(name: str) -> str:
    """Return a name without its ending."""
    return name.rpartition(".")[0] or name


def clean_name(name: str) -> str:
    """Return a file's name as it is kept: data for people, never a path.

    Composed or decomposed it comes back as it came; a separator becomes ``_``, what controls, hides or turns text is
    dropped, and what is too long loses the end of its stem, not its ending.
    """
    kept = "".join(char for char in name if unicodedata.category(char) not in _DROPPED)
    kept = kept.translate(_SEPARATORS).strip().lstrip(".").rstrip(". ").strip()
    if len(kept) <= MAX_NAME:
        return kept
    stem, dot, ending = kept.rpartition(".")
    if not dot or len(ending) > 10:
        return kept[:MAX_NAME].rstrip(". ")
    stem = stem[: MAX_NAME - 1 - len(ending)]
    return f"{stem.rstrip('. ')}.{ending}"


def named_fault(name: str, kind: Kind) -> Message | None:
    """Say what is wrong where a name promises another kind than the file holds."""
    if ending_of(name) in kind.endings:
        return None
    return M(
        "The file holds a {kind}, but is not named so: give its name the ending .{ending}, or choose another file.",
        kind=kind.title,
        ending=kind.endings[0],
    )


def size_text(size: int) -> Message:
    """Say a size in the unit that suits it; binary units, as file managers show."""
    if size < 1024 * 1024:
        return M("{size} kB", size=max(1, round(size / 1024)))
    return M("{size} MB", size=round(size / (1024 * 1024)))
