"""The read floor: which rows of each table an authority reads (Điều 4). One line per table and kind of authority.

``permissions.floor`` asks it for every ORM statement, so lists, counts, joins, look-ups, exports and drop-downs are cut alike.
A table that is not listed here cannot be read at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true
from sqlalchemy.orm import Session

import models as m
from permissions.actor import Actor, Authority
from permissions.among import Among
from permissions.form_rows import (
    audit,
    evidence,
    evidence_file,
    evidence_link,
    explanation,
    released_question,
    released_remark,
    released_score,
    released_snapshot,
    released_subtotal,
)
from permissions.identity import LOCAL_TIME
from permissions.ranges import Filter, Rows, council_units, reached, subtree, uncut, unit_rows
from rules.verbs import Role


class ReadRefused(RuntimeError):
    """A statement that the read floor cannot judge: an undeclared table, or SQL below the ORM."""


def _everyone(actor: Actor, authority: Authority) -> Filter:
    return True


def _unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.OFFICER, Role.LEADER):
        return m.Unit.id == authority.unit_id
    if authority.role.seated:
        return Among(m.Unit.id, council_units(authority))
    return True if authority.everywhere else reached(m.Unit.path, authority)


def _account(actor: Actor, authority: Authority) -> Filter:
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return _or_own(m.Account.id, actor, subtree(m.Account.unit_id, authority))
    if authority.role in (Role.OFFICER, Role.LEADER) and authority.reaches(authority.unit_path):
        kept: ColumnElement[bool] = m.Account.unit_id == authority.unit_id
        if authority.role is Role.LEADER:
            kept = or_(kept, Among(m.Account.id, _holders(actor, authority)))
        return _or_own(m.Account.id, actor, kept)
    return m.Account.id == actor.account_id


def _holders(actor: Actor, authority: Authority) -> Any:
    """Who holds a post in the leader's unit today, whichever unit keeps the account (Điều 8)."""
    post, today = m.Post.__table__.c, actor.now.astimezone(LOCAL_TIME).date()
    return select(post.account_id).where(
        post.unit_id == authority.unit_id,
        post.valid_from <= today,
        or_(post.valid_to.is_(None), post.valid_to >= today),
    )


def _or_own(column: Any, actor: Actor, rows: Rows) -> Rows:
    return True if rows is True else or_(column == actor.account_id, rows)


def _managed(column: Any, own: Any = None) -> Any:
    """Rows kept by managers over the unit in ``column``; besides, those of the reader's own account."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
            below = subtree(column, authority)
            return below if own is None else _or_own(own, actor, below)
        if own is None:
            return False
        mine: Filter = own == actor.account_id
        return mine

    return rows


def _council(column: Any, unit: Any) -> Any:
    """Rows of a council: for those who keep it, for those who observe it, and for its own seats."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role.seated:
            here: Filter = column == authority.council_id
            return here
        if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
            return subtree(unit, authority)
        return False

    return rows


def _council_unit(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        here = m.CouncilUnit.council_id == authority.council_id
        return here if uncut(authority) else and_(here, Among(m.CouncilUnit.unit_id, council_units(authority)))
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR, Role.OBSERVER):
        return subtree(m.CouncilUnit.unit_id, authority)
    return False


def _assignment(actor: Actor, authority: Authority) -> Filter:
    if authority.role.seated:
        seat = m.Seat.__table__
        return Among(m.Assignment.seat_id, select(seat.c.id).where(seat.c.council_id == authority.council_id))
    if authority.role in (Role.MANAGER, Role.ADMINISTRATOR):
        return subtree(m.Assignment.owner_unit_id, authority)
    return False


def _published() -> Select[tuple[int]]:
    edition = m.Edition.__table__
    return select(edition.c.id).where(edition.c.withdrawn_at.is_(None))


def _public_edition(column: Any) -> Any:
    """Published editions are open to everyone signed in; withdrawn ones to those who publish."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role is Role.ADMINISTRATOR:
            return True
        return Among(column, _published())

    return rows


def _public_row(actor: Actor, authority: Authority) -> Filter:
    if authority.role is Role.ADMINISTRATOR:
        return True
    row = m.EditionRow.__table__
    return m.EditionField.row_id.in_(select(row.c.id).where(row.c.edition_id.in_(_published())))


def _edition_leaf(actor: Actor, authority: Authority) -> Filter:
    """Leaves of published editions for the unit, those above it and its council of that round, never for other units."""
    if authority.role is Role.ADMINISTRATOR:
        return True
    published = Among(m.EditionLeaf.edition_id, _published())
    if authority.role.seated:
        edition, group = m.Edition.__table__, m.RankingGroup.__table__
        of_round = (
            select(edition.c.id)
            .join(group, group.c.id == edition.c.group_id)
            .where(group.c.round_id == authority.council_round_id, edition.c.withdrawn_at.is_(None))
        )
        return and_(Among(m.EditionLeaf.unit_id, council_units(authority)), Among(m.EditionLeaf.edition_id, of_round))
    rows: Filter = unit_rows(m.EditionLeaf, assessment=None)(actor, authority)
    return rows if rows is False else published if rows is True else and_(rows, published)


def _delegation(actor: Actor, authority: Authority) -> Filter:
    """Kept by managers; besides, what one receives and what one gave of the own posts and seats."""
    kept = _managed(m.Delegation.unit_id, own=m.Delegation.receiver_id)(actor, authority)
    if kept is True:
        return True
    post, seat = m.Post.__table__, m.Seat.__table__
    return or_(
        kept,
        Among(m.Delegation.post_id, select(post.c.id).where(post.c.account_id == actor.account_id)),
        Among(m.Delegation.seat_id, select(seat.c.id).where(seat.c.account_id == actor.account_id)),
    )


def _staff(column: Any) -> Any:
    """What a unit's leader reported of its staff: the leader itself, and managers over the unit."""

    def rows(actor: Actor, authority: Authority) -> Filter:
        if authority.role is Role.LEADER:
            own: Filter = column == authority.unit_id
            return own if authority.reaches(authority.unit_path) else False
        return subtree(column, authority) if authority.role in (Role.MANAGER, Role.ADMINISTRATOR) else False

    return rows


