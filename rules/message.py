"""Sentences as data: an English message id with named parts, translated only where a person reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Message:
    """One sentence for a person.

    ``id`` is the English sentence, the key of the translation catalogue; its ``{name}`` parts are filled from ``params``.
    A part is a string, an ``int``, a ``Decimal`` (shown with exactly its own decimal places), a ``date`` or ``datetime``,
    or another ``Message``.
    """

    id: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the English sentence: for logs and test failures, never for a page."""
        return self.id.format(**{name: str(value) for name, value in self.params.items()})


def M(id: str, /, **params: object) -> Message:  # noqa: N802 - reads as a mark on the sentence; the extractor looks for it
    """Make a message; the catalogue extractor finds every sentence by this name."""
    return Message(id, params)
