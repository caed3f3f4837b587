"""Keys that sign and seal: read, or made once for a trial on loopback."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from config.reading import ConfigError

SAMPLE_KEYS = ("changeme", "change-me", "change_me", "secret", "password", "sample", "example", "0123456789", "abcdef")


def weak(key: str) -> bool:
    """Tell whether a key can be guessed: short, made of few signs, or of words from a manual."""
    return len(key) < 32 or len(set(key)) < 10 or any(word in key.lower() for word in SAMPLE_KEYS)


def several(environ: Mapping[str, str], name: str, *, https: bool) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in environ.get(name, "").split(",") if key.strip())
    if https and any(weak(key) for key in keys):
        raise ConfigError(f"{name} holds a key that is too short or a sample: leave it out.")
    return keys


def secret_key(given: str, *, https: bool, data_dir: Path) -> str:
    if given:
        if https and weak(given):
            raise ConfigError("PARINDEX_SECRET_KEY is too short or a sample: use 32 random characters or more.")
        return given
    if https:
        raise ConfigError("PARINDEX_HTTPS=1 needs PARINDEX_SECRET_KEY: 32 random characters or more.")
    # Without HTTPS the server is a trial on loopback: its key is made once and kept beside its data,
    # so that several workers and the next start share it.
    path = data_dir / "secret_key"
    try:
        with path.open("x", encoding="ascii") as new:
            path.chmod(0o600)
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass  # another worker, or an earlier start, made it
    return path.read_text(encoding="ascii")
