"""Deciding a reported row (Điều 8, 9.1): what was decided and all that follows from it stand in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

import models as m
from extensions import db
from i18n import render
from models.notice import stored
from permissions.gate import Act, Refused, act, hidden
from rules.message import M
from rules.text import CONTROLS, fold, nfc
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Function, StaffDecision, StaffMove
from services import credentials
from services.access.administrators import somebody_stays
from services.access.guard import why_not
from services.account.sessions import local_day
from services.faults import Fault
from services.staff import effects
from services.staff.changes import FUNCTIONS

ANSWER = 500
_NOT_KEPT = M("This text holds characters that cannot be kept; type it again.")


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How a row is carried out.

    Somebody recruited gets a new login (``username``), or comes with one (``existing``); somebody who moved gets a post in
    ``to_unit`` (code), or leaves what the province keeps (``leaves``).
    """

    function: Function | None = None
    username: str = ""
    existing: str = ""
    to_unit: str = ""
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it: a one-time password, to be shown this once, for somebody new."""

    username: str = ""
    secret: str = ""
    first_day: date | None = None


def refuse(request_id: int, change_id: int, version: int, answer: str) -> None:
    """Refuse a row with an answer to the unit. Raises ``Fault`` without one, ``Refused`` for a row decided meanwhile."""
    answer = _answer(answer)
    if not answer:
        raise Fault({"answer": M("Tell the unit why: the leader reads it at the row.")})
    with _deciding(request_id, change_id, version, answer) as (row, doing):
        _settle(row, StaffDecision.REFUSED, answer, doing)


def accept(request_id: int, change_id: int, version: int, how: Acceptance, answer: str = "") -> Accepted:
    """Carry a row out. Raises ``Fault`` for what cannot be done, ``Refused`` for a row decided meanwhile."""
    answer = _answer(answer)
    typed = {"username": how.username, "existing": how.existing, "to_unit": how.to_unit}
    if faults := {name: _NOT_KEPT for name, text in typed.items() if CONTROLS.search(text)}:
        raise Fault(faults)
    with _deciding(request_id, change_id, version, answer) as (row, doing):
        came = Accepted()
        if row.move is StaffMove.RECRUITED:
            came = _recruit(row, how, doing)
        else:
            _part(row, how, doing)
        _settle(row, StaffDecision.DONE, answer, doing)
    return came


@contextmanager
def _deciding(request_id: int, change_id: int, version: int, answer: str) -> Iterator[tuple[m.StaffChange, Act]]:
    """Lock a row that waits, under the reason that all entries of the trail then carry."""
    row = _sent_row(request_id, change_id)
    reason = M(
        "Request no. {number} of {unit}: {move}, {name}, from {day}.",
        number=str(row.request_id),
        unit=row.request.unit.name,
        move=row.move.title,
        name=row.full_name,
        day=row.effective_on,
    )
    with (
        act(Verb.MANAGE_ACCOUNTS, reason=" ".join(filter(None, (render(reason), answer)))) as doing,
        somebody_stays(local_day(doing.now)),
    ):
        row = _sent_row(request_id, change_id, lock=True)
        if row.decision is not StaffDecision.PENDING or row.version != version:
            raise Refused(
                Verdict(
                    False,
                    Refusal.STATE,
                    M("This row was decided in the meantime: {decision}.", decision=row.decision.title),
                    M("Look at the row. A one-time password that was not noted is issued anew under Accounts."),
                )
            )
        if row.account_id is not None:
            _refuse_own(row.account_id, "", doing)
        yield row, doing


def _refuse_own(account_id: int, field: str, doing: Act) -> None:
    """Nobody decides about oneself, nor about the giver; by a lent authority about nobody who administers."""
    if doing.actor is not None and account_id == doing.actor.account_id:
        raise Fault({field: M("This row is about yourself: a colleague decides it.")})
    why = why_not(account_id, doing.actor, local_day(doing.now))
    if why is not None:
        raise Fault({field: why})


def _sent_row(request_id: int, change_id: int, *, lock: bool = False) -> m.StaffChange:
    """Return a row of a request that was sent; drafts are their leader's alone."""
    query = (
        select(m.StaffChange)
        .join(m.StaffRequest, m.StaffRequest.id == m.StaffChange.request_id)
        .where(
            m.StaffChange.id == change_id,
            m.StaffChange.request_id == request_id,
            m.StaffRequest.sent_at.is_not(None),
        )
        .options(joinedload(m.StaffChange.request).joinedload(m.StaffRequest.unit))
    )
    if lock:
        query = query.with_for_update(of=m.StaffChange).execution_options(populate_existing=True)
    found = db.session.scalar(query)
    if found is None:
        raise hidden()
    return found


