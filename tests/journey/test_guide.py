"""The guides say what the software does: the process page, the words on the screens, the pictures."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from i18n import catalogue_files, merge_catalogues
from rules.process import PROCESS
from tools import process_guide

ROOT = Path(__file__).parents[2]
GUIDES = sorted((ROOT / "docs" / "guide").glob("*.md"))
IMAGES = ROOT / "docs" / "images"
MOST_BYTES = 3 * 1024 * 1024


def _links(page: Path) -> list[str]:
    return [
        link.partition("#")[0]
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
        if not link.startswith(("http:", "https:", "#", "mailto:"))
    ]


def test_process_page_is_the_process_table() -> None:
    page = process_guide.PAGE.read_text(encoding="utf-8")
    assert page == process_guide.page(), "run: python -m tools.process_guide"
    assert page.partition("## Bảng quy trình")[2].count("\n| ") == len(PROCESS) + 2  # head and line below it


@pytest.mark.parametrize("page", [*GUIDES, ROOT / "README.md"], ids=lambda page: page.name)
def test_links_and_pictures_are_there(page: Path) -> None:
    missing = [link for link in _links(page) if not (page.parent / link).exists()]
    assert not missing


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(page.parent / link).resolve() for page in [*GUIDES, ROOT / "README.md"] for link in _links(page)}
    assert {path.resolve() for path in IMAGES.glob("*.png")} <= shown
    assert sum(path.stat().st_size for path in IMAGES.glob("*.png")) < MOST_BYTES


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.name)
def test_bold_words_stand_on_a_screen(page: Path) -> None:
    """What a guide sets in bold is a label: exactly so in the catalogue, up to parts filled in when shown."""
    said = {
        text
        for message in merge_catalogues(catalogue_files())
        for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    }
    labels = {re.split(r"%\(|\{|…", text)[0].strip(" :.") for text in said} | {text.strip(" :.") for text in said}
    bold = re.findall(r"\*\*(.+?)\*\*", page.read_text(encoding="utf-8"))
    assert [label for label in bold if label.strip(" :.…") not in labels] == []
