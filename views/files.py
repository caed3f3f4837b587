"""The bytes of evidence files: one checked route, always as a file to keep or in a sandbox, never as a page of ours."""

from __future__ import annotations

from flask import Blueprint, Response, send_file

from permissions.routes import open_to
from rules.verbs import Verb
from services.evidence.download import open_file

blueprint = Blueprint("files", __name__, url_prefix="/files")

#: Whatever the bytes are, a browser that shows them runs nothing, asks nobody and shares no origin with us.
SANDBOX = "sandbox; default-src 'none'"


@blueprint.get("/<int:file_id>")
@open_to(Verb.READ)
def download(file_id: int) -> Response:
    """Hand out one version of a document's file under the name it came with."""
    opened = open_file(file_id)
    response = send_file(
        opened.stream,
        mimetype=opened.media_type,
        as_attachment=True,
        download_name=opened.name,
        conditional=False,
        etag=False,
    )
    response.content_length = opened.size
    response.headers["Content-Security-Policy"] = SANDBOX
    return response
