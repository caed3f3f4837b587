"""What is typed of a document, read: texts within their lengths, a day that can be, a link that names a site."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from rules.message import M, Message
from rules.text import nfc

LENGTHS = {"number": 80, "issuer": 200, "title": 500, "link": 1000, "page": 120}
#: These texts are single lines: no tab, no line end.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class DocumentFault(Exception):
    """A document that cannot be kept: field name -> sentence."""

    def __init__(self, faults: dict[str, Message]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Document:
    """A document as it was typed; ``page`` is where it proves the leaf."""

    number: str = ""
    issued_on: str = ""
    issuer: str = ""
    title: str = ""
    link: str = ""
    page: str = ""


def read(typed: Document, today: date) -> tuple[dict[str, str], date | None]:
    """Read what was typed, or raise ``DocumentFault`` with a sentence for each field."""
    faults, texts = texts_of(typed, tuple(LENGTHS))
    issued_on = None
    if typed.issued_on.strip():
        issued_on = _day(typed.issued_on.strip())
        if issued_on is None:
            faults["issued_on"] = M("Write the day as 31/12/2024.")
        elif not date(1945, 9, 2) <= issued_on <= date(today.year + 1, 12, 31):
            faults["issued_on"] = M("This day cannot be right: check the year.")
    if not texts["title"] and "title" not in faults:
        faults["title"] = M("Say what the document is.")
    if texts["link"] and "link" not in faults and not _sound_link(texts["link"]):
        faults["link"] = M("A link begins with http:// or https:// and names a site.")
    if faults:
        raise DocumentFault(faults)
    return texts, issued_on


def texts_of(typed: Document, names: tuple[str, ...]) -> tuple[dict[str, Message], dict[str, str]]:
    """Return the faults and the texts of some fields."""
    faults: dict[str, Message] = {}
    texts: dict[str, str] = {}
    for name in names:
        texts[name] = nfc(getattr(typed, name)).strip()
        if _CONTROLS.search(texts[name]):
            faults[name] = M("This text holds a character that cannot be kept: type it again.")
        elif len(texts[name]) > LENGTHS[name]:
            faults[name] = M("At most {limit} characters.", limit=LENGTHS[name])
    return faults, texts


def _day(text: str) -> date | None:
    """Read 31/12/2024, or 2024-12-31 as a browser's date field sends it; ASCII digits only."""
    local = re.fullmatch(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})", text)
    machine = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})", text)
    parts = (local[3], local[2], local[1]) if local else machine.groups() if machine else None
    if parts is None:
        return None
    try:
        return date(*(int(part) for part in parts))
    except ValueError:
        return None


def _sound_link(link: str) -> bool:
    if any(char.isspace() for char in link):
        return False
    try:
        parts = urlsplit(link)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
