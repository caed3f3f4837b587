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
from services.trail.chain import Noted


def _noted(_context: click.Context, _parameter: click.Parameter, given: str | None) -> Noted | None:
    if given is None:
        return None
    found = Noted.read(given)
    if found is None:
        raise click.BadParameter(render(M("A head is written NUMBER:SEAL, as this command prints it.")))
    return found


@click.command()
@click.option(
    "--audit-head", "noted", callback=_noted, metavar="NUMBER:SEAL", help="A head of the trail noted earlier."
)
@with_appcontext
def verify(noted: Noted | None) -> None:
    """Recompute subtotals, ranks, digests, the chain of the audit trail and the SHA-256 of files; end with 1 where anything differs."""
    with system_scope("verify"):
        report = service.verify(db.session(), noted)
    chain_faults = report.chain.all_faults()
    for fault in [*chain_faults, *report.faults]:
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
    click.echo(
        render(
            M(
                "{sealed} sealed audit entries recomputed, {unsealed} older than the chain: {faults} faults.",
                sealed=report.chain.sealed,
                unsealed=report.chain.unsealed,
                faults=report.chain.faulty,
            )
        )
    )
    if report.chain.head:
        click.echo(render(M("End of the audit trail: {head}", head=report.chain.head)))
    whole = report_files()
    sys.exit(1 if report.faults or chain_faults or not whole else 0)
