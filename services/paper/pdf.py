"""A paper as PDF: set by typst from ``templates/paper/paper.typ``, tagged, for archives (PDF/A-2a) and for everybody (PDF/UA-1).

The paper travels as data beside the template, so nothing that a user typed is ever read as markup. Only the fonts of
``templates/paper/fonts`` are used: the same paper looks the same on every machine.
"""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import typst

from services.paper.model import MOTTO, STATE_NAME, Paper

TEMPLATE = Path(__file__).parents[2] / "templates" / "paper" / "paper.typ"
#: Archives and readers for the blind take a file by these.
STANDARDS: list[Any] = ["a-2a", "ua-1"]
_NO_GLYPH = "could not be displayed with font"


@cache
def fonts() -> typst.Fonts:
    """Return the fonts of the papers, read once per process."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(TEMPLATE.parent / "fonts")]
    )


def write_pdf(paper: Paper, made_at: datetime) -> bytes:
    """Set a paper. A letter that the font lacks (an emoji) costs the two standards, never the paper: it stays in the text."""
    data = {"state": STATE_NAME, "motto": MOTTO, **paper.clean().data()}
    inputs = {"paper": json.dumps(data, ensure_ascii=False)}
    try:
        return _compile(inputs, made_at, STANDARDS)
    except typst.TypstError as fault:
        if _NO_GLYPH not in str(fault):
            raise
        return _compile(inputs, made_at, [])


def _compile(inputs: dict[str, str], made_at: datetime, standards: list[Any]) -> bytes:
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=standards,
        timestamp=int(made_at.timestamp()),
    )