def _recruit(row: m.StaffChange, how: Acceptance, doing: Act) -> Accepted:
    unit = row.request.unit
    if unit.valid_to is not None and unit.valid_to < row.effective_on:
        raise Fault(M("{unit} ended on {day}: refuse the row, and say so.", unit=unit.name, day=unit.valid_to))
    if how.function not in FUNCTIONS:
        raise Fault({"function": M("Choose the function in the unit.")})
    if how.existing.strip():
        account = _existing(how.existing, row)
        _refuse_own(account.id, "existing", doing)
        effects.take_post(account, unit, how.function, row.effective_on)
        row.account_id = account.id
        return Accepted()
    username = how.username.strip().lower()
    if not username:
        raise Fault({"username": M("Enter a login, or the one the person has already.")})
    if _by_login(username) is not None:
        raise Fault({"username": M("This login is somebody's already: choose another one, or enter it below.")})
    account = m.Account(
        username=username, full_name=row.full_name, email=row.email, unit_id=unit.id, valid_from=row.effective_on
    )
    credentials.named(account)
    secret = credentials.issue(account, doing)
    db.session.add(account)
    db.session.flush()
    effects.take_post(account, unit, how.function, row.effective_on)
    row.account_id = account.id
    return Accepted(account.username, secret, row.effective_on)


def _existing(login: str, row: m.StaffChange) -> m.Account:
    """Return the account somebody comes with; the unit keeps it where the one before has no post of it any more."""
    unit, first = row.request.unit, row.effective_on
    account = _by_login(login.strip().lower())
    if account is None:
        raise Fault({"existing": M("Nobody has this login.")})
    if fold(account.full_name) != fold(row.full_name):
        words = M(
            "This login is that of {name}, not of {wanted}: enter the right one. A name that was changed is corrected "
            "under Accounts first.",
            name=account.full_name,
            wanted=row.full_name,
        )
        raise Fault({"existing": words})
    if not account.active:
        raise Fault({"existing": M("This account is disabled: make it active under Accounts first.")})
    if account.valid_to is not None and account.valid_to < first:
        words = M("This account ended on {day}: extend it under Accounts first.", day=account.valid_to)
        raise Fault({"existing": words})
    if account.unit_id != unit.id and not effects.posts_after(account, account.unit_id, first):
        account.unit_id = unit.id
    return account


def _part(row: m.StaffChange, how: Acceptance, doing: Act) -> None:
    """Somebody moves, retires or leaves: the last day is the one before the row's."""
    last = effects.day_before(row.effective_on)
    account = _locked_account(m.Account.id == row.account_id)
    if account is None:
        raise hidden()
    if row.move is not StaffMove.MOVED or how.leaves:
        effects.leave_service(account, last, doing)
        return
    if how.function not in FUNCTIONS:
        raise Fault({"function": M("Choose the function in the unit.")})
    unit = _unit(how.to_unit)
    if unit.id == row.unit_id:
        raise Fault({"to_unit": M("This is the unit that the person leaves.")})
    effects.leave_unit(account, row.unit_id, last, doing)
    effects.take_post(account, unit, how.function, row.effective_on)
    if account.unit_id == row.unit_id:
        account.unit_id = unit.id


def _unit(typed: str) -> m.Unit:
    """Return the unit that is meant: by code, by name and code as the list writes it, or by a name that only one has."""
    code = typed.rpartition("(")[2].strip(" )").lower()
    name = " ".join(nfc(typed).split()).lower()
    for condition in (func.lower(m.Unit.code) == code, m.Unit.name_search == fold(name)):
        found = [unit for unit in db.session.scalars(select(m.Unit).where(condition).limit(20)) if code]
        # A search without marks finds Đông Thạnh for Đông Thành.
        found = [unit for unit in found if unit.code.lower() == code or unit.name.lower() == name]
        if len(found) == 1:
            return found[0]
    raise Fault({"to_unit": M("Choose the unit from the list, or tick that the person leaves the system.")})


def _by_login(username: str) -> m.Account | None:
    return _locked_account(m.Account.username == username)


def _locked_account(condition: Any) -> m.Account | None:
    query = select(m.Account).where(condition).with_for_update(of=m.Account)
    return db.session.scalar(query.execution_options(populate_existing=True))


def _settle(row: m.StaffChange, decision: StaffDecision, answer: str, doing: Act) -> None:
    """Write what became of the row, and tell the unit."""
    assert doing.actor is not None  # noqa: S101 - nobody decides without an actor
    row.decision, row.answer = decision, answer
    row.decided_at, row.decided_by_id = doing.now, doing.actor.account_id
    # Everybody of the unit reads its notices, what was decided on a colleague the leader alone: no name, no answer.
    told = M(
        "Sở Nội vụ decided row {row} of list no. {number}: see Staff changes.",
        row=str(row.number),
        number=str(row.request_id),
    )
    db.session.add(
        m.Notice(
            unit_id=row.unit_id,
            message_id=told.id,
            params=stored(told.params),
            author_id=doing.actor.account_id,
            created_at=doing.now,
        )
    )


def _answer(text: str) -> str:
    text = "\n".join(line.strip() for line in nfc(text).strip().splitlines())
    if CONTROLS.search(text):
        raise Fault({"answer": _NOT_KEPT})
    if len(text) > ANSWER:
        raise Fault({"answer": M("At most {limit} characters.", limit=ANSWER)})
    return text
