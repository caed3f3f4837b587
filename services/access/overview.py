"""All that stands about one person's access, in a constant number of statements: posts, seats, delegations, restrictions, who looked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Function
from services.account.sessions import local_day


class Standing(StrEnum):
    """How something with dates stands on a day."""

    COMING = "coming"
    VALID = "valid"
    OVER = "over"

    @property
    def title(self) -> Message:  # type: ignore[override]
        return {"coming": M("to come"), "valid": M("in force"), "over": M("over")}[self.value]


def standing_of(first: date | None, last: date | None, today: date, *, ended: bool = False) -> Standing:
    """Tell how a stretch of days stands, its last day included."""
    if ended or (last is not None and last < today):
        return Standing.OVER
    return Standing.COMING if first is not None and first > today else Standing.VALID


@dataclass(frozen=True, slots=True)
class Held:
    """A post, or a seat with what is assigned to it."""

    id: int
    function: Function
    place: str
    first: date
    last: date | None
    standing: Standing
    council_id: int | None = None
    round: str = ""
    #: Fields or parts of them, each with the unit it is for; empty: every unit of the council.
    assigned: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Lent:
    """A delegation, given or received: the other person, what of, which rights."""

    other: str
    source: Function
    place: str
    verbs: tuple[Message, ...]
    first: date
    last: date
    standing: Standing
    reason: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A restriction with its units by name."""

    id: int
    read_only: bool
    units: tuple[str, ...]
    fields: tuple[str, ...]
    first: date
    last: date | None
    standing: Standing
    lifted_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looked at the system as the person."""

    viewer: str
    since: datetime
    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What gives and what cuts the access of one account."""

    standing: Standing
    posts: Sequence[Held]
    seats: Sequence[Held]
    given: Sequence[Lent]
    received: Sequence[Lent]
    cuts: Sequence[Cut]
    looks: Sequence[Look]


def overview(account: m.Account, now: datetime) -> Overview:
    """Read what stands about an account, in seven statements."""
    today = local_day(now)
    lent = _delegations(account.id, today)
    return Overview(
        standing_of(account.valid_from, account.valid_to, today, ended=not account.active),
        _posts(account.id, today),
        _seats(account.id, today),
        [one for giver, one in lent if giver == account.id],
        [one for giver, one in lent if giver != account.id],
        _cuts(account.id, today),
        _looks(account.id),
    )


def _posts(account_id: int, today: date) -> list[Held]:
    post = m.Post
    rows = db.session.execute(
        select(post.id, post.function, m.Unit.name, post.valid_from, post.valid_to)
        .join(m.Unit, m.Unit.id == post.unit_id)
        .where(post.account_id == account_id)
        .order_by(post.valid_from.desc(), post.id.desc())
    )
    return [Held(*row, standing_of(row.valid_from, row.valid_to, today)) for row in rows]


def _seats(account_id: int, today: date) -> list[Held]:
    seat = m.Seat
    assigned: dict[int, list[tuple[str, str]]] = defaultdict(list)
    rows = db.session.execute(
        select(
            seat.id,
            seat.function,
            m.Council.name,
            seat.valid_from,
            seat.valid_to,
            m.Council.id,
            m.Round.name,
            m.Round.year,
        )
        .join(m.Council, m.Council.id == seat.council_id)
        .join(m.Round, m.Round.id == m.Council.round_id)
        .where(seat.account_id == account_id)
        .order_by(m.Round.year.desc(), seat.id)
    ).all()
    for seat_id, code, unit in db.session.execute(
        select(m.Assignment.seat_id, m.Criterion.code, m.Unit.name)
        .join(m.Criterion, m.Criterion.id == m.Assignment.criterion_id)
        .outerjoin(m.Unit, m.Unit.id == m.Assignment.unit_id)
        .where(m.Assignment.seat_id.in_([row[0] for row in rows]))
        .order_by(m.Criterion.path, m.Unit.name_sort)
    ):
        assigned[seat_id].append((code, unit or ""))
    return [
        Held(
            *row[:5],
            standing_of(row.valid_from, row.valid_to, today),
            row[5],
            row[6],
            tuple(dict.fromkeys(assigned[row[0]])),
        )
        for row in rows
    ]


def _delegations(account_id: int, today: date) -> list[tuple[int, Lent]]:
    """Return the giver's account of each delegation that the account gave or received, and what it says."""
    lent, post, seat = m.Delegation, aliased(m.Post), aliased(m.Seat)
    giver, receiver, unit = aliased(m.Account), aliased(m.Account), m.Unit
    rows = db.session.execute(
        select(
            giver.id.label("giver_id"),
            giver.full_name.label("giver"),
            receiver.full_name.label("receiver"),
            post.function.label("post"),
            seat.function.label("seat"),
            unit.name.label("place"),
            lent.verbs,
            lent.valid_from,
            lent.valid_to,
            lent.revoked_at,
            lent.reason,
        )
        .outerjoin(post, post.id == lent.post_id)
        .outerjoin(seat, seat.id == lent.seat_id)
        .outerjoin(giver, or_(giver.id == post.account_id, giver.id == seat.account_id))
        .outerjoin(receiver, receiver.id == lent.receiver_id)
        .outerjoin(unit, unit.id == lent.unit_id)
        .where(or_(lent.receiver_id == account_id, post.account_id == account_id, seat.account_id == account_id))
        .order_by(lent.valid_to.desc(), lent.id.desc())
    )
    return [
        (
            row.giver_id,
            Lent(
                row.receiver if row.giver_id == account_id else row.giver,
                row.post or row.seat,
                row.place,
                tuple(Verb(verb).title for verb in row.verbs if verb in set(Verb)),
                row.valid_from,
                row.valid_to,
                standing_of(row.valid_from, row.valid_to, today, ended=row.revoked_at is not None),
                row.reason,
            ),
        )
        for row in rows
    ]


def _cuts(account_id: int, today: date) -> list[Cut]:
    cut = m.Restriction
    rows = db.session.scalars(
        select(cut).where(cut.account_id == account_id).order_by(cut.valid_from.desc(), cut.id.desc())
    ).all()
    ids = {id_ for row in rows for id_ in row.unit_ids}
    names = {row.id: row.name for row in db.session.execute(select(m.Unit.id, m.Unit.name).where(m.Unit.id.in_(ids)))}
    return [
        Cut(
            row.id,
            row.read_only,
            tuple(names.get(id_, "–") for id_ in row.unit_ids),
            tuple(row.field_codes),
            row.valid_from,
            row.valid_to,
            standing_of(row.valid_from, row.valid_to, today, ended=row.lifted_at is not None),
            row.lifted_at,
            row.reason,
        )
        for row in rows
    ]


def _looks(account_id: int) -> list[Look]:
    look = m.Viewing
    rows = db.session.execute(
        select(m.Account.full_name, look.started_at, look.until, look.ended_at, look.reason)
        .join(m.Account, m.Account.id == look.viewer_id)
        .where(look.account_id == account_id)
        .order_by(look.id.desc())
        .limit(50)
    )
    return [Look(row.full_name, row.started_at, row.ended_at or row.until, row.reason) for row in rows]
