"""Evidence: documents that prove a score, the files that hold them, and what is the same elsewhere.

``documents`` names them on leaves, ``upload`` receives their files, ``download`` hands them out, ``keeping`` sweeps and
checks what is stored, ``scanning`` asks the virus scanner again, ``same`` finds a file in other places.
"""

from services.evidence.documents import (
    Paper,
    Target,
    Use,
    add,
    form_of,
    leaf,
    remove,
    reusable,
    target_now,
    use_again,
    uses,
)
from services.evidence.typed import LENGTHS, Document, DocumentFault

__all__ = [
    "LENGTHS",
    "Document",
    "DocumentFault",
    "Paper",
    "Target",
    "Use",
    "add",
    "form_of",
    "leaf",
    "remove",
    "reusable",
    "target_now",
    "use_again",
    "uses",
]
