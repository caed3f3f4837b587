"""``flask permissions matrix``: role x verb x state, computed from the process table itself."""

from __future__ import annotations

import csv
import sys

import click

from rules.process import matrix

COLUMNS = ("role", "verb", "state", "relation", "to", "stage", "reason", "assigned", "impartial")


@click.group()
def permissions() -> None:
    """What each role may do in each state."""


@permissions.command("matrix")
@click.option("--format", "format_", type=click.Choice(["csv"]), default="csv", show_default=True)
def matrix_command(format_: str) -> None:
    """Print every allowed combination with its conditions; what is not printed is refused."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for role, verb, state, step in matrix():
        writer.writerow(
            [
                role.value,
                verb.value,
                state.value,
                step.relation.value if step.relation else "",
                step.to.value if step.to else "",
                step.stage.value if step.stage else "",
                *("yes" if flag else "" for flag in (step.reason, step.assigned, step.impartial)),
            ]
        )
