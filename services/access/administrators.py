"""Who keeps accounts: somebody is always left, today and on every later day, whatever is taken from whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from rules.message import M
from rules.vocabulary import Function
from services.faults import Fault


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Days from the first to the last, both included; without an end where there is none."""

    first: date | None
    last: date | None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or self.last >= day)

    def turns(self) -> Iterator[date]:
        """Yield the days from which on it holds, or does not hold any more."""
        if self.first is not None:
            yield self.first
        if self.last is not None and self.last < date.max:
            yield self.last + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Keepers:
    """Posts that keep accounts, each with the stretches it needs (its own, the account's, the unit's), and what restricts whom."""

    held: tuple[tuple[int, tuple[_Stretch, ...]], ...]
    cut: dict[int, list[_Stretch]]

    def on(self, day: date) -> frozenset[int]:
        """Return the accounts that keep accounts on a day."""
        return frozenset(
            account
            for account, needs in self.held
            if all(one.holds(day) for one in needs) and not any(one.holds(day) for one in self.cut.get(account, ()))
        )

    def turns(self) -> set[date]:
        """Return the days on which somebody begins or ceases to keep accounts; between them nothing changes."""
        needs = (one for _account, stretches in self.held for one in stretches)
        cuts = (one for account, _needs in self.held for one in self.cut.get(account, ()))
        return {day for stretches in (needs, cuts) for one in stretches for day in one.turns()}


def administrators(day: date) -> frozenset[int]:
    """Return the accounts that keep accounts on a day: usable, a manager at the root, not restricted, nothing borrowed."""
    return _keepers().on(day)


def administers(account_id: int, day: date) -> bool:
    """Tell whether a post that keeps accounts is a person's on a day or later, whatever stands against its use now."""
    post = m.Post
    with system_scope("who keeps accounts"):
        lasts = db.session.scalars(
            select(post.valid_to)
            .join(m.Unit, m.Unit.id == post.unit_id)
            .where(post.account_id == account_id, post.function == Function.MANAGER, m.Unit.parent_id.is_(None))
        ).all()
    return any(last is None or last >= day for last in lasts)


@contextmanager
def somebody_stays(today: date) -> Iterator[None]:
    """Refuse a change that leaves a day, today or later, without anybody who keeps accounts. Raises ``Fault``.

    Call it inside an act before any account is locked: whoever takes access away waits here for the other, so of two who do it
    at once the second sees what the first did, and neither holds what the other needs.
    """
    with system_scope("who keeps accounts"):
        # Rows that refer to the unit may be written meanwhile.
        db.session.execute(select(m.Unit.id).where(m.Unit.parent_id.is_(None)).with_for_update(key_share=True))
    before = _keepers()
    yield
    day = _first_gap(before, _keepers(), today)
    if day == today:
        raise Fault(M("Nobody would be left who keeps accounts: let somebody else administer first."))
    if day is not None:
        words = M("From {day} nobody would be left who keeps accounts: let somebody else administer first.", day=day)
        raise Fault(words)


def needed(account_ids: Collection[int], today: date) -> frozenset[int]:
    """Return those who keep accounts where without them all a day, today or later, would have nobody; else nobody."""
    before = _keepers()
    after = replace(before, held=tuple(one for one in before.held if one[0] not in account_ids))
    if _first_gap(before, after, today) is None:
        return frozenset()
    return frozenset(account for account, _needs in before.held if account in account_ids)


def _first_gap(before: _Keepers, after: _Keepers, today: date) -> date | None:
    """Return the first day, today or later, that had somebody before and has nobody after; None where there is none."""
    days = sorted({today, *(day for day in before.turns() | after.turns() if day > today)})
    return next((day for day in days if before.on(day) and not after.on(day)), None)


def _keepers() -> _Keepers:
    post, account, unit, cut = m.Post, m.Account, m.Unit, m.Restriction
    session = db.session()
    session.flush()  # what the act going on has changed counts
    with system_scope("who keeps accounts"):
        rows = session.execute(
            select(
                post.account_id,
                post.valid_from,
                post.valid_to,
                account.valid_from.label("since"),
                account.valid_to.label("until"),
                unit.valid_to.label("unit_to"),
            )
            .join(unit, unit.id == post.unit_id)
            .join(account, account.id == post.account_id)
            .where(post.function == Function.MANAGER, unit.parent_id.is_(None), account.active)
        ).all()
        cuts = session.execute(
            select(cut.account_id, cut.valid_from, cut.valid_to).where(
                cut.account_id.in_({row.account_id for row in rows}), cut.lifted_at.is_(None)
            )
        ).all()
    restricted: defaultdict[int, list[_Stretch]] = defaultdict(list)
    for one in cuts:
        restricted[one.account_id].append(_Stretch(one.valid_from, one.valid_to))
    return _Keepers(
        tuple(
            (
                row.account_id,
                (
                    _Stretch(row.valid_from, row.valid_to),
                    _Stretch(row.since, row.until),
                    _Stretch(None, row.unit_to),
                ),
            )
            for row in rows
        ),
        dict(restricted),
    )
