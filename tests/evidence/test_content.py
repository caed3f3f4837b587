"""What is taken and what is not: judged by the bytes, before anything is unpacked, decoded or run (FI-01, FI-02, FI-07, FI-08)."""

from __future__ import annotations

import io
import resource
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from config import EvidenceSettings
from services.evidence.content import UnfitFile, judge
from tests.evidence import samples
from tests.evidence.samples import SOUND, image, office, ole, packed, pdf, word

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = EvidenceSettings()


def refused(tmp_path: Path, name: str, content: bytes, settings: EvidenceSettings = SETTINGS) -> str:
    path = tmp_path / "received"
    path.write_bytes(content)
    with pytest.raises(UnfitFile) as unfit:
        judge(path, name, settings)
    return str(unfit.value)


@pytest.mark.parametrize("word", SOUND)
def test_every_kind_is_told_by_its_bytes(tmp_path: Path, word: str) -> None:
    name, content = SOUND[word]
    path = tmp_path / "received"
    path.write_bytes(content)
    assert judge(path, name, SETTINGS).kind.word == word


@pytest.mark.parametrize("word", SOUND)
def test_a_name_that_promises_another_kind_is_told(tmp_path: Path, word: str) -> None:
    other = "png" if word != "png" else "pdf"
    assert f"ending .{word}" in refused(tmp_path, f"Tài liệu.{other}", SOUND[word][1])
    assert f"ending .{word}" in refused(tmp_path, "Tài liệu", SOUND[word][1])


ACTIVE = {
    "page.html": b"<!DOCTYPE html><html><body>x</body></html>",
    "page.htm": b"\xef\xbb\xbf  \n<HTML><script>alert(1)</script></HTML>",
    "drawing.svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "data.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "run.sh": b"#!/bin/sh\nrm -rf /\n",
    "page.php": b"<?php system($_GET[0]);",
    "page.asp": b"<% eval %>",
}


@pytest.mark.parametrize("name", ACTIVE)
@pytest.mark.parametrize("ending", ["", ".pdf", ".png", ".docx"])
def test_pages_drawings_and_scripts_are_refused_under_any_name(tmp_path: Path, name: str, ending: str) -> None:
    assert "web page, drawing or script" in refused(tmp_path, name + ending, ACTIVE[name])


