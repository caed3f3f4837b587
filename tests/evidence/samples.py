"""Small real files of every kind that is taken, and hostile ones made by hand."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import docx
import xlsxwriter
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"


def pdf(text: str = "Ke hoach") -> bytes:
    """A PDF with one empty page that carries a text in a comment; sound enough for every reader."""
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>",
    ]
    out = bytearray(b"%PDF-1.7\n%" + text.encode() + b"\n")
    places = []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 4\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size 4 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def word(text: str = "Báo cáo cải cách hành chính") -> bytes:
    document = docx.Document()
    document.add_paragraph(text)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def excel() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        book.add_worksheet("Phụ lục").write(0, 0, "Số liệu")
    return out.getvalue()


def packed(parts: Mapping[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def office(main: str, more: Mapping[str, bytes | str] | None = None, types: str = "<Types/>") -> bytes:
    """A bare Office archive: the part that makes its kind, and whatever else."""
    return packed({"[Content_Types].xml": types, main: "<x/>", **(more or {})})


def powerpoint() -> bytes:
    return office("ppt/presentation.xml")


def open_document(media_type: str) -> bytes:
    return packed({"mimetype": media_type, "content.xml": "<x/>"})


def ole(*streams: str) -> bytes:
    """The head of a file of Office before 2007 with a directory that names these streams."""
    directory = b"".join((name.encode("utf-16-le") + b"\0" * 64)[:64].ljust(128, b"\0") for name in streams)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + directory


def image(kind: str = "JPEG", *, located: bool = False) -> bytes:
    out = io.BytesIO()
    picture = Image.new("RGB", (60, 40), "#c8102e")
    exif = Image.Exif()
    exif[0x010F] = "May anh"
    if located:
        exif[0x8825] = {1: "N", 2: (10.0, 15.0, 0.0), 3: "E", 4: (105.0, 58.0, 0.0)}
    picture.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def huge_png(side: int = 30_000) -> bytes:
    """A PNG of a few kilobytes whose header asks for side x side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 1) * 200, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


#: Name and bytes of one sound file of each kind.
SOUND = {
    "pdf": ("Kế hoạch.pdf", pdf()),
    "docx": ("Báo cáo.docx", word()),
    "xlsx": ("Phụ lục.xlsx", excel()),
    "pptx": ("Tập huấn.pptx", powerpoint()),
    "odt": ("Tờ trình.odt", open_document("application/vnd.oasis.opendocument.text")),
    "ods": ("Bảng.ods", open_document("application/vnd.oasis.opendocument.spreadsheet")),
    "doc": ("Cũ.doc", ole("Root Entry", "WordDocument")),
    "xls": ("Cũ.xls", ole("Root Entry", "Workbook")),
    "ppt": ("Cũ.ppt", ole("Root Entry", "PowerPoint Document")),
    "jpg": ("Ảnh chụp.JPG", image("JPEG")),
    "png": ("Ảnh.png", image("PNG")),
    "webp": ("Ảnh.webp", image("WEBP")),
}
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
