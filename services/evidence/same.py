"""The same file in other places: what other units of the reader's council offer, and what the unit offered in other rounds.

Nothing is forbidden by it: a joint decision proves an item of many units. The appraiser is shown it and judges.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import Select, select

import models as m
from extensions import db
from permissions.actor import system_scope
from rules.vocabulary import Scan


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file is used: name of a unit or of a round, and the codes of the leaves."""

    name: str
    codes: tuple[str, ...]


@dataclass(slots=True)
class Elsewhere:
    """Other uses of the very same bytes."""

    units: list[Place] = field(default_factory=list)
    rounds: list[Place] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.units or self.rounds)


def elsewhere(links: Iterable[m.EvidenceLink]) -> dict[int, Elsewhere]:
    """Return, by the file that a link relies on, where else the same bytes are offered; three statements, however many links."""
    links = [link for link in links if link.file_id is not None]
    if not links:
        return {}
    file, assessment = m.EvidenceFile, m.Assessment
    own = db.session.execute(
        select(file.id, file.sha256, file.unit_id, m.Round.id.label("round_id"), m.Round.year)
        .join(m.EvidenceLink, m.EvidenceLink.file_id == file.id)
        .join(assessment, assessment.id == m.EvidenceLink.assessment_id)
        .join(m.Round, m.Round.id == assessment.round_id)
        .where(m.EvidenceLink.id.in_([link.id for link in links]))
        .distinct()
    ).all()
    query = _offered({row.sha256 for row in own})
    others = db.session.execute(query.where(m.Round.id.in_({row.round_id for row in own}))).all()
    with system_scope("the unit's own earlier rounds"):
        # A council reads its own round only; of earlier ones it learns the names and the items, of units it reads anyway.
        past = db.session.execute(query.where(m.Unit.id.in_({row.unit_id for row in own}))).all()
    found: dict[int, Elsewhere] = {}
    for one in own:
        here = Elsewhere(
            _places(
                (use.unit_name, use.code)
                for use in others
                if (use.sha256, use.round_id) == (one.sha256, one.round_id) and use.unit_id != one.unit_id
            ),
            _places(
                (use.round_name, use.code)
                for use in past
                if (use.sha256, use.unit_id) == (one.sha256, one.unit_id) and use.year < one.year
            ),
        )
        if here:
            found[one.id] = here
    return found


def _places(uses: Iterable[tuple[str, str]]) -> list[Place]:
    codes: dict[str, list[str]] = {}
    for name, code in uses:
        codes.setdefault(name, []).append(code)
    return [Place(name, tuple(found)) for name, found in codes.items()]


def _offered(digests: set[str]) -> Select[str, str, int, str, int, str, int]:
    """Select every use of these bytes, as far as its reader may see."""
    file, link, unit, round_ = m.EvidenceFile, m.EvidenceLink, m.Unit, m.Round
    code = m.Criterion.code
    return (
        select(
            file.sha256,
            code,
            unit.id.label("unit_id"),
            unit.name.label("unit_name"),
            round_.id.label("round_id"),
            round_.name.label("round_name"),
            round_.year,
        )
        .select_from(link)
        .join(file, file.id == link.file_id)
        .join(m.Criterion, m.Criterion.id == link.criterion_id)
        .join(m.Assessment, m.Assessment.id == link.assessment_id)
        .join(round_, round_.id == m.Assessment.round_id)
        .join(unit, unit.id == link.unit_id)
        .where(file.sha256.in_(digests), file.scan == Scan.CLEAN)
        .distinct()
        .order_by(round_.year.desc(), unit.name, code)
    )
