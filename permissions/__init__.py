"""Who may, and which rows: needs, the read floor and the write gate.

Whoever imports any part of this package gets both gates: they listen to the session from that moment on.
"""

from permissions import floor, gate

__all__ = ["floor", "gate"]
