"""Settings of passwords, sessions and the second factor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.reading import ConfigError, Networks, networks, whole

#: Whom a second factor is compulsory for, each word more than the one before; anybody may have one.
TOTP = ("off", "administrators", "internet", "all")


@dataclass(frozen=True)
class SignIn:
    """Rules of passwords, sessions and the second factor (docs/security.md, rows AU and SE). Of numbers, 0 is off.

    ``password_history`` forbids so many former passwords; once it is on, administrators ten at least.
    """

    password_length: int = 14
    password_length_totp: int = 14
    password_composition: bool = False
    password_max_days: int = 0
    password_history: int = 0
    issued_hours: int = 72
    totp: str = "off"
    #: Where "internet" asks nobody but administrators for a second factor.
    internal_networks: Networks = ()
    idle_minutes: int = 15
    admin_idle_minutes: int = 5
    hours: int = 12
    sessions: int = 5
    unused_days: int = 45
    disable_unused: bool = False
    #: The longest that support may look at the system as a user, in minutes.
    look_minutes: int = 60

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> SignIn:
        """Read the settings; raise ``ConfigError`` for a value that means nothing."""
        totp = environ.get("PARINDEX_TOTP", cls.totp)
        if totp not in TOTP:
            raise ConfigError(f"PARINDEX_TOTP must be one of {', '.join(TOTP)}, not {totp!r}.")
        internal = networks(environ, "PARINDEX_INTERNAL_NETWORKS")
        if totp == "internet" and not internal:
            raise ConfigError("PARINDEX_TOTP=internet needs PARINDEX_INTERNAL_NETWORKS: what is not the Internet.")

        def number(name: str, default: int, least: int = 1) -> int:
            return whole(environ, f"PARINDEX_{name}", default, least)

        return cls(
            password_length=number("PASSWORD_LENGTH", cls.password_length, 14),
            password_length_totp=number("PASSWORD_LENGTH_TOTP", cls.password_length_totp, 8),
            password_composition=environ.get("PARINDEX_PASSWORD_COMPOSITION", "") == "1",
            password_max_days=number("PASSWORD_MAX_DAYS", cls.password_max_days, 0),
            password_history=number("PASSWORD_HISTORY", cls.password_history, 0),
            issued_hours=number("ISSUED_PASSWORD_HOURS", cls.issued_hours),
            totp=totp,
            internal_networks=internal,
            idle_minutes=number("SESSION_IDLE_MINUTES", cls.idle_minutes),
            admin_idle_minutes=number("ADMIN_IDLE_MINUTES", cls.admin_idle_minutes),
            hours=number("SESSION_HOURS", cls.hours),
            sessions=number("SESSIONS", cls.sessions),
            unused_days=number("UNUSED_DAYS", cls.unused_days),
            disable_unused=environ.get("PARINDEX_DISABLE_UNUSED", "") == "1",
            look_minutes=number("LOOK_MINUTES", cls.look_minutes),
        )
