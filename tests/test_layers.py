"""What the single files at the top import of ours; the packages are held by import-linter (pyproject.toml)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = {file.stem for file in ROOT.glob("*.py")} | {
    folder.name for folder in ROOT.iterdir() if (folder / "__init__.py").exists()
}


def imported(source: str) -> set[str]:
    """Return the first names of our modules that ``source`` imports anywhere."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names} & OURS


@pytest.mark.parametrize(
    ("file", "allowed"),
    [
        *((f"config/{path.name}", {"config"}) for path in sorted((ROOT / "config").glob("*.py"))),
        ("extensions.py", set()),
        ("i18n.py", {"rules"}),
    ],
)
def test_top_file_stands_low(file: str, allowed: set[str]) -> None:
    assert imported((ROOT / file).read_text(encoding="utf-8")) <= allowed


def test_imports_are_seen_wherever_they_stand() -> None:
    source = "import os\nimport models.unit\ndef late():\n    from services.scores import save\n"
    assert imported(source) == {"models", "services"}
