"""Vietnamese text for machines: one form for comparing, one for searching without marks, one for sorting."""

from __future__ import annotations

import re
import unicodedata

#: Characters that no database keeps or no screen shows: all controls but tab and line end, half characters, non-characters.
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
#: Marks that turn the direction of writing: with them a text reads otherwise than it is.
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
#: The blocks that hold the pictures of Unicode's emoji (Extended_Pictographic): arrows, devices, shapes, symbols, pictographs.
_PICTURES = "\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
#: Marks without width, which make two names that look alike differ; a joiner stays between the pictures of a compound emoji,
#: of which the first may be followed by the mark that asks for its coloured form.
WIDTHLESS = re.compile(
    "[\u00ad\u180e\u200b\u200c\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb]"
    f"|(?<![\ufe0f{_PICTURES}])\u200d|\u200d(?![{_PICTURES}])"
)
_PUNCTUATION = " _-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
_LETTERS = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
#: Weights are printable ASCII above the space, which ends a level of the key.
_WEIGHTS = {char: chr(0x21 + place) for place, char in enumerate(_PUNCTUATION + "0123456789" + _LETTERS)}
_OTHER = "~"  # before the code of a character that has no weight: after all letters
_SHAPES = {"a\u0306": "ă", "a\u0302": "â", "e\u0302": "ê", "o\u0302": "ô", "o\u031b": "ơ", "u\u031b": "ư"}
#: Huyền, hỏi, ngã, sắc, nặng.
_TONES = {"\u0300": "1", "\u0309": "2", "\u0303": "3", "\u0301": "4", "\u0323": "5"}
_FOREIGN_MARK = "6"
_DIGITS = re.compile(r"[0-9]+")


def nfc(text: str) -> str:
    """Compose the characters, so that equal words are equal however they were typed."""
    return unicodedata.normalize("NFC", text)


def tidy(text: str) -> str:
    """Return typed text as it is meant: composed, without the marks that nobody sees."""
    if text.isascii():
        return text
    return nfc(WIDTHLESS.sub("", TURNING.sub("", text)))


def fold(text: str) -> str:
    """Reduce a text to what a search compares: lower case, no marks, ``đ`` as ``d``."""
    decomposed = unicodedata.normalize("NFD", text.lower())
    return "".join(char for char in decomposed if not unicodedata.combining(char)).replace("đ", "d")


def sort_key(text: str) -> str:
    """Make an ASCII text whose byte order is the Vietnamese order of ``text``.

    Letters count first (aăâbcdđeê…), then tones (none, huyền, hỏi, ngã, sắc, nặng), then case (lower first). Marks on
    words outside Vietnamese follow the tones. Numbers go by their value: ``Phường 9`` before ``Phường 10``.
    """
    decomposed = unicodedata.normalize("NFD", _DIGITS.sub(_sized, text))
    primary, tones, cases = [], [], []
    for cluster in re.findall(r"[^\u0300-\u036f][\u0300-\u036f]*", decomposed):
        letter, tone = cluster[0].lower(), "0"
        for mark in cluster[1:]:
            if letter + mark in _SHAPES:
                letter = _SHAPES[letter + mark]
            else:
                tone = _TONES.get(mark, _FOREIGN_MARK)
        primary.append(_WEIGHTS.get(letter) or f"{_OTHER}{ord(letter[0]):06x}")
        tones.append(tone)
        cases.append("1" if cluster[0].isupper() else "0")
    return " ".join(("".join(primary), "".join(tones).rstrip("0"), "".join(cases).rstrip("0")))


def _sized(number: re.Match[str]) -> str:
    """Put the count of its digits before a number, so that longer numbers come later (nine digits and more alike)."""
    digits = number[0].lstrip("0") or "0"
    return f"{min(len(digits), 9)}{digits}"
