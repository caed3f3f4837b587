"""How a person is named beside an act: "X, thay mặt Y" where the authority was lent (Điều 9.1)."""

from __future__ import annotations

from rules.message import M, Message


def named(name: str, giver: str) -> Message | str:
    """Return a person with the one in whose place it acted; empty where the reader may not know the person."""
    return M("{name}, on behalf of {giver}", name=name, giver=giver) if name and giver else name
