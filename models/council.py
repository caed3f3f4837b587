"""Councils of a round, the units they assess, their seats and assignments (Điều 7.3-7.5)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.account import Account
from models.base import Identified, Model, Versioned, Word
from models.criteria import Criterion
from models.round import Round
from models.unit import Unit
from rules.vocabulary import Function


class Council(Versioned, Model):
    """An appraisal council with its helper team, set up anew each year by the province or, for communes, the district."""

    __tablename__ = "council"
    __table_args__ = (UniqueConstraint("round_id", "name"),)
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id", ondelete="CASCADE"))
    #: The unit whose chairman set it up; scopes who may keep it.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    decision_number: Mapped[str] = mapped_column(String(80), default="")
    decision_on: Mapped[date | None]
    round: Mapped[Round] = relationship()
    unit: Mapped[Unit] = relationship()

    def __str__(self) -> str:
        return self.name


class CouncilUnit(Identified, Model):
    """A unit that a council assesses; a unit has one council in a round."""

    __tablename__ = "council_unit"
    __table_args__ = (UniqueConstraint("round_id", "unit_id"), Index("ix_council_unit_council_id", "council_id"))
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id", ondelete="CASCADE"))
    round_id: Mapped[int] = mapped_column(ForeignKey("round.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    council: Mapped[Council] = relationship()
    unit: Mapped[Unit] = relationship()


class Seat(Versioned, Model):
    """A person's function in a council, with its dates (last day included)."""

    __tablename__ = "seat"
    __table_args__ = (
        UniqueConstraint("council_id", "account_id", "function"),
        CheckConstraint("function IN ('helper', 'member', 'chair')", name="function"),
        CheckConstraint("valid_to IS NULL OR valid_from <= valid_to", name="valid_dates"),
    )
    council_id: Mapped[int] = mapped_column(ForeignKey("council.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    #: The council's unit again, so that a seat is kept by whoever keeps the council.
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    function: Mapped[Function] = mapped_column(Word(Function))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    council: Mapped[Council] = relationship()
    account: Mapped[Account] = relationship()

    def __str__(self) -> str:
        return f"{self.account} - {self.function} - {self.council}"


class Assignment(Identified, Model):
    """What a seat may write: a criterion with everything below it, for one unit or (without unit) all of the council."""

    __tablename__ = "assignment"
    __table_args__ = (UniqueConstraint("seat_id", "criterion_id", "unit_id"),)
    seat_id: Mapped[int] = mapped_column(ForeignKey("seat.id", ondelete="CASCADE"), index=True)
    criterion_id: Mapped[int] = mapped_column(ForeignKey("criterion.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    #: The unit that keeps the council.
    owner_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    seat: Mapped[Seat] = relationship()
    criterion: Mapped[Criterion] = relationship()
    unit: Mapped[Unit | None] = relationship(foreign_keys=unit_id)
