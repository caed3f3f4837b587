"""Reference figures (số liệu đối chiếu): what a lead department holds centrally about single items, beside the claims.

They count nothing by themselves: a unit and its helper see them, and a helper may take them over.
"""

from services.reference.applying import apply
from services.reference.coverage import Coverage, Item, coverage
from services.reference.figure import Figure, figures_of
from services.reference.reading import LAYOUT, Value, read
from services.reference.taking import Taken, Taking, Ticket, take, take_one, taking
from services.reference.template import template

__all__ = [
    "LAYOUT",
    "Coverage",
    "Figure",
    "Item",
    "Taken",
    "Taking",
    "Ticket",
    "Value",
    "apply",
    "coverage",
    "figures_of",
    "read",
    "take",
    "take_one",
    "taking",
    "template",
]
