"""A preview travels with its page: signed, bound to the person and to what it is about. Nothing waits on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from permissions.actor import current_actor

#: A preview may be applied within two hours.
PREVIEW_SECONDS = 2 * 60 * 60


def seal(what: str, subject: int | str, marks: Sequence[Any]) -> str:
    """Sign what a preview showed; ``what`` names the kind of preview, so that none is taken for another."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    signed = _signer(what).dumps([actor.account_id, subject, list(marks)])
    return signed if isinstance(signed, str) else signed.decode()


def unseal(what: str, subject: int | str, signed: str) -> list[Any] | None:
    """Return what a preview showed; None where it is altered, too old, or another person's or about something else."""
    try:
        account_id, about, marks = _signer(what).loads(signed, max_age=PREVIEW_SECONDS)
    except BadSignature:
        return None
    actor = current_actor()
    fits = actor is not None and (account_id, about) == (actor.account_id, subject)
    return marks if fits else None


def _signer(what: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SIGNING_KEYS"], salt=f"{what} preview")
