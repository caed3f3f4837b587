"""``flask audit``: what the server's operator does with the audit trail, by a timer or by hand (docs/operations.md)."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from extensions import db
from i18n import render
from permissions.actor import system_scope
from services.faults import Fault
from services.trail import keeping


@click.group()
def audit() -> None:
    """The audit trail; flask verify recomputes its chain."""


@audit.command()
@with_appcontext
def purge() -> None:
    """Take away the entries older than PARINDEX_AUDIT_MONTHS, never those of a round not published in full."""
    try:
        with system_scope("audit purge"):
            done = keeping.purge(db.session())
    except Fault as fault:
        for message in fault.faults.values():
            click.echo(render(message), err=True)
        raise SystemExit(1) from fault
    for message in keeping.told(done):
        click.echo(render(message))
