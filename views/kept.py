"""What a person sent after the session, or its token, had ended is not lost (SE-05): it comes back unsaved, and marked.

The values travel with the page that asks to sign in again, sealed and bound to the account whose session ended; nothing waits on
the server. A view that can show them in its own form says so with ``gives_back``; for all others a page lists them. Only what our
own pages sent is kept: another site must not put words into somebody's form.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, render_template, request, session
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import MultiDict

from permissions.actor import current_actor
from permissions.gate import Refused
from services.account.sessions import owner

#: The name of the hidden field, and how long a parcel is good for, in seconds.
FIELD, GOOD_FOR = "kept", 12 * 3600
#: What the door sends besides the parcel, in bytes at most: both must fit into one form (``MAX_FORM_MEMORY_SIZE``).
BESIDES = 100_000
#: Not values of the form: tokens, and what only a script or a button adds.
TECHNICAL = {"csrf_token", "confirmed", FIELD}

Values = MultiDict[str, str]
Giver = Callable[..., ResponseReturnValue]
_givers: dict[str, Giver] = {}


def gives_back(endpoint: str) -> Callable[[Giver], Giver]:
    """State that a function shows the page of a post again, with the values of the post in it and nothing saved.

    It is called with the values and the arguments of the address, and judges rights as a GET of that page does.
    """

    def mark(giver: Giver) -> Giver:
        _givers[endpoint] = giver
        return giver

    return mark


def parcel() -> str:
    """Seal what this request would have changed; empty where there is nothing to keep, or it came from elsewhere."""
    if request.method != "POST" or (request.blueprint or "auth") in ("auth", "own") or not _same_origin():
        return ""
    pairs = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if not any(value.strip() for name, value in pairs if name not in TECHNICAL):
        return ""
    secret = session.get("_user_id")
    sealed = {
        "endpoint": request.endpoint,
        "arguments": request.view_args or {},
        "path": request.full_path.rstrip("?"),
        "pairs": pairs,
        "account": owner(secret) if isinstance(secret, str) else None,
        "authority": session.get("authority"),
    }
    text: str = _signer().dumps(sealed)  # packed: mostly shorter than what was sent
    return text if len(text) <= current_app.config["MAX_FORM_MEMORY_SIZE"] - BESIDES else ""


def authority_of(sealed: str) -> str | None:
    """Return the authority that the values were typed in, so that the new session goes on with it."""
    found = _opened(sealed)
    return None if found is None else found["authority"]


def give_back(sealed: str) -> ResponseReturnValue | None:
    """Show the values again to the person who typed them; None where they are another's, or too old."""
    found, actor = _opened(sealed), current_actor()
    if found is None or actor is None or found["account"] not in (None, actor.account_id):
        return None
    values: Values = MultiDict((str(name), str(value)) for name, value in found["pairs"])
    giver = _givers.get(found["endpoint"])
    if giver is not None:
        try:
            return giver(values, **found["arguments"])
        except Refused:
            pass  # what the page would refuse to show is still the person's own typing
    shown = [(name, value) for name, value in values.items(multi=True) if value.strip() and name not in TECHNICAL]
    return render_template("auth/kept.html", path=found["path"], pairs=list(values.items(multi=True)), shown=shown)


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin") == request.host_url.rstrip("/")


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SIGNING_KEYS"], salt="kept values")


def _opened(sealed: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = _signer().loads(sealed, max_age=GOOD_FOR)
    except BadSignature:
        return None
    return found
