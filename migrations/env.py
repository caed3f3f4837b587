"""Alembic's entry: one online run on the application's own engine."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from flask import current_app
from sqlalchemy.types import TypeDecorator

import models
from extensions import db

assert models.Unit  # importing the package registers every table


def render_item(kind: str, item: Any, autogen: AutogenContext) -> str | Literal[False]:
    """Write a column's stored type into the migration, not our class: a migration outlives it."""
    if kind == "type" and isinstance(item, TypeDecorator):
        stored = item.impl_instance if hasattr(item, "impl_instance") else item.impl
        return f"sa.{stored!r}"
    return False


def run() -> None:
    """Bring the schema to the wanted revision; each step commits with its own bookkeeping."""
    settings = current_app.extensions["migrate"].configure_args
    with db.engine.connect().execution_options(parindex_write=True) as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=render_item,
            transaction_per_migration=True,
            **settings,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