OTHERS = {
    "text": b"Xin chao",
    "program": b"MZ\x90\0" + b"\0" * 200,
    "elf": b"\x7fELF" + b"\0" * 200,
    "script": b"alert(1)",
    "gif": b"GIF89a" + b"\0" * 50,
    "tiff": b"II*\0" + b"\0" * 50,
    "rar": b"Rar!\x1a\x07\0" + b"\0" * 50,
    "gzip": b"\x1f\x8b\x08" + b"\0" * 50,
    "zip": packed({"a.txt": "a"}),
    "jar": packed({"META-INF/MANIFEST.MF": "x"}),
    "xlsb": packed({"[Content_Types].xml": "<Types/>", "xl/workbook.bin": "x"}),
    "two kinds of office": packed({"[Content_Types].xml": "x", "word/document.xml": "x", "xl/workbook.xml": "x"}),
    "drawing of open document": samples.open_document("application/vnd.oasis.opendocument.graphics"),
    "installer": ole("Root Entry", "!StreamData"),
    "message": ole("Root Entry", "__nameid_version1.0"),
    "nearly pdf": b"x" + pdf(),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_not_on_the_list_is_refused(tmp_path: Path, what: str) -> None:
    assert "This kind of file is not taken" in refused(tmp_path, "Tài liệu.pdf", OTHERS[what])


def test_an_empty_file_is_told_as_such(tmp_path: Path) -> None:
    assert "empty" in refused(tmp_path, "Trống.pdf", b"")


POLYGLOTS = {
    "pdf and page": b"%PDF-1.4\n<html><script>alert(1)</script></html>",
    "pdf and archive": pdf() + packed({"a.html": "<script>"}),
    "photo and archive": image() + packed({"META-INF/MANIFEST.MF": "x"}),
    "photo and page": b"\xff\xd8\xff\xfe\x00\x30<html><script>alert(1)</script>" + image()[2:],
    "photo and server page": b"\xff\xd8\xff\xfe\x00\x20<?php system($_GET[0]); ?>      " + image()[2:],
}


@pytest.mark.parametrize("what", POLYGLOTS)
def test_a_file_of_two_kinds_is_refused(tmp_path: Path, what: str) -> None:
    name = "Tài liệu.pdf" if what.startswith("pdf") else "Ảnh.jpg"
    assert "two kinds at once" in refused(tmp_path, name, POLYGLOTS[what])


def test_a_page_before_an_archive_is_a_page(tmp_path: Path) -> None:
    assert "web page" in refused(tmp_path, "Báo cáo.docx", b"<html></html>" + word())


MACROS = {
    "docm": office("word/document.xml", {"word/vbaProject.bin": b"x"}),
    "xlsm": office("xl/workbook.xml", {"xl/vbaProject.bin": b"x"}),
    "by its type alone": office("word/document.xml", types="application/vnd.ms-word.document.macroEnabled.main+xml"),
    "by its type in two-byte letters": packed(
        {
            "[Content_Types].xml": "application/vnd.ms-word.document.macroEnabled.main+xml".encode("utf-16"),
            "word/document.xml": "<x/>",
        }
    ),
    "a part of another name": office("word/document.xml", types="application/vnd.ms-office.vbaProject"),
    "old macro sheets": office("xl/workbook.xml", {"xl/macrosheets/sheet1.xml": "x"}),
    "open document": packed({"mimetype": "application/vnd.oasis.opendocument.text", "Basic/Standard/script.xml": "x"}),
    "old word": ole("Root Entry", "WordDocument", "Macros", "_VBA_PROJECT"),
    "old excel": ole("Root Entry", "Workbook", "_VBA_PROJECT_CUR"),
    "inside a report": office("word/document.xml", {"word/embeddings/a.xlsm": packed({"xl/vbaProject.bin": b"x"})}),
}


@pytest.mark.parametrize("what", MACROS)
def test_macros_are_refused_wherever_they_hide(tmp_path: Path, what: str) -> None:
    assert "macros" in refused(tmp_path, "Tài liệu.docx", MACROS[what])


def test_a_password_is_told_as_such(tmp_path: Path) -> None:
    assert "password" in refused(tmp_path, "Mật.docx", ole("Root Entry", "EncryptedPackage"))
    locked = bytearray(word())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = 0
        while (start := locked.find(signature, start)) >= 0:
            locked[start + place] |= 1
            start += 4
    assert "password" in refused(tmp_path, "Mật.docx", bytes(locked))


def test_a_part_without_a_name_is_damage_not_a_fault_of_ours(tmp_path: Path) -> None:
    nameless = office("word/document.xml", {"part.bin": "x"}).replace(b"part.bin", b"\0art.bin")
    assert "damaged" in refused(tmp_path, "Báo cáo.docx", nameless)


@pytest.mark.parametrize("cut", [40, 400, 4000])
def test_a_cut_office_file_is_damaged(tmp_path: Path, cut: int) -> None:
    assert "damaged" in refused(tmp_path, "Báo cáo.docx", word()[:-cut])


def bombs() -> dict[str, bytes]:
    zeros = b"\0" * (64 * 1024 * 1024)
    nested = office("word/document.xml")
    for depth in range(3):
        nested = office("word/document.xml", {f"word/embeddings/{depth}.docx": nested})
    inner = packed({f"{number}.bin": zeros[: 8 * 1024 * 1024] for number in range(6)})
    many = packed({"[Content_Types].xml": "<Types/>", "word/document.xml": "x", **{f"{n}": "" for n in range(6000)}})
    return {
        "one part packed 1000 times (docx)": office("word/document.xml", {"word/media/a.bin": zeros}),
        "one part packed 1000 times (xlsx)": office("xl/workbook.xml", {"xl/worksheets/sheet1.xml": zeros}),
        "one part packed 1000 times (pptx)": office("ppt/presentation.xml", {"ppt/media/a.bin": zeros}),
        "too many parts": many,
        "archives in archives": nested,
        "a bomb inside a report": office("word/document.xml", {"word/embeddings/a.zip": inner}),
    }


def test_archive_bombs_are_refused_before_they_unpack(tmp_path: Path) -> None:
    """In a process that may hold 400 MB: what unpacked them would die."""
    for number, content in enumerate(bombs().values()):
        assert len(content) < 2 * 1024 * 1024
        (tmp_path / f"{number}.docx").write_bytes(content)
    program = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_AS, (400 << 20, 400 << 20))\n"
        "from pathlib import Path\n"
        "from config import EvidenceSettings\n"
        "from services.evidence.content import UnfitFile, judge\n"
        "for path in sorted(Path(sys.argv[1]).glob('*.docx')):\n"
        "    try: judge(path, path.name, EvidenceSettings())\n"
        "    except UnfitFile as unfit: print(unfit)\n"
        "    else: print('TAKEN')\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    assert [line for line in told.stdout.splitlines() if "unpacks to far more" not in line] == []
    assert len(told.stdout.splitlines()) == len(bombs())


def test_a_workbook_inside_a_report_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "received"
    path.write_bytes(office("word/document.xml", {"word/embeddings/a.xlsx": samples.excel()}))
    assert judge(path, "Báo cáo.docx", SETTINGS).kind.word == "docx"


def test_an_entry_twice_in_an_archive_is_damaged(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("word/document.xml", "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("word/document.xml", "y")
    assert "damaged" in refused(tmp_path, "Báo cáo.docx", out.getvalue())


def test_the_pixels_of_an_image_are_counted_before_any_is_decoded(tmp_path: Path) -> None:
    content = samples.huge_png()
    assert len(content) < 50_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "million pixels" in refused(tmp_path, "Ảnh.png", content)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # kB; the picture would take 900 MB
    assert "2 million pixels" in refused(
        tmp_path, "Ảnh.png", samples.huge_png(1500), replace(SETTINGS, image_pixels=2_000_000)
    )


def test_a_broken_image_is_damaged(tmp_path: Path) -> None:
    assert "damaged" in refused(tmp_path, "Ảnh.png", b"\x89PNG\r\n\x1a\n" + b"x" * 100)
    assert "damaged" in refused(tmp_path, "Ảnh.jpg", b"\xff\xd8\xff\xe0" + b"x" * 100)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_that_says_where_it_was_taken_is_marked(tmp_path: Path, kind: str) -> None:
    ending = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}[kind]
    path = tmp_path / "received"
    for located in (True, False):
        path.write_bytes(image(kind, located=located))
        assert judge(path, f"Ảnh.{ending}", SETTINGS).has_location is located


def test_kinds_left_out_by_the_setting_are_refused_and_not_named(tmp_path: Path) -> None:
    only = replace(SETTINGS, kinds=("pdf",))
    told = refused(tmp_path, "Ảnh.png", SOUND["png"][1], only)
    assert ".pdf" in told
    assert ".png" not in told
