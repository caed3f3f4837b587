"""One way for every file: read, check, write in one transaction; nothing stays of a file with a fault or of a dry run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import BinaryIO

from sqlalchemy import or_, select

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, current_actor, set_actor, system_scope
from permissions.gate import Act, system_act
from permissions.identity import load_actor
from rules.message import M
from rules.verbs import Role, Verb
from rules.vocabulary import Function
from services.imports import accounts, criteria, results, scores, unit_changes, unit_groups, unit_kinds, units
from services.imports.core import Loader, Options, Report
from services.tabular import LAYOUTS, Fault, Faults, FileFault, Table, read_table

#: Layout name to the loader of such files.
KINDS: Mapping[str, Loader] = MappingProxyType(
    {
        "unit_kinds": unit_kinds.load,
        "units": units.load,
        "unit_changes": unit_changes.load,
        "unit_groups": unit_groups.load,
        "criteria": criteria.load,
        "accounts": accounts.load,
        "scores": scores.load,
        "results": results.load,
    }
)
#: Files whose rows carry an author: they are imported in the name of an administrator.
NEEDS_ADMINISTRATOR = frozenset({"scores", "results"})


class _DryRun(Exception):
    """Ends the transaction of a dry run; carries its report."""

    def __init__(self, report: Report) -> None:
        super().__init__()
        self.report = report


def run(
    kind: str,
    file: BinaryIO,
    options: Options = Options(),  # noqa: B008 - frozen
    *,
    dry_run: bool = False,
    author: str = "",
) -> Report:
    """Import one file as system work; ``author`` is the login in whose name scores and results are entered.

    Raises ``FileFault`` with every fault found; then nothing of the file was taken.
    """
    table = read_table(file, LAYOUTS[kind])
    before = current_actor()
    with system_scope("import"):
        try:
            if author or kind in NEEDS_ADMINISTRATOR:
                set_actor(_administrator(author))
            with system_act(Verb.IMPORT, f"import {kind}") as act:
                return _take(act, kind, table, options, dry_run=dry_run)
        except _DryRun as dry:
            return dry.report
        finally:
            set_actor(before)


def _take(act: Act, kind: str, table: Table, options: Options, *, dry_run: bool) -> Report:
    report = load_table(act, kind, table, options)
    db.session.flush()
    if dry_run:
        raise _DryRun(report)
    if options.before_commit is not None:
        options.before_commit()
    return report


def load_table(act: Act, kind: str, table: Table, options: Options) -> Report:
    """Load a table that was read by the layout of its kind, inside an act already begun. Raises ``FileFault``."""
    faults = Faults()
    report = KINDS[kind](act, table, options, faults)
    faults.raise_if_any()
    return report


def _administrator(login: str) -> Actor:
    """Return the administrator of this login, or the first there is."""
    now = clock.now()
    account, post, unit = m.Account, m.Post, m.Unit
    query = (
        select(account.id, account.full_name)
        .join(post, post.account_id == account.id)
        .join(unit, unit.id == post.unit_id)
        .where(
            account.active,
            post.function == Function.MANAGER,
            unit.parent_id.is_(None),
            post.valid_from <= now.date(),
            or_(post.valid_to.is_(None), post.valid_to >= now.date()),
        )
        .order_by(account.id)
    )
    if login:
        query = query.where(account.username == login.strip().lower())
    found = db.session.execute(query.limit(1)).one_or_none()
    if found is None:
        words = (
            M("“{login}” is not an administrator with a valid post at the province", login=login)
            if login
            else M("There is no administrator yet in whose name to enter this: import the accounts first")
        )
        raise FileFault([Fault(None, None, words)])
    actor = load_actor(db.session(), found.id, found.full_name, now, None)
    authority = next((a for a in actor.authorities if a.role is Role.ADMINISTRATOR), actor.authority)
    return replace(actor, authority=authority)
