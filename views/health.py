"""What a monitor asks: whether the server is up and its database answers."""

from __future__ import annotations

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from models import clock
from permissions.routes import public

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
@public
def healthz() -> tuple[dict[str, str], int]:
    """Answer 200 when the database answers, else 503; never any data."""
    try:
        clock.now()
    except SQLAlchemyError:
        return {"status": "database unavailable"}, 503
    return {"status": "ok"}, 200
