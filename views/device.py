"""Where a request comes from: address and browser, in words a person recognises in the list of the own sessions; its port here."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from ipaddress import IPv6Address, ip_address
from typing import Any

from flask import request

from services.account import Device

#: What a browser calls itself, in the order to look for it: many claim to be others too.
_BROWSERS = (("Edg/", "Edge"), ("OPR/", "Opera"), ("coc_coc_browser/", "Cốc Cốc"), ("Firefox/", "Firefox"))
_MORE = (("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


def device() -> Device:
    """Return the address and the browser of this request."""
    agent = request.headers.get("User-Agent", "")
    browser = next((f"{name} {_major(agent, mark)}" for mark, name in (*_BROWSERS, *_MORE) if mark in agent), "")
    system = next((name for mark, name in (*_SYSTEMS, ("Linux", "Linux")) if mark in agent), "")
    return Device(address(), " · ".join(part for part in (browser.strip(), system) if part) or agent[:60])


def address() -> str:
    """Return the address that this request came from, in the one way in which it is counted, kept and compared."""
    return plain(request.remote_addr or "")


def plain(written: str) -> str:
    """Return an address without port, brackets and zone; IPv4 as itself where a server that listens on both wrote it as IPv6.

    What is no address stays as it is: a name some proxy puts there, or nothing.
    """
    bare = re.fullmatch(r"\[([^]]+)](?::\d+)?|(\d+(?:\.\d+){3}):\d+", written)
    try:
        found = ip_address((written if bare is None else bare[1] or bare[2]).partition("%")[0])
    except ValueError:
        return written
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)


def _major(agent: str, mark: str) -> str:
    found = re.search(re.escape(mark) + r"(\d{1,4})", agent)
    return found[1] if found else ""


def own_port(environ: Mapping[str, Any]) -> int | None:
    """Return the port of this server that a request came in by, whatever its headers say; None for a Unix socket."""
    connection = environ.get("gunicorn.socket")
    if connection is not None and connection.family == socket.AF_UNIX:
        return None  # gunicorn then makes SERVER_PORT of the Host header, which is the client's
    port = str(environ.get("SERVER_PORT", ""))
    return int(port) if port.isdecimal() else None
