"""Who may look at the system as a user sees it, and as whom: asked at the start and on every request that goes on with it."""

from __future__ import annotations

from permissions.actor import Actor, Authority
from rules.message import M, Message
from rules.process import is_lent, may_ever
from rules.verbs import Role, Verb


def why_not_as(viewer: Actor, seen: Actor) -> Message | None:
    """Return why ``viewer`` may not look as ``seen``; None where nothing stands against it.

    Nobody comes to read more than by the own right: as those who keep the system nobody looks (who was lent only the looking would
    read accounts and the whole trail), nor as somebody who reaches beyond the part of the tree that the viewer reaches.
    """
    rights = [one for one in viewer.authorities if _looks(one)]
    if not rights:
        return M("You no longer have the right to look at the system as somebody else.")
    if viewer.account_id == seen.account_id:
        return M("Nobody looks at the system as themselves.")
    if any(one.role is Role.ADMINISTRATOR for one in seen.authorities):
        return M("{name} administers the system: nobody may look as an administrator.", name=seen.name)
    if not all(any(right.reaches(one.unit_path) for right in rights) for one in seen.authorities):
        return M("{name} has rights at units that you do not reach.", name=seen.name)
    return None


def _looks(authority: Authority) -> bool:
    return may_ever(authority.role, Verb.LOOK_AS) and is_lent(Verb.LOOK_AS, authority.lent) and not authority.read_only