def _post(actor: Actor, authority: Authority) -> Filter:
    """Kept by managers; one's own; besides, a leader knows the functions of its unit's people (Điều 8)."""
    if authority.role is Role.LEADER and authority.reaches(authority.unit_path):
        return or_(m.Post.account_id == actor.account_id, m.Post.unit_id == authority.unit_id)
    kept: Filter = _managed(m.Post.unit_id, own=m.Post.account_id)(actor, authority)
    return kept


def _viewing(actor: Actor, authority: Authority) -> Filter:
    """Who is looked at knows it, and who looks; Sở Nội vụ knows all."""
    if authority.role is Role.ADMINISTRATOR:
        return True
    return or_(m.Viewing.account_id == actor.account_id, m.Viewing.viewer_id == actor.account_id)


def _sessions(actor: Actor, authority: Authority) -> Filter:
    """The own ones; who keeps the accounts ends anybody's."""
    return True if authority.role is Role.ADMINISTRATOR else m.LoginSession.account_id == actor.account_id


def _nobody(actor: Actor, authority: Authority) -> Filter:
    return False


ROWS: dict[type[Any], Callable[[Actor, Authority], Filter]] = {
    # Catalogues: the shape of the round, no data of any unit.
    m.Level: _everyone,
    m.UnitKind: _everyone,
    m.UnitGroup: _everyone,
    m.Round: _everyone,
    m.RankingGroup: _everyone,
    m.RankingGroupKind: _everyone,
    m.ClassBand: _everyone,
    m.Window: _everyone,
    m.CriteriaSet: _everyone,
    m.Criterion: _everyone,
    m.CriterionExclusion: _everyone,
    # Units and their people.
    m.Unit: _unit,
    m.UnitChange: _managed(m.UnitChange.from_unit_id),
    m.UnitGroupMember: _managed(m.UnitGroupMember.unit_id),
    m.Account: _account,
    m.Post: _post,
    m.Delegation: _delegation,
    m.Restriction: _managed(m.Restriction.unit_id, own=m.Restriction.account_id),
    m.StaffRequest: _staff(m.StaffRequest.unit_id),
    m.StaffChange: _staff(m.StaffChange.unit_id),
    m.Viewing: _viewing,
    m.ReadCount: _nobody,
    m.LoginSession: _sessions,
    m.LoginThrottle: _nobody,
    m.SecondFactor: _nobody,
    m.RecoveryCode: _nobody,
    m.PreviousPassword: _nobody,
    m.Notice: unit_rows(m.Notice, assessment=None),
    # Councils.
    m.Council: _council(m.Council.id, m.Council.unit_id),
    m.CouncilUnit: _council_unit,
    m.Seat: _council(m.Seat.council_id, m.Seat.unit_id),
    m.Assignment: _assignment,
    # Assessments and what hangs on them.
    m.Assessment: unit_rows(m.Assessment, assessment="id"),
    m.FieldSheet: unit_rows(m.FieldSheet),
    m.Score: unit_rows(m.Score, released=released_score),
    m.Subtotal: unit_rows(m.Subtotal, released=released_subtotal),
    m.Exemption: unit_rows(m.Exemption),
    m.Extension: unit_rows(m.Extension),
    m.EvidenceLink: evidence_link,
    m.Evidence: evidence,
    m.EvidenceFile: evidence_file,
    m.Question: unit_rows(m.Question, released=released_question),
    m.Explanation: explanation,
    m.Remark: unit_rows(m.Remark, released=released_remark),
    m.ReferenceFigure: unit_rows(m.ReferenceFigure),
    m.Snapshot: unit_rows(m.Snapshot, released=released_snapshot),
    # Publication and audit.
    m.Edition: _public_edition(m.Edition.id),
    m.EditionRow: _public_edition(m.EditionRow.edition_id),
    m.EditionField: _public_row,
    m.EditionLeaf: _edition_leaf,
    m.AuditEntry: audit,
    m.AuditHead: _nobody,
}


def rows_of(model: type[Any], actor: Actor | None) -> Filter:
    """Return which rows of a table the actor reads; nothing without an authority."""
    if model not in ROWS:
        raise ReadRefused(f"{model.__name__} has no line in permissions/scope.py")
    if actor is None or actor.authority is None:
        return False
    return ROWS[model](actor, actor.authority)


def visible(session: Session, model: type[Any], **columns: object) -> bool:
    """Tell whether a row with these column values exists in the reader's scope."""
    conditions = [getattr(model, name) == value for name, value in columns.items()]
    return session.scalar(select(true()).where(select(model.id).where(*conditions).exists())) is not None
