"""Publication of a ranking group: checks, preview of the ranking, the frozen edition, withdrawal."""

from services.edition import FieldLine, LeafLine, Line, store_edition
from services.publication.candidate import Candidate, Form, caps_of, prepare
from services.publication.checks import Check, Place, Severity, checks
from services.publication.publish import publish, withdraw

__all__ = [
    "Candidate",
    "Check",
    "FieldLine",
    "Form",
    "LeafLine",
    "Line",
    "Place",
    "Severity",
    "caps_of",
    "checks",
    "prepare",
    "publish",
    "store_edition",
    "withdraw",
]
