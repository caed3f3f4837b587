"""The own password: changed with the old one, by the rules; the other sessions end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from extensions import db
from models import Account, LoginSession, Post, PreviousPassword, Unit
from permissions.actor import system_scope
from permissions.gate import hidden, record, system_act
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Function
from services.account import password_rules, second_factor, throttle
from services.account.password_rules import Owner
from services.account.secrets import digest, hash_password, verify
from services.account.sessions import Device, end_all, settings
from services.account.throttle import Try

WRONG = M("The present password is not right.")
#: Once a history is kept, so many former passwords of an administrator are not taken again (AU-06).
ADMIN_HISTORY = 10


def change_password(account_id: int, old: str, new: str, keep: str, device: Device | None = None) -> dict[str, Message]:
    """Set an own password and end the other sessions; return the faults by field, empty when done."""
    device = device or Device()
    with system_scope("own password"):
        account = db.session.get(Account, account_id)
        if account is None:
            raise hidden()
        stored = account.password_hash
        fits = verify(stored, old)
        made = Try("password", account.username, device.address, account_id)
        with system_act(Verb.SIGN_IN, "own password refused") as doing:
            session = db.session()
            if throttle.blocked(session, made, doing.now, known=lambda: True):
                return {"old": WRONG}
            if not fits:
                throttle.failed(session, made, doing.now)
                record("failed", account, address=device.address)
                return {"old": WRONG}
        fault = password_rules.fault(new, _owner(db.session(), account)) or _used_before(db.session(), account, new)
        if fault is not None:
            return {"new": fault}
        renewed = hash_password(new)  # slow on purpose: before the transaction that keeps others from writing
        # No authority is asked for: who has none yet, or acts for somebody, keeps the own password too.
        with system_act(Verb.SIGN_IN, "own password") as changed:
            query = select(Account).where(Account.id == account_id).with_for_update(of=Account)
            account = db.session.scalars(query.execution_options(populate_existing=True)).one()
            if account.password_hash != stored:
                return {"old": WRONG}
            _remember(db.session(), account, changed.now)
            account.password_hash = renewed
            account.password_set_at = changed.now
            account.must_change_password = False
            account.issued_until = account.issued_used_at = None
            end_all(account_id, changed.now, keep=keep)
            own = db.session.scalar(select(LoginSession).where(LoginSession.token_hash == digest(keep)))
            if own is not None:
                own.change_due = False
    return {}


def _owner(session: Session, account: Account) -> Owner:
    units = session.execute(select(Unit.code, Unit.name)).all()
    return Owner(
        account.username,
        account.full_name,
        tuple(word for code, name in units for word in (code, name)),
        has_factor=second_factor.in_force(session, account.id),
    )


def _used_before(session: Session, account: Account, new: str) -> Message | None:
    """Refuse the present password, and as many former ones as the setting says."""
    if verify(account.password_hash, new):
        return M("This is the present password: choose another.")
    former = select(PreviousPassword.password_hash).where(PreviousPassword.account_id == account.id)
    # The present one counts as one of them.
    kept = former.order_by(PreviousPassword.id.desc()).limit(max(0, _history(session, account) - 1))
    if any(verify(stored, new) for stored in session.scalars(kept).all()):
        return M("You had this password before: choose one you did not have lately.")
    return None


def _history(session: Session, account: Account) -> int:
    """Return how many passwords may not be taken again; an administrator's ten at least, where any."""
    rules = settings()
    if rules.password_history == 0:
        return 0
    post = select(Post.id).join(Unit, Unit.id == Post.unit_id)
    governs = post.where(
        Post.account_id == account.id, Post.function == Function.MANAGER, Unit.parent_id.is_(None)
    ).limit(1)
    return max(rules.password_history, ADMIN_HISTORY) if session.scalar(governs) else rules.password_history


def _remember(session: Session, account: Account, now: datetime) -> None:
    """Keep the password that goes, where a history is wanted; older ones than are asked for are removed."""
    most = _history(session, account)
    if most and account.password_hash and not account.must_change_password:
        session.add(PreviousPassword(account_id=account.id, password_hash=account.password_hash, replaced_at=now))
        session.flush()
    kept = select(PreviousPassword.id).where(PreviousPassword.account_id == account.id)
    kept_ids = session.scalars(kept.order_by(PreviousPassword.id.desc()).limit(most)).all() if most else []
    session.execute(
        delete(PreviousPassword)
        .where(PreviousPassword.account_id == account.id, PreviousPassword.id.not_in(kept_ids))
        .execution_options(synchronize_session=False)
    )
