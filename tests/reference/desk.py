"""Steps with reference figures for the tests: a file uploaded, looked at, applied; what is kept then."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from tests.support.world import Province, token

HEAD = "round_code,unit_code,criterion_code,numerator,denominator,source,as_of\n"
SOURCE = "Hệ thống một cửa"


def row(
    unit: str, code: str, numerator: object, denominator: object, source: str = SOURCE, as_of: str = "2024-12-01"
) -> str:
    return f"2024,{unit},{code},{numerator},{denominator},{source},{as_of}\n"


def round_id(province: Province) -> int:
    return province.id_of(m.Round, code="2024")


def upload(
    province: Province, client: FlaskClient, content: str | bytes, name: str = "so-lieu.csv", round_: int | None = None
) -> tuple[int, str]:
    data = content.encode() if isinstance(content, str) else content
    answer = client.post(
        f"/reference/{round_ or round_id(province)}",
        data={"file": (io.BytesIO(data), name), "csrf_token": token(client, "/password")},
        content_type="multipart/form-data",
    )
    return answer.status_code, answer.get_data(as_text=True)


def signed(page: str) -> str:
    found = re.search(r'name="signed" value="([^"]+)"', page)
    assert found, page
    return found[1]


def confirm(province: Province, client: FlaskClient, page: str) -> tuple[int, str]:
    answer = client.post(
        f"/reference/{round_id(province)}/apply",
        data={"signed": signed(page), "csrf_token": token(client, "/password")},
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def bring(province: Province, login: str, rows: str) -> None:
    """Import rows as this person; all of them must be taken."""
    client = province.client(login)
    status, page = upload(province, client, HEAD + rows)
    assert status == 200, page
    assert confirm(province, client, page)[0] == 200


def kept(province: Province) -> dict[tuple[str, str], Mapping[str, Any]]:
    """Return the inputs that are kept, by unit and leaf."""
    with province.system():
        return {
            (unit, code): inputs
            for unit, code, inputs in db.session.execute(
                select(m.Unit.code, m.Criterion.code, m.ReferenceFigure.inputs)
                .join(m.Unit, m.Unit.id == m.ReferenceFigure.unit_id)
                .join(m.Criterion, m.Criterion.id == m.ReferenceFigure.criterion_id)
            )
        }
