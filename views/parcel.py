"""A preview travels with its page: signed, bound to the person and the round. Nothing waits on the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

import models as m
from permissions.actor import current_actor

#: A preview may be applied within two hours.
PREVIEW_SECONDS = 2 * 60 * 60


def seal(what: str, round_: m.Round, marks: Sequence[Any]) -> str:
    """Sign what a preview showed; ``what`` names the kind of preview, so that none is taken for another."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    return _signer(what).dumps([actor.account_id, round_.id, list(marks)])


def unseal(what: str, round_: m.Round, signed: str) -> list[Any] | None:
    """Return what a preview showed; None where it is altered, too old, or another person's or round's."""
    try:
        account_id, round_id, marks = _signer(what).loads(signed, max_age=PREVIEW_SECONDS)
    except BadSignature:
        return None
    actor = current_actor()
    fits = actor is not None and (account_id, round_id) == (actor.account_id, round_.id)
    return marks if fits and marks else None


def _signer(what: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt=f"{what} preview")
