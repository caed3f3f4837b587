"""Settings of the administrator's area."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from config.reading import ConfigError, Networks, networks


@dataclass(frozen=True)
class AdminArea:
    """Where and when the administrator's area is open (docs/security.md, row AC-19); nothing is asked where a part is empty.

    ``port`` is one that this server itself listens on, whatever a client or proxy writes into headers. ``hours`` are two
    moments of a day in the province: open from the first, closed from the second; they may reach over midnight.
    """

    networks: Networks = ()
    port: int | None = None
    hours: tuple[time, time] | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> AdminArea:
        """Read the settings; raise ``ConfigError`` for a value that means nothing."""
        port = environ.get("PARINDEX_ADMIN_PORT", "").strip()
        if port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ConfigError(f"PARINDEX_ADMIN_PORT is empty or a port from 1 to 65535, not {port!r}.")
        return cls(
            networks=networks(environ, "PARINDEX_ADMIN_NETWORKS"),
            port=int(port) if port else None,
            hours=hours(environ.get("PARINDEX_ADMIN_HOURS", "").strip()),
        )


def hours(text: str) -> tuple[time, time] | None:
    if not text:
        return None
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise ConfigError(f"PARINDEX_ADMIN_HOURS is empty or two different times like 07:00-18:00, not {text!r}.")
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
