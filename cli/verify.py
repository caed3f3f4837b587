"""``flask verify``: recompute what is kept twice and name every difference."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from cli.evidence import report as report_files
from extensions import db
from i18n import render
from permissions.actor import system_scope
from rules.message import M
from services import verify as service


@click.command()
@with_appcontext
def verify() -> None:
    """Recompute subtotals, ranks, digests, audit and the SHA-256 of files; end with 1 where anything differs."""
    with system_scope("verify"):
        report = service.verify(db.session())
    for fault in report.faults:
        click.echo(render(fault), err=True)
    click.echo(
        render(
            M(
                "{subtotals} subtotals, {editions} editions and {audited} audited rows checked: {faults} differences.",
                subtotals=report.subtotals,
                editions=report.editions,
                audited=report.audited,
                faults=len(report.faults),
            )
        )
    )
    whole = report_files()
    sys.exit(1 if report.faults or not whole else 0)
