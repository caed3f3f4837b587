"""Accounts with their posts, issued by Sở Nội vụ (Điều 6.2, 8, 9.1): several rows of one login are several posts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.message import M
from rules.vocabulary import POST_FUNCTIONS, Function
from services.access.administrators import administrators
from services.account.secrets import hash_password, one_time
from services.account.sessions import local_day
from services.credentials import dated
from services.imports.core import (
    UNKNOWN_UNIT,
    Issue,
    Options,
    Places,
    Report,
    assign,
    doubled,
    read_rows,
    units_by_code,
)
from services.tabular import Faults, RowCells, Table

#: First and last day of the login itself, apart from the posts.
ACCOUNT_DAYS = ("account_valid_from", "account_valid_to")
FUNCTIONS = {function.value: function for function in POST_FUNCTIONS}


@dataclass(frozen=True, slots=True)
class PostRow:
    """One post of one person."""

    number: int
    username: str
    full_name: str
    email: str
    unit_code: str
    function: Function | None
    valid_from: date | None
    valid_to: date | None
    account_valid_from: date | None
    account_valid_to: date | None


class OneTimePasswords:
    """Issues random passwords that must be changed at the first sign-in, and remembers them for the one list."""

    def __init__(self) -> None:
        self.issued: list[tuple[str, str, str]] = []

    def __call__(self, username: str, full_name: str) -> tuple[str, bool]:
        """Return the hash of a new password: 16 characters, about 79 bits."""
        password = one_time()
        self.issued.append((username, full_name, password))
        return hash_password(password), True


def _row(cells: RowCells) -> PostRow:
    row = PostRow(
        cells.number,
        cells.code("username", required=True).lower(),
        cells.text("full_name", required=True, max_length=120),
        cells.text("email", max_length=200),
        cells.code("unit_code", required=True),
        cells.choice("function", FUNCTIONS, required=True),
        cells.date("valid_from"),
        cells.date("valid_to"),
        cells.date("account_valid_from"),
        cells.date("account_valid_to"),
    )
    for first, last, column in (
        (row.valid_from, row.valid_to, "valid_to"),
        (row.account_valid_from, row.account_valid_to, "account_valid_to"),
    ):
        if first and last and last < first:
            cells.fault(column, M("Lies before the first day, {day}; correct one of the two", day=first))
    if row.email and not _looks_like_email(row.email):
        cells.fault("email", M("Not an e-mail address; write it like ten@tinh.gov.vn, or leave it empty"))
    return row


def _looks_like_email(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at and "." in host.strip(".")) and not any(c.isspace() for c in text) and "@" not in host


def load(act: Act, table: Table, options: Options, faults: Faults) -> Report:
    """Add and update accounts and posts; the unit of an account's first row keeps the account. Posts missing stay.

    Of what is known a blank cell, like a column that is not there, changes nothing: an older file never undoes what was
    decided since.
    """
    rows = read_rows(table, faults, _row)
    fault = Places(table, faults)
    keys = ((row.number, (row.username, row.unit_code, row.function, row.valid_from)) for row in rows)
    doubled(keys, "username", fault)
    units = units_by_code(row.unit_code for row in rows)
    people: dict[str, PostRow] = {}
    for row in rows:
        if row.unit_code not in units:
            fault(row.number, "unit_code", UNKNOWN_UNIT)
        first = people.setdefault(row.username, row)
        if first.full_name != row.full_name:
            words = M(
                "Login {login} belongs to “{name}” in row {row}; use one name or another login",
                login=row.username,
                name=first.full_name,
                row=first.number,
            )
            fault(row.number, "full_name", words)
        elif first.email and row.email and first.email != row.email:
            fault(
                row.number,
                "email",
                M("Login {login} has another address in row {row}", login=row.username, row=first.number),
            )
        for column in ACCOUNT_DAYS:
            given, before = getattr(row, column), getattr(first, column)
            if given != before and row is not first:
                fault(
                    row.number,
                    column,
                    M("Login {login} has another day in row {row}", login=row.username, row=first.number),
                )
    faults.raise_if_any()
    today = local_day(act.now)
    governing = administrators(today)
    columns = frozenset(table.columns)
    if "account_valid_to" in columns:
        _last_days(people, today, fault)
        faults.raise_if_any()
    accounts, new = _accounts(act, people.values(), units, options.issue or OneTimePasswords(), fault)
    report = _posts(act, rows, accounts, new, units, fault, "valid_to" if "valid_to" in columns else "unit_code")
    faults.raise_if_any()
    _somebody_stays(governing, people, accounts, today, fault)
    faults.raise_if_any()
    return report


def _last_days(people: Mapping[str, PostRow], today: date, fault: Places) -> None:
    """Refuse a new last day that is over: as on the screen, who has to stop now is suspended there."""
    account = m.Account
    known = db.session.execute(select(account.username, account.valid_to).where(account.username.in_(people)))
    for login, last in known:
        wanted = people[login].account_valid_to
        if wanted is not None and wanted != last and wanted < today:
            words = M("The last day is today or later: who has to stop now is suspended.")
            fault(people[login].number, "account_valid_to", words)


def _somebody_stays(
    governing: frozenset[int],
    people: Mapping[str, PostRow],
    accounts: Mapping[str, m.Account],
    today: date,
    fault: Places,
) -> None:
    """Refuse a file that leaves nobody who keeps accounts, at the first row of somebody who does."""
    ending = [row for login, row in people.items() if accounts[login].id in governing]
    lasts = (last for row in ending for last in (row.valid_to, row.account_valid_to) if last is not None)
    days = {today, *(max(today, last + timedelta(days=1)) for last in lasts)}
    if ending and not all(administrators(day) for day in sorted(days)):
        words = M("Nobody would be left who keeps accounts: let somebody else administer first.")
        row = ending[0]
        own_days = row.account_valid_from or row.account_valid_to
        fault(row.number, "account_valid_to" if own_days else "valid_to", words)


def _accounts(
    act: Act, people: Iterable[PostRow], units: dict[str, m.Unit], issue: Issue, fault: Places
) -> tuple[dict[str, m.Account], dict[str, bool]]:
    """Return the accounts by login, and of each whether it is new or changed."""
    people = list(people)
    wanted = {row.username for row in people}
    account = m.Account
    accounts = {a.username: a for a in db.session.scalars(select(account).where(account.username.in_(wanted)))}
    new = {username: username not in accounts for username in wanted}
    for row in people:
        found = accounts.get(row.username)
        if found is None:
            password_hash, must_change = issue(row.username, row.full_name)
            found = accounts[row.username] = account(
                username=row.username,
                password_hash=password_hash,
                must_change_password=must_change,
                password_set_at=act.now,
                created_at=act.now,
                unit_id=units[row.unit_code].id,
            )
            if must_change:
                dated(found, act.now)
            db.session.add(found)
        given = {"email": row.email, "valid_from": row.account_valid_from, "valid_to": row.account_valid_to}
        assign(found, {"full_name": row.full_name, **{name: value for name, value in given.items() if value}})
        if found.valid_from and found.valid_to and found.valid_to < found.valid_from:
            words = M("Lies after the last day, {day}; correct one of the two", day=found.valid_to)
            fault(row.number, "account_valid_from", words)
    db.session.flush()
    return accounts, new


def _posts(
    act: Act,
    rows: Sequence[PostRow],
    accounts: dict[str, m.Account],
    new: dict[str, bool],
    units: dict[str, m.Unit],
    fault: Places,
    reopening: str,
) -> Report:
    """Add and update posts; ``reopening`` is the column at which a row is faulted that would open an ended post again."""
    report = Report()
    today = local_day(act.now)
    ids = {account.id for account in accounts.values()}
    held: dict[tuple[int, int, Function], list[m.Post]] = {}
    for one in db.session.scalars(select(m.Post).where(m.Post.account_id.in_(ids)).order_by(m.Post.valid_from)):
        held.setdefault((one.account_id, one.unit_id, one.function), []).append(one)
    first_rows = {row.username: row for row in reversed(rows)}
    for row in rows:
        account, unit = accounts[row.username], units[row.unit_code]
        assert row.function is not None  # noqa: S101 - read as required
        post = _same_post(held.get((account.id, unit.id, row.function), []), row.valid_from)
        known, changed = post is not None, False
        if post is None:
            post = m.Post(
                account_id=account.id,
                unit_id=unit.id,
                function=row.function,
                valid_from=row.valid_from or min(today, row.valid_to or today),
                valid_to=row.valid_to,
            )
            db.session.add(post)
        elif row.valid_to is not None and row.valid_to < post.valid_from:
            words = M("Lies before the first day, {day}; correct one of the two", day=post.valid_from)
            fault(row.number, "valid_to", words)
        elif _reopens(row, post, today):
            words = M(
                "This post ended on {day}: take the row out, or give the post's first and last day to open it again",
                day=post.valid_to,
            )
            fault(row.number, reopening, words)
        elif row.valid_to is not None:
            changed = assign(post, {"valid_to": row.valid_to})
        if row is first_rows[row.username] and not new[row.username] and _keeps(row, post, today):
            account.unit_id = unit.id
        label = f"{row.username} – {row.unit_code} – {row.function}"
        report.note_row(row.number, label, new=not known, changed=changed)
    db.session.flush()
    made = sum(new.values())
    if made:
        report.notes.append(M("New accounts: {count}", count=made))
    return report


def _same_post(posts: Sequence[m.Post], valid_from: date | None) -> m.Post | None:
    """Return the post a row means: the one that began that day or, where the row names no day, the latest."""
    if valid_from is None:
        return posts[-1] if posts else None
    return next((post for post in posts if post.valid_from == valid_from), None)


def _reopens(row: PostRow, post: m.Post, today: date) -> bool:
    """Tell whether a row gives an ended post further days without naming both of them."""
    if post.valid_to is None or post.valid_to >= today:
        return False
    if row.valid_to is None:
        return True
    return row.valid_to >= today and row.valid_from is None


def _keeps(row: PostRow, post: m.Post, today: date) -> bool:
    """Tell whether a known account goes to the unit of this post: it is held today, and its end is not news to the file."""
    return post.valid_from <= today and (post.valid_to is None or today <= post.valid_to == row.valid_to)
