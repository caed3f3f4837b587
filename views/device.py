"""Where a request comes from, in words a person recognises in the list of the own sessions."""

from __future__ import annotations

import re

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
    return Device(
        request.remote_addr or "", " · ".join(part for part in (browser.strip(), system) if part) or agent[:60]
    )


def _major(agent: str, mark: str) -> str:
    found = re.search(re.escape(mark) + r"(\d{1,4})", agent)
    return found[1] if found else ""
