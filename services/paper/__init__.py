"""Papers in the form of administrative documents (Nghị định 30/2020): one model, filled once, written as PDF and as DOCX."""

from __future__ import annotations

from services.paper.docx import write_docx
from services.paper.model import Paper
from services.paper.pdf import write_pdf

__all__ = ["Paper", "write_docx", "write_pdf"]
