"""Restrictions of access (Điều 9.1): less than posts and seats give, from a day to a day, or until it is lifted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import or_, select

import models as m
from extensions import db
from permissions.gate import act, hidden
from rules.message import M, Message
from rules.verbs import Verb
from services.access.administrators import somebody_stays
from services.access.guard import refuse_own
from services.access.life import again, with_reason
from services.account.sessions import local_day
from services.faults import Fault, in_order


def fields() -> list[tuple[str, str]]:
    """Return code and name of the fields of all criteria sets, each with the name of the newest."""
    criterion = m.Criterion
    rows = db.session.execute(
        select(criterion.code, criterion.name).where(criterion.parent_id.is_(None)).order_by(criterion.set_id)
    )
    return sorted({row.code: row.name for row in rows}.items(), key=lambda one: (len(one[0]), one[0]))


def restrict(
    account: m.Account,
    *,
    read_only: bool,
    units: Sequence[m.Unit],
    field_codes: Collection[str],
    first: date | None,
    last: date | None,
    reason: str,
) -> m.Restriction:
    """Cut the access of an account to reading, to some of its units, to some fields; from today where no day is given. Raises ``Fault``."""
    reason = with_reason(reason)
    if not (read_only or units or field_codes):
        raise Fault({"read_only": M("Say what is restricted: reading only, units, or fields.")})
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing, somebody_stays(local_day(doing.now)):
        account = again(account)
        refuse_own(account, doing)
        today = local_day(doing.now)
        first = first or today
        faults: dict[str, Message] = {}
        if first < today:
            faults["valid_from"] = M("A restriction begins today or later.")
        reached = reach(account.id, today)
        beyond = [unit.name for unit in units if not any(unit.path.startswith(path) for path in reached)]
        if beyond:
            words = M("The roles of this account do not reach: {units}.", units="; ".join(sorted(beyond)))
            faults["units"] = words
        if not set(field_codes) <= {code for code, _ in fields()}:
            faults["field_codes"] = M("Tick fields of the criteria sets.")
        if faults:
            raise Fault(faults)
        in_order(first, last)
        cut = m.Restriction(
            account_id=account.id,
            unit_id=account.unit_id,
            read_only=read_only,
            unit_ids=sorted({unit.id for unit in units}),
            field_codes=sorted(set(field_codes)),
            valid_from=first,
            valid_to=last,
            reason=reason,
        )
        _adds_something(cut)
        db.session.add(cut)
    return cut


def _adds_something(new: m.Restriction) -> None:
    """Refuse what another restriction says already for all these days: lifting one of two would free nobody. Raises ``Fault``."""
    cut = m.Restriction
    query = select(cut).where(
        cut.account_id == new.account_id, cut.lifted_at.is_(None), cut.valid_from <= new.valid_from
    )
    to_the_end = (
        cut.valid_to.is_(None) if new.valid_to is None else cut.valid_to.is_(None) | (cut.valid_to >= new.valid_to)
    )
    for one in db.session.scalars(query.where(to_the_end)):
        if all(getattr(one, part) == getattr(new, part) for part in ("read_only", "unit_ids", "field_codes")):
            raise Fault(M("This restriction stands already, from {day} on; nothing was added.", day=one.valid_from))


def lift(account: m.Account, restriction_id: int, reason: str) -> None:
    """End a restriction at once. Raises ``Fault``, and the refusal of one that is not there."""
    reason = with_reason(reason)
    with act(Verb.MANAGE_ACCOUNTS, reason=reason) as doing:
        account = again(account)
        refuse_own(account, doing)
        cut = db.session.scalar(
            select(m.Restriction)
            .where(m.Restriction.id == restriction_id, m.Restriction.account_id == account.id)
            .with_for_update(of=m.Restriction)
            .execution_options(populate_existing=True)
        )
        if cut is None:
            raise hidden()
        if cut.lifted_at is not None or (cut.valid_to is not None and cut.valid_to < local_day(doing.now)):
            raise Fault(M("This restriction is over already."))
        cut.lifted_at = doing.now


def reach(account_id: int, day: date) -> list[str]:
    """Return the tree paths that posts and seats of an account, and what is lent to it, reach on a day or later."""
    unit = m.Unit
    found: list[str] = []
    for held in (m.Post, m.Seat):
        query = select(unit.path).join(held, held.unit_id == unit.id).where(held.account_id == account_id)
        found += db.session.scalars(query.where(or_(held.valid_to.is_(None), held.valid_to >= day)))
    lent = m.Delegation
    query = select(unit.path).join(lent, lent.unit_id == unit.id).where(lent.receiver_id == account_id)
    found += db.session.scalars(query.where(lent.revoked_at.is_(None), lent.valid_to >= day))
    return found
