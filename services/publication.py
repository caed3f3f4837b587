"""Publication of a ranking group."""

from services.edition import FieldLine, LeafLine, Line, store_edition

__all__ = ["FieldLine", "LeafLine", "Line", "store_edition"]
