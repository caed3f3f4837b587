"""What a person did that changed no row: was refused, took a file away (LO-01, LO-02)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app

from permissions.actor import Actor
from permissions.gate import note
from rules.verbs import Verb
from rules.verdict import Verdict
from services.trail import watch

#: The route that hands out evidence; every other file is an export.
DOWNLOAD = "files.download"
_REFUSED = "parindex_refusals"
_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for: the verb, the address, and the object as the address names it."""

    verb: Verb
    endpoint: str
    address: str
    object_id: str = ""


def refusal(actor: Actor, asked: Asked, verdict: Verdict, why: str) -> None:
    """Note that somebody was refused: what, where and why. Of very many within a minute the last one noted says so."""
    number, most = _number(actor.person_id, actor.now), watch.settings().refusals
    if number > most:
        return
    more = {"more": "…"} if number == most else {}
    note(
        "refused",
        asked.verb,
        asked.endpoint.partition(".")[0],
        asked.object_id,
        unit_id=None if actor.authority is None else actor.authority.unit_id,
        reason=why,
        address=asked.address,
        refusal=verdict.refusal,
        **more,
    )


def file(actor: Actor, asked: Asked, name: str, kind: str) -> None:
    """Note that a file left: a download of evidence, or an export of any kind; many within an hour raise an alarm."""
    download = asked.endpoint == DOWNLOAD
    note(
        "download" if download else "export",
        asked.verb,
        "EvidenceFile" if download else asked.endpoint.partition(".")[0],
        asked.object_id,
        unit_id=None if actor.authority is None else actor.authority.unit_id,
        object_name=name,
        address=asked.address,
        kind=kind,
    )
    watch.files(actor)


def _number(account_id: int, now: datetime) -> int:
    """Return the how many-eth refusal of an account this is, within the minute that began with the first."""
    counts: dict[int, tuple[datetime, int]] = current_app.extensions.setdefault(_REFUSED, {})
    with _lock:
        began, count = counts.get(account_id, (now, 0))
        if now - began >= timedelta(minutes=1):
            began, count = now, 0
        counts[account_id] = (began, count + 1)
        return count + 1
