"""``flask export results``: the published or provisional tables as files, the same rows and figures as on the screens."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from extensions import db
from i18n import render
from models import clock
from permissions.actor import system_scope
from permissions.gate import note
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Basis
from services import results
from services.results import Table


@click.group()
def export() -> None:
    """Write data to files in open formats."""


@export.command("results")
@click.argument("output", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--round", "round_code", required=True, help="Code of the round.")
@click.option("--group", "group_code", required=True, help="Code of the ranking group.")
@click.option("--format", "format_", type=click.Choice(["csv", "xlsx"]), help="By default as the file is named.")
@click.option("--basis", type=click.Choice([basis.value for basis in Basis]), help="A provisional table on this basis.")
@click.option("--edition", type=int, help="Number of an edition; by default the one in force.")
@click.option("--search", default="", help="Only units with this in their name, marks or not.")
@click.option("--sort", default="", help="Key of the column that orders, with - in front for falling.")
@with_appcontext
def results_command(
    output: Path,
    round_code: str,
    group_code: str,
    format_: str | None,
    basis: str | None,
    edition: int | None,
    search: str,
    sort: str,
) -> None:
    """Write the results of one group to OUTPUT; an existing file is never overwritten."""
    kind = format_ or output.suffix.removeprefix(".").lower()
    if kind not in ("csv", "xlsx"):
        raise click.UsageError(render(M("Name the file .csv or .xlsx, or give --format.")))
    with system_scope("export of results"):
        table = _table(round_code, group_code, edition, Basis(basis) if basis else None)
        if table is None:
            raise click.ClickException(render(M("There is no such result: check round, group and edition.")))
        table = results.arrange(table, search, sort)
        note("export", Verb.READ_PUBLISHED, "results", f"{round_code}/{group_code}", object_name=output.name, kind=kind)
        exported = M("Exported at {at}.", at=clock.now())
        try:
            with output.open("xb") as file:
                if kind == "csv":
                    file.writelines(results.csv(table, exported))
                else:
                    with results.xlsx(table, exported) as book:
                        file.write(book.read())
        except FileExistsError as error:
            raise click.ClickException(render(M("{file} exists already.", file=str(output)))) from error
    click.echo(render(M("{count} units written to {file}.", count=len(table.rows), file=str(output))))


def _table(round_code: str, group_code: str, edition: int | None, basis: Basis | None) -> Table | None:
    session = db.session()
    if basis is not None:
        found = (g for g in results.groups(session) if (g.round_code, g.code) == (round_code, group_code))
        group = next(found, None)
        return None if group is None else results.provisional(session, group, basis, clock.now(session))
    for head in results.heads(session):
        wanted = head.in_force if edition is None else head.number == edition
        if wanted and (head.round_code, head.group_code) == (round_code, group_code):
            return results.published(session, head)
    return None
