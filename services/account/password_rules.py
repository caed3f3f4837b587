"""What a password must be: length, no words that are tried first, and what this installation asks for besides (AU-04 to AU-06)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from flask import current_app

from rules import text
from rules.message import M, Message
from services.account.secrets import MAX_PASSWORD, normalise
from services.account.sessions import settings

#: So many letters must be left when all words that are tried first are taken away.
LEFT = 6
DIFFERENT_LEFT = 4
#: So many different signs at least.
DIFFERENT = 5
#: Signs that stand for letters ("m@tkh4u"); the password is looked at with and without them.
_STAND_FOR = str.maketrans("@430$517!|", "aaeossitii")
#: Stands where a word was taken out, so that what is around it makes no new word.
_GAP = "\x00"
#: Words about this software and its field, beside the names of the installation.
LOCAL = (
    *(
        "parindex",
        "par index",
        "parindexes",
        "cchc",
        "cải cách hành chính",
        "chỉ số cải cách",
        "bộ chỉ số",
        "chấm điểm",
    ),
    *("Sở Nội vụ", "Nội vụ", "SNV", "UBND", "ủy ban nhân dân", "tỉnh", "huyện", "quản trị", "cán bộ", "lãnh đạo"),
    *("hội đồng thẩm định", "tổ giúp việc", "mật khẩu", "đăng nhập", "tài khoản", "Việt Nam", "vietnam", "Hà Nội"),
)
_RUNS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")

WORDS = M("The password is little more than words that are tried first, such as “matkhau” or “qwerty”: add your own.")
LOCAL_WORDS = M("The password is little more than the name of the province, of an office or of this software.")
UNIT_WORDS = M("The password is little more than the name or code of a unit: add words of your own.")
OWN_WORDS = M("The password is little more than your name or login: add words of your own.")
DIGITS = M("The password is little more than digits or a year: add words of your own.")
LOGIN = M("The password contains your login.")
REPEATED = M("The password repeats a few signs only.")


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose password it is to be: what others know of the person, and the names and codes of all units."""

    username: str
    full_name: str
    units: tuple[str, ...] = ()
    has_factor: bool = False


def least(*, has_factor: bool) -> int:
    """Return how many characters a password needs."""
    rules = settings()
    return min(rules.password_length, rules.password_length_totp) if has_factor else rules.password_length


def fault(password: str, owner: Owner) -> Message | None:
    """Return why a password cannot be taken, or None."""
    password = normalise(password)
    shortest = least(has_factor=owner.has_factor)
    if len(password) < shortest:
        return M("The password needs at least {least} characters.", least=shortest)
    if len(password) > MAX_PASSWORD:
        return M("The password may have at most {most} characters.", most=MAX_PASSWORD)
    if len(set(password)) < DIFFERENT:
        return REPEATED
    return _listed(password, owner) or (_composed(password) if settings().password_composition else None)


def _composed(password: str) -> Message | None:
    kinds = (str.isupper, str.islower, str.isdigit, lambda sign: not sign.isalnum() and not sign.isspace())
    if all(any(kind(sign) for sign in password) for kind in kinds):
        return None
    return M("The password needs a capital letter, a small letter, a digit and another sign.")


def _listed(password: str, owner: Owner) -> Message | None:
    """Take away what is tried first; where too little is left, say which kind of it weighed most."""
    if len(owner.username) >= 4 and owner.username.lower() in password.lower():
        return LOGIN
    kinds = (
        (WORDS, common()),
        (UNIT_WORDS, _units(owner)),
        (LOCAL_WORDS, _local()),
        (OWN_WORDS, _own(owner)),
    )
    reasons = {word: at for at, (_why, words) in enumerate(kinds) for word in words}  # of two kinds the later one
    # Letters of other alphabets stand in no list; they count as they are.
    foreign = [sign for sign in password if not sign.isascii() and not sign.isspace() and not _plain(sign)]
    plain = _plain(password)
    for written in (plain, re.sub("[0-9]", "", plain), _plain(password.lower().translate(_STAND_FOR))):
        rest, weights = _without(written, reasons)
        letters = [sign for sign in rest if sign.isalpha()]
        if len(letters + foreign) < LEFT or len({*letters, *foreign}) < DIFFERENT_LEFT:
            return kinds[weights.most_common(1)[0][0]][0] if weights else DIGITS
    return None


def _without(rest: str, reasons: Mapping[str, int]) -> tuple[str, Counter[int]]:
    """Take listed words out, the longest first; return what is left, and how many signs went for each reason."""
    weights: Counter[int] = Counter()
    for word in sorted((word for word in reasons if word in rest), key=len, reverse=True):
        times = rest.count(word)
        if times:
            rest = rest.replace(word, _GAP)
            weights[reasons[word]] += times * len(word)
    return rest, weights


def _plain(words: str) -> str:
    """Return Latin letters and digits alone, small and without marks."""
    return re.sub(r"[^a-z0-9]", "", text.fold(words))


@cache
def common() -> frozenset[str]:
    """Words and keys that are tried first: the list in ``data/``, and runs of the alphabet and the keyboard."""
    path = current_app.config["PARINDEX"].root / "data" / "common_passwords.txt"
    lines = path.read_text(encoding="utf-8").splitlines()
    listed = {_plain(line) for line in lines if line and not line.startswith("#")}
    return frozenset(word for word in listed | set(_keys()) if len(word) >= 4)


def _keys() -> Iterator[str]:
    for run in _RUNS:
        for length in range(4, len(run) + 1):
            for start in range(len(run) - length + 1):
                yield run[start : start + length]
                yield run[start : start + length][::-1]


def _local() -> frozenset[str]:
    config = current_app.config
    names = (*LOCAL, config["PROVINCE_NAME"], *_shorter(config["PROVINCE_NAME"]))
    return frozenset(word for word in map(_plain, names) if len(word) >= 3)


def _units(owner: Owner) -> frozenset[str]:
    forms = (form for name in owner.units for form in (name, *_shorter(name)))
    return frozenset(word for word in map(_plain, forms) if len(word) >= 3)


def _own(owner: Owner) -> frozenset[str]:
    parts = (owner.username, owner.full_name, *re.split(r"[._\-\s]+", owner.username), *owner.full_name.split())
    return frozenset(word for word in map(_plain, parts) if len(word) >= 3)


def _shorter(name: str) -> tuple[str, ...]:
    """Return a name without its first word ("Xã", "Sở", "Tỉnh") and its last two words."""
    words = name.split()
    return (" ".join(words[1:]), " ".join(words[-2:])) if len(words) > 1 else ()
