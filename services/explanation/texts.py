"""Texts of questions, answers and remarks: what can be kept, and whether somebody else wrote meanwhile."""

from __future__ import annotations

import models as m
from rules.message import M, Message
from rules.text import CONTROLS, nfc

QUESTION_LENGTH = 2000
ANSWER_LENGTH = 4000
#: The mark of a text that is not there yet.
NOTHING = "0"


class TextFault(Exception):
    """A text that cannot be kept, with the sentence that says why. Nothing was changed."""

    def __init__(self, message: Message) -> None:
        super().__init__(str(message))
        self.message = message


class StaleText(Exception):
    """Somebody else wrote since the page was made; ``current`` is what stands there now, or None."""

    def __init__(self, current: m.Question | m.Explanation | None) -> None:
        super().__init__("" if current is None else current.text)
        self.current = current


def sound(text: str, limit: int) -> str:
    """Return the text as it is kept. Raises ``TextFault`` where it is too long or holds what cannot be kept."""
    text = nfc(text.replace("\r\n", "\n")).strip()
    if CONTROLS.search(text):
        raise TextFault(M("This text holds a character that cannot be kept: type it again."))
    if len(text) > limit:
        raise TextFault(M("At most {limit} characters.", limit=limit))
    return text


def mark(row: m.Question | m.Explanation | None) -> str:
    """Return what a page remembers of a text: another one once it was written again, also after it was taken back."""
    if row is None:
        return NOTHING
    at = row.asked_at if isinstance(row, m.Question) else row.updated_at
    return f"{row.id}-{row.version}-{at:%Y%m%d%H%M%S%f}"
