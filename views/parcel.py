"""A preview on its way: the values travel with the page, signed, bound to the person and the object. Nothing waits on the server."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from permissions.actor import current_actor
from services.workbook.preview import Given

#: A preview may be applied within two hours.
SECONDS = 2 * 60 * 60
#: Characters of a signed preview; a form post takes 4 MiB (config.py), and a page that is larger helps nobody.
MOST = 3 * 1024 * 1024


def sign(subject: str, given: Sequence[Given]) -> str | None:
    """Return the values of a preview as a signed text; None where they are too many for one page."""
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    signed = _signer().dumps([actor.account_id, subject, [one.packed() for one in given]])
    text = signed if isinstance(signed, str) else signed.decode()
    return text if len(text) <= MOST else None


def opened(signed: str, subject: str) -> list[Given] | None:
    """Return the values of a preview; None where it is altered, too old, or another person's or object's."""
    try:
        account_id, what, packed = _signer().loads(signed, max_age=SECONDS)
    except BadSignature:
        return None
    actor = current_actor()
    if actor is None or (account_id, what) != (actor.account_id, subject):
        return None
    return [Given.unpacked(values) for values in packed]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key or "", salt="workbook preview")
