"""Who issues a paper and where: names of agencies as they stand at the head of an administrative document."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from i18n import render
from permissions.actor import system_scope
from rules.message import M
from services.paper.model import GAP

#: First words of the name of a territory. What acts for a territory is its People's Committee; any other unit is an agency
#: under its own name.
TERRITORIES = (
    "tỉnh",
    "thành phố",
    "huyện",
    "quận",
    "thị xã",
    "thị trấn",
    "đặc khu",
    "phường",
    "xã",
)


@dataclass(frozen=True, slots=True)
class Issuer:
    """The unit a paper is issued by, and the one above it (empty for the province)."""

    unit: str
    above: str = ""

    @property
    def agency(self) -> str:
        return agency(self.unit)

    @property
    def superior(self) -> str:
        return agency(self.above) if self.above else ""


def issuer(unit_id: int) -> Issuer:
    """Read the name of a unit on a paper and of the one above it: a unit may know its own ancestors by name (Điều 4.2)."""
    above = aliased(m.Unit)
    with system_scope("the name of the unit that a paper is issued by, and of the one above it"):
        row = db.session.execute(
            select(m.Unit.name, above.name).outerjoin(above, above.id == m.Unit.parent_id).where(m.Unit.id == unit_id)
        ).one()
    return Issuer(row[0], row[1] or "")


def agency(name: str) -> str:
    """Name the authority of a unit: of a territory its People's Committee, of any other the unit itself."""
    if not _kind(name):
        return name
    return render(M("People's Committee of {unit}", unit=name[:1].lower() + name[1:]))


def stacked(name: str) -> str:
    """Return the same in two lines, for the narrow half of an upright page."""
    return render(M("People's Committee")) + "\n" + name if _kind(name) else name


def bare(name: str) -> str:
    """Return the name of a territory without its kind ("Xã Ấp Bắc" is Ấp Bắc); one named by a number keeps it ("Phường 1")."""
    kind = _kind(name)
    rest = name[len(kind) :].strip()
    return rest if kind and rest and not rest[0].isdigit() else name


def place_of(unit: str, place: str) -> str:
    """Return the place to write before the day: a territory's own name, else the province's (``PARINDEX_PLACE``)."""
    return bare(unit) if _kind(unit) else place


def place_date(place: str, day: date | None) -> str:
    """Write place and day as documents do; a day that is not known yet is left to be filled in."""
    if day is None:
        return render(M("{place}, day … month … year …", place=place))
    return render(M("{place}, {day}", place=place, day=dated(day)))


def dated(day: date | None) -> str:
    """Write a day in words; days below 10 and the months 1 and 2 with a nought (Nghị định 30/2020, annex I)."""
    if day is None:
        return render(M("day … month … year …"))
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    return render(M("day {day} month {month} year {year}", day=f"{day.day:02d}", month=month, year=day.year))


def numbered(suffix: str = GAP) -> str:
    """Return a number of a document that is still to be given."""
    return render(M("No. {gap}/{suffix}", gap=GAP, suffix=suffix))


def _kind(name: str) -> str:
    low = name.lower()
    return next((name[: len(kind)] for kind in TERRITORIES if low.startswith(kind + " ")), "")
