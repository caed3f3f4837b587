"""Sends files as a script does, and looks at what is stored."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import select
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

import models as m
from extensions import db
from tests.assessment.support import Person
from tests.evidence.samples import pdf
from tests.support.world import Province, token


def post(who: Person, path: str, fields: Mapping[str, Any], *, plain: bool = False) -> TestResponse:
    """Post a form with files, as a script does or plainly."""
    if "csrf_token" not in fields:
        fields = {"csrf_token": token(who.client, "/password"), **fields}
    boundary, body = encode_multipart(fields)
    return who.client.post(
        f"{who.url}/{path}",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=f'multipart/form-data; boundary="{boundary}"',
        headers={} if plain else {"Accept": "application/json"},
    )


def send(
    who: Person,
    code: str = "1.3",
    name: str = "Kế hoạch.pdf",
    content: bytes | None = None,
    *,
    version_of: int | None = None,
    plain: bool = False,
    **fields: Any,
) -> TestResponse:
    """Send a file to a leaf, or with ``version_of`` (a link) as a new version; ``plain`` as a form without script."""
    name = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")  # as every browser writes it
    file = FileStorage(io.BytesIO(pdf() if content is None else content), name, "file")
    path = f"evidence/{code}/" + ("files" if version_of is None else f"{version_of}/file")
    return post(who, path, {**fields, "file": file}, plain=plain)


def sent(who: Person, code: str = "1.3", name: str = "Kế hoạch.pdf", content: bytes | None = None, **more: Any) -> Any:
    """Send a file that is taken; return what the script is told."""
    answer = send(who, code, name, content, **more)
    assert answer.status_code == 201, answer.get_data(as_text=True)
    return answer.get_json()


def refusal(answer: TestResponse) -> str:
    """Return the sentence at the file of an upload that was refused."""
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return str(answer.get_json()["faults"]["file"])


def rows(province: Province, model: type[Any]) -> list[Any]:
    with province.system():
        found = list(db.session.scalars(select(model).order_by(model.id)))
        db.session.expunge_all()
    return found


def links(province: Province) -> list[m.EvidenceLink]:
    return rows(province, m.EvidenceLink)


def stored(store: Path) -> set[str]:
    """Return the names of everything in the store, unfinished uploads too."""
    return {path.name for path in store.rglob("*") if path.is_file()}
