"""The places that pass by the gates, each reviewed and named here with its reason; a new one fails until it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("admin", "cli", "config", "models", "permissions", "rules", "services", "views")
SINGLE = ("app.py", "extensions.py", "i18n.py")

#: Opening all rows: who does it, and why its readers still see only what they may.
SYSTEM_SCOPE: dict[str, str] = {
    "cli/audit.py": "a command of the server's operator: entries past their keeping time; prints numbers",
    "cli/evidence.py": "commands of the server's operator: files of all units; prints numbers and digests",
    "cli/export.py": "a command of the server's operator, who may read everything",
    "cli/verify.py": "recomputes everything; prints differences to the operator",
    "permissions/conflicts.py": "who is at home in an assessed unit: ids of persons and units, as a yes or no",
    "services/access/administrators.py": "who may keep accounts on a day: ids alone, to leave somebody",
    "permissions/identity.py": "reads the posts, seats and delegations of the person itself",
    "services/account/lent_news.py": "delegations from and to the own account, and who changed them; names of the two persons",
    "services/account/looking.py": "who looked as the person of the own account; the end of the own looking, with the rights of whom it looks as",
    "services/account/news.py": "what others did to the own account, from the trail that its person may not read",
    "services/account/own_password.py": "the own password, with any authority or none; names of units for the block-list",
    "services/account/second_factor.py": "seeds and codes, which nobody reads; only dates and numbers leave it",
    "services/account/sessions.py": "resuming and ending sessions of the own account, or in an act that changed its access",
    "services/account/signing_in.py": "signing in, before there is a person",
    "services/account/throttle.py": "counts of failed tries, which nobody reads; in an act that keeps accounts",
    "services/demo/__init__.py": "fills an empty database",
    "services/edition/store.py": "reads a frozen edition back to check its digest",
    "services/first_admin.py": "commands of the server's operator: the first account, and ways back in",
    "services/evidence/same.py": "names of earlier rounds and codes of leaves, of the unit whose file the reader has before it",
    "services/history/documents.py": "what documents are called that entries in the reader's sight name, removed ones too",
    "services/delegation.py": "a delegation of the own post, found in the reader's scope before, is taken back by its giver",
    "services/lending.py": "delegations from and to the person itself: names of the other, of post and unit or council",
    "services/paper/agency.py": "the name of the unit on a paper and of its ancestor, which a unit may know (Điều 4.2)",
    "services/paper/minutes.py": "names of the persons who sit in the reader's own council",
    "services/imports/run.py": "a command of the operator, audited as an import",
    "services/results/years.py": "which unit became which: numbers alone, public with the editions they belong to",
    "services/sheet.py": "names of persons on rows the reader has before it, no other column",
    "services/unused.py": "a command of the operator: which accounts nobody uses",
    "services/trail/watch.py": "how many files the person itself took away lately, and whether an alarm was raised",
    "services/subtotal.py": "sums cover layers that their writer may not read; only sums leave it",
}
#: SQL below the ORM, which the read floor does not see.
BELOW_THE_ORM: dict[str, str] = {
    "admin/audit.py": "accounts by name, as a condition on entries that the floor still cuts",
    "admin/score.py": "the field of a leaf in the catalogue, which everybody reads",
    "models/audit.py": "the condition of an index",
    "models/explanation.py": "the condition of an index",
    "models/clock.py": "asks the database for the time",
    "models/engine.py": "begins transactions",
    "models/publication.py": "the condition of an index",
    "models/situation.py": "the lock as a row filter, which must not be cut itself",
    "permissions/gate.py": "begins and locks",
    "permissions/identity.py": "one statement for each request, over the person's own rows",
    "permissions/restrictions.py": "restrictions of the person itself and of who lends to it, read with its posts",
    "permissions/stored.py": "the trail as it lies there, for the check of its chain and the lock of its head",
    "services/trail/chain.py": "recomputes the chain inside the system scope of flask verify",
    "services/trail/keeping.py": "what is left below the chain after a purge, under the lock of its head",
    "permissions/trail.py": "writes the trail under the lock of its head",
    "permissions/form_rows.py": "the row filters themselves",
    "permissions/ranges.py": "what row filters are made of",
    "permissions/scope.py": "the row filters themselves",
    "services/account/sessions.py": "one statement for each request: session, account and clock",
    "services/account/throttle.py": "begins a count, or goes on from one begun at the same moment",
    "services/subtotal.py": "replaces sums, which are derived, in two statements",
}


def files() -> Iterator[Path]:
    for room in PRODUCT:
        yield from sorted((ROOT / room).rglob("*.py"))
    yield from (ROOT / name for name in SINGLE)


def calls(path: Path, *names: str) -> list[ast.Call]:
    """Return the calls of a function or method by its last name."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names:
                found.append(node)
    return found


def imports_text(path: Path) -> bool:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module is not None
        and node.module.startswith("sqlalchemy")
        and any(alias.name in ("text", "literal_column", "TextClause") for alias in node.names)
        for node in ast.walk(tree)
    )


def below_the_orm(path: Path) -> bool:
    """Tell whether a file names tables, raw SQL or connections of its own."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return imports_text(path) or bool(
        attributes & {"__table__", "exec_driver_sql", "connection", "raw_connection", "get_engine", "engine", "engines"}
    )


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("room", ["views", "admin"])
def test_no_screen_opens_a_system_scope(room: str) -> None:
    opening = [
        name(path) for path in files() if name(path).startswith(room) and calls(path, "system_scope", "system_act")
    ]
    assert opening == []


def test_every_opening_is_reviewed_and_says_why() -> None:
    opening = {name(path) for path in files() if calls(path, "system_scope")}
    assert opening - {"permissions/actor.py"} == set(SYSTEM_SCOPE)
    for path in files():
        for call in calls(path, "system_scope"):
            reason = call.args[0] if call.args else None
            if isinstance(reason, ast.Constant):
                assert isinstance(reason.value, str)
                assert reason.value.strip(), name(path)


def test_sql_below_the_orm_stands_in_reviewed_places_only() -> None:
    assert {name(path) for path in files() if below_the_orm(path)} == set(BELOW_THE_ORM)


def test_rows_are_written_by_the_unit_of_work() -> None:
    """Bulk statements pass by the write gate and the trail; the read floor refuses them outside system work besides."""
    writing = {
        name(path)
        for path in files()
        if calls(path, "bulk_save_objects", "bulk_insert_mappings", "bulk_update_mappings")
    }
    assert writing == set()
