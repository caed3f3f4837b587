"""``flask import KIND FILE``: the documented files (docs/formats.md), all of a file or nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext

from i18n import LOCAL_TIME, render
from rules.message import M, Message
from services.imports import NEEDS_ADMINISTRATOR, Options, Report, run
from services.imports.accounts import OneTimePasswords
from services.tabular import Column, FileFault, write_csv

#: As many changes as faults are listed; the rest is counted.
LISTED = 200
FILE = click.Path(exists=True, dir_okay=False, readable=True, path_type=Path)


@click.group("import")
def imports() -> None:
    """Import a CSV or XLSX file: everything in it, or nothing (exit code 1, with row, column and remedy)."""


def say(message: Message) -> None:
    """Speak to the person at the terminal."""
    click.echo(render(message))


def _command(kind: str, summary: str, *options: Callable[[Any], Any]) -> None:
    """Add ``flask import KIND FILE`` with the options of its kind."""

    def command(file: Path, dry_run: bool, author: str = "", **settings: Any) -> None:
        take(kind, file, settings, dry_run=dry_run, author=author)

    decorated: Any = with_appcontext(command)
    if kind in NEEDS_ADMINISTRATOR:
        decorated = click.option("--as", "author", default="", help="Login in whose name (default: an administrator).")(
            decorated
        )
    for option in reversed(options):
        decorated = option(decorated)
    decorated = click.option("--dry-run", is_flag=True, help="Check and show only; change nothing.")(decorated)
    decorated = click.argument("file", type=FILE)(decorated)
    imports.command(kind.replace("_", "-"), help=summary)(decorated)


def take(kind: str, path: Path, settings: dict[str, Any], *, dry_run: bool, author: str) -> None:
    """Import one file and tell what happened."""
    passwords = PasswordList(settings.pop("passwords", None)) if kind == "accounts" else None
    if passwords is not None:
        settings = {"issue": passwords.issue, "before_commit": passwords.write}
    if "decision_on" in settings:
        settings["decision_on"] = settings["decision_on"].date()
    try:
        if passwords is not None and not dry_run:
            passwords.check()
        with path.open("rb") as file:
            report = run(kind, file, Options(**settings), dry_run=dry_run, author=author)
    except FileFault as found:
        for sentence in found.sentences:
            say(sentence)
        say(M("Nothing was imported: {count} faults in {file}.", count=found.total, file=path.name))
        raise SystemExit(1) from found
    tell(report, path.name, dry_run=dry_run)
    if passwords is not None and passwords.written is not None:
        say(
            M(
                "One-time passwords: {file} (readable by you alone; hand them over and delete it)",
                file=passwords.written,
            )
        )


def tell(report: Report, name: str, *, dry_run: bool) -> None:
    """Print what a file did, or would do."""
    if dry_run:
        for change in report.changes[:LISTED]:
            words = (
                M("Row {row}: adds {label}", row=change.row, label=change.label)
                if change.new
                else M("Row {row}: changes {label}", row=change.row, label=change.label)
            )
            say(words)
        if len(report.changes) > LISTED:
            say(M("And {count} more changes", count=len(report.changes) - LISTED))
    for note in report.notes:
        say(note)
    figures = {"file": name, "added": report.added, "updated": report.updated, "same": report.unchanged}
    if dry_run:
        say(
            M(
                "Check of {file}, nothing was changed: {added} to add, {updated} to update, {same} as they are.",
                **figures,
            )
        )
    else:
        say(M("Imported {file}: {added} added, {updated} updated, {same} as they were.", **figures))


class PasswordList:
    """The one list of new passwords: a file its owner alone reads, never one that is there already."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.issue = OneTimePasswords()
        self.written: Path | None = None

    def check(self) -> None:
        """Refuse at once what would be refused at the end."""
        if self.path is not None and self.path.exists():
            say(M("{file} is there already; name a new file for the passwords.", file=self.path))
            raise SystemExit(1)

    def write(self) -> None:
        """Write the list before the accounts are committed; without new accounts there is none."""
        if not self.issue.issued:
            return
        path = self.path or self._own_path()
        columns = [Column(key, key) for key in ("username", "full_name", "password")]
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.writelines(write_csv(columns, _rows(self.issue.issued)))
        self.written = path

    @staticmethod
    def _own_path() -> Path:
        moment = datetime.now(LOCAL_TIME).strftime("%Y%m%d-%H%M%S")
        return Path(current_app.config["PARINDEX"].data_dir) / f"passwords-{moment}.csv"


def _rows(issued: Sequence[tuple[str, str, str]]) -> Sequence[Sequence[object]]:
    return issued


_SET = (
    click.option("--set", "set_code", default="", help="Code of the set (default: level and year)."),
    click.option("--year", type=click.IntRange(2000, 2100), help="Year of the set (default: this year)."),
    click.option("--name", "set_name", default="", help="Name of the set."),
)
_DECISION = (
    click.option("--decision", "decision_number", required=True, help="Number of the decision that published them."),
    click.option("--decided-on", "decision_on", required=True, type=click.DateTime(["%Y-%m-%d", "%d/%m/%Y"])),
)
_PASSWORDS = click.option(
    "--passwords",
    type=click.Path(path_type=Path),
    help="File for the one-time passwords (default: in the data folder).",
)
_command("unit_kinds", "Kinds of units and their levels.")
_command("units", "Units in their tree.")
_command("unit_changes", "Mergers, splits and renames of units.")
_command("unit_groups", "Groups of units.")
_command("criteria", "A criteria set of one level.", *_SET)
_command("accounts", "Accounts and posts; new accounts get a one-time password.", _PASSWORDS)
_command("scores", "Scores of any layer in an open round.")
_command("results", "Published results of a past year.", *_DECISION)
