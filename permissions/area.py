"""The administrator's area can be limited by network, own port and hours: whether it is open to a request (Điều 9.7).

It is judged in one place, when the person behind a request is made out: a closed authority is never the chosen one, so routes, menus,
reading and writing know it at once and on the next request. Commands on the server have no request: nothing here locks them out.
"""

from __future__ import annotations

from datetime import datetime
from ipaddress import ip_address

from config import AdminArea, Networks
from permissions.actor import Actor
from rules.message import M, Message

NEXT = M("Choose another of your roles, or ask the operator of the server.")


def within(networks: Networks, address: str) -> bool:
    """Tell whether an address belongs to one of the networks; what is no address belongs to none."""
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    return any(asked in network for network in networks)


def why_closed(area: AdminArea, address: str, port: int | None, local: datetime) -> Message | None:
    """Return why the administrator's area is closed to a request, or None.

    ``port`` is the one of this server that the request came in by, None where there is none (a Unix socket); ``local`` the
    moment by the database clock, in the province's time.
    """
    if area.networks and not within(area.networks, address):
        return M(
            "Administration is open only from the networks named for it, not from {address}.", address=address or "?"
        )
    if area.port is not None and port != area.port:
        return M("Administration is open only on its own address, not on this one.")
    if area.hours is not None:
        begin, end = area.hours
        now = local.time()
        open_ = begin <= now < end if begin < end else now >= begin or now < end
        if not open_:
            return M("Administration is open only from {begin} to {end}.", begin=f"{begin:%H:%M}", end=f"{end:%H:%M}")
    return None


def closed_to(actor: Actor, *, in_area: bool) -> Message | None:
    """Return why a person may not go on here: a generated screen while the area is closed, or a chosen role that is."""
    if actor.area_closed is None:
        return None
    waits = actor.authority is None and any(one.closed is not None for one in actor.authorities)
    return actor.area_closed if in_area or waits else None
