"""A store of its own for each test of evidence files, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import Province


@pytest.fixture(autouse=True)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Let the application keep its files in an empty folder; return the folder ``evidence``."""
    if "database" not in request.fixturenames:
        yield tmp_path / "evidence"
        return
    app = request.getfixturevalue("database").app
    before = app.config["PARINDEX"]
    app.config["PARINDEX"] = replace(before, data_dir=tmp_path)
    yield tmp_path / "evidence"
    app.config["PARINDEX"] = before


@pytest.fixture
def settings(province: Province, store: Path) -> Callable[..., None]:
    """``settings(file_bytes=1000)`` changes settings of evidence for the test."""

    def change(**changes: Any) -> None:
        config = province.app.config["PARINDEX"]
        province.app.config["PARINDEX"] = replace(config, evidence=replace(config.evidence, **changes))

    return change
