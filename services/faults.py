"""What a service refuses because of what was entered: a sentence at each field."""

from __future__ import annotations

from datetime import date, datetime

from rules.message import M, Message


class Fault(Exception):
    """What was entered cannot stand; ``faults`` maps field names to sentences, "" meaning the whole. Nothing was changed."""

    def __init__(self, faults: dict[str, Message] | Message) -> None:
        self.faults = {"": faults} if isinstance(faults, Message) else faults
        super().__init__("; ".join(f"{name}: {message}" for name, message in self.faults.items()))


def in_order(first: date | datetime | None, last: date | datetime | None, field: str = "valid_to") -> None:
    """Refuse an end before its beginning."""
    if first is not None and last is not None and last < first:
        raise Fault({field: M("The end lies before the beginning.")})
