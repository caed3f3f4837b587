"""The bytes of the demo's documents: a small real PDF for each kind of document and one photo, with a mark of each document."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

import typst
from flask import current_app
from PIL import Image, ImageDraw

from rules.files import JPEG, PDF, Kind
from services.storage import incoming, storage

_PAGE = """
#set document(date: none)  // equal bytes on every day
#set page(paper: "a4", margin: 25mm)
#set text(lang: "vi", size: 13pt)
#align(center)[*{title}*\\ _(Tài liệu minh họa, số liệu giả định)_]
#v(1em)
*I. Căn cứ*\\ Kế hoạch cải cách hành chính năm 2024 và nhiệm vụ được giao.
#pagebreak()
*II. Kết quả thực hiện*
#table(columns: (auto, 1fr, auto), [TT], [Nội dung], [Kết quả],
  [1], [Nhiệm vụ trong kế hoạch], [48], [2], [Nhiệm vụ đã hoàn thành], [41], [3], [Đơn vị được kiểm tra], [12])
#pagebreak()
*Phụ lục.* Danh mục sản phẩm kèm theo.
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """Bytes that many documents of the demo begin with."""

    kind: Kind
    content: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """Stored bytes of one document, or of several where they have the same mark."""

    kind: Kind
    sha256: str
    size: int


def samples(titles: Iterable[tuple[str, str]]) -> dict[str, Sample]:
    """Make one PDF for each key and title; the photo has the key "photo"."""
    made = {key: Sample(PDF, typst.compile(_PAGE.replace("{title}", title).encode())) for key, title in titles}
    return {**made, "photo": Sample(JPEG, _photo())}


def keep(sample: Sample, mark: str) -> Kept:
    """Store the sample with a mark behind its end, where readers of PDF and JPEG do not look: each document has bytes of its own."""
    content = sample.content + f"\n% {mark}\n".encode()
    folder = incoming(current_app.config["PARINDEX"])
    folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    source = folder / f"{secrets.token_hex(16)}.part"
    source.write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    storage().put(source, digest)
    return Kept(sample.kind, digest, len(content))


def _photo() -> bytes:
    """Draw what a photo of a notice board looks like from afar."""
    picture = Image.new("RGB", (1200, 900), "#d9cbb0")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((80, 80, 1120, 820), fill="#7a1f1f")
    for number in range(6):
        left, top = 130 + 340 * (number % 3), 130 + 350 * (number // 3)
        pen.rectangle((left, top, left + 260, top + 300), fill="#fdfdf6")
        for line in range(9):
            pen.line((left + 25, top + 35 + 28 * line, left + 235 - 30 * (line % 3), top + 35 + 28 * line), "#666", 5)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
