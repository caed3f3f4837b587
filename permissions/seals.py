"""Seals of the audit trail: what one covers, with which key it is made, and how it is believed (security LO-04).

A seal is an HMAC (RFC 2104, SHA-256) over the seal before it and the entry, behind eight signs that name its key. The key stands
outside the database, so whoever can write there alone makes no seal.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum
from typing import Any

from flask import current_app

#: What a seal covers, in this order.
SEALED = (
    "id",
    "at",
    "actor_id",
    "actor_name",
    "authority",
    "on_behalf_of",
    "looking_as",
    "unit_id",
    "assessment_id",
    "criterion_id",
    "layer",
    "verb",
    "operation",
    "object_type",
    "object_id",
    "object_name",
    "changes",
    "reason",
    "request_id",
    "address",
)
#: What the seal of the head covers.
_HEAD = {"first_id": int, "last_id": int, "start_seal": str, "seal": str, "older": int, "older_digest": str}
_NAME = 8
_LENGTH = 64


def keys() -> list[bytes]:
    """Return the keys that seals are believed by, the one that seals now first (``PARINDEX_AUDIT_KEY``)."""
    given: list[str] = current_app.config["PARINDEX"].audit_keys
    return [hashlib.sha256(b"parindex audit trail\0" + key.encode()).digest() for key in given]


def name_of(key: bytes) -> str:
    """Return the signs by which a seal tells its key; they say nothing of the key itself."""
    return hashlib.sha256(b"parindex name of a key\0" + key).hexdigest()[:_NAME]


def named(seal_: str) -> str:
    """Return the name of the key that a seal claims to be made with."""
    return seal_[:_NAME]


def seal(key: bytes, before: str, entry: Mapping[str, Any]) -> str:
    """Return the seal of an entry that follows the one sealed ``before``."""
    values = [_canonical(entry[name]) for name in SEALED]
    # Twice through JSON: what it makes of keys and sequences is what is read back, from either database.
    text = json.dumps(json.loads(json.dumps(values)), sort_keys=True, separators=(",", ":"))
    return _signed(key, f"entry\n{before}\n{text}")


def head_mac(key: bytes, head: Mapping[str, Any]) -> str:
    """Return the seal of the chain's head itself."""
    return _signed(key, "\n".join(["head", *(str(head[name]) for name in _HEAD)]))


def same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def sound(head: Mapping[str, Any]) -> bool:
    """Tell whether the head is as this program left it. One without a seal never is: the migration seals the first."""
    typed = all(type(head[name]) is kind for name, kind in _HEAD.items()) and isinstance(head["mac"], str)
    return typed and any(same(head_mac(key, head), head["mac"]) for key in keys())


def _signed(key: bytes, text: str) -> str:
    return name_of(key) + hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[: _LENGTH - _NAME]


def _canonical(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value.value if isinstance(value, Enum) else value
