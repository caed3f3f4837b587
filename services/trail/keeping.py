"""How long the trail is kept: the oldest entries go after their months, never those of an evaluation that is not over (LO-07)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session

from models import AuditEntry, Edition, RankingGroup, Round, Window
from permissions import seals, stored, trail
from permissions.gate import system_act
from permissions.identity import LOCAL_TIME
from rules.message import M, Message
from rules.verbs import Verb
from services.faults import Fault
from services.trail import chain, watch

_NOT_WHOLE = M("The audit trail is not whole: run flask verify, nothing is taken away until that is cleared up.")


@dataclass(frozen=True, slots=True)
class Purged:
    """What went: how many entries, all older than a moment; ``round`` is the one whose beginning held more back."""

    count: int
    before: datetime
    round: str = ""


def purge(session: Session) -> Purged:
    """Take away the oldest entries, call inside a system scope; the head moves on and the purge is an entry itself.

    Raises ``Fault`` while the chain is not whole: nobody destroys what an inquiry needs.
    """
    if chain.verify(session).faulty:
        raise Fault(_NOT_WHOLE)
    with system_act(Verb.IMPORT, "audit purge") as purging:
        before, held = _limit(session, purging.now)
        head = trail.locked_head(session)
        if not seals.sound(head):  # changed since it was looked at
            raise Fault(_NOT_WHOLE)
        keep = session.scalar(select(func.min(AuditEntry.id)).where(AuditEntry.at >= before)) or head["last_id"]
        count = session.scalar(select(func.count()).where(AuditEntry.id < keep)) or 0
        if not count:
            return Purged(0, before, held)
        before_keep = session.scalar(select(AuditEntry.seal).where(AuditEntry.id == keep - 1)) or ""
        session.execute(delete(AuditEntry).where(AuditEntry.id < keep).execution_options(synchronize_session=False))
        if keep > head["first_id"]:
            head["start_seal"], head["first_id"] = before_keep, keep
        head["older"], head["older_digest"] = stored.older(session.connection(), head["first_id"])
        trail.put_head(session, head)
        trail.append(
            session,
            trail.of_act(purging)
            | {
                "operation": "purge",
                "object_type": "AuditEntry",
                "changes": {"entries": [count, None], "before": [None, before.isoformat()], "first": [None, keep]},
            },
        )
    return Purged(count, before, held)


def _limit(session: Session, now: datetime) -> tuple[datetime, str]:
    """Return before which moment entries may go, and the round that holds more back."""
    months = watch.settings().months
    limit, held = _months_before(now, months), ""
    for round_, opens in session.execute(
        select(Round, select(func.min(Window.opens_at)).where(Window.round_id == Round.id).scalar_subquery())
    ):
        if _over(session, round_):
            continue
        year = datetime.combine(date(round_.year, 1, 1), time(), LOCAL_TIME).astimezone(UTC)
        began = min(moment for moment in (year, round_.opened_at, opens) if moment is not None)
        if began < limit:
            limit, held = began, round_.name
    return limit, held


def _over(session: Session, round_: Round) -> bool:
    """Tell whether every group of a round is published."""
    published = exists().where(Edition.group_id == RankingGroup.id, Edition.in_force)
    groups = select(RankingGroup.id).where(RankingGroup.round_id == round_.id)
    return session.scalar(groups.limit(1)) is not None and session.scalar(groups.where(~published).limit(1)) is None


def _months_before(now: datetime, months: int) -> datetime:
    """Return the same moment so many calendar months ago; of a day that month lacks, its 28th."""
    count = now.year * 12 + now.month - 1 - months
    return now.replace(year=count // 12, month=count % 12 + 1, day=min(now.day, 28))


def told(done: Purged) -> list[Message]:
    """Say what went, and what held more back."""
    said = [M("{count} audit entries of before {before} taken away.", count=done.count, before=done.before)]
    if done.round:
        said.append(M("Later entries are kept: {round} is not published in full.", round=done.round))
    return said
