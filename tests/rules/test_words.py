"""Differences by words: each side comes back whole, and Vietnamese syllables are never cut."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.words import Kept, difference, words

SYLLABLES = (
    "Kế",
    "hoạch",
    "số",
    "12/KH-UBND",
    "ngày",
    "05/01/2024",
    "đã",
    "được",
    "ban",
    "hành",
    "85,5",
    "%",
    ".",
    ",",
)
texts = st.one_of(
    st.text(max_size=80),
    st.lists(st.sampled_from([*SYLLABLES, " ", "\n", "  "]), max_size=40).map(" ".join),
    st.lists(st.sampled_from(SYLLABLES), max_size=30).map(lambda parts: unicodedata.normalize("NFD", " ".join(parts))),
)


def side(before: str, after: str, other: Kept) -> str:
    return "".join(piece.text for piece in difference(before, after) if piece.kept is not other)


@given(texts, texts)
def test_the_difference_applied_to_either_side_gives_it_back(before: str, after: str) -> None:
    assert side(before, after, Kept.AFTER) == before
    assert side(before, after, Kept.BEFORE) == after


@given(texts)
def test_words_put_together_are_the_text(text: str) -> None:
    assert "".join(words(text)) == text


@given(texts)
def test_equal_texts_have_no_difference(text: str) -> None:
    assert {piece.kept for piece in difference(text, text)} <= {Kept.BOTH}


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=20), st.lists(st.sampled_from(SYLLABLES), max_size=20))
def test_no_piece_ends_within_a_word(left: list[str], right: list[str]) -> None:
    before, after = " ".join(left), " ".join(right)
    allowed = {*words(before), *words(after)}
    assert all(set(words(piece.text)) <= allowed for piece in difference(before, after))


def test_one_changed_syllable_is_one_word() -> None:
    found = difference("Kế hoạch ban hành ngày 05/01/2024.", "Kế hoạch ban hành ngày 15/01/2024.")
    assert [(piece.kept, piece.text) for piece in found] == [
        (Kept.BOTH, "Kế hoạch ban hành ngày "),
        (Kept.BEFORE, "05"),
        (Kept.AFTER, "15"),
        (Kept.BOTH, "/01/2024."),
    ]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_mark_belongs_to_its_syllable(form: str) -> None:
    before, after = (unicodedata.normalize(form, text) for text in ("đã nộp", "đã nốp"))
    changed = [piece.text for piece in difference(before, after) if piece.kept is not Kept.BOTH]
    assert changed == [unicodedata.normalize(form, text) for text in ("nộp", "nốp")]


def test_decimals_are_one_word() -> None:
    changed = [piece.text for piece in difference("đạt 85,5 %", "đạt 85,7 %") if piece.kept is not Kept.BOTH]
    assert changed == ["85,5", "85,7"]


def test_changes_that_only_spaces_part_are_one_change() -> None:
    kinds = [piece.kept for piece in difference("a b c d", "a x y d")]
    assert kinds == [Kept.BOTH, Kept.BEFORE, Kept.AFTER, Kept.BOTH]


@pytest.mark.parametrize("text", ["a " * 2000, "a" * 4000, "ab ba " * 660, ". " * 2000])
def test_texts_that_repeat_themselves_cost_no_time(text: str) -> None:
    begun = time.monotonic()
    other = text[1:] + "z" + text[:-1]
    assert side(text, other, Kept.AFTER) == text
    assert time.monotonic() - begun < 2
