"""A paper as PDF: set by typst from ``templates/paper/paper.typ``, tagged, for archives (PDF/A-2a) and for everybody (PDF/UA-1).

The paper travels as data beside the template, so nothing that a user typed is ever read as markup. Only the fonts of
``templates/paper/fonts`` are used: the same paper looks the same on every machine.
"""

from __future__ import annotations

import json
import unicodedata
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import typst
from PIL import ImageFont

from services.paper.model import MOTTO, STATE_NAME, Paper

TEMPLATE = Path(__file__).parents[2] / "templates" / "paper" / "paper.typ"
#: Archives and readers for the blind take a file by these.
STANDARDS: list[Any] = ["a-2a", "ua-1"]
_BOX = "□"
#: A place of Unicode that is no letter and never will be.
_NO_LETTER = "\U0010ffff"


@cache
def fonts() -> typst.Fonts:
    """Return the fonts of the papers, read once per process."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(TEMPLATE.parent / "fonts")]
    )


def write_pdf(paper: Paper, made_at: datetime) -> bytes:
    """Set a paper. A letter that the font lacks (an emoji) or that is private is an empty box; the DOCX keeps it."""
    data = {"state": STATE_NAME, "motto": MOTTO, **paper.clean().data()}
    text = json.dumps(data, ensure_ascii=False)
    try:
        return _compile(text, made_at, STANDARDS)
    except (
        typst.TypstError
    ):  # a letter that the font lacks or that no archive takes; what else is wrong is raised below
        boxed = "".join(map(_printable, text))
    try:
        return _compile(boxed, made_at, STANDARDS)
    except typst.TypstError:  # letters that lack only in combination: the paper goes before the standards
        return _compile(boxed, made_at, [])


@lru_cache(maxsize=4096)
def _printable(letter: str) -> str:
    """Return a letter, or what stands for it where the font has no shape: its shape is that of no letter at all."""
    if letter.isascii() or letter.isspace():
        return letter
    kind = unicodedata.category(letter)
    if kind == "Cf":
        return ""
    if kind == "Co":  # means nothing outside its font, which has shapes for some of them
        return _BOX
    lacks = bytes(_shapes().getmask(letter)) == bytes(_shapes().getmask(_NO_LETTER))
    return _BOX if lacks else letter


@cache
def _shapes() -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(TEMPLATE.parent / "fonts" / "LiberationSerif-Regular.ttf", 20)


def _compile(text: str, made_at: datetime, standards: list[Any]) -> bytes:
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        font_paths=fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"paper": text},
        pdf_standards=standards,
        timestamp=int(made_at.timestamp()),
    )
