"""``flask accounts``: the first administrator, ways back in for the server's operator, accounts nobody uses."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click
from flask.cli import with_appcontext

from i18n import render
from rules.message import M, Message
from services import first_admin, unused
from services.account.sessions import settings
from services.faults import Fault

Result = TypeVar("Result")
KEPT = {
    "": M("may be disabled"),
    "window": M("kept: a window of its unit is open"),
    "administrator": M("kept: the last administrator"),
}


@click.group()
def accounts() -> None:
    """Accounts, for the server's operator: all else is done on the screens by Sở Nội vụ."""


def _do(work: Callable[[], Result]) -> Result:
    """Do it, or say what stands against it and end with 1."""
    try:
        return work()
    except Fault as fault:
        for message in fault.faults.values():
            click.echo(render(message), err=True)
        raise SystemExit(1) from fault


def _say(message: Message) -> None:
    click.echo(render(message))


def _hand_over(username: str, secret: str) -> None:
    _say(M("Login: {login}", login=username.lower()))
    _say(M("One-time password: {secret}", secret=secret))
    _say(M("It opens once, within {hours} hours, and has to be changed then.", hours=settings().issued_hours))


@accounts.command("first-admin")
@click.argument("username")
@click.option("--name", required=True, help="Full name of the person.")
@with_appcontext
def first_admin_command(username: str, name: str) -> None:
    """Make the first administrator of a new province; refused once there was one."""
    _hand_over(username, _do(lambda: first_admin.first_admin(username, name)))


@accounts.command("reissue")
@click.argument("username")
@with_appcontext
def reissue_command(username: str) -> None:
    """Break-glass: give an account a new one-time password."""
    _hand_over(username, _do(lambda: first_admin.reissue(username)))


@accounts.command("unlock")
@click.argument("username")
@with_appcontext
def unlock_command(username: str) -> None:
    """Forget the failed tries at an account."""
    _do(lambda: first_admin.unlock(username))
    _say(M("The account may try again at once."))


@accounts.command("reset-factor")
@click.argument("username")
@with_appcontext
def reset_factor_command(username: str) -> None:
    """Break-glass: take the second factor of an account away."""
    done = _do(lambda: first_admin.reset_factor(username))
    _say(M("The second factor is taken away.") if done else M("This account has no second factor."))


@accounts.command("unused")
@with_appcontext
def unused_command() -> None:
    """List accounts nobody uses; disable them where PARINDEX_DISABLE_UNUSED=1. Meant to run once a day."""
    found, done = unused.disable_unused()
    for one in found:
        _say(
            M(
                "{login}, {name}: not used since {time} ({kept})",
                login=one.username,
                name=one.full_name,
                time=one.since,
                kept=KEPT[one.kept],
            )
        )
    _say(
        M(
            "{found} accounts unused for {days} days, {done} disabled.",
            found=len(found),
            days=settings().unused_days,
            done=done,
        )
    )
