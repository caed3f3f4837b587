"""Files that LibreOffice itself opened and saved: filled in by another library, computed and written by LibreOffice."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from flask import current_app

from rules.vocabulary import Layer
from tests.appraisal import steps
from tests.assessment.support import person, scores
from tests.support import world
from tests.support.database import Database
from tests.support.world import Province
from tests.workbook.support import Book, Desk, can_apply, counts, text
from tools import libreoffice

NOTE = "=cmd|' /C calc'!A0\nDòng hai “có dấu”"


@dataclass
class Saved:
    """The files of one start of LibreOffice each way: as downloaded, and filled in."""

    untouched: bytes
    filled: bytes
    formula: str
    lost: str


@pytest.fixture(scope="module")
def saved(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Send the form of X11 through LibreOffice, XLSX to ODS to XLSX: one conversion each way for all tests of this module."""
    folder = tmp_path_factory.mktemp("libreoffice")
    database.start_from("libreoffice", _filled)
    province = Province(database.app)
    officer = person(province, "officer.x11")
    raw = Desk(officer.client, f"{officer.url}/workbook").raw()
    book = Book.of(raw)
    formula, lost = book.place("1.2.1", "in:1"), book.place("1.5", "in:1")
    book.put(
        {
            ("1.1", "in:1"): "Không ban hành",
            ("1.2.1", "in:1"): "=40+7.5",
            ("1.3", "in:1"): "Không",
            ("1.4", "note"): NOTE,
            ("1.5", "in:1"): None,
            ("2.1", "in:2"): "Không",
            ("2.2", "in:2"): 112.25,
        }
    )
    book.cell("1.4", "note").data_type = "s"
    (folder / "untouched.xlsx").write_bytes(raw)
    (folder / "filled.xlsx").write_bytes(book.bytes)
    there = libreoffice.convert([folder / "untouched.xlsx", folder / "filled.xlsx"], "ods", folder)
    assert all("content.xml" in zipfile.ZipFile(file).namelist() for file in there)
    back = folder / "back"
    back.mkdir()
    untouched, filled = libreoffice.convert(there, "xlsx", back)
    return Saved(untouched.read_bytes(), filled.read_bytes(), formula, lost)


def _filled() -> None:
    """The small province with every item of X11 scored, hostile and long texts among them."""
    world.build()
    notes = {"1.1": NOTE, "1.2.2": "Đ" * 3999 + "x", "1.3": "_x0041_ <b>&amp;"}
    entries = {code: replace(entry, note=notes.get(code, entry.note)) for code, entry in steps.CLAIMS.items()}
    steps.claim(Province(current_app._get_current_object()), "X11", entries, sign=False)


@pytest.fixture
def desk(database: Database, saved: Saved) -> Desk:
    database.start_from("libreoffice")
    officer = person(Province(database.app), "officer.x11")
    return Desk(officer.client, f"{officer.url}/workbook")


def test_it_really_was_libreoffice(saved: Saved, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(saved.filled)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        assert b"LibreOffice" in archive.read("docProps/app.xml")


def test_what_libreoffice_only_opened_and_saved_changes_nothing(desk: Desk, saved: Saved) -> None:
    assert counts(desk.upload(saved.untouched)) == (0, 0, 0, 11)


def test_what_was_filled_in_there_is_taken(database: Database, desk: Desk, saved: Saved) -> None:
    page = desk.upload(saved.filled)
    assert counts(page) == (0, 0, 7, 4)
    assert f"hệ thống lấy giá trị đã lưu: {saved.formula}." in text(page)
    assert can_apply(page)
    assert desk.apply(page).status_code == 302
    after = scores(Province(database.app), "X11", Layer.SELF)
    assert {code: row.inputs for code, row in after.items() if code in ("1.1", "1.2.1", "1.3", "2.1", "2.2")} == {
        "1.1": {"option": "2"},
        "1.2.1": {"numerator": "47.5", "denominator": "48"},
        "1.3": {"met": "0"},
        "2.1": {"parts": ["0"]},
        "2.2": {"numerator": "90", "denominator": "112.25"},
    }
    assert "1.5" not in after
    assert after["1.4"].note == NOTE


def test_protection_and_lists_survive_libreoffice(saved: Saved) -> None:
    book = Book.of(saved.untouched)
    assert book.sheet.protection.sheet
    assert not book.cell("1.1", "in:1").protection.locked
    assert book.cell("8.1", "in:1").protection.locked
    assert {one.title: one.sheet_state for one in book.book if one.title.startswith("_")} == {
        "_parindex": "hidden",
        "_lists": "hidden",
    }
    lists = [check for check in book.sheet.data_validations.dataValidation if check.type == "list"]
    assert any("_lists" in str(check.formula1) for check in lists)
    assert steps.CLAIMS.keys() <= {cell.value for row in book.sheet.iter_rows() for cell in row}
