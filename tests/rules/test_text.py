"""Vietnamese words: found without marks, sorted as a Vietnamese reader expects."""

from __future__ import annotations

import csv
import random
import unicodedata
from pathlib import Path

import pytest

from rules.text import fold, nfc, sort_key

UNITS = Path(__file__).resolve().parents[2] / "data" / "units.csv"


@pytest.fixture(scope="module")
def unit_names():
    with UNITS.open(encoding="utf-8-sig", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert len(names) > 100
    return names


@pytest.mark.parametrize(
    "ordered",
    [
        [
            "a",
            "à",
            "ả",
            "ã",
            "á",
            "ạ",
            "ă",
            "ằ",
            "ắ",
            "ặ",
            "â",
            "ầ",
            "ấ",
            "ậ",
            "b",
            "c",
            "d",
            "đ",
            "e",
            "ê",
            "g",
            "h",
            "i",
            "k",
            "l",
            "m",
            "n",
            "o",
            "ô",
            "ơ",
            "p",
            "q",
            "r",
            "s",
            "t",
            "u",
            "ư",
            "v",
            "x",
            "y",
        ],
        ["d", "đ", "e", "ê", "f", "g", "h", "i", "j", "k"],
        ["u", "ư", "v", "w", "x", "y", "z"],
        ["da", "Da", "dà", "Dà", "dá", "đa", "Đa"],
        ["Xã An Bình", "Xã An Phước", "Xã Ân", "Xã Bình Hòa", "Xã Đồng Phú", "Xã Hậu Lộc"],
        ["Xã Đông Bình", "Xã Đông Thành", "Xã Đông Thạnh", "Xã Đồng Thành"],
        ["Phường 1", "Phường 2", "Phường 9", "Phường 10", "Phường Cái Vồn", "Phường Đông Thuận", "Phường Tân Hội"],
        [
            "Huyện Bình Tân",
            "Huyện Long Hồ",
            "Huyện Mang Thít",
            "Huyện Tam Bình",
            "Huyện Trà Ôn",
            "Huyện Vũng Liêm",
            "Thành phố Vĩnh Long",
            "Thị trấn Cái Nhum",
            "Thị xã Bình Minh",
        ],
        [
            "Ban Quản lý các Khu công nghiệp",
            "Sở Giáo dục và Đào tạo",
            "Sở Giao thông vận tải",
            "Sở Y tế",
            "Thanh tra tỉnh",
        ],
        ["Tân", "Tân An", "Tân-An", "Tâng"],
        ["xã A", "xã Z", "xã Ω"],
    ],
)
def test_sorts_in_vietnamese_order(ordered):
    mixed = ordered[:]
    random.Random(7).shuffle(mixed)
    assert sorted(mixed, key=sort_key) == ordered


def test_letters_count_before_tones_and_tones_before_case():
    assert sort_key("Đá An") < sort_key("đa ăn")
    assert sort_key("Da") < sort_key("dà")


def test_a_key_is_plain_ascii_whatever_the_text(unit_names):
    for text in [*unit_names, "😀", "ß", "\x00", "İ", "Ñandú", ""]:
        assert sort_key(text).isascii()


def test_different_names_have_different_keys(unit_names):
    distinct = set(unit_names)
    assert len({sort_key(name) for name in distinct}) == len(distinct)


def test_composed_and_decomposed_names_are_one(unit_names):
    for name in unit_names:
        apart = unicodedata.normalize("NFD", name)
        assert sort_key(apart) == sort_key(name)
        assert fold(apart) == fold(name)
        assert nfc(apart) == name


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Xã Đông Thạnh", "xa dong thanh"),
        ("ĐẶNG", "dang"),
        ("Thị trấn Cái Vồn", "thi tran cai von"),
        ("Ưu ơ", "uu o"),
        ("Sở Nội vụ", "so noi vu"),
    ],
)
def test_folds_for_search(text, folded):
    assert fold(text) == folded


def test_every_unit_is_found_by_typing_without_marks(unit_names):
    for name in unit_names:
        assert fold(name).isascii()
        assert fold(name.upper()) == fold(name)
        assert fold(fold(name)) == fold(name)
