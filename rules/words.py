"""Differences of two texts by words, not by characters: a Vietnamese syllable, a number or a sign is one word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from typing import NamedTuple

#: A number with its decimals, a syllable with its marks (composed or not), white space, or any other sign.
_WORD = re.compile(r"\d+(?:[.,]\d+)+|[\w\u0300-\u036f]+|\s+|.", re.DOTALL)
#: Pairs of equal words up to which two texts are compared; above, the one is shown as replaced by the other. Ordinary texts of
#: full length stay far below; what lies above repeats itself and would cost seconds.
MOST_PAIRS = 60_000


class Kept(StrEnum):
    """Which of the two texts holds a piece."""

    BOTH = "both"
    BEFORE = "before"
    AFTER = "after"


class Piece(NamedTuple):
    """A run of words."""

    kept: Kept
    text: str


def words(text: str) -> list[str]:
    """Cut a text into words; put together again they are the text."""
    return _WORD.findall(text)


def difference(before: str, after: str) -> list[Piece]:
    """Return the pieces of both texts in their order.

    The pieces kept by ``before`` and by both give ``before`` back, those of ``after`` and of both give ``after``.
    """
    if before == after:
        return [Piece(Kept.BOTH, before)] if before else []
    left, right = words(before), words(after)
    return list(_joined(_pieces(left, right) if _modest(left, right) else _replaced(before, after)))


def _modest(left: list[str], right: list[str]) -> bool:
    counted = Counter(right)
    return sum(times * counted[word] for word, times in Counter(left).items() if not word.isspace()) <= MOST_PAIRS


def _replaced(before: str, after: str) -> Iterator[Piece]:
    yield Piece(Kept.BEFORE, before)
    yield Piece(Kept.AFTER, after)


def _pieces(left: list[str], right: list[str]) -> Iterator[Piece]:
    # White space begins no common run: it would tie words together that only follow one another.
    matcher = SequenceMatcher(str.isspace, left, right, autojunk=False)
    for operation, i1, i2, j1, j2 in matcher.get_opcodes():
        if operation == "equal":
            yield Piece(Kept.BOTH, "".join(left[i1:i2]))
        else:
            yield Piece(Kept.BEFORE, "".join(left[i1:i2]))
            yield Piece(Kept.AFTER, "".join(right[j1:j2]))


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Draw changes together that only white space parts: one replaced phrase reads better than its words one by one."""
    before = after = gap = ""
    for kept, text in pieces:
        if not text:
            continue
        if kept is Kept.BOTH:
            if (before or after) and text.isspace():
                gap += text
                continue
            yield from _change(before, after)
            yield Piece(Kept.BOTH, gap + text)
            before = after = gap = ""
        else:
            before, after, gap = before + gap, after + gap, ""
            if kept is Kept.BEFORE:
                before += text
            else:
                after += text
    yield from _change(before, after)
    if gap:
        yield Piece(Kept.BOTH, gap)


def _change(before: str, after: str) -> Iterator[Piece]:
    if before:
        yield Piece(Kept.BEFORE, before)
    if after:
        yield Piece(Kept.AFTER, after)
