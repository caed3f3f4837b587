"""A condition that PostgreSQL plans well: a column among the values of a select that stands for itself."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class Among(FunctionElement[bool]):
    """A column is among the values of a select that depends on no row of the statement.

    PostgreSQL reads the values once, before anything else. As ``IN`` each filter would be one more table for its planner,
    which then needs longer than the statement itself and believes in far fewer rows than there are.
    """

    inherit_cache = True
    type = Boolean()

    def __init__(self, column: Any, values: Select[tuple[int]]) -> None:
        super().__init__(column, values.scalar_subquery())


@compiles(Among)
def _among(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} IN {compiler.process(values, **kw)}"


@compiles(Among, "postgresql")
def _among_array(element: Among, compiler: SQLCompiler, **kw: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **kw)} = ANY (ARRAY{compiler.process(values, **kw)})"
