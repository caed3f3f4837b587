"""``flask demo load``: the made-up province of the first screen of the README."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from i18n import render
from rules.message import M
from services.demo import LOGINS, PASSWORD, DemoRefused, load


@click.group()
def demo() -> None:
    """The demo province: Vĩnh Long 2024, made-up figures on every page marked as such."""


@demo.command("load")
@with_appcontext
def load_command() -> None:
    """Load the demo into an empty database, unless it is there; print whom to sign in as."""
    try:
        new = load()
    except DemoRefused as refused:
        click.echo(render(M("The database already holds units; the demo goes into an empty database only.")))
        raise SystemExit(1) from refused
    click.echo(render(M("The demo province is loaded.") if new else M("The demo province is there already.")))
    click.echo()
    click.echo(render(M("Password of all these people: {password}", password=PASSWORD)))
    roles = [render(login.role.title) for login in LOGINS]
    width = max(map(len, roles))
    for role, login in zip(roles, LOGINS, strict=True):
        click.echo(f"  {role:<{width}}  {login.name:<12}  {render(login.look_at)}")
