"""How values of the environment are read: whole numbers and networks, with the name of what cannot be meant."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network

MEGABYTE = 1024 * 1024
Networks = tuple[IPv4Network | IPv6Network, ...]


class ConfigError(RuntimeError):
    """The environment is not fit to start with; the sentence says what to set."""


def whole(environ: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ConfigError(f"{name} must be a whole number from {least}, not {text!r}.")
    return int(text)


def networks(environ: Mapping[str, str], name: str) -> Networks:
    words = [word.strip() for word in environ.get(name, "").split(",") if word.strip()]
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as fault:
        raise ConfigError(f"{name} is a list of networks by commas, like 10.0.0.0/8,2001:db8::/32: {fault}.") from None
