"""How far each unit of the demo has come in the round 2024: every state of the process occurs."""

from __future__ import annotations

from enum import Enum, auto

import models as m


class Plan(Enum):
    """Where a unit stands; each value includes those it has passed through."""

    NOT_BEGUN = auto()
    PARTLY = auto()
    EXTENDED = auto()
    NOT_SUBMITTED = auto()
    COMPLETE = auto()
    REOPENED = auto()
    SIGNED = auto()
    APPRAISING = auto()
    EXPLAINING = auto()
    REAPPRAISING = auto()
    SENT_BACK = auto()
    APPRAISED = auto()
    APPROVED = auto()
    CLOSED = auto()

    @property
    def complete(self) -> bool:
        return self not in (Plan.NOT_BEGUN, Plan.PARTLY, Plan.EXTENDED, Plan.NOT_SUBMITTED)

    @property
    def signed(self) -> bool:
        return self in (Plan.SIGNED, *JUDGED)

    @property
    def judged(self) -> bool:
        return self in JUDGED


JUDGED = (
    Plan.APPRAISING,
    Plan.EXPLAINING,
    Plan.REAPPRAISING,
    Plan.SENT_BACK,
    Plan.APPRAISED,
    Plan.APPROVED,
    Plan.CLOSED,
)

_OWN = {
    "S01": Plan.APPROVED,
    "S02": Plan.PARTLY,
    "S03": Plan.CLOSED,
    "S04": Plan.COMPLETE,
    "S05": Plan.APPRAISED,
    "S06": Plan.SENT_BACK,
    "S07": Plan.APPRAISING,
    "S08": Plan.CLOSED,
    "S09": Plan.EXPLAINING,
    "S10": Plan.APPROVED,
    "S11": Plan.APPRAISED,
    "S12": Plan.SIGNED,
    "S13": Plan.SIGNED,
    "S14": Plan.PARTLY,
    "S15": Plan.COMPLETE,
    "S16": Plan.REAPPRAISING,
    "S17": Plan.PARTLY,
    "S18": Plan.NOT_BEGUN,
    "H01": Plan.APPROVED,
    "H02": Plan.CLOSED,
    "H03": Plan.APPRAISED,
    "H04": Plan.APPRAISING,
    "H05": Plan.NOT_SUBMITTED,
    "H06": Plan.EXTENDED,
    "H07": Plan.REOPENED,
    "H08": Plan.APPRAISING,
    "X030": Plan.EXTENDED,
}
#: Communes follow one another through this; each district begins at another place.
_CYCLE = (
    Plan.PARTLY,
    Plan.APPRAISING,
    Plan.SIGNED,
    Plan.CLOSED,
    Plan.COMPLETE,
    Plan.APPRAISED,
    Plan.NOT_BEGUN,
    Plan.APPROVED,
    Plan.PARTLY,
    Plan.SENT_BACK,
    Plan.SIGNED,
    Plan.EXPLAINING,
)
#: Districts whose communes have no survey values yet: publication is blocked by them.
WITHOUT_SURVEY = ("H08",)


def plans(units: dict[str, m.Unit], codes: list[str]) -> dict[str, Plan]:
    """Return the plan of each unit that takes part."""
    by_id = {unit.id: unit.code for unit in units.values()}
    seen: dict[str, int] = {}
    found = {}
    for code in sorted(codes):
        parent = by_id[units[code].parent_id or 0]
        place = seen[parent] = seen.get(parent, -1) + 1
        district = int(parent[1:]) - 1 if parent.startswith("H") else 0
        found[code] = _OWN.get(code) or _CYCLE[(place + 5 * district) % len(_CYCLE)]
    return found
