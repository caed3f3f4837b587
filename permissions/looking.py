"""Who may look at the system as a user sees it, and as whom: asked at the start and on every request that goes on with it."""

from __future__ import annotations

from permissions.actor import Actor, Authority
from permissions.restrictions import closes
from rules.message import M, Message
from rules.process import READING, is_lent, may_ever
from rules.verbs import Role, Verb


def why_not_as(viewer: Actor, seen: Actor) -> Message | None:
    """Return why ``viewer`` may not look as ``seen``; None where nothing stands against it.

    Nobody reads through another's eyes what the own right does not read: as those who administer nobody looks, and every authority
    of the other person must lie within one that gives the looking, by its units and by what may be read there.
    """
    rights = [one for one in viewer.authorities if _has(one, Verb.LOOK_AS) and one.closed is None and not _cut(one)]
    if not rights:
        return M("You no longer have the right to look at the system as somebody else.")
    if viewer.account_id == seen.account_id:
        return M("Nobody looks at the system as themselves.")
    if any(one.role is Role.ADMINISTRATOR for one in seen.authorities):
        return M("{name} administers the system: nobody may look as an administrator.", name=seen.name)
    if not all(any(_within(one, right) for right in rights) for one in seen.authorities):
        return M("{name} may read what you may not read.", name=seen.name)
    return None


def _cut(authority: Authority) -> bool:
    """Tell whether a restriction has taken the looking."""
    return authority.limits is not None and closes(authority.limits, Verb.LOOK_AS)


def _within(one: Authority, right: Authority) -> bool:
    return right.reaches(one.unit_path) and all(_has(right, verb) for verb in READING if _has(one, verb))


def _has(authority: Authority, verb: Verb) -> bool:
    return may_ever(authority.role, verb) and is_lent(verb, authority.lent)
