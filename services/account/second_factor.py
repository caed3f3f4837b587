"""The second factor: time-based codes of an authenticator (RFC 6238) and ten recovery codes, each good once."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import datetime

import pyotp
from flask import current_app
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from extensions import db
from models import Account, RecoveryCode, SecondFactor
from permissions.actor import system_scope
from permissions.gate import record, system_act
from rules.message import M, Message
from rules.verbs import Verb
from services.account import throttle
from services.account.secrets import digest, one_time, verify
from services.account.sessions import Device, end_all
from services.account.throttle import Try

CODES = 10
#: Seconds of one step; a code of the step before or after is taken, for clocks that differ.
STEP, AROUND = 30, 1

WRONG_CODE = M("The code is not right, was used already, or too many tries: wait for the next code.")
WRONG_PASSWORD = M("The present password is not right.")


def begin(account_id: int, password: str, device: Device) -> tuple[str, str] | Message:
    """Make the seed of a new second factor; return it and its address for an authenticator, to be shown this once.

    It is not in force until ``confirm``. Returns the fault where the password is wrong or a factor is in force.
    """
    with system_scope("second factor"):
        account = db.session.get_one(Account, account_id)
        fits = verify(account.password_hash, password)
        with system_act(Verb.SIGN_IN, "second factor begun") as doing:
            made = Try("password", account.username, device.address, account_id)
            if not _passes(made, doing.now, account, fits=lambda: fits):
                return WRONG_PASSWORD
            factor = _factor(db.session(), account_id)
            if factor is not None and factor.confirmed_at is not None:
                return M("A second factor is in force already: take it away first.")
            secret = pyotp.random_base32()
            if factor is None:
                db.session.add(SecondFactor(account_id=account_id, secret=secret, created_at=doing.now))
            else:
                factor.secret, factor.created_at, factor.last_step = secret, doing.now, 0
    issuer = f"PAR INDEX {current_app.config['PROVINCE_NAME']}"
    return secret, pyotp.TOTP(secret).provisioning_uri(name=account.username, issuer_name=issuer)


def confirm(account_id: int, code: str, device: Device, keep: str) -> list[str] | Message:
    """Put the begun factor in force by a first code, end the other sessions; return the recovery codes, shown this once."""
    with system_scope("second factor"), system_act(Verb.SIGN_IN, "second factor confirmed") as doing:
        session = db.session()
        account, factor = session.get_one(Account, account_id), _factor(session, account_id)
        if factor is None or factor.confirmed_at is not None:
            return M("No second factor waits for its first code: begin anew.")
        made = Try("code", account.username, device.address, account_id)
        if not _passes(made, doing.now, account, fits=lambda: _step_of(factor, code, doing.now)):
            return WRONG_CODE
        factor.confirmed_at = doing.now
        end_all(account_id, doing.now, keep=keep)
        return _new_codes(session, account_id)


def renew_codes(account_id: int, code: str, device: Device) -> list[str] | Message:
    """Replace the recovery codes; return the new ones, shown this once."""
    with system_scope("second factor"), system_act(Verb.SIGN_IN, "recovery codes renewed") as doing:
        account = db.session.get_one(Account, account_id)
        made = Try("code", account.username, device.address, account_id)
        if not _passes(made, doing.now, account, fits=lambda: accept(db.session(), account_id, code, doing.now)):
            return WRONG_CODE
        record("codes", account, address=device.address)
        return _new_codes(db.session(), account_id)


def remove_own(account_id: int, password: str, code: str, device: Device) -> Message | None:
    """Take the own factor away; return the fault where password or code are wrong."""
    with system_scope("second factor"):
        account = db.session.get_one(Account, account_id)
        fits = verify(account.password_hash, password)
        with system_act(Verb.SIGN_IN, "second factor removed") as doing:
            made = Try("code", account.username, device.address, account_id)

            def both() -> bool:
                return fits and accept(db.session(), account_id, code, doing.now)

            if not _passes(made, doing.now, account, fits=both):
                return M("The password or the code is not right, or too many tries: wait and try again.")
            remove(db.session(), account_id)
    return None


def remove(session: Session, account_id: int) -> bool:
    """Take the factor and its codes away inside an act; return whether there was one."""
    with system_scope("second factor of an account"):
        factor = _factor(session, account_id)
        _drop_codes(session, account_id)
        if factor is not None:
            session.delete(factor)
            session.flush()
    return factor is not None


def accept(session: Session, account_id: int, code: str, now: datetime) -> bool:
    """Take a code of the authenticator or of the paper, once; holds the lock on the factor."""
    factor = _factor(session, account_id)
    if factor is None or factor.confirmed_at is None:
        return False
    if _step_of(factor, code, now):
        return True
    paper = session.scalar(
        select(RecoveryCode)
        .where(
            RecoveryCode.account_id == account_id,
            RecoveryCode.code_hash == digest(_written(code)),
            RecoveryCode.used_at.is_(None),
        )
        .with_for_update()
    )
    if paper is None:
        return False
    paper.used_at = now
    return True


def in_force(session: Session, account_id: int) -> bool:
    """Tell whether an account has a confirmed factor."""
    found = select(SecondFactor.account_id).where(
        SecondFactor.account_id == account_id, SecondFactor.confirmed_at.is_not(None)
    )
    return session.scalar(found) is not None


def standing(account_id: int) -> tuple[datetime | None, int]:
    """Return since when an account has a factor, and how many recovery codes are left."""
    with system_scope("second factor of an account"):
        since = db.session.scalar(select(SecondFactor.confirmed_at).where(SecondFactor.account_id == account_id))
        left = select(func.count()).where(RecoveryCode.account_id == account_id, RecoveryCode.used_at.is_(None))
        return since, db.session.scalar(left) or 0


def _passes(made: Try, now: datetime, account: Account, *, fits: Callable[[], bool]) -> bool:
    """Count a try of somebody signed in; a right one passes unless tries from there have to wait."""
    session = db.session()
    if throttle.blocked(session, made, now, known=lambda: True):
        return False
    if fits():
        throttle.succeeded(session, made)
        return True
    throttle.failed(session, made, now)
    record("failed", account, address=made.address)
    return False


def _step_of(factor: SecondFactor, code: str, now: datetime) -> bool:
    """Tell whether a code belongs to a step around now that comes after the last one used; it is then used."""
    typed = "".join(code.split())
    if len(typed) != 6 or not (typed.isascii() and typed.isdigit()):
        return False
    totp, here = pyotp.TOTP(factor.secret), int(now.timestamp()) // STEP
    for step in range(here - AROUND, here + AROUND + 1):
        if step > factor.last_step and hmac.compare_digest(totp.generate_otp(step), typed):
            factor.last_step = step
            return True
    return False


def _factor(session: Session, account_id: int) -> SecondFactor | None:
    """Read a factor under its lock: of two tries with one code the second finds it used."""
    return session.scalar(
        select(SecondFactor)
        .where(SecondFactor.account_id == account_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _new_codes(session: Session, account_id: int) -> list[str]:
    _drop_codes(session, account_id)
    codes = [one_time() for _code in range(CODES)]
    session.add_all(RecoveryCode(account_id=account_id, code_hash=digest(_written(code))) for code in codes)
    return codes


def _drop_codes(session: Session, account_id: int) -> None:
    session.execute(
        delete(RecoveryCode).where(RecoveryCode.account_id == account_id).execution_options(synchronize_session=False)
    )


def _written(code: str) -> str:
    """Return a recovery code without what the hand adds: spaces, hyphens, capitals."""
    return "".join(sign for sign in code.lower() if sign.isalnum())[:64]
