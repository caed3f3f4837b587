"""The bytes of evidence files: one checked route, always as a file to keep and in a sandbox, never as a page of ours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from flask import Blueprint, Response, request

from permissions.routes import open_to
from rules.verbs import Verb
from services.evidence.download import open_file

blueprint = Blueprint("files", __name__, url_prefix="/files")

#: Whatever the bytes are, a browser that shows them runs nothing, asks nobody and shares no origin with us.
SANDBOX = "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'"
CHUNK = 256 * 1024


@blueprint.get("/<int:file_id>")
@open_to(Verb.READ)
def download(file_id: int) -> Response:
    """Hand out one version of a document's file under the name it came with."""
    opened = open_file(file_id)
    if request.method == "HEAD":
        opened.stream.close()
    response = Response(_parts(opened.stream), mimetype=opened.media_type, direct_passthrough=True)
    response.content_length = opened.size
    response.headers["Content-Disposition"] = _attachment(opened.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _parts(stream: BinaryIO) -> Iterator[bytes]:
    with stream:
        while part := stream.read(CHUNK):
            yield part


def _attachment(name: str) -> str:
    """Say the name in full (RFC 8187), and in plain letters for what cannot read that."""
    plain = unicodedata.normalize("NFKD", name.replace("đ", "d").replace("Đ", "D")).encode("ascii", "ignore").decode()
    plain = "".join(char for char in plain if char.isprintable() and char not in '"\\%') or "file"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
