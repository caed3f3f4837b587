"""Conflicts of interest (Điều 13): nobody appraises or approves the own unit, whatever seats one holds. The one rule, for all who ask.

A person is at home in the unit that keeps the account, among whose staff it counts; in a unit of a round where it held a post,
or was lent one, on any day since the round was opened; and where it
made a self-score, brought evidence, signed the form or its explanation, or answered a question for it. The rows name the last
one who wrote them and the trail everyone, so both are asked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, cast, null, select, true, union_all
from sqlalchemy.orm import Session

import models as m
from models.base import UtcDateTime
from permissions.actor import Actor, system_scope
from permissions.identity import LOCAL_TIME
from rules.verbs import Verb
from rules.vocabulary import Layer

_NO_DAYS = (
    cast(null(), Date).label("valid_from"),
    cast(null(), Date).label("valid_to"),
    cast(null(), UtcDateTime).label("revoked_at"),
    cast(null(), UtcDateTime).label("opened_at"),
)
_SIGNATURES = (Verb.SIGN.value, Verb.SIGN_EXPLANATION.value)
#: What is done for a form in the place of its unit, and how the trail tells that it was done: a refusal is no tie.
_OF_THE_UNIT = (Verb.SCORE.value, Verb.ATTACH.value, Verb.EXPLAIN.value, *_SIGNATURES)
_DONE = ("create", "update", "delete")


def at_home(
    session: Session,
    account_ids: Collection[int],
    round_id: int,
    now: datetime,
    *,
    unit_ids: Collection[int] | None = None,
    coming: bool = False,
) -> frozenset[tuple[int, int]]:
    """Return (account, unit) of each person at home in a unit of a round, in one statement.

    ``coming`` counts posts that begin later too: whoever is assigned today would have to stop then.
    """
    with session.no_autoflush, system_scope("conflicts of interest"):
        ties = (*_held(account_ids, round_id, unit_ids), *_wrote(account_ids, round_id, unit_ids))
        rows = session.execute(union_all(*ties)).all()
    today, found = _day(now), set()
    for row in rows:
        since = today if row.opened_at is None else min(today, _day(row.opened_at))
        ends = [day for day in (row.valid_to, None if row.revoked_at is None else _day(row.revoked_at)) if day]
        end = min(ends, default=None)
        dateless = row.valid_from is None
        begun = dateless or coming or row.valid_from <= today
        if dateless or (begun and (end is None or max(since, row.valid_from) <= end)):
            found.add((row.account_id, row.unit_id))
    return frozenset(found)


def units_of(session: Session, actor: Actor, round_id: int, unit_ids: Collection[int]) -> frozenset[int]:
    """Return the units of a round that the actor may not judge: who borrows judges in the giver's place, so both count."""
    persons = actor.interests | {actor.account_id}
    return frozenset(unit_id for _, unit_id in at_home(session, persons, round_id, actor.now, unit_ids=unit_ids))


def _held(account_ids: Collection[int], round_id: int, unit_ids: Collection[int] | None) -> Any:
    post, lent, account = m.Post, m.Delegation, m.Account
    kept = select(account.id.label("account_id"), account.unit_id, *_NO_DAYS).where(
        account.id.in_(account_ids), _among(account.unit_id, unit_ids)
    )
    own = (
        select(
            post.account_id,
            post.unit_id,
            post.valid_from,
            post.valid_to,
            cast(null(), UtcDateTime).label("revoked_at"),
            m.Round.opened_at,
        )
        .join(m.Round, m.Round.id == round_id)
        .where(post.account_id.in_(account_ids), _among(post.unit_id, unit_ids))
    )
    borrowed = (
        select(lent.receiver_id, post.unit_id, lent.valid_from, lent.valid_to, lent.revoked_at, m.Round.opened_at)
        .join(post, post.id == lent.post_id)
        .join(m.Round, m.Round.id == round_id)
        .where(lent.receiver_id.in_(account_ids), _among(post.unit_id, unit_ids))
    )
    return kept, own, borrowed


def _wrote(account_ids: Collection[int], round_id: int, unit_ids: Collection[int] | None) -> Any:
    form, score, answer, handed = m.Assessment, m.Score, m.Explanation, m.Snapshot
    document, file, used, entry = m.Evidence, m.EvidenceFile, m.EvidenceLink, m.AuditEntry

    def of_round(person: Any, *conditions: Any, table: Any = None, brought: Any = None) -> Any:
        query = select(person.label("account_id"), form.unit_id, *_NO_DAYS)
        if table is not None:
            query = query.select_from(table).join(form, form.id == table.assessment_id)
        if brought is not None:
            query = query.join(*brought)
        return query.where(
            person.in_(account_ids), form.round_id == round_id, _among(form.unit_id, unit_ids), *conditions
        )

    return (
        of_round(score.author_id, score.layer == Layer.SELF, table=score),
        of_round(form.signed_by_id),
        of_round(answer.author_id, table=answer),
        of_round(m.FieldSheet.explained_by_id, table=m.FieldSheet),
        # Who signed and took it back, or signed an explanation, stands in what was handed over.
        of_round(handed.author_id, handed.verb.in_(_SIGNATURES), table=handed),
        of_round(document.author_id, table=used, brought=(document, document.id == used.evidence_id)),
        of_round(file.author_id, table=used, brought=(file, file.evidence_id == used.evidence_id)),
        # Who was written over, or whose post was changed afterwards, stands in the trail.
        of_round(entry.actor_id, entry.verb.in_(_OF_THE_UNIT), entry.operation.in_(_DONE), table=entry),
    )


def _among(column: Any, ids: Collection[int] | None) -> Any:
    return true() if ids is None else column.in_(ids)


def _day(moment: datetime) -> date:
    return moment.astimezone(LOCAL_TIME).date()
