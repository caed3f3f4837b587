"""What was typed into the question or remark of an item and could not be kept."""

from __future__ import annotations

from dataclasses import dataclass

from rules.message import Message
from rules.vocabulary import Audience


@dataclass(frozen=True, slots=True)
class Talk:
    """Texts of a refused request, so that the page shows them again; ``question`` None stands for what is saved."""

    question: str | None = None
    question_fault: Message | None = None
    question_stale: bool = False
    remark: str = ""
    audience: Audience = Audience.TEAM
    remark_fault: Message | None = None
    #: The leaf that the refused remark belongs to, on a page with several.
    remark_on: int | None = None
