"""Passwords as they are kept, and secrets that are made: hashes, one-time passwords, tokens."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from models import Account

#: Longer ones are refused, never cut: whoever typed 300 characters must not get in with 256 of them.
MAX_PASSWORD = 256
#: 19 MiB, two passes: the smallest parameters OWASP names, so that a commune's server bears the last evening.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Checked when there is nothing to compare with, so that every answer costs one comparison.
_nobody = _hasher.hash(secrets.token_hex(16))
#: No letters or digits that are read for one another.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


def normalise(password: str) -> str:
    """Return the password in NFC: typed on another keyboard it may arrive decomposed."""
    return unicodedata.normalize("NFC", password)


def hash_password(password: str) -> str:
    """Return the argon2id hash of a password."""
    return _hasher.hash(normalise(password))


def verify(stored: str | None, password: str) -> bool:
    """Compare a password with a hash; with none, or a password no account can have, it takes as long and is wrong."""
    typed = normalise(password)
    possible = bool(stored) and len(typed) <= MAX_PASSWORD
    try:
        _hasher.verify((stored if possible else None) or _nobody, typed[:MAX_PASSWORD])
    except (VerifyMismatchError, InvalidHashError):
        return False
    return possible


def matches(account: Account | None, password: str) -> bool:
    """Tell whether the password is the account's and the account is not disabled; takes as long without an account."""
    return (
        verify(None if account is None else account.password_hash, password) and account is not None and account.active
    )


def outdated(stored: str) -> bool:
    """Tell whether a hash was made with other parameters than those of today."""
    return _hasher.check_needs_rehash(stored)


def one_time() -> str:
    """Return a random secret for paper: sixteen signs in four groups, about 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _sign in range(4)) for _group in range(4))


def token() -> str:
    """Return the secret of a session, for a cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """Return how a random secret is kept; it needs no slow hash, nobody tries 79 bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()
