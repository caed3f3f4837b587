"""Editions: the frozen rows of a published result, their order and ranks, and the digest that shows tampering."""

from services.edition.lines import (
    FieldLine,
    FrozenRow,
    LeafLine,
    Line,
    Settings,
    digest,
    facts_of,
    value_of,
)
from services.edition.store import freeze, next_number, store_edition, stored_rows

__all__ = [
    "FieldLine",
    "FrozenRow",
    "LeafLine",
    "Line",
    "Settings",
    "digest",
    "facts_of",
    "freeze",
    "next_number",
    "store_edition",
    "stored_rows",
    "value_of",
]
