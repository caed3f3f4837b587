"""Imports: files of a documented layout (docs/formats.md) become rows, all of a file or nothing."""

from services.imports.core import Change, Options, Report
from services.imports.run import KINDS, NEEDS_ADMINISTRATOR, load_table, run

__all__ = ["KINDS", "NEEDS_ADMINISTRATOR", "Change", "Options", "Report", "load_table", "run"]
