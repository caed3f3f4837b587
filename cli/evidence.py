"""``flask evidence``: what the server's operator does with evidence files, by a timer or by hand (docs/operations.md)."""

from __future__ import annotations

import sys

import click
from flask import current_app
from flask.cli import with_appcontext

from i18n import render
from permissions.actor import system_scope
from rules.message import M
from rules.vocabulary import Scan
from services import scanner
from services.evidence import keeping, scanning


@click.group()
def evidence() -> None:
    """Evidence files: scan what is held, check what is stored, sweep what is left over."""


@evidence.command()
@with_appcontext
def scan() -> None:
    """Ask the virus scanner again about every held file; end with 1 where it does not answer."""
    settings = current_app.config["PARINDEX"].evidence
    if settings.clamd and not scanner.answers(settings):
        click.echo(render(M("The virus scanner does not answer; held files stay held.")), err=True)
        sys.exit(1)
    with system_scope("evidence scan"):
        told = scanning.scan_held()
    click.echo(
        render(
            M(
                "{clean} files accepted, {refused} refused, {held} still held.",
                clean=told[Scan.CLEAN],
                refused=told[Scan.REFUSED],
                held=told[Scan.HELD],
            )
        )
    )


@evidence.command()
@with_appcontext
def sweep() -> None:
    """Take away unfinished uploads and stored bytes that no row names, when they are older than a day."""
    with system_scope("evidence sweep"):
        swept = keeping.sweep()
    click.echo(
        render(
            M(
                "{unfinished} unfinished uploads and {orphans} files without a row taken away.",
                unfinished=swept.unfinished,
                orphans=swept.orphans,
            )
        )
    )


@evidence.command()
@with_appcontext
def check() -> None:
    """Read every stored file and compare its SHA-256; end with 1 where one is missing or changed."""
    sys.exit(0 if report() else 1)


def report() -> bool:
    """Print what is wrong with the stored files; tell whether nothing is."""
    with system_scope("evidence check"):
        found = keeping.check()
    for fault in found.faults:
        click.echo(render(fault), err=True)
    click.echo(
        render(
            M(
                "{files} stored files checked: {faults} missing or changed, {orphans} without a row.",
                files=found.files,
                faults=len(found.faults),
                orphans=found.orphans,
            )
        )
    )
    return not found.faults
