"""What every table shares: the base class and the column types of the field."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, DateTime, Integer, SmallInteger, String
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from extensions import Base, db

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

POINT_SCALE = 10_000

#: Row number: 64 bits on PostgreSQL, SQLite's own row id.
BigId = BigInteger().with_variant(Integer, "sqlite")


#: Text compared byte by byte on both databases: paths and sort keys.
def binary_text(length: int) -> TypeEngine[str]:
    return String(length).with_variant(String(length, collation="C"), "postgresql")


class Points(TypeDecorator[Decimal]):
    """Exact decimal with four places, kept as a whole number of ten-thousandths.

    SQLite would store a decimal as a float. Arithmetic belongs to ``rules/``, in ``Decimal``; SQL only adds and compares.
    """

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value) * POINT_SCALE
        if scaled != scaled.to_integral_value():
            raise ValueError(f"points with more than four decimals: {value}")
        return int(scaled)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)).scaleb(-4)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment; aware and in UTC in Python, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Word(TypeDecorator[enum.StrEnum]):
    """A word of ``rules/vocabulary.py``, kept as its value."""

    impl = String(32)
    cache_ok = True

    def __init__(self, enum_class: type[enum.StrEnum]) -> None:
        super().__init__()
        self.enum_class = enum_class

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else self.enum_class(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> enum.StrEnum | None:
        return None if value is None else self.enum_class(value)


class Rank(TypeDecorator[enum.IntEnum]):
    """An ordered word, kept as its number so that SQL can compare it."""

    impl = SmallInteger
    cache_ok = True

    def __init__(self, enum_class: type[enum.IntEnum]) -> None:
        super().__init__()
        self.enum_class = enum_class

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        return None if value is None else int(self.enum_class(value))

    def process_result_value(self, value: Any, dialect: Dialect) -> enum.IntEnum | None:
        return None if value is None else self.enum_class(value)


class Identified:
    """A row with its own number, which is its only identity."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)


class Versioned(Identified):
    """A row that two people may edit: a stale save is refused by its version."""

    version: Mapped[int] = mapped_column(Integer, nullable=False)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        return {"version_id_col": cls.version}


def words(column: str, enum_class: type[enum.StrEnum | enum.IntEnum]) -> str:
    """SQL for a check constraint that a column holds one of the words."""
    values = (repr(item.value) if isinstance(item.value, str) else str(item.value) for item in enum_class)
    return f"{column} IN ({', '.join(values)})"
