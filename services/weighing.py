"""What a helper's figures come to beside the claim: points, arithmetic, and whether a reason is owed (Điều 7.3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

import models as m
from rules.criteria import InputFault
from rules.message import M, Message
from rules.rounding import plain
from services import score as scores
from services.score import Entry
from services.sheet import Leaf


@dataclass(frozen=True, slots=True)
class Weighed:
    """What typed figures come to, before anything is saved: points, arithmetic, and whether a reason is owed."""

    points: Decimal | None = None
    not_applicable: bool = False
    arithmetic: Message | None = None
    reason_owed: bool = False
    faults: dict[str, Message] = field(default_factory=dict)
    empty: bool = False


def weigh(leaf: Leaf, entry: Entry, round_: m.Round) -> Weighed:
    """Count what was typed for a leaf; a missing reason is no fault yet, only owed."""
    if entry.empty:
        return Weighed(empty=True)
    faults = proposal_faults(leaf, entry)
    try:
        reading = scores.read(leaf.criterion, replace(entry, reason=entry.reason.strip() or "-"), leaf.layer, round_)
    except InputFault as fault:
        return Weighed(faults={**fault.faults, **faults})
    owed = reading.stated is not None or leaf.differs(reading.points, not_applicable=reading.not_applicable)
    return Weighed(reading.points, reading.not_applicable, reading.arithmetic, owed, faults)


def proposal_faults(leaf: Leaf, entry: Entry) -> dict[str, Message]:
    """A helper confirms what the unit proposed; by itself only Sở Nội vụ takes a leaf out."""
    if entry.not_applicable and not (leaf.claim is not None and leaf.claim.not_applicable):
        return {"not_applicable": M("The unit did not propose this. Only Sở Nội vụ may set it not applicable.")}
    return {}


def as_claimed(claim: m.Score) -> Entry:
    """Return the entry that says the same as a claim; other points than the figures show come with the claim's reason."""
    return Entry(
        inputs=dict(claim.inputs),
        stated="" if claim.stated_points is None else plain(claim.stated_points),
        not_applicable=claim.not_applicable and not claim.inputs,
        reason=claim.reason if claim.stated_points is not None else "",
    )
