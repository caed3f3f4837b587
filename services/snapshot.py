"""Snapshots: what a form, or one field of it, held when it was handed over, kept in the transaction of that act."""

from __future__ import annotations

import models as m
from permissions.gate import Act
from rules.vocabulary import Layer


def take(given: Act, form: m.Assessment, layer: Layer, sheet: m.FieldSheet | None = None) -> None:
    """Keep what the form holds now, up to ``layer``; of one field where ``sheet`` names it. Call inside the act."""
