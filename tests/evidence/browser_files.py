"""Real files as a unit's officer has them on the desk: a PDF of several pages, a photo, a Word document, and bad ones."""

from __future__ import annotations

import io
from pathlib import Path

import docx
import typst
from PIL import Image, ImageDraw

#: Words that stand on the pages of ``pdf``.
PAGES = ("Trang thứ nhất: căn cứ", "Trang thứ hai: nội dung", "Trang thứ ba: phụ lục minh chứng")


def pdf(folder: Path, name: str = "Kế hoạch CCHC.pdf") -> Path:
    """Write a PDF of three pages."""
    text = "\n#pagebreak()\n".join(f"= {words}\n#lorem(120)" for words in PAGES)
    return _write(folder, name, typst.compile(text.encode()))


def photo(folder: Path, name: str = "Ảnh niêm yết.jpg", side: int = 1600) -> Path:
    """Write a photo: a picture with enough detail to weigh something."""
    picture = Image.effect_noise((side, side * 3 // 4), 60).convert("RGB")
    ImageDraw.Draw(picture).rectangle((50, 50, side // 2, side // 3), fill=(170, 30, 20))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=90)
    return _write(folder, name, out.getvalue())


def word(folder: Path, name: str = "Báo cáo năm.docx") -> Path:
    """Write a Word document."""
    document = docx.Document()
    document.add_heading("Báo cáo kết quả năm", 1)
    document.add_paragraph("Đã hoàn thành 41/48 nhiệm vụ.")
    out = io.BytesIO()
    document.save(out)
    return _write(folder, name, out.getvalue())


def false_pdf(folder: Path, name: str = "Quyết định.pdf") -> Path:
    """Write a web page under the name of a PDF."""
    return _write(folder, name, b"<!doctype html><html><body><script>alert(document.domain)</script></body></html>")


def pdf_with_script(folder: Path, name: str = "Có mã lệnh.pdf") -> Path:
    """Write a PDF that wants to run a script when it opens, when its page shows, and to open an address."""
    script = (
        "(app.alert\\('no'\\); this.submitForm\\('http://127.0.0.1:9/'\\); app.launchURL\\('http://127.0.0.1:9/x'\\);)"
    )
    action = f"<< /S /JavaScript /JS {script} >>"
    stream = b"BT /F1 24 Tf 72 700 Td (A page with a script) Tj ET"
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R /OpenAction {action} /Names << /JavaScript << /Names [(a) {action}] >> >> >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        f"/AA << /O {action} >> /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream.decode()}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode()
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return _write(folder, name, bytes(out))


def _write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
