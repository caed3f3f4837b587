"""A login for somebody new: given name, initials of the rest, and the unit's code, in letters that are typed everywhere."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select

import models as m
from extensions import db
from rules.text import fold

#: Persons of one unit with the same given name and initials.
_NAMESAKES = 20


def proposals(names: Mapping[int, str], unit_code: str) -> dict[int, str]:
    """Propose a free login for each name of a unit, in one statement; two rows never get the same one."""
    wanted = {key: [_numbered(_short(name), n, unit_code) for n in range(1, _NAMESAKES)] for key, name in names.items()}
    every = {login for logins in wanted.values() for login in logins}
    taken = set(db.session.scalars(select(m.Account.username).where(m.Account.username.in_(every)))) if every else set()
    found: dict[int, str] = {}
    for key, logins in wanted.items():
        found[key] = next((login for login in logins if login not in taken), "")
        taken.add(found[key])
    return found


def _short(name: str) -> str:
    """Nguyễn Thị Hoa is hoant."""
    words = [word for word in (re.sub(r"[^a-z0-9]", "", part) for part in fold(name).split()) if word]
    return (words[-1] + "".join(word[0] for word in words[:-1]))[:40] if words else "canbo"


def _numbered(short: str, number: int, unit_code: str) -> str:
    code = re.sub(r"[^a-z0-9]", "", fold(unit_code))
    return f"{short}{number if number > 1 else ''}.{code or 'dv'}"
