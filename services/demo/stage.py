"""What the parts of the demo share: the day, the units, the sets, who is who."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from random import Random

from flask import current_app
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from services.demo.calendar import Days
from services.demo.plan import Plan
from services.imports import Options, load_table
from services.tabular import LAYOUTS, read_table

DATA = "data"
YEARS = (2023, 2024)
#: Level code to the file of its criteria.
LEVELS = {"department": "departments", "district": "districts", "commune": "communes"}


@dataclass(frozen=True, slots=True)
class Bench:
    """Who judges a unit: account of the helper by criterion, of the member by field, and of the chair."""

    helpers: dict[int, int]
    members: dict[str, int]
    chair: int


@dataclass(slots=True)
class Stage:
    """The demo while it is made. ``act`` carries a moment of the demo's own day instead of the present second."""

    act: Act
    days: Days
    units: dict[str, m.Unit] = field(default_factory=dict)
    accounts: dict[str, m.Account] = field(default_factory=dict)
    criteria: dict[int, list[m.Criterion]] = field(default_factory=dict)
    plans: dict[str, Plan] = field(default_factory=dict)
    benches: dict[int, Bench] = field(default_factory=dict)

    def chance(self, *key: object) -> Random:
        """Return the chance of one thing: the same for the same key, whatever came before it."""
        return Random(" ".join(map(str, key)))  # noqa: S311 - made-up figures, no secret

    def account(self, login: str) -> int:
        return self.accounts[login].id

    def officer(self, code: str) -> int:
        return self.account(f"cb.{code.lower()}")

    def leader(self, code: str) -> int:
        return self.account(f"ld.{code.lower()}")

    def read_criteria(self) -> None:
        """Read the criteria of all sets, in the order of each set."""
        rows = db.session.scalars(select(m.Criterion).order_by(m.Criterion.set_id, m.Criterion.path))
        for row in rows:
            self.criteria.setdefault(row.set_id, []).append(row)

    def leaves(self, set_id: int) -> list[m.Criterion]:
        return [criterion for criterion in self.criteria[set_id] if criterion.is_leaf]


def import_file(act: Act, kind: str, path: Path, options: Options, change: Callable[[str], str] | None = None) -> None:
    """Import a file of ``data/`` as a user would; ``change`` edits its text first."""
    text = path.read_text(encoding="utf-8")
    import_text(act, kind, change(text) if change else text, options)


def import_text(act: Act, kind: str, text: str, options: Options) -> None:
    """Import a table written as text."""
    load_table(act, kind, read_table(BytesIO(text.encode()), LAYOUTS[kind]), options)


def table(header: str, rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV; their texts hold no quotation marks and no line ends."""
    lines = (",".join(f'"{cell}"' if "," in cell else cell for cell in row) for row in rows)
    return "\n".join((header, *lines)) + "\n"


def data_folder() -> Path:
    return Path(current_app.config["PARINDEX"].root) / DATA
