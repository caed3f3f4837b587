"""What a unit does with its own form: saves scores, signs it off, takes it back (Điều 7.2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta, timezone

from sqlalchemy import select

import models as m
from extensions import db
from permissions.behalf import acting
from permissions.gate import Act, act
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import claim, findings, score, scoring, snapshot
from services.findings import Finding
from services.score import Entry, EntryFault
from services.supervision import notify

#: Receipts carry the local time of the signature.
_LOCAL = timezone(timedelta(hours=7))


class Unready(Exception):
    """A form that cannot be signed yet, with the findings that block it."""

    def __init__(self, blocking: list[Finding]) -> None:
        super().__init__("; ".join(str(found.message) for found in blocking))
        self.blocking = blocking


def save(form: m.Assessment, entries: Mapping[str, Entry]) -> dict[str, tuple[m.Criterion, m.Score | None]]:
    """Save what the unit typed, by leaf code, all or nothing; return leaf and row, no row where a leaf was emptied.

    Raises ``EntryFault``, ``StaleEntry`` and ``Refused``. Pass changed leaves only: untouched ones cost a version check.
    """
    round_ = form.round  # kept at hand: the act reads the form anew, without what was loaded along
    with act(Verb.SCORE, form) as scoring_act:
        known = {
            criterion.code: criterion
            for criterion in db.session.scalars(
                select(m.Criterion).where(
                    m.Criterion.set_id == form.criteria_set_id, m.Criterion.code.in_(list(entries))
                )
            )
        }
        faults = _faults(entries, known)
        sound = [(known[code], entry) for code, entry in entries.items() if code not in faults]
        try:
            rows = score.put(scoring_act, form, Layer.SELF, sound, round_)
        except EntryFault as found:
            raise EntryFault(faults | found.faults) from None
        if faults:
            raise EntryFault(faults)
    return {criterion.code: (criterion, row) for (criterion, _), row in zip(sound, rows, strict=True)}


def _faults(entries: Mapping[str, Entry], known: Mapping[str, m.Criterion]) -> dict[str, dict[str, Message]]:
    """Find what the rules of a leaf do not look at."""
    faults: dict[str, dict[str, Message]] = {}
    for code, entry in entries.items():
        if code not in known:
            faults[code] = {"": M("This criterion is not scored.")}
        elif alone := words_alone(entry):
            faults[code] = alone
    return faults


def words_alone(entry: Entry) -> dict[str, Message]:
    """Find a text without points: it lives on the row of the score and would be lost without a word."""
    if not entry.empty or not (entry.note.strip() or entry.reason.strip()):
        return {}
    name = "note" if entry.note.strip() else "reason"
    return {name: M("Score this criterion first: the text is kept together with its points.")}


class Changed(Exception):
    """The form is not as the leader read it."""


def sign(form: m.Assessment, seen: str | None = None) -> None:
    """Sign the form off: it locks until the deadline passes or the leader takes it back.

    ``seen`` is the stamp of what the leader read: nothing else is signed. Raises ``Changed``, ``Unready`` and ``Refused``.
    """
    with act(Verb.SIGN, form) as signing:
        assert signing.actor is not None  # noqa: S101 - only people sign
        reading = scoring.read(form, signing.actor)
        if seen is not None and seen != claim.stamp(reading):
            raise Changed
        blocking = findings.blocking(reading)
        if blocking:
            raise Unready(blocking)
        snapshot.take(signing, form, Layer.SUPERIOR)
        form.signed_at = signing.now
        form.signed_by_id = signing.actor.account_id
        form.receipt = _receipt(form, signing)
        message = M(
            "{name} signed off the form of {round}; receipt {receipt}.",
            name=acting(signing.actor),
            round=form.round.name,
            receipt=form.receipt,
        )
        notify(signing, form, message)


def take_back(form: m.Assessment) -> None:
    """Make a signed form a draft again, before its deadline; the receipt is void."""
    with act(Verb.TAKE_BACK, form) as taking:
        assert taking.actor is not None  # noqa: S101 - only people take back
        void = form.receipt
        form.signed_at = None
        form.signed_by_id = None
        form.receipt = None
        notify(
            taking,
            form,
            M(
                "{name} took back the form of {round}; receipt {receipt} is void.",
                name=acting(taking.actor),
                round=form.round.name,
                receipt=void,
            ),
        )


def _receipt(form: m.Assessment, signing: Act) -> str:
    """Make the number of a receipt: form and local moment, so no two forms share one."""
    return f"{form.id:06d}-{signing.now.astimezone(_LOCAL):%Y%m%d-%H%M%S}"
