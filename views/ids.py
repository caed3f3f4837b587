"""Numbers from addresses and forms: a database key or nothing, never a fault."""

from __future__ import annotations


def small_int(text: str | None) -> int | None:
    """Return a positive whole number that fits a database key; None for anything else."""
    if text is None or not text.isascii() or not text.isdecimal() or len(text) > 18:
        return None
    return int(text)
